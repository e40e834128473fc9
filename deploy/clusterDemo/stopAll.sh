#!/bin/sh
# The other spelling of stopAllNode.sh.
exec sh "$(dirname "$0")/stopAllNode.sh"
