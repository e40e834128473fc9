#!/bin/sh
# agent.sh start | stop | restart: for a systemd unit of Type=forking with this folder as its WorkingDirectory.
cd "$(dirname "$0")" || exit 1
case ${1:-} in
  start) sh ./startagent.sh ;;
  stop) sh ./stopAllNode.sh agent ;;
  restart) sh ./stopAllNode.sh agent && sh ./startagent.sh ;;
  *) echo "usage: agent.sh start | stop | restart" >&2; exit 2 ;;
esac
