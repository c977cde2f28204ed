/* SPDX-License-Identifier: MIT */
/*
 * What test_weights prints for the Python tests, which compare it with what they work out
 * themselves:
 *     test_weights random SEED NAME DIMS...   values by formula, as hexadecimal bits
 *     test_weights example                    the worked example of FORMAT.md, in hexadecimal
 *     test_weights show FILE                  all that a weights file holds, as text
 */
#ifndef WEIGHTS_TELL_H
#define WEIGHTS_TELL_H

/* Returns the exit status. */
int weights_tell(int argc, char **argv);

#endif
