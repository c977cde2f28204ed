#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes the pictures of this folder from the bundled model, clips of tools/actions, what tlee writes
# of them, and tools/plot.py. Takes numpy, matplotlib and some minutes.
# usage: make.sh TLEE WORK PYTHON   (WORK: a folder that is kept; clips in it are not made again)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
tools=$root/tools
model=$root/weights/actions.tlee
tlee=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
mkdir -p "$2"
work=$(cd "$2" && pwd) python=$3

"$python" "$tools/actions/make_clips.py" "$work/data" --train 0 --form 420
cd "$work/data"
plot() {
    "$python" "$tools/plot.py" "$@"
}

# All thresholds from one pass over the clips to choose by.
"$tlee" sweep --json --features ../features --points ../points.csv "$model" validation.txt >../sweep.json
plot curve ../points.csv --reference ../sweep.json -o "$here/curve.svg"

# Those of the model, on other clips.
rm -f ../records.jsonl
"$tlee" eval --records ../records.jsonl "$model" test.txt >../summary.txt
plot exits ../records.jsonl --frames 10 --exits 3 -o "$here/exits.svg"

# A bundled clip that took some frames.
clip=$root/weights/clips/run_hard.y4m
"$tlee" run --json --trace "$model" "$clip" >../trace.json
plot strip ../trace.json "$clip" -o "$here/strip.svg"

"$tlee" bench --json --layers --threads 1 random:resnet18 >../layers.json
plot layers ../layers.json -o "$here/layers.svg"
