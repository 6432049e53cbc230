#!/usr/bin/env bash
# Importing again: the same source adds nothing, a later one exactly its changes, a cut one takes
# nothing away, and another workspace stays apart.
. "$HOLDFAST_SOURCE/tests/support/cli.sh"

newer() { python3 "$HOLDFAST_SOURCE/tests/support/newer_slack.py" "$@" || fail "newer_slack.py $*"; }
members() { python3 "$HOLDFAST_SOURCE/tests/support/members.py" "$1"; }
sql() { sqlite3 -readonly "$1/records.sqlite" "$2"; }
import() { expect 0 "$HOLDFAST_BIN" import "$1" --into "$2" "${@:3}" >"$T/out"; }

# Everything that an import can add to, but for import, import_member and coverage.
rows() {
    sql "$1" "SELECT (SELECT count(*) FROM rec) || ' records ' || (SELECT count(*) FROM version) || ' versions ' ||
        (SELECT count(*) FROM block) || ' blocks ' || (SELECT count(*) FROM content) || ' contents ' ||
        (SELECT count(*) FROM extent) || ' extents ' || (SELECT count(*) FROM quarantine) || ' quarantined ' ||
        (SELECT count(*) FROM rec WHERE missing IS NOT NULL) || ' missing ' ||
        (SELECT count(*) FROM rec WHERE flags & 8192) || ' deleted'"
}
same() { [ "$2" = "$3" ] || fail "$1: before: $2; after: $3"; }

# Every hit of some queries: what a search finds, in which version, from whom.
found() {
    local query
    for query in "${queries[@]}"; do
        expect 0 "$HOLDFAST_BIN" search "$1" "$query" --json --limit 100000 "${@:2}" >"$T/hits"
        jq -r --arg q "$query" '"\($q): \(.messages)", (.hits[] | "\(.origin) \(.channel_id) \(.id) \(.version) \(.author_id)")' "$T/hits"
    done
}

# --- the same again ---------------------------------------------------------------------------------

again() {
    local name=$1 source=$2 vault=$work/$1.vault before
    import "$source" "$vault" "${@:3}"
    before=$(rows "$vault")
    import "$source" "$vault" "${@:3}"
    same "$name again" "$before" "$(rows "$vault")"
    [ "$(sql "$vault" 'SELECT group_concat(n) FROM import')" = 1,2 ] || fail "$name: two imports are not two rows"
    got=$(sql "$vault" 'SELECT new_members || new_records || versions || states || blocks || missing FROM import WHERE n = 2')
    [ "$got" = 000000 ] || fail "$name: the second import's row says $got"
    expect 0 "$HOLDFAST_BIN" verify "$vault" >"$T/out"
    expect 0 "$HOLDFAST_BIN" vault check "$vault" >"$T/out"
}

sample=$HOLDFAST_SOURCE/samples/slack-northwind
again sample "$sample"
"$HFGEN" --messages 5000 --seed 11 --to slack -o "$work/gen.zip" --manifest "$work/gen.json" 2>"$T/err" || fail hfgen
again generated "$work/gen.zip"

# --- a later export: 5 edits, 3 new messages, 2 gone --------------------------------------------------

newer "$sample" "$work/later" edit=5,3,2 >"$work/changes"
cp -r "$work/sample.vault" "$work/later.vault"
forget_heads
import "$work/later" "$work/later.vault"
got=$(sql "$work/later.vault" "SELECT new_records || ' new, ' || (versions - new_records) || ' versions, ' || states || ' states, ' || missing || ' missing' FROM import WHERE n = 3")
[ "$got" = '3 new, 5 versions, 0 states, 2 missing' ] || fail "the later export added: $got"
got=$(sql "$work/later.vault" "SELECT sum(deleted) FROM counts")
before=$(sql "$work/sample.vault" "SELECT sum(deleted) FROM counts")
[ "$got" = "$before" ] || fail "deleted: $before, then $got"
# Exactly these, by name; their earlier texts are still there, and what is gone is still found.
python3 - "$work/changes" "$work/later.vault/records.sqlite" <<'P' || fail "other records than those that were changed"
import json, sqlite3, sys
changes, db = json.load(open(sys.argv[1])), sqlite3.connect("file:%s?mode=ro" % sys.argv[2], uri=True)
ids = lambda sql: sorted(r[0] for r in db.execute(sql))
want = lambda what: sorted(c["ts"] for c in changes[what])
assert ids("SELECT id FROM message_versions_readable WHERE first_seen_in_import = 3 AND version > 1") == want("edited")
assert ids("SELECT id FROM message_versions_readable WHERE first_seen_in_import = 3 AND version = 1") == want("added")
assert ids("SELECT id FROM messages_readable WHERE missing_since_import = 3") == want("removed")
for c in changes["edited"]:
    texts = [r[0] for r in db.execute("SELECT text FROM message_versions_readable WHERE id = ? ORDER BY version", (c["ts"],))]
    assert len(texts) == 2 and texts[1] == c["text"] == texts[0] + " (edited)", (c, texts)
