#!/usr/bin/env bash
# Reading a server does it no harm: the server's own log, activity and locks, kept while an import and a
# writer run side by side, show nothing but SELECT and COPY TO in read-only transactions, no lock on a
# table above ACCESS SHARE, and no session that outlives its reader, however that ends.
. "$HOLDFAST_SOURCE/tests/support/cli.sh"
. "$HOLDFAST_SOURCE/tests/support/pg.sh"
[ -x "$HFGEN" ] || { echo "SKIP: hfgen is not built"; exit 77; }
command -v python3 >/dev/null || { echo "SKIP: no python3"; exit 77; }
pg_own
"$HFGEN" --messages 5000 --seed 3 --to mattermost-sql -o "$T/mm.sql" 2>/dev/null || fail hfgen
pg_db mm && pg_sql mm -f "$T/mm.sql" >/dev/null || fail psql
# Enough rows for a second connection and some seconds.
pg_sql mm >/dev/null <<'SQL'
INSERT INTO posts (id, createat, updateat, editat, deleteat, ispinned, userid, channelid, rootid, originalid,
    message, type, props, hashtags, filenames, fileids, hasreactions)
SELECT 'big' || lpad(i::text, 23, '0'), p.createat + i, p.updateat, 0, 0, false, p.userid, p.channelid, '', '',
    repeat('night shift ', 50) || i, '', '{}', '', '[]', '[]', false
FROM (SELECT * FROM posts WHERE originalid = '' ORDER BY id LIMIT 1) p, generate_series(1, 100000) i;
CREATE TABLE stop (now bool);
SQL
pg_sql postgres -c "ALTER SYSTEM SET log_statement = 'all'" -c "ALTER SYSTEM SET log_line_prefix = '<%a|%d> '"
pg_ctl reload >/dev/null
url=$(pg_url mm)
me='application_name = '"'holdfast'"

psql_mm() { psql -X -q -At -h "$HF_PG_SOCKET" -U postgres -d mm "$@"; }

# Changes of all kinds, each in a transaction of its own, until somebody says stop.
psql_mm -v ON_ERROR_STOP=1 -c "DO \$\$
DECLARE n bigint := 0;
BEGIN
    WHILE NOT EXISTS (SELECT FROM stop) LOOP
        n := n + 1;
        UPDATE posts SET updateat = updateat + 1 WHERE id = 'big' || lpad((n % 100000 + 1)::text, 23, '0');
        DELETE FROM reactions WHERE ctid = (SELECT min(ctid) FROM reactions WHERE n % 50 = 0);
        COMMIT;
        PERFORM pg_sleep(0.002);
    END LOOP;
    INSERT INTO stop VALUES (n > 100);
END \$\$" &
writer=$!

# What the server sees of us, twenty times a second.
(
    while [ ! -e "$T/enough" ]; do
        echo "SELECT 'activity', pid, state, backend_xid IS NULL FROM pg_stat_activity WHERE $me AND backend_type = 'client backend';
            SELECT 'lock', l.mode, l.locktype, l.granted FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE a.$me;"
        sleep 0.05
    done
) | psql_mm >"$T/seen" &
watcher=$!

run import "$url" --into "$T/v" --jobs 2
want_rc 0
touch "$T/enough"
pg_sql mm -c "INSERT INTO stop VALUES (true)"
wait $writer || fail "the writer was disturbed"
wait $watcher
[ "$(psql_mm -c 'SELECT bool_and(now) FROM stop')" = t ] || fail "the writer hardly wrote"
[ "$(psql_mm -c "SELECT count(*) FROM pg_stat_activity WHERE $me")" = 0 ] || fail "a session is left"

# Before PostgreSQL 14 a table cannot be read in ranges of pages, and one connection reads them all.
sessions=$(psql_mm -c "SELECT CASE WHEN current_setting('server_version_num')::int >= 140000 THEN 2 ELSE 1 END")
python3 - "$T/seen" "$pg_dir/log" "$sessions" <<'PYTHON' || fail "harm"
import re, sys
wrong = []
seen = [line.rstrip("\n").split("|") for line in open(sys.argv[1])]
pids = {row[1] for row in seen if row[0] == "activity"}
locks = {tuple(row[1:3]) for row in seen if row[0] == "lock"}
if len(pids) != int(sys.argv[3]):
    wrong.append("sessions seen: %d, not %s" % (len(pids), sys.argv[3]))
