/* SPDX-License-Identifier: MIT */
#include "eval_jobs.h"

#include "cores.h"
#include "jobs.h"
#include "recognise_video.h"
#include "record_write.h"
#include "stop_signal.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* What the jobs share. */
struct work {
    struct tlee_eval *eval;
    struct tlee_cli_options options; /* with each session's threads */
    const size_t *todo;
    size_t count;

    pthread_mutex_t mutex; /* of all below, of eval's records and their file, and of messages */
    size_t next;           /* in todo */
    size_t done, before;   /* videos; those known beforehand */
    bool fault;            /* nothing more is begun */
    struct tlee_progress progress;
};

/* One of the threads. */
struct job {
    struct work *work;
    struct tlee_recogniser place;
    char *path; /* of the video at hand */
    size_t warnings;
    uint8_t *frame_exits; /* [T] */
};

/* ---- What is said ---- */

/* One line for each video, as those of a data set are often alike. */
static void warn_of_video(void *cookie, const char *message) {
    struct job *job = cookie;
    if (job->warnings++)
        return;
    pthread_mutex_lock(&job->work->mutex);
    tlee_progress_clear(&job->work->progress);
    tlee_say_warning(job->path, "%s", message);
    pthread_mutex_unlock(&job->work->mutex);
}

static void tell_of_more_warnings(struct job *job) {
    if (job->warnings > 1)
        tlee_say_warning(job->path, "%zu more warnings like this, tlee run tells them",
                         job->warnings - 1);
}

/* ---- One video ---- */

static bool go_on(void *cookie, size_t t) {
    (void)cookie, (void)t;
    return !tlee_stop_asked();
}

static size_t rank_of(const struct tlee_run_report *report, size_t label) {
    size_t rank = 0;
    while (report->ranking[rank].label != label)
        rank++;
    return rank;
}

/* What the record has beside index, truth and path. */
static void describe(const struct job *job, const struct tlee_run_report *report,
                     struct tlee_record *record) {
    const struct tlee_result *result = &report->result;
    for (size_t i = 0; i < tlee_session_step_count(report->session); i++) {
        struct tlee_step step;
        tlee_session_get_step(report->session, i, &step);
        job->frame_exits[step.frame] = (uint8_t)step.exit;
    }
    record->label = result->label;
    record->truth_rank = rank_of(report, record->truth);
    record->frame = result->frame;
    record->exit = result->exit;
    record->frame_exits = job->frame_exits;
    record->gmac = (double)result->macs / 1e9;
    record->gmac_paper = result->paper_gmac;
    record->ms = (double)result->ns / 1e6;
}

static void say_fault(struct work *work, const char *file, const char *message) {
    tlee_progress_clear(&work->progress);
    tlee_say_fault(file, message);
}

/* Adds the record to the file, if there is one. report NULL: it failed. */
static bool write_record(struct work *work, const struct tlee_record *record,
                         const struct tlee_run_report *report) {
    struct tlee_eval *eval = work->eval;
    struct tlee_error error = {.message = "out of memory"};
    size_t length;
    if (eval->file.fd < 0)
        return true;
    char *line = tlee_record_line(record, report, eval->options->top, &eval->of, &length);
    bool good = line && tlee_records_file_append(&eval->file, line, length, &error);
    free(line);
    if (!good)
        say_fault(work, eval->options->records, error.message);
    return good;
}

/* The same, and to memory. */
static bool keep(struct work *work, const struct tlee_record *record,
                 const struct tlee_run_report *report) {
    if (!write_record(work, record, report))
        return false;
    bool good = tlee_records_add(&work->eval->records, record);
    if (!good)
        say_fault(work, work->eval->options->operands[1], "out of memory");
    return good;
}

/* Keeps the record and says what is to be said of the video. */
static void finish(struct job *job, const struct tlee_record *record,
                   const struct tlee_run_report *report) {
    struct work *work = job->work;
    pthread_mutex_lock(&work->mutex);
    /* Where a terminal sends the signal, ffmpeg gets it too: what it gave since is worth nothing.
     */
    if (!work->fault && !tlee_stop_asked()) {
        if (record->error || job->warnings > 1)
            tlee_progress_clear(&work->progress);
        tell_of_more_warnings(job);
        if (record->error)
            tlee_say_warning(job->path ? job->path : record->path, "failed: %s", record->error);
        work->fault = !keep(work, record, report);
        work->done++;
        if (!work->fault)
            tlee_progress_show_rate(&work->progress, "video", work->done,
                                    work->before + work->count, work->before);
    }
    pthread_mutex_unlock(&work->mutex);
}

