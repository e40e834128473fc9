#!/bin/sh
# Builds the browser console into web/dist; says so and leaves it out when npm is missing.
set -eu
cd "$(dirname "$0")/../web"
if ! command -v npm >/dev/null 2>&1; then
  echo "build_web.sh: npm is missing; the web console is left out" >&2
  exit 0
fi
# npm ci takes a minute: only when the lock file is not the one that is installed.
if ! cmp -s package-lock.json node_modules/.pelorus-lock; then
  npm ci --no-audit --no-fund --ignore-scripts
  cp package-lock.json node_modules/.pelorus-lock
fi
npm run build
