/* SPDX-License-Identifier: MIT */
/*
 * Weights files in memory: what was written comes back, every way to ask for it; and the small
 * modules below (checksum, half precision, text). With arguments it answers questions of the Python
 * tests instead (weights_tell.h).
 */
#include "crc32.h"
#include "half.h"
#include "test.h"
#include "utf8.h"
#include "weights_tell.h"
#include "weights_writer.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t bits_of(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* ---- Small modules ---- */

static uint32_t crc_bit_by_bit(const unsigned char *bytes, size_t length) {
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < 8 * length; i++) {
        uint32_t bit = (crc ^ (uint32_t)bytes[i / 8] >> i % 8) & 1;
        crc = crc >> 1 ^ (bit ? 0xedb88320 : 0);
    }
    return ~crc;
}

static void test_crc(void) {
    unsigned char bytes[80];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * i * 37 + 11);
    CHECK(tlee_crc32(0, "123456789", 9) == 0xcbf43926, "the published check value");
    for (size_t start = 0; start < 8; start++)
        for (size_t length = 0; start + length <= sizeof bytes; length++) {
            uint32_t whole = tlee_crc32(0, bytes + start, length);
            uint32_t expected = crc_bit_by_bit(bytes + start, length);
            uint32_t parts = tlee_crc32(tlee_crc32(0, bytes + start, length / 3),
                                        bytes + start + length / 3, length - length / 3);
            CHECK(whole == expected && parts == expected, "start %zu, length %zu", start, length);
        }
}

static void test_half(void) {
    static unsigned char halves[2 * 65536 + 1];
    static float values[65536];
    for (size_t i = 0; i < 65536; i++)
        writer_put(halves + 1 + 2 * i, 2, i);
    tlee_half_widen(halves + 1, 65536, values);
    for (unsigned half = 0; half < 65536; half++) {
        int exponent = half >> 10 & 31, fraction = half & 1023;
        uint32_t bits = bits_of(values[half]), sign = half >> 15;
        bool right;
        if (exponent == 31)
            right = (bits & 0x7fffffff) == (0x7f800000 | (uint32_t)fraction << 13);
        else
            right = fabs((double)values[half]) ==
                    ldexp(fraction + (exponent ? 1024 : 0), (exponent ? exponent : 1) - 25);
        CHECK(right && bits >> 31 == sign, "%04x became %08" PRIx32, half, bits);
    }
}

