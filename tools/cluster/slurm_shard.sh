#!/bin/sh
# SPDX-License-Identifier: MIT
# One task of the array job that eval_slurm.sh submits: arguments are the number of shards, the
# folder and what tlee eval takes.
#SBATCH --requeue
#SBATCH --open-mode=append
shards=$1 folder=$2
shift 2
"$folder/tlee" eval --shard "$SLURM_ARRAY_TASK_ID/$shards" \
    --records "$folder/shard-$SLURM_ARRAY_TASK_ID-of-$shards.jsonl" "$@"
status=$?
# Slurm takes care of lost nodes. A worker that something killed, but did not ask to end (143), goes
# back into the queue a few times; it then goes on after the last record.
if [ $status -gt 128 ] && [ $status -ne 143 ] && [ "${SLURM_RESTART_COUNT:-0}" -lt 3 ]; then
    scontrol requeue "$SLURM_JOB_ID"
fi
exit $status
