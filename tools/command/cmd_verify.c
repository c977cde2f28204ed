/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

int tlee_cmd_verify(const struct tlee_cli_options *options) {
    size_t tensors = 0;
    uint64_t bytes = 0;
    struct tlee_error error;
    if (strncmp(options->operands[0], "random:", 7) == 0)
        return tlee_say_usage("verify", "%s is a description: there is no file to verify",
                              options->operands[0]);
    if (tlee_verify(options->operands[0], &tensors, &bytes, &error) != TLEE_OK)
        return tlee_say_fault(options->operands[0], error.message);
    printf("ok: %zu tensors, %" PRIu64 " bytes\n", tensors, bytes);
    return TLEE_EXIT_OK;
}
