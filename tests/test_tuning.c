/* SPDX-License-Identifier: MIT */
/* Tunings: their text and files, whatever is wrong with them, and that models are built by them. */
#include "test.h"
#include "tuning.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEADING                                                                                    \
    "tlee-tuning 1: isa channels height width outputs kernel stride padding residual threads "     \
    "method\n"
#define LINE    "avx512 64 56 56 64 3 1 1 0 2 winograd6\n"
#define NETWORK "random:resnet18,input=64,classes=5,frames=8,dataset=hmdb51,branches=0"

static const char sample[] = HEADING LINE "avx2 128 28 28 100 3 1 1 1 256 winograd4\n"
                                          "neon 128 28 28 100 3 1 1 0 1 winograd2\n"
                                          "avx2 999999 1 28 128 1 2 0 0 1 gemm\n";
static char folder[512], path[600];

static tlee_tuning *new_tuning(void) {
    tlee_tuning *tuning = NULL;
    CHECK(tlee_tuning_open(NULL, NULL, &tuning, NULL) == TLEE_OK, "no tuning");
    return tuning;
}

/* Parses a copy of exactly that size, so that a read beyond it is seen. */
static enum tlee_status parse(tlee_tuning *tuning, const char *text, size_t bytes,
                              struct tlee_error *error) {
    char *copy = malloc(bytes ? bytes : 1);
    memcpy(copy, text, bytes);
    tuning->count = 0;
    *error = (struct tlee_error){.status = TLEE_OK};
    enum tlee_status status = tlee_tuning_parse(tuning, copy, bytes, error);
    free(copy);
    return status;
}

/* As much text as the lines before `bytes` of them would give. */
static size_t format(const tlee_tuning *tuning, char *text) {
    size_t used = tlee_tuning_heading(text);
    for (size_t i = 0; i < tuning->count; i++)
        used += tlee_tuning_line(&tuning->shapes[i], text + used);
    return used;
}

static void test_text(tlee_tuning *tuning) {
    struct tlee_error error;
    char text[sizeof sample + TLEE_TUNING_LINE_BYTES];
    CHECK(parse(tuning, sample, strlen(sample), &error) == TLEE_OK, "%s", error.message);
    CHECK(tuning->count == 4 && tuning->shapes[1].threads == 256 && tuning->shapes[3].pad == 0 &&
              tuning->shapes[2].choice == TLEE_CONV_BY_WINOGRAD2 &&
              tuning->shapes[0].cpu == (TLEE_CPU_AVX2 | TLEE_CPU_AVX512),
          "%zu shapes", tuning->count);
    size_t used = format(tuning, text);
    CHECK(used == strlen(sample) && !memcmp(text, sample, used), "%.*s", (int)used, text);
    CHECK(parse(tuning, HEADING, strlen(HEADING), &error) == TLEE_OK && !tuning->count, "%s",
          error.message);
}

