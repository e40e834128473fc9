#!/usr/bin/env bash
# Runs every suite of a build with sanitizers and prints a line for each: how it ended, how many reports there are, how long it
# took, its own last words. Ends with 1 when a suite failed or anything was reported; the reports lie in DIR/reports.
# usage: tests/sanitized.sh --build DIR [SUITE]...   (DIR: build-asan or build-tsan; default: all suites, in this order)
# suites: cfg storage query actors scripts conformance fuzz simulator tutorial cluster_clients clients kills cuts damage full volumes console
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build= suites=()
while [ $# -gt 0 ]; do
  case $1 in
    --build) build=$(readlink -f "${2:?"--build needs a directory"}"); shift 2 ;;
    -*) sed -n '2,5p' "$0" >&2; exit 2 ;;
    *) suites+=("$1"); shift ;;
  esac
done
[ -d "$build" ] || { sed -n '2,5p' "$0" >&2; exit 2; }
[ ${#suites[@]} -gt 0 ] ||
  suites=(cfg storage query actors scripts conformance fuzz simulator tutorial cluster_clients clients kills cuts damage full volumes console)
reports=$build/reports
mkdir -p "$reports"
export PELORUS_PATIENCE=${PELORUS_PATIENCE:-5} ROWS=${ROWS:-100000} CONNECTIONS=${CONNECTIONS:-100} CONSOLE_PATIENCE=${CONSOLE_PATIENCE:-3}

# The unit tests read docs/ from the build directory.
unit() { (cd "$build" && "./$1_tests"); }
scripts() {
  local file failed=0 count=0
  while read -r file; do
    count=$((count + 1))
    "$build/script_runner" "$file" || failed=$((failed + 1))
  done < <(find "$here/scripts" -name '*.test' | sort)
  echo "$count files, $failed failed"
  [ "$failed" -eq 0 ]
}
run_suite() {
  case $1 in
    cfg | storage | query | actors) unit "$1" ;;
    scripts) scripts ;;
    conformance) "$build/conformance_runner" "${CASES:-$here/../../shared/conformance/cases.jsonl}" ;;
    fuzz) "$build/wire_fuzz" "${SANITIZED_FUZZ:-60}" "$RANDOM" ;;
    simulator) "$build/simulator" --singles --random "${SANITIZED_SCHEDULES:-300}" ;;
    tutorial) python3 "$here/cluster/test_tutorial.py" "$build" ;;
    cluster_clients) python3 "$here/cluster/test_clients.py" "$build" ;;
    clients) "$here/clients/run.sh" "$build" ;;
    kills) python3 "$here/cluster/crash_loop.py" "$build/pelorus" --replicas 2 --loops "${SANITIZED_LOOPS:-4}" ;;
    cuts) python3 "$here/cluster/cuts.py" "$build/pelorus" --rounds "${SANITIZED_LOOPS:-4}" ;;
    damage) python3 "$here/cluster/damage.py" "$build/pelorus" --rounds "${SANITIZED_LOOPS:-4}" ;;
    full) python3 "$here/cluster/disk_full.py" "$build/pelorus" --loops "${SANITIZED_LOOPS:-4}" ;;
    volumes) python3 "$here/cluster/volumes.py" "$build/pelorus" --loops "${SANITIZED_LOOPS:-4}" --replicas 2 ;;
    console) "$here/../web/tests/run.sh" "$build" ;;
    *) echo "there is no suite $1" >&2; return 2 ;;
  esac
}

wrong=0
for suite in "${suites[@]}"; do
  rm -f "$reports/$suite".*
  log=log_path=$reports/$suite.report
  # A request that is too big must fail as it does in production, with bad_alloc.
  export ASAN_OPTIONS=$log:allocator_may_return_null=1:strict_string_checks=1:check_initialization_order=1
  export UBSAN_OPTIONS=$log:print_stacktrace=1
  export TSAN_OPTIONS=$log:history_size=4
  began=$SECONDS ended=passed
  run_suite "$suite" >"$reports/$suite.output" 2>&1 || ended="FAILED ($?)"
  [ "$ended" != "FAILED (77)" ] || ended=skipped
  found=$(cat "$reports/$suite".report.* 2>/dev/null | grep -cE '^(WARNING: ThreadSanitizer|==[0-9]+==ERROR)|: runtime error: ')
  [[ $ended != FAILED* ]] && [ "$found" -eq 0 ] || wrong=1
  printf '%-16s %-12s %3d reports %5d s  %s\n' "$suite" "$ended" "$found" $((SECONDS - began)) \
    "$(grep -E 'test cases:|[0-9] failed|inputs' "$reports/$suite.output" | grep -v assertions: | tail -1 | cut -c1-100)"
done
exit "$wrong"
