#!/usr/bin/env bash
# The sample export has every shape of the Slack format that we know of: the tables below are the
# list. A row that is missing from samples/slack-northwind, or that stands in it in no message,
# fails by name.
set -euo pipefail
sample=${HOLDFAST_SOURCE:?}/samples/slack-northwind
command -v python3 >/dev/null || exit 77
exec python3 - "$sample" <<'PYTHON'
import json, os, re, sys

SUBTYPES = """
bot_message me_message thread_broadcast reply_broadcast file_share file_comment file_mention
channel_join channel_leave group_join group_leave channel_topic channel_purpose channel_name
group_topic group_purpose group_name channel_archive channel_unarchive group_archive group_unarchive
channel_posting_permissions channel_convert_to_private channel_canvas_updated pinned_item
unpinned_item bot_add bot_remove bot_enable bot_disable tombstone huddle_thread sh_room_created
sh_room_shared reminder_add slackbot_response ekm_access_denied assistant_app_thread message_changed
message_deleted message_replied harbor_pilot_notice
"""
MESSAGE_KEYS = """
type subtype user text ts client_msg_id team user_team source_team user_profile blocks attachments
files file upload display_as_bot username bot_id bot_profile icons edited reactions pinned_to
pinned_info is_starred permalink parent_user_id thread_ts reply_count reply_users reply_users_count
replies latest_reply is_locked subscribed last_read unread_count hidden metadata room app_id
trigger_id workflow_id channel inviter old_name name topic purpose members item_type comment
is_intro root bot_link original original_message previous_message message deleted_ts event_ts saved
x_files key_from_the_future
"""
FILE_MODES = "hosted snippet external space post quip email tombstone hidden_by_limit"
FILE_ACCESS = "visible access_denied file_not_found check_file_info"
FILE_KEYS = """
id created timestamp name title mimetype filetype pretty_type user user_team editable size mode
is_external external_type external_id external_url is_public public_url_shared display_as_bot
username url_private url_private_download permalink permalink_public edit_link preview
preview_highlight preview_plain_text plain_text lines lines_more thumb_64 thumb_80 thumb_160
thumb_360 thumb_480 thumb_720 thumb_800 thumb_960 thumb_1024 thumb_360_w thumb_360_h thumb_360_gif
thumb_tiny original_w original_h image_exif_rotation has_rich_preview initial_comment comments_count
num_stars is_starred channels groups ims shares reactions updated editor last_editor state
non_owner_editable date_delete is_tombstoned pinned_to file_access subject to from cc headers
quip_thread_id url_static_preview title_blocks canvas_creator_id source_canvas_id
"""
ATTACHMENT_KEYS = """
id fallback color pretext author_name author_subname author_link author_icon author_id title
title_link text fields image_url image_width image_height image_bytes thumb_url thumb_width
thumb_height video_html video_html_width video_html_height video_url service_name service_url
service_icon from_url original_url footer footer_icon ts mrkdwn_in actions callback_id blocks
message_blocks is_msg_unfurl channel_id channel_name channel_team is_share is_reply_unfurl
is_app_unfurl msg_subtype files
"""
BLOCKS = """
section divider image actions context context_actions file input header rich_text call video
markdown table data_table data_visualization task_card plan alert card carousel container
contact_card condition harbor_tide_chart
"""
RICH_TEXT = """
rich_text_section rich_text_list rich_text_quote rich_text_preformatted rich_text_harbor
text link emoji user usergroup channel team broadcast date color canvas harbor_leaf
"""
STYLES = "bold italic strike code underline highlight client_highlight unlink"
RICH_FORMS = [("rich_text_list", "style", "bullet"), ("rich_text_list", "style", "ordered"),
              ("rich_text_list", "indent", 1), ("rich_text_list", "offset", 4),
              ("rich_text_list", "border", 1), ("rich_text_quote", "border", 0),
              ("rich_text_preformatted", "border", 0),
              ("rich_text_preformatted", "language", "shell"),
              ("broadcast", "range", "here"), ("broadcast", "range", "channel"),
              ("broadcast", "range", "everyone"), ("emoji", "skin_tone", 3)]
