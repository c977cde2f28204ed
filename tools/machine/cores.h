/* SPDX-License-Identifier: MIT */
/* How many threads are worth starting. */
#ifndef TLEE_CORES_H
#define TLEE_CORES_H

#include <stddef.h>

/*
 * The number of fast cores that this process may run on, but no more than its control groups leave
 * it time for; at least 1. Of the CPUs in the affinity mask those count whose capacity, or else
 * highest frequency, is at least four fifths of the best, and of those that share a core only one.
 * Threads are not bound to these cores: the scheduler moves busy threads to the fast ones by
 * itself, and two processes that bind theirs to the same cores halve each other's speed.
 */
size_t tlee_default_threads(void);

#endif
