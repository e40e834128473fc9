#!/bin/bash
# Proves that a run of the simulator depends on its seed alone: the same seeds forwards, backwards, and some each in a process of its own.
#   tests/simulator/alone.sh build/simulator [SEEDS [ALONE]]
set -e
simulator=$(realpath "$1") seeds=${2:-500} alone=${3:-50}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
for replicas in 1 2; do
  "$simulator" --replicas $replicas --random "$seeds" --seed 1 --traces "$dir/forwards" >/dev/null || true
  "$simulator" --replicas $replicas --random "$seeds" --seed 1 --backwards --traces "$dir/backwards" >/dev/null || true
  sort "$dir/forwards" >"$dir/a"
  sort "$dir/backwards" >"$dir/b"
  for ((i = 1; i <= alone; ++i)); do
    seed=$((i * seeds / alone))
    "$simulator" --replicas $replicas --random 1 --seed $seed --traces "$dir/one" >/dev/null || true
    cat "$dir/one"
  done | sort >"$dir/c"
  echo "replicas $replicas: $(wc -l <"$dir/a") runs, $(comm -23 "$dir/a" "$dir/b" | wc -l) differ backwards, $(comm -13 "$dir/a" "$dir/c" | wc -l) of $(wc -l <"$dir/c") differ alone"
  [ "$(cat "$dir/a")" = "$(cat "$dir/b")" ] && [ -z "$(comm -13 "$dir/a" "$dir/c")" ] || exit 1
done
