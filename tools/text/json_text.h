/* SPDX-License-Identifier: MIT */
/* Texts within JSON; a part of json_read.h. */
#ifndef TLEE_JSON_TEXT_H
#define TLEE_JSON_TEXT_H

#include "json_read.h"

/* Where a text's bytes go, as far as there is room; with room = 0 they are only checked. */
struct tlee_json_sink {
    char *text;
    size_t room, length;
};

/* The text behind an opening quote, with its closing one. */
bool tlee_json_take_text(struct tlee_json_in *in, struct tlee_json_sink *sink);

#endif
