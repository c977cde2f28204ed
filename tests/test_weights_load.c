/* SPDX-License-Identifier: MIT */
/* Weights files on a disk, read and mapped; things that are not weights files; files that change.
 */

#include "test.h"
#include "weights_writer.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[256];
static char path[300]; /* of the file at hand, in folder */

static void write_file(const void *bytes, size_t size) {
    FILE *file = fopen(path, "wb");
    CHECK(file && fwrite(bytes, 1, size, file) == size, "%s cannot be written", path);
    if (file)
        fclose(file);
}

static void check_fails(const char *name, enum tlee_status expected, const char *message) {
    struct tlee_weights *weights;
    struct tlee_error error = {0};
    for (int load = 0; load < 2; load++) {
        enum tlee_status status =
            tlee_weights_open(name, load ? TLEE_LOAD_MAP : TLEE_LOAD_READ, NULL, &weights, &error);
        CHECK(status == expected && !weights && strstr(error.message, message), "%s: %d: %s", name,
              status, error.message);
        tlee_weights_close(&weights);
    }
}

static void test_good_file(enum tlee_load load) {
    struct weights_writer writer;
    struct tlee_weights *weights;
    struct tlee_error error = {0};
    const float *data = NULL;
    writer_sample(&writer);
    write_file(writer.file.bytes, writer.file.used);
    CHECK(!tlee_weights_open(path, load, NULL, &weights, &error), "%s", error.message);
    if (weights) {
        CHECK(tlee_weights_bytes(weights) == writer.file.used && tlee_weights_count(weights) == 6,
              "size or count");
        CHECK(!tlee_weights_check(weights, &error), "%s", error.message);
        CHECK(!tlee_weights_get(weights, "stem.weight", 4, (const size_t[]){2, 3, 1, 1}, &data,
                                &error) &&
                  data[2] == 1 && (uintptr_t)data % TLEE_ALIGNMENT == 0,
              "stem.weight");
        CHECK(!tlee_weights_get(weights, "stem.bias", 1, (const size_t[]){5}, &data, &error) &&
                  data[4] == 65504,
              "stem.bias");
    }
    tlee_weights_close(&weights);
    writer_free(&writer);
}

static void test_bad_files(void) {
    struct weights_writer writer;
    char name[300];
    snprintf(name, sizeof name, "%s/absent", folder);
    check_fails(name, TLEE_ERR_IO, "cannot be opened: ");
    check_fails(folder, TLEE_ERR_IO, "is a folder");
    check_fails("/dev/null", TLEE_ERR_IO, "is not a regular file");
    snprintf(name, sizeof name, "%s/fifo", folder);
    CHECK(!mkfifo(name, 0600), "no FIFO");
    check_fails(name, TLEE_ERR_IO, "is not a regular file");
    unlink(name);

    write_file("", 0);
    check_fails(path, TLEE_ERR_FORMAT, "empty file");
    write_file("\x89TLEE", 5);
    check_fails(path, TLEE_ERR_FORMAT, "cut short: the header takes 64 bytes, the file has 5");
    write_file("PK\3\4", 4);
    check_fails(path, TLEE_ERR_FORMAT, "not a TLEE weights file");
    writer_sample(&writer);
    for (size_t size = 63; size < writer.file.used; size += 64) {
        write_file(writer.file.bytes, size);
        check_fails(path, TLEE_ERR_FORMAT, "cut short");
    }
    writer_free(&writer);
}

/* Files with a hole of 1 TiB: refused by their header, without a try to get all of it. */
static void test_huge_files(void) {
    struct weights_writer writer;
    struct tlee_weights *weights;
    struct tlee_error error = {0};
    const off_t size = (off_t)1 << 40;
    write_file("something else", 14);
    if (truncate(path, size))
        return; /* this file system has no holes */
    check_fails(path, TLEE_ERR_FORMAT, "not a TLEE weights file");
    writer_sample(&writer);
    write_file(writer.file.bytes, writer.file.used);
    CHECK(!truncate(path, size), "no hole");
    for (int load = 0; load < 2; load++) {
        enum tlee_status status =
            tlee_weights_open(path, load ? TLEE_LOAD_MAP : TLEE_LOAD_READ, NULL, &weights, &error);
        bool fitting = (status == TLEE_ERR_NOMEM && strstr(error.message, "out of memory")) ||
                       (status == TLEE_ERR_IO && strstr(error.message, "cannot be mapped")) ||
                       (status == TLEE_ERR_FORMAT && strstr(error.message, "too long")) ||
                       (status == TLEE_ERR_UNSUPPORTED && sizeof(size_t) == 4);
        CHECK(fitting && !weights, "%d: %s", status, error.message);
    }
    writer_free(&writer);
}

/* Cuts the file short when the loader has read its header and asks for room for it. */
struct cutter {
    unsigned calls;
    off_t size;
};

static void *allocate_and_cut(void *cookie, size_t bytes) {
    struct cutter *cutter = cookie;
    if (++cutter->calls == 2)
        CHECK(!truncate(path, cutter->size), "not cut");
    return malloc(bytes);
}

static void release_cutter(void *cookie, void *memory) {
    (void)cookie;
    free(memory);
}

