/* SPDX-License-Identifier: MIT */
/* NumPy's .npy files: version 1.0, little-endian, in C order. */
#ifndef TLEE_NPY_H
#define TLEE_NPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tlee_npy {
    size_t shape[3];
    size_t ndim;  /* 1 or 3 axes, of which the last lies side by side */
    uint32_t crc; /* of the data without the header: CRC-32 as in zlib; set by writing */
};

/*
 * Write a new file; one that is there already is not touched. False when that failed, with the
 * reason in errno and what was written taken away again.
 */
bool tlee_npy_write_float(const char *path, const float *data, struct tlee_npy *array);
bool tlee_npy_write_uint8(const char *path, const uint8_t *data, struct tlee_npy *array);

#endif
