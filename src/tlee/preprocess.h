/* SPDX-License-Identifier: MIT */
/* From a picture to the network's input (spec section 2). */
#ifndef TLEE_PREPROCESS_H
#define TLEE_PREPROCESS_H

#include "config.h"
#include "ops.h"

/*
 * Geometry for a picture of width x height: the shorter side becomes config->resize, the longer
 * floor(resize * long / short); the crop lies in the centre, at offsets rounded half to even.
 * TLEE_ERR_SHAPE when the picture is empty or too large.
 */
enum tlee_status tlee_preprocess_plan(const struct tlee_config *config, size_t width, size_t height,
                                      struct tlee_resize *resize, struct tlee_error *error);

#endif
