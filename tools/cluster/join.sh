#!/bin/sh
# SPDX-License-Identifier: MIT
# Joins the records of all shards in the folder of an evaluation, with the names that classes have in
# its model, if this machine can open it.
# usage: join.sh FOLDER SHARDS
set -eu
folder=$1 shards=$2
set -- "$folder"/shard-*-of-"$shards".jsonl
if [ -f "$folder/model.tlee" ] && "$folder/tlee" info "$folder/model.tlee" >/dev/null 2>&1; then
    set -- --names "$folder/model.tlee" "$@"
fi
exec "$folder/tlee" merge -o "$folder/records.jsonl" "$@"
