"""Make another export of the same workspace: `newer_slack.py SOURCE OUT HOW...`, folder or .zip each.

edit=E,A,R   a later export: E texts edited, A messages added, R messages gone, the latter inside the
             range of their channel; prints one JSON object that says which
month=Y-M    only the day files of that month
public       what an export without private conversations holds: channels.json and its folders
team=ID      another workspace with the same messages: every team id becomes ID

Only what is named changes: everything else keeps its bytes, order included.
"""
import json
import os
import re
import sys
import zipfile

DAY = re.compile(r"^([^/]+)/(\d{4}-\d\d-\d\d)\.json$")
FOLDERS = ("groups.json", "dms.json", "mpims.json")


def load(path):
    files = {}
    if os.path.isdir(path):
        for folder, folders, names in os.walk(path):
            folders.sort()
            for name in sorted(names):
                full = os.path.join(folder, name)
                with open(full, "rb") as f:
                    files[os.path.relpath(full, path)] = f.read()
    else:
        with zipfile.ZipFile(path) as z:
            files = {i.filename: z.read(i) for i in z.infolist()}
    return files


def save(path, files):
    if path.endswith(".zip"):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as z:
            for name, data in files.items():
                z.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
        return
    for name, data in files.items():
        full = os.path.join(path, name)
        if name.endswith("/"):
            os.makedirs(full, exist_ok=True)
            continue
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "wb") as f:
            f.write(data)


def elements(data):
    """(start, end, value) of each element of a JSON array, in characters; None when it is none."""
    text = data.decode("utf-8", "surrogateescape")
    decoder, out, at = json.JSONDecoder(strict=False), [], 0
    skip = re.compile(r"[\s,]*")
    at = skip.match(text).end()
    if text[at:at + 1] != "[":
        return text, None
    at = skip.match(text, at + 1).end()
    while at < len(text) and text[at] != "]":
        try:
            value, end = decoder.raw_decode(text, at)
        except ValueError:
            return text, None
        out.append((at, end, value))
        at = skip.match(text, end).end()
    return text, out


def plain(m):
    """A message that can be edited, copied or taken away without touching another one."""
    return (isinstance(m, dict) and isinstance(m.get("text"), str) and len(m["text"]) > 10
            and isinstance(m.get("ts"), str) and not m.get("subtype") and not m.get("thread_ts")
            and not m.get("files") and not m.get("edited"))


def edit(files, edits, adds, removes):
    days = sorted(n for n in files if DAY.match(n))
    first, last = {}, {}
    for name in days:
        folder = DAY.match(name)[1]
        first.setdefault(folder, name)
        last[folder] = name
    left = {"edited": edits, "added": adds, "removed": removes}
    done = {key: [] for key in left}
    step = max(1, len(days) // max(1, 2 * (edits + adds + removes)))
    ring = days[::step] + [n for i, n in enumerate(days) if i % step]  # spread over all channels
    for name in ring:
        if not any(left.values()):
            break
        text, items = elements(files[name])
        good = [i for i in items or [] if plain(i[2])]
        if not good:
            continue
        folder = DAY.match(name)[1]
        inside = name not in (first[folder], last[folder])
        # What is gone first: few places are good for it.
        what = "removed" if inside and left["removed"] and len(items) > 1 else \
            max(("edited", "added"), key=lambda k: left[k] / max(1, dict(edited=edits, added=adds)[k]))
        if not left[what]:
            continue
        start, end, m = good[len(good) // 2]
        changed = {k: v for k, v in m.items() if k != "blocks"}
        if what == "edited":
            changed["text"] = m["text"] + " (edited)"
            changed["edited"] = {"user": m.get("user", "U0"), "ts": m["ts"].split(".")[0] + ".999000"}
            text = text[:start] + json.dumps(changed) + text[end:]
        elif what == "added":
            # A little later than its model, at a fraction that nobody else has.
            changed.update(text="newly added: " + m["text"], ts=m["ts"].split(".")[0] + ".999999")
            for key in ("client_msg_id", "reactions"):
                changed.pop(key, None)
            text = text[:end] + ",\n" + json.dumps(changed) + text[end:]
        else:
            at = items.index((start, end, m))
            end, start = (items[at + 1][0], start) if at + 1 < len(items) else (end, items[at - 1][1])
            text = text[:start] + text[end:]
        files[name] = text.encode("utf-8", "surrogateescape")
        left[what] -= 1
        done[what].append({"member": name, "ts": changed["ts"], "text": changed["text"]})
    assert not any(left.values()), left
    print(json.dumps(done))


def public(files):
    channels = json.loads(files["channels.json"])
    keep = {c["name"] for c in channels} | {c["id"] for c in channels}
    gone = [n for n in files if n in FOLDERS or ("/" in n and n.split("/")[0] not in keep)]
    for name in gone:
        del files[name]


def main():
    source, out, how = sys.argv[1:4]
    files = load(source)
    key, _, value = how.partition("=")
    if key == "edit":
        edit(files, *map(int, value.split(",")))
    elif key == "month":
        for name in [n for n in files if DAY.match(n) and not DAY.match(n)[2].startswith(value)]:
            del files[name]
    elif key == "public":
        public(files)
    elif key == "team":
        old = next(u["team_id"] for u in json.loads(files["users.json"]) if u.get("team_id"))
        files = {n: d.replace(old.encode(), value.encode()) for n, d in files.items()}
    else:
        sys.exit("newer_slack.py: " + how)
    save(out, files)


if __name__ == "__main__":
    main()
