#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Data sets through tlee eval; the checks are in eval_*.py."""
import os
import sys
import tempfile

import cli_tool
import eval_data
import eval_faults
import eval_results
import eval_resume


def main():
    with tempfile.TemporaryDirectory() as temp:
        data = eval_data.make_data(os.path.join(temp, "data"), 12 if eval_data.QUICK else 45)
        return cli_tool.run((
            (eval_results.test_summary, data, temp), (eval_results.test_same_numbers, data, temp),
            (eval_results.test_random_gate, data, temp), (eval_results.test_shards, data, temp),
            (eval_results.test_confusion, data, temp), (eval_results.test_names, data, temp),
            (eval_results.test_options, data, temp),
            (eval_resume.test_cut_anywhere, data, temp), (eval_resume.test_killed, data, temp),
            (eval_resume.test_locked, data, temp), (eval_resume.test_other_settings, data, temp),
            (eval_resume.test_damaged, data, temp), (eval_resume.test_full_disk, data, temp),
            (eval_faults.test_bad_lists, data, temp), (eval_faults.test_list_forms, data, temp),
            (eval_faults.test_failing_videos, data, temp), (eval_faults.test_warnings, data, temp),
            (eval_faults.test_broken_model, temp), (eval_faults.test_decoders_at_once, data, temp),
            (eval_faults.test_interrupt_of_all, data, temp),
            (eval_faults.test_progress, data, temp)))


if __name__ == "__main__":
    sys.exit(main())
