/* SPDX-License-Identifier: MIT */
/*
 * The engine, with the kernels of every instruction set that this machine has, in plain C, and
 * without transforms, against tests/golden/CASE.txt: the path, the answer, every exit's logits, and
 * the maps and features on the way. Errors are measured against the largest magnitude of the tensor
 * that a value belongs to; those files were made in double precision, so the bound is the engine's
 * own.
 *
 *     test_golden [--quick]     or with TLEE_QUICK=1 in the environment: the smallest case alone
 *
 * The files are looked for in $TLEE_TESTS/golden, or else beside this source file.
 */
#include "golden_file.h"
#include "golden_pictures.h"
#include "golden_seen.h"
#include "test.h"
#include "tlee.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Errors allowed: of sums in any order, and with convolutions in a transform domain. */
static const double plain_bound = 1e-5, transform_bound = 5e-5;
static const char quick_case[] = "resnet18_ucf101";
/* Run again with every op by itself: the feature MLP, and a bottleneck's shortcuts. */
static const char *const unfolded_cases[] = {quick_case, "resnet50_hmdb51"};

enum {
    SAMPLE = 256,
    FRAMES_MAX = 16
};

/* How a model is opened, and what is asked of it. */
struct setting {
    const char *name; /* NULL: that of cpu */
    unsigned cpu;
    bool fold, exact;
    bool threads; /* the first video with several numbers of threads, too */
    double bound;
};

/* The largest errors met, and the bound on them. */
struct worst {
    double bound, tensor, logit, confidence, gate;
};

struct video {
    size_t width, height;
    uint64_t seed;
    double first, exit, gate;
    size_t numbers[FRAMES_MAX], frames;
};

static double larger(double a, double b) {
    return b > a || isnan(b) ? b : a;
}

static bool read_video(struct golden_file *file, struct video *video) {
    *video = (struct video){.width = golden_size(file, 0),
                            .height = golden_size(file, 1),
                            .seed = golden_size(file, 2)};
    if (!golden_next(file) || !golden_is(file, "thresholds", 3))
        return false;
    video->first = golden_number(file, 0);
    video->exit = golden_number(file, 1);
    video->gate = golden_number(file, 2);
    if (!golden_next(file) || !golden_is(file, "frames", 2))
        return false;
    video->frames = file->record.field_count;
    for (size_t i = 0; i < video->frames && i < FRAMES_MAX; i++)
        video->numbers[i] = golden_size(file, i);
    return video->frames <= FRAMES_MAX && golden_next(file);
}

/* Pushes frames until the video is decided; NULL after a failure. */
static tlee_session *recognise(const tlee_model *model, const struct video *video, unsigned threads,
                               struct golden_seen *seen) {
    struct tlee_session_options options;
    tlee_session_options_default(&options);
    options.threads = threads;
    options.first_threshold = video->first;
    options.exit_threshold = video->exit;
    options.gate_threshold = video->gate;
    struct tlee_error error = {0};
    tlee_session *session = NULL;
    uint8_t *rgb = malloc(3 * video->width * video->height);
    enum tlee_decision decision = TLEE_NEXT_FRAME;
    enum tlee_status status = tlee_session_create(model, &options, &session, &error);
    if (status == TLEE_OK && seen)
        status = tlee_session_observe(session, golden_observe, seen, &error);
    if (status == TLEE_OK)
        tlee_session_begin(session, 0);
    for (size_t t = 0; rgb && status == TLEE_OK && decision != TLEE_FINISHED; t++) {
        if (t == video->frames)
            break;
        golden_picture(video->width, video->height, video->seed, video->numbers[t], rgb);
        status = tlee_session_push_rgb8(session, rgb, video->width, video->height, 3 * video->width,
                                        &decision, &error);
    }
    free(rgb);
    if (!CHECK(status == TLEE_OK && decision == TLEE_FINISHED, "%s", error.message))
        tlee_session_free(&session);
    return session;
}

