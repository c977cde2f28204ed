/* SPDX-License-Identifier: MIT */
/* tlee sweep: what settings come to, from the recordings. */
#include "cores.h"
#include "jobs.h"
#include "sweep.h"

#include <stdlib.h>
#include <string.h>

enum {
    /* What all replays together may keep of what was computed once, and what one at least. */
    KEPT_BYTES = 256 << 20,
    LEAST_KEPT_BYTES = 8 << 10
};

int tlee_sweep_open_jobs(struct tlee_sweep *sweep) {
    struct tlee_session_options options;
    struct tlee_error error = {.message = "out of memory"};
    const struct tlee_cli_options *asked = sweep->options;
    size_t jobs = asked->threads ? asked->threads * asked->jobs : tlee_default_threads();
    enum tlee_status status = TLEE_ERR_NOMEM;
    jobs = jobs < TLEE_CLI_MAX_JOBS ? jobs : TLEE_CLI_MAX_JOBS;
    tlee_session_options_default(&options);
    sweep->sessions = calloc(jobs, sizeof *sweep->sessions);
    sweep->recordings = calloc(jobs, sizeof *sweep->recordings);
    if (sweep->sessions && sweep->recordings)
        status = TLEE_OK;
    for (size_t i = 0; status == TLEE_OK && i < jobs; i++) {
        status = tlee_session_create(sweep->model, &options, &sweep->sessions[i], &error);
        if (status == TLEE_OK)
            status = tlee_recording_create(sweep->model, &sweep->recordings[i], &error);
        sweep->jobs = i + 1;
    }
    return status == TLEE_OK ? TLEE_EXIT_OK
                             : tlee_say_fault(sweep->options->operands[0], error.message);
}

void tlee_sweep_close_jobs(struct tlee_sweep *sweep) {
    for (size_t i = 0; i < sweep->jobs; i++) {
        tlee_recording_free(&sweep->recordings[i]);
        tlee_session_free(&sweep->sessions[i]);
    }
    free(sweep->recordings);
    free(sweep->sessions);
}

/* ---- One video ---- */

/* Where a thread works: the videos whose index, mod the number of jobs, is its own, so that a
 * replay always goes with the same recording's memory. */
struct job {
    struct tlee_sweep *sweep;
    struct tlee_sweep_videos *videos;
    size_t number;
    struct tlee_recording *recording;
    tlee_session *session;
    const struct tlee_sweep_point *points;
    size_t count;
    struct tlee_sweep_sums *sums;  /* [count] */
    size_t video;                  /* at hand */
    struct tlee_result result;     /* of the last run */
    struct tlee_progress progress; /* which the first job, in the caller's thread, shows */
    struct tlee_error error;
    bool good;
};

static struct job make_job(struct tlee_sweep *sweep, struct tlee_sweep_videos *videos,
                           size_t number) {
    return (struct job){.sweep = sweep,
                        .videos = videos,
                        .number = number,
                        .recording = sweep->recordings[number],
                        .session = sweep->sessions[number],
                        .error = {.message = "out of memory"},
                        .good = true};
}

/* The recording of job->video, and its replay. */
static bool load(struct job *job, tlee_replay **replay) {
    struct tlee_sweep_videos *videos = job->videos;
    size_t kept = KEPT_BYTES / videos->file.count;
    if (!tlee_features_read(&videos->file, job->video, job->recording, &job->error))
        return false;
    if (!videos->replays[job->video] &&
        tlee_replay_create(job->recording, kept > LEAST_KEPT_BYTES ? kept : LEAST_KEPT_BYTES,
                           &videos->replays[job->video], &job->error) != TLEE_OK)
        return false;
    *replay = videos->replays[job->video];
    return true;
}

/* Points of fewer frames follow each other, and the run of the first serves them all. */
static bool replay_point(struct job *job, tlee_replay *replay, const struct tlee_sweep_point *point,
                         struct tlee_sweep_sums *sums) {
    struct tlee_replay_settings settings;
    tlee_replay_settings_default(&settings);
    settings.mode = point->mode;
    settings.gate = point->gate;
    settings.thresholds = point->at;
    settings.seed = job->sweep->options->session.seed;
    if (point->frames <= 1 &&
        tlee_replay_run(replay, job->session, &settings, &job->result, &job->error) != TLEE_OK)
        return false;
    struct tlee_result result = job->result;
    if (point->frames)
        tlee_sweep_stop_after(replay, point->frames, &result);
    tlee_sweep_count(sums, &result, job->videos->list.videos[job->video].label);
    return true;
}

