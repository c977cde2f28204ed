/* SPDX-License-Identifier: MIT */
/* tlee bench: how long a model takes on this machine. */
#define _GNU_SOURCE /* sched_getcpu is an extension of Linux */
#include "bench_report.h"
#include "options.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#ifdef __linux__
#include <sched.h>
#endif

/* The CPU that this runs on, which has just been at work. */
static unsigned current_cpu(void) {
#ifdef __linux__
    int cpu = sched_getcpu();
    return cpu > 0 ? (unsigned)cpu : 0;
#else
    return 0;
#endif
}

/* Where /proc does not tell: the same, or what the program that started this one had, if that is
 * more. */
static uint64_t peak_rss_bytes(void) {
    uint64_t bytes = tlee_peak_rss_bytes("");
    struct rusage usage;
    if (!bytes && getrusage(RUSAGE_SELF, &usage) == 0)
        bytes = (uint64_t)usage.ru_maxrss * 1024;
    return bytes;
}

static void get_facts(struct tlee_machine_facts *facts) {
    struct utsname system;
    tlee_machine_facts("", current_cpu(), facts);
    if (!*facts->cpu && uname(&system) >= 0)
        snprintf(facts->cpu, sizeof facts->cpu, "%s", system.machine);
}

static double ms_since(uint64_t start_ns) {
    return (double)(tlee_now_ns() - start_ns) / 1e6;
}

static int measure(const struct tlee_cli_options *options, struct tlee_bench_report *report,
                   tlee_session *session, const float *frame) {
    size_t last = tlee_model_exit_count(report->model) - 1;
    tlee_session_exit(session, frame, last, NULL);
    report->first_answer_ms = ms_since(options->start_ns);
    report->peak_gflops = tlee_model_peak_gflops(report->model);
    bool done = tlee_bench_measure(report->model, session, frame, options->runs, options->layers,
                                   &report->times);
    get_facts(&report->facts);
    report->peak_rss_bytes = peak_rss_bytes();
    return done ? TLEE_EXIT_OK : tlee_say_fault(options->operands[0], "out of memory");
}

int tlee_cmd_bench(const struct tlee_cli_options *options) {
    struct tlee_bench_report report = {.threads = tlee_cli_threads(options)};
    tlee_model *model = NULL;
    tlee_session *session = NULL;
    float *frame = NULL;
    uint64_t start_ns = tlee_now_ns();
    int status = tlee_cli_open_gateless_model(options, &model);
    report.load_ms = ms_since(start_ns);
    report.model = model;
    if (status == TLEE_EXIT_OK)
        status = tlee_cli_open_session(options, model, &session);
    if (status == TLEE_EXIT_OK) {
        tlee_model_get_info(model, &report.info);
        frame = tlee_bench_frame(report.info.side);
        status = frame ? TLEE_EXIT_OK : tlee_say_fault(options->operands[0], "out of memory");
    }
    if (status == TLEE_EXIT_OK)
        status = measure(options, &report, session, frame);
    if (status == TLEE_EXIT_OK && options->json)
        tlee_bench_report_json(&report);
    else if (status == TLEE_EXIT_OK)
        tlee_bench_report_text(&report);
    tlee_bench_times_free(&report.times);
    free(frame);
    tlee_session_free(&session);
    tlee_model_close(&model);
    return status;
}
