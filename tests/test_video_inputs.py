#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Video inputs: folders, Y4M and what ffmpeg decodes; the checks are in video_*.py."""
import os
import shutil
import subprocess
import sys
import tempfile
import traceback

import cli_tool
import video_decoded
import video_fakes
import video_folders
import video_streams


def main():
    skipped = 0
    tests = [video_folders.test_sampling, video_folders.test_counts,
             video_folders.test_sequential, video_folders.test_names,
             video_folders.test_other_files, video_folders.test_refusals,
             video_folders.test_unreadable, video_folders.test_count, video_folders.test_pgm,
             video_folders.test_many, video_streams.test_colours, video_streams.test_ways,
             video_streams.test_ends, video_streams.test_no_standard_input,
             video_streams.test_spool, video_streams.test_endless,
             video_streams.test_killed_while_spooling, video_fakes.test_missing,
             video_fakes.test_arguments, video_fakes.test_good, video_fakes.test_failing,
             video_fakes.test_second_pass, video_fakes.test_loud, video_fakes.test_endless,
             video_fakes.test_hanging, video_fakes.test_sync_option, video_fakes.test_pictures]
    real = [video_decoded.test_videos, video_decoded.test_truncated, video_decoded.test_no_video,
            video_decoded.test_images, video_decoded.test_colours]
    if shutil.which("ffmpeg"):
        tests += real
    else:
        skipped = len(real)
        print("skipped: %d tests that need the ffmpeg program" % skipped)
    with tempfile.TemporaryDirectory() as temp:
        for k, test in enumerate(tests):
            folder = os.path.join(temp, str(k))
            os.mkdir(folder)
            try:
                test(*[folder][:test.__code__.co_argcount])
            except (LookupError, OSError, TypeError, ValueError, subprocess.SubprocessError):
                cli_tool.check(False, test.__name__, "broke off:", traceback.format_exc())
    print("%d passed, %d failed%s" % (cli_tool.passed, cli_tool.failed,
                                      ", %d skipped" % skipped if skipped else ""))
    return 1 if cli_tool.failed or not cli_tool.passed else 0


if __name__ == "__main__":
    sys.exit(main())
