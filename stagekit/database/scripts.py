"""What a helper container runs beside the stage's Postgres: POSIX shell, and the clients of the same image.

The helper shares the network of the Postgres container, so it connects to 127.0.0.1, and nothing travels.
"""

from __future__ import annotations

FOLDER = "/snapshots"
SPARE = 100_000  # kB that are left free, so that a database which runs does not stop for want of disk
DISK = 28  # exit code: ENOSPC
TAKEN = 17  # exit code: EEXIST

_COMMON = (
    """
umask 077
cd FOLDER || exit 1
[ -z "${POSTGRES_PASSWORD_FILE:-}" ] || POSTGRES_PASSWORD=$(cat "$POSTGRES_PASSWORD_FILE")
export PGPASSWORD="${POSTGRES_PASSWORD:-}" PGHOST=127.0.0.1 TZ=UTC
free() { df -Pk . | { read -r _; read -r _ _ _ kb _; echo "$kb"; }; }
"""
).replace("FOLDER", FOLDER)

# NAME USER DATABASE REVISION SPARE (refuse|number)
# The limit on the file's size keeps some disk for the database that runs: beyond it the kernel ends pg_dump with
# SIGXFSZ, 153 to the shell.
TAKE = (
    _COMMON
    + """
rm -f ./*.new
name=$1 n=2
if [ -e "$name.dump" ] && [ "$6" = refuse ]; then exit 17; fi
while [ -e "$name.dump" ]; do name="$1-$n" n=$((n + 1)); done
at=$(date -u +%Y-%m-%dT%H:%M:%SZ)
room=$(($(free) - $5))
[ "$room" -gt 0 ] || exit 28
(ulimit -c 0; ulimit -f $((room * 2)); exec pg_dump -w -U "$2" -Fc -f "$name.new" "$3")
code=$?
if [ "$code" != 0 ]; then
    [ "$(free)" -gt "$5" ] || code=153
    rm -f "$name.new"
    [ "$code" = 153 ] && exit 28
    exit 1
fi
printf '%s\\t%s\\n' "$at" "$4" >"$name.at" && sync "$name.new" "$name.at" && mv "$name.new" "$name.dump" || exit 1
printf '%s\\t%s\\t%s\\t%s\\n' "$name" "$(stat -c %s "$name.dump")" "$at" "$4"
"""
)

LIST = (
    _COMMON
    + """
for file in *.dump; do
    [ -f "$file" ] || continue
    printf '%s\\t%s\\t%s\\n' "${file%.dump}" "$(stat -c %s "$file")" "$(cat "${file%.dump}.at" 2>/dev/null)"
done
"""
)

# NAME …
REMOVE = _COMMON + 'for name; do rm -f "$name.dump" "$name.at"; done\n'

# NAME …, with those that an earlier try of the same release left
REMOVE_ALL = _COMMON + 'for name; do rm -f "$name.dump" "$name.at" "$name"-[0-9]*.dump "$name"-[0-9]*.at; done\n'

# NAME: whether it is an archive of pg_dump, and when it was begun
LOOK = _COMMON + 'pg_restore --list "$1.dump"\n'

# NAME USER DATABASE SPARE
# The data is restored into a database of another name; two renames in one transaction then make it the stage's. Both
# renames need that nobody is connected: those who are, are asked to leave, and a few new ones may get in between.
RESTORE = (
    _COMMON
    + """
new="$3_stagekit_new" old="$3_stagekit_old" admin=postgres
[ "$3" = postgres ] && admin=template1
sql() { psql -X -q -A -t -w -v ON_ERROR_STOP=1 -U "$user" -v d="$database" -v n="$new" -v o="$old" -d "$1"; }
user=$2 database=$3
clean() { sql "$admin" <<'END'
DROP DATABASE IF EXISTS :"n" WITH (FORCE);
DROP DATABASE IF EXISTS :"o" WITH (FORCE);
END
}
clean || exit 1
size=$(echo "SELECT pg_database_size(:'d') / 1024" | sql "$admin") || exit 1
[ "$(free)" -gt $((size + $4)) ] || exit 28
sql "$admin" <<'END' || exit 1
SELECT format('CREATE DATABASE %I TEMPLATE template0 OWNER %I ENCODING %L LC_COLLATE %L LC_CTYPE %L',
              :'n', pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datcollate, datctype)
FROM pg_database WHERE datname = :'d' \\gexec
END
if ! pg_restore -w -U "$2" --exit-on-error -d "$new" "$1.dump"; then
    code=1
    [ "$(free)" -gt "$4" ] || code=28
    clean
    exit "$code"
fi
echo 'ANALYZE;' | sql "$new" || { clean; exit 1; }
for try in 1 2 3 4 5; do
    if sql "$admin" >/dev/null <<'END'
BEGIN;
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :'d' AND pid <> pg_backend_pid();
ALTER DATABASE :"d" RENAME TO :"o";
ALTER DATABASE :"n" RENAME TO :"d";
COMMIT;
END
    then clean; exit 0; fi
done
clean
exit 1
"""
)
