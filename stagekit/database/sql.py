"""The SQL that clones databases and lets one take the place of another. psql fills in names and values.

    d  the app's database     n  the one that is being made     o  what the app's was
    s  a source               t  a target                       c  what is noted of it: JSON
    free  kB that may be used                                   mark  the name of this session

Each text runs in one session, connected to another database than these. What a killed one leaves is `n` or `o`, which
the next one drops: the app's database has its name at every moment, as both renames are one transaction.
"""

from __future__ import annotations

# From here on file copy is faster than a copy through the WAL; in bytes. Measured: 42 tables, 16 to 160 MB.
FILE_COPY = 64 << 20
KEY = 7_370_773  # the class of stagekit's advisory locks; any number that others hardly take

LOCK = f"""
SELECT pg_advisory_lock({KEY}, hashtext(:'d')) \\g /dev/null
"""
ALONE = f"""{LOCK}
DROP DATABASE IF EXISTS :"n" WITH (FORCE);
DROP DATABASE IF EXISTS :"o" WITH (FORCE);
"""

# From a database `s`, into `n`. Refused as `disk` where the copy, and its WAL if it has any, would take what is left.
CLONE = f"""
SELECT pg_database_size(:'s') AS size, current_setting('server_version_num')::int >= 150000 AS chooses \\gset
SELECT :size > {FILE_COPY} AS large \\gset
SELECT :size / 1024 * (CASE WHEN :'large' THEN 1 ELSE 2 END) > :free AS full \\gset
\\if :full
    \\echo disk
    \\quit
\\endif
SELECT format('CREATE DATABASE %I TEMPLATE %I OWNER %I', :'n', :'s', pg_get_userbyid(datdba))
    || CASE WHEN NOT :'chooses' THEN '' WHEN :'large' THEN ' STRATEGY file_copy' ELSE ' STRATEGY wal_log' END
FROM pg_database WHERE datname = :'d' \\gexec
"""

# An empty database like the app's. The columns have other names in other versions of Postgres.
EMPTY = """
WITH mine AS (SELECT to_jsonb(pg_database) AS d FROM pg_database WHERE datname = :'d'), locale AS (
    SELECT d, CASE d->>'datlocprovider' WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' END AS provider,
           coalesce(d->>'datlocale', d->>'daticulocale') AS name FROM mine)
SELECT format('CREATE DATABASE %I TEMPLATE template0 OWNER %I ENCODING %L LC_COLLATE %L LC_CTYPE %L', :'n',
              pg_get_userbyid((d->>'datdba')::oid), pg_encoding_to_char((d->>'encoding')::int), d->>'datcollate',
              d->>'datctype')
    || CASE WHEN provider IS NULL THEN '' ELSE format(' LOCALE_PROVIDER %s %s_LOCALE %L', provider, provider, name) END
    || CASE WHEN d->>'daticurules' IS NULL THEN '' ELSE format(' ICU_RULES %L', d->>'daticurules') END
FROM locale \\gexec
"""

# What CREATE DATABASE does not take over: settings, privileges, the limit of connections, the comment. The settings are
# copied as they are kept: ALTER DATABASE … SET would read them again, and a list in another way than it was written.
LIKE = """
INSERT INTO pg_db_role_setting (setdatabase, setrole, setconfig)
SELECT new.oid, setrole, setconfig FROM pg_db_role_setting
JOIN pg_database AS app ON app.oid = setdatabase AND app.datname = :'d'
CROSS JOIN pg_database AS new WHERE new.datname = :'n';
SELECT format('ALTER DATABASE %I CONNECTION LIMIT %s', :'n', datconnlimit)
FROM pg_database WHERE datname = :'d' AND datconnlimit >= 0 \\gexec
SELECT format('COMMENT ON DATABASE %I IS %L', :'n', shobj_description(oid, 'pg_database'))
FROM pg_database WHERE datname = :'d' AND shobj_description(oid, 'pg_database') IS NOT NULL \\gexec
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC, %I', :'n', pg_get_userbyid(datdba))
FROM pg_database WHERE datname = :'d' AND datacl IS NOT NULL \\gexec
SELECT format('GRANT %s ON DATABASE %I TO %s%s', privilege_type, :'n',
              CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END,
              CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
FROM pg_database, aclexplode(datacl) WHERE datname = :'d' \\gexec
"""

