/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdarg.h>
#include <stdio.h>

static size_t passed, failed;

bool test_check(bool condition, const char *file, int line, const char *text, const char *format,
                ...) {
    if (condition) {
        passed++;
        return true;
    }
    failed++;
    printf("%s:%d: %s: ", file, line, text);
    va_list args;
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    printf("\n");
    return false;
}

void test_passed(size_t count) {
    passed += count;
}

int test_summary(void) {
    printf("%zu passed, %zu failed\n", passed, failed);
    return failed || !passed;
}
