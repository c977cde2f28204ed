#!/bin/sh
# SPDX-License-Identifier: MIT
# The job that eval_slurm.sh lets wait for the array job: arguments are the number of shards and the
# folder.
#SBATCH --requeue
exec "$2/tlee" merge -o "$2/records.jsonl" "$2"/shard-*-of-"$1".jsonl
