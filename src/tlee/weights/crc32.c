/* SPDX-License-Identifier: MIT */
/*
 * Eight bytes at a step. slices[k][b] is what byte b contributes to the checksum once k more bytes
 * have followed it, so the eight contributions of a step are looked up side by side and XORed.
 */
#include "crc32.h"

#include <string.h>

/*
 * The checksum is linear over GF(2): a slice follows from its entries for the bytes with one bit
 * set, lowest bit first, and the compiler works it out. Read backwards, slice by slice, those
 * entries are the polynomial and what it becomes after each further shift.
 */
#define BIT0(x, a)                   (x), (x) ^ (a)
#define BIT1(x, a, b)                BIT0(x, a), BIT0((x) ^ (b), a)
#define BIT2(x, a, b, c)             BIT1(x, a, b), BIT1((x) ^ (c), a, b)
#define BIT3(x, a, b, c, d)          BIT2(x, a, b, c), BIT2((x) ^ (d), a, b, c)
#define BIT4(x, a, b, c, d, e)       BIT3(x, a, b, c, d), BIT3((x) ^ (e), a, b, c, d)
#define BIT5(x, a, b, c, d, e, f)    BIT4(x, a, b, c, d, e), BIT4((x) ^ (f), a, b, c, d, e)
#define BIT6(x, a, b, c, d, e, f, g) BIT5(x, a, b, c, d, e, f), BIT5((x) ^ (g), a, b, c, d, e, f)
#define SLICE(a, b, c, d, e, f, g, h)                                                              \
    { BIT6(0, a, b, c, d, e, f, g), BIT6(h, a, b, c, d, e, f, g) }

/* clang-format off */
static const uint32_t slices[8][256] = {
    SLICE(0x77073096, 0xee0e612c, 0x076dc419, 0x0edb8832,
          0x1db71064, 0x3b6e20c8, 0x76dc4190, 0xedb88320),
    SLICE(0x191b3141, 0x32366282, 0x646cc504, 0xc8d98a08,
          0x4ac21251, 0x958424a2, 0xf0794f05, 0x3b83984b),
    SLICE(0x01c26a37, 0x0384d46e, 0x0709a8dc, 0x0e1351b8,
          0x1c26a370, 0x384d46e0, 0x709a8dc0, 0xe1351b80),
    SLICE(0xb8bc6765, 0xaa09c88b, 0x8f629757, 0xc5b428ef,
          0x5019579f, 0xa032af3e, 0x9b14583d, 0xed59b63b),
    SLICE(0x3d6029b0, 0x7ac05360, 0xf580a6c0, 0x30704bc1,
          0x60e09782, 0xc1c12f04, 0x58f35849, 0xb1e6b092),
    SLICE(0xcb5cd3a5, 0x4dc8a10b, 0x9b914216, 0xec53826d,
          0x03d6029b, 0x07ac0536, 0x0f580a6c, 0x1eb014d8),
    SLICE(0xa6770bb4, 0x979f1129, 0xf44f2413, 0x33ef4e67,
          0x67de9cce, 0xcfbd399c, 0x440b7579, 0x8816eaf2),
    SLICE(0xccaa009e, 0x4225077d, 0x844a0efa, 0xd3e51bb5,
          0x7cbb312b, 0xf9766256, 0x299dc2ed, 0x533b85da),
};
/* clang-format on */

/* Little-endian, as the whole loader is (weights_internal.h). */
static uint32_t load32(const unsigned char *bytes) {
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

uint32_t tlee_crc32(uint32_t crc, const void *bytes, size_t length) {
    const unsigned char *at = bytes;
    crc = ~crc;
    for (; length >= 8; length -= 8, at += 8) {
        uint32_t low = load32(at) ^ crc, high = load32(at + 4);
        /* Kept apart from the half that has to wait for the step before: 1.44 -> 1.75 GB/s with
         * clang 14, Xeon of family 6 model 167, 2026-11-22. */
        uint32_t ahead = slices[3][high & 0xff] ^ slices[2][high >> 8 & 0xff] ^
                         slices[1][high >> 16 & 0xff] ^ slices[0][high >> 24];
        crc = slices[7][low & 0xff] ^ slices[6][low >> 8 & 0xff] ^
              (slices[5][low >> 16 & 0xff] ^ slices[4][low >> 24] ^ ahead);
    }
    for (; length; length--, at++)
        crc = crc >> 8 ^ slices[0][(crc ^ *at) & 0xff];
    return ~crc;
}
