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
# The gate learns from clips that are new to the network: of those that it has learned it is too sure.
head -n 7800 "$data/train.txt" >"$data/network.txt"
tail -n +7801 "$data/train.txt" >"$data/gate.txt"
head -n 5200 "$data/train.txt" >"$data/poses.txt"
if [ ! -e "$out/pose.pth" ]; then
    "$python" "$root/tools/actions/learn_poses.py" "$data" --train "$data/poses.txt" \
        -o "$out/pose.pth" --cache "$out/pose-cache" --steps 3000 --seed 1 --threads "$threads"
fi
# The published order looks at a clip's ends after its middle, where least is to be seen. Mirrored,
# an action stays what it is. With a second 1x1 convolution the second branch would hand on 32
# numbers for a feature of 128.
train() {
    "$python" "$root/tools/train/train_tlee.py" --validation "$data/validation.txt" \
        --labels "$data/labels.txt" --narrow --gate eg --optimizer adam --schedule cosine \
        --warmup 0.05 --seed 1 --threads "$threads" --order 4,7,2,5,8,1,6,3,9,0 --crm 1 \
        --flip 0.5 "$@"
}
train --train "$data/network.txt" --cache "$out/cache" --joint --stages joint \
    --init "$out/pose.pth" --out "$out/joint" --lr 0.003 --epochs 24 --frames-a-step 5
train --train "$data/gate.txt" --cache "$out/gate-cache" --stages gate \
    --start "$out/joint/joint/ckpt.best.pth.tar" --out "$out/gate" --lr 0.002 --epochs 14 \
    --gate-b 0.1
convert() {
    "$python" "$root/tools/convert.py" "$out/gate/gate/ckpt.best.pth.tar" \
        --config "$out/gate/gate/config.yml" --labels "$data/labels.txt" "$@"
}
convert -o "$out/float.tlee"
convert --half -o "$out/half.tlee"
# A quarter of the whole network's MACs. Few settings: the best of many is so by chance.
"$tlee" sweep --features "$out/validation.features" --root "$data" --budget 0.0896gmac --grid 1000 \
    --write "$out/actions.tlee" "$out/half.tlee" "$data/validation.txt"
