#!/usr/bin/env bash
# The generator: the same seed gives the same bytes everywhere, the same messages in every format,
# and a manifest that an independent count of the output confirms.
set -euo pipefail
hfgen=${HOLDFAST_BUILD:?}/tests/bench/hfgen
command -v python3 >/dev/null || exit 77
[ -x "$hfgen" ] || { echo "no $hfgen"; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# Change these, and GEN_VERSION, when the generator is changed on purpose.
pinned_slack=5040c3ae5bd84f8a44bf9d5db21a37a495c8cecaaeb96c214d555554ae62e8c8
pinned_bulk=f73c92b5a87ce355b67a1747ee694009ec29a2b1574381a1fad33f0802fa3e6e
pinned_old=9bf83ae6e667b6d0f8993552cf7e15ceb5633b4b348ac35f0c47e8c4c324be5d
pinned_new=87ace93b8df2e605ca2469948ca1d5b6f08766d21639d016943e744d9303ff42

make() { # name, arguments
    local name=$1
    shift
    TZ=Asia/Kolkata "$hfgen" "$@" --manifest "$name.json" 2>"$name.log" && return
    cat "$name.log"
    exit 1
}
make slack --messages 2000 --seed 7 --to slack -o slack
make zip --messages 2000 --seed 7 --to slack -o slack.zip
make bulk --messages 2000 --seed 7 --to mattermost-bulk -o bulk.jsonl
make bulkzip --messages 2000 --seed 7 --to mattermost-bulk -o bulk.zip
make old --messages 2000 --seed 7 --to mattermost-sql --schema old -o old.sql
make new --messages 2000 --seed 7 --to mattermost-sql -o new.sql
make again --messages 2000 --seed 7 --to slack -o again
make other --messages 2000 --seed 8 --to slack -o other
for tiny in 1 2 9 41; do
    make "tiny$tiny" --messages "$tiny" --to slack -o "tiny$tiny"
    make "tinybulk$tiny" --messages "$tiny" --to mattermost-bulk -o "tiny$tiny.jsonl"
    make "tinysql$tiny" --messages "$tiny" --to mattermost-sql -o "tiny$tiny.sql"
done

failed=0
is() { # what, want, got
    [ "$2" = "$3" ] || { echo "$1: want $2, got $3"; failed=1; }
}
is "manifest of the Slack folder" "$pinned_slack" "$(sha256sum <slack.json | cut -d' ' -f1)"
is "manifest of the bulk file" "$pinned_bulk" "$(sha256sum <bulk.json | cut -d' ' -f1)"
is "manifest of the old database" "$pinned_old" "$(sha256sum <old.json | cut -d' ' -f1)"
is "manifest of the new database" "$pinned_new" "$(sha256sum <new.json | cut -d' ' -f1)"
diff -r slack again >/dev/null || { echo "one seed, two outputs"; failed=1; }
! diff -rq slack other >/dev/null || { echo "two seeds, one output"; failed=1; }

refuses() { # arguments: exit 2 and nothing written
    local rc=0
    "$hfgen" "$@" >/dev/null 2>refused.log || rc=$?
    is "exit of $*" 2 "$rc"
    grep -q '^hfgen: ' refused.log || { echo "no message for $*"; failed=1; }
    [ ! -e refused ] && [ ! -e refused.sql ] || { echo "$* wrote something"; failed=1; }
}
refuses --messages 10 --to mattermost-db -o refused
refuses --messages 10 --to mattermost-sql -o refused
refuses --messages 10 --to mattermost-sql --schema 6 -o refused.sql
refuses --messages 10 --to slack --schema old -o refused
refuses --messages 10 --to mattermost-bulk -o refused
refuses --messages 0 --to slack -o refused
refuses --messages ten --to slack -o refused
refuses --messages 10 --to slack
refuses --messages 10 --to slack -o refused --seed
refuses --messages 10 --to slack -o refused --speed 9

rc=0
"$hfgen" --messages 10 --to slack -o slack >/dev/null 2>&1 || rc=$?
is "exit when OUT exists" 6 "$rc"

python3 - <<'PYTHON' || failed=1
import collections, hashlib, json, os, re, sys, zipfile

load = lambda name: json.load(open(name, encoding="utf-8"))
wrong = []


def check(what, want, got):
    if want != got:
        wrong.append("%s: manifest %r, counted %r" % (what, want, got))


def content(members):
    """The sum of the first 16 bytes of SHA-256 over "sha256  name" of each member, modulo 2^128."""
    total = 0
    for name, data in members:
        line = "%s  %s" % (hashlib.sha256(data).hexdigest(), name)
        total += int.from_bytes(hashlib.sha256(line.encode()).digest()[:16], "big")
    return "%032x" % (total % (1 << 128))


def folder(root):
    for path, _, names in os.walk(root):
        for name in names:
            full = os.path.join(path, name)
            yield os.path.relpath(full, root), open(full, "rb").read()


def common(name, manifest, members):
    members = list(members)
    check(name + " members", manifest["output"]["members"], len(members))
    check(name + " bytes", manifest["output"]["bytes"], sum(len(d) for _, d in members))
    check(name + " content", manifest["output"]["content"], content(members))
    return members


def count_slack(name, members):
    manifest = load(name + ".json")
    members = dict(common(name, manifest, members))
    want, got = manifest["counts"], collections.Counter()
    kinds = {"channels.json": "public", "groups.json": "private", "dms.json": "dm",
             "mpims.json": "group"}
    kind_of, names = {}, {}
    for index, kind in kinds.items():
        for c in json.loads(members[index]):
            kind_of[c["id"] if kind == "dm" else c["name"]] = kind
            names[c["id"] if kind == "dm" else c["name"]] = c["id"]
    check(name + " channels", want["channels"], dict(collections.Counter(kind_of.values())))
    users = json.loads(members["users.json"])
    check(name + " users", want["people"] + want["bots"] - want["bots_without_account"], len(users))
    check(name + " deactivated", want["deactivated"], sum(u["deleted"] for u in users))
    per_kind, needles, handles = collections.Counter(), [], {u["id"]: u["name"] for u in users}
    written = collections.Counter()
    for path, data in members.items():
        if "/" not in path:
            continue
        place = path.split("/")[0]
        for m in json.loads(data):
            sub = m.get("subtype", "")
            got["messages"] += 1
            per_kind[kind_of[place]] += 1
            got["replies"] += m.get("thread_ts", m["ts"]) != m["ts"]
            got["roots"] += "reply_count" in m
            got["bot"] += "bot_id" in m
            got["deleted"] += sub == "tombstone"
            got["system"] += sub.split("_")[0] in ("channel", "group") or sub == "huddle_thread"
            got["edited"] += "edited" in m
            got["broadcast"] += sub == "thread_broadcast"
            got["files"] += len(m.get("files", []))
            got["reactions"] += sum(len(r["users"]) for r in m.get("reactions", []))
            written[m.get("user")] += 1
            if manifest["needles"]["word"] in m["text"]:
                needles.append((names[place], m["ts"], m["user"], handles[m["user"]]))
    for key in got:
        check("%s %s" % (name, key), want[key], got[key])
    check(name + " messages by kind", {k: n for k, n in want["messages_in"].items() if n},
          dict(per_kind))
    check(name + " needles", sorted((n["channel"], n["ts"], n["user"], n["username"])
                                    for n in manifest["needles"]["messages"]), sorted(needles))
    for c in manifest["custodians"]:
        check("%s custodian %s" % (name, c["username"]), c["messages"], written[c["user"]])
        check("%s needles of %s" % (name, c["username"]), c["needles"],
              sum(n[2] == c["user"] for n in needles))
    return members


def count_bulk(name, data):
    manifest = load(name + ".json")
    common(name, manifest, [("import.jsonl", data)])
    want, got, custodians = manifest["counts"], collections.Counter(), collections.Counter()
    needles = []

    def post(p, place):
        got["messages"] += 1
        got["bot"] += p.get("type") == "slack_attachment"
        got["system"] += p.get("type", "").startswith("system_") or p.get("type") == "custom_calls"
        got["edited"] += "edit_at" in p
        got["files"] += len(p.get("attachments", []))
        got["reactions"] += len(p.get("reactions", []))
        got["roots"] += "replies" in p
        custodians[p["user"]] += 1
        if manifest["needles"]["word"] in p["message"]:
            needles.append((place, p["create_at"], p["user"]))
        for r in p.get("replies", []):
            got["replies"] += 1
            post(r, place)

    kinds, users = collections.Counter(), collections.Counter()
    for line in data.decode().splitlines():
        o = json.loads(line)
        users[o["type"]] += 1
        if o["type"] == "channel":
            kinds["public" if o["channel"]["type"] == "O" else "private"] += 1
        if o["type"] == "direct_channel":
            kinds["dm" if len(o["direct_channel"]["members"]) == 2 else "group"] += 1
        if o["type"] in ("post", "direct_post"):
            p = o[o["type"]]
            post(p, p.get("channel", "direct"))
    for key in got:
        check("%s %s" % (name, key), want[key], got[key])
    check(name + " channels", want["channels"], dict(kinds))
    check(name + " users", (want["people"], want["bots"]), (users["user"], users["bot"]))
    check(name + " needles", sorted((int(float(n["ts"].split(".")[0])) * 1000
                                     + int(n["ts"].split(".")[1]) // 1000, n["username"])
                                    for n in manifest["needles"]["messages"]),
          sorted((t, u) for _, t, u in needles))
    for c in manifest["custodians"]:
        check("%s custodian %s" % (name, c["username"]), c["messages"], custodians[c["username"]])
    return manifest


def rows_of(data):
    """Tables of a dump: rows as {column: text or None}."""
    tables, escapes = {}, {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
    decode = lambda cell: None if cell == "\\N" else re.sub(
        r"\\(.)", lambda m: escapes.get(m[1], m[1]), cell, flags=re.S)
    for head in re.finditer(r"^COPY public\.(\w+) \((.*)\) FROM stdin;\n", data, re.M):
        columns, end = head[2].split(", "), data.index("\\.\n", head.end() - 1)
        if data[end - 1] != "\n":
            end = data.index("\n\\.\n", head.end()) + 1
        lines = data[head.end():end].split("\n")[:-1]
        tables[head[1]] = [dict(zip(columns, map(decode, l.split("\t")), strict=True)) for l in lines]
    return tables


def count_sql(name, data):
    manifest = load(name + ".json")
    common(name, manifest, [("mattermost.sql", data)])
    check(name + " sha256", manifest["output"]["sha256"], hashlib.sha256(data).hexdigest())
    tables = rows_of(data.decode())
    check(name + " rows", manifest["tables"], {t: len(rows) for t, rows in tables.items()})
    want, extra, got = manifest["counts"], manifest["extras"], collections.Counter()
    users = {u["id"]: u["username"] for u in tables["users"]}
    texts, needles = 0, []
    old = [p for p in tables["posts"] if p["originalid"]]
    posts = [p for p in tables["posts"] if not p["originalid"]]
    for p in posts:
        got["messages"] += 1
        got["replies"] += bool(p["rootid"] or p.get("parentid"))
        got["edited"] += p["editat"] != "0"
        got["deleted"] += p["deleteat"] != "0"
        got["pinned"] += p["ispinned"] == "t"
        if manifest["needles"]["word"] in p["message"]:
            needles.append((p["id"], p["channelid"], p["userid"], int(p["createat"])))
    check(name + " messages", want["messages"] + extra["posts"], got["messages"])
    check(name + " replies", want["replies"] + extra["replies"], got["replies"])
    check(name + " edited", want["edited"], got["edited"])
    check(name + " deleted", want["deleted"] + extra["deleted"], got["deleted"])
    check(name + " pinned", extra["pinned"], got["pinned"])
    check(name + " versions", extra["versions"], len(old))
    check(name + " versions of something", set(), {p["originalid"] for p in old} - {p["id"] for p in posts})
    check(name + " no needle in a version", 0, sum("amberquill" in p["message"] for p in old))
    check(name + " reactions", want["reactions"] + extra["reactions"],
          sum(r["deleteat"] in (None, "0") for r in tables["reactions"]))
    check(name + " files", want["files"] + extra.get("files", 0),
          sum(f["deleteat"] == "0" and bool(f["postid"]) or
              any(p["id"] == f["postid"] and p["deleteat"] == f["deleteat"] for p in posts)
              for f in tables["fileinfo"]))
    check(name + " roots", want["roots"], len(tables["threads"]))
    check(name + " needles", sorted((n["post_id"], n["channel_id"], n["user_id"],
                                     int(n["ts"].replace(".", "")) // 1000)
                                    for n in manifest["needles"]["messages"]), sorted(needles))
    check(name + " authors", set(), {n["username"] for n in manifest["needles"]["messages"]} - set(users.values()))
    for p in posts[:want["messages"]]:
        texts += int.from_bytes(hashlib.sha256(p["message"].encode()).digest()[:16], "big")
    check(name + " texts", manifest["texts"], "%032x" % (texts % (1 << 128)))
    for table, rows in tables.items():
        if table not in ("fork_case_notes",):
            check("%s: ids of %s" % (name, table), len(rows), len(set(map(str, rows))))
    return manifest


members = count_slack("slack", folder("slack"))
archive = zipfile.ZipFile("slack.zip")
check("zip integrity", None, archive.testzip())
unpacked = count_slack("zip", [(i.filename, archive.read(i)) for i in archive.infolist()
                               if not i.is_dir()])
check("zip and folder", members, unpacked)
data = open("bulk.jsonl", "rb").read()
manifest = count_bulk("bulk", data)
check("bulk sha256", manifest["output"]["sha256"], hashlib.sha256(data).hexdigest())
check("bulk zip", data, zipfile.ZipFile("bulk.zip").read("import.jsonl"))
check("one stream, every format", {load(n + ".json")["logical"] for n in ("slack", "zip", "bulk", "old", "new")},
      {load("bulkzip.json")["logical"]})
for name in ("old", "new"):
    count_sql(name, open(name + ".sql", "rb").read())
check("texts of every Mattermost target", {manifest["texts"]}, {load(n + ".json")["texts"] for n in ("old", "new")})
if load("slack.json")["logical"] == load("other.json")["logical"]:
    wrong.append("two seeds, one logical digest")
for n in (1, 2, 9, 41):
    check("tiny %d" % n, n, load("tiny%d.json" % n)["counts"]["messages"])
    check("tiny bulk %d" % n, n, load("tinybulk%d.json" % n)["counts"]["messages"])
    check("tiny sql %d" % n, n, load("tinysql%d.json" % n)["counts"]["messages"])
for line in wrong:
    print(line)
sys.exit(1 if wrong else 0)
PYTHON
exit $failed
