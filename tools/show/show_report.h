/* SPDX-License-Identifier: MIT */
/* What tlee show prints. */
#ifndef TLEE_SHOW_REPORT_H
#define TLEE_SHOW_REPORT_H

#include "clip.h"
#include "screen.h"

/* Sums over clips. */
struct tlee_show_totals {
    size_t clips, asked, known; /* that were recognised, asked for; whose class is known */
    size_t early_right, whole_right;
    double early_gmac, whole_gmac, early_ms, whole_ms;
};

void tlee_show_model(const struct tlee_screen *screen, const struct tlee_clip *clip);

/* film: where the strip was written, or NULL. What the clip cost goes into the totals. */
void tlee_show_clip(const struct tlee_screen *screen, const struct tlee_clip *clip,
                    const char *film, struct tlee_show_totals *totals);

void tlee_show_totals(const struct tlee_screen *screen, const struct tlee_show_totals *totals);

/* The frames that were looked at, in rows of characters. */
void tlee_show_strip(const struct tlee_screen *screen, const struct tlee_clip *clip);

#endif
