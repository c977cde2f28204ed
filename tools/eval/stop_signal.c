/* SPDX-License-Identifier: MIT */
#include "stop_signal.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

/* A handler can leave its message nowhere else. */
static atomic_int asked;

static void note(int number) {
    atomic_store(&asked, number);
}

/* Leaves signals alone that were ignored already, as by nohup. */
static void handle(void (*handler)(int), int flags) {
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action, before;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = flags;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (sigaction(numbers[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(numbers[i], &action, NULL);
}

void tlee_stop_catch(void) {
    handle(note, SA_RESTART | (int)SA_RESETHAND);
}

void tlee_stop_release(void) {
    handle(SIG_DFL, 0);
}

int tlee_stop_asked(void) {
    return atomic_load(&asked);
}

void tlee_stop_die(void) {
    int number = atomic_load(&asked);
    fflush(NULL);
    signal(number, SIG_DFL);
    raise(number);
}
