#!/bin/sh
# The other spelling of startagent.sh.
exec sh "$(dirname "$0")/startagent.sh"
