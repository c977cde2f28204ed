/* SPDX-License-Identifier: MIT */
/*
 * Each rule of weights/FORMAT.md, broken one at a time in a file that is right otherwise, its
 * checksum included: the status, a part of the message and the byte it names.
 */
#include "test.h"
#include "weights_writer.h"

#include <stdio.h>
#include <string.h>

/* Where a change goes: to a byte of the header, of a metadata entry or of a table row. */
enum place {
    HEADER,
    META,
    ROW
};

struct rule {
    enum place place;
    size_t index, at; /* entry, and byte in it */
    unsigned bytes;   /* of the number that is put there */
    uint64_t value;
    enum tlee_status status;
    const char *message; /* a part of it */
    int64_t named;       /* byte that the error names, counted from the change */
};

#define F     TLEE_ERR_FORMAT
#define HUGE  UINT64_MAX
#define HALF  (UINT64_C(1) << 63)
#define NAN64 UINT64_C(0x7ff8000000000000)
#define INF64 UINT64_C(0xfff0000000000000)

/* Before the checksum is looked at. */
static const struct rule early_rules[] = {
    {HEADER, 0, 0, 1, 'P', F, "not a TLEE weights file", 0},
    {HEADER, 0, 4, 1, 'e', F, "not a TLEE weights file", -4},
    {HEADER, 0, 5, 1, '\n', F, "damaged by a transfer in text mode", 0},
    {HEADER, 0, 7, 1, 0, F, "damaged by a transfer in text mode", 0},
    {HEADER, 0, 8, 4, 2, TLEE_ERR_VERSION, "version 2 is newer than this build, which reads 1", 0},
    {HEADER, 0, 8, 4, 0xffffffff, TLEE_ERR_VERSION, "version 4294967295", 0},
    {HEADER, 0, 8, 4, 0, F, "version 0 does not exist", 0},
    {HEADER, 0, 16, 8, 0, F, "header_bytes is 0", 0},
    {HEADER, 0, 16, 8, 65, F, "header_bytes is 65", 0},
    {HEADER, 0, 16, 8, (64 << 20) + 64, F, "header_bytes is 67108928", 0},
    {HEADER, 0, 16, 8, HUGE - 63, F, "header_bytes is", 0},
    {HEADER, 0, 12, 1, 0, F, "damaged header: its checksum is", 0},
    {HEADER, 0, 56, 8, 0x100, F, "damaged header: its checksum is", -44},
};

static const struct rule header_rules[] = {
    {HEADER, 0, 24, 8, 0, F, "too long: the header says 0 bytes, the file has", 0},
    {HEADER, 0, 24, 8, HUGE, F, "cut short: the header says 18446744073709551615 bytes", 0},
    {HEADER, 0, 32, 4, 4097, F, "4097 metadata entries, at most 4096", 0},
    {HEADER, 0, 32, 4, 4096, F, "4096 metadata entries do not fit into", 0},
    {HEADER, 0, 36, 4, 65537, F, "65537 tensors, at most 65536", 0},
    {HEADER, 0, 36, 4, 65536, F, "65536 tensors do not fit into", 0},
    {HEADER, 0, 40, 8, HUGE, F, "metadata_bytes 18446744073709551615 and table_bytes", 0},
    {HEADER, 0, 40, 8, 0, F, "do not make header_bytes", 0},
    {HEADER, 0, 48, 8, HUGE, F, "do not make header_bytes", -8},
    {HEADER, 0, 48, 8, HALF, F, "do not make header_bytes", -8},
    {HEADER, 0, 48, 8, 0, F, "do not make header_bytes", -8},
    {HEADER, 0, 56, 8, HALF, F, "the reserved field is not zero", 0},
    {HEADER, 0, 56, 1, 1, F, "the reserved field is not zero", 0},
};

