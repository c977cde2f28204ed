/* SPDX-License-Identifier: MIT */
/* How much processor time the control groups of this process leave it. */
#ifndef TLEE_QUOTA_H
#define TLEE_QUOTA_H

#include <stdint.h>

/*
 * The number of CPUs, rounded up, whose whole time the process may use: the least that its group
 * and those above it allow, in either version of control groups. UINT64_MAX: no limit, or none that
 * can be read. root: "", or a folder that stands for "/".
 */
uint64_t tlee_cpu_quota(const char *root);

#endif
