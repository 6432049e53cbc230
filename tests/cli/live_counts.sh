#!/usr/bin/env bash
# What inspect counts on a server is what psql counts there: bots, and reactions that were not taken back, among it.
. "$HOLDFAST_SOURCE/tests/support/cli.sh"
. "$HOLDFAST_SOURCE/tests/support/pg.sh"
command -v python3 >/dev/null || { echo "SKIP: no python3"; exit 77; }
pg_need
"$HFGEN" --messages 3000 --seed 17 --to mattermost-sql -o "$T/base.sql" 2>/dev/null || fail hfgen
pg_db counted && pg_sql counted -f "$T/base.sql" >/dev/null || fail psql
pg_sql counted -c "UPDATE reactions SET deleteat = createat + 1 WHERE userid IN (SELECT userid FROM reactions LIMIT 20)"
pg_sql counted -At -F= >"$T/want" <<'SQL'
CREATE TEMP VIEW p AS SELECT * FROM posts WHERE originalid = '';
SELECT 'messages', count(*) FROM p;
SELECT 'replies', count(*) FROM p WHERE rootid <> '';
SELECT 'roots', count(*) FROM p WHERE id IN (SELECT postid FROM threads);
SELECT 'system', count(*) FROM p WHERE type LIKE 'system\_%';
SELECT 'bot', count(*) FROM p WHERE userid IN (SELECT userid FROM bots);
SELECT 'deleted', count(*) FROM p WHERE deleteat <> 0;
SELECT 'edited', count(*) FROM p WHERE editat <> 0;
SELECT 'reactions', count(*) FROM reactions r JOIN p ON p.id = r.postid WHERE coalesce(r.deleteat, 0) = 0;
SELECT 'users', count(*) FROM users;
SELECT 'channels', count(*) FROM channels WHERE type NOT IN ('P', 'D', 'G');
SELECT 'private_channels', count(*) FROM channels WHERE type = 'P';
SELECT 'dms', count(*) FROM channels WHERE type = 'D';
SELECT 'groups', count(*) FROM channels WHERE type = 'G';
SELECT 'emoji', count(*) FROM emoji;
SELECT 'events', count(*) FROM audits;
SQL

compare() {
    python3 - "$T/out" "$T/want" <<'PY' || fail "$last"
import json, sys
got = json.load(open(sys.argv[1]))
want = dict(line.strip().split("=") for line in open(sys.argv[2]) if "=" in line)
assert int(want["bot"]) > 50 and int(want["reactions"]) > 100, want
wrong = [(k, n, got.get(k)) for k, n in want.items() if got.get(k) != int(n)]
for k, n, g in wrong:
    print("%s: psql says %s, inspect says %s" % (k, n, g))
sys.exit(1 if wrong else 0)
PY
}
run inspect "$(pg_url counted)" --format json
want_rc 0
compare
run import "$(pg_url counted)" --into "$T/v"
want_rc 0
run inspect "$T/v" --format json
want_rc 0
compare
bots=$(sed -n 's/^bot=//p' "$T/want")
for source in "$T/v" "$(pg_url counted)"; do
    run search "$source" is:bot --vault "$T/v" --count
    want_rc 0
    want out "$bots"
done
finish
