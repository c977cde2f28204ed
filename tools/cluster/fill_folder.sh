#!/bin/sh
# SPDX-License-Identifier: MIT
# Keeps what an evaluation runs in the folder in which it comes together: a build or a list changed
# later does no harm, and names are the same on every machine. A folder is for one evaluation, as
# records of another are not mixed in. Prints the model's name there.
# usage: fill_folder.sh FOLDER TLEE MODEL LIST [OPTIONS]
set -eu
folder=$1 tlee=$2 model=$3 list=$4
shift 4

# As a whole: the file may be in use there, or be the very same.
keep() { # file name
    cp "$1" "$folder/$2.new"
    mv "$folder/$2.new" "$folder/$2"
}

# What all commands on a folder must have in common.
describe() {
    case $model in
    random:*) echo "$model" ;;
    *) cksum <"$model" ;;
    esac
    cksum <"$list"
    [ $# -eq 0 ] || printf '%s\n' "$@"
}

asked=$(describe "$@")
mkdir -p "$folder"
if [ -f "$folder/evaluation.txt" ] && [ "$asked" != "$(cat "$folder/evaluation.txt")" ]; then
    echo "${0##*/}: $folder is of another model, list or options: take another folder" >&2
    exit 2
fi
printf '%s\n' "$asked" >"$folder/evaluation.txt"
keep "$tlee" tlee
keep "$list" list.txt
case $model in
random:*) echo "$model" ;;
*)
    keep "$model" model.tlee
    echo model.tlee
    ;;
esac
