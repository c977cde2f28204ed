#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The command line as its users meet it; the checks are in cli_*.py."""
import os
import sys
import tempfile

import cli_models
import cli_recognise
import cli_tool
import cli_usage


def main():
    with tempfile.TemporaryDirectory() as temp:
        # 14 frames: v = 1 + k * 14 / 7 for k = 0..7, clipped to 13 (spec section 2).
        folder = cli_tool.write_video(os.path.join(temp, "video"), 14)
        source_frames = (1, 3, 5, 7, 9, 11, 13, 13)
        return cli_tool.run((
            (cli_usage.test_help,), (cli_usage.test_man_page,), (cli_usage.test_commands,),
            (cli_usage.test_options, folder), (cli_usage.test_files, temp),
            (cli_usage.test_places, folder),
            (cli_usage.test_instruction_sets, folder),
            (cli_recognise.test_objects, folder, source_frames),
            (cli_recognise.test_text, folder), (cli_recognise.test_repeatable, folder),
            (cli_recognise.test_cost, folder), (cli_recognise.test_modes, folder),
            (cli_recognise.test_exact, folder), (cli_recognise.test_each_exit, folder),
            (cli_recognise.test_streams, folder, temp), (cli_recognise.test_progress, temp),
            (cli_models.test_info,),
            (cli_models.test_layers,), (cli_models.test_published_counts,),
            (cli_models.test_file_model, folder, temp),
            (cli_models.test_bad_models, folder, temp), (cli_models.test_bad_inputs, temp),
            (cli_models.test_output, folder)))


if __name__ == "__main__":
    sys.exit(main())
