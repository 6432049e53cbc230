#!/usr/bin/env python3
"""Count what a Slack export holds, with nothing but Python's json and zipfile.

    count_slack.py EXPORT.zip | FOLDER      prints one JSON object

An independent expectation for the tests: it shares no code and no parsing with holdfast. messages:
elements of day files; replies: thread_ts other than ts; roots: thread_ts equal to ts, or
reply_count; reactions: sum of the users listed; files: files[] and, when its id is not among them,
file; channels by the index file that lists them; stubs: folders that no index file explains.
"""
import json
import os
import re
import sys
import zipfile

DAY = re.compile(r"^(?:teams/([^/]+)/)?([^/]+)/\d{4}-\d\d-\d\d\.json$")
INDEX = re.compile(r"^(?:teams/([^/]+)/)?([a-z_]+)\.json$")
KINDS = {"channels": "public", "groups": "private", "dms": "dm", "mpims": "group"}


def members(path):
    """Yield (name, bytes) of every file."""
    if os.path.isdir(path):
        for folder, _, names in os.walk(path):
            for name in names:
                full = os.path.join(folder, name)
                with open(full, "rb") as f:
                    yield os.path.relpath(full, path).replace(os.sep, "/"), f.read()
        return
    with zipfile.ZipFile(path) as z:
        for info in z.infolist():
            if not info.is_dir():
                yield info.filename, z.read(info)


def unwrap(files):
    """Take off the one folder that somebody wrapped the export in."""
    if any(n in ("users.json", "org_users.json", "channels.json") for n in files):
        return files
    for name in sorted(files):
        folder, _, rest = name.partition("/")
        if rest in ("users.json", "org_users.json", "channels.json") and folder != "__MACOSX":
            return {n[len(folder) + 1:]: b for n, b in files.items() if n.startswith(folder + "/")}
    return files


def count_message(m, c):
    ts, thread = str(m.get("ts")), m.get("thread_ts")
    c["messages"] += 1
    subtype = m.get("subtype")
    if isinstance(subtype, str) and subtype:
        c["subtypes"][subtype] = c["subtypes"].get(subtype, 0) + 1
    if thread and str(thread) != ts:
        c["replies"] += 1
    elif thread or (isinstance(m.get("reply_count"), int) and m["reply_count"] > 0):
        c["roots"] += 1
    if isinstance(m.get("edited"), dict):
        c["edited"] += 1
    if m.get("bot_id"):
        c["bot"] += 1
    for r in m.get("reactions") or []:
        c["reactions"] += len([u for u in r.get("users") or [] if u])
    listed = [f for f in m.get("files") or [] if isinstance(f, dict)]
    single = m.get("file")
    if isinstance(single, dict) and single.get("id") not in [f.get("id") for f in listed]:
        listed.append(single)
    c["files"] += len(listed)


def main():
    files = unwrap(dict(members(sys.argv[1])))
    c = dict.fromkeys(["users", "public", "private", "dm", "group", "messages", "replies", "roots",
                       "reactions", "files", "edited", "bot", "events", "stubs", "unreadable"], 0)
    c["subtypes"] = {}
    folders, users, listed, stubs = set(), set(), set(), set()
    for name, data in files.items():
        hit = INDEX.match(name)
        if not hit or hit.group(2) not in set(KINDS) | {"users", "org_users", "integration_logs"}:
            continue
        rows = json.loads(data) or []
        if hit.group(2) in ("users", "org_users"):
            users |= {u["id"] for u in rows}
        elif hit.group(2) == "integration_logs":
            c["events"] += len(rows)
        else:
            for ch in rows:
                if ch["id"] not in listed:
                    c[KINDS[hit.group(2)]] += 1
                listed.add(ch["id"])
                folders |= {(hit.group(1), ch.get("name") or ch["id"])}
    for name, data in files.items():
        hit = DAY.match(name)
        if not hit or hit.group(2) == "__MACOSX":
            continue
        place = (hit.group(1), hit.group(2))
        if place not in folders and (None, place[1]) not in folders and place[1] not in listed:
            stubs.add(place)
        try:
            rows = json.loads(data) or []
        except ValueError:
            c["unreadable"] += 1
            continue
        for m in rows if isinstance(rows, list) else []:
            if isinstance(m, dict):
                count_message(m, c)
            else:
                c["unreadable"] += 1
        c["unreadable"] += not isinstance(rows, list)
    c["users"], c["stubs"] = len(users), len(stubs)
    print(json.dumps(c, sort_keys=True))


if __name__ == "__main__":
    main()
