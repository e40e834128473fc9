#!/bin/sh
# install_tree.sh BUILD_DIR TARGET: makes TARGET/server, the tree in which the deployment tutorial's commands work.
# On an existing tree it renews the binary and the scripts and leaves config/, log/ and data/ alone.
set -eu
if [ $# -ne 2 ]; then
  echo "usage: install_tree.sh BUILD_DIR TARGET" >&2
  exit 2
fi
source=$(cd "$(dirname "$0")" && pwd)
binary=$1/pelorus
if [ ! -x "$binary" ]; then
  echo "install_tree.sh: there is no program $binary; build it first (deploy/build.sh release)" >&2
  exit 1
fi
server=$2/server
demo=$server/clusterDemo
mkdir -p "$demo/config" "$demo/log" "$demo/data/dfsMeta"

# Through a second name, since a running binary cannot be written to.
cp "$binary" "$server/pelorus.new"
chmod 755 "$server/pelorus.new"
mv -f "$server/pelorus.new" "$server/pelorus"
ln -sfn pelorus "$server/dolphindb"

for script in startController.sh startagent.sh startAgent.sh stopAllNode.sh stopAll.sh controller.sh agent.sh; do
  cp "$source/clusterDemo/$script" "$demo/$script"
  chmod 755 "$demo/$script"
done
for file in controller.cfg agent.cfg cluster.nodes cluster.cfg; do
  [ -e "$demo/config/$file" ] || cp "$source/clusterDemo/config/$file" "$demo/config/$file"
done
# The controller keeps its metadata in its home, data/; the tutorial's chapter 3 backs it up here.
[ -e "$demo/dfsMeta" ] || ln -sn data/dfsMeta "$demo/dfsMeta"

# The console, when it was built; every process of the tree has its home in data/.
if [ -d "$source/../web/dist" ]; then
  rm -rf "$server/web"
  cp -r "$source/../web/dist" "$server/web"
  ln -sfn ../../web "$demo/data/web"
fi
