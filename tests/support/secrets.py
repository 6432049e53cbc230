"""Secrets to look for. Every one of them has the word CANARY in it, and stands beside the word zqbeside.

secrets.py plant SAMPLE OUT      a copy of a Slack export with secrets in every kind of place
secrets.py edit EXPORT           edit a message that has one
secrets.py plant-rows IN OUT     a pg_dump with secrets in posts, props and channels
secrets.py search PATH...        exit 1, and say where, when a secret stands there (containers opened, base64 and JSON
                                 decoded), or when nothing stands there that stood beside one
"""
import base64
import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile

TOKEN = "https://files.slack.com/files-pri/T0-F0/a.png?t=xoxe-11111-CANARYTOKEN"
HOOK = "https://hooks.slack.com/services/T0/B0/CANARYHOOK"
PASSWORD = "https://ann:CANARYPASSWORD@example.org/x"
QUERY = "https://example.org/?a=1&token=CANARYQUERY"
MM_HOOK = "https://chat.example.org/hooks/canaryz0canaryz0canaryz0ca"
ALL = "zqbeside <%s|a> %s %s %s %s xoxb-1234567890-CANARYBOT" % (TOKEN, HOOK, PASSWORD, QUERY, MM_HOOK)


def load(*path):
    return json.load(open(os.path.join(*path), encoding="utf-8"))


def save(value, *path):
    # Slack's own spelling: every slash escaped.
    with open(os.path.join(*path), "w", encoding="utf-8") as f:
        f.write(json.dumps(value, indent=4).replace("/", "\\/"))


def days(folder):
    for name in sorted(os.listdir(folder)):
        for day in sorted(os.listdir(os.path.join(folder, name))) if os.path.isdir(os.path.join(folder, name)) else []:
            if re.fullmatch(r"\d{4}-\d\d-\d\d\.json", day):
                yield os.path.join(folder, name, day)


def plant(sample, out):
    shutil.copytree(sample, out)
    users = load(out, "users.json")
    users[0]["profile"].update({"status_text": ALL, "title": ALL, "zq_unknown": {"deep": [ALL]}})
    users[0]["zqbeside"] = "zqbeside"
    save(users, out, "users.json")
    channels = load(out, "channels.json")
    for c in channels:
        c["topic"] = {"value": ALL, "creator": "", "last_set": 1}
        c["purpose"] = {"value": ALL, "creator": "", "last_set": 1}
        c["zq_unknown"] = ALL
    save(channels, out, "channels.json")
    for n, day in enumerate(days(out)):
        messages = load(day)
        for m in messages[:2]:
            if not isinstance(m, dict) or "text" not in m:
                continue
            m["text"] += " " + ALL
            m["zq_unknown"] = {"xoxb-1234567890-CANARYKEY": ALL}
            m["blocks"] = [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [
                {"type": "link", "url": TOKEN}, {"type": "text", "text": ALL}]}]}]
            m["attachments"] = [{"title": ALL, "text": ALL, "title_link": TOKEN, "fallback": ALL, "image_url": TOKEN,
                                 "fields": [{"title": "t", "value": ALL}]}]
            m["files"] = [{"id": "FZQ%d" % n, "name": "a.png", "title": ALL, "url_private": TOKEN,
                           "url_private_download": TOKEN, "thumb_64": TOKEN, "user": m.get("user", "U0"), "created": 1}]
        save(messages, day)
        if n == 0:  # one that nobody can read
            text = open(day, encoding="utf-8").read()
            cut = '{"type": "message", "ts": "1.1", "text": "zqbeside %s and \\u0026token=CANARYCUT", }' % ALL
            open(day, "w", encoding="utf-8").write(text.rstrip()[:-1] + "," + cut + "]\n")


def edit(folder):
    for day in days(folder):
        text = open(day, encoding="utf-8").read()
        if "CANARY" in text:
            open(day, "w", encoding="utf-8").write(text.replace("zqbeside", "zqbeside again", 1))
            return


def copy_text(text):
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")


def plant_rows(source, target):
    """Into every 7th post's text and props, in the form that Go writes JSON in, and into channel headers."""
    columns, table, n, posts = [], "", 0, 0
    with open(source, encoding="utf-8", errors="surrogateescape") as f, \
            open(target, "w", encoding="utf-8", errors="surrogateescape") as out:
        for line in f:
            m = re.match(r"COPY public\.(\w+) \((.*)\) FROM stdin;$", line.rstrip("\n"))
            if m:
                table, columns = m[1], m[2].split(", ")
            elif line.startswith("\\."):
                table = ""
            elif table in ("posts", "channels"):
                row = dict(zip(columns, line.rstrip("\n").split("\t")))
                n += 1
                if table == "channels":
                    row["header"] = copy_text(ALL)
                elif n % 7 == 0 and row.get("type", "") == "":
                    posts += 1
                    row["message"] = copy_text(ALL)
                    props = json.dumps({"zqbeside": ALL, "attachments": [{"text": ALL, "title_link": TOKEN}]})
                    for c, code in (("&", "\\u0026"), ("<", "\\u003c"), (">", "\\u003e")):
                        props = props.replace(c, code)
                    row["props"] = copy_text(props)
                line = "\t".join(row[c] for c in columns) + "\n"
            out.write(line)
    sys.exit(0 if posts > 3 else "no posts to plant in")


def contents(path, name=None):
    """name and bytes of every file, containers opened."""
    if os.path.isdir(path):
        for n in sorted(os.listdir(path)):
            yield from contents(os.path.join(path, n), n)
        return
    data = open(path, "rb").read()
    if path.endswith(".zst"):
        data = subprocess.run(["zstd", "-dc", path], capture_output=True, check=True).stdout
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as z:
            for i in z.infolist():
                yield path + ":" + i.filename, z.read(i)
        return
    yield path, data


def decoded(data):
    """The bytes, and what their escapes and base64 hide."""
    yield data
    text = data.decode("utf-8", "replace")
    once = re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), text.replace("\\/", "/").replace("\\\\", "\\"))
    yield once.encode("utf-8", "replace")
    for run in re.findall(rb"[A-Za-z0-9+/]{60,}={0,2}", data):
        try:
            yield base64.b64decode(run + b"=" * (-len(run) % 4))
        except ValueError:
            pass


def search(paths):
    found, beside = [], False
    for path in paths:
        for name, data in contents(path):
            for blob in decoded(data):
                beside = beside or b"zqbeside" in blob
                at = blob.lower().find(b"canary")
                if at >= 0:
                    found.append("%s: %r" % (name, blob[max(0, at - 60):at + 40]))
                    break
    for line in found:
        print(line)
    if not beside:
        print("nothing of what stood beside a secret is there")
    sys.exit(1 if found or not beside else 0)


if sys.argv[1] == "plant":
    plant(*sys.argv[2:4])
elif sys.argv[1] == "edit":
    edit(sys.argv[2])
elif sys.argv[1] == "plant-rows":
    plant_rows(*sys.argv[2:4])
else:
    search(sys.argv[2:])
