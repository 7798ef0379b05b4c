#!/bin/sh
# `haproxy` and bare options run in master-worker mode in the foreground, so that SIGUSR2 reloads and PID 1 stays.
# Any other command is run as it is.
set -e

[ "${1#-}" = "$1" ] || set -- haproxy "$@"
if [ "$1" = haproxy ]; then
    shift
    set -- haproxy -W -db "$@"
fi
exec "$@"