static void test_faults(tlee_tuning *tuning) {
    static const struct {
        const char *text, *message;
        enum tlee_status status;
    } cases[] = {
        {"", "line 1: cut short", TLEE_ERR_FORMAT},
        {"tlee-tuning 1", "line 1: cut short", TLEE_ERR_FORMAT},
        {"\n", "line 1: does not begin with 'tlee-tuning 1'", TLEE_ERR_FORMAT},
        {LINE, "line 1: does not begin", TLEE_ERR_FORMAT},
        {"tlee-tuning 2: isa\n", "version '2', this build reads 1", TLEE_ERR_VERSION},
        {"tlee-tuning 12345\n", "version '12345'", TLEE_ERR_VERSION},
        {"tlee-tuning 1: isa\n", "line 1: the columns", TLEE_ERR_FORMAT},
        {HEADING LINE "avx2", "line 3: cut short", TLEE_ERR_FORMAT},
        {HEADING "\n", "line 2: has not 11 words", TLEE_ERR_FORMAT},
        {HEADING "avx2 64 56 56 64 3 1 1 0 winograd6\n", "line 2: has not 11", TLEE_ERR_FORMAT},
        {HEADING "avx2 64 56 56 64 3 1 1 0 2 gemm x\n", "line 2: has not 11", TLEE_ERR_FORMAT},
        {HEADING "avx2  64 56 56 64 3 1 1 0 2 gemm\n", "line 2: has not 11", TLEE_ERR_FORMAT},
        {HEADING "sse 64 56 56 64 3 1 1 0 2 gemm\n", "line 2: 'sse' is not", TLEE_ERR_FORMAT},
        {HEADING "c 64 56 56 64 3 1 1 0 2 gemm\n", "line 2: 'c' is not", TLEE_ERR_FORMAT},
        {HEADING "avx2 0 56 56 64 3 1 1 0 2 gemm\n", "channels '0', must", TLEE_ERR_FORMAT},
        {HEADING "avx2 64 -6 56 64 3 1 1 0 2 gemm\n", "height '-6', must", TLEE_ERR_FORMAT},
        {HEADING "avx2 64 56 1000000 64 3 1 1 0 2 gemm\n", "width '1000000'", TLEE_ERR_FORMAT},
        {HEADING "avx2 64 56 56 6x 3 1 1 0 2 gemm\n", "outputs '6x', must", TLEE_ERR_FORMAT},
        {HEADING "avx2 64 56 56 64 3 1 1 0 0 gemm\n", "threads '0', must", TLEE_ERR_FORMAT},
        {HEADING "avx2 64 56 56 64 3 1 1 0 257 gemm\n", "from 1 to 256", TLEE_ERR_FORMAT},
        {HEADING "avx2 64 56 56 64 3 1 1 2 2 gemm\n", "residual '2', must", TLEE_ERR_FORMAT},
        {HEADING "avx2 64 56 56 64 3 1 1 0 2 fft\n", "method 'fft' is unknown", TLEE_ERR_FORMAT},
        {HEADING "avx2 64 56 56 64 3 1 1 0 2 any\n", "method 'any' is unknown", TLEE_ERR_FORMAT},
        {HEADING "avx2 64 56 56 64 3 1 1 0 2 gemm\r\n", "method 'gemm?'", TLEE_ERR_FORMAT},
        {HEADING "avx2 64 56 56 64 5 1 1 0 2 winograd6\n", "not 5 and 1", TLEE_ERR_FORMAT},
        {HEADING "avx2 64 56 56 64 3 2 1 0 2 winograd2\n", "not 3 and 2", TLEE_ERR_FORMAT},
        {HEADING "avx512 64 56 56 64 3 1 1 1 2 gemm\n" LINE LINE, "line 4: has the shape of line 3",
         TLEE_ERR_FORMAT},
        {HEADING LINE "avx512 64 56 56 64 3 1 1 0 1 gemm\n", "line 3: has the shape of line 2",
         TLEE_ERR_FORMAT},
    };
    struct tlee_error error;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum tlee_status status = parse(tuning, cases[i].text, strlen(cases[i].text), &error);
        CHECK(status == cases[i].status && strstr(error.message, cases[i].message),
              "case %zu: want '%s', have %s '%s'", i, cases[i].message, tlee_status_name(status),
              error.message);
    }
    char text[sizeof sample];
    memcpy(text, sample, sizeof sample);
    text[strlen(HEADING) + 3] = 0;
    CHECK(parse(tuning, text, strlen(sample), &error) == TLEE_ERR_FORMAT &&
              strstr(error.message, "line 2: too long or not a text"),
          "%s", error.message);
}

/* Each byte with each other value, and cut off at each: refused with a reason, or what it gives
 * reads back the same. */
static void test_damage(tlee_tuning *tuning) {
    struct tlee_error error;
    char text[sizeof sample], once[2 * sizeof sample], twice[2 * sizeof sample];
    size_t size = strlen(sample), harmless = 0, wrong = 0;
    for (size_t at = 0; at < size; at++)
        for (int value = 0; value < 256; value++) {
            memcpy(text, sample, sizeof sample);
            text[at] = (char)value;
            if (parse(tuning, text, size, &error) != TLEE_OK) {
                wrong += !error.message[0] || tuning->count > 4;
                continue;
            }
            harmless++;
            size_t used = format(tuning, once);
            wrong += parse(tuning, once, used, &error) != TLEE_OK ||
                     format(tuning, twice) != used || memcmp(once, twice, used) != 0;
        }
    CHECK(!wrong, "%zu changes of a byte are neither refused nor understood", wrong);
    CHECK(harmless > size && harmless < 32 * size, "%zu changes come through", harmless);
    for (size_t cut = 0; cut < size; cut++) {
        bool whole = cut && sample[cut - 1] == '\n';
        enum tlee_status status = parse(tuning, sample, cut, &error);
        CHECK(whole == (status == TLEE_OK), "%zu bytes: %s", cut, error.message);
    }
}

static bool write_file(const char *text, size_t bytes) {
    FILE *file = fopen(path, "wb");
    bool done = file && fwrite(text, 1, bytes, file) == bytes;
    if (file)
        done = !fclose(file) && done;
    return CHECK(done, "%s cannot be written", path);
}

