#!/usr/bin/env bash
# A server's records as an import file and as a Slack export, and back: everything returns with the
# sidecar; and without it no word of what was deleted, or was to be read once, is in either.
. "$HOLDFAST_SOURCE/tests/support/cli.sh"
for program in python3 unzip; do
    command -v $program >/dev/null || { echo "SKIP: no $program"; exit 77; }
done
[ -x "$HFGEN" ] || { echo "SKIP: hfgen is not built"; exit 77; }
cd "$work" || exit 1

# Texts of posts that are deleted, of their earlier texts, and of burn-on-read posts, which nobody else wrote.
cat >withheld.py <<'PYTHON'
import re, sys
rows, tables = [], {}
for line in open(sys.argv[1], encoding="utf-8"):
    m = re.match(r"COPY public\.(\w+) \((.*)\) FROM stdin;", line)
    if m:
        name, columns = m.group(1), [c.strip('"') for c in m.group(2).split(", ")]
        rows = tables.setdefault(name, [])
    elif line == "\\.\n":
        rows = []
    elif rows is not None and tables and line.strip() and not line.startswith("--"):
        cells = line.rstrip("\n").split("\t")
        if len(cells) == len(columns):
            rows.append(dict(zip(columns, cells)))
def first_line(text):
    return text.split("\\n")[0].strip()
gone = {p["id"] for p in tables["posts"] if p["deleteat"] != "0" and p["originalid"] == ""}
texts = [first_line(p["message"]) for p in tables["posts"] if p["id"] in gone or p["originalid"] in gone]
live = "\n".join(p["message"] for p in tables["posts"] if p["id"] not in gone and p["originalid"] not in gone)
once = [first_line(t["message"]) for t in tables.get("temporaryposts", [])]
for text in sorted({t for t in texts if len(t) > 20 and t not in live and "\\" not in t and "was deleted" not in t}):
    print("deleted\t" + text)
for text in sorted({t for t in once if len(t) > 5}):
    print("once\t" + text)
PYTHON
cat >absent.py <<'PYTHON'
import sys, zipfile
data = b"".join(zipfile.ZipFile(sys.argv[2]).read(n) for n in zipfile.ZipFile(sys.argv[2]).namelist())
data = data.replace(b"\\/", b"/")
found = [line for line in open(sys.argv[1]).read().splitlines() if line.split("\t")[1].encode() in data]
print(*found, sep="\n")
sys.exit(bool(found))
PYTHON

for schema in old new; do
    expect 0 "$HFGEN" --messages 3000 --seed 12 --schema $schema --to mattermost-sql -o $schema.sql
    python3 withheld.py $schema.sql >$schema.texts || fail withheld.py
    grep -q '^deleted' $schema.texts || fail "$schema: nothing deleted to look for"
    [ $schema = old ] || grep -q '^once' $schema.texts || fail "$schema: nothing to be read once"
    for to in mattermost-bulk slack; do
        run convert $schema.sql $schema-$to.zip --to $to
        want_rc 0
        python3 absent.py $schema.texts $schema-$to.zip >"$T/out" || fail "$schema as $to holds $(head -3 "$T/out")"
        run diff $schema-$to.zip $schema.sql
        want_rc 0
        want err ' 0 changed, 0 missing, 0 extra'
    done
    run verify $schema-mattermost-bulk.zip
    want_rc 0
    run convert $schema.sql $schema.txt --to txt # people see what was deleted, and that it was
    want_rc 0
    while IFS=$'\t' read -r kind text; do
        [ "$kind" != deleted ] || grep -qF -- "$text" $schema.txt || fail "the transcript lacks: $text"
    done < <(grep -v '[*_~`<>@:#]' $schema.texts | head -20)
    grep -q '\[deleted 20' $schema.txt || fail "the transcript does not say that messages are deleted"
done
finish
