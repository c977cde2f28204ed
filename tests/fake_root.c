/* SPDX-License-Identifier: MIT */
#include "fake_root.h"

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

bool fake_root_make(char root[FAKE_ROOT_BYTES]) {
    snprintf(root, FAKE_ROOT_BYTES, "/tmp/tlee_root_XXXXXX");
    return CHECK(mkdtemp(root) != NULL, "no temporary folder");
}

void fake_root_put(const char *root, const char *name, const char *text) {
    char path[512];
    snprintf(path, sizeof path, "%s%s", root, name);
    for (char *slash = path + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
    FILE *file = fopen(path, "w");
    if (CHECK(file != NULL, "cannot write %s", path)) {
        fputs(text, file);
        fclose(file);
    }
}

void fake_root_remove(const char *root) {
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", root);
    CHECK(system(command) == 0, "%s", command);
}
