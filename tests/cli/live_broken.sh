#!/usr/bin/env bash
# Servers that go away, refuse, or are not what they should be: each gets its own status and words, and
# nothing half read is published.
. "$HOLDFAST_SOURCE/tests/support/cli.sh"
. "$HOLDFAST_SOURCE/tests/support/pg.sh"
[ -x "$HFGEN" ] || { echo "SKIP: hfgen is not built"; exit 77; }
command -v python3 >/dev/null || { echo "SKIP: no python3"; exit 77; }
pg_own
"$HFGEN" --messages 5000 --seed 4 --to mattermost-sql -o "$T/mm.sql" 2>/dev/null || fail hfgen
pg_db mm && pg_sql mm -f "$T/mm.sql" >/dev/null || fail psql
url=$(pg_url mm)
psql_mm() { psql -X -q -At -h "$HF_PG_SOCKET" -U postgres -d mm "$@"; }

nothing_published() { # VAULT: no import is in it, when it is there at all
    [ -e "$1" ] || return 0
    run vault info "$1" --json
    want_rc 0
    python3 -c 'import json, sys; sys.exit(json.load(open(sys.argv[1])).get("imports") not in (0, []))' "$T/out" ||
        { fail "$1: something was published"; cat "$T/out"; }
}

# --- the server goes away ---------------------------------------------------------------------------

# Killed while it sends: by its own signals, and one session alone. The next run does all of it.
cut_off() { # NAME COMMAND...
    local name=$1
    shift
    "$HOLDFAST_BIN" import "$url" --into "$T/$name" >"$T/out" 2>"$T/err" &
    local reader=$!
    for _ in $(seq 400); do
        [ "$(psql_mm -c "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'holdfast' AND query LIKE 'COPY%'" 2>&1)" = 0 ] || break
        sleep 0.01
    done
    "$@"
    wait $reader
    rc=$?
    last="holdfast import, $name"
    want_rc 10
    want err "UNREACHABLE"
    nothing_published "$T/$name"
}
end_sessions() {
    psql_mm -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'holdfast'" >/dev/null
}
cut_off ended end_sessions
cut_off killed pg_ctl -m immediate stop >/dev/null
pg_ctl -w start >/dev/null
cut_off stopped pg_ctl -m fast stop >/dev/null

run import "$url" --into "$T/stopped" # there is no server now
want_rc 10
want err "UNREACHABLE"
pg_ctl -w start >/dev/null
run import "$url" --into "$T/whole"
want_rc 0
run convert "$T/whole" "$T/whole.jsonl" --to jsonl --sidecar none
for name in ended killed stopped; do
    run import "$url" --into "$T/$name"
    want_rc 0
    run convert "$T/$name" "$T/$name.jsonl" --to jsonl --sidecar none
    want_rc 0
    python3 - "$T/whole.jsonl" "$T/$name.jsonl" <<'PYTHON' || fail "$name: not what an undisturbed import brings"
import json, sys
def load(name):
    return sorted(json.dumps({k: v for k, v in json.loads(line).items() if k != "raw"}, sort_keys=True)
                  for line in open(name, encoding="utf-8"))
a, b = load(sys.argv[1]), load(sys.argv[2])
sys.exit(a != b or len(a) < 5000)
PYTHON
done

# --- the server refuses -----------------------------------------------------------------------------

psql_mm -c "CREATE ROLE needs_password LOGIN SUPERUSER PASSWORD 'right'"
run inspect "$(pg_url mm needs_password)" --password-command "echo wr0ng"
want_rc 11
want err "DENIED"
refuse err "wr0ng"
run inspect "$(pg_url mm needs_password)"
want_rc 11
run inspect "$(pg_url mm needs_password)" --password-command "echo sec23t; exit 1"
want_rc 15
refuse err "sec23t"
run inspect "$(pg_url mm nobody_here)"
want_rc 11
run inspect "$(pg_url no_such_database)"
want_rc 2
run inspect "postgresql://postgres:s3cr%zzet@host/mm"
want_rc 2
refuse err "s3cr"
run inspect "postgresql://postgres@127.0.0.1:1/mm"
want_rc 10

# No right at all: all that is missing is said, and is enough when it was given.
psql_mm -c "CREATE ROLE reader LOGIN" -c "REVOKE ALL ON SCHEMA public FROM PUBLIC"
run inspect "$(pg_url mm reader)" --json
want_rc 11
python3 - "$T/err" >"$T/grants.sql" <<'PYTHON' || fail "no GRANT"
import json, sys
fix = [json.loads(line) for line in open(sys.argv[1]) if line.startswith("{")][0]["fix"]
print(fix)
sys.exit(not fix.startswith("GRANT USAGE ON SCHEMA public TO reader;") or " password," in fix or "mfasecret" in fix)
PYTHON
psql_mm -v ON_ERROR_STOP=1 -f "$T/grants.sql" || fail "the GRANTs are refused"
run inspect "$(pg_url mm reader)"
want_rc 0
want err "Not read, no right to"
want err "audits"
run import "$(pg_url mm reader)" --into "$T/granted"
want_rc 0
# They give nothing but reading, and no credential.
for sql in "INSERT INTO posts (id) VALUES ('x')" "DELETE FROM posts" "SELECT password FROM users" "SELECT token FROM sessions"; do
    ! psql -X -q -h "$HF_PG_SOCKET" -U reader -d mm -c "$sql" >/dev/null 2>&1 || fail "the GRANTs allow: $sql"
