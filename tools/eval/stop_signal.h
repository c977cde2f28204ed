/* SPDX-License-Identifier: MIT */
/* Signals that ask long work to stop: it ends where that loses least. */
#ifndef TLEE_STOP_SIGNAL_H
#define TLEE_STOP_SIGNAL_H

/* From now on SIGINT, SIGTERM and SIGHUP are only noted, unless they were ignored already; the same
 * signal a second time ends the program. */
void tlee_stop_catch(void);

/* From now on they end the program again. */
void tlee_stop_release(void);

/* The signal that was noted; 0: none. Any thread may ask. */
int tlee_stop_asked(void);

/* Ends the program as that signal does; returns when it cannot. */
void tlee_stop_die(void);

#endif
