#!/usr/bin/env bash
# Pelorus and its peers, interleaved on the same data. Results that differ make it fail.
# usage: bench/run.sh [--items=a,b] [--scale=1,10,40] [--json FILE] [--page FILE] [--build DIR]
#   --items   of the table in docs/performance.md (default: all); --scale: days of the tutorial's table (default 1)
# Ports 18300 to 18321 and 28310 to 28311 on 127.0.0.1 (BENCH_PORT moves them); data under $BENCH_DATA (default /tmp/pelorus_bench).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$here/../build items= scales=1 json= page=
while [ $# -gt 0 ]; do
  case $1 in
    --items=*|--scale=*|--json=*|--page=*|--build=*) key=${1%%=*} value=${1#*=}; shift ;;
    --items|--scale|--json|--page|--build) key=$1 value=${2:?"$1 needs a value"}; shift 2 ;;
    *) sed -n '2,5p' "$0" >&2; exit 2 ;;
  esac
  case $key in
    --items) items=$value ;; --scale) scales=$value ;; --json) json=$value ;; --page) page=$value ;; --build) build=$value ;;
  esac
done
export PELORUS_BENCH_DIR=${PELORUS_BENCH_DIR:-$HOME/.cache/pelorus_bench}
"$here/install_peers.sh" >/dev/null
build=$(readlink -f "$build")
[ ! -f "$build/build.ninja" ] || ninja -C "$build" pelorus controller_bench metadata_fill connection_bench >/dev/null
base=${BENCH_PORT:-18300}
work=${BENCH_DATA:-/tmp/pelorus_bench}
mkdir -p "$work"
exec 9>"$work/lock"
flock -n 9 || { echo "another benchmark uses $work" >&2; exit 1; }
rm -rf "$work/pelorus" "$work/house" "$work"/duck.db*
mkdir -p "$work/house"/{data,tmp,files,schemas}

pids=()
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$work/pelorus" "$work/house" "$work"/duck.db*
}
trap finish EXIT

cat > "$work/house/config.xml" <<XML
<yandex><logger><level>error</level><log>$work/house/log</log><errorlog>$work/house/errors</errorlog></logger>
<listen_host>127.0.0.1</listen_host><http_port>$((base + 1))</http_port><tcp_port>$((base + 2))</tcp_port>
<path>$work/house/data/</path><tmp_path>$work/house/tmp/</tmp_path><user_files_path>$work/house/files/</user_files_path>
<format_schema_path>$work/house/schemas/</format_schema_path><users_config>$work/house/users.xml</users_config>
<default_profile>default</default_profile><default_database>default</default_database>
<mark_cache_size>1073741824</mark_cache_size><timezone>UTC</timezone></yandex>
XML
cat > "$work/house/users.xml" <<XML
<yandex><profiles><default><max_threads>2</max_threads><max_memory_usage>12000000000</max_memory_usage></default></profiles>
<users><default><password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></default></users>
<quotas><default/></quotas></yandex>
XML
"$(command -v clickhouse-server)" --config-file="$work/house/config.xml" >"$work/house/out" 2>&1 & pids+=($!)
"$build/pelorus" -mode single -localSite "127.0.0.1:$base:bench" -home "$work/pelorus" -dataSync 1 >"$work/pelorus.log" 2>&1 & pids+=($!)
node "$here/../tests/clients/ready.mjs" "127.0.0.1:$base" || { echo "Pelorus did not start, see $work/pelorus.log" >&2; exit 1; }
for _ in $(seq 60); do curl -sf "http://127.0.0.1:$((base + 1))/ping" >/dev/null && break; sleep .5; done

[ -z "$json" ] || : > "$json"
BENCH_PELORUS_PORT=$base BENCH_HOUSE_PORT=$((base + 1)) BENCH_BUILD=$build BENCH_WORK=$work BENCH_STORAGE=$work/pelorus/bench/storage \
  BENCH_ITEMS=$items BENCH_SCALES=$scales BENCH_JSON=$json BENCH_PAGE=$page node "$here/main.mjs"
