"""Is every row of a Mattermost database in a vault?

    check_rows.py SOURCE VAULT [--import N] [--jsonl FILE]

SOURCE is a plain dump (.sql), or the name of a database of the server in HF_PG_SOCKET, which is
dumped. VAULT is read with sqlite3 and zstd alone. FILE is `holdfast convert VAULT FILE --to jsonl`;
with it the rows are also looked for in the records: every row in the document of a record, and what
the rows say in the records' values, by this program's own reading of the schema.

Prints a line for every table; the exit status is 1 when a row is lost or a value differs, and the
first ones of every sort are shown. What must not be read (credentials) is checked to be absent.
"""
import argparse
import collections
import datetime
import hashlib
import json
import os
import re
import sqlite3
import subprocess
import sys

# Tables that let somebody in, and those that the server makes from others.
SECRET = set("""sessions useraccesstokens tokens desktoptokens oauthaccessdata oauthapps oauthauthdata
outgoingoauthconnections incomingwebhooks outgoingwebhooks commands commandwebhooks licenses
clusterdiscovery configurations configurationfiles focalboard_sessions""".split())
DERIVED = {"publicchannels", "db_lock", "systems"}  # of systems, only the server's id is used
SECRET_COLUMNS = {"users": {"password", "authdata", "mfasecret", "mfausedtimestamps"},
                  "teams": {"inviteid"}, "remoteclusters": {"token", "remotetoken"}}
ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
SHOWN = 5

failed = False
shown = collections.Counter()


def complain(sort, text):
    global failed
    failed = True
    shown[sort] += 1
    if shown[sort] <= SHOWN:
        print("LOST  %s: %s" % (sort, text[:600]))


def decode(cell):
    if cell == "\\N":
        return None
    return re.sub(r"\\(.)", lambda m: ESCAPES.get(m[1], m[1]), cell, flags=re.S) if "\\" in cell else cell


# --- dumps ------------------------------------------------------------------------------------------


def split_head(line):
    found = re.match(r'COPY ([^ ]+) \((.*)\) FROM stdin;\n$', line)
    columns = [c[1:-1].replace('""', '"') if c[0] == '"' else c for c in found[2].split(", ")]
    return found[1], columns


def read_copies(lines):
    """(table with schema, columns, rows as lists of spelled cells) of every COPY of a text."""
    head, rows = None, None
    for line in lines:
        if head is None:
            if line.startswith("COPY "):
                head, rows = split_head(line), []
        elif line == "\\.\n" or line.startswith("COPY "):
            yield head[0], head[1], rows
            head, rows = (split_head(line), []) if line.startswith("COPY ") else (None, None)
        else:
            rows.append(line.rstrip("\n").split("\t"))
    if head is not None:
        yield head[0], head[1], rows


def read_source(source):
    if source.endswith(".sql"):
        with open(source, encoding="utf-8", newline="\n") as f:
            copies = list(read_copies(f))
    else:
        bin_dir = os.environ.get("HF_PG_BIN", "")
        dump = subprocess.run([os.path.join(bin_dir, "pg_dump"), "-h", os.environ["HF_PG_SOCKET"], "-U",
                               "postgres", "-d", source], stdout=subprocess.PIPE, check=True)
        copies = list(read_copies(keep_lines(dump.stdout.decode())))
    return {name.replace("public.", "", 1): (columns, rows) for name, columns, rows in copies}


# --- the vault, by hand -----------------------------------------------------------------------------


class Vault:
    def __init__(self, path):
        self.db = sqlite3.connect("file:%s/records.sqlite?mode=ro" % os.path.abspath(path), uri=True)
        self.path = path

    def last_import(self):
        return self.db.execute("SELECT max(n) FROM import").fetchone()[0]

    def content(self, content):
        """The bytes of a content: its extents, cut out of their blocks."""
        extents = self.db.execute("SELECT e.block, e.off, e.len, b.size FROM extent e JOIN block b ON b.id ="
                                  " e.block WHERE e.content = ? ORDER BY e.pos", (content,)).fetchall()
        blocks = list(dict.fromkeys((b, size) for b, _, _, size in extents))
        frames = b"".join(self.db.execute("SELECT frame FROM block WHERE id = ?", (b,)).fetchone()[0]
                          for b, _ in blocks)
        plain = subprocess.run(["zstd", "-dcq"], input=frames, stdout=subprocess.PIPE, check=True).stdout
        at, position = {}, 0
        for block, size in blocks:
            at[block], position = position, position + size
        return b"".join(plain[at[b] + off:at[b] + off + n] for b, off, n, _ in extents)

    def tables(self, number):
        """Members pg/SCHEMA.NAME of an import, checked against their own digest."""
        found = {}
        for name, content, digest in self.db.execute(
                "SELECT m.name, m.content, c.sha256 FROM import_member m JOIN content c ON c.id = m.content"
                " WHERE m.import = ?", (number,)):
            name = name.decode()
            if not name.startswith("pg/"):
                continue
            data = self.content(content)
            if hashlib.sha256(data).digest() != digest:
                complain("members", "%s: its bytes have another digest" % name)
            copies = list(read_copies(keep_lines(data.decode())))
            if len(copies) != 1 or copies[0][0] != name[3:] or not data.endswith(b"\\.\n"):
                complain("members", "%s is no whole COPY of its table" % name)
                continue
            found[name[3:].replace("public.", "", 1)] = copies[0][1:]
        return found


