/* SPDX-License-Identifier: MIT */
/* tlee eval: the videos of a list through one model, and how well that went. */
#include "eval_jobs.h"
#include "eval_results.h"
#include "stop_signal.h"

#include <stdlib.h>

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

static int report(struct tlee_eval *eval, FILE **confusion) {
    struct tlee_error error;
    const char *list = eval->options->operands[1];
    if (!tlee_records_sort(&eval->records, &error))
        return fault(list, &error);
    return tlee_eval_results(eval->options, list, &eval->records, eval->model, confusion);
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
    int status = tlee_eval_open_confusion(options, &confusion);
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
