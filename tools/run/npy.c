/* SPDX-License-Identifier: MIT */
#include "npy.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    HEADER_BYTES =
        192,     /* room for any shape, and a multiple of 64, for readers that map the data */
    CHUNK = 4096 /* bytes of data on their way to the file */
};

static uint32_t crc_of(uint32_t crc, const uint8_t *bytes, size_t count) {
    /* The remainders of the 16 values of half a byte. */
    static const uint32_t table[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
                                       0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
                                       0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                       0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
    crc = ~crc;
    for (size_t i = 0; i < count; i++) {
        crc = table[(crc ^ bytes[i]) & 15] ^ crc >> 4;
        crc = table[(crc ^ bytes[i] >> 4) & 15] ^ crc >> 4;
    }
    return ~crc;
}

/* Magic, version, length of the rest, and a Python dictionary filled up with blanks. */
static bool write_header(FILE *file, const struct tlee_npy *array, const char *type) {
    const size_t *n = array->shape;
    char shape[64], text[128], header[HEADER_BYTES];
    if (array->ndim == 1)
        snprintf(shape, sizeof shape, "%zu,", n[0]);
    else
        snprintf(shape, sizeof shape, "%zu, %zu, %zu", n[0], n[1], n[2]);
    snprintf(text, sizeof text, "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", type,
             shape);
    memset(header, ' ', sizeof header);
    memcpy(header, "\x93NUMPY\x01\x00", 8);
    header[8] = (char)(unsigned char)(HEADER_BYTES - 10);
    header[9] = 0;
    memcpy(header + 10, text, strlen(text));
    header[HEADER_BYTES - 1] = '\n';
    return fwrite(header, 1, HEADER_BYTES, file) == HEADER_BYTES;
}

static bool write_data(FILE *file, const uint8_t *bytes, size_t count, struct tlee_npy *array) {
    array->crc = crc_of(array->crc, bytes, count);
    return fwrite(bytes, 1, count, file) == count;
}

static size_t elements(const struct tlee_npy *array) {
    size_t count = 1;
    for (size_t i = 0; i < array->ndim; i++)
        count *= array->shape[i];
    return count;
}

static bool write_floats(FILE *file, const float *data, struct tlee_npy *array) {
    uint8_t bytes[CHUNK];
    size_t count = elements(array), used = 0;
    bool ok = true;
    for (size_t i = 0; i < count && ok; i++) {
        uint32_t bits;
        memcpy(&bits, &data[i], sizeof bits);
        for (unsigned k = 0; k < 4; k++)
            bytes[used++] = (uint8_t)(bits >> 8 * k);
        if (used == CHUNK || i + 1 == count) {
            ok = write_data(file, bytes, used, array);
            used = 0;
        }
    }
    return ok;
}

/* Closes the file, and takes it away when it could not be written whole. */
static bool finish(FILE *file, const char *path, bool ok) {
    int reason = errno;
    if (fclose(file) != 0 && ok) {
        reason = errno;
        ok = false;
    }
    if (!ok)
        unlink(path);
    errno = reason;
    return ok;
}

bool tlee_npy_write_float(const char *path, const float *data, struct tlee_npy *array) {
    FILE *file = fopen(path, "wbx");
    array->crc = 0;
    return file &&
           finish(file, path, write_header(file, array, "<f4") && write_floats(file, data, array));
}

bool tlee_npy_write_uint8(const char *path, const uint8_t *data, struct tlee_npy *array) {
    FILE *file = fopen(path, "wbx");
    array->crc = 0;
    return file && finish(file, path,
                          write_header(file, array, "|u1") &&
                              write_data(file, data, elements(array), array));
}
