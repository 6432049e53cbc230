"""P11, what is withheld stays withheld.

canaries.py plant SAMPLE OUT       a copy of the export with a word for every person, conversation and message place
canaries.py check OUT CHANNEL FILE...   no canary of an outsider of CHANNEL stands in the files, decompressed; and the
                                   canaries of its own messages do
An insider is a member, an author, somebody mentioned or somebody reacting in the conversation.
"""
import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile

INDEX = ("channels.json", "groups.json", "dms.json", "mpims.json")


def person(uid):
    return "zqperson" + uid.lower()


def place(cid):
    return "zqplace" + cid.lower()


def load(folder, name):
    path = os.path.join(folder, name)
    return json.load(open(path, encoding="utf-8", errors="surrogateescape")) if os.path.exists(path) else []


def save(folder, name, value):
    with open(os.path.join(folder, name), "w", encoding="utf-8", errors="surrogateescape") as f:
        json.dump(value, f)


def conversations(folder):
    """id, folder name, record of every conversation."""
    for index in INDEX:
        for c in load(folder, index):
            yield c["id"], c["id"] if index == "dms.json" else c["name"], c


def days(folder, name):
    if os.path.isdir(os.path.join(folder, name)):
        for day in sorted(os.listdir(os.path.join(folder, name))):
            if re.fullmatch(r"\d{4}-\d\d-\d\d\.json", day):
                yield os.path.join(name, day)


def plant(sample, out):
    shutil.copytree(sample, out)
    users = load(out, "users.json")
    for u in users:
        u.setdefault("profile", {})["title"] = person(u["id"])
        u["profile"]["zq_unknown"] = person(u["id"])
        u["real_name"] = person(u["id"]) + " Doe"
    save(out, "users.json", users)
    for index in INDEX:
        records = load(out, index)
        for c in records:
            c["purpose"] = {"value": place(c["id"]), "creator": c.get("creator") or "", "last_set": 1}
            c["zq_unknown"] = place(c["id"])
        if records:
            save(out, index, records)
    for cid, name, _ in conversations(out):
        for day in days(out, name):
            messages = load(out, day)
            for m in messages:
                if isinstance(m, dict):
                    m["zq_unknown"] = place(cid)
                    if isinstance(m.get("text"), str):
                        m["text"] += " " + place(cid)
            save(out, day, messages)
    with open(os.path.join(out, "opaque.txt"), "w") as f:
        f.write("zqopaque")


def insiders(folder, channel):
    """Everyone named anywhere in the channel's own records, and the ids of bots that write in it."""
    for cid, name, record in conversations(folder):
        if channel in (cid, name):
            text = json.dumps(record)
            for day in days(folder, name):
                text += open(os.path.join(folder, day), encoding="utf-8", errors="surrogateescape").read()
            return cid, set(re.findall(r"\b[UWB][A-Z0-9]{2,}\b", text))
    sys.exit("no channel " + channel)


def contents(path):
    """All bytes of a file or folder, containers opened."""
    if os.path.isdir(path):
        for folder, _, names in os.walk(path):
            for n in names:
                yield n.encode() + b"\0" + b"".join(contents(os.path.join(folder, n)))
        return
    data = open(path, "rb").read()
    if path.endswith(".zst"):
        data = subprocess.run(["zstd", "-dc", path], capture_output=True, check=True).stdout
    elif path.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(data)) as z:
            data = b"".join(i.filename.encode() + z.read(i) for i in z.infolist())
    yield data


def check(folder, channel, files):
    cid, inside = insiders(folder, channel)
    blob = b"\n".join(b for f in files for b in contents(f)).lower().decode("utf-8", "replace")
    bad = []
    for other, _, _ in conversations(folder):
        if other != cid and place(other) in blob:
            bad.append("conversation " + other)
    bots = {u["id"] for u in load(folder, "users.json") if (u.get("profile") or {}).get("bot_id") in inside}
    outsiders = [u["id"] for u in load(folder, "users.json") if u["id"] not in inside and u["id"] not in bots]
    bad += ["person " + u for u in outsiders if person(u) in blob]
    if "zqopaque" in blob:
        bad.append("an opaque member")
    if place(cid) not in blob:
        bad.append("nothing of the channel itself")
    print("%s: %d outsiders, %d other conversations, %d bytes searched" % (
        channel, len(outsiders), len(list(conversations(folder))) - 1, len(blob)))
    for b in bad:
        print("  leaked:", b)
    sys.exit(1 if bad or not outsiders else 0)


if sys.argv[1] == "plant":
    plant(*sys.argv[2:4])
else:
    check(sys.argv[2], sys.argv[3], sys.argv[4:])