MARKUP = {
    "escaped less-than": r"&lt;", "escaped greater-than": r"&gt;", "escaped ampersand": r"&amp;",
    "twice escaped": r"&amp;lt;",
    "user": r"<@U\w+>", "grid user": r"<@W\w+>", "user with name": r"<@U\w+\|[^>]+>",
    "bot": r"<@B\w+>", "channel with name": r"<#C\w+\|[^>]+>", "channel": r"<#C\w+>",
    "channel with empty name": r"<#C\w+\|>", "group": r"<#G\w+>",
    "here": r"<!here>", "channel broadcast": r"<!channel>", "everyone": r"<!everyone>",
    "here with label": r"<!here\|here>", "channel with @ label": r"<!channel\|@channel>",
    "user group": r"<!subteam\^S\w+>", "user group with handle": r"<!subteam\^S\w+\|@[\w-]+>",
    "date": r"<!date\^\d+\^\{\w+\}\|[^>]+>",
    "date with link": r"<!date\^\d+\^[^^>]*\^https:[^|>]+\|[^>]+>",
    "link": r"<https:[^|>]+>", "link with label": r"<https:[^|>]+\|[^>]+>",
    "escape inside a link": r"<https:[^|>]*&amp;[^|>]*>",
    "mail": r"<mailto:[^|>]+\|[^>]+>", "telephone": r"<tel:[^|>]+\|[^>]+>",
    "bold": r"\*bold\*", "italic": r"_italic_", "strike": r"~struck~", "code": r"`code`",
    "nested": r"\*_both_\*", "fence": r"(?s)```.+```", "literal in a fence": r"```[^`]*<@U[^`]*```",
    "literal in code": r"`[^`]*<#C[^`]*`", "quote": r"^&gt; ", "long quote": r"^&gt;&gt;&gt; ",
    "emoji": r":wave:", "emoji with skin tone": r":wave::skin-tone-3:",
    "custom emoji": r":northwind_sail:", "not an emoji": r"10:30:45",
    "NFC": "caf\u00e9", "NFD": "cafe\u0301", "ZWJ emoji": "\U0001f468\u200d\U0001f469",
    "flag": "\U0001f1f8\U0001f1ea", "right to left": "\u0645\u0631\u0641\u0623",
    "line separator": "\u2028", "byte order mark": "\ufeff", "bidi override": "\u202e",
    "control character": "\x07", "formula": r"^=HYPERLINK", "script": r"^<script>",
}

missing = []


def need(kind, wanted, seen):
    names = wanted.split() if isinstance(wanted, str) else wanted
    missing.extend("%s: %s" % (kind, n) for n in names if n not in seen)


def check(what, ok):
    if not ok:
        missing.append(what)


root = sys.argv[1]
load = lambda name: json.load(open(os.path.join(root, name), encoding="utf-8"))
conversations, raw = {}, {}
for folder in sorted(os.listdir(root)):
    if not os.path.isdir(os.path.join(root, folder)):
        continue
    for name in sorted(os.listdir(os.path.join(root, folder))):
        path = folder + "/" + name
        raw[path] = open(os.path.join(root, path), encoding="utf-8").read()
        if re.fullmatch(r"\d{4}-\d\d-\d\d\.json", name):
            conversations.setdefault(folder, []).extend(json.loads(raw[path]))
messages = [m for ms in conversations.values() for m in ms]

files, attachments, blocks, rich, styles, forms = [], [], set(), set(), set(), set()


def walk_rich(node):
    rich.add(node["type"])
    styles.update(node["style"] if isinstance(node.get("style"), dict) else ())
    for key, value in node.items():
        if not isinstance(value, (dict, list)):
            forms.add((node["type"], key, value))
    for child in node.get("elements", []):
        walk_rich(child)


def walk(node, key=None):
    if isinstance(node, list):
        for item in node:
            walk(item, key)
    elif isinstance(node, dict):
        if key in ("files", "file") and ("mode" in node or "file_access" in node):
            files.append(node)
        if key == "attachments":
            attachments.append(node)
        if key in ("blocks", "child_blocks", "tasks") or (key == "elements" and "type" in node):
            blocks.add(node.get("type"))
        if node.get("type") == "rich_text":
            for element in node["elements"]:
                walk_rich(element)
        for k, v in node.items():
            walk(v, k)


