#!/usr/bin/env bash
# Pelorus and its peers, interleaved on the same data. Results that differ make it fail.
# usage: bench/run.sh [--items=a,b] [--scale=1,10,40] [--json FILE] [--page FILE] [--build DIR]
#   --items   of the table in docs/performance.md (default: all); --scale: days of the tutorial's table (default 1)
# Ports 18300 to 18321 and 28310 to 28311 on 127.0.0.1 (BENCH_PORT moves them); data under $BENCH_DATA (default /tmp/pelorus_bench).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$here/../build items= scales=1 json= page=
while [ $# -gt 0 ]; do
  case $1 in
    --items=*|--scale=*|--json=*|--page=*|--build=*) key=${1%%=*} value=${1#*=}; shift ;;
    --items|--scale|--json|--page|--build) key=$1 value=${2:?"$1 needs a value"}; shift 2 ;;
    *) sed -n '2,5p' "$0" >&2; exit 2 ;;
  esac
  case $key in
    --items) items=$value ;; --scale) scales=$value ;; --json) json=$value ;; --page) page=$value ;; --build) build=$value ;;
  esac
done
export PELORUS_BENCH_DIR=${PELORUS_BENCH_DIR:-$HOME/.cache/pelorus_bench}
"$here/install_peers.sh" >/dev/null
build=$(readlink -f "$build")
[ ! -f "$build/build.ninja" ] || ninja -C "$build" pelorus controller_bench metadata_fill connection_bench >/dev/null
work=${BENCH_DATA:-/tmp/pelorus_bench}
mkdir -p "$work"
exec 9>"$work/lock"
flock -n 9 || { echo "another benchmark uses $work" >&2; exit 1; }
[ -z "$json" ] || : > "$json"
BENCH_PORT=${BENCH_PORT:-18300} BENCH_BUILD=$build BENCH_WORK=$work BENCH_ITEMS=$items BENCH_SCALES=$scales BENCH_JSON=$json BENCH_PAGE=$page \
  exec node "$here/main.mjs"
