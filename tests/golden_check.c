/* SPDX-License-Identifier: MIT */
#include "golden_check.h"

#include "golden_pictures.h"
#include "test.h"

#include <math.h>
#include <string.h>

enum {
    SAMPLE = 256
};

static double larger(double a, double b) {
    return b > a || isnan(b) ? b : a;
}

/* Record: t, exit, c, h, w, mean, L2 norm, largest magnitude, sample. */
static void check_tensor(const struct golden_file *file, const struct golden_map *map,
                         struct golden_worst *worst) {
    size_t count = map->c * map->h * map->w, sample = count < SAMPLE ? count : SAMPLE;
    const char *kind = file->record.kind;
    size_t t = golden_size(file, 0), b = golden_size(file, 1);
    if (!CHECK(map->data && golden_size(file, 2) == map->c && golden_size(file, 3) == map->h &&
                   golden_size(file, 4) == map->w && file->record.field_count == 8 + sample,
               "%s at frame %zu, exit %zu: shape %zu x %zu x %zu", kind, t, b, map->c, map->h,
               map->w))
        return;
    double sum = 0, squares = 0, peak = 0, off = 0, scale = golden_number(file, 7);
    for (size_t i = 0; i < count; i++) {
        double value = (double)map->data[i];
        sum += value;
        squares += value * value;
        peak = larger(peak, fabs(value));
    }
    for (size_t i = 0; i < sample; i++) {
        size_t position = count == sample ? i : (size_t)(golden_mix(i) % count);
        off = larger(off, fabs((double)map->data[position] - golden_number(file, 8 + i)) / scale);
    }
    off = larger(off, fabs(sum / (double)count - golden_number(file, 5)) / scale);
    off = larger(off, fabs(peak - scale) / scale);
    off = larger(off, fabs(sqrt(squares) / golden_number(file, 6) - 1));
    worst->tensor = larger(worst->tensor, off);
    CHECK(off < worst->bound, "%s at frame %zu, exit %zu is off by %.2e of its scale", kind, t, b,
          off);
}

/* What the engine did after step i. */
static const char *follows(const tlee_session *session, size_t i) {
    struct tlee_step step, next;
    if (i + 1 == tlee_session_step_count(session))
        return "finished";
    tlee_session_get_step(session, i, &step);
    tlee_session_get_step(session, i + 1, &next);
    return next.frame == step.frame ? "exit" : "frame";
}

/* Record: t, exit, confidence, gate, what follows, logits. */
static void check_step(const struct golden_file *file, const tlee_session *session, size_t i,
                       size_t classes, struct golden_worst *worst) {
    if (!CHECK(i < tlee_session_step_count(session) && file->record.field_count == 5 + classes,
               "%zu steps, %zu classes", tlee_session_step_count(session), classes))
        return;
    struct tlee_step step;
    tlee_session_get_step(session, i, &step);
    CHECK(step.frame == golden_size(file, 0) && step.exit == golden_size(file, 1) &&
              !strcmp(golden_text(file, 4), follows(session, i)),
          "step %zu is frame %zu, exit %zu, then %s; expected frame %s, exit %s, then %s", i,
          step.frame, step.exit, follows(session, i), golden_text(file, 0), golden_text(file, 1),
          golden_text(file, 4));
    double off = 0, scale = 0, gate = golden_number(file, 3);
    for (size_t k = 0; k < classes; k++) {
        scale = larger(scale, fabs(golden_number(file, 5 + k)));
        off = larger(off, fabs((double)step.logits[k] - golden_number(file, 5 + k)));
    }
    worst->logit = larger(worst->logit, off / scale);
    CHECK(off / scale < worst->bound, "logits of step %zu are off by %.2e of their scale", i,
          off / scale);
    /* A softmax moves by at most half of what its logits move by. */
    off = fabs((double)step.confidence - golden_number(file, 2));
    worst->confidence = larger(worst->confidence, off);
    CHECK(off < worst->bound * scale, "confidence of step %zu is off by %.2e", i, off);
    off = isnan(gate) && isnan(step.gate) ? 0 : fabs((double)step.gate - gate);
    worst->gate = larger(worst->gate, off);
    CHECK(off < worst->bound, "gate of step %zu is off by %.2e", i, off);
}

void golden_check_video(struct golden_file *file, const tlee_session *session,
                        const struct golden_seen *seen, size_t classes,
                        struct golden_worst *worst) {
    size_t step = 0;
    for (bool more = true; more && !golden_is(file, "result", 3); more = golden_next(file)) {
        if (golden_is(file, "step", 5))
            check_step(file, session, step++, classes, worst);
        else if (CHECK(step < seen->exits, "%zu exits seen", seen->exits))
            check_tensor(file,
                         golden_is(file, "stage", 8) ? &seen->stages[step] : &seen->features[step],
                         worst);
    }
    struct tlee_result result = {0};
    CHECK(tlee_session_result(session, &result) == TLEE_OK && golden_is(file, "result", 3) &&
              step == tlee_session_step_count(session) && result.label == golden_size(file, 0) &&
              result.frame == golden_size(file, 1) && result.exit == golden_size(file, 2),
          "%zu steps to label %zu, frame %zu, exit %zu", tlee_session_step_count(session),
          result.label, result.frame, result.exit);
}