done
psql_mm -c "REVOKE SELECT ON posts FROM reader"
run import "$(pg_url mm reader)" --into "$T/granted"
want_rc 11
want err "GRANT SELECT ON public.posts TO reader;"
# A policy that hides rows would make a reading pass for complete.
psql_mm -c "GRANT SELECT ON posts TO reader" -c "ALTER TABLE posts ENABLE ROW LEVEL SECURITY" \
    -c "CREATE POLICY few ON posts TO reader USING (deleteat = 0)"
run import "$(pg_url mm reader)" --into "$T/granted"
want_rc 11
psql_mm -c "ALTER TABLE posts DISABLE ROW LEVEL SECURITY"

# --- it is another database -------------------------------------------------------------------------

run inspect "$(pg_url postgres)"
want_rc 7
want err '"posts" and "channels"'
pg_db blog
pg_sql blog -c "CREATE TABLE posts (id serial, body text)" -c "CREATE TABLE channels (id serial)"
run inspect "$(pg_url blog)"
want_rc 7
run vault init "$T/blog_vault"
run import "$(pg_url blog)" --into "$T/blog_vault"
want_rc 7
nothing_published "$T/blog_vault"

# --- it is a Mattermost with nothing in it ----------------------------------------------------------

pg_db bare
"$(pg_bin)/pg_dump" -h "$HF_PG_SOCKET" -U postgres -d mm --schema-only | pg_sql bare >/dev/null || fail "pg_dump"
run import "$(pg_url bare)" --into "$T/bare"
want_rc 2
want err "--origin NAME"
run import "$(pg_url bare)" --into "$T/bare" --origin new-server --json
want_rc 0
python3 -c 'import json, sys; sys.exit(json.load(open(sys.argv[1]))["records"] != 0)' "$T/out" || { fail "records in an empty database"; cat "$T/out"; }

# --- it is newer than we are ------------------------------------------------------------------------

pg_db newer
pg_sql newer -f "$T/mm.sql" >/dev/null
pg_sql newer >/dev/null <<'SQL'
ALTER TABLE posts ADD COLUMN moodring jsonb DEFAULT '{"hue": "teal"}';
ALTER TABLE channels ADD COLUMN tidelevel int DEFAULT 3;
ALTER TABLE channels ALTER COLUMN type TYPE text;
UPDATE channels SET type = 'Q' WHERE id = (SELECT id FROM channels WHERE type = 'O' ORDER BY id LIMIT 1);
UPDATE posts SET type = 'hologram' WHERE id = (SELECT id FROM posts WHERE originalid = '' ORDER BY id LIMIT 1);
CREATE TABLE holograms (id text PRIMARY KEY, words text);
INSERT INTO holograms VALUES ('h1', 'vermilion lighthouse');
SQL
run import "$(pg_url newer)" --into "$T/newer"
want_rc 0
want err "holograms"
want err "posts.moodring"
want err "channels.tidelevel"
run convert "$T/newer" "$T/newer.jsonl" --to jsonl --sidecar none
want_rc 0
for text in "vermilion lighthouse" hologram teal; do
    grep -q "$text" "$T/newer.jsonl" || fail "lost of a newer server: $text"
done
pg_sql newer -c "ALTER TABLE posts DROP COLUMN channelid CASCADE"
run import "$(pg_url newer)" --into "$T/newer"
want_rc 7
want err "channelid"

# --- its rows are broken ----------------------------------------------------------------------------

# What a database without an encoding took in, and texts that are no JSON where JSON belongs (5.x kept
# it as text): the same rows come as in pg_dump's file, whole, and what cannot be read is told.
"$HFGEN" --messages 500 --seed 4 --to mattermost-sql --schema old -o "$T/old.sql" 2>/dev/null || fail hfgen
pg_db ascii SQL_ASCII
sed 's/^SET client_encoding = .*/SET client_encoding = SQL_ASCII;/' "$T/old.sql" | pg_sql ascii >/dev/null || fail psql
pg_sql ascii -c "UPDATE posts SET message = E'bad \\377\\376 bytes \\300' WHERE id = (SELECT max(id) FROM posts WHERE originalid = '')" \
    -c "UPDATE posts SET props = '{\"a\": \"nul \\u0000 here\", \"b\": \"half \\ud800\"}' WHERE id = (SELECT min(id) FROM posts WHERE originalid = '')" \
    -c "UPDATE users SET nickname = E'tail \\303' WHERE id = (SELECT min(id) FROM users)"
run vault init "$T/log"
"$(pg_bin)/pg_dump" -h "$HF_PG_SOCKET" -U postgres -d ascii -f "$T/ascii.sql" || fail pg_dump
for how in "" --bytes; do
    run diff $how "$(pg_url ascii)" "$T/ascii.sql" --vault "$T/log"
    want_rc 0
    want err " 0 changed, 0 missing, 0 extra"
done
run import "$(pg_url ascii)" --into "$T/ascii"
want_rc 0
want err "SQL_ASCII"
run search "$T/ascii" "bytes"
want_rc 0
pg_sql ascii -c "UPDATE posts SET props = '{\"a\": ' WHERE id = (SELECT min(id) FROM posts WHERE originalid = '')"
"$(pg_bin)/pg_dump" -h "$HF_PG_SOCKET" -U postgres -d ascii -f "$T/ascii.sql" || fail pg_dump
run import "$(pg_url ascii)" --into "$T/ascii"
want_rc 0 # the row is there as it is
live=$rc
run import "$T/ascii.sql" --into "$T/ascii_dump"
[ "$live" = "$rc" ] || fail "broken props: status $live from the server, $rc from its dump"
run diff --bytes "$(pg_url ascii)" "$T/ascii.sql" --vault "$T/log"
want_rc 0
finish
