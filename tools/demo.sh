#!/bin/sh
# SPDX-License-Identifier: MIT
# What `make demo` shows: the bundled clip recognised with early exits, then the same clip by the
# whole network.  usage: tools/demo.sh build/tlee
set -eu
tlee=$1
clip=$(dirname "$0")/demo/pendulum.y4m
model=random:resnet18,dataset=demo,classes=10,input=112,first=0.95,exit=0.6,seed=1
echo "A stand-in: this model has made-up weights ($model),"
echo "so its answer means nothing. It shows how early exits work, and runs on this machine."
echo
echo "\$ tlee run --trace MODEL $clip"
"$tlee" run --trace "$model" "$clip"
echo
echo "\$ tlee run --mode full MODEL $clip"
"$tlee" run --mode full "$model" "$clip"
