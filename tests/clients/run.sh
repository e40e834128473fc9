#!/bin/bash
# run.sh BUILD_DIR: starts a single node of that build and drives it with the real clients, in the clear and over TLS.
# Prints "N passed, N failed"; exit 1 when a check failed. ROWS and CONNECTIONS set the sizes of the big checks.
set -u
build=$(readlink -f "${1:?usage: run.sh BUILD_DIR}") || exit 3
cd "$(dirname "$0")" || exit 3
rows=${ROWS:-2000000}
connections=${CONNECTIONS:-500}
# The node leaves room for the urgent commands of administrators; the connections of one check stay below it.
allowed=$((connections + 100))
host=127.0.0.$((RANDOM % 200 + 20))
home=$(mktemp -d)
server=
output=$home/output

stop_server() {
  [ -n "$server" ] || return 0
  kill -TERM "$server" 2>/dev/null
  for _ in $(seq 100); do kill -0 "$server" 2>/dev/null || break; sleep 0.1; done
  kill -KILL "$server" 2>/dev/null
  wait "$server" 2>/dev/null
  server=
}
leave() { stop_server; rm -rf "$home"; }
trap leave EXIT
trap 'exit 143' TERM INT HUP

# start_server NAME [options]: sets $site and $server; $tls is --tls or nothing. The port is a free one below the ephemeral range.
start_server() {
  local name=$1 log=$home/$1.log port
  shift
  for _ in $(seq 20); do
    port=$((RANDOM % 4000 + 20000))
    site=$host:$port
    "$build/pelorus" -mode single -localSite "$site:local" -home "$home/$name" -newValuePartitionPolicy add \
      -maxConnections "$allowed" "$@" >"$log" 2>&1 &
    server=$!
    for _ in $(seq 300); do
      kill -0 "$server" 2>/dev/null || break
      (echo >"/dev/tcp/$host/$port") 2>/dev/null && break
      sleep 0.1
    done
    # The port opens a moment before the users are known; a login then waits.
    kill -0 "$server" 2>/dev/null && node ready.mjs "$site" $tls && return 0
    stop_server
    grep -q 'Failed to bind' "$log" || break
  done
  echo "the node does not start:" >&2
  cat "$log" >&2
  exit 1
}

passed=0 failed=0
# drive NODE_ARGUMENTS: runs one client program and adds up its checks; one that dies half-way is a failure.
drive() {
  node "$@" 2>&1 | tee "$output"
  local counts
  counts=$(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' "$output" | tail -1)
  [ -n "$counts" ] || counts="0 1"
  passed=$((passed + ${counts% *})) failed=$((failed + ${counts#* }))
}

if [ ! -d node_modules/dolphindb ]; then npm ci --no-audit --no-fund || exit 1; fi

# Files as the console's build leaves them: one with its brotli beside it.
mkdir -p "$home/web/assets"
seq 2000 >"$home/web/assets/app.js"
seq 500 >"$home/web/app.css"
node -e 'const z = require("zlib"), f = require("fs"); f.writeFileSync(process.argv[1] + ".br", z.brotliCompressSync(f.readFileSync(process.argv[1])))' "$home/web/app.css"
echo '<!doctype html><title>test</title>' >"$home/web/index.html"
echo secret >"$home/web/.hidden"

tls=
start_server plain -webRoot "$home/web" -logFile "$home/plain.log"
drive http.mjs "$site"
drive raw_tcp.mjs "$site"
drive sdk_replays.mjs "$site"
drive console_calls.mjs "$site"
drive job_limits.mjs "$site" --pid="$server"
drive site_port.mjs "$site" --mode=3
drive npm_client.mjs "$site" --rows="$rows" --connections="$connections"
stop_server

allowed=20
start_server limits
drive limits.mjs "$site"
stop_server
allowed=$((connections + 100))

start_server guarded -enableClientAuth true
drive client_auth.mjs "$site"
stop_server

tls=--tls
start_server tls -enableHTTPS true
export NODE_EXTRA_CA_CERTS=$home/tls/keys/server.crt
drive tls.mjs "$site"
drive raw_tcp.mjs "$site" --tls
drive npm_client.mjs "$site" --tls --quick
stop_server

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
