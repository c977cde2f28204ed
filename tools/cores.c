/* SPDX-License-Identifier: MIT */
/* sched_getaffinity and the CPU_ macros are extensions of Linux. */
#define _GNU_SOURCE
#include "cores.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#ifdef __linux__
#include <sched.h>

/* A fixed cpu_set_t holds 1024 CPUs and the call fails on larger machines; 8192 is the most that
 * the kernel can be built for on x86 and ARM. */
struct mask {
    cpu_set_t sets[8192 / CPU_SETSIZE];
};

static bool has_cpu(const struct mask *mask, size_t cpu) {
    return CPU_ISSET_S(cpu, sizeof mask->sets, mask->sets);
}

/* The number in one of a CPU's files; 0 when it cannot be read. */
static unsigned long read_number(const char *sysfs, size_t cpu, const char *name) {
    char path[4096];
    int length = snprintf(path, sizeof path, "%s/cpu%zu/%s", sysfs, cpu, name);
    if (length < 0 || (size_t)length >= sizeof path)
        return 0;
    FILE *file = fopen(path, "r");
    if (!file)
        return 0;
    char line[32];
    unsigned long value = fgets(line, sizeof line, file) ? strtoul(line, NULL, 10) : 0;
    fclose(file);
    return value;
}

/* CPUs of the mask within four fifths of the best by the measure in file `name`; 0 when one of them
 * lacks it, for then they cannot be compared. */
static size_t count_fast(const char *sysfs, const struct mask *mask, const char *name) {
    unsigned long best = 0;
    for (size_t cpu = 0; cpu < 8192; cpu++) {
        if (!has_cpu(mask, cpu))
            continue;
        unsigned long value = read_number(sysfs, cpu, name);
        if (!value)
            return 0;
        best = value > best ? value : best;
    }
    size_t count = 0;
    for (size_t cpu = 0; cpu < 8192; cpu++)
        if (has_cpu(mask, cpu) && read_number(sysfs, cpu, name) >= best - best / 5)
            count++;
    return count;
}

size_t tlee_fast_cores(const char *sysfs) {
    struct mask mask;
    if (sched_getaffinity(0, sizeof mask.sets, mask.sets) != 0)
        return 1;
    size_t fast = count_fast(sysfs, &mask, "cpu_capacity");
    if (!fast)
        fast = count_fast(sysfs, &mask, "cpufreq/cpuinfo_max_freq");
    if (!fast)
        fast = (size_t)CPU_COUNT_S(sizeof mask.sets, mask.sets);
    return fast ? fast : 1;
}

#else

size_t tlee_fast_cores(const char *sysfs) {
    (void)sysfs;
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (size_t)online : 1;
}

#endif
