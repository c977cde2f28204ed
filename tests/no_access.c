/* SPDX-License-Identifier: MIT */
/* access as the library sees it in a test program (linked with --wrap). */
#include "test.h"

#include <errno.h>

int __real_access(const char *path, int mode);
int __wrap_access(const char *path, int mode);

static bool must_fail;

void test_fail_access(bool fail) {
    must_fail = fail;
}

int __wrap_access(const char *path, int mode) {
    if (!must_fail)
        return __real_access(path, mode);
    errno = ENOENT;
    return -1;
}
