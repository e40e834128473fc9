#!/bin/sh
# controller.sh start | stop | restart: for a systemd unit of Type=forking with this folder as its WorkingDirectory.
cd "$(dirname "$0")" || exit 1
case ${1:-} in
  start) sh ./startController.sh ;;
  stop) sh ./stopAllNode.sh controller ;;
  restart) sh ./stopAllNode.sh controller && sh ./startController.sh ;;
  *) echo "usage: controller.sh start | stop | restart" >&2; exit 2 ;;
esac
