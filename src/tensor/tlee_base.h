/* SPDX-License-Identifier: MIT */
/* What every part of the library shares in public: status codes, error records, allocators. */
#ifndef TLEE_BASE_H
#define TLEE_BASE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Marks what libtlee.so exports; everything else is hidden. */
#if defined(__GNUC__)
#define TLEE_API __attribute__((visibility("default")))
#else
#define TLEE_API
#endif

/* The outcome of every function that can fail. */
enum tlee_status {
    TLEE_OK = 0,
    TLEE_ERR_ARG,         /* the caller broke a stated rule */
    TLEE_ERR_NOMEM,       /* an allocation failed */
    TLEE_ERR_IO,          /* a system call failed; the message holds its reason */
    TLEE_ERR_FORMAT,      /* a file or stream is not ours, is damaged or contradicts itself */
    TLEE_ERR_VERSION,     /* a file is newer than this build */
    TLEE_ERR_SHAPE,       /* tensors, settings and input do not fit together */
    TLEE_ERR_UNSUPPORTED, /* asked for something that this build or machine does not have */
    TLEE_ERR_NUMERIC      /* the network produced a value that is not finite */
};

/* Constant English name of a status ("ok", "out of memory", ...); never NULL. */
TLEE_API const char *tlee_status_name(enum tlee_status status);

enum {
    TLEE_ERROR_BYTES = 320
};

/*
 * Why a call failed. Owned by the caller; NULL is accepted wherever a pointer to one is asked for.
 * The message names the place (tensor, key, byte, frame) and the reason on one line, without ASCII
 * control characters; names in it may hold any other bytes that the input has. It does not repeat
 * the path that the caller passed in.
 */
struct tlee_error {
    enum tlee_status status;
    int64_t offset;                 /* byte offset in the file; -1 where there is none */
    char message[TLEE_ERROR_BYTES]; /* zero-terminated; too long a text is cut */
};

/*
 * Where the library's memory comes from. allocate returns at least `bytes` bytes aligned for any
 * scalar type, or NULL; release takes what allocate returned, never NULL. Both may be called from
 * any thread that uses the objects made with this allocator.
 */
struct tlee_allocator {
    void *(*allocate)(void *cookie, size_t bytes);
    void (*release)(void *cookie, void *memory);
    void *cookie;
};

/* Instruction sets that kernels exist for, as bits; 0 is plain C. */
enum tlee_cpu {
    TLEE_CPU_C = 0,
    TLEE_CPU_AVX2 = 1 << 0,
    TLEE_CPU_AVX512 = 1 << 1,
    TLEE_CPU_NEON = 1 << 2
};

/* The sets that this build has kernels for and this machine can run. A build without kernels for a
 * set never reports it: asking for one that is absent is refused, never quietly replaced. */
TLEE_API unsigned tlee_cpu_available(void);

/* Constant name of the best set in `cpu`: "c", "avx2", "avx512" or "neon". */
TLEE_API const char *tlee_cpu_name(unsigned cpu);

#ifdef __cplusplus
}
#endif
#endif
