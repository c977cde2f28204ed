/* SPDX-License-Identifier: MIT */
/* What Linux tells about the machine that something was measured on. */
#ifndef TLEE_MACHINE_FACTS_H
#define TLEE_MACHINE_FACTS_H

#include <stdint.h>

enum {
    TLEE_FACT_BYTES = 128 /* of a text, its end included; longer ones count as unknown */
};

/* Texts that are empty and numbers that are NaN: unknown. Texts come from outside and may hold any
 * bytes. */
struct tlee_machine_facts {
    char cpu[TLEE_FACT_BYTES];       /* "Intel(R) Xeon(R) Processor" */
    char board[TLEE_FACT_BYTES];     /* "Raspberry Pi 4 Model B Rev 1.4" */
    char governor[TLEE_FACT_BYTES];  /* of clocks: "performance", "ondemand", ... */
    double clock_mhz, clock_max_mhz; /* of the CPU asked about, now and at most */
    double temperature_c;            /* of the processor */
};

/* root: "", or a folder that stands for "/". cpu: the number of the CPU whose clock is wanted. */
void tlee_machine_facts(const char *root, unsigned cpu, struct tlee_machine_facts *facts);

/* The most memory that this process has had resident so far; 0: unknown. */
uint64_t tlee_peak_rss_bytes(const char *root);

#endif
