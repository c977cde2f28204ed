/* SPDX-License-Identifier: MIT */
#include "backbone.h"

const struct tlee_backbone *tlee_backbone_find(const char *name) {
    return tlee_resnet_find(name);
}