walk(messages)
need("subtype", SUBTYPES, {m.get("subtype") for m in messages})
need("message field", MESSAGE_KEYS, {k for m in messages for k in m})
need("file mode", FILE_MODES, {f.get("mode") for f in files})
need("file access", FILE_ACCESS, {f.get("file_access") for f in files})
need("file field", FILE_KEYS, {k for f in files for k in f})
need("attachment field", ATTACHMENT_KEYS, {k for a in attachments for k in a})
need("block", BLOCKS, blocks)
need("rich_text", RICH_TEXT, rich)
need("style", STYLES, styles)
need("rich_text form", RICH_FORMS, forms)
texts = [m["text"] for m in messages if m.get("text")]
need("markup", MARKUP, {n for n, r in MARKUP.items() if any(re.search(r, t, re.M) for t in texts)})

# Threads.
by_ts = {(c, str(m["ts"])): m for c, ms in conversations.items() for m in ms}
replies = [(c, m) for c, ms in conversations.items() for m in ms
           if m.get("thread_ts", m["ts"]) != m["ts"]]
roots = [by_ts.get((c, m["thread_ts"])) for c, m in replies]
moment = lambda ts: tuple(int(p) for p in (str(ts) + ".0").split(".")[:2])
check("thread with no root", None in roots)
check("thread under a tombstone", any(r and r.get("subtype") == "tombstone" for r in roots))
check("thread under a bot without user", any(r and "user" not in r for r in roots))
check("thread root without replies[]", any(r and "replies" not in r for r in roots))
check("replies[] item without user", any("user" not in x for m in messages
                                         for x in m.get("replies", [])))
check("replies[] item without message", any((c, x["ts"]) not in by_ts for c, ms in
                                            conversations.items() for m in ms
                                            for x in m.get("replies", [])))
check("reply older than its root", any(moment(m["ts"]) < moment(m["thread_ts"])
                                       for _, m in replies))
check("reply days after its root", any(moment(m["ts"])[0] - moment(m["thread_ts"])[0] > 2 * 86400
                                       for _, m in replies))
check("reply without parent_user_id", any("parent_user_id" not in m for _, m in replies))

# Spellings, authors, reactions, sizes.
stamps = [json.dumps(m["ts"]) for m in messages]
check("ts as a number", any(not s.startswith('"') for s in stamps))
check("ts without fraction", any(re.fullmatch(r'"\d+"', s) for s in stamps))
check("ts with a short fraction", any(re.fullmatch(r'"\d+\.\d{1,5}"', s) for s in stamps))
per_ms = [(c, s[:14]) for c, ms in conversations.items() for s in (str(m["ts"]) for m in ms)
          if len(s) == 17]
check("two messages in one millisecond", len(per_ms) > len(set(per_ms)))
pairs = [str(m["ts"]) for m in messages]
check("one ts in two channels", len(pairs) > len(set(pairs)))
users = load("users.json")
known = {u["id"] for u in users}
authors = {m["user"]: m for m in messages if m.get("user")}
check("author not in users.json", any(a not in known and "user_profile" not in m
                                      for a, m in authors.items() if a.startswith("U04")))
check("author known by user_profile alone", any(a not in known and "user_profile" in m
                                                for a, m in authors.items()))
check("author U00", "U00" in authors)
check("USLACKBOT writes and is not listed", "USLACKBOT" in authors and "USLACKBOT" not in known)
check("bot_id null", any("bot_id" in m and m["bot_id"] is None for m in messages))
names = {}
for m in messages:
    if m.get("bot_id") and m.get("username"):
        names.setdefault(m["bot_id"], set()).add(m["username"])
