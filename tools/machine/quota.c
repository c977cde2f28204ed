/* SPDX-License-Identifier: MIT */
#include "quota.h"

#include "system_file.h"
#include "values.h"

#include <stdio.h>
#include <string.h>

static uint64_t smaller(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

/* What the group that is a folder allows by itself: microseconds in each period. Version 2 writes
 * "quota period" in one file, version 1 has two; without a limit the quota is "max" or -1. */
static uint64_t quota_of(const char *folder) {
    char line[64], quota_us[64];
    const char *period_us = line;
    if (tlee_read_line(quota_us, sizeof quota_us, "%s/cpu.max", folder)) {
        char *blank = strchr(quota_us, ' ');
        if (!blank)
            return UINT64_MAX;
        *blank = '\0';
        period_us = blank + 1;
    } else if (!tlee_read_line(quota_us, sizeof quota_us, "%s/cpu.cfs_quota_us", folder) ||
               !tlee_read_line(line, sizeof line, "%s/cpu.cfs_period_us", folder)) {
        return UINT64_MAX;
    }
    uint64_t quota, period;
    if (!tlee_parse_count(quota_us, 1, UINT64_MAX, &quota) ||
        !tlee_parse_count(period_us, 1, UINT64_MAX, &period))
        return UINT64_MAX;
    return quota / period + (quota % period != 0);
}

/* The least of the group at `path` below a mount point and of those above it. Inside a container
 * the path may be the host's, and only its upper end be there. */
static uint64_t least_upwards(const char *root, const char *mount, const char *path) {
    char folder[8192];
    int top = snprintf(folder, sizeof folder, "%s%s", root, mount);
    int length = snprintf(folder, sizeof folder, "%s%s%s", root, mount, path);
    if (length < 0 || (size_t)length >= sizeof folder)
        return UINT64_MAX;
    uint64_t least = quota_of(folder);
    for (char *slash; (slash = strrchr(folder + top, '/'));) {
        *slash = '\0';
        least = smaller(least, quota_of(folder));
    }
    return least;
}

/* Whether "cpu" is in a comma-separated list. */
static bool has_cpu_controller(const char *list) {
    size_t length = strcspn(list, ",");
    if (length == 3 && memcmp(list, "cpu", 3) == 0)
        return true;
    return list[length] && has_cpu_controller(list + length + 1);
}

/* A line of /proc/self/cgroup, "number:controllers:path"; version 2 names no controllers. */
static uint64_t quota_by(const char *root, char *line) {
    char *controllers = strchr(line, ':');
    char *path = controllers ? strchr(++controllers, ':') : NULL;
    if (!path || path[1] != '/')
        return UINT64_MAX;
    *path++ = '\0';
    path[strcspn(path, "\n")] = '\0';
    if (!*controllers)
        return least_upwards(root, "/sys/fs/cgroup", path);
    if (!has_cpu_controller(controllers))
        return UINT64_MAX;
    return smaller(least_upwards(root, "/sys/fs/cgroup/cpu", path),
                   least_upwards(root, "/sys/fs/cgroup/cpu,cpuacct", path));
}

uint64_t tlee_cpu_quota(const char *root) {
    char line[4096];
    int length = snprintf(line, sizeof line, "%s/proc/self/cgroup", root);
    FILE *file = length > 0 && (size_t)length < sizeof line ? fopen(line, "r") : NULL;
    if (!file)
        return UINT64_MAX;
    uint64_t least = UINT64_MAX;
    while (fgets(line, sizeof line, file))
        least = smaller(least, quota_by(root, line));
    fclose(file);
    return least;
}
