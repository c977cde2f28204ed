/* SPDX-License-Identifier: MIT */
/* A model by formula that answers at once, and a video for it. */
#ifndef SMALL_MODEL_H
#define SMALL_MODEL_H

#include "tlee.h"

#include <stdbool.h>

#define SMALL_MODEL "random:resnet18,input=64,dataset=hmdb51,classes=5,branches=2,first=1"

enum {
    SMALL_SIDE = 64,
    SMALL_CLASSES = 5
};

/* Opens a model; NULL, and a failed check, where that fails. */
tlee_model *small_model_open(const char *name);

/* Runs a made-up video to its end; false on an error. */
bool small_model_recognise(tlee_session *session, uint64_t video, struct tlee_result *result);

#endif
