# SPDX-License-Identifier: MIT
"""Training of TLEE: from lists of labelled clips to a checkpoint in the published layout.

    lists, videos, y4m, cache, augment    clips, their sampled frames, and batches of them
    features, stages                      what is learned of a batch, stage by stage
    loop, state, journal                  epochs, and how an interrupted training goes on
    validate                              what was learned, exit by exit
    publish, start                        checkpoints written and read
    options, train_tlee                   the command

Section numbers in the modules are those of src/tlee/SPEC.md.
"""
