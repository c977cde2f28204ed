#!/bin/sh
# SPDX-License-Identifier: MIT
# What `make demo` shows: the bundled clips recognised by the bundled model, with early exits and by
# the whole network.  usage: tools/demo.sh build/tlee
set -eu
tlee=$1
weights=$(dirname "$0")/../weights
films=$(dirname "$tlee")/film
echo "\$ tlee show --film $films weights/actions.tlee weights/clips/*.y4m"
"$tlee" show --film "$films" "$weights/actions.tlee" "$weights"/clips/*.y4m
echo
echo "The film strips are in $films. Now a clip of your own: $tlee run MODEL VIDEO"
