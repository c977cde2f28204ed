/* SPDX-License-Identifier: MIT */
/* The parts of the command that can be tried by themselves; test_cores.c has others. They are no
 * part of the library, so they are compiled into this test. */
#include "json.c"
#include "test.h"
#include "text.c"
#include "values.c"

#include <string.h>

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

static int fit_columns, fit_used;

static void fitted(FILE *out, const char *text) {
    fit_used = tlee_text_print_fit(out, text, fit_columns);
}

static void test_fit(void) {
    static const struct {
        const char *text;
        int columns, used;
        const char *written;
    } rows[] = {
        {"", 0, 0, ""},
        {"", 5, 0, ""},
        {"walk", 4, 4, "walk"},
        {"walking", 6, 6, "walk.."},
        {"walk", 2, 2, ".."},
        {"walk", 1, 1, "."},
        {"walk", 0, 0, ""},
        {"a\nb\x1b", 4, 4, "a?b?"},
        {"a\nbcdef", 4, 4, "a?.."},
        {"caf\xc3\xa9", 4, 4, "caf\xc3\xa9"},
        {"\xe4\xb8\xad\xe6\x96\x87", 4, 4, "\xe4\xb8\xad\xe6\x96\x87"},
        {"\xe4\xb8\xad\xe6\x96\x87", 3, 2, ".."}, /* a wide one does not fit into what is left */
        {"\xe4\xb8\xad\xe6\x96\x87x", 4, 4, "\xe4\xb8\xad.."},
        {"\xff\xff\xff", 2, 2, ".."},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        fit_columns = rows[i].columns;
        const char *text = written(fitted, rows[i].text);
        CHECK(strcmp(text, rows[i].written) == 0 && fit_used == rows[i].used, "row %zu: %s, %d", i,
              text, fit_used);
    }
}

int main(void) {
    test_text();
    test_fit();
    test_short_numbers();
    test_numbers_read_back();
    test_values();
    return test_summary();
}
