/* SPDX-License-Identifier: MIT */
#include "record_write.h"

#include <stdlib.h>

static void add_run(struct tlee_json *json, const struct tlee_record *record,
                    const struct tlee_run_report *run, size_t top) {
    tlee_run_report_members(json, run, top);
    tlee_json_uint(json, "truth_rank", record->truth_rank);
    tlee_json_begin(json, "frame_exits", '[');
    for (size_t t = 0; t <= record->frame; t++)
        tlee_json_uint(json, NULL, record->frame_exits[t]);
    tlee_json_end(json, ']');
}

char *tlee_record_line(const struct tlee_record *record, const struct tlee_run_report *run,
                       size_t top, const struct tlee_identity *of, size_t *length) {
    char *line = NULL;
    FILE *out = open_memstream(&line, length);
    if (!out)
        return NULL;
    struct tlee_json json = {out, false};
    tlee_json_begin(&json, NULL, '{');
    tlee_json_uint(&json, "index", record->index);
    tlee_json_text(&json, "path", record->path);
    tlee_json_uint(&json, "truth", record->truth);
    if (run)
        add_run(&json, record, run, top);
    else
        tlee_json_text(&json, "error", record->error);
    tlee_identity_write(of, &json, "of");
    tlee_json_end(&json, '}');
    fputc('\n', out);
    bool good = !ferror(out);
    good = fclose(out) == 0 && good;
    if (good && *length <= TLEE_RECORD_BYTES)
        return line;
    free(line);
    return NULL;
}