static void recognise(struct job *job, size_t index) {
    const struct tlee_list_video *video = &job->work->eval->list.videos[index];
    struct tlee_record record = {.index = index, .truth = video->label, .path = video->path};
    struct tlee_run_report report = {0};
    struct tlee_error error = {.message = "out of memory"};
    enum tlee_recognised outcome = TLEE_VIDEO_AT_FAULT;
    job->warnings = 0;
    job->path = tlee_list_path(video, job->work->eval->options->root);
    if (job->path)
        outcome = tlee_recognise_video(&job->place, job->path, video->frames, index, &error);
    if (outcome == TLEE_RECOGNISED && tlee_recogniser_report(&job->place, &report)) {
        describe(job, &report, &record);
        finish(job, &record, &report);
    } else if (outcome != TLEE_BROKEN_OFF) {
        record.error = outcome == TLEE_RECOGNISED ? "out of memory" : error.message;
        finish(job, &record, NULL);
    }
    free(report.ranking);
    free(job->path);
}

/* ---- All of them ---- */

/* False when there is nothing left to begin. */
static bool take(struct work *work, size_t *index) {
    pthread_mutex_lock(&work->mutex);
    bool more = work->next < work->count && !work->fault && !tlee_stop_asked();
    if (more)
        *index = work->todo[work->next++];
    pthread_mutex_unlock(&work->mutex);
    return more;
}

static void *work_on(void *cookie) {
    struct job *job = cookie;
    size_t index;
    while (take(job->work, &index))
        recognise(job, index);
    return NULL;
}

static int open_job(struct job *job, struct work *work) {
    job->work = work;
    int status = tlee_recogniser_open(&job->place, &work->options, work->eval->model);
    if (status != TLEE_EXIT_OK)
        return status;
    job->place.warn = warn_of_video;
    job->place.go_on = go_on;
    job->place.cookie = job;
    job->frame_exits = calloc(job->place.info.frames, 1);
    return job->frame_exits ? TLEE_EXIT_OK
                            : tlee_say_fault(work->options.operands[0], "out of memory");
}

static size_t threads_of_each(const struct tlee_cli_options *options, size_t jobs) {
    size_t threads = options->threads ? options->threads : tlee_default_threads() / jobs;
    return threads ? threads : 1;
}

enum tlee_eval_end tlee_eval_jobs(struct tlee_eval *eval, const size_t *todo, size_t count) {
    struct work work = {.eval = eval,
                        .options = *eval->options,
                        .todo = todo,
                        .count = count,
                        .done = eval->records.count,
                        .before = eval->records.count,
                        .mutex = PTHREAD_MUTEX_INITIALIZER};
    size_t jobs = eval->options->jobs < count ? eval->options->jobs : count;
    struct job *all = calloc(jobs ? jobs : 1, sizeof *all);
    int status = all ? TLEE_EXIT_OK : tlee_say_fault(eval->options->operands[1], "out of memory");
    work.options.threads = threads_of_each(eval->options, jobs ? jobs : 1);
    for (size_t i = 0; status == TLEE_EXIT_OK && i < jobs; i++)
        status = open_job(&all[i], &work);
    tlee_stop_catch();
    work.progress = tlee_progress_start();
    if (status == TLEE_EXIT_OK && jobs)
        tlee_jobs_run(work_on, all, sizeof *all, jobs);
    tlee_progress_clear(&work.progress);
    for (size_t i = 0; all && i < jobs; i++) {
        tlee_recogniser_close(&all[i].place);
        free(all[i].frame_exits);
    }
    free(all);
    if (status != TLEE_EXIT_OK || work.fault)
        return TLEE_EVAL_FAULT;
    return work.done < work.before + count ? TLEE_EVAL_STOPPED : TLEE_EVAL_DONE;
}
