#!/bin/sh
# Starts the agent of this host in the background; its log is log/agent.log.
cd "$(dirname "$0")" || exit 1
mkdir -p log data
nohup ./../dolphindb -console 0 -mode agent -home data -script dolphindb.dos -config config/agent.cfg -logFile log/agent.log > agent.nohup 2>&1 &
