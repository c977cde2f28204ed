/* SPDX-License-Identifier: MIT */
#include "eval_results.h"

#include "eval_summary.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

int tlee_eval_open_confusion(const struct tlee_cli_options *options, FILE **file) {
    *file = options->confusion ? fopen(options->confusion, "ae") : NULL;
    if (options->confusion && !*file)
        return tlee_say_fault(options->confusion, strerror(errno));
    return TLEE_EXIT_OK;
}

static int write_confusion(const struct tlee_cli_options *options,
                           const struct tlee_records *records, const tlee_model *model,
                           FILE **file) {
    if (!*file)
        return TLEE_EXIT_OK;
    /* What is no regular file has no length to cut. */
    bool cut = ftruncate(fileno(*file), 0) == 0 || errno == EINVAL;
    bool good = cut && tlee_eval_confusion(records, model, *file);
    errno = 0;
    good = !ferror(*file) && good;
    good = fclose(*file) == 0 && good;
    *file = NULL;
    return good ? TLEE_EXIT_OK
                : tlee_say_fault(options->confusion,
                                 errno ? strerror(errno) : "could not be written");
}

int tlee_eval_results(const struct tlee_cli_options *options, const char *name,
                      const struct tlee_records *records, const tlee_model *model,
                      FILE **confusion) {
    struct tlee_eval_summary summary;
    bool good = tlee_eval_summarise(&summary, records);
    if (good && options->json)
        tlee_eval_summary_json(&summary, model);
    else if (good)
        tlee_eval_summary_text(&summary, model);
    bool all_failed = good && summary.failed && !summary.ran;
    tlee_eval_summary_free(&summary);
    if (!good)
        return tlee_say_fault(name, "out of memory");
    int status = write_confusion(options, records, model, confusion);
    if (status == TLEE_EXIT_OK && all_failed)
        status = tlee_say_fault(name, "every video failed");
    return status;
}
