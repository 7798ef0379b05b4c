#!/bin/sh
# A seed of one table that keeps the contract of docs/data.md with psql alone: book-keeping, words, exit codes.
# Its rows are those with a text of its own; its outside state is a file, which people may change too.
set -eu
[ -n "$PGPASSWORD" ] || PGPASSWORD=$(cat /run/secrets/database-password)
export PGPASSWORD
sql() { psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }
scale='' instant=2026-05-01 mode=keep database=yes outside=keep status=''
while [ $# -gt 0 ]; do
    case $1 in
    --layer) shift ;;
    --scale) scale=$2 && shift ;;
    --instant) instant=$2 && shift ;;
    --ask) mode=ask ;;
    --yes) mode=yes ;;
    --no-outside) outside='' ;;
    --outside) database='' outside=exactly ;;
    --status) status=yes ;;
    *) echo "no such word: $1" >&2 && exit 1 ;;
    esac
    shift
done

books() {
    sql <<'END'
SET client_min_messages = error;
SELECT pg_advisory_xact_lock(42) \g /dev/null
CREATE SCHEMA IF NOT EXISTS stagekit_seed;
CREATE TABLE IF NOT EXISTS stagekit_seed.layers (name text PRIMARY KEY, hash text, wanted text NOT NULL,
    scale int NOT NULL, instant date NOT NULL, revision text, rows bigint, applied_at timestamptz);
END
}

if [ -n "$status" ]; then
    books
    sql <<'END'
SELECT json_build_object('head', max(revision), 'scale', max(scale), 'instant', max(instant), 'layers',
    coalesce(json_agg(json_build_object('name', name, 'about', 'notes', 'hash', hash, 'wanted', wanted, 'rows', rows,
    'applied_at', applied_at, 'state', CASE WHEN hash = wanted THEN 'applied' WHEN hash IS NULL THEN 'missing'
    ELSE 'changed' END)), '[]')) FROM stagekit_seed.layers;
END
    exit
fi

if [ -n "$database" ]; then
    [ "${SEED_TEXT:-}" != wrong ] || { echo 'seed: notes.csv, line 7, column text: no such row' >&2 && exit 1; }
    books
    [ -n "$scale" ] || scale=$(sql -c 'SELECT max(scale) FROM stagekit_seed.layers')
    [ -n "$scale" ] || scale=1
    revision=$(sql -c 'SELECT version_num FROM alembic_version')
    wanted=$(echo "$SEED_TEXT $scale $instant $revision" | md5sum | cut -d' ' -f1)
    peoples=$(sql -c "SELECT count(*) FROM notes WHERE text NOT LIKE 'seed %'")
    if [ "$(sql -c 'SELECT hash FROM stagekit_seed.layers')" = "$wanted" ]; then
        echo 'seed: notes: there already, nothing to do'
    elif [ "$peoples" != 0 ] && [ "$mode" = ask ]; then
        echo "seed: notes: $peoples notes of people would go"
        exit 3
    else
        [ "$mode" = yes ] || [ "$peoples" = 0 ] || apply=no
        sql -v wanted="$wanted" -v scale="$scale" -v instant="$instant" -v revision="$revision" -v text="$SEED_TEXT" \
            -v applies="${apply:-yes}" <<'END'
BEGIN;
INSERT INTO stagekit_seed.layers VALUES ('notes', NULL, :'wanted', :scale, :'instant', :'revision', NULL, NULL)
ON CONFLICT (name) DO UPDATE SET wanted = :'wanted', scale = :scale, instant = :'instant';
\if :applies
    DELETE FROM notes;
    INSERT INTO notes (id, text) SELECT n, 'seed ' || :'text' || ' ' || n FROM generate_series(1, 100 * :scale) n;
    UPDATE stagekit_seed.layers SET hash = wanted, rows = 100 * :scale, applied_at = now(), revision = :'revision';
\endif
COMMIT;
END
        [ "${apply:-yes}" = yes ] && echo "seed: notes: $((100 * scale)) rows" || echo "seed: notes: $peoples of people, left"
    fi
fi
case $outside in
exactly) echo "seed $SEED_TEXT" >/outside/inbox && echo 'seed: mail: as the seed says' ;;
keep) [ -f /outside/inbox ] || echo "seed $SEED_TEXT" >/outside/inbox ;;
esac
