#!/bin/sh
# Starts the controller of this tree in the background; its log is log/controller.log.
cd "$(dirname "$0")" || exit 1
mkdir -p log data
nohup ./../dolphindb -console 0 -mode controller -home data -script dolphindb.dos -config config/controller.cfg -logFile log/controller.log -nodesFile config/cluster.nodes -clusterConfig config/cluster.cfg > controller.nohup 2>&1 &