P
check_found() { # WHAT WORDS ID
    run search "$work/later.vault" "\"$2\"" --json --limit 1000
    jq -e --arg ts "$3" '[.hits[].id] | index($ts)' "$T/out" >"$T/jq" || fail "$1 $3 is not found by: $2"
}
# A phrase of two words is enough.
words() { jq -r ".$1[$2].text" "$work/changes" | grep -oE '[[:alpha:]]+ [[:alpha:]]+' | head -1; }
for i in 0 1; do check_found removed "$(words removed $i)" "$(jq -r ".removed[$i].ts" "$work/changes")"; done
for i in 0 1 2; do check_found added "$(words added $i)" "$(jq -r ".added[$i].ts" "$work/changes")"; done
run search "$work/later.vault" edited --count --version current
want out 5

# --- less of it: nothing is added, nothing is lost ----------------------------------------------------

queries=(water berth from:maren chan:private 'the' 'has:file' 'is:edited' 'in:general')
cut() {
    local name=$1 before hits
    newer "$sample" "$work/$name" "$2"
    cp -r "$work/sample.vault" "$work/$name.vault"
    forget_heads
    before=$(rows "$work/$name.vault")
    hits=$(found "$work/$name.vault")
    import "$work/$name" "$work/$name.vault"
    same "$name" "$before" "$(rows "$work/$name.vault")"
    [ "$(found "$work/$name.vault")" = "$hits" ] || fail "$name: a search finds something else"
    expect 0 "$HOLDFAST_BIN" verify "$work/$name.vault" >"$T/out"
}
cut month month=2024-03
cut public public
[ "$(find "$work/public" -name groups.json -o -name dms.json -o -name finance-private | wc -l)" = 0 ] || fail "public is not cut"
[ "$(find "$work/month" -name '2024-02-*' | wc -l)" = 0 ] || fail "month is not cut"
# Both in a vault of their own are less than the sample: the cuts cut something.
import "$work/month" "$work/only.vault"
[ "$(sql "$work/only.vault" 'SELECT sum(messages) FROM counts')" -lt 406 ] || fail "the month holds everything"

# --- two workspaces in one vault ----------------------------------------------------------------------

# One is another export; one has the very same ids, but for the team.
newer "$sample" "$work/twin" team=T04TWIN000
for other in "$work/gen.zip" "$work/twin"; do
    rm -rf "$work/two.vault" "$work/alone.vault" "$work/back"*
    import "$other" "$work/alone.vault"
    import "$sample" "$work/two.vault"
    import "$other" "$work/two.vault"
    names=$(sql "$work/two.vault" 'SELECT group_concat(name, "|") FROM (SELECT name FROM origin ORDER BY id)')
    alone=$(sql "$work/alone.vault" 'SELECT name FROM origin')
    [ "$names" = "T04NWHARB0|$alone" ] || fail "origins: $names"
    for one in sample alone; do
        got=$(sql "$work/two.vault" "SELECT * FROM counts WHERE origin = '$(sql "$work/$one.vault" 'SELECT name FROM origin')'")
        [ "$got" = "$(sql "$work/$one.vault" 'SELECT * FROM counts')" ] || fail "$one counts otherwise beside another: $got"
    done
    [ "$(found "$work/two.vault" --origin T04NWHARB0)" = "$(found "$work/sample.vault")" ] || fail "a search of one origin finds more, or less"
    run convert "$work/two.vault" "$work/back" --to slack
    want_rc 2
    want err T04NWHARB0
    want err "$alone"
    [ ! -e "$work/back" ] || fail "something was written all the same"
    expect 0 "$HOLDFAST_BIN" convert "$work/two.vault" "$work/back" --to slack --origin T04NWHARB0
    diff <(members "$sample") <(members "$work/back") >"$T/diff" || fail "rebuilt beside another workspace: members differ"
    case $other in *.zip) back=$work/back.zip ;; *) back=$work/back2 ;; esac
    expect 0 "$HOLDFAST_BIN" convert "$work/two.vault" "$back" --to slack --import 2
    diff <(members "$other") <(members "$back") >"$T/diff" || fail "the other one rebuilt: members differ"
    expect 0 "$HOLDFAST_BIN" verify "$work/two.vault" >"$T/out"
done

need_corpus
again houston "$corpus/slack/houstondatavis"
again testarchive "$corpus/slack/slack-export-viewer/testarchive.zip"
pass