check("one bot_id under two names", any(len(n) > 1 for n in names.values()))
reactions = [r for m in messages for r in m.get("reactions", [])]
check("reaction with skin tone", any("::skin-tone-" in r["name"] for r in reactions))
check("reaction with fewer users than count", any(len(r["users"]) < r["count"] for r in reactions))
check("text of more than 16383 characters", any(len(t) > 16383 for t in texts))
check("empty text", any(m.get("text") == "" for m in messages))
check("raw UTF-8 day file", any(re.search(r"[^\x00-\x7f]", t) for t in raw.values()))
check("escaped day file", any(re.search(r"\\u[0-9a-f]{4}", t) for t in raw.values()))
check("token in url_private", any("?token=xoxe-0" in f.get("url_private", "") for f in files))
check("no token but zeros", not any(re.search(r"xox[a-z]-[0-]*[^0\-\"]", t) for t in raw.values()))
check("number spelt 1.0E+2", any("1.0E+2" in t for t in raw.values()))
check("attachment ts as number", any(isinstance(a.get("ts"), int) for a in attachments))
check("attachment ts as text", any(isinstance(a.get("ts"), str) for a in attachments))
versions = [m.get(k) for m in messages for k in ("original", "original_message", "previous_message")]
check("earlier text as object", any(isinstance(v, dict) for v in versions))
check("earlier texts as array", any(isinstance(v, list) for v in versions))

# Index files.
fields = [u["profile"].get("fields", "absent") for u in users]
for form in (None, [], {}):
    check("profile.fields %r" % (form,), any(type(f) is type(form) and f == form for f in fields))
check("profile.fields map", any(isinstance(f, dict) and f for f in fields))
check("single-channel guest", any(u.get("is_ultra_restricted") for u in users))
check("multi-channel guest", any(u.get("is_restricted") and not u.get("is_ultra_restricted")
                                 for u in users))
check("stripped deleted user", any(u["deleted"] and "real_name" not in u for u in users))
check("bot user", any(u.get("is_bot") and u["profile"].get("bot_id") for u in users))
check("grid user", any(u["id"].startswith("W") and "enterprise_user" in u for u in users))
check("foreign user", any(u.get("is_stranger") for u in users))
check("user name twice", len({u["name"] for u in users}) < len(users))
mails = [u["profile"]["email"] for u in users if "email" in u["profile"]]
check("mail twice, and missing", len(set(mails)) < len(mails) < len(users))
channels, groups, dms = load("channels.json"), load("groups.json"), load("dms.json")
check("created as number and as text", {type(c["created"]) for c in channels} == {int, str})
check("creator null and absent", any("creator" not in c for c in channels) and
      any("creator" in c and c["creator"] is None for c in channels))
check("archived without members", any(c["is_archived"] and not c["members"] for c in channels))
check("renamed", any(c.get("previous_names") for c in channels))
check("name ends in a dash", any(c["name"].endswith("-") for c in channels))
check("name not ASCII", any(not c["name"].isascii() for c in channels))
check("listed without a folder", any(c["name"] not in conversations for c in channels))
check("pins", any((c["name"], p["id"]) in by_ts for c in channels for p in c.get("pins", [])))
check("private channel with a C id", any(g["id"].startswith("C") for g in groups))
check("private channel with a G id", any(g["id"].startswith("G") for g in groups))
check("self DM, one id", any(len(d["members"]) == 1 for d in dms))
check("self DM, same id twice", any(len(set(d["members"])) == 1 < len(d["members"]) for d in dms))
gone = {u["id"] for u in users if u["deleted"]}
check("DM with a deactivated user", any(gone & set(d["members"]) for d in dms))
check("mpim", load("mpims.json")[0]["purpose"]["value"].startswith("Group messaging with: @"))
logs = load("integration_logs.json")
check("integration log of user 0", any(e["user_id"] == 0 for e in logs))
check("integration log dates", {type(e["date"]) for e in logs} == {int, str})
for name in ("lists.json", "huddle_transcripts.json"):
    check(name + ' holds [""]', load(name) == [""])
check("canvases.json", load("canvases.json")[0]["id"] in {f["id"] for f in files})
check("a file that is not Slack's", os.path.exists(os.path.join(root, "notes-from-admin.txt")))
check("a canvas beside the day files", "general/canvas_in_the_conversation.json" in raw)
check("300 to 500 messages", 300 <= len(messages) <= 500)

for row in missing:
    print("samples/slack-northwind lacks", row)
sys.exit(1 if missing else 0)
PYTHON
