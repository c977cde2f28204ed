/* SPDX-License-Identifier: MIT */
/* Runs a case in all ways and compares. */
#include "kernels.h"
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FAILURES_SHOWN = 5,
    MESSAGE_BYTES = 160
};

/* A way of running a case, and what it left. */
struct way {
    const char *name;
    size_t place;
    size_t in_place; /* the input that is also y; KERNELS_INPUTS: none */
    bool pieces;
    float *y;
};

/* Memory that grows and serves case after case: the inputs, the first way's output, and the
 * reference's. */
enum {
    FIRST = KERNELS_INPUTS,
    REFERENCE,
    ARRAYS
};

static void *array(size_t number, size_t bytes) {
    static struct {
        void *memory;
        size_t bytes;
    } arrays[ARRAYS];
    if (!arrays[number].memory || arrays[number].bytes < bytes) {
        free(arrays[number].memory);
        arrays[number].bytes = 2 * bytes + 1;
        arrays[number].memory = malloc(arrays[number].bytes);
        if (!arrays[number].memory) {
            perror("malloc");
            exit(1);
        }
    }
    return arrays[number].memory;
}

static void *input(struct kernels_case *it, size_t slot, size_t count, size_t element) {
    it->input[slot].bytes = count * element;
    it->input[slot].element = element;
    return it->input[slot].values = array(slot, count * element);
}

float *kernels_floats(struct kernels_case *it, size_t slot, size_t count) {
    return input(it, slot, count, sizeof(float));
}

uint8_t *kernels_bytes(struct kernels_case *it, size_t slot, size_t count) {
    return input(it, slot, count, 1);
}

uint16_t *kernels_halves(struct kernels_case *it, size_t slot, size_t count) {
    return input(it, slot, count, sizeof(uint16_t));
}

static bool same(float a, float b) {
    return a == b || (a != a && b != b);
}

static bool within(float got, double value, double bound) {
    if (isnan(value))
        return isnan(got);
    return same(got, (float)value) || (isfinite(got) && fabs((double)got - value) <= bound);
}

static size_t unit_of(const struct kernels_case *it, size_t index) {
    return it->unit ? it->unit(it, index) : index / (it->outputs / it->units);
}

static bool is_gap(const struct kernels_case *it, size_t index) {
    return it->unit && it->unit(it, index) == KERNELS_GAP;
}

/* Calls fn on the units begin..end-1; on a fatal signal writes a message. */
static bool call(const struct kernels_case *it, kernels_fn *fn, const void *const *in,
                 const struct way *way, size_t begin, size_t end, char *message) {
    int number = kernels_guarded_call(it, fn, in, way->y, begin, end);
    if (number)
        snprintf(message, MESSAGE_BYTES, "signal %d in range %zu..%zu", number, begin, end);
    else if (!kernels_canaries_alive())
        snprintf(message, MESSAGE_BYTES, "wrote outside y in range %zu..%zu", begin, end);
    else
        return true;
    return false;
}

/* Units in three pieces, some perhaps empty, the middle one first: it must leave the others alone.
 */
static bool call_pieces(struct kernels_random *random, const struct kernels_case *it,
                        kernels_fn *fn, const void *const *in, const struct way *way,
                        char *message) {
    size_t begin = kernels_below(random, it->units + 1);
    size_t end = begin + kernels_below(random, it->units - begin + 1);
    if (!call(it, fn, in, way, begin, end, message))
        return false;
    for (size_t i = 0; i < it->outputs; i++) {
        size_t unit = unit_of(it, i);
        if ((unit < begin || unit >= end) && !kernels_untouched(way->y[i])) {
            snprintf(message, MESSAGE_BYTES, "range %zu..%zu wrote element %zu", begin, end, i);
            return false;
        }
    }
    return call(it, fn, in, way, end, it->units, message) &&
           call(it, fn, in, way, 0, begin, message);
}

static bool run_way(struct kernels_random *random, const struct kernels_case *it, kernels_fn *fn,
                    struct way *way, char *message) {
    const void *in[KERNELS_INPUTS];
    bool own = way->in_place == KERNELS_INPUTS;
    way->y =
        kernels_put_output(way->place, own ? NULL : it->input[way->in_place].values, it->outputs);
    for (size_t i = 0; i < KERNELS_INPUTS; i++) {
        if (!it->input[i].values)
            in[i] = NULL;
        else if (i == way->in_place)
            in[i] = way->y;
        else
            in[i] = kernels_put(i, way->place, it->input[i].values, it->input[i].bytes,
                                it->input[i].element);
    }
    if (way->pieces)
        return call_pieces(random, it, fn, in, way, message);
    return call(it, fn, in, way, 0, it->units, message);
}

