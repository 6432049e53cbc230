#!/usr/bin/env python3
"""Write samples/slack-northwind: a small Slack export of a company that does not exist.

usage: make_northwind.py OUT-FOLDER

The output depends on this file and the northwind_*.py beside it alone: no clock, no locale, no
random numbers, no time zone database. The same bytes come out on every machine;
tests/house/sample_remade.sh compares them with the committed folder.
"""

import datetime
import hashlib
import os
import re
import sys

sys.dont_write_bytecode = True   # leave nothing behind in the source tree

from northwind_json import dump, dump_day
from northwind_people import (CONVERSATIONS, HOME_TEAM, OWN_IDS, PEOPLE, index_files, user_profile)
from northwind_shapes import add_shapes
from northwind_talk import TALK

UTC = datetime.timezone.utc
# Los Angeles goes from UTC-8 to UTC-7 at this moment in 2024; the sample ends before November.
DST_START = datetime.datetime(2024, 3, 10, 10, 0, tzinfo=UTC).timestamp()

EMOJI = {"ocean": "1f30a", "sweat_smile": "1f605", "ramen": "1f35c", "pizza": "1f355",
         "wave": "1f44b", "rotating_light": "1f6a8", "family": "1f468-200d-1f469-200d-1f467"}


# ---- text to rich_text, for what people type ----

TOKEN = re.compile(r"<([^<>]+)>|(```.*?```)|`([^`]+)`|:([a-z0-9_+-]+?)(?:::skin-tone-(\d))?:"
                   r"|(?<!\w)\*([^*\n]+)\*(?!\w)|(?<!\w)_([^_\n]+)_(?!\w)|(?<!\w)~([^~\n]+)~(?!\w)",
                   re.S)


def unescape(text):
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def bracket_leaf(body):
    ref, _, label = body.partition("|")
    if ref.startswith("@"):
        return {"type": "user", "user_id": ref[1:]}
    if ref.startswith("#"):
        return {"type": "channel", "channel_id": ref[1:]}
    if ref.startswith("!subteam^"):
        return {"type": "usergroup", "usergroup_id": ref[len("!subteam^"):]}
    if ref.startswith("!date^"):
        _, when, form = ref.split("^")[:3]
        return {"type": "date", "timestamp": int(when), "format": form, "fallback": label}
    if ref.startswith("!"):
        return {"type": "broadcast", "range": ref[1:]}
    leaf = {"type": "link", "url": unescape(ref)}
    if label:
        leaf["text"] = unescape(label)
    return leaf


def leaves(text):
    out, at = [], 0

    def add_text(piece, style=None):
        if piece:
            leaf = {"type": "text", "text": unescape(piece)}
            if style:
                leaf["style"] = {style: True}
            out.append(leaf)

    for m in TOKEN.finditer(text):
        add_text(text[at:m.start()])
        at = m.end()
        bracket, fence, code, emoji, tone, bold, italic, strike = m.groups()
        if bracket:
            out.append(bracket_leaf(bracket))
        elif fence:
            add_text(fence)
        elif code:
            add_text(code, "code")
        elif emoji:
            leaf = {"type": "emoji", "name": emoji}
            if emoji in EMOJI:
                leaf["unicode"] = EMOJI[emoji]
            if tone:
                leaf["skin_tone"] = int(tone)
            out.append(leaf)
        else:
            add_text(bold or italic or strike,
                     "bold" if bold else "italic" if italic else "strike")
    add_text(text[at:])
    return out


# ---- the export being built ----

