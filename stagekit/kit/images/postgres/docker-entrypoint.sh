#!/usr/bin/env bash
# Runs postgres on $PGDATA and fills an empty one first: see initialise.sh for the variables and what happens then.
# Started as root, it hands the data directory to the user `postgres` and goes on as that user.
set -euo pipefail

. /usr/local/lib/postgres-drop-in/initialise.sh

wants_help() {
    local word
    for word in "$@"; do
        case $word in -'?' | --help | --describe-config | -V | --version) return 0 ;; esac
    done
    return 1
}

go_on_as_postgres() {
    mkdir -p "$PGDATA" /var/run/postgresql
    chmod 0700 "$PGDATA"
    chmod 3775 /var/run/postgresql || true # a read-only root without a tmpfs there
    find "$PGDATA" /var/run/postgresql ! -user postgres -exec chown postgres:postgres {} + || true
    export HOME=/var/lib/postgresql
    exec setpriv --reuid=postgres --regid=postgres --init-groups -- "$BASH_SOURCE" "$@"
}

main() {
    case ${1:-} in '' | -*) set -- postgres "$@" ;; esac
    if [ "$1" = postgres ] && ! wants_help "$@"; then
        [ "$(id -u)" != 0 ] || go_on_as_postgres "$@"
        prepare_data_directory "$@"
    fi
    exec "$@"
}

main "$@"
