#!/usr/bin/env bash
# A database with everything that a reader may stumble over: an independent script finds every row of
# every table again, in the vault's members and in its records.
. "$HOLDFAST_SOURCE/tests/support/cli.sh"
. "$HOLDFAST_SOURCE/tests/support/pg.sh"
command -v python3 >/dev/null && command -v zstd >/dev/null || { echo "SKIP: no python3 or zstd"; exit 77; }
support=$HOLDFAST_SOURCE/tests/support

complete() { # SOURCE NAME: import the source and check it against the generated file
    rm -rf "$T/v" "$T/v.jsonl"
    run import "$1" --into "$T/v"
    want_rc 0
    run convert "$T/v" "$T/v.jsonl" --to jsonl --sidecar none
    want_rc 0
    python3 "$support/check_rows.py" "$T/$2.sql" "$T/v" --jsonl "$T/v.jsonl" >"$T/rows" ||
        { fail "rows of $1"; cat "$T/rows"; }
    # The messages with the code word are found, and no others.
    run search "$T/v" amberquill --format jsonl
    want_rc 0
    python3 - "$T/$2.json" "$T/out" <<'PYTHON' || fail "the code word in $1"
import json, sys
want = sorted(n["post_id"] for n in json.load(open(sys.argv[1]))["needles"]["messages"])
got = sorted(h["id"] for h in map(json.loads, open(sys.argv[2])) if h["type"] == "hits")
sys.exit(want != got or len(want) < 10)
PYTHON
    # Nothing that lets somebody in, in no form.
    python3 - "$T/v" quartzlatch <<'PYTHON' || fail "a credential in the vault of $1"
import glob, sqlite3, subprocess, sys
word = sys.argv[2].encode()
db = sqlite3.connect(sys.argv[1] + "/records.sqlite")
frames = [f for f, in db.execute("SELECT frame FROM block")]
texts = [subprocess.run(["zstd", "-dcq"], input=b"".join(frames), stdout=subprocess.PIPE, check=True).stdout]
texts += [open(p, "rb").read() for p in glob.glob(sys.argv[1] + "/*.sqlite") + glob.glob(sys.argv[1] + ".jsonl")]
sys.exit(any(word in t for t in texts) or len(texts) < 5 or len(texts[0]) < 1000000)
PYTHON
}

# What the generator writes is what pg_dump says of it once loaded: the file stands for the database.
same_dump() { # NAME
    "$(pg_bin)/pg_dump" -h "$HF_PG_SOCKET" -U postgres -d "$1" --no-owner >"$T/dump.sql" || fail "pg_dump $1"
    python3 - "$T/$1.sql" "$T/dump.sql" <<'PYTHON' || fail "the dump of $1 is not what was loaded"
import re, sys
def parts(path):
    text = open(path, encoding="utf-8", newline="\n").read()
    tables = set(re.findall(r"^CREATE TABLE .*?^\);$", text, re.M | re.S))
    return tables, {h: sorted(rows.split("\n")) for h, rows in
                    re.findall(r"^(COPY .*?)\n(.*?)^\\\.$", text, re.M | re.S)}
a, b = parts(sys.argv[1]), parts(sys.argv[2])
differ = [*list(a[0] ^ b[0])[:2], *[h for h in a[1].keys() | b[1].keys() if a[1].get(h) != b[1].get(h)]]
for what in differ:
    print(what[:300])
sys.exit(a != b or len(a[1]) < 25)
PYTHON
}

for schema in old new; do
    "$HFGEN" --messages 6000 --seed 11 --to mattermost-sql --schema $schema -o "$T/complete_$schema.sql" \
        --manifest "$T/complete_$schema.json" 2>/dev/null || fail "hfgen"
    complete "$T/complete_$schema.sql" complete_$schema
done

if pg_bin >/dev/null; then
    pg_need
    for name in complete_old complete_new; do
        pg_db $name && pg_sql $name -f "$T/$name.sql" >/dev/null || fail "psql"
        same_dump $name
        complete "$(pg_url $name)" $name
    done
fi

# The check can fail: a row more of each of these.
for table in reactions posts calls; do
    python3 - "$T/complete_new.sql" "$T/more.sql" $table <<'PYTHON'
import sys
text = open(sys.argv[1], encoding="utf-8", newline="\n").read()
at = text.index("FROM stdin;\n", text.index("\nCOPY public.%s (" % sys.argv[3])) + len("FROM stdin;\n")
row = text[at:text.index("\n", at) + 1]
open(sys.argv[2], "w", encoding="utf-8", newline="\n").write(text[:at] + "zz" + row[2:] + text[at:])
PYTHON
    ! python3 "$support/check_rows.py" "$T/more.sql" "$T/v" >/dev/null || fail "a lost row of $table goes unseen"
done
finish
