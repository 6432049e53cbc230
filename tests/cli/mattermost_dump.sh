# tests/cli/mattermost_dump.sh: a pg_dump file is recognised plain, packed and from a pipe; what cannot be read is said with
# what to do; nothing that lets somebody in leaves the reader.
. "${HOLDFAST_SOURCE}/tests/support/cli.sh"
for program in gzip zstd python3; do
    command -v $program >/dev/null || { echo "SKIP: no $program"; exit 77; }
done
[ -x "$HFGEN" ] || { echo "SKIP: hfgen is not built"; exit 77; }
cd "$work" || exit 1

for schema in old new; do
    expect 0 "$HFGEN" --messages 400 --schema $schema --to mattermost-sql -o $schema.sql --manifest $schema.json
done

# A table is a member with the bytes that it has in the dump; users, teams and the other servers' tables are without the
# columns that let somebody in, and the tables that hold nothing else are not there.
run import old.sql --into old.vault
want_rc 0
run import new.sql --into new.vault
want_rc 0
cat >members.py <<'PYTHON'
import hashlib, re, sqlite3, sys
text = open(sys.argv[1], "rb").read()
db = sqlite3.connect(f"file:{sys.argv[2]}/records.sqlite?mode=ro", uri=True)
kept = {name: (size, sha256) for name, size, sha256 in
        db.execute("SELECT name, size, sha256 FROM members_readable WHERE type = 'file'")}
UNREAD = set("""sessions useraccesstokens tokens desktoptokens licenses clusterdiscovery systems publicchannels db_lock
                configurations configurationfiles focalboard_sessions""".split())
CUT = {"users": ["password", "authdata", "mfasecret", "mfausedtimestamps"], "teams": ["inviteid"],
       "remoteclusters": ["token", "remotetoken"]}
same = cut = unread = 0
for m in re.finditer(rb"^COPY public\.(\w+) \((.*?)\) FROM stdin;\n(.*?)^\\\.\n", text, re.M | re.S):
    table, columns, rows = m[1].decode(), m[2].decode().split(", "), m[3].decode(errors="surrogateescape")
    member = kept.pop(f"pg/public.{table}", None)
    if table in UNREAD or re.match(r"oauth|outgoing|incoming|commands?(webhooks)?$", table):
        unread += 1
        assert member is None, f"{table} has a member"
        continue
    left = [i for i, c in enumerate(columns) if c not in CUT.get(table, [])]
    want = m[0]
    if len(left) < len(columns):
        cut += 1
        want = (f"COPY public.{table} ({', '.join(columns[i] for i in left)}) FROM stdin;\n" +
                "".join("\t".join(line.split("\t")[i] for i in left) + "\n" for line in rows.split("\n")[:-1]) +
                "\\.\n").encode(errors="surrogateescape")
    else:
        same += 1
    assert member == (len(want), hashlib.sha256(want).hexdigest()), f"{table}: {member}, {len(want)} bytes"
assert not kept, kept
assert same > 15 and cut >= 2 and unread >= 3, (same, cut, unread)
PYTHON
for schema in old new; do
    python3 members.py $schema.sql $schema.vault || fail "members of $schema.vault"
done

# inspect says of every table how many rows it has, as awk counts them, or that it is not read.
for schema in old new; do
    run inspect $schema.sql --members --format json
    want_rc 0
    awk '/^COPY public\./ { split($2, name, "."); table = name[2]; n[table] += 0; next }
         $0 == "\\." { table = ""; next }
         table != "" { n[table]++ }
         END { for (t in n) print t, n[t] }' $schema.sql | sort >counted
    python3 - "$T/out" <<'PYTHON' | sort >said
import json, re, sys
doc = json.load(open(sys.argv[1]))
for m in doc["members"]:
    assert m["type"] == "table", m
    print(m["member"].removeprefix("pg/public."), m["rows"])
for key in "tables_not_read", "system_tables", "derived_tables":
    for name, n in re.findall(r"(\w+) \((\d+)\)", doc[key]):
        print(name, n)
PYTHON
    cmp -s counted said || fail "inspect $schema.sql counts differently: $(diff counted said | head -5)"
done

# Packed or not, and from a pipe: the same records and the same bytes.
gzip -kc old.sql >old.sql.gz
zstd -q old.sql -o old.dump.zst
python3 -m zipfile -c old.zip old.sql
for packed in old.sql.gz old.dump.zst old.zip; do
    run diff old.sql $packed
    want_rc 0
    run diff --bytes old.sql $packed
    want_rc 0
done
"$HOLDFAST_BIN" convert - piped.jsonl --to jsonl <old.sql >"$T/out" 2>"$T/err" || fail "a dump from a pipe"
run convert old.sql plain.jsonl --to jsonl
cmp -s piped.jsonl plain.jsonl || fail "a dump from a pipe has other records"

# Nothing of what lets somebody in is in any output.
secret=$(python3 -c 'import json; print(json.load(open("new.json"))["secret"])')
grep -q "$secret" new.sql || fail "the generated dump has no secrets to find"
run convert new.sql new.jsonl --to jsonl
want_rc 0
grep -q "$secret" new.jsonl && fail "a secret of the dump is in the JSON Lines"
run convert new.vault rebuilt.jsonl --to jsonl
grep -q "$secret" rebuilt.jsonl && fail "a secret of the dump comes out of the vault"

# Cut: refused, unless what is left is asked for.
head -c 200000 old.sql >cut.sql
run inspect cut.sql
want_rc 4
want err "the dump ends in the middle of a table's rows"
want err "--salvage"
run convert cut.sql cut.jsonl --to jsonl --salvage --origin cut
want_rc 3
[ -s cut.jsonl ] || fail "--salvage gives nothing"
gzip -c old.sql | head -c 50000 >cut.sql.gz
run inspect cut.sql.gz
want_rc 4
run inspect cut.sql.gz --salvage --origin cut
want_rc 3

# What cannot be read, and what to do about it.
refused() { # FILE TEXT HINT
    run inspect "$1"
    want_rc 7
    want err "$2"
    want err "$3"
}
sed 's/^SET client_encoding.*/SET client_encoding = '"'LATIN1'"';/' old.sql >latin.sql
refused latin.sql "encoding LATIN1" "-E UTF8"
sed 's/$/\r/' old.sql >crlf.sql
refused mattermost-dump:crlf.sql "line ends of Windows" "binary mode"
printf '\xff\xfe-\0-\0' >utf16.sql
refused mattermost-dump:utf16.sql "UTF-16" "pg_dump -f"
sed 's/^COPY public.posts .*/INSERT INTO public.posts VALUES (1);\n&/' old.sql >inserts.sql
refused inserts.sql "INSERT statements" "without --inserts"
mkdir folder
printf 'PGDMP' >folder/toc.dat
refused folder "no dump in one file" "pg_restore -f"
sed '/^CREATE TABLE public.posts (/,/^);/s/channelid/place/; /^COPY public.posts /s/channelid/place/' old.sql >other.sql
refused mattermost-dump:other.sql "not a Mattermost" "DataSource"

pass
