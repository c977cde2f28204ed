/* SPDX-License-Identifier: MIT */
/* The parts of the command that can be tried by themselves. They are no part of the library, so
 * they are compiled into this test. cores.c comes first: it asks for extensions of the C library.
 */
#include "../tools/cores.c"

#include "../tools/json.c"
#include "../tools/text.c"
#include "../tools/values.c"
#include "test.h"

#include <string.h>
#include <sys/stat.h>

/* ---- Text ---- */

/* What print(text) writes; valid until the next call. */
static const char *written(void (*print)(FILE *out, const char *text), const char *text) {
    static char buffer[256];
    memset(buffer, 0, sizeof buffer);
    FILE *out = fmemopen(buffer, sizeof buffer, "w");
    if (out) {
        print(out, text);
        fclose(out);
    }
    return buffer;
}

static void test_text(void) {
    static const struct {
        const char *text, *json, *plain;
    } rows[] = {
        {"", "\"\"", ""},
        {"YoYo", "\"YoYo\"", "YoYo"},
        {"a\"b\\c/", "\"a\\\"b\\\\c/\"", "a\"b\\c/"},
        {"\n\x1b[31m\x7f", "\"\\u000a\\u001b[31m\\u007f\"", "??[31m?"},
        {"caf\xc3\xa9 \xe4\xb8\xad \xf0\x9f\x98\x80",
         "\"caf\xc3\xa9 \xe4\xb8\xad \xf0\x9f\x98\x80\"",
         "caf\xc3\xa9 \xe4\xb8\xad \xf0\x9f\x98\x80"},
        {"\xc2\x9b", "\"\xc2\x9b\"", "?"},                                /* C1 control */
        {"\xff-", "\"\\ufffd-\"", "?-"},                                  /* never occurs */
        {"\xa9", "\"\\ufffd\"", "?"},                                     /* no lead byte */
        {"a\xc3", "\"a\\ufffd\"", "a?"},                                  /* cut short */
        {"\xe4\xb8x", "\"\\ufffd\\ufffdx\"", "??x"},                      /* cut short */
        {"\xc0\x80", "\"\\ufffd\\ufffd\"", "??"},                         /* overlong */
        {"\xe0\x9f\xbf", "\"\\ufffd\\ufffd\\ufffd\"", "???"},             /* overlong */
        {"\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"", "???"},             /* surrogate */
        {"\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"", "????"}, /* beyond Unicode */
        {"\xf4\x8f\xbf\xbf", "\"\xf4\x8f\xbf\xbf\"", "\xf4\x8f\xbf\xbf"}, /* its last */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *json = written(quoted, rows[i].text);
        CHECK(strcmp(json, rows[i].json) == 0, "row %zu: %s", i, json);
        const char *plain = written(tlee_text_print, rows[i].text);
        CHECK(strcmp(plain, rows[i].plain) == 0, "row %zu: %s", i, plain);
    }
}

static void test_short_numbers(void) {
    static const struct {
        double value;
        const char *text;
    } rows[] = {{0, "0"},         {12345.6, "12346"}, {123.4, "123"},     {41.16, "41.2"},
                {1.8141, "1.81"}, {0.6048, "0.605"},  {0.01234, "0.0123"}};
    char buffer[TLEE_NUMBER_BYTES];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CHECK(strcmp(tlee_text_number(buffer, rows[i].value), rows[i].text) == 0, "%g gives %s",
              rows[i].value, buffer);
    CHECK(strlen(tlee_text_number(buffer, 1e300)) == TLEE_NUMBER_BYTES - 1, "%s", buffer);
}

/* ---- JSON numbers ---- */

static void print_float(FILE *out, const char *bits) {
    float value;
    memcpy(&value, bits, sizeof value);
    struct tlee_json json = {out, false};
    tlee_json_float(&json, NULL, value);
}

static void print_double(FILE *out, const char *bits) {
    double value;
    memcpy(&value, bits, sizeof value);
    struct tlee_json json = {out, false};
    tlee_json_double(&json, NULL, value);
}

static void test_numbers_read_back(void) {
    uint64_t state = 1;
    size_t good = 0;
    for (int i = 0; i < 3000; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        uint32_t bits = (uint32_t)(state >> 32);
        char bytes[8];
        float single;
        double wide;
        memcpy(&single, &bits, sizeof single);
        memcpy(&wide, &state, sizeof wide);
        memcpy(bytes, &single, sizeof single);
        const char *text = written(print_float, bytes);
        bool same = isfinite(single) ? strtof(text, NULL) == single : strcmp(text, "null") == 0;
        good += same || CHECK(same, "%a is written %s", (double)single, text);
        memcpy(bytes, &wide, sizeof wide);
        text = written(print_double, bytes);
        same = isfinite(wide) ? strtod(text, NULL) == wide : strcmp(text, "null") == 0;
        good += same || CHECK(same, "%a is written %s", wide, text);
    }
    test_passed(good);
    float fifth = 0.8F, whole = 3;
    CHECK(strcmp(written(print_float, (const char *)&fifth), "0.8") == 0, "not the shortest");
    CHECK(strcmp(written(print_float, (const char *)&whole), "3.0") == 0, "not marked as real");
}

/* ---- Values ---- */

static void test_values(void) {
    static const char *const bad_counts[] = {"",   " 1",  "1 ", "+1",   "-1",
                                             "0x", "1.0", "1e", "1000", "18446744073709551616"};
    static const char *const bad_probabilities[] = {
        "", " 0.5", "-0", "+1", "nan", "inf", "0x1", "1.1", "1e", ".", "0.5x", "e1", "2"};
    uint64_t count = 77;
    double p = 77;
    for (size_t i = 0; i < sizeof bad_counts / sizeof *bad_counts; i++)
        CHECK(!tlee_parse_count(bad_counts[i], 0, 999, &count) && count == 77, "%s", bad_counts[i]);
    for (size_t i = 0; i < sizeof bad_probabilities / sizeof *bad_probabilities; i++)
        CHECK(!tlee_parse_probability(bad_probabilities[i], &p) && p > 1, "%s",
              bad_probabilities[i]);
    CHECK(tlee_parse_count("18446744073709551615", 0, UINT64_MAX, &count) && count == UINT64_MAX,
          "largest");
    CHECK(!tlee_parse_count("0", 1, 9, &count), "too small");
    CHECK(tlee_parse_count("007", 1, 9, &count) && count == 7, "leading zeros");
    CHECK(tlee_parse_probability("1e-1", &p) && p < 0.1000001 && p > 0.0999999, "%g", p);
    CHECK(tlee_parse_probability(".5", &p) && tlee_parse_probability("1", &p) &&
              tlee_parse_probability("0", &p),
          "in range");
    CHECK(tlee_parse_choice("ts", "ts|t|full") == 0, "first");
    CHECK(tlee_parse_choice("t", "ts|t|full") == 1, "second");
    CHECK(tlee_parse_choice("full", "ts|t|full") == 2, "third");
    CHECK(tlee_parse_choice("", "ts|t|full") == -1, "empty");
    CHECK(tlee_parse_choice("f", "ts|t|full") == -1, "beginning");
    CHECK(tlee_parse_choice("ts|t", "ts|t|full") == -1, "two words");
}

/* ---- Cores ---- */

#ifdef __linux__
static void put(const char *root, unsigned cpu, const char *name, const char *text) {
    char path[512];
    snprintf(path, sizeof path, "%s/cpu%u", root, cpu);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/cpu%u/cpufreq", root, cpu);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/cpu%u/%s", root, cpu, name);
    FILE *file = fopen(path, "w");
    if (CHECK(file != NULL, "cannot write %s", path)) {
        fputs(text, file);
        fclose(file);
    }
}

static void test_cores(void) {
    char root[] = "/tmp/tlee_cores_XXXXXX";
    if (!CHECK(mkdtemp(root) != NULL, "no temporary folder"))
        return;
    const char *const capacities[] = {"1024\n", "400\n", "820\n", "819\n"};
    struct mask mask;
    memset(&mask, 0, sizeof mask);
    for (unsigned cpu = 0; cpu < 4; cpu++) {
        CPU_SET_S(cpu, sizeof mask.sets, mask.sets);
        put(root, cpu, "cpu_capacity", capacities[cpu]);
    }
    size_t fast = count_fast(root, &mask, "cpu_capacity");
    CHECK(fast == 2, "%zu fast cores of 1024, 400, 820 and 819", fast);
    CPU_CLR_S(0, sizeof mask.sets, mask.sets);
    fast = count_fast(root, &mask, "cpu_capacity");
    CHECK(fast == 2, "%zu fast cores of 400, 820 and 819: only the mask counts", fast);
    fast = count_fast(root, &mask, "cpufreq/cpuinfo_max_freq");
    CHECK(fast == 0, "%zu fast cores of an unknown kind", fast);
    put(root, 2, "cpu_capacity", "fast\n");
    fast = count_fast(root, &mask, "cpu_capacity");
    CHECK(fast == 0, "%zu fast cores, one of them without a number", fast);

    if (sched_getaffinity(0, sizeof mask.sets, mask.sets) == 0) {
        size_t all = (size_t)CPU_COUNT_S(sizeof mask.sets, mask.sets);
        CHECK(tlee_fast_cores("/nowhere") == all, "unknown cores are not all counted");
    }
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", root);
    CHECK(system(command) == 0, "%s", command);
}
#else
static void test_cores(void) {
    CHECK(tlee_fast_cores("") >= 1, "no core");
}
#endif

int main(void) {
    test_text();
    test_short_numbers();
    test_numbers_read_back();
    test_values();
    test_cores();
    return test_summary();
}
