#!/bin/sh
# Brings the schema to the newest of /migrations; `head` and `sql [REVISION]` tell of them without a database.
set -eu
newest=$(ls /migrations | sort | tail -1)

sql() {
    echo 'BEGIN;'
    for file in /migrations/*.sql; do
        name=$(basename "$file" .sql)
        if [ "$name" \> "$1" ]; then
            cat "$file"
            echo "DELETE FROM alembic_version; INSERT INTO alembic_version VALUES ('$name');"
        fi
    done
    echo 'COMMIT;'
}

known() {
    [ -z "$1" ] || [ -f "/migrations/$1.sql" ] || { echo "no revision $1 here" >&2; exit 1; }
}

case "${1:-}" in
head) echo "${newest%.sql}" ;;
sql) known "${2:-}" && sql "${2:-}" ;;
*)
    [ -n "$PGPASSWORD" ] || PGPASSWORD=$(cat /run/secrets/database-password)
    export PGPASSWORD
    psql -qAtc 'CREATE TABLE IF NOT EXISTS alembic_version (version_num text)'
    now=$(psql -qAtc 'SELECT version_num FROM alembic_version')
    known "$now"
    sql "$now" | psql -q -v ON_ERROR_STOP=1
    ;;
esac
