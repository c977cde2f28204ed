#!/bin/sh
# SPDX-License-Identifier: MIT
# From nothing to weights/actions.tlee: clips, poses, training, conversion, and thresholds chosen on
# validation. What DIR holds already is not made again; after Ctrl-C, go on with the same command.
# usage: tools/actions/train_actions.sh DIR [THREADS]
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
out=$1
threads=${2:-2}
python=${PYTHON:-python3}
data=$out/data
tlee=$root/build/tlee
mkdir -p "$out"

"$python" "$root/tools/actions/make_clips.py" "$data" --seed 1 --form 420
if [ ! -e "$out/pose.pth" ]; then
    "$python" "$root/tools/actions/learn_poses.py" "$data" -o "$out/pose.pth" \
        --cache "$out/cache" --steps 3000 --seed 1 --threads "$threads"
fi
"$python" "$root/tools/train/train_tlee.py" --train "$data/train.txt" \
    --validation "$data/validation.txt" --labels "$data/labels.txt" --narrow --gate eg --joint \
    --init "$out/pose.pth" --cache "$out/cache" --out "$out/trained" --optimizer adam \
    --lr joint=0.003,gate=0.002 --schedule cosine --warmup 0.05 --frames-a-step 5 \
    --epochs joint=36,gate=5 --gate-b 0.05 --seed 1 --threads "$threads"
convert() {
    "$python" "$root/tools/convert.py" "$out/trained/gate/ckpt.best.pth.tar" \
        --config "$out/trained/gate/config.yml" --labels "$data/labels.txt" "$@"
}
convert -o "$out/float.tlee"
convert --half -o "$out/half.tlee"
"$tlee" sweep --features "$out/validation.features" --root "$data" --budget 0.09gmac \
    --write "$out/actions.tlee" "$out/half.tlee" "$data/validation.txt"
