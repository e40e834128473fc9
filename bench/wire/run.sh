#!/bin/bash
# run.sh BUILD_DIR [ROWS]: measures a single node of that build; best of three, one table at the end.
set -eu
build=$(readlink -f "${1:?usage: run.sh BUILD_DIR [ROWS]}")
rows=${2:-10000000}
cd "$(dirname "$0")"
[ -d ../../tests/clients/node_modules/dolphindb ] || (cd ../../tests/clients && npm ci --no-audit --no-fund)
home=$(mktemp -d)
host=127.0.0.$((RANDOM % 200 + 20)) port=$((RANDOM % 4000 + 24000))
g++ -std=c++20 -O2 -Wall -Wextra -pthread wire_bench.cpp -o "$home/wire_bench"
"$build/pelorus" -mode single -localSite "$host:$port:local" -home "$home/data" >"$home/log" 2>&1 &
server=$!
trap 'kill $server 2>/dev/null; wait $server 2>/dev/null; rm -rf "$home"' EXIT
node ../../tests/clients/ready.mjs "$host:$port"

best() { for _ in 1 2 3; do "$@"; done | sort -g -k "$key" | head -1; }
"$build/pelorus" shell "$host:$port" -u admin -p 123456 -e "n = $rows
share table(1..n as a, long(1..n) as b, double(1..n) as c, take(2024.01.01, n) as d, take(2024.01.01T00:00:00.000, n) as e, take(\`x\`y\`z, n) as f, take(symbol(\`x\`y\`z), n) as g, float(1..n) as h, short(take(1 2, n)) as i) as bench_table"

read -r bytes client _ < <(key=2; best "$home/wire_bench" table "$host" "$port" bench_table)
plain=$(key=1; best "$home/wire_bench" socket "$bytes")
js=$(key=1; best node table.mjs "$host:$port" bench_table); js=${js% *}
plain_js=$(key=1; best node socket.mjs "$bytes")
trips=$(for _ in 1 2 3; do "$home/wire_bench" roundtrips "$host" "$port" 64 3; done | sort -g | tail -1)

awk -v n="$rows" -v b="$bytes" -v p="$plain" -v c="$client" -v j="$js" -v pj="$plain_js" -v t="$trips" 'BEGIN {
  printf "%d rows, 9 columns, %d bytes\n", n, b
  printf "%-44s %8s %8s %8s\n", "", "seconds", "MB/s", "of plain"
  printf "%-44s %8.3f %8.0f %8s\n", "plain loopback socket (C++ to C++)", p, b / p / 1e6, ""
  printf "%-44s %8.3f %8.0f %7.0f%%\n", "table to the C++ client", c, b / c / 1e6, 100 * p / c
  printf "%-44s %8.3f %8.0f %8s\n", "plain loopback socket (Node to Node)", pj, b / pj / 1e6, ""
  printf "%-44s %8.3f %8.0f %7.0f%%  (%.0f%% of C++ to C++)\n", "table to the JavaScript client", j, b / j / 1e6, 100 * pj / j, 100 * p / j
  printf "%-44s %8.0f per second (goal 20000)\n", "1+1 over 64 TCP connections", t
}'
