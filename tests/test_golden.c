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
#include "golden_check.h"
#include "golden_pictures.h"
#include "test.h"
#include "tlee.h"

#include <stdlib.h>
#include <string.h>

/* Errors allowed: of sums in any order, and with convolutions in a transform domain. */
static const double plain_bound = 1e-5, transform_bound = 5e-5;
static const char quick_case[] = "resnet18_ucf101";
/* Run again with every op by itself: the feature MLP, and a bottleneck's shortcuts. */
static const char *const unfolded_cases[] = {quick_case, "resnet50_hmdb51", "mobilenetv2_ucf101",
                                             "efficientnetb3_3_branches"};

enum {
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

struct video {
    size_t width, height;
    uint64_t seed;
    double first, exit, gate;
    size_t numbers[FRAMES_MAX], frames;
};

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
    tlee_thresholds_fill(options.thresholds.first, video->first);
    tlee_thresholds_fill(options.thresholds.exit, video->exit);
    tlee_thresholds_fill(options.thresholds.gate, video->gate);
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
    struct golden_worst worst = {.bound = setting->bound};
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
            golden_check_video(&file, session, &seen, info.classes, &worst);
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
