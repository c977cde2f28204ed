#!/bin/sh
# SPDX-License-Identifier: MIT
# tlee eval in shards, as an array job of Slurm, and tlee merge in a job that waits for it. The same
# command again goes on where the last one stopped. See README.md.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

usage() {
    cat >&2 <<'USAGE'
usage: eval_slurm.sh [-n SHARDS] [-c CPUS] FOLDER MODEL LIST [OPTIONS]
  FOLDER     where everything comes together, on a disk that all nodes share; made when it is not there
  OPTIONS    of tlee eval, for every task: --root DIR, --jobs N, ...
  -n SHARDS  parts of the list, a task each (16)
  -c CPUS    of a task, one thread on each (1)
The command is $TLEE, or else build/tlee. Partition, account, limits: sbatch takes them from the
environment (SBATCH_PARTITION, SBATCH_ACCOUNT, SBATCH_TIMELIMIT, ...).
USAGE
    exit 2
}

shards=16 cpus=1
while getopts n:c: option; do
    case $option in
    n) shards=$OPTARG ;;
    c) cpus=$OPTARG ;;
    *) usage ;;
    esac
done
shift $((OPTIND - 1))
[ $# -ge 3 ] || usage
folder=$1 model=$2 list=$3
shift 3
model=$("$here/fill_folder.sh" "$folder" "${TLEE:-$here/../../build/tlee}" "$model" "$list" "$@")
[ ! -f "$folder/$model" ] || model=$folder/$model

array=$(sbatch --parsable --array="0-$((shards - 1))" --cpus-per-task="$cpus" \
    --job-name=tlee-eval --output="$folder/shard-%a.log" \
    "$here/slurm_shard.sh" "$shards" "$folder" --threads "$cpus" "$@" "$model" "$folder/list.txt")
array=${array%%;*} # without the cluster's name
# After any end of the tasks: merge itself says what is missing.
merge=$(sbatch --parsable --dependency="afterany:$array" \
    --job-name=tlee-merge --output="$folder/merge.log" \
    "$here/join.sh" "$folder" "$shards")
echo "jobs $array and ${merge%%;*}; the summary will be in $folder/merge.log"
