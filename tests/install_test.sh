#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs into an empty folder, builds and runs a program against what is there (static and shared),
# and checks that uninstall leaves nothing behind.
set -eu
cd "$(dirname "$0")/.."
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
make -s install DESTDIR="$root" prefix=/opt/tlee
cat >"$root/use.c" <<'PROGRAM'
#include <stdio.h>
#include <tlee.h>
#include <tlee_replay.h>
#include <tlee_video.h>
int main(void) {
    struct tlee_error error;
    struct tlee_video_options options;
    tlee_model *model;
    tlee_video_options_default(&options);
    if (tlee_model_open("random:resnet18,input=64", NULL, &model, &error) != TLEE_OK) {
        puts(error.message);
        return 1;
    }
    printf("%s %zu\n", tlee_version(), tlee_model_exit_count(model));
    tlee_model_close(&model);
    return 0;
}
PROGRAM
lib=$root/opt/tlee/lib
version=$(sed -n 's/^Version: //p' "$lib/pkgconfig/tlee.pc")
for linking in "$lib/libtlee.a" "-L$lib -ltlee -Wl,-rpath,$lib"; do
    # shellcheck disable=SC2086
    ${CC:-cc} -I"$root/opt/tlee/include" "$root/use.c" $linking -lm -pthread -o "$root/use"
    answer=$("$root/use")
    [ "$answer" = "$version 3" ] || {
        echo "$linking: says '$answer'"
        exit 1
    }
done
if command -v pkg-config >/dev/null; then
    flags=$(PKG_CONFIG_PATH="$lib/pkgconfig" pkg-config --cflags --libs tlee)
    case $flags in
    *-ltlee*) ;;
    *)
        echo "pkg-config says '$flags'"
        exit 1
        ;;
    esac
fi
"$root/opt/tlee/bin/tlee" --version >/dev/null
[ -s "$root/opt/tlee/share/man/man1/tlee.1" ]
make -s uninstall DESTDIR="$root" prefix=/opt/tlee
left=$(find "$root/opt" ! -type d)
[ -z "$left" ] || {
    echo "left behind: $left"
    exit 1
}
echo "1 passed, 0 failed"
