/* SPDX-License-Identifier: MIT */
/* The same work in several threads. */
#ifndef TLEE_JOBS_H
#define TLEE_JOBS_H

#include <stddef.h>

/*
 * Calls work with each of `count` places, which lie `size` bytes apart from `places` on, each in a
 * thread of its own, one of them the caller's. A place whose thread cannot be started has its turn
 * in the caller's, after its own. Returns when all are done.
 */
void tlee_jobs_run(void *(*work)(void *place), void *places, size_t size, size_t count);

#endif
