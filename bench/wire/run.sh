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

# Two tables: as markets keep them, every text a SYMBOL; and one of the texts a STRING, which no client gets as a dictionary.
columns() {
  echo "1..n as a, long(1..n) as b, double(1..n) as c, take(2024.01.01, n) as d, take(2024.01.01T00:00:00.000, n) as e, $1 as f, take(symbol(\`x\`y\`z), n) as g, float(1..n) as h, short(take(1 2, n)) as i"
}
"$build/pelorus" shell "$host:$port" -u admin -p 123456 -e "n = $rows
t = table($(columns 'take(symbol(string(1..1000)), n)')); share t as bench_symbols
t = table($(columns 'take(`x`y`z, n)')); share t as bench_strings
t = 0"

# measure NAME: "BYTES HOT FRESH KEPT TABLE LOST PLAIN ARRIVED MESSAGE DECODED"
measure() {
  local bytes cpp js
  read -r bytes _ cpp < <("$home/wire_bench" compare "$host" "$port" "$1" "$rounds")
  : >"$home/sender"
  "$home/wire_bench" serve "$bytes" >"$home/sender" &
  sender=$!
  until [ -s "$home/sender" ]; do sleep 0.1; done
  read -r _ _ js < <(node --expose-gc compare.mjs "$host:$port" "$1" "$rounds" "$(cat "$home/sender")" "$bytes")
  kill "$sender"
  wait "$sender" 2>/dev/null || true
  echo "$bytes $cpp $js"
}

show() {
  awk -v n="$rows" -v r="$rounds" -v name="$1" '
function row(what, s, base) { printf "%-58s %8.3f %8.0f", what, s, b / s / 1e6; if (base) printf " %7.0f%%", 100 * base / s; printf "\n" }
{
  b = $1
  printf "%s: %d rows, 9 columns, %d bytes, medians of %d rounds\n", name, n, b, r
  printf "%-58s %8s %8s %8s\n", "", "seconds", "MB/s", "of plain"
  row("C++: plain socket into one buffer, bytes lost (hot)", $2)
  row("C++: plain socket into the memory of columns (fresh)", $3)
  row("C++: the node, bytes kept, of fresh", $4, $3)
  row("C++: the node, table decoded, of fresh", $5, $3)
  row("C++: the node, table decoded, of hot", $5, $2)
  row("Node: plain socket, bytes lost", $6)
  row("Node: plain socket, bytes kept in their chunks", $7)
  row("Node: plain socket, bytes kept in one piece", $8)
  row("Node: table, last byte has arrived, of kept", $9, $7)
  row("Node: table, message handed to the package, of kept", $10, $7)
  row("Node: table, message handed to the package, of one piece", $10, $8)
  row("Node: table, decoded by the package, of kept", $11, $7)
  row("Node: table, decoded by the package, of one piece", $11, $8)
}'
}

uptime >&2
symbols=$(measure bench_symbols)
strings=$(measure bench_strings)
trips=$(for _ in 1 2 3 4 5; do "$home/wire_bench" roundtrips "$host" "$port" 64 2; done | sort -g | sed -n 3p)
uptime >&2

show "all texts SYMBOL" <<<"$symbols"
show "one text column STRING" <<<"$strings"
printf '%-58s %8.0f a second (goal 20000)\n' "1+1 over 64 TCP connections, median of 5" "$trips"
