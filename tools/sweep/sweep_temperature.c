/* SPDX-License-Identifier: MIT */
/*
 * tlee sweep --temperature-fit: for each exit the temperature at which the classes that are right
 * were likeliest, over all frames, as recorded with every exit evaluated (Guo et al., On
 * Calibration of Modern Neural Networks, 2017). In 1 / T the negative log likelihood is convex, so
 * that halving by the sign of its slope finds the least.
 */
#include "sweep.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    HALVINGS = 40
};

/* The scores of one exit, in float as they were recorded. */
struct scores {
    float *values; /* [count][classes] */
    size_t *labels;
    size_t count, room, classes, exit;
    bool good;
};

static bool grow(struct scores *scores) {
    size_t room = scores->room ? 2 * scores->room : 256;
    float *values = realloc(scores->values, room * scores->classes * sizeof *values);
    if (values)
        scores->values = values;
    size_t *labels = realloc(scores->labels, room * sizeof *labels);
    if (labels)
        scores->labels = labels;
    if (!values || !labels)
        return false;
    scores->room = room;
    return true;
}

static void collect(void *cookie, size_t label, const struct tlee_recording *recording,
                    const tlee_replay *all_exits) {
    struct scores *scores = cookie;
    (void)all_exits;
    for (size_t t = 0; t < recording->frames && scores->good; t++) {
        scores->good = scores->count < scores->room || grow(scores);
        if (!scores->good)
            return;
        memcpy(scores->values + scores->count * scores->classes,
               recording->scores + (t * recording->exits + scores->exit) * scores->classes,
               scores->classes * sizeof *scores->values);
        scores->labels[scores->count++] = label;
    }
}

/* Slope, by 1 / T, of the mean negative log likelihood: expected score minus that of the truth. */
static double slope(const struct scores *scores, double inverse) {
    double total = 0;
    for (size_t i = 0; i < scores->count; i++) {
        const float *y = scores->values + i * scores->classes;
        double most = (double)y[0], sum = 0, expected = 0;
        for (size_t k = 1; k < scores->classes; k++)
            most = (double)y[k] > most ? (double)y[k] : most;
        for (size_t k = 0; k < scores->classes; k++) {
            double weight = exp(((double)y[k] - most) * inverse);
            sum += weight;
            expected += weight * (double)y[k];
        }
        total += expected / sum - (double)y[scores->labels[i]];
    }
    return total / (double)scores->count;
}

/* Three digits are more than such a list can tell. */
static double fit(const struct scores *scores) {
    double low = 0.05, high = 20; /* of the temperature */
    for (int i = 0; i < HALVINGS; i++) {
        double middle = sqrt(low * high);
        /* Above 0 the likelihood rises as 1 / T falls. */
        if (slope(scores, 1 / middle) > 0)
            low = middle;
        else
            high = middle;
    }
    double scale = pow(10, 2 - floor(log10(low)));
    return round(low * scale) / scale;
}

int tlee_sweep_fit_temperatures(struct tlee_sweep *sweep) {
    size_t exits = sweep->recordings[0]->exits;
    int status = TLEE_EXIT_OK;
    for (size_t index = 0; status == TLEE_EXIT_OK && index < exits; index++) {
        struct scores scores = {.classes = sweep->info.classes, .exit = index, .good = true};
        size_t b = sweep->info.mode == TLEE_MODE_TS ? index : sweep->info.branches;
        status = tlee_sweep_visit(sweep, &sweep->videos, collect, &scores);
        if (status == TLEE_EXIT_OK && !scores.good)
            status = tlee_say_fault(sweep->videos.list_name, "out of memory");
        if (status == TLEE_EXIT_OK)
            sweep->own.temperature[b] = fit(&scores);
        free(scores.values);
        free(scores.labels);
    }
    return status;
}
