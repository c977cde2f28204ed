/* SPDX-License-Identifier: MIT */
/*
 * tlee run --dump: what each op makes of one frame of a video, a .npy file each, with all that is
 * needed to compute the frame again elsewhere. index.json says what is what; it is written last, so
 * that a folder without one is not whole.
 */
#ifndef TLEE_DUMP_H
#define TLEE_DUMP_H

#include "options.h"

struct tlee_dump;

/*
 * Makes the folder of options->dump, or takes one that is empty, and watches the session from now
 * on. *dump is NULL when no dump is asked for, which the functions below accept, and on failure:
 * then it has said what is wrong and the exit status is returned.
 */
int tlee_dump_open(struct tlee_dump **dump, const struct tlee_cli_options *options,
                   const tlee_model *model, tlee_session *session);

/* Tells of the picture that is pushed next, as frame t. */
void tlee_dump_picture(struct tlee_dump *dump, size_t t, const struct tlee_picture *picture);

/*
 * Ends the dump of a video that came to its end with that exit status, and frees it. Returns the
 * status, or after a good one that of what went wrong with the dump, having said it; nothing is
 * left of such a dump. A frame whose scores were not finite is dumped as far as it went.
 */
int tlee_dump_close(struct tlee_dump **dump, int status);

#endif