/* Record: t, exit, c, h, w, mean, L2 norm, largest magnitude, sample. */
static void check_tensor(const struct golden_file *file, const struct golden_map *map,
                         struct worst *worst) {
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
                       size_t classes, struct worst *worst) {
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

/* Walks the records of one video up to its result. */
static void check_video(struct golden_file *file, const tlee_session *session,
                        const struct golden_seen *seen, size_t classes, struct worst *worst) {
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

/* The same bits whatever the number of threads. */
static void check_threads(const tlee_model *model, const struct video *video,
                          const tlee_session *one, size_t classes) {
    static const unsigned counts[] = {2, 3, 8};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        tlee_session *other = recognise(model, video, counts[i], NULL);
        size_t steps = tlee_session_step_count(one);
        if (!other)
            continue;
        bool same = tlee_session_step_count(other) == steps;
        for (size_t k = 0; same && k < steps; k++) {
            struct tlee_step a, b;
            tlee_session_get_step(one, k, &a);
            tlee_session_get_step(other, k, &b);
            same = !memcmp(a.logits, b.logits, classes * sizeof *a.logits) &&
                   !memcmp(&a.gate, &b.gate, sizeof a.gate);
        }
        CHECK(same, "%u threads give other bits than one", counts[i]);
        tlee_session_free(&other);
    }
}

static tlee_model *open_model(struct golden_file *file, const struct setting *setting) {
    struct tlee_model_options options;
    struct tlee_error error = {0};
    tlee_model *model = NULL;
    tlee_model_options_default(&options);
    options.cpu = (int)setting->cpu;
    options.fold = setting->fold;
    options.exact = setting->exact;
    char name[256] = "";
    if (golden_is(file, "golden", 1) && golden_size(file, 0) == 1 && golden_next(file) &&
        golden_is(file, "model", 1))
        snprintf(name, sizeof name, "%s", golden_text(file, 0));
    if (golden_next(file) && golden_is(file, "options", 2)) {
        options.mode = strcmp(golden_text(file, 0), "full") ? TLEE_MODE_AS_MODEL : TLEE_MODE_FULL;
        options.gate = strcmp(golden_text(file, 1), "none") ? TLEE_GATE_AS_MODEL : TLEE_GATE_NONE;
        tlee_model_open(name, &options, &model, &error);
    }
    CHECK(model, "%s: %s", name, error.message);
    return model;
}

static void check_case(const char *path, const struct setting *setting) {
    struct golden_file file;
    struct worst worst = {.bound = setting->bound};
    struct tlee_model_info info = {0};
    bool readable = CHECK(golden_open(&file, path), "%s cannot be read", path);
    tlee_model *model = readable ? open_model(&file, setting) : NULL;
    if (model)
        tlee_model_get_info(model, &info);
    size_t videos = 0;
    while (model && golden_next(&file)) {
        struct video video;
        struct golden_seen seen = {0};
        if (!CHECK(golden_is(&file, "video", 3) && read_video(&file, &video), "%s: video %zu", path,
                   videos))
            break;
        tlee_session *session = recognise(model, &video, 1, &seen);
        if (session)
            check_video(&file, session, &seen, info.classes, &worst);
        if (session && setting->threads && videos == 0)
            check_threads(model, &video, session, info.classes);
        tlee_session_free(&session);
        golden_forget(&seen);
        videos++;
    }
    CHECK(videos || !model, "%s holds no video", path);
    tlee_model_close(&model);
    golden_close(&file);
    printf("%-32s %-9s %zu videos; off by %.1e in maps, %.1e in logits, %.1e in confidences, "
           "%.1e in gates\n",
           strrchr(path, '/') + 1, setting->name ? setting->name : tlee_cpu_name(setting->cpu),
           videos, worst.tensor, worst.logit, worst.confidence, worst.gate);
}

static bool runs_unfolded(const char *name) {
    for (size_t i = 0; i < sizeof unfolded_cases / sizeof *unfolded_cases; i++)
        if (!strcmp(name, unfolded_cases[i]))
            return true;
    return false;
}

/* The best kernels first; with them a case is also run in other ways. `smallest`: the cheapest
 * case, and all that is run when time is short. */
static void check_settings(const char *path, const char *name, bool smallest, bool quick) {
    unsigned available = tlee_cpu_available();
    struct setting best = {.cpu = available, .fold = true, .threads = smallest};
    best.bound = available == TLEE_CPU_C ? plain_bound : transform_bound;
    check_case(path, &best);
    if (available != TLEE_CPU_C)
        check_case(path, &(struct setting){"exact", available, true, true, smallest, plain_bound});
    if (quick)
        return;
    if (runs_unfolded(name))
        check_case(path,
                   &(struct setting){"unfolded", available, false, false, false, plain_bound});
    for (unsigned cpu = 0; cpu < available; cpu++) {
        /* AVX-512 without AVX2 is plain C. */
        if ((cpu & ~available) || (cpu & TLEE_CPU_AVX512))
            continue;
        struct setting lower = best;
        lower.cpu = cpu;
        lower.bound = cpu == TLEE_CPU_C ? plain_bound : transform_bound;
        check_case(path, &lower);
    }
}

int main(int argc, char **argv) {
    const char *wish = getenv("TLEE_QUICK");
    bool quick = (wish && *wish && strcmp(wish, "0")) || (argc > 1 && !strcmp(argv[1], "--quick"));
    char folder[1024], path[2048];
    golden_folder(folder, sizeof folder);
    snprintf(path, sizeof path, "%s/cases.list", folder);
    struct golden_file list;
    bool more = CHECK(golden_open(&list, path), "%s cannot be read", path);
    for (; more; more = golden_next(&list)) {
        const char *name = list.record.kind;
        snprintf(path, sizeof path, "%s/%s.txt", folder, name);
        bool smallest = !strcmp(name, quick_case);
        if (smallest || !quick)
            check_settings(path, name, smallest, quick);
    }
    golden_close(&list);
    return test_summary();
}