/* Entry 0 is text `source`, 1 ints `order`, 2 reals `mean`, 3 texts `labels`. */
static const struct rule metadata_rules[] = {
    {META, 0, 0, 1, 0, F, "key 'source', byte 64: type 0 is unknown", 0},
    {META, 2, 0, 1, 4, F, "key 'mean'", 0},
    {META, 1, 1, 1, 2, F, "flags 0x02 are unknown", 0},
    {META, 1, 1, 1, 0x81, F, "flags 0x81 are unknown", 0},
    {META, 1, 2, 2, 0, F, "metadata entry 1, byte", 0},
    {META, 1, 2, 2, 0, F, "key of 0 bytes", 0},
    {META, 1, 2, 2, 256, F, "key of 256 bytes, 1 to 255", 0},
    {META, 1, 2, 2, 255, F, "runs beyond the end of its section", 6},
    {META, 1, 4, 4, 0, F, "0 values, 1 to 65536", 0},
    {META, 1, 4, 4, 65537, F, "65537 values, 1 to 65536", 0},
    {META, 1, 4, 4, 65536, F, "key 'order'", 9},
    {META, 3, 4, 4, 4, F, "runs beyond the end of its section", 46},
    {META, 1, 8, 1, 'O', F, "characters other than a-z", 0},
    {META, 1, 9, 1, 0, F, "characters other than a-z", -1},
    {META, 1, 9, 1, 0xff, F, "characters other than a-z", -1},
    {META, 1, 9, 1, '/', F, "characters other than a-z", -1},
    {META, 2, 12, 8, NAN64, F, "value 0 is not finite", 0},
    {META, 2, 28, 8, INF64, F, "key 'mean'", 0},
    {META, 2, 28, 8, INF64, F, "value 2 is not finite", 0},
    {META, 0, 14, 4, 65537, F, "text 0 has 65537 bytes, at most 65536", 0},
    {META, 0, 14, 4, 65536, F, "runs beyond the end of its section", 4},
    {META, 3, 18, 4, 0xffffffff, F, "text 1 has 4294967295 bytes", 0},
    {META, 3, 22, 1, 0, F, "text 1 is not UTF-8 without control characters", 0},
    {META, 3, 25, 1, 0x1b, F, "text 1 is not UTF-8", -3},
    {META, 3, 42, 1, 0xe9, F, "key 'labels'", 0},
};

/* Row 0 is stem.weight (2, 3, 1, 1), 1 stem.bias (5) f16, 2 alpha (), 3 stem.weight of layout 7. */
static const struct rule table_rules[] = {
    {ROW, 0, 0, 2, 0, F, "tensor entry 0, byte", 0},
    {ROW, 0, 0, 2, 0, F, "name of 0 bytes", 0},
    {ROW, 0, 0, 2, 256, F, "name of 256 bytes, 1 to 255", 0},
    {ROW, 5, 0, 2, 255, F, "runs beyond the end of its section", 48},
    {ROW, 5, 3, 1, 8, F, "runs beyond the end of its section", 29},
    {ROW, 0, 2, 1, 0, F, "tensor 'stem.weight'", 0},
    {ROW, 0, 2, 1, 3, F, "element type 3 is unknown", 0},
    {ROW, 0, 3, 1, 9, F, "9 dimensions, at most 8", 0},
    {ROW, 1, 3, 1, 255, F, "255 dimensions", 0},
    {ROW, 1, 4, 4, 5, F, "'stem.bias'", -4},
    {ROW, 1, 4, 4, 5, F, "has layout 5 but no layout 0 beside it", -4},
    {ROW, 0, 8, 8, 0, F, "data at byte 0, must be at", 0},
    {ROW, 1, 8, 8, HUGE, F, "data at byte 18446744073709551615, must be at", 0},
    {ROW, 3, 16, 8, HUGE, F, "18446744073709551615 bytes of data at byte", 0},
    {ROW, 3, 16, 8, HALF, F, "do not fit into a file of", 0},
    {ROW, 3, 16, 8, 0, F, "no data", 0},
    {ROW, 0, 16, 8, 20, F, "20 bytes, but shape (2, 3, 1, 1) takes 24", 0},
    {ROW, 1, 16, 8, 20, F, "20 bytes, but shape (5) takes 10", 0},
    {ROW, 2, 16, 8, 0, F, "0 bytes, but shape () takes 4", 0},
    {ROW, 0, 28, 4, 1, F, "the reserved field is not zero", 0},
    {ROW, 0, 40, 8, 0, F, "dimension 1 is 0", 0},
    {ROW, 0, 32, 8, HALF, F, "dimension 0, 9223372036854775808, is too large", 0},
    /* Modulo 2^64 the product would be right. */
    {ROW, 0, 32, 8, (HALF >> 1) + 2, F, "dimension 0, 4611686018427387906, is too large", 0},
    {ROW, 0, 48, 8, HUGE, F, "dimension 2, 18446744073709551615, is too large", 0},
    {ROW, 0, 32, 8, 3, F, "24 bytes, but shape (3, 3, 1, 1) takes 36", -16},
    {ROW, 0, 64, 1, 0, F, "the name is not UTF-8 without control characters", 0},
    {ROW, 0, 65, 1, '\n', F, "tensor entry 0", -1},
    {ROW, 0, 65, 1, 0x80, F, "the name is not UTF-8", -1},
};