def keep_lines(text):
    """Lines with their line feed, cut at line feeds only."""
    return (line + "\n" for line in text.removesuffix("\n").split("\n"))


# --- members ----------------------------------------------------------------------------------------


def is_left_out(table):
    return table in SECRET or table in DERIVED


def project(source, columns):
    at = [source[0].index(c) for c in columns]
    return collections.Counter(tuple(row[i] for i in at) for row in source[1])


def check_members(source, members, counts):
    for table, (columns, rows) in source.items():
        if is_left_out(table):
            if table in members:
                complain("credentials", "%s was read" % table)
            continue
        if table not in members:
            complain("tables", "%s, %d rows" % (table, len(rows)))
            continue
        read = members[table][0]
        gone = set(columns) - set(read) - SECRET_COLUMNS.get(table, set())
        for column in gone:
            complain("columns", "%s.%s" % (table, column))
        for column in set(read) & SECRET_COLUMNS.get(table, set()):
            complain("credentials", "%s.%s was read" % (table, column))
        want = project((columns, rows), read)
        got = collections.Counter(map(tuple, members[table][1]))
        for row in (want - got):
            complain("rows of " + table, "\t".join(row))
        for row in (got - want):
            complain("rows that the source has not, of " + table, "\t".join(row))
        counts[table]["member"] = sum(got.values())
    for table in members.keys() - source.keys():
        complain("tables that the source has not", table)


# --- documents --------------------------------------------------------------------------------------


def read_records(path):
    with open(path, encoding="utf-8", newline="\n") as f:
        for line in f:
            record = json.loads(line)
            if "values" in record or record.get("type") == "opaque":
                yield record


def check_documents(source, records, counts):
    """Every row of a table that is read stands in the document of a record."""
    seen = collections.defaultdict(collections.Counter)
    heads = {}
    for record in records:
        for table, columns, rows in read_copies(keep_lines(record.get("raw", ""))):
            table = table.replace("public.", "", 1)
            if heads.setdefault(table, columns) != columns:
                complain("documents", "%s has two lists of columns" % table)
            seen[table].update(map(tuple, rows))
    for table, (columns, rows) in source.items():
        if is_left_out(table) or not rows or table not in heads:
            if rows and not is_left_out(table):
                complain("documents", "no row of %s is in a record" % table)
            continue
        want = project((columns, rows), heads[table])
        for row in want - seen[table]:
            complain("documents of " + table, "\t".join(row))
        counts[table]["records"] = sum(seen[table].values())


# --- values -----------------------------------------------------------------------------------------


class Rows:
    """Rows of the source as dictionaries of texts; None for NULL and for columns that are not there."""

    def __init__(self, source):
        self.source = source

    def of(self, table):
        columns, rows = self.source.get(table, ([], []))
        for row in rows:
            yield collections.defaultdict(lambda: None, zip(columns, map(decode, row)))

    def by(self, table, column):
        found = collections.defaultdict(list)
        for row in self.of(table):
            found[row[column]].append(row)
        return found


def moment(ms):
    if not ms or ms == "0":
        return None
    t = datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=int(ms))
    return normal(t.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))


def normal(time):
    """A moment of a record without digits that say nothing."""
    return re.sub(r"\.?0*Z$", "Z", time) if time and "." in time else time


def is_live(row):
    return not row["deleteat"] or row["deleteat"] == "0"


def expect(sort, where, what, want, got):
    want, got = want or None, got or None
    if want != got:
        complain(sort, "%s: %s: the rows say %r, the record says %r" % (where, what, want, got))


def object_of(text):
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def list_of(text):
    try:
        found = json.loads(text or "[]")
    except ValueError:
        return []
    return found if isinstance(found, list) else []


