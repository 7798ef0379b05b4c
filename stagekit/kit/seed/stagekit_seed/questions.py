"""What Postgres's own catalogue is asked."""

NAME = """
SELECT format('%%I.%%I', n.nspname, c.relname),
       CASE WHEN n.nspname = 'public' THEN '' ELSE n.nspname || '.' END || c.relname
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = %s
"""
# A domain counts as what it is made of.
COLUMNS = """
SELECT a.attname, format_type(coalesce(nullif(t.typbasetype, 0), t.oid), NULL), NOT a.attnotnull,
       (a.atthasdef AND a.attgenerated = '') OR a.attidentity <> '', a.attgenerated <> '',
       a.attidentity = 'a'
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""
UNIQUES = """
SELECT i.indisprimary,
       (SELECT array_agg(a.attname::text ORDER BY k.place)
        FROM unnest(i.indkey[0:i.indnkeyatts - 1]) WITH ORDINALITY k(num, place)
        JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.num),
       CASE WHEN c.oid IS NULL THEN format('DROP INDEX %%s', i.indexrelid::regclass)
            ELSE format('ALTER TABLE %%s DROP CONSTRAINT %%I', i.indrelid::regclass, c.conname) END,
       CASE WHEN c.oid IS NULL THEN pg_get_indexdef(i.indexrelid)
            ELSE format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', i.indrelid::regclass, c.conname,
                        pg_get_constraintdef(c.oid)) END
FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype IN ('p', 'u')
WHERE i.indrelid = %s AND i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL ORDER BY i.indexrelid
"""
FOREIGN_KEYS = """
SELECT f.conname, f.conrelid, format('%I.%I', n.nspname, c.relname),
       (SELECT array_agg(a.attname::text ORDER BY k.place) FROM unnest(f.conkey) WITH ORDINALITY k(num, place)
        JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.num),
       f.confrelid,
       (SELECT array_agg(a.attname::text ORDER BY k.place) FROM unnest(f.confkey) WITH ORDINALITY k(num, place)
        JOIN pg_attribute a ON a.attrelid = f.confrelid AND a.attnum = k.num),
       f.confdeltype::text,
       CASE WHEN NOT f.condeferrable THEN 'NOT DEFERRABLE' WHEN f.condeferred THEN 'DEFERRABLE INITIALLY DEFERRED'
            ELSE 'DEFERRABLE INITIALLY IMMEDIATE' END
FROM pg_constraint f JOIN pg_class c ON c.oid = f.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE f.contype = 'f' AND f.conparentid = 0 AND n.nspname <> 'stagekit_seed' ORDER BY f.oid
"""
# Of a table (given three times): columns that own a sequence or default to one, with that sequence; forward ones only.
SEQUENCES = """
SELECT DISTINCT a.attname, format('%%I.%%I', n.nspname, c.relname)
FROM (SELECT d.refobjsubid AS num, d.objid AS seq FROM pg_depend d
      WHERE d.refobjid = %s AND d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
        AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
      UNION SELECT f.adnum, d.refobjid FROM pg_attrdef f
      JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid
        AND d.refclassid = 'pg_class'::regclass
      WHERE f.adrelid = %s) s
JOIN pg_class c ON c.oid = s.seq AND c.relkind = 'S' JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_sequence q ON q.seqrelid = c.oid AND q.seqincrement > 0
JOIN pg_attribute a ON a.attnum = s.num AND a.attrelid = %s
"""
