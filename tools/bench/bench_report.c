/* SPDX-License-Identifier: MIT */
#include "bench_report.h"

#include "json.h"
#include "text.h"

#include <math.h>
#include <string.h>

/* What work of so many multiply-accumulates reaches, each two operations, in a time; NaN for what
 * has none. */
static double gflops(uint64_t macs, double ms) {
    return macs && ms > 0 ? 2e-6 * (double)macs / ms : (double)NAN;
}

/* Of the peak of all threads. */
static double share(const struct tlee_bench_report *report, double speed) {
    return speed / (report->peak_gflops * report->threads);
}

/* The backbone's end is the last exit's. */
static uint64_t backbone_macs(const struct tlee_bench_report *report) {
    struct tlee_exit_info exit;
    tlee_model_get_exit(report->model, report->times.exit_count - 1, &exit);
    return exit.macs_backbone;
}

/* ---- JSON ---- */

static void json_text_or_null(struct tlee_json *json, const char *key, const char *text) {
    tlee_json_text(json, key, *text ? text : NULL);
}

static void json_time(struct tlee_json *json, const char *key, const struct tlee_bench_time *time) {
    tlee_json_begin(json, key, '{');
    tlee_json_double(json, "min", time->min);
    tlee_json_double(json, "median", time->median);
    tlee_json_end(json, '}');
}

/* The rest of an object: time, and speed and share by the median. */
static void json_measured(struct tlee_json *json, const struct tlee_bench_report *report,
                          uint64_t macs, const struct tlee_bench_time *time) {
    double speed = gflops(macs, time->median);
    json_time(json, "ms", time);
    tlee_json_double(json, "gflops", speed);
    tlee_json_double(json, "share_of_peak", share(report, speed));
}

static void json_exits(struct tlee_json *json, const struct tlee_bench_report *report) {
    tlee_json_begin(json, "exits", '[');
    for (size_t i = 0; i < report->times.exit_count; i++) {
        struct tlee_exit_info exit;
        tlee_model_get_exit(report->model, i, &exit);
        tlee_json_begin(json, NULL, '{');
        tlee_json_uint(json, "exit", exit.exit);
        tlee_json_double(json, "gmac", (double)exit.macs / 1e9);
        json_measured(json, report, exit.macs, &report->times.exits[i]);
        tlee_json_end(json, '}');
    }
    tlee_json_end(json, ']');
}

static bool is_within_next(const struct tlee_layer_info *layer) {
    return layer->method && !strcmp(layer->method, "in next");
}

/* What a layer's time was spent on: what is computed within it, too, which has no time of its own.
 */
static uint64_t timed_macs(const struct tlee_bench_report *report, size_t index) {
    struct tlee_layer_info layer, before = {.method = NULL};
    tlee_model_get_layer(report->model, index, &layer);
    if (index > 0)
        tlee_model_get_layer(report->model, index - 1, &before);
    return is_within_next(&layer) ? 0 : layer.macs + (is_within_next(&before) ? before.macs : 0);
}

static void json_layers(struct tlee_json *json, const struct tlee_bench_report *report) {
    tlee_json_begin(json, "layers", '[');
    for (size_t i = 0; i < report->times.layer_count; i++) {
        struct tlee_layer_info layer;
        tlee_model_get_layer(report->model, i, &layer);
        tlee_json_begin(json, NULL, '{');
        tlee_json_text(json, "part", layer.part);
        tlee_json_text(json, "name", layer.name);
        tlee_json_text(json, "op", layer.op);
        tlee_json_text(json, "method", layer.method);
        tlee_json_uint(json, "macs", layer.macs);
        json_measured(json, report, timed_macs(report, i), &report->times.layers[i]);
        tlee_json_end(json, '}');
    }
    tlee_json_end(json, ']');
}

void tlee_bench_report_json(const struct tlee_bench_report *report) {
    const struct tlee_machine_facts *facts = &report->facts;
    struct tlee_json json = {stdout, false};
    tlee_json_begin(&json, NULL, '{');
    tlee_json_text(&json, "backbone", report->info.backbone);
    tlee_json_uint(&json, "input", report->info.side);
    json_text_or_null(&json, "cpu", facts->cpu);
    json_text_or_null(&json, "board", facts->board);
    tlee_json_text(&json, "isa", report->info.isa);
    tlee_json_uint(&json, "threads", report->threads);
    tlee_json_uint(&json, "runs", report->times.runs);
    tlee_json_double(&json, "peak_gflops", report->peak_gflops);
    json_time(&json, "backbone_ms", &report->times.backbone);
    json_exits(&json, report);
    tlee_json_double(&json, "load_ms", report->load_ms);
    tlee_json_double(&json, "first_answer_ms", report->first_answer_ms);
    tlee_json_uint(&json, "peak_rss_bytes", report->peak_rss_bytes);
    tlee_json_double(&json, "clock_mhz", facts->clock_mhz);
    tlee_json_double(&json, "clock_max_mhz", facts->clock_max_mhz);
    json_text_or_null(&json, "governor", facts->governor);
    tlee_json_double(&json, "temperature_c", facts->temperature_c);
    if (report->times.layers)
        json_layers(&json, report);
    tlee_json_end(&json, '}');
    putchar('\n');
}

/* ---- Text ---- */

