#!/usr/bin/env bash
# The long proofs that CI has no time for; each prints what it saw and ends with 1 when anything was lost or wrong.
# usage: tests/soak.sh [--build DIR] [--part NAME]...   parts: kills changes replicas runaway flips damage (default: all)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$here/../build parts=()
while [ $# -gt 0 ]; do
  case $1 in
    --build) build=${2:?"--build needs a directory"}; shift 2 ;;
    --part) parts+=("${2:?"--part needs a name"}"); shift 2 ;;
    *) sed -n '2,3p' "$0" >&2; exit 2 ;;
  esac
done
[ ${#parts[@]} -gt 0 ] || parts=(kills changes replicas runaway flips damage)
binary=$(readlink -f "$build")/pelorus
loops=${SOAK_LOOPS:-1000} queries=${SOAK_QUERIES:-10000} failed=()
for part in "${parts[@]}"; do
  echo "== $part"
  case $part in
    kills) set -- python3 "$here/cluster/crash_loop.py" "$binary" --loops "$loops" --writers 4 ;;
    changes) set -- python3 "$here/cluster/crash_loop.py" "$binary" --loops "$loops" --writers 4 --changes ;;
    replicas) set -- python3 "$here/cluster/crash_loop.py" "$binary" --loops "$loops" --writers 4 --replicas ;;
    flips) set -- env PELORUS_FLIPS="${SOAK_FLIPS:-20000}" PELORUS_SEED="$RANDOM$RANDOM" "$(readlink -f "$build")/storage_tests" -sf='*flips_test*' ;;
    damage) set -- python3 "$here/cluster/damage.py" "$binary" --rounds "${SOAK_ROUNDS:-60}" --seed "$RANDOM" ;;
    runaway) set -- python3 "$here/soak/runaway.py" "$binary" --queries "$queries" ;;
    *) echo "there is no part $part" >&2; exit 2 ;;
  esac
  "$@" || failed+=("$part")
done
[ ${#failed[@]} -eq 0 ] || { echo "failed: ${failed[*]}"; exit 1; }
