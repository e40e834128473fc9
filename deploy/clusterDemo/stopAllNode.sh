#!/bin/sh
# Stops every process of this tree, and no other: SIGTERM, and SIGKILL for what still runs after 60 s.
# stopAllNode.sh MODE (controller, agent, datanode, computenode) stops those of that mode only.
# A process belongs to the tree when its program is the tree's own copy of the binary.
cd "$(dirname "$0")" || exit 1
mode=${1:-}
binary=$(readlink -f ../dolphindb) || exit 1

# The ids of the living processes of this tree, one a line. An upgraded binary reads as "... (deleted)".
members() {
  for process in /proc/[0-9]*; do
    exe=$(readlink "$process/exe" 2>/dev/null) || continue
    case $exe in "$binary" | "$binary (deleted)") ;; *) continue ;; esac
    words=$(tr '\0' '\n' <"$process/cmdline" 2>/dev/null)
    # `pelorus shell` belongs to its user.
    [ "$(echo "$words" | sed -n 2p)" = shell ] && continue
    own=$(echo "$words" | sed -n '/^-mode$/{n;p;q;}')
    [ -z "$mode" ] || [ "$own" = "$mode" ] || continue
    echo "${process#/proc/}"
  done
}

waited=0
signalled=""
while ids=$(members) && [ -n "$ids" ]; do
  for id in $ids; do
    case " $signalled " in *" $id "*) ;; *) kill -TERM "$id" 2>/dev/null; signalled="$signalled $id" ;; esac
  done
  if [ "$waited" -ge 300 ]; then
    for id in $ids; do
      echo "process $id did not end within 60 s: killed" >&2
      kill -KILL "$id" 2>/dev/null
    done
  fi
  sleep 0.2
  waited=$((waited + 1))
done
