#!/bin/bash
# run.sh BUILD_DIR [single|cluster]: drives the browser console in Chromium, first on a single node of that build, then on a cluster of three
# servers which the scripts of clusterDemo start and stop. Exit 1 when a check failed.
# CONSOLE_ONLY=part,part drives these parts of tests/console.mjs only; CHROMIUM names another browser.
# To look for checks that fail by chance: CONSOLE_SLOW=6 makes the processor of each page 6 times slower, CONSOLE_LATENCY=100 adds 100 ms to
# each request, CONSOLE_PATIENCE=3 lets everything take 3 times as long before a check fails.
set -u
build=$(readlink -f "${1:?usage: run.sh BUILD_DIR}") || exit 3
part=${2:-all}
root=$(readlink -f "$(dirname "$0")/../..") || exit 3
home=$(mktemp -d)
net=127.1.$((RANDOM % 250 + 1))  # addresses of its own, so that the ports are free
port=21000
single=

leave() {
  [ -z "$single" ] || kill -TERM "$single" 2>/dev/null
  for tree in "$home"/P*; do
    [ -d "$tree/server" ] && sh "$tree/server/clusterDemo/stopAllNode.sh"
  done
  [ -z "$single" ] || wait "$single" 2>/dev/null
  rm -rf "$home"
}
trap leave EXIT
trap 'exit 143' TERM INT HUP

# answers SITE: waits until that server answers; its log is shown when it does not.
answers() {
  for _ in $(seq 300); do
    curl -sf -m 2 -o /dev/null "http://$1/status" && return 0
    sleep 0.1
  done
  echo "no answer from $1:" >&2
  tail -n 20 "$home"/*.log "$home"/P*/server/clusterDemo/log/*.log "$home"/P*/server/clusterDemo/*.nohup >&2
  return 1
}

# The pages are built again only when something they are made of is newer.
made=$root/web/dist/index.html
if [ ! -e "$made" ] || [ ! -d "$root/web/node_modules/playwright-core" ] ||
    [ -n "$(find "$root/web/src" "$root/web/public" "$root"/web/{index.html,package-lock.json,vite.config.ts} "$root/docs/functions.md" "$root/docs/settings.md" -newer "$made" -print -quit)" ]; then
  "$root/deploy/build_web.sh" >"$home/web.log" 2>&1 || { cat "$home/web.log" >&2; exit 1; }
  touch "$made"
fi

# tree NAME NUMBER: a server of its own with an agent and a data node at $net.NUMBER.
tree() {
  "$root/deploy/install_tree.sh" "$build" "$home/$1" || exit 1
  printf 'mode=agent\nlocalSite=%s:%d:%s-agent\ncontrollerSite=%s:%d:head\nworkerNum=2\nmaxMemSize=1\nlanCluster=0\n' \
    "$net.$2" $((port + 1)) "$1" "$net.1" "$port" >"$home/$1/server/clusterDemo/config/agent.cfg"
}

failed=0
drive() { (cd "$root/web" && node tests/console.mjs "$@" ${CONSOLE_ONLY:+"--only=$CONSOLE_ONLY"}) || failed=1; }

if [ "$part" != cluster ]; then
  "$build/pelorus" -mode single -console 0 -localSite "$net.1:$port:local" -home "$home/single" -webRoot "$root/web/dist" \
    -newValuePartitionPolicy add -workerNum 2 >"$home/single.log" 2>&1 &
  single=$!
  answers "$net.1:$port" || exit 1
  drive "http://$net.1:$port"
  kill -TERM "$single"
  wait "$single"
  single=
fi
[ "$part" != single ] || exit $failed

tree P1 1
tree P2 2
tree P3 3
config=$home/P1/server/clusterDemo/config
cat >"$config/controller.cfg" <<EOF
# The head of the cluster of web/tests.
mode=controller
localSite=$net.1:$port:head
// two replicas, on different servers
dfsReplicationFactor=2
dfsReplicaReliabilityLevel=1
dataSync=1
workerNum=2
maxMemSize=1
lanCluster=0
EOF
cat >"$config/cluster.cfg" <<'EOF'
# All data nodes and compute nodes.
maxMemSize=2
// two jobs at a time
workerNum=2

newValuePartitionPolicy=add
lanCluster=0
EOF
{
  echo 'localSite,mode'
  for n in 1 2 3; do
    echo "$net.$n:$((port + 1)):P$n-agent,agent"
    echo "$net.$n:$((port + 2)):P$n-$([ $n = 3 ] && echo compute || echo data)node,$([ $n = 3 ] && echo compute || echo data)node"
  done
} >"$config/cluster.nodes"
sh "$home/P1/server/clusterDemo/startController.sh"
for n in 1 2 3; do
  sh "$home/P$n/server/clusterDemo/startagent.sh"
done
answers "$net.1:$port" || exit 1
drive "http://$net.1:$port" "--cluster=$config"
[ $failed = 0 ] || tail -n 60 "$home"/P*/server/clusterDemo/log/*.log
exit $failed
