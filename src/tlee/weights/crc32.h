/* SPDX-License-Identifier: MIT */
/* CRC-32 as in zlib, gzip and PNG. */
#ifndef TLEE_CRC32_H
#define TLEE_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* The checksum of what `crc` already covers (0: nothing) followed by these bytes. */
uint32_t tlee_crc32(uint32_t crc, const void *bytes, size_t length);

#endif
