/* SPDX-License-Identifier: MIT */
#include "jobs.h"

#include <pthread.h>
#include <stdlib.h>

enum {
    STACK_BYTES = 1 << 20 /* some systems give threads 128 KB, which decoding may not do with */
};

void tlee_jobs_run(void *(*work)(void *place), void *places, size_t size, size_t count) {
    pthread_t *threads = calloc(count + 1, sizeof *threads);
    pthread_attr_t attributes;
    size_t started = 0;
    if (threads && count > 1 && pthread_attr_init(&attributes) == 0) {
        pthread_attr_setstacksize(&attributes, STACK_BYTES);
        while (started + 1 < count && pthread_create(&threads[started], &attributes, work,
                                                     (char *)places + (started + 1) * size) == 0)
            started++;
        pthread_attr_destroy(&attributes);
    }
    for (size_t i = 0; i < count; i++)
        if (i == 0 || i > started)
            work((char *)places + i * size);
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    free(threads);
}