class Export:
    def __init__(self):
        self.messages = {key: [] for key in CONVERSATIONS}
        self.files = {}   # name inside the export -> text

    def digest(self, *parts):
        return hashlib.sha256("|".join(str(p) for p in parts).encode()).hexdigest()

    def ts(self, conv, when, serial=0):
        """A ts at this UTC moment ('2024-02-12T16:02:03'), the fraction made from its place."""
        sec = int(datetime.datetime.fromisoformat(when).replace(tzinfo=UTC).timestamp())
        frac = int(self.digest("ts", conv, when, serial)[:8], 16) % 1000000
        return "%d.%06d" % (sec, frac)

    def say(self, conv, who, text, ts, **extra):
        """A message typed by a person, with the copies Slack makes of its text and author."""
        h = self.digest("msg", conv, ts)
        team = PEOPLE[who]["team"]
        m = {"user": OWN_IDS[who], "type": "message", "ts": ts,
             "client_msg_id": "-".join([h[:8], h[8:12], "4" + h[13:16], "a" + h[17:20], h[20:32]]),
             "text": text, "team": HOME_TEAM, "user_team": team, "source_team": team,
             "user_profile": user_profile(who)}
        m["blocks"] = [{"type": "rich_text", "block_id": h[32:37], "elements": [
            {"type": "rich_text_section", "elements": leaves(text)}]}]
        m.update(extra)
        self.messages[conv].append(m)
        return m

    def put(self, conv, message):
        """A message that is given whole."""
        self.messages[conv].append(message)
        return message

    def reply(self, root, message):
        """Make message a reply of root and count it there."""
        root.setdefault("thread_ts", root["ts"])
        author = message.get("user")
        root["reply_count"] = root.get("reply_count", 0) + 1
        users = root.setdefault("reply_users", [])
        if author and author not in users:
            users.append(author)
        root["reply_users_count"] = len(users)
        root["latest_reply"] = message["ts"]
        entry = {"user": author} if author else {}
        entry["ts"] = message["ts"]
        root.setdefault("replies", []).append(entry)
        root.setdefault("is_locked", False)
        root.setdefault("subscribed", False)
        message["thread_ts"] = root["ts"]
        if root.get("user"):
            message["parent_user_id"] = root["user"]
        return message

    def write(self, folder):
        for name, value in index_files().items():
            self.files[name] = value if isinstance(value, str) else dump(value)
        for key, conv in CONVERSATIONS.items():
            stamps = [m["ts"] for m in self.messages[key]]
            assert len(stamps) == len(set(stamps)), key
            days = {}
            for m in self.messages[key]:
                days.setdefault(la_day(m["ts"]), []).append(m)
            for day, found in sorted(days.items()):
                found.sort(key=lambda m: ts_order(m["ts"]))
                name = "%s/%s.json" % (conv["folder"], day)
                self.files[name] = dump_day(found, conv.get("ascii", True))
        for name, text in sorted(self.files.items()):
            path = os.path.join(folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as f:
                f.write(text.encode("utf-8"))


def ts_order(ts):
    whole, _, frac = str(ts).partition(".")
    return int(whole), int(frac.ljust(6, "0") or 0)


def la_day(ts):
    sec = ts_order(ts)[0]
    sec -= (7 if sec >= DST_START else 8) * 3600
    return datetime.datetime.fromtimestamp(sec, UTC).strftime("%Y-%m-%d")


LINE = re.compile(r"^(> )?([a-z]+): (.*?)(?: \{([^}]*)\})?$")


def add_talk(export):
    conv = when = None
    root, n = None, 0
    for line in TALK.strip().split("\n"):
        if line.startswith("@ "):
            _, conv, start = line.split(" ")
            when = datetime.datetime.fromisoformat(start + ":00")
            root, n = None, 0
            continue
        is_reply, who, text, tail = LINE.match(line).groups()
        text = re.sub(r"<@([a-z]+)>", lambda m: "<@%s>" % OWN_IDS[m.group(1)], text)
        text = text.replace("#engineering", "<#C04ENGIN01|engineering>")
        step = 25 + int(export.digest("step", conv, when, n)[:4], 16) % 240
        when += datetime.timedelta(seconds=step)
        n += 1
        m = export.say(conv, who, text, export.ts(conv, when.isoformat(), n))
        if is_reply:
            export.reply(root, m)
        else:
            root = m
        for part in (tail or "").split("; "):
            name, _, users = part.partition("=")
            if name == "edited":
                later = when + datetime.timedelta(seconds=90)
                m["edited"] = {"user": m["user"],
                               "ts": "%d.000000" % later.replace(tzinfo=UTC).timestamp()}
            elif name:
                ids = [OWN_IDS[u] for u in users.split(",")]
                m.setdefault("reactions", []).append(
                    {"name": name, "users": ids, "count": len(ids)})


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: make_northwind.py OUT-FOLDER")
    export = Export()
    add_talk(export)
    add_shapes(export)
    export.write(sys.argv[1])


if __name__ == "__main__":
    main()
