/* SPDX-License-Identifier: MIT */
/* Sampling, pictures, Y4M and colour conversion. What needs other programs or many files is in
 * test_video_inputs.py, which uses the modes of this one (video_dump.c). */
#include "test.h"
#include "video_checks.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
    /* Where malloc is ours in the C library too (static programs), a buffer that appears between
     * two counts of the blocks would look like a leak. */
    static char buffer[65536];
    setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
    if (argc > 1 && strcmp(argv[1], "dump") == 0)
        return video_dump(argc - 2, argv + 2);
    if (argc > 1 && strcmp(argv[1], "sample") == 0)
        return video_sample();
    video_check_sampling();
    video_check_yuv();
    video_check_ppm();
    video_check_y4m_header();
    video_check_y4m();
    video_check_options();
    video_check_memory();
    return test_summary();
}