static enum tlee_status open_file(const char *name, struct tlee_error *error) {
    tlee_tuning *tuning = NULL;
    enum tlee_status status = tlee_tuning_open(name, NULL, &tuning, error);
    CHECK((status == TLEE_OK) == (tuning != NULL), "%s", tlee_status_name(status));
    tlee_tuning_free(&tuning);
    return status;
}

static void test_files(tlee_tuning *tuning) {
    struct tlee_error error;
    char missing[700];
    snprintf(missing, sizeof missing, "%s/missing/file", folder);
    CHECK(open_file(path, &error) == TLEE_OK && access(path, F_OK), "opening makes a file");
    CHECK(parse(tuning, sample, strlen(sample), &error) == TLEE_OK, "%s", error.message);
    CHECK(tlee_tuning_write(tuning, path, &error) == TLEE_OK, "%s", error.message);
    tlee_tuning *read = NULL;
    CHECK(tlee_tuning_open(path, NULL, &read, &error) == TLEE_OK, "%s", error.message);
    CHECK(read && read->count == 4 && !tlee_tuning_measured(read), "does not read back");
    tlee_tuning_free(&read);
    CHECK(open_file(folder, &error) == TLEE_ERR_IO, "a folder: %s", error.message);
    CHECK(open_file("/dev/zero", &error) == TLEE_ERR_IO, "a device: %s", error.message);
    CHECK(tlee_tuning_open(path, NULL, NULL, &error) == TLEE_ERR_ARG, "no place for it");
    CHECK(tlee_tuning_write(tuning, folder, &error) == TLEE_ERR_IO, "over a folder");
    CHECK(tlee_tuning_write(tuning, missing, &error) == TLEE_ERR_IO, "in no folder");
    CHECK(tlee_tuning_write(NULL, path, &error) == TLEE_ERR_ARG, "no tuning");
    size_t live = test_live_blocks();
    for (size_t nth = 1; nth < 3; nth++) {
        test_fail_allocation(nth, false);
        CHECK(open_file(path, &error) == TLEE_ERR_NOMEM, "allocation %zu", nth);
        test_fail_allocation(0, false);
    }
    CHECK(test_live_blocks() == live, "%zu blocks, before %zu", test_live_blocks(), live);
}

static const struct tlee_conv2d small = {.c = 8,
                                         .h = 3,
                                         .w = 3,
                                         .oc = 8,
                                         .oh = 3,
                                         .ow = 3,
                                         .kh = 3,
                                         .kw = 3,
                                         .sh = 1,
                                         .sw = 1,
                                         .ph = 1,
                                         .pw = 1,
                                         .groups = 1};

/* That choosing ends so where there are SIMD kernels, or without memory if an allocation was made
 * to fail, and adds what it finds out. Whether one failed. */
static bool check_choosing(tlee_tuning *tuning, const struct tlee_conv2d *p,
                           enum tlee_status want) {
    struct tlee_ops ops;
    struct tlee_error error = {.message = ""};
    unsigned cpu = tlee_cpu_available();
    enum tlee_conv_choice choice;
    size_t before = tuning->count;
    tlee_ops_init(&ops, cpu);
    struct tlee_machine machine = {&ops, NULL, 1};
    enum tlee_status status = tlee_tuning_choose(tuning, &machine, cpu, p, true, &choice, &error);
    bool simd = cpu != TLEE_CPU_C, failed = test_allocation_failed();
    want = failed ? TLEE_ERR_NOMEM : want;
    CHECK(status == (simd ? want : TLEE_OK), "%s: %s", tlee_status_name(status), error.message);
    CHECK(tuning->count == before + (simd && !status), "%zu shapes, before %zu", tuning->count,
          before);
    return failed;
}

/* Each allocation of a measurement fails, until it needs no more. */
static void test_memory(tlee_tuning *tuning) {
    size_t live = test_live_blocks(), nth = 1;
    tuning->count = 0;
    for (bool failed = tlee_cpu_available() != TLEE_CPU_C; failed && nth < 20; nth++) {
        test_fail_allocation(nth, false);
        failed = check_choosing(tuning, &small, TLEE_OK);
        test_fail_allocation(0, false);
    }
    /* With NEON one way alone is cheap enough to be worth trying, and nothing is measured. */
    CHECK(nth > 4 || !(tlee_cpu_available() & TLEE_CPU_AVX2), "only %zu allocations", nth);
    CHECK(test_live_blocks() == live, "%zu blocks, before %zu", test_live_blocks(), live);
    tuning->count = tuning->measured = 0;
}

