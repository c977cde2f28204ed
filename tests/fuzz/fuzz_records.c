/* SPDX-License-Identifier: MIT */
/* Lists of videos and files of records on any bytes, and what is made of them. The command's parts
 * are no part of the library, so they are compiled in. For clang -fsanitize=fuzzer. */
#include "eval_report.c"
#include "eval_summary.c"
#include "identity.c"
#include "json.c"
#include "json_read.c"
#include "json_text.c"
#include "reason.c"
#include "record_read.c"
#include "records.c"
#include "text.c"
#include "values.c"
#include "video_list.c"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum {
    CLASSES = 101
};

/* What a list promises of each video. */
static void use_list(const uint8_t *bytes, size_t size) {
    struct tlee_list list;
    struct tlee_error error = {.message = ""};
    char *copy = malloc(size + 1);
    if (!copy)
        return;
    memcpy(copy, bytes, size);
    if (tlee_list_parse(&list, copy, size, CLASSES, &error)) {
        for (size_t i = 0; i < list.count; i++) {
            char *path = tlee_list_path(&list.videos[i], "root");
            if (!path || !*list.videos[i].path || list.videos[i].label >= CLASSES ||
                strlen(list.videos[i].path) >= TLEE_LIST_PATH_BYTES)
                abort();
            free(path);
        }
    } else if (!*error.message || list.count || list.text) {
        abort();
    }
    tlee_list_free(&list);
}

/* A JSON text by itself is read or skipped with the same verdict. */
static void use_json(const uint8_t *bytes, size_t size) {
    struct tlee_json_in in;
    tlee_json_in_start(&in, (const char *)bytes, size);
    bool good = tlee_json_skip(&in) && tlee_json_finish(&in);
    if (good == (in.reason != NULL) || tlee_json_offset(&in) > size)
        abort();
}

static void use_summary(struct tlee_records *records, FILE *nowhere) {
    struct tlee_eval_summary summary;
    struct tlee_error error;
    size_t sum = 0;
    if (!tlee_records_sort(records, &error) || records->classes > 1000)
        return;
    if (tlee_eval_summarise(&summary, records)) {
        for (size_t i = 0; i < records->frames * (records->branches + 1); i++)
            sum += summary.left_at[i];
        if (sum != summary.ran || summary.ran + summary.failed != records->count)
            abort();
        tlee_eval_confusion(records, NULL, nowhere);
    }
    tlee_eval_summary_free(&summary);
}

static void use_records(const uint8_t *bytes, size_t size, FILE *nowhere) {
    struct tlee_records records = {0};
    struct tlee_error error = {.message = ""};
    const char *at = (const char *)bytes, *end = at + size, *newline;
    bool good = true;
    for (size_t line = 1; good && (newline = memchr(at, '\n', (size_t)(end - at))); line++) {
        good = tlee_records_add_line(&records, at, (size_t)(newline - at), line, 0, &error);
        at = newline + 1;
    }
    if (!good && !*error.message)
        abort();
    if (records.count)
        use_summary(&records, nowhere);
    tlee_records_free(&records);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static FILE *nowhere;
    if (!nowhere)
        nowhere = fopen("/dev/null", "w");
    if (!nowhere)
        abort();
    use_list(bytes, size);
    use_json(bytes, size);
    use_records(bytes, size, nowhere);
    return 0;
}