static void test_shrinking_file(void) {
    struct weights_writer writer;
    writer_sample(&writer);
    for (size_t size = writer.data_at[0]; size < writer.file.used; size += 16) {
        struct cutter cutter = {.size = (off_t)size};
        const struct tlee_allocator allocator = {allocate_and_cut, release_cutter, &cutter};
        struct tlee_weights *weights;
        struct tlee_error error = {0};
        write_file(writer.file.bytes, writer.file.used);
        CHECK(tlee_weights_open(path, TLEE_LOAD_READ, &allocator, &weights, &error) ==
                      TLEE_ERR_FORMAT &&
                  !weights && error.offset == (int64_t)size &&
                  strstr(error.message, "while it was being read"),
              "cut to %zu: %s", size, error.message);
        CHECK(cutter.calls == 2, "%u allocations", cutter.calls);
    }
    writer_free(&writer);
}

/* Two tensors of several pages around eight that share one: released, their pages are empty when
 * they had been read, and the file's again when they are mapped. */
static void test_pages(enum tlee_load load) {
    enum {
        BIG = 3 * 65536 / sizeof(float),
        SMALL = 8
    };
    struct weights_writer writer = {0};
    struct tlee_weights *weights;
    struct tlee_error error = {0};
    const float *data[SMALL + 2] = {0};
    char names[SMALL + 2][16];
    float *ones = malloc(BIG * sizeof *ones);
    for (size_t i = 0; i < BIG; i++)
        ones[i] = 1;
    for (size_t i = 0; i < SMALL + 2; i++) {
        size_t count = i && i <= SMALL ? 16 : BIG;
        snprintf(names[i], sizeof names[i], "tensor.%zu", i);
        writer_tensor(&writer, names[i], TLEE_F32, 0, 1, &count, ones, count * sizeof *ones);
    }
    writer_finish(&writer);
    write_file(writer.file.bytes, writer.file.used);
    CHECK(!tlee_weights_open(path, load, NULL, &weights, &error), "%s", error.message);
    for (size_t i = 0; weights && i < SMALL + 2; i++) {
        size_t count = i && i <= SMALL ? 16 : BIG;
        CHECK(!tlee_weights_get(weights, names[i], 1, &count, &data[i], &error), "%s",
              error.message);
    }
    if (weights && data[SMALL + 1]) {
        float expected = load == TLEE_LOAD_READ ? 0 : 1;
        tlee_weights_release(weights, names[0]);
        CHECK(data[0][BIG / 2] == expected && data[1][0] == 1, "first");
        tlee_weights_release(weights, names[SMALL + 1]);
        for (size_t i = SMALL; i > 0; i--) {
            CHECK(data[i][0] == 1 && data[1][0] == 1, "small %zu is gone too soon", i);
            tlee_weights_release(weights, names[i]);
        }
        for (size_t i = 0; i < SMALL + 2; i++)
            CHECK(data[i][4] == expected, "tensor %zu: %f", i, (double)data[i][4]);
    }
    tlee_weights_close(&weights);
    writer_free(&writer);
    free(ones);
}

/* Address space in use, in pages; 0 where the system does not tell. */
static unsigned long mapped_pages(void) {
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file)
        return 0;
    if (fscanf(file, "%lu", &pages) != 1)
        pages = 0;
    fclose(file);
    return pages;
}

/* Closing, and failing to open, must give the file's memory back: a hundred times 16 MiB. */
static void test_unmapping(void) {
    const size_t count = 4 << 20;
    struct weights_writer writer = {0};
    struct tlee_weights *weights;
    float *zeros = calloc(count, sizeof *zeros);
    writer_tensor(&writer, "zeros", TLEE_F32, 0, 1, &count, zeros, count * sizeof *zeros);
    writer_finish(&writer);
    free(zeros);
    for (int damaged = 0; damaged < 2; damaged++) {
        writer.file.bytes[12] ^= (unsigned char)damaged; /* header_crc */
        write_file(writer.file.bytes, writer.file.used);
        unsigned long before = mapped_pages();
        for (int i = 0; i < 100; i++) {
            enum tlee_status status = tlee_weights_open(
                path, i % 10 ? TLEE_LOAD_MAP : TLEE_LOAD_READ, NULL, &weights, NULL);
            CHECK(!status == !damaged, "status %d", status);
            tlee_weights_close(&weights);
        }
        unsigned long after = mapped_pages();
        CHECK(after < before + (800u << 20) / 4096, "%lu pages, then %lu", before, after);
    }
    writer_free(&writer);
}

static int next_descriptor(void) {
    int fd = open("/dev/null", O_RDONLY);
    close(fd);
    return fd;
}

int main(void) {
    size_t blocks = test_live_blocks(); /* of libc, in a static program */
    const char *temporary = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/tlee-test-XXXXXX", temporary ? temporary : "/tmp");
    if (!CHECK(mkdtemp(folder), "no temporary folder"))
        return test_summary();
    snprintf(path, sizeof path, "%s/model.tlee", folder);
    int descriptor = next_descriptor();
    test_good_file(TLEE_LOAD_READ);
    test_good_file(TLEE_LOAD_MAP);
    test_bad_files();
    test_huge_files();
    test_shrinking_file();
    test_pages(TLEE_LOAD_READ);
    test_pages(TLEE_LOAD_MAP);
    test_unmapping();
    unlink(path);
    rmdir(folder);
    CHECK(next_descriptor() == descriptor, "a file stayed open");
    CHECK(test_live_blocks() == blocks, "%zu blocks left", test_live_blocks() - blocks);
    return test_summary();
}
