"""What a helper container runs beside the stage's Postgres: POSIX shell, and the clients of the same image.

The helper shares the network of the Postgres container, so it connects to 127.0.0.1, and nothing travels.
"""

from __future__ import annotations

FOLDER = "/snapshots"
SPARE = 100_000  # kB that are left free, so that a database which runs does not stop for want of disk
DISK = 28  # exit code: ENOSPC
TAKEN = 17  # exit code: EEXIST
NEWER = 18  # exit code: a dump of a newer Postgres

_COMMON = (
    """
umask 077
cd FOLDER || exit 1
[ -z "${POSTGRES_PASSWORD_FILE:-}" ] || POSTGRES_PASSWORD=$(cat "$POSTGRES_PASSWORD_FILE")
export PGPASSWORD="${POSTGRES_PASSWORD:-}" PGHOST=127.0.0.1 PGCLIENTENCODING=UTF8 TZ=UTC LC_ALL=C
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

# What the dump itself says, and whether it is of a newer Postgres than these clients, who may not read all of it.
_LISTED = """
listed=$(pg_restore --list "$1.dump" 2>&1) || case $listed in
*"unsupported version"*) echo "$listed"; exit 18 ;;
*) echo "$listed" >&2; exit 1 ;;
esac
dumped=$(printf '%s\\n' "$listed" | sed -n 's/^; *Dumped from database version: \\([0-9]*\\).*/\\1/p')
mine=$(pg_restore --version | sed 's/[^0-9]*\\([0-9]*\\).*/\\1/')
if [ "${dumped:-0}" -gt "$mine" ]; then echo "it is of Postgres $dumped; this one is $mine"; exit 18; fi
"""

# NAME: whether it is an archive of pg_dump, and when it was begun
LOOK = _COMMON + _LISTED + 'printf "%s\\n" "$listed"\n'

# NAME USER DATABASE NEW SPARE
# Fills NEW, an empty database beside the stage's, which is not touched.
FILL = (
    _COMMON
    + _LISTED
    + """
sql() { psql -X -q -A -t -w -v ON_ERROR_STOP=1 -v d="$database" -U "$user" "$@"; }
user=$2 database=$3 new=$4
size=$(echo "SELECT pg_database_size(:'d') / 1024" | sql -d "$new") || exit 1
[ "$(free)" -gt $((size + $5)) ] || exit 28
if ! pg_restore -w -U "$user" --exit-on-error -d "$new" "$1.dump"; then
    [ "$(free)" -gt "$5" ] || exit 28
    exit 1
fi
sql -d "$new" -c ANALYZE
"""
)
