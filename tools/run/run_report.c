/* SPDX-License-Identifier: MIT */
#include "run_report.h"

#include "text.h"

#include <math.h>
#include <stdlib.h>

static const char *order_name(const struct tlee_run_report *report) {
    if (report->sequential)
        return "sequential";
    return report->info.published_order ? "published" : "configured";
}

/* ---- Ranking ---- */

static int by_logit(const void *a, const void *b) {
    const struct tlee_ranked *x = a, *y = b;
    if (x->logit != y->logit)
        return x->logit > y->logit ? -1 : 1;
    return x->label < y->label ? -1 : 1;
}

/* By logits: where softmax rounds two of them to the same probability, the answer stays first. */
bool tlee_run_report_rank(struct tlee_run_report *report) {
    size_t classes = report->info.classes;
    struct tlee_step last;
    tlee_session_get_step(report->session, tlee_session_step_count(report->session) - 1, &last);
    float *probabilities = calloc(classes, sizeof *probabilities);
    report->ranking = calloc(classes, sizeof *report->ranking);
    bool ok = probabilities && report->ranking &&
              tlee_session_probabilities(report->session, probabilities, classes) == TLEE_OK;
    for (size_t i = 0; ok && i < classes; i++)
        report->ranking[i] = (struct tlee_ranked){i, last.logits[i], probabilities[i]};
    if (ok)
        qsort(report->ranking, classes, sizeof *report->ranking, by_logit);
    free(probabilities);
    return ok;
}

/* ---- JSON ---- */

static void json_class(struct tlee_json *json, const struct tlee_run_report *report, size_t label) {
    tlee_json_uint(json, "label", label);
    tlee_json_text(json, "class", tlee_model_label(report->model, label));
}

static void json_steps(struct tlee_json *json, const struct tlee_run_report *report) {
    tlee_json_begin(json, "steps", '[');
    for (size_t i = 0; i < tlee_session_step_count(report->session); i++) {
        struct tlee_step step;
        tlee_session_get_step(report->session, i, &step);
        tlee_json_begin(json, NULL, '{');
        tlee_json_uint(json, "frame", step.frame);
        tlee_json_uint(json, "source_frame", report->source_frames[step.frame]);
        tlee_json_uint(json, "exit", step.exit);
        tlee_json_float(json, "confidence", step.confidence);
        tlee_json_float(json, "gate", step.gate);
        tlee_json_uint(json, "top1", step.top1);
        tlee_json_begin(json, "logits", '[');
        for (size_t k = 0; k < report->info.classes; k++)
            tlee_json_float(json, NULL, step.logits[k]);
        tlee_json_end(json, ']');
        tlee_json_end(json, '}');
    }
    tlee_json_end(json, ']');
}

void tlee_run_report_members(struct tlee_json *json, const struct tlee_run_report *report,
                             size_t top) {
    const struct tlee_result *result = &report->result;
    json_class(json, report, result->label);
    tlee_json_float(json, "confidence", result->confidence);
    tlee_json_begin(json, "top", '[');
    for (size_t i = 0; i < top && i < report->info.classes; i++) {
        tlee_json_begin(json, NULL, '{');
        json_class(json, report, report->ranking[i].label);
        tlee_json_float(json, "confidence", report->ranking[i].confidence);
        tlee_json_end(json, '}');
    }
    tlee_json_end(json, ']');
    tlee_json_uint(json, "frame", result->frame);
    tlee_json_uint(json, "exit", result->exit);
    tlee_json_uint(json, "frames_seen", result->frame + 1);
    tlee_json_text(json, "order", order_name(report));
    tlee_json_double(json, "gmac", (double)result->macs / 1e9);
    tlee_json_double(json, "gmac_full", (double)report->macs_full / 1e9);
    tlee_json_double(json, "gmac_paper", result->paper_gmac);
    tlee_json_double(json, "ms", (double)result->ns / 1e6);
    tlee_json_double(json, "ms_total", report->ms_total);
}

void tlee_run_report_json(const struct tlee_run_report *report, size_t top, bool trace) {
    struct tlee_json json = {stdout, false};
    tlee_json_begin(&json, NULL, '{');
    tlee_run_report_members(&json, report, top);
    if (trace)
        json_steps(&json, report);
    tlee_json_end(&json, '}');
    putchar('\n');
}

/* ---- Text ---- */

static void print_class(const struct tlee_run_report *report, size_t label) {
    const char *name = tlee_model_label(report->model, label);
    if (name) {
        tlee_text_print(stdout, name);
        printf(" (class %zu)\n", label);
    } else {
        printf("class %zu\n", label);
    }
}

static void print_steps(const struct tlee_run_report *report) {
    printf("\nframe  source  exit  confidence   gate  likeliest\n");
    for (size_t i = 0; i < tlee_session_step_count(report->session); i++) {
        struct tlee_step step;
        tlee_session_get_step(report->session, i, &step);
        printf("%5zu  %6zu  %4zu  %8.2f %%  ", step.frame + 1, report->source_frames[step.frame],
               step.exit, (double)step.confidence * 100);
        if (isnan(step.gate))
            printf("%5s  ", "-");
        else
            printf("%5.3f  ", (double)step.gate);
        print_class(report, step.top1);
    }
}

static void print_cost(const struct tlee_run_report *report) {
    char done[TLEE_NUMBER_BYTES], full[TLEE_NUMBER_BYTES];
    double macs = (double)report->result.macs, whole = (double)report->macs_full;
    printf("cost        %s of %s GMAC (%.0f %%)\n", tlee_text_number(done, macs / 1e9),
           tlee_text_number(full, whole / 1e9), macs / whole * 100);
    if (!isnan(report->result.paper_gmac))
        printf("            %s GMAC as the paper counts\n",
               tlee_text_number(done, report->result.paper_gmac));
}

/* Beside it what the whole network would take at the rate just measured, unless it was all run. */
static void print_time(const struct tlee_run_report *report) {
    char text[TLEE_NUMBER_BYTES];
    double ms = (double)report->result.ns / 1e6;
    double part = (double)report->result.macs / (double)report->macs_full;
    printf("time        %s ms", tlee_text_number(text, ms));
    if (part < 1)
        printf(" of about %s ms", tlee_text_number(text, ms / part));
    printf("; %s ms with decoding\n", tlee_text_number(text, report->ms_total));
}

void tlee_run_report_text(const struct tlee_run_report *report, size_t top, bool trace) {
    const struct tlee_result *result = &report->result;
    printf("answer      ");
    print_class(report, result->label);
    printf("confidence  %.2f %%\n", (double)result->confidence * 100);
    printf("left at     frame %zu of %zu, exit %zu of %zu (frame %zu of the video)\n",
           result->frame + 1, report->info.frames, result->exit, report->info.branches,
           report->source_frames[result->frame]);
    printf("order       %s\n", order_name(report));
    print_cost(report);
    print_time(report);
    if (top > 1) {
        putchar('\n');
        for (size_t i = 0; i < top && i < report->info.classes; i++) {
            printf("%8.2f %%  ", (double)report->ranking[i].confidence * 100);
            print_class(report, report->ranking[i].label);
        }
    }
    if (trace)
        print_steps(report);
}
