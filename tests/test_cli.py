#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The command line as its users meet it; the checks are in cli_*.py."""
import os
import subprocess
import sys
import tempfile
import traceback

import cli_bench
import cli_models
import cli_prepare
import cli_recognise
import cli_tool
import cli_tune
import cli_usage


def main():
    with tempfile.TemporaryDirectory() as temp:
        # 14 frames: v = 1 + k * 14 / 7 for k = 0..7, clipped to 13 (spec section 2).
        folder = cli_tool.write_video(os.path.join(temp, "video"), 14)
        source_frames = (1, 3, 5, 7, 9, 11, 13, 13)
        for test, *args in (
                (cli_usage.test_help,), (cli_usage.test_man_page,), (cli_usage.test_commands,),
                (cli_usage.test_options, folder), (cli_usage.test_places, folder),
                (cli_usage.test_instruction_sets, folder),
                (cli_recognise.test_objects, folder, source_frames),
                (cli_recognise.test_text, folder), (cli_recognise.test_repeatable, folder),
                (cli_recognise.test_cost, folder), (cli_recognise.test_modes, folder),
                (cli_recognise.test_exact, folder),
                (cli_recognise.test_streams, folder, temp), (cli_recognise.test_progress, temp),
                (cli_models.test_info,),
                (cli_models.test_layers,), (cli_models.test_published_counts,),
                (cli_models.test_file_model, folder, temp),
                (cli_models.test_bad_models, folder, temp), (cli_models.test_bad_inputs, temp),
                (cli_models.test_output, folder),
                (cli_prepare.test_same_answers, folder, temp),
                (cli_prepare.test_kinds, folder, temp),
                (cli_prepare.test_elsewhere, folder, temp),
                (cli_prepare.test_damage, folder, temp), (cli_prepare.test_contents, temp),
                (cli_prepare.test_killed, temp),
                (cli_tune.test_cache, folder, temp), (cli_tune.test_methods, folder, temp),
                (cli_tune.test_faults, folder, temp),
                (cli_bench.test_objects,), (cli_bench.test_layers,), (cli_bench.test_text,),
                (cli_bench.test_bad_lines,), (cli_bench.test_file, temp)):
            try:
                test(*args)
            except (LookupError, OSError, TypeError, ValueError, subprocess.TimeoutExpired):
                cli_tool.check(False, test.__name__, "broke off:", traceback.format_exc())
    print("%d passed, %d failed" % (cli_tool.passed, cli_tool.failed))
    return 1 if cli_tool.failed or not cli_tool.passed else 0


if __name__ == "__main__":
    sys.exit(main())