def check_messages(rows, records, counts):
    messages = {r["id"]: r for r in records if r["type"] == "message"}
    versions, reactions = rows.by("posts", "originalid"), rows.by("reactions", "postid")
    files, temporary = rows.by("fileinfo", "id"), rows.by("temporaryposts", "postid")
    priorities, acks = rows.by("postspriority", "postid"), rows.by("postacknowledgements", "postid")
    translations, wanted = rows.by("translations", "objectid"), set()
    for post in rows.of("posts"):
        if post["originalid"]:
            continue
        where, burning = "post " + post["id"], (temporary[post["id"]] or [None])[0]
        wanted.add(post["id"])
        if post["id"] not in messages:
            complain("messages", where)
            continue
        record = messages[post["id"]]
        v = record["values"]
        counts["posts"]["messages"] += 1
        text = post["message"] or (burning and burning["message"])
        expect("messages", where, "channel", post["channelid"], record["scope"])
        expect("messages", where, "time", moment(post["createat"]), normal(v.get("message.time")))
        expect("messages", where, "author", post["userid"], v.get("message.author.user"))
        expect("messages", where, "text", text, v.get("message.text"))
        expect("messages", where, "deleted", moment(post["deleteat"]), normal(v.get("message.deleted.at")))
        expect("messages", where, "is deleted", not is_live(post), v.get("message.is_deleted"))
        expect("messages", where, "deleted by", object_of(post["props"]).get("deleteBy"),
               v.get("message.deleted.by"))
        expect("messages", where, "edited", moment(post["editat"]), normal(v.get("message.edited.at")))
        expect("messages", where, "pinned", post["ispinned"] == "t", v.get("message.is_pinned"))
        expect("messages", where, "type", post["type"], v.get("message.type"))
        root = post["rootid"] or post["parentid"]
        if root:
            expect("messages", where, "thread", root, v.get("message.thread"))
        expect("versions", where, "earlier texts", sorted(p["message"] for p in versions[post["id"]] if p["message"]),
               sorted(x["text"] for x in v.get("message.version", []) if "text" in x))
        counts["posts"]["versions"] += len(versions[post["id"]])
        live = [r for r in reactions[post["id"]] if is_live(r)]
        expect("reactions", where, "reactions",
               sorted((r["userid"], r["emojiname"], moment(r["createat"])) for r in live),
               sorted((x.get("user"), x.get("name"), normal(x.get("at"))) for x in v.get("message.reaction", [])))
        counts["reactions"]["live"] += len(live)
        check_files(where, post, burning, files, v, counts)
        for table, key, want in (
                ("priority", "level", {p["priority"] for p in priorities[post["id"]]}),
                ("ack", "user", {a["userid"] for a in acks[post["id"]] if a["acknowledgedat"] not in (None, "0")}),
                ("translation", "text", {t["text"] for t in translations[post["id"]]})):
            flat = v.get("message.%s.%s" % (table, key))
            got = {x.get(key) for x in v.get("message." + table, [])} | ({flat} if flat else set())
            expect(table, where, table, want, got)
    for extra in messages.keys() - wanted:
        complain("messages that the source has not", extra)


def check_files(where, post, burning, files, v, counts):
    ids = list_of(post["fileids"]) or (list_of(burning["fileids"]) if burning else [])
    got = v.get("message.file", [])
    if ids:
        expect("files", where, "files", ids, [f.get("id") for f in got])
        for file, value in zip(ids, got):
            for row in files[file]:
                expect("files", where, "name of a file", row["name"], value.get("name"))
                expect("files", where, "size of a file", int(row["size"] or 0), value.get("size"))
                counts["fileinfo"]["of messages"] += 1
    else:
        expect("files", where, "files of old", [p.rsplit("/", 1)[1] for p in list_of(post["filenames"])],
               [f.get("name") for f in got])


KINDS = {"O": "public", "P": "private", "D": "dm", "G": "group"}


