/* SPDX-License-Identifier: MIT */
/* What tlee eval prints. */
#include "eval_summary.h"
#include "text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *name_of(const tlee_model *model, size_t label) {
    return model ? tlee_model_label(model, label) : NULL;
}

/* ---- JSON ---- */

static void json_failed(struct tlee_json *json, const struct tlee_records *records) {
    tlee_json_begin(json, "failed", '[');
    for (size_t i = 0; i < records->count; i++) {
        if (!records->items[i].error)
            continue;
        tlee_json_begin(json, NULL, '{');
        tlee_json_text(json, "path", records->items[i].path);
        tlee_json_text(json, "reason", records->items[i].error);
        tlee_json_end(json, '}');
    }
    tlee_json_end(json, ']');
}

static void json_left_at(struct tlee_json *json, const struct tlee_eval_summary *summary) {
    size_t exits = summary->records->branches + 1;
    tlee_json_begin(json, "left_at", '[');
    for (size_t t = 0; t < summary->records->frames; t++) {
        tlee_json_begin(json, NULL, '[');
        for (size_t b = 0; b < exits; b++)
            tlee_json_uint(json, NULL, summary->left_at[t * exits + b]);
        tlee_json_end(json, ']');
    }
    tlee_json_end(json, ']');
}

static double class_accuracy(const struct tlee_eval_summary *summary, size_t label) {
    size_t videos = summary->class_videos[label];
    return videos ? (double)summary->class_right[label] / (double)videos : (double)NAN;
}

static void json_classes(struct tlee_json *json, const struct tlee_eval_summary *summary,
                         const tlee_model *model) {
    tlee_json_begin(json, "per_class", '[');
    for (size_t label = 0; label < summary->records->classes; label++) {
        tlee_json_begin(json, NULL, '{');
        tlee_json_uint(json, "label", label);
        tlee_json_text(json, "class", name_of(model, label));
        tlee_json_uint(json, "videos", summary->class_videos[label]);
        tlee_json_uint(json, "right", summary->class_right[label]);
        tlee_json_double(json, "top1", class_accuracy(summary, label));
        tlee_json_end(json, '}');
    }
    tlee_json_end(json, ']');
}

void tlee_eval_summary_json(const struct tlee_eval_summary *summary, const tlee_model *model) {
    struct tlee_json json = {stdout, false};
    tlee_json_begin(&json, NULL, '{');
    tlee_json_uint(&json, "videos", summary->ran + summary->failed);
    json_failed(&json, summary->records);
    tlee_json_double(&json, "top1", summary->top1);
    tlee_json_double(&json, "top5", summary->top5);
    tlee_json_double(&json, "gmac_mean", summary->gmac);
    tlee_json_double(&json, "gmac_paper_mean", summary->gmac_paper);
    tlee_json_double(&json, "frames_mean", summary->frames);
    json_left_at(&json, summary);
    tlee_json_begin(&json, "ms", '{');
    tlee_json_double(&json, "mean", summary->ms);
    tlee_json_double(&json, "p50", summary->ms_p50);
    tlee_json_double(&json, "p90", summary->ms_p90);
    tlee_json_double(&json, "p99", summary->ms_p99);
    tlee_json_end(&json, '}');
    json_classes(&json, summary, model);
    tlee_json_end(&json, '}');
    putchar('\n');
}

/* ---- Text ---- */

static void print_means(const struct tlee_eval_summary *summary) {
    char number[TLEE_NUMBER_BYTES];
    printf("top-1       %.2f %%\n", summary->top1 * 100);
    printf("top-5       %.2f %%\n", summary->top5 * 100);
    printf("cost        %s GMAC a video\n", tlee_text_number(number, summary->gmac));
    if (!isnan(summary->gmac_paper))
        printf("            %s GMAC as the paper counts\n",
               tlee_text_number(number, summary->gmac_paper));
    printf("frames      %s of %zu\n", tlee_text_number(number, summary->frames),
           summary->records->frames);
    printf("time        %s ms a video", tlee_text_number(number, summary->ms));
    printf("; half in %s", tlee_text_number(number, summary->ms_p50));
    printf(", 90 %% in %s", tlee_text_number(number, summary->ms_p90));
    printf(", 99 %% in %s ms\n", tlee_text_number(number, summary->ms_p99));
}

