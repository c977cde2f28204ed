/* SPDX-License-Identifier: MIT */
/* Guarded memory and guarded calls. */
#include "kernels.h"

#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    CANARY = 0xa5,
    CANARY_BYTES = 256 /* on each side of y, where the slot has room */
};

/* Marks outputs that were not written. A quiet NaN: arithmetic never makes this payload. */
static const uint32_t unwritten = 0x7fdadbad;

/* `bytes` accessible bytes between two guard pages. */
struct slot {
    unsigned char *memory;
    size_t bytes;
};

static struct slot slots[KERNELS_INPUTS + 1];
static unsigned char *output, *output_end; /* y in its slot */

static void give_up(const char *what) {
    perror(what);
    exit(1);
}

static size_t page_bytes(void) {
    return (size_t)sysconf(_SC_PAGESIZE);
}

/* The pages that hold so many bytes, no others: a slot may be large. */
static void protect(unsigned char *at, size_t bytes, int protection) {
    size_t before = (uintptr_t)at % page_bytes();
    if (mprotect(at - before, before + bytes, protection))
        give_up("mprotect");
}

static void grow(struct slot *slot, size_t bytes, size_t page) {
    if (slot->memory)
        munmap(slot->memory - page, slot->bytes + 2 * page);
    slot->bytes = (2 * bytes + page - 1) / page * page;
    unsigned char *map =
        mmap(NULL, slot->bytes + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED)
        give_up("mmap");
    slot->memory = map + page;
    protect(slot->memory, slot->bytes, PROT_READ | PROT_WRITE);
}

static unsigned char *locate(size_t number, size_t place, size_t bytes, size_t element) {
    struct slot *slot = &slots[number];
    size_t room = bytes + 4 * element;
    if (slot->bytes < room)
        grow(slot, room, page_bytes());
    if (place == KERNELS_AT_END)
        return slot->memory + slot->bytes - bytes;
    return slot->memory + (place - KERNELS_AT_FRONT + number) % 4 * element;
}

const void *kernels_put(size_t slot, size_t place, const void *values, size_t bytes,
                        size_t element) {
    unsigned char *at = locate(slot, place, bytes, element);
    if (bytes) {
        protect(at, bytes, PROT_READ | PROT_WRITE);
        memcpy(at, values, bytes);
        protect(at, bytes, PROT_READ);
    }
    return at;
}

float *kernels_put_output(size_t place, const void *values, size_t count) {
    size_t bytes = count * sizeof(float);
    output = locate(KERNELS_INPUTS, place, bytes, sizeof(float));
    output_end = output + bytes;
    const struct slot *slot = &slots[KERNELS_INPUTS];
    size_t before = (size_t)(output - slot->memory);
    size_t after = (size_t)(slot->memory + slot->bytes - output_end);
    before = before < CANARY_BYTES ? before : CANARY_BYTES;
    after = after < CANARY_BYTES ? after : CANARY_BYTES;
    memset(output - before, CANARY, before);
    memset(output_end, CANARY, after);
    for (size_t i = 0; i < bytes && !values; i += sizeof unwritten)
        memcpy(output + i, &unwritten, sizeof unwritten);
    if (values && bytes)
        memcpy(output, values, bytes);
    return (float *)(void *)output;
}

bool kernels_untouched(float value) {
    return memcmp(&value, &unwritten, sizeof value) == 0;
}

bool kernels_canaries_alive(void) {
    const struct slot *slot = &slots[KERNELS_INPUTS];
    for (const unsigned char *at = output; at > slot->memory && output - at < CANARY_BYTES;)
        if (*--at != CANARY)
            return false;
    const unsigned char *end = slot->memory + slot->bytes;
    for (const unsigned char *at = output_end; at < end && at - output_end < CANARY_BYTES; at++)
        if (*at != CANARY)
            return false;
    return true;
}

static sigjmp_buf before_call;
static volatile sig_atomic_t calling;

static void on_signal(int number) {
    if (calling)
        siglongjmp(before_call, number);
    signal(number, SIG_DFL); /* not a kernel's fault: die of it on return */
}

int kernels_guarded_call(const struct kernels_case *it, kernels_fn *fn, const void *const *in,
                         float *y, size_t begin, size_t end) {
    static const int fatal[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE};
    static bool installed;
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_NODEFER};
    for (size_t i = 0; i < sizeof fatal / sizeof *fatal && !installed; i++)
        sigaction(fatal[i], &action, NULL);
    installed = true;
    int number = sigsetjmp(before_call, 0);
    if (number == 0) {
        calling = 1;
        it->call(it, fn, in, y, begin, end);
    }
    calling = 0;
    return number;
}
