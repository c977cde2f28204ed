/* SPDX-License-Identifier: MIT */
/* tlee eval: the videos of a list through one model, and how well that went. */
#include "eval_jobs.h"
#include "eval_summary.h"
#include "stop_signal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int fault(const char *file, const struct tlee_error *error) {
    return tlee_say_fault(file, error->message);
}

/* ---- What there is to do ---- */

static bool is_in_share(const struct tlee_cli_options *options, size_t index) {
    return index % options->shares == options->share;
}

/* Those that failed are tried again: a disk may have come back. */
static bool is_settled(const void *options, const struct tlee_record *record) {
    return !record->error || !is_in_share(options, record->index);
}

static bool is_ours(const void *options, const struct tlee_record *record) {
    return is_in_share(options, record->index);
}

/* Model, list, identity and what an earlier eval left. */
static int open_all(struct tlee_eval *eval, tlee_model **model) {
    const struct tlee_cli_options *options = eval->options;
    struct tlee_error error;
    int status = tlee_cli_open_model(options, model);
    if (status != TLEE_EXIT_OK)
        return status;
    eval->model = *model;
    tlee_model_get_info(*model, &eval->info);
    if (!tlee_list_read(&eval->list, options->operands[1], eval->info.classes, &error))
        return fault(options->operands[1], &error);
    tlee_identity_begin(&eval->of, &eval->info, &eval->list);
    tlee_identity_add_network(&eval->of, options, &eval->info);
    tlee_identity_add_decisions(&eval->of, options, &eval->info);
    if (options->records && !tlee_records_file_open(&eval->file, options->records, &eval->of,
                                                    is_settled, options, &eval->records, &error))
        return fault(options->records, &error);
    eval->records.of = eval->of;
    eval->records.classes = eval->info.classes;
    eval->records.frames = eval->info.frames;
    eval->records.branches = eval->info.branches;
    return TLEE_EXIT_OK;
}

/* Indices of our share that have no record yet, in *todo, to be freed. */
static int list_todo(struct tlee_eval *eval, size_t **todo, size_t *count) {
    struct tlee_error error;
    const struct tlee_records *records = &eval->records;
    if (!tlee_records_sort(&eval->records, &error))
        return fault(eval->options->records, &error);
    tlee_records_filter(&eval->records, is_ours, eval->options);
    *todo = calloc(eval->list.count, sizeof **todo);
    if (!*todo)
        return tlee_say_fault(eval->options->operands[1], "out of memory");
    *count = 0;
    for (size_t index = 0, known = 0; index < eval->list.count; index++) {
        if (known < records->count && records->items[known].index == index)
            known++;
        else if (is_in_share(eval->options, index))
            (*todo)[(*count)++] = index;
    }
    return TLEE_EXIT_OK;
}

/* ---- What comes of it ---- */

/* Opened before the work, so that a name that does not work is known at once. */
static int open_confusion(const struct tlee_cli_options *options, FILE **file) {
    *file = options->confusion ? fopen(options->confusion, "ae") : NULL;
    if (options->confusion && !*file)
        return tlee_say_fault(options->confusion, strerror(errno));
    return TLEE_EXIT_OK;
}

static int write_confusion(const struct tlee_eval *eval, FILE **file) {
    const char *name = eval->options->confusion;
    if (!*file)
        return TLEE_EXIT_OK;
    /* What is no regular file has no length to cut. */
    bool cut = ftruncate(fileno(*file), 0) == 0 || errno == EINVAL;
    bool good = cut && tlee_eval_confusion(&eval->records, eval->model, *file);
    errno = 0;
    good = !ferror(*file) && good;
    good = fclose(*file) == 0 && good;
    *file = NULL;
    return good ? TLEE_EXIT_OK
                : tlee_say_fault(name, errno ? strerror(errno) : "could not be written");
}

static int report(struct tlee_eval *eval, FILE **confusion) {
    struct tlee_eval_summary summary;
    struct tlee_error error;
    if (!tlee_records_sort(&eval->records, &error))
        return fault(eval->options->operands[1], &error);
    bool good = tlee_eval_summarise(&summary, &eval->records);
    if (good && eval->options->json)
        tlee_eval_summary_json(&summary, eval->model);
    else if (good)
        tlee_eval_summary_text(&summary, eval->model);
    bool all_failed = good && summary.failed && !summary.ran;
    tlee_eval_summary_free(&summary);
    if (!good)
        return tlee_say_fault(eval->options->operands[1], "out of memory");
    int status = write_confusion(eval, confusion);
    if (status == TLEE_EXIT_OK && all_failed)
        status = tlee_say_fault(eval->options->operands[1], "every video failed");
    return status;
}

/* What is known, and how to go on. */
static void say_stopped(const struct tlee_eval *eval) {
    const char *records = eval->options->records;
    char message[128];
    snprintf(message, sizeof message, "stopped after %zu videos%s", eval->records.count,
             records ? "; the same command goes on from there"
                     : ", which are lost: --records FILE would have kept them");
    tlee_say_fault(records ? records : eval->options->operands[1], message);
}

static int evaluate(struct tlee_eval *eval, FILE **confusion) {
    size_t *todo = NULL, count = 0;
    int status = list_todo(eval, &todo, &count);
    enum tlee_eval_end end =
        status == TLEE_EXIT_OK ? tlee_eval_jobs(eval, todo, count) : TLEE_EVAL_FAULT;
    free(todo);
    if (end == TLEE_EVAL_DONE)
        return report(eval, confusion);
    if (end == TLEE_EVAL_STOPPED) {
        say_stopped(eval);
        tlee_stop_die();
    }
    return TLEE_EXIT_FAULT;
}

int tlee_cmd_eval(const struct tlee_cli_options *options) {
    struct tlee_eval eval = {.options = options, .file = {.fd = -1}};
    tlee_model *model = NULL;
    FILE *confusion = NULL;
    int status = open_confusion(options, &confusion);
    if (status == TLEE_EXIT_OK)
        status = open_all(&eval, &model);
    if (status == TLEE_EXIT_OK)
        status = evaluate(&eval, &confusion);
    if (confusion)
        fclose(confusion);
    tlee_records_file_close(&eval.file);
    tlee_records_free(&eval.records);
    tlee_list_free(&eval.list);
    tlee_model_close(&model);
    return status;
}
