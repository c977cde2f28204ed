/* SPDX-License-Identifier: MIT */
#include "machine_facts.h"

#include "system_file.h"
#include "values.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* ---- Files of keys and values ---- */

/* The value in a line "key : value" without the blanks around it, which are cut off; NULL when the
 * line has another key. */
static const char *value_of(char *line, const char *key) {
    size_t length = strlen(key);
    if (strncmp(line, key, length) != 0)
        return NULL;
    char *colon = line + length + strspn(line + length, " \t");
    if (*colon != ':')
        return NULL;
    char *value = colon + 1 + strspn(colon + 1, " \t");
    size_t end = strcspn(value, "\n");
    while (end && strchr(" \t", value[end - 1]))
        end--;
    value[end] = '\0';
    return value;
}

/* The value of the key's first line in a file below root; empty when there is none or it does not
 * fit. */
static void find_value(const char *root, const char *name, const char *key,
                       char out[TLEE_FACT_BYTES]) {
    char line[4096];
    const char *value = NULL;
    int length = snprintf(line, sizeof line, "%s%s", root, name);
    FILE *file = length > 0 && (size_t)length < sizeof line ? fopen(line, "r") : NULL;
    out[0] = '\0';
    if (!file)
        return;
    while (!value && fgets(line, sizeof line, file))
        value = value_of(line, key);
    fclose(file);
    if (value && strlen(value) < TLEE_FACT_BYTES)
        strcpy(out, value);
}

/* The first line of a file below root; empty when it cannot be read or does not fit. */
static void read_text(const char *root, const char *name, char out[TLEE_FACT_BYTES]) {
    if (!tlee_read_line(out, TLEE_FACT_BYTES, "%s%s", root, name))
        out[0] = '\0';
}

/* ---- Clock ---- */

/* NaN when the file does not hold a plausible number of kilohertz. */
static double read_mhz(const char *root, unsigned cpu, const char *name) {
    char line[64];
    uint64_t khz;
    if (!tlee_read_line(line, sizeof line, "%s/sys/devices/system/cpu/cpu%u/cpufreq/%s", root, cpu,
                        name) ||
        !tlee_parse_count(line, 1, 100000000, &khz))
        return (double)NAN;
    return (double)khz / 1e3;
}

/* ---- Temperature ---- */

enum {
    ZONES = 64 /* more than any board has; their numbers may have gaps */
};

/* Degrees of a zone, which holds thousandths; NaN for what is no temperature of a machine. */
static double read_zone(const char *root, unsigned zone) {
    char line[64];
    uint64_t thousandths;
    if (!tlee_read_line(line, sizeof line, "%s/sys/class/thermal/thermal_zone%u/temp", root, zone))
        return (double)NAN;
    bool cold = line[0] == '-';
    if (!tlee_parse_count(line + cold, 0, cold ? 100000 : 200000, &thousandths))
        return (double)NAN;
    return (cold ? -1e-3 : 1e-3) * (double)thousandths;
}

/* Whether a zone is the processor's: "cpu-thermal" on a Raspberry Pi, "CPU-therm" on a Jetson,
 * "x86_pkg_temp" on a PC. */
static bool is_processor(const char *root, unsigned zone) {
    char type[64];
    if (!tlee_read_line(type, sizeof type, "%s/sys/class/thermal/thermal_zone%u/type", root, zone))
        return false;
    return strstr(type, "cpu") || strstr(type, "CPU") || strstr(type, "x86_pkg");
}

/* The processor's zone if one says that it is, else the first that there is. */
static double read_temperature(const char *root) {
    double first = (double)NAN;
    for (unsigned zone = 0; zone < ZONES; zone++) {
        double here = read_zone(root, zone);
        if (!isnan(here) && is_processor(root, zone))
            return here;
        first = isnan(first) ? here : first;
    }
    return first;
}

/* ---- All of it ---- */

void tlee_machine_facts(const char *root, unsigned cpu, struct tlee_machine_facts *facts) {
    char governor[80];
    snprintf(governor, sizeof governor, "/sys/devices/system/cpu/cpu%u/cpufreq/scaling_governor",
             cpu);
    find_value(root, "/proc/cpuinfo", "model name", facts->cpu);
    read_text(root, "/proc/device-tree/model", facts->board);
    if (!facts->cpu[0]) /* 64-bit ARM has no names there: the board's must do */
        memcpy(facts->cpu, facts->board, sizeof facts->cpu);
    read_text(root, governor, facts->governor);
    facts->clock_mhz = read_mhz(root, cpu, "scaling_cur_freq");
    facts->clock_max_mhz = read_mhz(root, cpu, "cpuinfo_max_freq");
    facts->temperature_c = read_temperature(root);
}

/* getrusage would count what the program that started this one had, too. */
uint64_t tlee_peak_rss_bytes(const char *root) {
    char value[TLEE_FACT_BYTES];
    uint64_t kib;
    find_value(root, "/proc/self/status", "VmHWM", value);
    char *unit = strchr(value, ' ');
    if (!unit || strcmp(unit, " kB") != 0)
        return 0;
    *unit = '\0';
    return tlee_parse_count(value, 0, UINT64_MAX / 1024, &kib) ? kib * 1024 : 0;
}
