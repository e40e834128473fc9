#!/bin/sh
# Configures and builds one preset (release, asan, tsan; default release).
set -eu
cd "$(dirname "$0")/.."
preset=${1:-release}
cmake --preset "$preset" >/dev/null
cmake --build --preset "$preset"
