#!/usr/bin/env bash
# A part of a server is read twice, first to find whom it concerns: both readings show one moment, whatever is written
# in between.
. "$HOLDFAST_SOURCE/tests/support/cli.sh"
. "$HOLDFAST_SOURCE/tests/support/pg.sh"
command -v python3 >/dev/null || { echo "SKIP: no python3"; exit 77; }
pg_own
"$HFGEN" --messages 1500 --seed 11 --to mattermost-sql -o "$T/base.sql" 2>/dev/null || fail hfgen
pg_db moment && pg_sql moment -f "$T/base.sql" >/dev/null || fail psql
channel=$(pg_sql moment -At -c "SELECT channelid FROM posts GROUP BY 1 ORDER BY count(*) DESC LIMIT 1")
run import "$(pg_url moment)" --into "$T/v"
want_rc 0

# Somebody new says something in that channel, again and again.
psql -X -q -h "$HF_PG_SOCKET" -U postgres -d moment >/dev/null 2>&1 <<SQL &
CREATE TEMP TABLE u AS SELECT * FROM users LIMIT 1;
CREATE TEMP TABLE p AS SELECT * FROM posts WHERE channelid = '$channel' AND originalid = '' AND rootid = '' LIMIT 1;
DO \$\$ BEGIN FOR i IN 1..100000 LOOP
    UPDATE u SET id = lpad(i::text, 26, 'new'), username = 'new' || i, email = i || '@new.example';
    INSERT INTO users SELECT * FROM u;
    UPDATE p SET id = lpad(i::text, 26, 'post'), userid = (SELECT id FROM u);
    INSERT INTO posts SELECT * FROM p;
    COMMIT;
    PERFORM pg_sleep(0.002);
END LOOP; END \$\$;
SQL
writer=$!
for _ in $(seq 200); do
    [ "$(pg_sql moment -At -c "SELECT count(*) FROM users WHERE username LIKE 'new%'")" -gt 5 ] && break
    sleep 0.05
done
for _ in 1 2 3; do
    run convert "$(pg_url moment)" "$T/part.jsonl" --to jsonl --channel "$channel" --vault "$T/v" --overwrite
    want_rc 0
    python3 - "$T/part.jsonl" <<'PY' || fail "the two readings differ"
import json, sys
records = [json.loads(line) for line in open(sys.argv[1])]
users = {r["id"] for r in records if r["type"] == "user"}
authors = {r["values"]["message.author.user"] for r in records if r["type"] == "message"}
assert sum(a.startswith("newnew") for a in authors) > 5, "nobody wrote meanwhile"
assert authors <= users, (len(authors - users), "authors of messages that nobody defines")
PY
done
kill "$writer" 2>/dev/null
wait "$writer" 2>/dev/null
finish
