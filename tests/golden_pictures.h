/* SPDX-License-Identifier: MIT */
/* Test pictures by formula (tests/golden/README.md), the same bytes as tests/parity/pictures.py. */
#ifndef GOLDEN_PICTURES_H
#define GOLDEN_PICTURES_H

#include <stddef.h>
#include <stdint.h>

/* The bijection that weights and pictures by formula are made of (weights/FORMAT.md). */
uint64_t golden_mix(uint64_t value);

/* Picture `number`, from 1, of the video `seed` into rgb, height * width * 3 bytes. */
void golden_picture(size_t width, size_t height, uint64_t seed, uint64_t number, uint8_t *rgb);

#endif
