/* SPDX-License-Identifier: MIT */
/* How many threads are worth starting. */
#ifndef TLEE_CORES_H
#define TLEE_CORES_H

#include <stddef.h>

/*
 * The number of fast cores that this process may run on, at least 1: of the CPUs in its affinity
 * mask those whose capacity, or else highest frequency, is at least four fifths of the best. On
 * machines with large and small cores a thread on a small one would hold all others up. sysfs: the
 * folder with cpu0, cpu1, ..., normally TLEE_SYSFS_CPU; where it does not tell, the whole mask
 * counts.
 */
size_t tlee_fast_cores(const char *sysfs);

#define TLEE_SYSFS_CPU "/sys/devices/system/cpu"

#endif
