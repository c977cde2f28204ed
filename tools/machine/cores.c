/* SPDX-License-Identifier: MIT */
/* sched_getaffinity and the CPU_ macros are extensions of Linux. */
#define _GNU_SOURCE
#include "cores.h"

#include "quota.h"
#include "system_file.h"
#include "values.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __linux__
#include <sched.h>

/* A fixed cpu_set_t holds 1024 CPUs and the call fails on larger machines; 8192 is the most that
 * the kernel can be built for on x86 and ARM. */
enum {
    CPUS = 8192
};

struct mask {
    cpu_set_t sets[CPUS / CPU_SETSIZE];
};

static bool has_cpu(const struct mask *mask, size_t cpu) {
    return CPU_ISSET_S(cpu, sizeof mask->sets, mask->sets);
}

/* One of a CPU's files. */
static bool read_file(const char *root, size_t cpu, const char *name, char line[64]) {
    return tlee_read_line(line, 64, "%s/sys/devices/system/cpu/cpu%zu/%s", root, cpu, name);
}

static uint64_t read_number(const char *root, size_t cpu, const char *name) {
    char line[64];
    uint64_t value = 0;
    if (read_file(root, cpu, name, line))
        tlee_parse_count(line, 1, UINT64_MAX, &value);
    return value;
}

/* The best of the mask's CPUs by the number in file `name`; 0 when one of them lacks it, for then
 * they cannot be compared. */
static uint64_t best_of(const char *root, const struct mask *mask, const char *name) {
    uint64_t best = 0;
    for (size_t cpu = 0; cpu < CPUS; cpu++) {
        if (!has_cpu(mask, cpu))
            continue;
        uint64_t value = read_number(root, cpu, name);
        if (!value)
            return 0;
        best = value > best ? value : best;
    }
    return best;
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* The first CPU of a list such as "0-1,8" that the mask has; CPUS when there is none or the text is
 * no such list. */
static size_t first_of(const char *list, const struct mask *mask) {
    for (;; list++) {
        char *end;
        if (!is_digit(*list))
            return CPUS;
        unsigned long low = strtoul(list, &end, 10), high = low;
        if (end[0] == '-' && is_digit(end[1]))
            high = strtoul(end + 1, &end, 10);
        if (*end && *end != ',')
            return CPUS;
        for (size_t cpu = low; cpu <= high && cpu < CPUS; cpu++)
            if (has_cpu(mask, cpu))
                return cpu;
        if (!*end)
            return CPUS;
        list = end;
    }
}

/* Whether an earlier CPU of the mask is a thread of the same core: two of them share its arithmetic
 * units, which the kernels keep busy by themselves. */
static bool is_second_thread(const char *root, const struct mask *mask, size_t cpu) {
    char list[64];
    return read_file(root, cpu, "topology/thread_siblings_list", list) &&
           first_of(list, mask) < cpu;
}

static size_t count_fast(const char *root, const struct mask *mask) {
    const char *measure = "cpu_capacity"; /* ARM: the best core of the machine has 1024 */
    uint64_t best = best_of(root, mask, measure);
    if (!best) {
        measure = "cpufreq/cpuinfo_max_freq";
        best = best_of(root, mask, measure);
    }
    /* A chunk takes longer on a slow core and all wait for it: RK3399 says 485 for its A53 and 1024
     * for its A72, or else 1416 and 1800 MHz. But cores of one kind differ too, where some may go
     * to 5.0 and others to 4.9 GHz, and all of those are wanted. */
    size_t count = 0;
    for (size_t cpu = 0; cpu < CPUS; cpu++)
        if (has_cpu(mask, cpu) && !is_second_thread(root, mask, cpu))
            count += !best || read_number(root, cpu, measure) >= best - best / 5;
    return count;
}

/* For CPUs of the mask; root is "", or a folder that stands for "/". */
static size_t threads_for(const char *root, const struct mask *mask) {
    size_t count = count_fast(root, mask);
    uint64_t quota = tlee_cpu_quota(root);
    count = quota < count ? (size_t)quota : count;
    return count ? count : 1;
}

size_t tlee_default_threads(void) {
    struct mask mask;
    memset(&mask, 0, sizeof mask);
    if (sched_getaffinity(0, sizeof mask.sets, mask.sets) != 0)
        return 1;
    return threads_for("", &mask);
}

#else

size_t tlee_default_threads(void) {
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (size_t)online : 1;
}

#endif