static void *work_on(void *cookie) {
    struct job *job = cookie;
    const struct tlee_features_file *file = &job->videos->file;
    tlee_replay *replay = NULL;
    for (size_t v = job->number; job->good && v < file->videos; v += job->sweep->jobs) {
        if (!file->places[v])
            continue;
        job->video = v;
        if (!job->number)
            tlee_progress_show(&job->progress, "settings on video", v + 1, file->videos);
        job->good = load(job, &replay);
        for (size_t i = 0; job->good && i < job->count; i++)
            job->good = replay_point(job, replay, &job->points[i], &job->sums[i]);
    }
    return NULL;
}

/* ---- All of them ---- */

static bool make_replays(struct tlee_sweep_videos *videos) {
    if (!videos->replays)
        videos->replays = calloc(videos->list.count, sizeof *videos->replays);
    return videos->replays;
}

static int say_fault(const struct job *job) {
    char message[TLEE_ERROR_BYTES + TLEE_LIST_PATH_BYTES];
    snprintf(message, sizeof message, "video %s: %s", job->videos->list.videos[job->video].path,
             job->error.message);
    return tlee_say_fault(job->videos->list_name, message);
}

static void add_sums(struct tlee_sweep_sums *to, const struct tlee_sweep_sums *from) {
    to->videos += from->videos;
    to->right += from->right;
    to->frames += from->frames;
    for (size_t i = 0; i < TLEE_SWEEP_COSTS; i++) {
        to->cost[i] += from->cost[i];
        to->squares[i] += from->squares[i];
    }
}

int tlee_sweep_evaluate(struct tlee_sweep *sweep, struct tlee_sweep_videos *videos,
                        struct tlee_sweep_point *points, size_t count) {
    uint64_t start = tlee_now_ns();
    struct job jobs[TLEE_CLI_MAX_JOBS];
    struct tlee_sweep_sums *sums = calloc(count * sweep->jobs + 1, sizeof *sums);
    if (!sums || !make_replays(videos)) {
        free(sums);
        return tlee_say_fault(videos->list_name, "out of memory");
    }
    for (size_t j = 0; j < sweep->jobs; j++) {
        jobs[j] = make_job(sweep, videos, j);
        jobs[j].points = points;
        jobs[j].count = count;
        jobs[j].sums = sums + j * count;
        jobs[j].progress = tlee_progress_start();
    }
    tlee_jobs_run(work_on, jobs, sizeof *jobs, sweep->jobs);
    tlee_progress_clear(&jobs[0].progress);
    int status = TLEE_EXIT_OK;
    for (size_t j = 0; status == TLEE_EXIT_OK && j < sweep->jobs; j++)
        if (!jobs[j].good)
            status = say_fault(&jobs[j]);
    for (size_t i = 0; i < count; i++) {
        struct tlee_sweep_sums *to = videos == &sweep->check ? &points[i].check : &points[i].sums;
        *to = (struct tlee_sweep_sums){0};
        for (size_t j = 0; j < sweep->jobs; j++)
            add_sums(to, &jobs[j].sums[i]);
    }
    free(sums);
    sweep->replays += (uint64_t)count * videos->file.count;
    sweep->replay_seconds += (double)(tlee_now_ns() - start) / 1e9;
    return status;
}

int tlee_sweep_visit(struct tlee_sweep *sweep, struct tlee_sweep_videos *videos,
                     tlee_sweep_visitor *take, void *cookie) {
    struct tlee_replay_settings settings;
    struct tlee_result result;
    if (!make_replays(videos))
        return tlee_say_fault(videos->list_name, "out of memory");
    tlee_replay_settings_default(&settings);
    settings.thresholds = sweep->own;
    tlee_thresholds_fill(settings.thresholds.first, 1);
    tlee_thresholds_fill(settings.thresholds.exit, 1);
    tlee_thresholds_fill(settings.thresholds.gate, 1);
    for (size_t v = 0; v < videos->list.count; v++) {
        tlee_replay *replay = NULL;
        struct job job = make_job(sweep, videos, v % sweep->jobs);
        job.video = v;
        if (!videos->file.places[v])
            continue;
        if (!load(&job, &replay) ||
            tlee_replay_run(replay, job.session, &settings, &result, &job.error) != TLEE_OK)
            return say_fault(&job);
        take(cookie, videos->list.videos[v].label, job.recording, replay);
    }
    return TLEE_EXIT_OK;
}