/* offset: byte that the error has to name; -1 for any. */
static void check_refused(const struct weights_writer *writer, const char *what,
                          enum tlee_status status, const char *message, int64_t offset) {
    struct tlee_weights *weights;
    struct tlee_error error = {0};
    enum tlee_status got =
        tlee_weights_open_memory(writer->file.bytes, writer->file.used, NULL, &weights, &error);
    CHECK(got == status && error.status == status && !weights, "%s: status %d: %s", what, got,
          error.message);
    CHECK(strstr(error.message, message), "%s: message is: %s", what, error.message);
    CHECK(offset < 0 || error.offset == offset, "%s: names byte %lld, not %lld", error.message,
          (long long)error.offset, (long long)offset);
    CHECK(!tlee_weights_open_memory(writer->file.bytes, writer->file.used, NULL, &weights, NULL) ==
              !status,
          "%s: without an error record", what);
}

static void test_rules(const struct rule *rules, size_t count, bool seal) {
    for (size_t i = 0; i < count; i++) {
        const struct rule *rule = &rules[i];
        struct weights_writer writer;
        writer_sample(&writer);
        size_t at = rule->at + (rule->place == META  ? writer.meta_at[rule->index]
                                : rule->place == ROW ? writer.row_at[rule->index]
                                                     : 0);
        writer_put(writer.file.bytes + at, rule->bytes, rule->value);
        if (seal)
            writer_seal(writer.file.bytes, writer.file.used);
        check_refused(&writer, rule->message, rule->status, rule->message,
                      (int64_t)at + rule->named);
        writer_free(&writer);
    }
}

/* ---- Rules that take more than one change ---- */

