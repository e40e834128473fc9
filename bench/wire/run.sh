#!/bin/bash
# run.sh BUILD_DIR [ROWS] [ROUNDS]: measures a single node of that build against plain sockets, interleaved in one run;
# medians, one table at the end. What is compared: the first lines of wire_bench.cpp and compare.mjs.
set -eu
build=$(readlink -f "${1:?usage: run.sh BUILD_DIR [ROWS] [ROUNDS]}")
rows=${2:-10000000}
rounds=${3:-7}
cd "$(dirname "$0")"
[ -d ../../tests/clients/node_modules/dolphindb ] || (cd ../../tests/clients && npm ci --no-audit --no-fund)
home=$(mktemp -d)
host=127.0.0.$((RANDOM % 200 + 20)) port=$((RANDOM % 4000 + 24000))
g++ -std=c++20 -O2 -Wall -Wextra -pthread wire_bench.cpp -o "$home/wire_bench"
"$build/pelorus" -mode single -localSite "$host:$port:local" -home "$home/data" >"$home/log" 2>&1 &
server=$!
sender=
trap 'kill $server $sender 2>/dev/null; wait $server 2>/dev/null; rm -rf "$home"' EXIT
node ../../tests/clients/ready.mjs "$host:$port"

"$build/pelorus" shell "$host:$port" -u admin -p 123456 -e "n = $rows
share table(1..n as a, long(1..n) as b, double(1..n) as c, take(2024.01.01, n) as d, take(2024.01.01T00:00:00.000, n) as e, take(\`x\`y\`z, n) as f, take(symbol(\`x\`y\`z), n) as g, float(1..n) as h, short(take(1 2, n)) as i) as bench_table"

uptime >&2
read -r bytes _ hot fresh kept table < <("$home/wire_bench" compare "$host" "$port" bench_table "$rounds")
"$home/wire_bench" serve "$bytes" >"$home/sender" &
sender=$!
until [ -s "$home/sender" ]; do sleep 0.1; done
read -r _ _ lost_js plain_js arrived message decoded < <(node --expose-gc compare.mjs "$host:$port" bench_table "$rounds" "$(cat "$home/sender")" "$bytes")
trips=$(for _ in 1 2 3 4 5; do "$home/wire_bench" roundtrips "$host" "$port" 64 2; done | sort -g | sed -n 3p)
uptime >&2

awk -v n="$rows" -v b="$bytes" -v r="$rounds" -v hot="$hot" -v fresh="$fresh" -v kept="$kept" -v table="$table" \
  -v lj="$lost_js" -v pj="$plain_js" -v arrived="$arrived" -v message="$message" -v decoded="$decoded" -v t="$trips" '
function row(what, s, base) { printf "%-58s %8.3f %8.0f", what, s, b / s / 1e6; if (base) printf " %7.0f%%", 100 * base / s; printf "\n" }
BEGIN {
  printf "%d rows, 9 columns, %d bytes, medians of %d rounds\n", n, b, r
  printf "%-58s %8s %8s %8s\n", "", "seconds", "MB/s", "of plain"
  row("C++: plain socket into one buffer, bytes lost (hot)", hot)
  row("C++: plain socket into the memory of columns (fresh)", fresh)
  row("C++: the node, bytes kept, of fresh", kept, fresh)
  row("C++: the node, table decoded, of fresh", table, fresh)
  row("C++: the node, table decoded, of hot", table, hot)
  row("Node: plain socket, bytes lost", lj)
  row("Node: plain socket, bytes kept in their chunks", pj)
  row("Node: table, last byte has arrived, of lost", arrived, lj)
  row("Node: table, last byte has arrived, of kept", arrived, pj)
  row("Node: table, message handed to the package, of kept", message, pj)
  row("Node: table, decoded by the package, of kept", decoded, pj)
  printf "%-58s %8.0f a second (goal 20000)\n", "1+1 over 64 TCP connections, median of 5", t
}'
