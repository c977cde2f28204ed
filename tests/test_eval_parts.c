/* SPDX-License-Identifier: MIT */
/* Lists, JSON that is read, and records: the command's parts, compiled into this test. */
#include "eval_summary.c"
#include "identity.c"
#include "json.c"
#include "json_read.c"
#include "json_text.c"
#include "reason.c"
#include "record_read.c"
#include "records.c"
#include "test.h"
#include "text.c"
#include "values.c"
#include "video_list.c"

/* ---- Lists ---- */

static bool parse_text(struct tlee_list *list, const char *text, size_t length,
                       struct tlee_error *error) {
    char *bytes = malloc(length + 1);
    memcpy(bytes, text, length);
    return tlee_list_parse(list, bytes, length, 5, error);
}

static void test_good_list(void) {
    static const char text[] = "\xef\xbb\xbf"
                               "a b\tc 12 3\r\n  x   -\t4  \n/y/z 007 0\n#%d 1 1\r\n\n \r\n";
    static const struct tlee_list_video want[] = {
        {"a b\tc", 12, 3}, {"x", 0, 4}, {"/y/z", 7, 0}, {"#%d", 1, 1}};
    struct tlee_list list, other;
    struct tlee_error error = {.message = ""};
    CHECK(parse_text(&list, text, sizeof text - 1, &error), "%s", error.message);
    CHECK(list.count == 4, "%zu videos", list.count);
    for (size_t i = 0; i < list.count && i < 4; i++)
        CHECK(!strcmp(list.videos[i].path, want[i].path) &&
                  list.videos[i].frames == want[i].frames && list.videos[i].label == want[i].label,
              "video %zu: '%s' %zu %zu", i, list.videos[i].path, list.videos[i].frames,
              list.videos[i].label);
    static const char same[] = "a b\tc 12 3\nx - 4\n/y/z 7 0\n#%d 1 1";
    CHECK(parse_text(&other, same, sizeof same - 1, &error) && other.hash == list.hash,
          "the hash depends on blanks");
    tlee_list_free(&other);
    static const char *const others[] = {
        "a b\tc 12 3\nx 1 4\n/y/z 7 0\n#%d 1 1", "a b\tc 12 3\nx - 3\n/y/z 7 0\n#%d 1 1",
        "x - 4\na b\tc 12 3\n/y/z 7 0\n#%d 1 1", "a b\tc 12 3\nx - 4\n/y/z 7 0\n#%d 1 1\nz 1 1"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        CHECK(parse_text(&other, others[i], strlen(others[i]), &error) && other.hash != list.hash,
              "list %zu has the same hash", i);
        tlee_list_free(&other);
    }
    char *path = tlee_list_path(&list.videos[1], "root");
    CHECK(path && !strcmp(path, "root/x"), "%s", path);
    free(path);
    path = tlee_list_path(&list.videos[1], NULL);
    CHECK(path && !strcmp(path, "x"), "%s", path);
    free(path);
    path = tlee_list_path(&list.videos[2], "root");
    CHECK(path && !strcmp(path, "/y/z"), "%s", path);
    free(path);
    tlee_list_free(&list);
}

