/* SPDX-License-Identifier: MIT */
/* What tlee bench prints. */
#ifndef TLEE_BENCH_REPORT_H
#define TLEE_BENCH_REPORT_H

#include "bench_times.h"
#include "machine_facts.h"

struct tlee_bench_report {
    const tlee_model *model;
    struct tlee_model_info info;
    struct tlee_machine_facts facts;
    struct tlee_bench_times times;
    unsigned threads;
    double load_ms;         /* opening the model */
    double first_answer_ms; /* from the beginning of main to the scores of the first frame's last
                               exit */
    double peak_gflops;     /* of one core */
    uint64_t peak_rss_bytes;
};

/* Write errors stay recorded in stdout. */
void tlee_bench_report_text(const struct tlee_bench_report *report);
void tlee_bench_report_json(const struct tlee_bench_report *report);

#endif
