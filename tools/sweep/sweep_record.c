/* SPDX-License-Identifier: MIT */
/* tlee sweep: every video of a list through all exits of all frames, once. */
#include "cores.h"
#include "jobs.h"
#include "recognise_video.h"
#include "stop_signal.h"
#include "sweep.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* What the jobs share. */
struct work {
    const struct tlee_sweep *sweep;
    struct tlee_sweep_videos *videos;
    struct tlee_cli_options options; /* with each session's threads */
    size_t before;                   /* videos that were recorded earlier */

    pthread_mutex_t mutex; /* of all below, of the file and of messages */
    size_t next, done;     /* video to look at, videos recorded or failed */
    bool fault;            /* nothing more is begun */
    struct tlee_progress progress;
};

/* One of the threads. */
struct job {
    struct work *work;
    struct tlee_recogniser place;
    struct tlee_recording *recording;
    char *path; /* of the video at hand */
    size_t warnings;
};

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

static bool go_on(void *cookie, size_t t) {
    (void)cookie, (void)t;
    return !tlee_stop_asked();
}

/* Remembers why a video failed; the mutex is ours. */
static bool note_failure(struct job *job, size_t video, const char *reason) {
    struct tlee_sweep_videos *videos = job->work->videos;
    struct tlee_sweep_failure *more =
        realloc(videos->failed, (videos->failed_count + 1) * sizeof *more);
    if (!more)
        return false;
    videos->failed = more;
    more[videos->failed_count].video = video;
    more[videos->failed_count].reason = strdup(reason);
    if (!more[videos->failed_count].reason)
        return false;
    videos->failed_count++;
    tlee_progress_clear(&job->work->progress);
    tlee_say_warning(job->path ? job->path : videos->list.videos[video].path, "failed: %s", reason);
    return true;
}

/* Keeps what came of a video; reason NULL: it was recorded. */
static void finish(struct job *job, size_t video, const char *reason) {
    struct work *work = job->work;
    struct tlee_sweep_videos *videos = work->videos;
    struct tlee_error error;
    const char *file = videos->file_name ? videos->file_name : videos->list_name;
    pthread_mutex_lock(&work->mutex);
    /* Where a terminal sends the signal, ffmpeg gets it too: what it gave since is worth nothing.
     */
    if (!work->fault && !tlee_stop_asked()) {
        bool good = true;
        error.message[0] = 0;
        if (reason)
            good = note_failure(job, video, reason);
        else
            good = tlee_features_append(&videos->file, job->recording, &error);
        if (!good) {
            tlee_progress_clear(&work->progress);
            tlee_say_fault(file, *error.message ? error.message : "out of memory");
        }
        work->fault = !good;
        work->done++;
        tlee_progress_show_rate(&work->progress, "video", work->before + work->done,
                                videos->list.count, work->before);
    }
    pthread_mutex_unlock(&work->mutex);
}

static void record(struct job *job, size_t index) {
    const struct tlee_list_video *video = &job->work->videos->list.videos[index];
    struct tlee_error error = {.message = "out of memory"};
    enum tlee_recognised outcome = TLEE_VIDEO_AT_FAULT;
    job->warnings = 0;
    job->path = tlee_list_path(video, job->work->options.root);
    if (job->path)
        outcome = tlee_recognise_video(&job->place, job->path, video->frames, index, &error);
    if (outcome != TLEE_BROKEN_OFF)
        finish(job, index, outcome == TLEE_RECOGNISED ? NULL : error.message);
    free(job->path);
}

/* False when there is nothing left to begin. */
static bool take(struct work *work, size_t *index) {
    pthread_mutex_lock(&work->mutex);
    const struct tlee_sweep_videos *videos = work->videos;
    while (work->next < videos->list.count && videos->file.places[work->next])
        work->next++;
    bool more = work->next < videos->list.count && !work->fault && !tlee_stop_asked();
    if (more)
        *index = work->next++;
    pthread_mutex_unlock(&work->mutex);
    return more;
}

static void *work_on(void *cookie) {
    struct job *job = cookie;
    size_t index;
    while (take(job->work, &index))
        record(job, index);
    return NULL;
}

static int open_job(struct job *job, struct work *work) {
    struct tlee_error error;
    const tlee_model *model = work->sweep->model;
    job->work = work;
    int status = tlee_recogniser_open(&job->place, &work->options, model);
    if (status != TLEE_EXIT_OK)
        return status;
    job->place.warn = warn_of_video;
    job->place.go_on = go_on;
    job->place.cookie = job;
    if (tlee_recording_create(model, &job->recording, &error) != TLEE_OK ||
        tlee_session_record(job->place.session, job->recording, &error) != TLEE_OK)
        return tlee_say_fault(work->options.operands[0], error.message);
    return TLEE_EXIT_OK;
}

static int by_video(const void *a, const void *b) {
    const struct tlee_sweep_failure *x = a, *y = b;
    return x->video < y->video ? -1 : x->video > y->video;
}

static int say_stopped(const struct tlee_sweep_videos *videos) {
    char message[128];
    snprintf(message, sizeof message, "stopped after %zu videos%s", videos->file.count,
             videos->file_name ? "; the same command goes on from there"
                               : ", which are lost: --features FILE would have kept them");
    tlee_say_fault(videos->file_name ? videos->file_name : videos->list_name, message);
    tlee_stop_die();
    return TLEE_EXIT_FAULT;
}

int tlee_sweep_record(const struct tlee_sweep *sweep, struct tlee_sweep_videos *videos) {
    struct work work = {.sweep = sweep,
                        .videos = videos,
                        .options = *sweep->options,
                        .before = videos->file.count,
                        .mutex = PTHREAD_MUTEX_INITIALIZER};
    size_t left = videos->list.count - videos->file.count, jobs = sweep->options->jobs;
    jobs = jobs < left ? jobs : left;
    if (!jobs)
        return TLEE_EXIT_OK;
    struct job *all = calloc(jobs, sizeof *all);
    int status = all ? TLEE_EXIT_OK : tlee_say_fault(videos->list_name, "out of memory");
    size_t threads = tlee_default_threads() / jobs;
    if (!work.options.threads)
        work.options.threads = threads ? threads : 1;
    for (size_t i = 0; status == TLEE_EXIT_OK && i < jobs; i++)
        status = open_job(&all[i], &work);
    tlee_stop_catch();
    work.progress = tlee_progress_start();
    if (status == TLEE_EXIT_OK)
        tlee_jobs_run(work_on, all, sizeof *all, jobs);
    tlee_progress_clear(&work.progress);
    for (size_t i = 0; all && i < jobs; i++) {
        tlee_recogniser_close(&all[i].place);
        tlee_recording_free(&all[i].recording);
    }
    free(all);
    tlee_stop_release();
    if (status != TLEE_EXIT_OK || work.fault)
        return TLEE_EXIT_FAULT;
    if (tlee_stop_asked())
        return say_stopped(videos);
    if (videos->failed)
        qsort(videos->failed, videos->failed_count, sizeof *videos->failed, by_video);
    if (!videos->file.count)
        return tlee_say_fault(videos->list_name, "every video failed");
    return TLEE_EXIT_OK;
}
