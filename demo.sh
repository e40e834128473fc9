#!/bin/sh
# The cluster of the deployment tutorial on this machine: ./demo.sh starts it and runs the tutorial's scripts,
# ./demo.sh stop stops it, ./demo.sh clean also removes its data (.demo/).
# PELORUS_BUILD_DIR names a directory with a built `pelorus`; then nothing is installed or built.
set -eu
cd "$(dirname "$0")"
root=$PWD
demo=$root/.demo
bridge=pelorus-demo
network=
step="starting"

host_address() { echo "$network$((79 + ${1#P}))"; }
tree() { echo "$demo/$1/server/clusterDemo"; }

# on HOST COMMAND..: runs the command on the host.
on() {
  namespace=pelorus-demo-$1
  shift
  if [ "$network" = 10.0.0. ]; then ip netns exec "$namespace" "$@"; else "$@"; fi
}

# script HOST PORT FILE: what the node prints for the script.
script() { "$demo/P1/server/pelorus" shell "$(host_address "$1"):$2" -u admin -p 123456 "$3"; }
ask() { "$demo/P1/server/pelorus" shell "$(host_address "$1"):$2" -u admin -p 123456 -e "$3"; }

# --- Stopping ---
# The ids of the processes whose program lies below .demo/.
processes() {
  for process in /proc/[0-9]*; do
    exe=$(readlink "$process/exe" 2>/dev/null) || continue
    case $exe in "$demo"/*) echo "${process#/proc/}" ;; esac
  done
}

stop_processes() {
  for host in P3 P2 P1; do
    if [ -x "$(tree $host)/stopAllNode.sh" ]; then "$(tree $host)/stopAllNode.sh"; fi
  done
  for id in $(processes); do kill -KILL "$id" 2>/dev/null || true; done
}

remove_network() {
  command -v ip >/dev/null 2>&1 || return 0
  for host in P1 P2 P3; do
    if [ -e "/run/netns/pelorus-demo-$host" ]; then ip netns delete "pelorus-demo-$host" || true; fi
  done
  if [ -e "/sys/class/net/$bridge" ]; then ip link delete "$bridge" || true; fi
}

stop() {
  stop_processes
  remove_network
}

# --- The three hosts ---
# Why this machine cannot have the tutorial's addresses; nothing when it can.
network_obstacle() {
  if [ "$(id -u)" -ne 0 ]; then echo "that needs root"; return; fi
  if ! command -v ip >/dev/null 2>&1; then echo "there is no program ip"; return; fi
  taken=$(ip -4 route show to match 10.0.0.80 | grep -v '^default' | head -n 1)
  if [ -n "$taken" ]; then echo "this machine has a route there already: $taken"; return; fi
  make_network >/dev/null 2>"$demo/network.err" || { tail -n 1 "$demo/network.err"; return; }
  answers_at 10.0.0.82 || echo "the hosts do not reach each other (a firewall on bridges?)"
}

make_network() {
  ip link add "$bridge" type bridge &&
    ip address add 10.0.0.1/24 dev "$bridge" &&
    ip link set "$bridge" up || return 1
  for host in P1 P2 P3; do
    namespace=pelorus-demo-$host
    ip netns add "$namespace" &&
      ip link add "plrs-$host" type veth peer name eth0 netns "$namespace" &&
      ip link set "plrs-$host" master "$bridge" up &&
      ip -n "$namespace" link set lo up &&
      ip -n "$namespace" address add "10.0.0.$((79 + ${host#P}))/24" dev eth0 &&
      ip -n "$namespace" link set eth0 up || return 1
  done
}

# True when P1 and this machine itself get an answer from the address: a refused connection is one.
answers_at() {
  knock='import socket, sys
s = socket.socket(); s.settimeout(3)
sys.exit(0 if s.connect_ex((sys.argv[1], 8900)) in (0, 111) else 1)'
  ip netns exec pelorus-demo-P1 python3 -c "$knock" "$1" && python3 -c "$knock" "$1"
}

choose_network() {
  obstacle=$(network_obstacle)
  if [ -z "$obstacle" ]; then
    network=10.0.0.
    echo "Hosts P1, P2 and P3: network namespaces with 10.0.0.80, .81 and .82; this machine is 10.0.0.1."
  else
    remove_network
    network=127.0.0.
    echo "Hosts P1, P2 and P3 share this machine at 127.0.0.80, .81 and .82: no network namespaces, as $obstacle."
  fi
}

# The configuration as the tutorial prints it, with each host's own agent.cfg.
install_host() {
  deploy/install_tree.sh "$build" "$demo/$1"
  for file in controller.cfg agent.cfg cluster.nodes cluster.cfg; do
    own=s/x/x/
    if [ $file = agent.cfg ]; then own="s/10\.0\.0\.80:8901:P1-agent/10.0.0.$((79 + ${1#P})):8901:$1-agent/"; fi
    sed -e "$own" -e "s/10\.0\.0\./$network/" "deploy/clusterDemo/config/$file" >"$(tree "$1")/config/$file"
  done
}

# --- The tutorial's steps 4 to 6 ---
# wait_for SECONDS SCRIPT WANTED: until the controller prints that for the script. Fails once no process runs.
wait_for() {
  tries=$(($1 * 5))
  sleep 0.5
  while [ -n "$(processes)" ]; do
    if [ "$(ask P1 8900 "$2" 2>/dev/null)" = "$3" ]; then return 0; fi
    tries=$((tries - 1))
    if [ $tries -le 0 ]; then return 1; fi
    sleep 0.2
  done
  return 1
}

start_cluster() {
  step="starting the controller"
  (cd "$(tree P1)" && on P1 sh startController.sh)
  wait_for 20 '1' 1
  step="starting the agents"
  for host in P1 P2 P3; do (cd "$(tree $host)" && on $host sh startagent.sh); done
  wait_for 20 'exec count(*) from getClusterPerf(true) where mode == 1 and state == 1' 3
  step="starting the nodes"
  ask P1 8900 'startDataNode(["P1-datanode", "P2-datanode", "P3-computenode"])' >/dev/null
  wait_for 30 'exec count(*) from getClusterPerf(true) where mode != 1 and mode != 2 and state == 1' 3
}

show_nodes() { ask P1 8900 '\nodes'; }

run_tutorial() {
  work=$demo/scripts
  mkdir -p "$work"
  step="step 5 of the tutorial"
  script P1 8902 deploy/tutorial/create.dos >/dev/null
  sed 's/^loadTable/timer loadTable/' deploy/tutorial/load.dos >"$work/load.dos"
  echo 'print("loaded")' >>"$work/load.dos"
  loaded=$(script P1 8902 "$work/load.dos" | grep 'Time elapsed')
  step="step 6 of the tutorial"
  sed 's/^select/timer select/' deploy/tutorial/count.dos >"$work/count.dos"
  counted=$(script P3 8902 "$work/count.dos" | grep 'Time elapsed')
  {
    cat deploy/tutorial/count.dos
    sed 's/^result/timer result/' deploy/tutorial/ohlc.dos
    printf '%s\n' 'print("groups " + string(size(result)))' 'select top 5 * from result'
  } >"$work/ohlc.dos"
  shown=$(script P3 8902 "$work/ohlc.dos")
  groups=$(echo "$shown" | sed -n 's/^groups //p')
  count=$(script P3 8902 deploy/tutorial/count.dos)
}

print_results() {
  echo
  echo "append! of 1,210,000 rows on P1-datanode:  $loaded"
  echo "count per day on P3-computenode:           $counted"
  echo "OHLC per code and day on P3-computenode:   $(echo "$shown" | grep 'Time elapsed')"
  echo
  echo "The first rows of the OHLC query:"
  echo "$shown" | grep -Ev '^(Time elapsed|groups )'
  echo
  echo "Rows per day, and the number of rows of the OHLC query:"
  echo "$count"
  echo "$groups"
  echo "$count" | grep -Eq '^2023\.01\.08 +1210000$' && [ "$groups" = 5000 ]
}

print_directions() {
  site=$(host_address P1):8900
  browser="The browser console was not built."
  if [ -f "$demo/P1/server/web/index.html" ]; then browser="Open http://$site/ in a browser (admin / 123456)."; fi
  cat <<TEXT

The cluster runs. $browser
Its state: http://$site/status http://$site/metrics
A shell on a node: .demo/P1/server/pelorus shell $(host_address P1):8902 -u admin -p 123456
TEXT
  if [ "$network" = 10.0.0. ]; then echo "A shell on a host:   ip netns exec pelorus-demo-P1 sh"; fi
  echo "Logs: .demo/P*/server/clusterDemo/log/    Stop it: ./demo.sh stop    Remove it with its data: ./demo.sh clean"
}

