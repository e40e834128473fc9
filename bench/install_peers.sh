#!/usr/bin/env bash
# Installs what Pelorus is measured against: ClickHouse and etcd from Debian, DuckDB from npm.
# usage: bench/install_peers.sh   (npm packages go to $PELORUS_BENCH_DIR, default ~/.cache/pelorus_bench)
set -euo pipefail
dir=${PELORUS_BENCH_DIR:-$HOME/.cache/pelorus_bench}
mkdir -p "$dir"
sudo=$([ "$(id -u)" = 0 ] || echo sudo)
missing=()
for package in clickhouse-server etcd-server; do
  dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
done
command -v node >/dev/null || missing+=(nodejs)
command -v npm >/dev/null || missing+=(npm)
if [ ${#missing[@]} -gt 0 ]; then
  $sudo apt-get update -qq
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}"
fi
cd "$dir"
[ -f package.json ] || echo '{ "private": true }' > package.json
[ -d node_modules/@duckdb/node-api ] || npm install --no-audit --no-fund @duckdb/node-api