static bool check_element(const struct kernels_case *it, const float *y, const float *reference,
                          size_t index, char *message) {
    if (is_gap(it, index)) {
        if (!kernels_untouched(y[index]))
            snprintf(message, MESSAGE_BYTES, "wrote between outputs, at %zu", index);
        return kernels_untouched(y[index]);
    }
    struct kernels_want want = it->want(it, index);
    bool right;
    if (!reference) {
        right = within(y[index], want.value, want.bound);
    } else {
        want.value = (double)reference[index];
        want.bound *= 2.0;
        bool equal = it->same_bits || (it->exact && it->data == KERNELS_INTEGERS);
        right = equal ? same(y[index], reference[index]) : within(y[index], want.value, want.bound);
    }
    if (kernels_untouched(y[index]))
        snprintf(message, MESSAGE_BYTES, "element %zu was not written", index);
    else if (!right)
        snprintf(message, MESSAGE_BYTES, "element %zu is %.9g, not %.9g (bound %.3g)", index,
                 (double)y[index], want.value, want.bound);
    else
        return true;
    return false;
}

/* The whole output at once, against the oracle or the reference. */
static bool check_values(struct kernels_run *run, const struct kernels_case *it, char *message) {
    struct way whole = {"whole", KERNELS_AT_END, KERNELS_INPUTS, false, NULL};
    float *reference = NULL;
    if (run->reference) {
        if (!run_way(&run->random, it, run->reference, &whole, message))
            return false;
        reference = array(REFERENCE, it->outputs * sizeof *reference);
        memcpy(reference, whole.y, it->outputs * sizeof *reference);
    }
    if (!run_way(&run->random, it, run->fn, &whole, message))
        return false;
    memcpy(array(FIRST, it->outputs * sizeof(float)), whole.y, it->outputs * sizeof(float));
    size_t count = it->sample && it->sample < it->outputs ? it->sample : it->outputs;
    for (size_t i = 0; i < count; i++) {
        size_t index = count == it->outputs ? i : kernels_below(&run->random, it->outputs);
        if (!check_element(it, whole.y, reference, index, message))
            return false;
    }
    return true;
}

/* The other ways must give the same bits as the whole did. */
static bool check_ways(struct kernels_run *run, const struct kernels_case *it, char *message) {
    const float *first = array(FIRST, 0);
    size_t front = KERNELS_AT_FRONT + run->cases % 4;
    for (size_t i = 0; i <= KERNELS_INPUTS; i++) {
        if (i < KERNELS_INPUTS && !(it->input[i].values && it->input[i].may_be_y))
            continue;
        struct way way = {i < KERNELS_INPUTS ? "in place" : "in pieces", front, i, false, NULL};
        way.pieces = i == KERNELS_INPUTS && it->units;
        if (!run_way(&run->random, it, run->fn, &way, message))
            return false;
        const float *before = i < KERNELS_INPUTS ? it->input[i].values : first;
        for (size_t j = 0; j < it->outputs; j++)
            if (is_gap(it, j) ? !same(way.y[j], before[j])
                              : kernels_untouched(way.y[j]) || !same(way.y[j], first[j])) {
                snprintf(message, MESSAGE_BYTES, "%s, element %zu is %.9g, not %.9g as before",
                         way.name, j, (double)way.y[j], (double)first[j]);
                return false;
            }
    }
    return true;
}

void kernels_check(struct kernels_run *run, struct kernels_case *it) {
    if (run->failures >= FAILURES_SHOWN)
        return;
    run->cases++;
    if (run->bench) {
        if (it->work > 0.0)
            kernels_time(run, it);
        return;
    }
    char message[MESSAGE_BYTES] = "";
    kernels_plant(&run->random, it);
    bool right = check_values(run, it, message) && (it->sample || check_ways(run, it, message));
    run->failures += !right;
    CHECK(right, "%s_%s, seed %llu, %s, %s data: %s", run->op, run->isa,
          (unsigned long long)run->seed, it->shape, kernels_data_name(it->data), message);
    if (run->failures == FAILURES_SHOWN)
        printf("%s_%s: the rest of its cases is skipped\n", run->op, run->isa);
}