/* As many shapes as there may be, and one more; then a file that is too large. */
static void test_limits(tlee_tuning *tuning) {
    struct tlee_error error;
    size_t room = (TLEE_TUNING_SHAPES + 2) * TLEE_TUNING_LINE_BYTES;
    char *text = calloc(room, 1);
    if (!CHECK(text, "out of memory"))
        return;
    size_t used = tlee_tuning_heading(text);
    for (size_t i = 0; i < TLEE_TUNING_SHAPES; i++)
        used += (size_t)sprintf(text + used, "avx2 %zu 56 56 64 3 1 1 0 1 gemm\n", i + 1);
    CHECK(parse(tuning, text, used, &error) == TLEE_OK, "%s", error.message);
    struct tlee_conv2d p = small;
    p.c = TLEE_TUNING_SHAPES + 1;
    check_choosing(tuning, &p, TLEE_ERR_UNSUPPORTED);
    used += (size_t)sprintf(text + used, "avx2 5 5 56 64 3 1 1 0 1 gemm\n");
    CHECK(parse(tuning, text, used, &error) == TLEE_ERR_FORMAT &&
              strstr(error.message, "line 1026: more than 1024 shapes"),
          "%s", error.message);
    if (write_file(text, room))
        CHECK(open_file(path, &error) == TLEE_ERR_FORMAT && strstr(error.message, "larger than"),
              "%s", error.message);
    free(text);
}

/* Opens the network; how many of its layers have that method. */
static size_t count_layers(tlee_tuning *tuning, bool exact, bool fold, const char *method) {
    struct tlee_model_options options;
    struct tlee_error error;
    tlee_model *model = NULL;
    size_t count = 0;
    tlee_model_options_default(&options);
    options.tuning = tuning;
    options.exact = exact;
    options.fold = fold;
    options.threads = 2;
    if (!CHECK(tlee_model_open(NETWORK, &options, &model, &error) == TLEE_OK, "%s", error.message))
        return 0;
    for (size_t i = 0; i < tlee_model_layer_count(model); i++) {
        struct tlee_layer_info layer;
        tlee_model_get_layer(model, i, &layer);
        count += layer.method && !strcmp(layer.method, method);
    }
    tlee_model_close(&model);
    return count;
}

/* What is known is used and not measured; what is measured is known. */
static void test_models(tlee_tuning *tuning) {
    bool simd = tlee_cpu_available() != TLEE_CPU_C;
    tuning->count = 0;
    count_layers(tuning, true, true, "gemm");
    count_layers(tuning, false, false, "gemm");
    CHECK(!tuning->count && !tlee_tuning_measured(tuning), "measured where nothing is to choose");
    count_layers(tuning, false, true, "gemm");
    CHECK(tuning->count == (simd ? 8 : 0) && tlee_tuning_measured(tuning) == tuning->count,
          "ResNet-18 has 8 shapes to choose for: %zu", tuning->count);
    for (size_t i = 0; i < tuning->count; i++)
        CHECK(tuning->shapes[i].choice != TLEE_CONV_ANY && tuning->shapes[i].threads == 2 &&
                  tuning->shapes[i].cpu == tlee_cpu_available(),
              "shape %zu", i);
    for (int choice = TLEE_CONV_BY_GEMM; simd && choice < TLEE_CONV_CHOICES; choice++) {
        size_t known = tuning->count, by_gemm = choice == TLEE_CONV_BY_GEMM ? 7 : 0;
        for (size_t i = 0; i < known; i++)
            tuning->shapes[i].choice = (enum tlee_conv_choice)choice;
        const char *method = tlee_conv_choice_name((enum tlee_conv_choice)choice);
        size_t found = count_layers(tuning, false, true, method);
        CHECK(found == 13 + by_gemm && tlee_tuning_measured(tuning) == 8 && tuning->count == known,
              "%s: %zu layers", method, found);
    }
}

int main(void) {
    const char *temp = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%.400s/tlee_tuning_XXXXXX", temp && *temp ? temp : "/tmp");
    if (!CHECK(mkdtemp(folder), "no temporary folder"))
        return test_summary();
    snprintf(path, sizeof path, "%s/tuning", folder);
    tlee_tuning *tuning = new_tuning();
    if (tuning) {
        test_text(tuning);
        test_faults(tuning);
        test_damage(tuning);
        test_files(tuning);
        test_memory(tuning);
        test_limits(tuning);
        test_models(tuning);
    }
    tlee_tuning_free(&tuning);
    tlee_tuning_free(&tuning);
    unlink(path);
    CHECK(!rmdir(folder), "%s has further files in it", folder);
    return test_summary();
}