def check_places(rows, records, counts):
    by_kind = collections.defaultdict(dict)
    for r in records:
        by_kind[r["type"]][r["id"]] = r
    bots = {b["userid"]: b for b in rows.of("bots")}
    members = rows.by("channelmembers", "channelid")
    for user in rows.of("users"):
        where, r = "user " + user["id"], by_kind["user"].get(user["id"])
        if r is None:
            complain("users", where)
            continue
        v = r["values"]
        first = "display_name" if user["id"] in bots else "first_name"
        for field, column in (("name", "username"), ("email", "email"), (first, "firstname"),
                              ("last_name", "lastname"), ("title", "position")):
            expect("users", where, column, user[column], v.get("user." + field))
        expect("users", where, "deactivated", moment(user["deleteat"]), normal(v.get("user.deactivated_at")))
        expect("users", where, "is a bot", user["id"] in bots, v.get("user.is_bot"))
        counts["users"]["users"] += 1
        counts["bots"]["users"] += user["id"] in bots
    for channel in rows.of("channels"):
        where, r = "channel " + channel["id"], by_kind["channel"].get(channel["id"])
        if r is None:
            complain("channels", where)
            continue
        v = r["values"]
        if channel["type"] in KINDS:
            expect("channels", where, "kind", KINDS[channel["type"]], v.get("channel.kind"))
        if channel["type"] not in "DG":  # there the name is made of the members
            expect("channels", where, "name", channel["name"], v.get("channel.name"))
        expect("channels", where, "title", channel["displayname"], v.get("channel.title"))
        expect("channels", where, "header", channel["header"], v.get("channel.topic.text"))
        expect("channels", where, "purpose", channel["purpose"], v.get("channel.purpose.text"))
        expect("channels", where, "archived", moment(channel["deleteat"]), normal(v.get("channel.archived_at")))
        got = {m.get("user") for m in v.get("channel.member", [])}
        for m in members[channel["id"]]:
            if m["userid"] not in got:
                complain("members", "%s: %s" % (where, m["userid"]))
        counts["channels"]["channels"] += 1
    for table, kind in (("teams", "workspace"), ("emoji", "emoji")):
        for row in rows.of(table):
            if row["id"] not in by_kind[kind]:
                complain(kind, row["id"])
            counts[table][kind] += 1


def check_rest(rows, records, counts):
    """Records that have no id of their own in the schema: held against their values."""
    def held(kind, table, want, got):
        want, got = collections.Counter(want), collections.Counter(got)
        for item in want - got:
            complain(kind, "%s: %r" % (table, item))
        counts[table][kind] += sum(want.values())

    values = collections.defaultdict(list)
    for r in records:
        values[r["type"]].append(r.get("values", {}))
    at = moment
    get = lambda v, kind, *fields: tuple(normal(v.get(kind + "." + f)) for f in fields)
    members = [get(v, "membership", "user", "channel", "workspace", "joined", "left") for v in values["membership"]]
    held("memberships", "channelmemberhistory",
         [(m["userid"], m["channelid"], None, at(m["jointime"]), at(m["leavetime"]))
          for m in rows.of("channelmemberhistory")], members)
    held("memberships", "channelmembers", [(m["userid"], m["channelid"]) for m in rows.of("channelmembers")],
         [m[:2] for m in members if m[3] is None and m[4] is None])
    held("memberships", "teammembers", [(m["userid"], m["teamid"], at(m["deleteat"])) for m in rows.of("teammembers")],
         [(m[0], m[2], m[4]) for m in members])
    held("events", "audits", [(at(a["createat"]), a["userid"] or None, a["action"], a["ipaddress"]) for a in rows.of("audits")],
         [get(v, "event", "time", "user", "action", "address") for v in values["event"]])
    drafts = [get(v, "draft", "author", "channel", "text", "scheduled") for v in values["draft"]]
    held("drafts", "drafts", [(d["userid"], d["channelid"], d["message"], None) for d in rows.of("drafts")], drafts)
    held("drafts", "scheduledposts", [(d["userid"], d["channelid"], d["message"], at(d["scheduledat"]))
                                      for d in rows.of("scheduledposts")], drafts)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("source")
    parser.add_argument("vault")
    parser.add_argument("--import", dest="number", type=int)
    parser.add_argument("--jsonl")
    arguments = parser.parse_args()
    source, vault = read_source(arguments.source), Vault(arguments.vault)
    counts = collections.defaultdict(collections.Counter)
    check_members(source, vault.tables(arguments.number or vault.last_import()), counts)
    if arguments.jsonl:
        records, rows = list(read_records(arguments.jsonl)), Rows(source)
        check_documents(source, records, counts)
        check_messages(rows, records, counts)
        check_places(rows, records, counts)
        check_rest(rows, records, counts)
    total = 0
    for table, (_, rows) in sorted(source.items()):
        said = "not read" if is_left_out(table) else ", ".join("%s %d" % c for c in counts[table].items())
        print("%-28s %8d rows: %s" % (table, len(rows), said))
        total += 0 if is_left_out(table) else len(rows)
    for sort, n in shown.items():
        if n > SHOWN:
            print("LOST  %s: %d in all" % (sort, n))
    print("%d rows, %d lost" % (total, sum(shown.values())))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
