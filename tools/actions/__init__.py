# SPDX-License-Identifier: MIT
"""A data set of human actions, drawn: short clips of people of capsules, made from a seed.

A clip is made in the order of the modules: `splits` says which values a split may use, `wardrobe`,
`stage` and `motions` choose from them who acts, where, and what; `skeleton` turns angles into
joints, `camera` joints into places in the picture; `backdrop`, `renderer` and `occluders` draw,
and `degradation` spoils the picture as cameras do. `clip` ties these together, `dataset` plans and
writes a whole data set.

The same seed gives the same bytes on every machine: random numbers come from integers
(`random_source`), sines from a polynomial (`arithmetic`), and arrays are only added, multiplied,
divided and rooted element by element, which IEEE 754 rounds in one way; nothing is summed by numpy
in an order of its own choice.
"""
#: Rises whenever the same seed would give other clips.
VERSION = 1
