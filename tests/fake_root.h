/* SPDX-License-Identifier: MIT */
/* A temporary folder that stands for "/", for code that reads the files of Linux below a root. */
#ifndef FAKE_ROOT_H
#define FAKE_ROOT_H

#include <stdbool.h>

enum {
    FAKE_ROOT_BYTES = 32
};

/* root becomes the name of a new, empty folder. */
bool fake_root_make(char root[FAKE_ROOT_BYTES]);

/* Writes the file "/name" below root, with the folders that it needs. */
void fake_root_put(const char *root, const char *name, const char *text);

void fake_root_remove(const char *root);

#endif