static void print_left_at(const struct tlee_eval_summary *summary) {
    size_t exits = summary->records->branches + 1;
    printf("\nleft at     ");
    for (size_t b = 0; b < exits; b++)
        printf("   exit %zu", b);
    printf("       all\n");
    for (size_t t = 0; t < summary->records->frames; t++) {
        size_t all = 0;
        printf("frame %-6zu", t + 1);
        for (size_t b = 0; b < exits; b++) {
            printf("  %7zu", summary->left_at[t * exits + b]);
            all += summary->left_at[t * exits + b];
        }
        printf("   %7zu\n", all);
    }
}

static void print_classes(const struct tlee_eval_summary *summary, const tlee_model *model) {
    printf("\n  top-1    right     of   class\n");
    for (size_t label = 0; label < summary->records->classes; label++) {
        if (!summary->class_videos[label])
            continue;
        printf("%7.2f %% %6zu %6zu   %zu", class_accuracy(summary, label) * 100,
               summary->class_right[label], summary->class_videos[label], label);
        if (name_of(model, label)) {
            putchar(' ');
            tlee_text_print(stdout, name_of(model, label));
        }
        putchar('\n');
    }
}

static void print_failed(const struct tlee_records *records) {
    printf("\nfailed\n");
    for (size_t i = 0; i < records->count; i++) {
        if (!records->items[i].error)
            continue;
        printf("  ");
        tlee_text_print(stdout, records->items[i].path);
        printf(": ");
        tlee_text_print(stdout, records->items[i].error);
        putchar('\n');
    }
}

void tlee_eval_summary_text(const struct tlee_eval_summary *summary, const tlee_model *model) {
    printf("videos      %zu", summary->ran + summary->failed);
    if (summary->failed)
        printf(", %zu of them failed", summary->failed);
    putchar('\n');
    if (summary->ran) {
        print_means(summary);
        print_left_at(summary);
        print_classes(summary, model);
    }
    if (summary->failed)
        print_failed(summary->records);
}

/* ---- Confusion ---- */

/* A field with quotes around it and those within doubled (RFC 4180). */
static void csv_name(FILE *out, const tlee_model *model, size_t label) {
    const char *name = name_of(model, label);
    if (!name) {
        fprintf(out, "%zu", label);
        return;
    }
    fputc('"', out);
    for (; *name; name++) {
        if (*name == '"')
            fputc('"', out);
        fputc(*name, out);
    }
    fputc('"', out);
}

static int by_truth(const void *a, const void *b) {
    const struct tlee_record *const *x = a, *const *y = b;
    return (*x)->truth < (*y)->truth ? -1 : (*x)->truth > (*y)->truth;
}

/* The rows one after the other, as a whole matrix of many classes would be large. */
static void csv_rows(const struct tlee_record **sorted, size_t count, size_t classes, size_t *row,
                     const tlee_model *model, FILE *out) {
    size_t at = 0;
    for (size_t truth = 0; truth < classes; truth++) {
        memset(row, 0, classes * sizeof *row);
        for (; at < count && sorted[at]->truth == truth; at++)
            row[sorted[at]->label]++;
        csv_name(out, model, truth);
        for (size_t label = 0; label < classes; label++)
            fprintf(out, ",%zu", row[label]);
        fputc('\n', out);
    }
}

bool tlee_eval_confusion(const struct tlee_records *records, const tlee_model *model, FILE *out) {
    size_t count = 0;
    const struct tlee_record **sorted = calloc(records->count + 1, sizeof *sorted);
    size_t *row = calloc(records->classes, sizeof *row);
    bool good = sorted && row;
    for (size_t i = 0; good && i < records->count; i++)
        if (!records->items[i].error)
            sorted[count++] = &records->items[i];
    if (good) {
        qsort(sorted, count, sizeof *sorted, by_truth);
        fputs("truth", out);
        for (size_t label = 0; label < records->classes; label++) {
            fputc(',', out);
            csv_name(out, model, label);
        }
        fputc('\n', out);
        csv_rows(sorted, count, records->classes, row, model, out);
    }
    free(row);
    free(sorted);
    return good;
}
