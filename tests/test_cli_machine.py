#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Commands that are about the machine: prepare, bench and --tune; the checks are in cli_*.py."""
import os
import sys
import tempfile

import cli_bench
import cli_prepare
import cli_tool
import cli_tune


def main():
    with tempfile.TemporaryDirectory() as temp:
        folder = cli_tool.write_video(os.path.join(temp, "video"), 14)
        return cli_tool.run((
            (cli_prepare.test_same_answers, folder, temp),
            (cli_prepare.test_kinds, folder, temp),
            (cli_prepare.test_elsewhere, folder, temp),
            (cli_prepare.test_damage, folder, temp), (cli_prepare.test_contents, temp),
            (cli_prepare.test_killed, temp),
            (cli_tune.test_cache, folder, temp), (cli_tune.test_methods, folder, temp),
            (cli_tune.test_faults, folder, temp),
            (cli_bench.test_objects,), (cli_bench.test_layers,), (cli_bench.test_text,),
            (cli_bench.test_bad_lines,), (cli_bench.test_file, temp)))


if __name__ == "__main__":
    sys.exit(main())