static void test_counts(void) {
    static const struct {
        size_t at;
        int change;
        const char *message;
    } cases[] = {
        {32, 1, "metadata entry 4, byte"},
        {32, 1, "runs beyond the end of its section"},
        {32, -1, "bytes left over after the last metadata entry"},
        {36, 1, "tensor entry 6, byte"},
        {36, -1, "bytes left over after the last tensor entry"},
        {40, 1, "1 bytes left over after the last metadata entry"},
        {40, -1, "runs beyond the end of its section"},
        {48, 1, "1 bytes left over after the last tensor entry"},
        {48, -1, "runs beyond the end of its section"},
        {24, 1, "cut short: the header says"},
        {24, -1, "too long: the header says"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct weights_writer writer;
        writer_sample(&writer);
        writer.file.bytes[cases[i].at] =
            (unsigned char)(writer.file.bytes[cases[i].at] + cases[i].change);
        writer_seal(writer.file.bytes, writer.file.used);
        check_refused(&writer, cases[i].message, TLEE_ERR_FORMAT, cases[i].message, -1);
        writer_free(&writer);
    }
}

static void test_duplicates(void) {
    struct weights_writer writer;
    writer_sample(&writer);
    memcpy(writer.file.bytes + writer.meta_at[3] + 8, "source", 6);
    writer_seal(writer.file.bytes, writer.file.used);
    check_refused(&writer, "key", TLEE_ERR_FORMAT, "key 'source' occurs twice, at bytes 64 and",
                  (int64_t)writer.meta_at[3]);
    writer_free(&writer);
    for (uint32_t layout = 0; layout < 2; layout++) {
        writer = (struct weights_writer){0};
        writer_tensor(&writer, "b", TLEE_F32, 0, 0, NULL, "data", 4);
        writer_tensor(&writer, "a", TLEE_F32, layout, 0, NULL, "data", 4);
        writer_tensor(&writer, "a", TLEE_F32, 0, 0, NULL, "data", 4);
        writer_tensor(&writer, "a", TLEE_F32, layout, 0, NULL, "data", 4);
        writer_finish(&writer);
        check_refused(&writer, "tensor", TLEE_ERR_FORMAT, "occurs twice, at bytes",
                      (int64_t)writer.row_at[layout ? 3 : 2]);
        writer_free(&writer);
    }
}

/* The sample with `extra` zero bytes more, or less, at its end, and a header that says so. */
static void sample_of_size(struct weights_writer *writer, int extra) {
    writer_sample(writer);
    for (int i = 0; i < extra; i++)
        writer_append(&writer->file, "", 1);
    if (extra < 0)
        writer->file.used -= (size_t)-extra;
    writer_put(writer->file.bytes + 24, 8, writer->file.used);
    writer_seal(writer->file.bytes, writer->file.used);
}

static void test_ends(void) {
    struct weights_writer writer;
    sample_of_size(&writer, 64);
    check_refused(&writer, "longer", TLEE_ERR_FORMAT, "64 bytes left over after the last tensor",
                  (int64_t)writer.file.used - 64);
    writer_free(&writer);
    sample_of_size(&writer, -1);
    check_refused(&writer, "shorter", TLEE_ERR_FORMAT, "8 bytes of data at byte",
                  (int64_t)writer.row_at[5] + 16);
    writer_free(&writer);
    sample_of_size(&writer, -80);
    check_refused(&writer, "without a tensor", TLEE_ERR_FORMAT, "do not fit into a file of",
                  (int64_t)writer.row_at[4] + 16);
    writer_free(&writer);

    writer_sample(&writer);
    size_t padding = writer.data_at[0] - 1;
    writer.file.bytes[padding] = 1;
    writer_seal(writer.file.bytes, writer.file.used);
    check_refused(&writer, "header padding", TLEE_ERR_FORMAT,
                  "padding after the tensor table is not zero", (int64_t)padding);
    writer_free(&writer);
}

/* Long names are cut between characters, so that the reason is still there to read. */
static void test_long_names(void) {
    struct weights_writer writer = {0};
    char name[256] = "";
    for (size_t i = 1; i < 253; i += 2)
        memcpy(name + i, "\xc3\xa9", 2);
    name[0] = 'x';
    writer_tensor(&writer, name, TLEE_F32, 3, 0, NULL, "data", 4);
    writer_finish(&writer);
    check_refused(&writer, "long name", TLEE_ERR_FORMAT, "\xc3\xa9', byte ", 64);
    check_refused(&writer, "long name", TLEE_ERR_FORMAT, "no layout 0 beside it", 64);
    writer_free(&writer);
}

#define TEST_RULES(rules, seal) test_rules(rules, sizeof(rules) / sizeof *(rules), seal)

int main(void) {
    size_t blocks = test_live_blocks(); /* of libc, in a static program */
    TEST_RULES(early_rules, false);
    TEST_RULES(header_rules, true);
    TEST_RULES(metadata_rules, true);
    TEST_RULES(table_rules, true);
    test_counts();
    test_duplicates();
    test_ends();
    test_long_names();
    CHECK(test_live_blocks() == blocks, "%zu blocks left", test_live_blocks() - blocks);
    return test_summary();
}
