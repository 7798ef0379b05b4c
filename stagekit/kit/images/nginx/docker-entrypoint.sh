#!/bin/sh
# Runs what is in /docker-entrypoint.d, in order, before nginx: *.envsh files are read in and may set variables,
# executable *.sh files are run. Any other command is run as it is.
set -eu

say() { [ -n "${NGINX_ENTRYPOINT_QUIET_LOGS:-}" ] || echo "docker-entrypoint: $*"; }

run_hooks() {
    for hook in $(find /docker-entrypoint.d -follow -type f | sort -V); do
        case $hook in
        *.envsh) if [ -x "$hook" ]; then say "reading $hook"; . "$hook"; else say "not executable, left out: $hook"; fi ;;
        *.sh) if [ -x "$hook" ]; then say "running $hook"; "$hook"; else say "not executable, left out: $hook"; fi ;;
        *) say "left out: $hook" ;;
        esac
    done
}

case ${1:-} in nginx | nginx-debug) [ ! -d /docker-entrypoint.d ] || run_hooks ;; esac
exec "$@"
