#!/usr/bin/env bash
# The long proofs that CI has no time for; each prints what it saw and ends with 1 when anything was lost or wrong.
# usage: tests/soak.sh [--build DIR] [--part NAME]...   (default: all)
# parts: simulator kills changes data controller cuts full runaway million flips damage volumes; sanitize only by name, with a --build of that kind
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$here/../build parts=()
while [ $# -gt 0 ]; do
  case $1 in
    --build) build=${2:?"--build needs a directory"}; shift 2 ;;
    --part) parts+=("${2:?"--part needs a name"}"); shift 2 ;;
    *) sed -n '2,4p' "$0" >&2; exit 2 ;;
  esac
done
[ ${#parts[@]} -gt 0 ] || parts=(simulator kills changes data controller cuts full runaway million flips damage volumes)
binary=$(readlink -f "$build")/pelorus
loops=${SOAK_LOOPS:-1000} schedules=${SOAK_SCHEDULES:-100000} queries=${SOAK_QUERIES:-10000} failed=()
crash_loop() { python3 "$here/cluster/crash_loop.py" "$binary" --writers 4 "$@"; }
# Each pair of replication factor and engine gets its share of the loops.
in_clusters() {
  local share=$((($2 + 3) / 4)) replicas engine
  for replicas in 1 2; do
    for engine in OLAP TSDB; do
      crash_loop --loops "$share" --victims "$1" --replicas "$replicas" --engine "$engine" || return 1
    done
  done
}
# Chunks that move between volumes: one process, then replicas.
moving() {
  local share=$((($1 + 5) / 6)) replicas kind
  for replicas in 0 2; do
    for kind in "--engine OLAP" "--engine TSDB" --unsynced; do
      # shellcheck disable=SC2086
      python3 "$here/cluster/volumes.py" "$binary" --loops "$share" --replicas "$replicas" $kind --seed "$RANDOM" || return 1
    done
  done
}
# Half of the schedules have random faults, half are pairs of faults of two small runs, whose single faults come first; what
# is short of the number of different ones is made up for by more random runs.
simulate() {
  local simulator=$(dirname "$binary")/simulator path seen=${SOAK_SEEN:-$(mktemp)}
  "$simulator" --seen "$seen" --replicas 1 --random "$((schedules / 4))" &&
    "$simulator" --seen "$seen" --replicas 2 --random "$((schedules / 4))" --seed 1000001 || return 1
  for path in files small-cache; do
    "$simulator" --seen "$seen" --path "$path" --singles --replicas 1 &&
      "$simulator" --seen "$seen" --path "$path" --singles --pairs "$((schedules / 4))" || return 1
  done
  while [ "$(wc -l <"$seen")" -lt "$schedules" ]; do
    "$simulator" --seen "$seen" --random "$((schedules - $(wc -l <"$seen")))" --seed "$((2000001 + RANDOM * 100000))" || return 1
  done
  echo "$(wc -l <"$seen") distinct schedules in all"
  "$simulator" --sabotage unsynced-log --singles --random 2000 && "$simulator" --sabotage unsynced-segments --path files --singles --random 2000 &&
    "$simulator" --sabotage unsynced-redo --path large-cache --singles --random 2000 && "$simulator" --sabotage hasty-rollback --singles --random 2000
}
# So many flips for each kind of file, a thousand at a time: what was seen is told as it goes.
flip_bits() {
  local done
  for ((done = 0; done < $1; done += 1000)); do
    PELORUS_FLIPS=$(($1 - done < 1000 ? $1 - done : 1000)) PELORUS_SEED=$RANDOM$RANDOM "$(readlink -f "$build")/storage_tests" -sf='*flips*_test*' || return 1
  done
}
for part in "${parts[@]}"; do
  echo "== $part"
  case $part in
    simulator) set -- simulate ;;
    kills) set -- crash_loop --loops "$loops" ;;
    changes) set -- crash_loop --loops "$loops" --changes ;;
    data) set -- in_clusters data "$loops" ;;
    controller) set -- in_clusters controller "$((loops / 2))" ;;
    cuts) set -- python3 "$here/cluster/cuts.py" "$binary" --rounds "${SOAK_ROUNDS:-60}" --seed "$RANDOM" ;;
    full) set -- python3 "$here/cluster/disk_full.py" "$binary" --loops "${SOAK_ROUNDS:-60}" ;;
    flips) set -- flip_bits "${SOAK_FLIPS:-20000}" ;;
    damage) set -- python3 "$here/cluster/damage.py" "$binary" --rounds "${SOAK_ROUNDS:-60}" --seed "$RANDOM" ;;
    volumes) set -- moving "${SOAK_ROUNDS:-60}" ;;
    sanitize) set -- "$here/sanitized.sh" --build "$build" ;;
    runaway) set -- python3 "$here/soak/runaway.py" "$binary" --queries "$queries" ;;
    million) set -- python3 "$here/soak/million.py" "$(dirname "$binary")" ;;
    *) echo "there is no part $part" >&2; exit 2 ;;
  esac
  "$@" || failed+=("$part")
done
[ ${#failed[@]} -eq 0 ] || { echo "failed: ${failed[*]}"; exit 1; }
