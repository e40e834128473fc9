#!/bin/sh
# Installs what building, running and testing Pelorus needs on Debian 12. Does nothing when all of it is there.
set -eu

packages="
  g++ cmake ninja-build ccache mold pkg-config git ca-certificates
  libcaf-dev liblmdb-dev nlohmann-json3-dev libboost1.81-dev libboost-program-options1.81-dev
  doctest-dev libfmt-dev libspdlog-dev liblz4-dev libzstd-dev libxxhash-dev
  libssl-dev libsodium-dev libedit-dev zlib1g-dev
  python3 iproute2 procps curl nodejs npm chromium fonts-wqy-microhei
"

missing=""
for package in $packages; do
  case $package in
    # Another Node.js than Debian's will do.
    nodejs) command -v node >/dev/null 2>&1 && continue ;;
    npm) command -v npm >/dev/null 2>&1 && continue ;;
  esac
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=""
if [ "$(id -u)" -ne 0 ]; then as_root=sudo; fi
echo "Installing Debian packages:$missing"
$as_root apt-get update -qq
# libboost1.81-dev takes the place of 1.74, which is why conflicting packages may be removed.
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
