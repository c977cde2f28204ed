#!/bin/sh
# SPDX-License-Identifier: MIT
# Keeps what an evaluation runs in the folder in which it comes together: a build or a list changed
# later does no harm, and names are the same on every machine. Prints the model's name there.
# usage: fill_folder.sh FOLDER TLEE MODEL LIST
set -eu
folder=$1

# As a whole: the file may be in use there, or be the very same.
keep() { # file name
    cp "$1" "$folder/$2.new"
    mv "$folder/$2.new" "$folder/$2"
}

mkdir -p "$folder"
keep "$2" tlee
keep "$4" list.txt
case $3 in
random:*) echo "$3" ;;
*)
    keep "$3" model.tlee
    echo model.tlee
    ;;
esac