static void print_fact(const char *what, const char *text) {
    if (!*text)
        return;
    printf("%-12s", what);
    tlee_text_print(stdout, text);
    putchar('\n');
}

/* The lead and the number with `decimals` and its unit, unless it is not known. */
static void print_known(const char *lead, double value, int decimals, const char *unit) {
    if (!isnan(value))
        printf("%s%.*f %s", lead, decimals, value, unit);
}

/* What of it Linux tells. */
static void print_clock(const struct tlee_machine_facts *facts) {
    if (isnan(facts->clock_mhz) && isnan(facts->clock_max_mhz) && !*facts->governor)
        return;
    const char *lead = "clock       ", *next = ", ";
    print_known(lead, facts->clock_mhz, 0, "MHz now");
    lead = isnan(facts->clock_mhz) ? lead : next;
    print_known(lead, facts->clock_max_mhz, 0, "MHz at most");
    lead = isnan(facts->clock_max_mhz) ? lead : next;
    if (*facts->governor) {
        printf("%sgovernor ", lead);
        tlee_text_print(stdout, facts->governor);
    }
    putchar('\n');
}

static void print_head(const struct tlee_bench_report *report) {
    const struct tlee_machine_facts *facts = &report->facts;
    char number[TLEE_NUMBER_BYTES];
    printf("network     %s, input %zu x %zu\n", report->info.backbone, report->info.side,
           report->info.side);
    print_fact("cpu", facts->cpu);
    print_fact("board", strcmp(facts->cpu, facts->board) != 0 ? facts->board : "");
    print_clock(facts);
    if (!isnan(facts->temperature_c))
        printf("temperature %.1f C\n", facts->temperature_c);
    printf("isa         %s, %u thread%s\n", report->info.isa, report->threads,
           report->threads == 1 ? "" : "s");
    printf("peak        %s GFLOP/s a core\n", tlee_text_number(number, report->peak_gflops));
    printf("load        %s ms, ", tlee_text_number(number, report->load_ms));
    printf("first answer %s ms after the start\n",
           tlee_text_number(number, report->first_answer_ms));
    printf("memory      %s MiB at most\n",
           tlee_text_number(number, (double)report->peak_rss_bytes / (1 << 20)));
    printf("runs        %zu\n", report->times.runs);
}

/* "-" for NaN. */
static void print_cell(int width, double value) {
    char number[TLEE_NUMBER_BYTES] = "-";
    if (!isnan(value))
        tlee_text_number(number, value);
    printf(" %*s", width, number);
}

/* The rest of a line: speed and share, by the median. */
static void print_speed(const struct tlee_bench_report *report, uint64_t macs,
                        const struct tlee_bench_time *time) {
    double speed = gflops(macs, time->median);
    print_cell(8, speed);
    if (isnan(speed))
        printf("       -\n");
    else
        printf(" %5.0f %%\n", 100 * share(report, speed));
}

static void print_exit(const struct tlee_bench_report *report, const char *name, uint64_t macs,
                       const struct tlee_bench_time *time) {
    printf("%-12s", name);
    print_cell(8, time->min);
    print_cell(8, time->median);
    print_cell(8, (double)macs / 1e9);
    print_speed(report, macs, time);
}

static void print_exits(const struct tlee_bench_report *report) {
    printf("\n%-12s %8s %8s %8s %8s %7s\n", "", "min ms", "median", "GMAC", "GFLOP/s", "of peak");
    print_exit(report, "backbone", backbone_macs(report), &report->times.backbone);
    for (size_t i = 0; i < report->times.exit_count; i++) {
        struct tlee_exit_info exit;
        char name[32];
        tlee_model_get_exit(report->model, i, &exit);
        snprintf(name, sizeof name, "to exit %zu", exit.exit);
        print_exit(report, name, exit.macs, &report->times.exits[i]);
    }
}

/* How a layer is computed: of a convolution the method says more than the op. */
static const char *way(const struct tlee_layer_info *layer) {
    return layer->method ? layer->method : layer->op;
}

/* The pair of name and way is as wide as the longest of them: 80 columns for the common networks.
 */
static void print_layers(const struct tlee_bench_report *report) {
    int width = 0;
    struct tlee_layer_info layer;
    for (size_t i = 0; i < report->times.layer_count; i++) {
        tlee_model_get_layer(report->model, i, &layer);
        int pair = (int)(strlen(layer.name) + 1 + strlen(way(&layer)));
        width = pair > width ? pair : width;
    }
    const char *part = "";
    for (size_t i = 0; i < report->times.layer_count; i++) {
        const struct tlee_bench_time *time = &report->times.layers[i];
        tlee_model_get_layer(report->model, i, &layer);
        if (strcmp(part, layer.part) != 0)
            printf("\n%-*s %8s %8s %8s %7s\n", width, layer.part, "min ms", "median", "GFLOP/s",
                   "of peak");
        part = layer.part;
        printf("%s%*s %8.3f %8.3f", layer.name, width - (int)strlen(layer.name), way(&layer),
               time->min, time->median);
        print_speed(report, timed_macs(report, i), time);
    }
}

void tlee_bench_report_text(const struct tlee_bench_report *report) {
    print_head(report);
    print_exits(report);
    if (report->times.layers)
        print_layers(report);
}
