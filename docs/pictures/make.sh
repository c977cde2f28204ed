#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes the pictures of this folder: a stand-in model with its data set, what tlee writes of them,
# and tools/plot.py. Takes PyTorch, matplotlib and some minutes.
# usage: make.sh TLEE WORK PYTHON   (WORK: a folder that is kept; a model in it is not made again)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tools=$here/../../tools
tlee=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
work=$2 python=$3

if [ ! -f "$work/model.tlee" ]; then
    "$python" "$here/stand_in.py" "$work"
    "$python" "$tools/convert.py" "$work/checkpoint.tar" --config "$work/config.yml" \
        --labels "$work/labels.txt" -o "$work/model.tlee"
fi
cd "$work"
plot() {
    "$python" "$tools/plot.py" "$@"
}

# All thresholds from one pass over the videos.
"$tlee" sweep --json --points points.csv model.tlee validation.txt >sweep.json
plot curve points.csv --reference sweep.json -o "$here/curve.svg"

# Some of them, on other videos.
set -- --first-threshold 0.97 --exit-threshold 0.9 --gate-threshold 0.97
rm -f records.jsonl
"$tlee" eval --records records.jsonl "$@" model.tlee test.txt >summary.txt
plot exits records.jsonl --frames 10 --exits 3 -o "$here/exits.svg"

# A video that took four frames, through different exits.
video=$("$python" -c '
import json
records = sorted(map(json.loads, open("records.jsonl")), key=lambda record: record["index"])
print(next(record["path"] for record in records if record["label"] == record["truth"]
           and record["frames_seen"] == 4 and len(set(record["frame_exits"])) > 1))')
"$tlee" run --json --trace "$@" model.tlee "$video" >trace.json
plot strip trace.json "$video" "$@" -o "$here/strip.svg"

"$tlee" bench --json --layers --threads 1 random:resnet18 >layers.json
plot layers layers.json -o "$here/layers.svg"