failed() {
  status=$?
  trap - EXIT INT TERM
  if [ $status -eq 0 ]; then exit 0; fi
  set +e
  echo "demo.sh: $step failed. The ends of the logs:" >&2
  for log in "$demo"/P*/server/clusterDemo/log/*.log "$demo"/P*/server/clusterDemo/*.nohup; do
    if [ -s "$log" ]; then echo "--- $log" >&2; grep -v 'accepted, has no effect yet' "$log" | tail -n 8 >&2; fi
  done
  stop
  echo "demo.sh: $step failed (see above); everything it started is stopped." >&2
  exit $status
}

case ${1:-start} in
  start) ;;
  stop) stop; echo "The demonstration cluster is stopped; its data stays in .demo/."; exit 0 ;;
  clean) stop; rm -rf "$demo"; echo "The demonstration cluster and its data are removed."; exit 0 ;;
  *) echo "usage: ./demo.sh [stop | clean]" >&2; exit 2 ;;
esac

trap failed EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
build=${PELORUS_BUILD_DIR:-}
if [ -z "$build" ]; then
  step="installing the packages"
  deploy/install_packages.sh
  step="building"
  deploy/build.sh release
  build=$root/build
  step="building the console"
  deploy/build_web.sh || echo "demo.sh: the browser console could not be built (see above); the cluster runs without it." >&2
fi
step="making the hosts"
mkdir -p "$demo"
stop
choose_network
for host in P1 P2 P3; do install_host $host; done
start_cluster
show_nodes
run_tutorial
step="the check of the results"
print_results
trap - EXIT INT TERM
print_directions