# From here on the other session asks everybody to leave the app's database, and goes on until DONE.
LEAVE = """
SELECT set_config('application_name', :'mark' || ' ' || oid, false)
FROM pg_database WHERE datname = :'d' \\g /dev/null
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = :'d' \\g /dev/null
"""
DONE = "SELECT set_config('application_name', :'mark' || ' done', false) \\g /dev/null\n"

SWAP = f"""
{LEAVE}
BEGIN;
{LIKE}
ALTER DATABASE :"d" RENAME TO :"o";
ALTER DATABASE :"n" RENAME TO :"d";
COMMIT;
{DONE}
"""

FROZEN = """
BEGIN;
ALTER DATABASE :"n" RENAME TO :"t";
ALTER DATABASE :"t" IS_TEMPLATE true ALLOW_CONNECTIONS false;
COMMENT ON DATABASE :"t" IS :'c';
COMMIT;
"""

RESET = f"""{ALONE}{CLONE}
COMMENT ON DATABASE :"s" IS :'c';
{SWAP}"""

# The app's own is the source: nobody may be connected to it meanwhile, and new ones wait.
KEEP = f"""{ALONE}
SELECT count(*) > 0 AS taken FROM pg_database WHERE datname = :'t' \\gset
\\if :taken
    \\echo taken
    \\quit
\\endif
{LEAVE}{CLONE}{DONE}{FROZEN}"""

BEGIN = f"{ALONE}{EMPTY}"

# `n` was begun and is filled.
PLACE = f"""{LOCK}
DROP DATABASE IF EXISTS :"o" WITH (FORCE);
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = :'n' \\g /dev/null
{SWAP}"""

# What others have left connected to `n` is ended: a rename wants nobody there.
FREEZE = f"""
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = :'n' \\g /dev/null
SELECT count(*) > 0 AS there FROM pg_database WHERE datname = :'t' \\gset
\\if :there
    ALTER DATABASE :"t" IS_TEMPLATE false;
    DROP DATABASE :"t" WITH (FORCE);
\\endif
{FROZEN}"""

DROP = """
ALTER DATABASE :"t" IS_TEMPLATE false;
DROP DATABASE :"t" WITH (FORCE);
"""

LIST = """
SELECT json_build_object('database', datname, 'size', pg_database_size(oid),
                         'note', shobj_description(oid, 'pg_database'))
FROM pg_database WHERE starts_with(datname, :'p') AND datistemplate;
"""

# The other session: while `mark` says whose database it is, everybody there is asked to leave, again and again, as
# those who leave come back at once. A rename waits for them to go, and new ones wait for the rename. It ends with the
# first one.
EVICT = """
SELECT set_config('stagekit.mark', :'mark', false) \\g /dev/null
DO $$
DECLARE
    mark text := current_setting('stagekit.mark');
    said text;
    seen boolean := false;
    began timestamptz := clock_timestamp();
BEGIN
    LOOP
        PERFORM pg_stat_clear_snapshot();
        SELECT application_name INTO said FROM pg_stat_activity
        WHERE application_name = mark OR starts_with(application_name, mark || ' ') LIMIT 1;
        EXIT WHEN said = mark || ' done' OR said IS NULL AND (seen OR clock_timestamp() > began + interval '3 s');
        seen := seen OR said IS NOT NULL;
        IF said <> mark THEN
            PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datid = split_part(said, ' ', 2)::oid AND pid <> pg_backend_pid();
            PERFORM pg_sleep(0.005);
        ELSE
            PERFORM pg_sleep(0.02);
        END IF;
    END LOOP;
END $$;
"""