if any(row[3] != "t" for row in seen if row[0] == "activity"):
    wrong.append("a session of ours had a transaction number: it wrote")
if ("AccessShareLock", "relation") not in locks:
    wrong.append("no lock was seen at all")
for mode, kind in sorted(locks):
    # Every transaction locks its own virtual number.
    if (mode, kind) not in {("AccessShareLock", "relation"), ("ExclusiveLock", "virtualxid")}:
        wrong.append("lock %s on %s" % (mode, kind))
allowed = re.compile(r"""SELECT\s | COPY\s\(SELECT\s.*\)\sTO\sSTDOUT$ | SET\sLOCAL\s(jit|transaction_timeout)\s=\s\w+$ |
    BEGIN\sISOLATION\sLEVEL\sREPEATABLE\sREAD\sREAD\sONLY$ | SET\sTRANSACTION\sSNAPSHOT\s'[0-9A-F-]+'$ | COMMIT$ |
    (RELEASE\s|ROLLBACK\sTO\s)?SAVEPOINT\sholdfast$""", re.X | re.S)
words = re.compile(r"\b(INSERT|UPDATE|DELETE|TRUNCATE|LOCK|CREATE|DROP|ALTER|GRANT|FOR (UPDATE|SHARE)|nextval|setval|pg_advisory\w*)\b(?! ON)")
statements = 0
for line in open(sys.argv[2], errors="replace"):
    m = re.match(r"<holdfast\|\w*> LOG:  (?:statement|execute \S+): (.*)$", line)
    if m is None:
        if line.startswith("<holdfast|") and "ERROR" in line:
            wrong.append(line.strip())
        continue
    statements += 1
    if not allowed.match(m[1]) or words.search(re.sub(r"'[^']*'", "", m[1])):
        wrong.append("statement: " + m[1][:200])
if statements < 50:
    wrong.append("only %d statements in the log" % statements)
print("\n".join(wrong[:20]))
sys.exit(1 if wrong else 0)
PYTHON

# Times that the user sets. A table that is locked is waited for as long as was said.
psql_mm -c "BEGIN; LOCK TABLE reactions IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(60)" >/dev/null 2>&1 &
holder=$!
while [ "$(psql_mm -c "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted")" = 0 ]; do sleep 0.1; done
began=$(date +%s)
run import "$url" --into "$T/v" --lock-timeout 200ms
want_rc 12
want err "LOCKED"
[ $(($(date +%s) - began)) -lt 30 ] || fail "the lock was waited for longer than was said"
psql_mm -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'BEGIN; LOCK%'" >/dev/null
wait $holder
run import "$url" --into "$T/v2" --statement-timeout 1ms
want_rc 10
want err "statement timeout"

# Ctrl-C: the reader ends in order, and so does what the server does for it.
"$HOLDFAST_BIN" import "$url" --into "$T/v3" >"$T/out" 2>"$T/err" &
reader=$!
for _ in $(seq 200); do
    [ "$(psql_mm -c "SELECT count(*) FROM pg_stat_activity WHERE $me AND query LIKE 'COPY%posts%'")" = 0 ] || break
    sleep 0.05
done
kill -INT $reader
wait $reader
rc=$?
last="holdfast import, interrupted"
want_rc 130
for _ in $(seq 40); do
    left=$(psql_mm -c "SELECT count(*) FROM pg_stat_activity WHERE $me")
    [ "$left" != 0 ] || break
    sleep 0.1
done
[ "$left" = 0 ] || fail "sessions outlive their reader"

# A snapshot that is held long is said.
run import "$url" --into "$T/v" --set snapshot-warn=0
want_rc 0
want err "the server cannot clean up rows"
finish