static void test_utf8(void) {
    static const char *const good[] = {"",
                                       " ~",
                                       "\xc2\xa0",
                                       "\xdf\xbf",
                                       "\xe0\xa0\x80",
                                       "\xed\x9f\xbf",
                                       "\xee\x80\x80",
                                       "\xef\xbf\xbf",
                                       "\xf0\x90\x80\x80",
                                       "\xf4\x8f\xbf\xbf"};
    static const char *const bad[] = {"a\n",
                                      "\t",
                                      "\x1f",
                                      "\x7f",
                                      "\xc2\x80",
                                      "\xc2\x9f", /* control characters */
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xe0\x9f\xbf",
                                      "\xf0\x8f\xbf\xbf", /* longer than needed */
                                      "\xed\xa0\x80",
                                      "\xed\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf8\x88\x80\x80\x80",
                                      "\xbf\xbf",
                                      "\xf8\x90\x80\x80",
                                      "\x80",
                                      "a\xbf",
                                      "\xff",
                                      "\xc3",
                                      "\xe2\x82",
                                      "\xf0\x9f\x98",
                                      "\xc3(",
                                      "\xe2(\xa1"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        CHECK(tlee_utf8_is_text(good[i], strlen(good[i])), "good text %zu", i);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(!tlee_utf8_is_text(bad[i], strlen(bad[i])), "bad text %zu", i);
    CHECK(!tlee_utf8_is_text("a\0b", 3), "a zero inside");
    CHECK(tlee_utf8_cut("abc", 9) == 3 && tlee_utf8_cut("abc", 3) == 3 &&
              tlee_utf8_cut("abc", 2) == 2,
          "plain text");
    CHECK(tlee_utf8_cut("a\xe2\x82\xac", 3) == 1 && tlee_utf8_cut("a\xe2\x82\xac", 4) == 4,
          "a character is cut");
}

/* ---- Round trip ---- */

static void check_metadata(const struct tlee_weights *weights) {
    static const char *const keys[] = {"source", "order", "mean", "labels"};
    struct tlee_error error;
    size_t count;
    const int64_t *ints;
    const double *reals;
    const char *const *texts;
    CHECK(tlee_weights_key_count(weights) == 4, "%zu keys", tlee_weights_key_count(weights));
    for (size_t i = 0; i < 4; i++) {
        bool required = false;
        const char *key = tlee_weights_key(weights, i, &required);
        CHECK(!strcmp(key, keys[i]) && required == (i == 3), "key %zu is %s", i, key);
    }
    CHECK(!tlee_weights_key(weights, 4, NULL), "key beyond the last");
    CHECK(!tlee_weights_ints(weights, "order", &count, &ints, &error) && count == 4 &&
              ints[0] == 5 && ints[1] == -1 && ints[2] == INT64_MAX && ints[3] == INT64_MIN,
          "order");
    CHECK(!tlee_weights_reals(weights, "mean", &count, &reals, &error) && count == 3 &&
              reals[0] == 0.43216 && reals[1] == 0 && signbit(reals[1]) && reals[2] == 1e300,
          "mean");
    CHECK(!tlee_weights_texts(weights, "labels", &count, &texts, &error) && count == 3 &&
              !*texts[0] && !strcmp(texts[1], "apply eye makeup") &&
              !strcmp(texts[2], "\xc3\xa9p\xc3\xa9\xe2\x9a\x94"),
          "labels");
    CHECK(!tlee_weights_ints(weights, "absent", &count, &ints, &error) && !count, "absent");
    CHECK(tlee_weights_reals(weights, "order", &count, &reals, &error) == TLEE_ERR_FORMAT &&
              !count && strstr(error.message, "'order'") && strstr(error.message, "int"),
          "%s", error.message);
}

static void check_value_bits(struct tlee_weights *weights, const char *name, unsigned ndim,
                             const size_t *dims, size_t count, const uint32_t *bits) {
    struct tlee_error error = {0};
    const float *data = NULL, *again = NULL;
    CHECK(!tlee_weights_get(weights, name, ndim, dims, &data, &error), "%s", error.message);
    CHECK(!tlee_weights_get(weights, name, ndim, dims, &again, &error) && again == data, "%s moved",
          name);
    CHECK((uintptr_t)data % sizeof(float) == 0, "%s is not aligned", name);
    for (size_t i = 0; data && i < count; i++)
        CHECK(bits_of(data[i]) == bits[i], "%s[%zu] is %08" PRIx32, name, i, bits_of(data[i]));
}

static void check_tensors(struct tlee_weights *weights) {
    static const uint32_t stem[] = {0, 0x80000000, 0x3f800000, 0xbf800000, 0x3f000000, 0x40490fdb};
    static const uint32_t bias[] = {0, 0x3f800000, 0xc0a00000, 0x33800000, 0x477fe000};
    struct tlee_error error;
    const float *data;
    size_t size = 0;
    check_value_bits(weights, "stem.weight", 4, (const size_t[]){2, 3, 1, 1}, 6, stem);
    check_value_bits(weights, "stem.bias", 1, (const size_t[]){5}, 5, bias);
    check_value_bits(weights, "alpha", 0, NULL, 1, stem + 4);
    check_value_bits(weights, "deep", 8, (const size_t[]){1, 2, 1, 3, 2, 1, 2, 1}, 6, stem);
    check_value_bits(weights, "\xce\xb2", 2, (const size_t[]){1, 4}, 4, bias + 1);
    CHECK(!tlee_weights_dim(weights, "deep", 3, &size, &error) && size == 3, "axis 3: %zu", size);
    CHECK(tlee_weights_dim(weights, "stem.bias", 1, &size, &error) == TLEE_ERR_SHAPE,
          "axis that is not there");
    CHECK(tlee_weights_dim(weights, "stem", 0, &size, &error) == TLEE_ERR_SHAPE &&
              strstr(error.message, "'stem' is missing"),
          "%s", error.message);
    CHECK(tlee_weights_get(weights, "stem.bias", 1, (const size_t[]){4}, &data, &error) ==
                  TLEE_ERR_SHAPE &&
              !data && strstr(error.message, "'stem.bias'") && strstr(error.message, "(5)") &&
              strstr(error.message, "(4)"),
          "%s", error.message);
    CHECK(tlee_weights_get(weights, "stem.bias", 2, (const size_t[]){5, 1}, &data, &error) ==
              TLEE_ERR_SHAPE,
          "another rank");
    CHECK(tlee_weights_get(weights, "beta", 0, NULL, &data, &error) == TLEE_ERR_SHAPE, "missing");
}

static void check_table(const struct tlee_weights *weights) {
    CHECK(tlee_weights_count(weights) == 6 && !tlee_weights_entry(weights, 6), "rows");
    const struct tlee_weights_entry *entry = tlee_weights_find(weights, "stem.weight");
    CHECK(entry == tlee_weights_entry(weights, 0) && entry->layout == 0 && entry->ndim == 4 &&
              entry->bytes == 24 && entry->dtype == TLEE_F32,
          "stem.weight");
    entry = tlee_weights_entry(weights, 3);
    CHECK(!strcmp(entry->name, "stem.weight") && entry->layout == 7 && entry->bytes == 20,
          "stem.weight of layout 7");
    CHECK(!tlee_weights_find(weights, "stem.weigh") && !tlee_weights_find(weights, ""), "absent");
}

/* The sample at `shift` bytes from an aligned address. */
static void test_round_trip(size_t shift) {
    struct weights_writer writer;
    struct tlee_weights *weights;
    struct tlee_error error = {0};
    writer_sample(&writer);
    unsigned char *copy = malloc(writer.file.used + shift);
    memcpy(copy + shift, writer.file.bytes, writer.file.used);
    CHECK(!tlee_weights_open_memory(copy + shift, writer.file.used, NULL, &weights, &error),
          "shift %zu: %s", shift, error.message);
    if (weights) {
        CHECK(!tlee_weights_is_random(weights), "kind");
        CHECK(tlee_weights_bytes(weights) == writer.file.used, "size");
        check_table(weights);
        check_metadata(weights);
        check_tensors(weights);
        CHECK(!tlee_weights_check(weights, &error), "%s", error.message);
    }
    tlee_weights_close(&weights);
    tlee_weights_close(&weights);
    tlee_weights_close(NULL);
    free(copy);
    writer_free(&writer);
}

int main(int argc, char **argv) {
    if (argc > 1)
        return weights_tell(argc, argv);
    size_t blocks = test_live_blocks(); /* of libc, in a static program */
    test_crc();
    test_half();
    test_utf8();
    for (size_t shift = 0; shift < 5; shift++)
        test_round_trip(shift);
    CHECK(test_live_blocks() == blocks, "%zu blocks left", test_live_blocks() - blocks);
    return test_summary();
}
