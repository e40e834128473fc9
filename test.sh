#!/bin/sh
# Installs, builds and passes all tests: units, language cases, clients, console, and the cluster of the deployment tutorial.
set -eu
cd "$(dirname "$0")"
deploy/install_packages.sh
deploy/build.sh release
ctest --test-dir build --output-on-failure --timeout 900
