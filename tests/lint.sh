#!/bin/sh
# SPDX-License-Identifier: MIT
# Style and structure, each rule with its own verdict; the last line is "N passed, N failed".
# usage: tests/lint.sh BUILD_FOLDER   (with libtlee.a, and libtlee.so where there is one)
set -u
cd "$(dirname "$0")/.." || exit 1
build=$1
passed=0 failed=0 skipped=0
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT

verdict() { # status name
    if [ "$1" -eq 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $2"
        sed 's/^/    /' "$log" | head -40
    fi
}

# Runs a command when its program is installed; LINT_STRICT=1 asks for all of them.
rule() { # name command...
    name=$1
    shift
    if command -v "$1" >/dev/null; then
        "$@" >"$log" 2>&1
        verdict $? "$name"
    elif [ "${LINT_STRICT:-0}" = 1 ]; then
        echo "$1 is not installed" >"$log"
        verdict 1 "$name"
    else
        skipped=$((skipped + 1))
        echo "skipped: $name ($1 is not installed)"
    fi
}

# Succeeds when the log, the list of offenders, is empty.
nothing_found() { # name
    [ ! -s "$log" ]
    verdict $? "$1"
}

public="src/tensor/tlee_base.h src/tlee/tlee.h src/tlee/tlee_replay.h src/tlee/tlee_video.h"
c_files=$(git ls-files -co --exclude-standard '*.c' '*.h')
py_files=$(git ls-files -co --exclude-standard '*.py')
sh_files=$(git ls-files -co --exclude-standard '*.sh' .ci/run)
if [ -z "$c_files" ] || [ -z "$py_files" ] || [ -z "$sh_files" ]; then
    echo "git does not list the files"
    echo "0 passed, 1 failed"
    exit 1
fi

tool_includes=$(printf -- '-I%s ' tools/*/)

# shellcheck disable=SC2086
{
    rule "clang-format" clang-format --dry-run -Werror $c_files
    rule "cppcheck" cppcheck -q --std=c11 --error-exitcode=1 --inline-suppr \
        --enable=warning,performance,portability --suppress=missingIncludeSystem \
        -Isrc/tensor -Isrc/ops -Isrc/tlee -Isrc/tlee/network -Isrc/tlee/video -Isrc/tlee/weights \
        $tool_includes -Itests src tools tests
    rule "shell scripts" shellcheck -S style $sh_files
    rule "python scripts compile" python3 -c '
import ast, sys
for path in sys.argv[1:]:
    ast.parse(open(path, encoding="utf-8").read(), path, feature_version=(3, 8))' $py_files
    rule "manual page" mandoc -T lint -W warning tools/tlee.1

    grep -L 'SPDX-License-Identifier: MIT' Makefile $c_files $py_files $sh_files >"$log"
    nothing_found "a licence line in each source file"
    awk 'length > 100 {print FILENAME ":" FNR ": " length " columns"}' $c_files $py_files >"$log"
    nothing_found "lines of at most 100 columns"
    grep -nE '#if 0|if \(0\)|[T]ODO|[F]IXME' $c_files $py_files >"$log"
    nothing_found "nothing dead or unfinished"
    grep -nE '[[:space:]]+$' Makefile $c_files $py_files $sh_files >"$log"
    nothing_found "no blanks at line ends"
}

# Dependencies point one way: tlee -> ops -> tensor, and tools see only the public headers.
for pair in tensor:ops tensor:tlee ops:tlee; do
    find "src/${pair#*:}" -name '*.h' | while read -r header; do
        grep -n "#include \"$(basename "$header")\"" src/"${pair%:*}"/*.[ch]
    done
done >"$log"
nothing_found "src/tensor and src/ops include nothing above them"
find src -name '*.h' | while read -r header; do
    case " $public " in *" $header "*) continue ;; esac
    grep -n "#include \"$(basename "$header")\"" tools/*/*.[ch]
done >"$log"
nothing_found "tools include public headers alone"

# The file names are the index of the house.
git ls-files -co --exclude-standard 'src/*.[ch]' 'tools/*/*.[ch]' 'tests/*.[ch]' |
    sed 's|.*/||' | sort | uniq -d >"$log"
nothing_found "file names are unique"

for header in $public; do
    rule "$header as C" "${CC:-cc}" -std=c11 -Wall -Wextra -Werror -pedantic -Isrc/tensor \
        -fsyntax-only -x c "$header"
    rule "$header as C++" c++ -std=c++11 -Wall -Wextra -Werror -Isrc/tensor -fsyntax-only \
        -x c++ "$header"
done

nm -g --defined-only "$build"/libtlee.a | awk 'NF == 3 {print $3}' |
    grep -vE '^(tlee_|__asan_|__odr_asan)' >"$log"
nothing_found "every external symbol begins with tlee_"
if [ -f "$build"/libtlee.so ]; then
    # shellcheck disable=SC2086
    grep -hv '^typedef' $public |
        grep -o 'tlee_[a-z0-9_]*(' |
        tr -d '(' | sort -u >"$log.public"
    nm -D --defined-only "$build"/libtlee.so | awk '{print $3}' | sort -u >"$log.shared"
    comm -3 "$log.public" "$log.shared" >"$log"
    rm -f "$log.public" "$log.shared"
    nothing_found "libtlee.so exports what the public headers declare, and nothing else"
fi
# An instruction that the machine lacks ends the program, so each set's own files alone may use it.
# Instructions of AVX begin with v, and of the older ones none but those for kernels of systems.
if objdump -f "$build"/libtlee.a 2>/dev/null | grep -q 'elf64-x86-64'; then
    objdump -d --no-show-raw-insn "$build"/libtlee.a | awk -F '\t' '
        /file format/ {object = $1; sub(/:.*/, "", object)}
        /^[0-9a-f]+ <.*>:$/ {place = $1; sub(/.*</, "", place); sub(/>.*/, "", place)}
        !/^ *[0-9a-f]+:\t/ || object ~ /_avx512\.o$/ {next}
        $2 ~ /%zmm|%k[0-7]|%[xy]mm(1[6-9]|2[0-9]|3[01])/ ||
            (object !~ /_avx2\.o$/ && ($2 ~ /%ymm/ || $2 ~ /^v/)) {print object ", " place ": " $2}
    ' >"$log"
    nothing_found "no wide registers outside the files of their instruction set"
fi

# Of two objects with the same inline function the linker keeps either, perhaps that with the newer
# instructions.
nm -A -g --defined-only "$build"/libtlee.a 2>/dev/null |
    sed -nE 's/.*:([a-z0-9_]*_(avx2|avx512|neon))\.o:[^ ]* . (.*)/\1 \2 \3/p' |
    awk '$3 !~ "^tlee_[a-z0-9_]*_" $2 "$" && $3 !~ /^__(odr_)?asan/ {print $1 ".o defines " $3}' >"$log"
nothing_found "the files of an instruction set share nothing but their kernels"

if nm "$build"/libtlee.a 2>/dev/null | grep -qE ' U (_?exit|abort|getenv|system|popen)$'; then
    nm -A "$build"/libtlee.a 2>/dev/null | grep -E ' U (_?exit|abort|system|popen)$' >"$log"
    nm -A "$build"/libtlee.a 2>/dev/null | grep -E ' U getenv$' | grep -v spool >>"$log"
else
    : >"$log"
fi
nothing_found "nothing but a failed assert ends the process; the environment is read for TMPDIR alone"

echo "$passed passed, $failed failed$([ "$skipped" -gt 0 ] && echo ", $skipped skipped")"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