static void test_bad_lists(void) {
    static const struct {
        const char *text, *message;
    } rows[] = {
        {"", "is empty"},
        {" \r\n\n", "is empty"},
        {"a\n", "line 1: must be 'path frames label', has one column"},
        {"a 1 1\nb 1\n", "line 2: must be 'path frames label', has two columns"},
        {"a 1 1\n\nb 1 1\n", "line 2: must be 'path frames label', has nothing"},
        {"a 0 1", "line 1: frames '0'"},
        {"a -1 1", "line 1: frames '-1'"},
        {"a 1.5 1", "line 1: frames '1.5'"},
        {"a 1000000001 1", "line 1: frames '1000000001'"},
        {"a 99999999999999999999999 1", "line 1: frames '9999"},
        {"a 1 x", "line 1: label 'x' is not a whole number"},
        {"a 1 -1", "line 1: label '-1' is not a whole number"},
        {"a 1 5", "line 1: label 5, but the model's classes are 0 to 4"},
        {"b 1 1\na 1 1\nc 1 1\nb 2 2\na 1 1\n", "line 4: has the video of line 1 again: b"},
        {"a 1 1\n- 1 1", "line 2: standard input"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tlee_list list;
        struct tlee_error error = {.message = ""};
        bool good = parse_text(&list, rows[i].text, strlen(rows[i].text), &error);
        CHECK(!good && !strncmp(error.message, rows[i].message, strlen(rows[i].message)), "%s: %s",
              rows[i].text, error.message);
        CHECK(!list.count && !list.text && !list.videos, "something is left of list %zu", i);
    }
    struct tlee_list list;
    struct tlee_error error = {.message = ""};
    CHECK(!parse_text(&list, "a 1 1\nb\0c 1 1", 13, &error) &&
              !strncmp(error.message, "line 2: has a zero byte", 23),
          "%s", error.message);
    char long_path[TLEE_LIST_PATH_BYTES + 8];
    memset(long_path, 'a', sizeof long_path);
    memcpy(long_path + TLEE_LIST_PATH_BYTES - 1, " 1 1", 5);
    CHECK(parse_text(&list, long_path, strlen(long_path), &error), "%s", error.message);
    tlee_list_free(&list);
    memcpy(long_path + TLEE_LIST_PATH_BYTES - 1, "a 1 1", 6);
    CHECK(!parse_text(&list, long_path, strlen(long_path), &error) &&
              strstr(error.message, "the path has 4096 bytes"),
          "%s", error.message);
}

/* ---- JSON ---- */

static bool skip_all(const char *text) {
    struct tlee_json_in in;
    tlee_json_in_start(&in, text, strlen(text));
    bool skipped = tlee_json_skip(&in);
    bool good = tlee_json_finish(&in) && skipped;
    CHECK(good == !in.reason && tlee_json_offset(&in) <= strlen(text), "%s", text);
    return good;
}

static void test_json_syntax(void) {
    static const char *const good[] = {
        "{}",
        "[]",
        " [ ] ",
        "0",
        "-0",
        "1.5e-3",
        "1E+2",
        "\"\"",
        "true",
        "false",
        "null",
        "\t1",
        "{\"a\":[{},[]]}",
        "[1,2 , 3]",
        "[[[]]]",
        "\"\\/\"",
        "\"\x7f\"",
        "1e400",
        "9999999999999999999",
        "\"\\ud83d\\ude00 \\u0000\"",
        "\"\xf4\x8f\xbf\xbf\"",
    };
    static const char *const bad[] = {
        "",
        " ",
        "{",
        "[",
        "]",
        "[1,]",
        "{\"a\"}",
        "{,}",
        "[1 2]",
        "01",
        "+1",
        "1.",
        ".5",
        "1e",
        "-",
        "nan",
        "tru",
        "truee",
        "\"",
        "\"\\",
        "\"\\x\"",
        "\"\n\"",
        "\"\\u12\"",
        "\"\\ud800\"",
        "\"\xff\"",
        "\"\xc0\x80\"",
        "\"\xed\xa0\x80\"",
        "\"\xe4\xb8\"",
        "{1:2}",
        "{\"a\":1,}",
        "[}",
        "{\"a\":1]",
        "\"\\udc00\"",
        "\"\\ud800\\u0041\"",
        "\"\\ud800\\ud800\"",
        "1 1",
        "{} x",
        "\xef\xbb\xbf{}",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        CHECK(skip_all(good[i]), "refused: %s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(!skip_all(bad[i]), "taken: %s", bad[i]);
    char deep[2 * TLEE_JSON_DEPTH + 3];
    memset(deep, '[', TLEE_JSON_DEPTH);
    memset(deep + TLEE_JSON_DEPTH, ']', TLEE_JSON_DEPTH);
    deep[2 * TLEE_JSON_DEPTH] = '\0';
    CHECK(skip_all(deep), "the depth that is allowed");
    memset(deep, '[', TLEE_JSON_DEPTH + 1);
    memset(deep + TLEE_JSON_DEPTH + 1, ']', TLEE_JSON_DEPTH + 1);
    deep[2 * TLEE_JSON_DEPTH + 2] = '\0';
    CHECK(!skip_all(deep), "one more");
}

static void test_json_values(void) {
    static const char text[] =
        "{\"t\": \"a\\u00e9\\ud83d\\ude00\\n\", \"long key that is cut\": [1, -2.5e0, "
        "18446744073709551615], \"b\": true, \"n\": null, \"x\": {\"y\": [[]]}} ";
    struct tlee_json_in in;
    char key[8], value[32];
    uint64_t whole = 0;
    double real_value = 0;
    bool flag = false;
    tlee_json_in_start(&in, text, sizeof text - 1);
    CHECK(tlee_json_peek(&in) == '{' && tlee_json_enter(&in, '{'), "enter");
    CHECK(tlee_json_next_key(&in, key, sizeof key) && !strcmp(key, "t"), "%s", key);
    CHECK(tlee_json_get_text(&in, value, sizeof value) &&
              !strcmp(value, "a\xc3\xa9\xf0\x9f\x98\x80\n"),
          "%s", value);
    CHECK(tlee_json_next_key(&in, key, sizeof key) && !strcmp(key, "long ke"), "%s", key);
    CHECK(tlee_json_enter(&in, '[') && tlee_json_next(&in) && tlee_json_get_uint(&in, &whole) &&
              whole == 1,
          "first number");
    CHECK(tlee_json_next(&in) && tlee_json_get_double(&in, &real_value) && real_value == -2.5,
          "second number");
    CHECK(tlee_json_next(&in) && tlee_json_get_uint(&in, &whole) && whole == UINT64_MAX,
          "third number");
    CHECK(!tlee_json_next(&in) && !in.reason, "end of the list");
    CHECK(tlee_json_next_key(&in, key, sizeof key) && tlee_json_get_bool(&in, &flag) && flag,
          "word");
    CHECK(tlee_json_next_key(&in, key, sizeof key) && tlee_json_get_null(&in), "null");
    CHECK(tlee_json_next_key(&in, key, sizeof key) && tlee_json_skip(&in), "nested");
    CHECK(!tlee_json_next_key(&in, key, sizeof key) && tlee_json_finish(&in), "end");
}

/* What is JSON, but not the value asked for. */
static void test_json_refusals(void) {
    char value[4];
    uint64_t whole = 7;
    double number = 7;
    bool flag;
    struct tlee_json_in in;
#define REFUSED(text, call)                                                                        \
    tlee_json_in_start(&in, text, strlen(text));                                                   \
    CHECK(!(call) && in.reason && !tlee_json_skip(&in), "%s", text)
    REFUSED("\"abcd\"", tlee_json_get_text(&in, value, sizeof value));
    REFUSED("\"\\u0000\"", tlee_json_get_text(&in, value, sizeof value));
    REFUSED("1", tlee_json_get_text(&in, value, sizeof value));
    REFUSED("18446744073709551616", tlee_json_get_uint(&in, &whole));
    REFUSED("-1", tlee_json_get_uint(&in, &whole));
    REFUSED("1.0", tlee_json_get_uint(&in, &whole));
    REFUSED("1e2", tlee_json_get_uint(&in, &whole));
    REFUSED("\"1\"", tlee_json_get_uint(&in, &whole));
    REFUSED("1e309", tlee_json_get_double(&in, &number));
    REFUSED("null", tlee_json_get_double(&in, &number));
    REFUSED("0.0000000000000000000000000000000000000000000000000000000000000001",
            tlee_json_get_double(&in, &number));
    REFUSED("1", tlee_json_get_bool(&in, &flag));
    REFUSED("false", tlee_json_get_null(&in));
    REFUSED("[]", tlee_json_enter(&in, '{'));
    REFUSED("[]", tlee_json_next(&in));
#undef REFUSED
    CHECK(whole == 7 && number == 7, "a refused number was stored");
}

/* ---- Records ---- */

#define OF                                                                                         \
    "\"of\": {\"model\": \"00112233445566ff\", \"list\": \"0000000000000000\", \"videos\": 9, "    \
    "\"settings\": \"classes=8 frames=4 branches=2 mode=ts\"}}"
#define RAN(index, truth, label, rank, frame, exits, exit, ms)                                     \
    "{\"index\": " #index ", \"path\": \"p" #index "\", \"truth\": " #truth ", \"label\": " #label \
    ", \"frame\": " #frame ", \"exit\": " #exit                                                    \
    ", \"gmac\": 0.5, \"gmac_paper\": null, \"ms\": " #ms ", \"truth_rank\": " #rank               \
    ", \"frame_exits\": " exits ", \"new\": [{}], " OF

static bool add_text(struct tlee_records *records, const char *line, struct tlee_error *error) {
    return tlee_records_add_line(records, line, strlen(line), records->count + 1, 0, error);
}

static void test_summary_of_records(void) {
    static const char *const lines[] = {
        RAN(4, 1, 3, 5, 1, "[0, 2]", 2, 40),
        RAN(0, 0, 0, 0, 0, "[1]", 1, 10),
        "{\"index\": 7, \"path\": \"bad\", \"truth\": 2, \"error\": \"why\", " OF,
        RAN(2, 1, 1, 0, 3, "[0, 0, 0, 0]", 0, 20),
        RAN(1, 0, 2, 4, 0, "[1]", 1, 30),
    };
    struct tlee_records records = {0};
    struct tlee_eval_summary summary;
    struct tlee_error error = {.message = ""};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        CHECK(add_text(&records, lines[i], &error), "%s", error.message);
    CHECK(tlee_records_sort(&records, &error), "%s", error.message);
    CHECK(records.items[0].index == 0 && records.items[4].index == 7 &&
              !strcmp(records.items[4].error, "why") && !strcmp(records.items[2].path, "p2"),
          "order");
    CHECK(tlee_eval_summarise(&summary, &records), "no summary");
    CHECK(summary.ran == 4 && summary.failed == 1 && summary.top1 == 0.5 && summary.top5 == 0.75 &&
              summary.gmac == 0.5 && isnan(summary.gmac_paper) && summary.frames == 2,
          "%zu %g %g %g %g", summary.ran, summary.top1, summary.top5, summary.gmac, summary.frames);
    CHECK(summary.ms == 25 && summary.ms_p50 == 20 && summary.ms_p90 == 40 && summary.ms_p99 == 40,
          "%g %g %g", summary.ms, summary.ms_p50, summary.ms_p90);
    CHECK(summary.left_at[1] == 2 && summary.left_at[5] == 1 && summary.left_at[9] == 1, "left at");
    CHECK(summary.class_videos[0] == 2 && summary.class_right[0] == 1 &&
              summary.class_videos[1] == 2 && summary.class_right[1] == 1 &&
              !summary.class_videos[2],
          "classes");
    tlee_eval_summary_free(&summary);
    CHECK(add_text(&records, lines[1], &error) && !tlee_records_sort(&records, &error) &&
              strstr(error.message, "has video 0 of line 2 again"),
          "%s", error.message);
    tlee_records_free(&records);
}

static void test_means_of_costs(void) {
    static const char *const lines[] = {
        "{\"index\": 1, \"path\": \"a\", \"truth\": 1, \"label\": 1, \"frame\": 0, \"exit\": 1, "
        "\"gmac\": 0.5, \"gmac_paper\": 2.25, \"ms\": 1, \"truth_rank\": 0, \"frame_exits\": "
        "[1], " OF,
        "{\"index\": 0, \"path\": \"b\", \"truth\": 1, \"label\": 1, \"frame\": 0, \"exit\": 0, "
        "\"gmac\": 0.25, \"gmac_paper\": 1, \"ms\": 1, \"truth_rank\": 0, \"frame_exits\": "
        "[0], " OF,
    };
    struct tlee_records records = {0};
    struct tlee_eval_summary summary;
    struct tlee_error error = {.message = ""};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        CHECK(add_text(&records, lines[i], &error), "%s", error.message);
    CHECK(tlee_eval_summarise(&summary, &records), "no summary");
    CHECK(summary.gmac == 0.375 && summary.gmac_paper == 1.625, "%g %g", summary.gmac,
          summary.gmac_paper);
    tlee_eval_summary_free(&summary);
    tlee_records_free(&records);
}

static void test_percentiles(void) {
    static const double values[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    CHECK(percentile(values, 10, 50) == 5 && percentile(values, 10, 90) == 9 &&
              percentile(values, 10, 99) == 10,
          "of ten");
    CHECK(percentile(values, 1, 50) == 1 && percentile(values, 2, 50) == 1 &&
              percentile(values, 3, 50) == 2 && isnan(percentile(values, 0, 50)),
          "of few");
}

static void test_bad_records(void) {
    static const struct {
        const char *line, *message;
    } rows[] = {
        {RAN(9, 1, 1, 0, 0, "[0]", 0, 1), "index is beyond the list"},
        {RAN(1, 8, 1, 1, 0, "[0]", 0, 1), "truth is no class"},
        {RAN(1, 1, 8, 1, 0, "[0]", 0, 1), "label or truth_rank"},
        {RAN(1, 1, 1, 1, 0, "[0]", 0, 1), "truth_rank does not fit"},
        {RAN(1, 1, 2, 0, 0, "[0]", 0, 1), "truth_rank does not fit"},
        {RAN(1, 1, 1, 0, 4, "[0, 0, 0, 0, 0]", 0, 1), "frame does not fit"},
        {RAN(1, 1, 1, 0, 1, "[0]", 0, 1), "frame does not fit"},
        {RAN(1, 1, 1, 0, 0, "[3]", 3, 1), "frame_exits has an exit"},
        {RAN(1, 1, 1, 0, 0, "[0]", 1, 1), "exit does not fit"},
        {RAN(1, 1, 1, 0, 0, "[256]", 0, 1), "frame_exits out of range"},
        {RAN(1, 1, 1, 0, 0, "0", 0, 1), "byte "},
        {RAN(1, 1, 1, 0, 0, "[0]", 0, -1), "a number below zero"},
        {RAN(1, 1, 1, 0, 0, "[0]", 0, null), "byte "},
        {RAN(-1, 1, 1, 0, 0, "[0]", 0, 1), "byte "},
        {"{\"index\": 1, \"index\": 1, " OF, "a key that is there twice"},
        {"{\"index\": 1, \"path\": \"p\", \"truth\": 1, " OF, "keys are missing"},
        {"{}", "keys are missing"},
        {"", "byte 0"},
        {"{\"of\": {}}", "no model, list or videos"},
        {"{\"of\": {\"model\": \"x\", \"list\": \"0000000000000000\", \"videos\": 9}}", "no model"},
        {"{\"of\": {\"videos\": 1, \"videos\": 1}}", "there twice"},
        {"{\"index\": 1, \"path\": \"p\", \"truth\": 1, \"error\": \"e\", \"of\": {\"model\": "
         "\"00112233445566ff\", \"list\": \"0000000000000000\", \"videos\": 9, \"settings\": "
         "\"mode=ts\"}}",
         "not among its settings"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tlee_records records = {0};
        struct tlee_error error = {.message = ""};
        CHECK(!add_text(&records, rows[i].line, &error) && strstr(error.message, rows[i].message) &&
                  !strncmp(error.message, "line 1: ", 8),
              "row %zu: %s", i, error.message);
        CHECK(!records.count, "row %zu was added", i);
        tlee_records_free(&records);
    }
}

static void test_identities(void) {
    struct tlee_identity a = {"0", "1", 3, "mode=ts first=0.5 seed=1"}, b = a;
    char message[128] = "";
    size_t seed = 0;
    CHECK(tlee_identity_equal(&a, &b, message, sizeof message), "%s", message);
    strcpy(b.settings, "mode=ts first=0.25 seed=1");
    CHECK(!tlee_identity_equal(&a, &b, message, sizeof message) &&
              !strcmp(message, "another setting (first=0.5, not first=0.25)"),
          "%s", message);
    strcpy(b.settings, "mode=ts first=0.5");
    CHECK(!tlee_identity_equal(&a, &b, message, sizeof message) &&
              !strcmp(message, "another setting (seed=1, not none)"),
          "%s", message);
    b = a;
    b.videos = 4;
    CHECK(!tlee_identity_equal(&a, &b, message, sizeof message) &&
              !strcmp(message, "another list (3 videos, not 4)"),
          "%s", message);
    strcpy(b.model, "2");
    CHECK(!tlee_identity_equal(&a, &b, message, sizeof message) &&
              !strcmp(message, "another model (0, not 2)"),
          "%s", message);
    CHECK(tlee_identity_number(&a, "seed", &seed) && seed == 1, "%zu", seed);
    CHECK(!tlee_identity_number(&a, "mode", &seed) && !tlee_identity_number(&a, "eed", &seed) &&
              !tlee_identity_number(&a, "see", &seed) && !tlee_identity_number(&a, "first", &seed),
          "%zu", seed);
}

static void test_shares(void) {
    static const char *const bad[] = {"",    "1",   "/",    "1/",    "/2",
                                      "2/2", "0/0", "-1/2", "1/2/3", "a/2"};
    size_t share = 77, shares = 77;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(!tlee_parse_share(bad[i], &share, &shares) && share == 77 && shares == 77, "%s",
              bad[i]);
    CHECK(tlee_parse_share("0/1", &share, &shares) && !share && shares == 1, "whole");
    CHECK(tlee_parse_share("11/12", &share, &shares) && share == 11 && shares == 12, "last");
}

int main(void) {
    test_good_list();
    test_bad_lists();
    test_json_syntax();
    test_json_values();
    test_json_refusals();
    test_summary_of_records();
    test_means_of_costs();
    test_percentiles();
    test_bad_records();
    test_identities();
    test_shares();
    return test_summary();
}
