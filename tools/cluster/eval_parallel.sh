#!/bin/sh
# SPDX-License-Identifier: MIT
# tlee eval in shards, which GNU parallel spreads over the machines of a hosts file or over this one,
# and tlee merge. The same command again goes on where the last one stopped. See README.md.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

usage() {
    cat >&2 <<'USAGE'
usage: eval_parallel.sh [-H HOSTS] [-n SHARDS] [-j WORKERS] [-r TRIES] FOLDER MODEL LIST [OPTIONS]
  FOLDER      where everything comes together; made when it is not there
  OPTIONS     of tlee eval, for every worker: --root DIR, --threads N, ...
  -H HOSTS    file of machines as ssh names them, one a line; without it: this machine
  -n SHARDS   parts of the list; a worker takes one after the other (16)
  -j WORKERS  on each machine at a time (1)
  -r TRIES    of a shard whose worker is lost, on another machine if there is one (4)
The command is $TLEE, or else build/tlee.
USAGE
    exit 2
}

hosts='' shards=16 workers=1 tries=4
while getopts H:n:j:r: option; do
    case $option in
    H) hosts=$OPTARG ;;
    n) shards=$OPTARG ;;
    j) workers=$OPTARG ;;
    r) tries=$OPTARG ;;
    *) usage ;;
    esac
done
shift $((OPTIND - 1))
[ $# -ge 3 ] || usage
if [ -n "$hosts" ] && grep -qE '^([0-9]+/)?:$' "$hosts"; then
    echo "eval_parallel.sh: $hosts: ':' gets no files sent; name this machine as ssh knows it" >&2
    exit 2
fi
folder=$1 model=$2 list=$3
shift 3
model=$("$here/fill_folder.sh" "$folder" "${TLEE:-$here/../../build/tlee}" "$model" "$list" "$@")

run=$folder
if [ -n "$hosts" ]; then
    hosts=$(cd "$(dirname "$hosts")" && pwd)/$(basename "$hosts")
    cd "$folder"
    run=. # on every machine
fi
[ ! -f "$run/$model" ] || model=$run/$model
records=$run/shard-{}-of-$shards.jsonl
set -- "$run/tlee" eval --shard "{}/$shards" --records "$records" "$@" "$model" "$run/list.txt"
if [ -n "$hosts" ]; then
    # The records so far go with a shard to whichever machine takes it, and come back however it
    # ends. The first time there is an empty file to send.
    for i in $(seq 0 $((shards - 1))); do
        : >>"shard-$i-of-$shards.jsonl"
    done
    set -- --transferfile "$records" --return "$records" --cleanup "$@"
    for file in ./tlee ./list.txt "$model"; do
        [ ! -f "$file" ] || set -- --basefile "$file" "$@"
    done
    # A folder there, in the user's home, that no other evaluation of the user's has.
    there=tlee-$(uname -n)-$(pwd | cksum | cut -d' ' -f1)
    # A machine that falls silent is lost after three quarters of a minute.
    ssh=${PARALLEL_SSH:-ssh -o BatchMode=yes -o ServerAliveInterval=15}
    set -- --ssh "$ssh" --sshloginfile "$hosts" --workdir "$there" "$@"
fi
# The workers' own summaries go nowhere: what counts is the one of all records. Shards that are done
# are begun again too, and end at once, unless videos failed in them.
seq 0 $((shards - 1)) |
    parallel --will-cite --quote --tag --jobs "$workers" --retries "$tries" \
        --joblog "$run/jobs-of-$shards.txt" "$@" >/dev/null ||
    echo "eval_parallel.sh: shards failed, see $folder/jobs-of-$shards.txt; the same command tries" \
        "them again" >&2
exec "$here/join.sh" "$run" "$shards"
