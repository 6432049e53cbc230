"""Block Kit in the sample export: every block kind, rich_text element and leaf."""

from northwind_people import HOME_TEAM, OWN_IDS, avatar

ICON = "https://cards.example.com/icon.png"


def plain(text):
    return {"type": "plain_text", "text": text, "emoji": True}


def mrkdwn(text):
    return {"type": "mrkdwn", "text": text, "verbatim": False}


def section(*leaves):
    return {"type": "rich_text_section", "elements": list(leaves)}


def text(words, **style):
    leaf = {"type": "text", "text": words}
    if style:
        leaf["style"] = style
    return leaf


def rich(*elements, block_id="rt1"):
    return {"type": "rich_text", "block_id": block_id, "elements": list(elements)}


def button(words, action):
    return {"type": "button", "action_id": action, "text": plain(words), "value": action,
            "style": "primary", "url": "https://cards.example.com/" + action}


def card(words):
    return {"type": "card", "block_id": "card_" + words[:4].lower(), "hero_image": {
        "type": "image", "image_url": ICON, "alt_text": words}, "title": mrkdwn(words),
        "subtitle": mrkdwn("Pier C"), "body": mrkdwn("Opens at nine"),
        "actions": [button("Book", "book_" + words[:4].lower())]}


def call_block():
    people = [{"slack_id": OWN_IDS["maren"]}, {"external_id": "anselm-1", "display_name": "Anselm",
                                               "avatar_url": avatar("U07ANSELM1", 72)}]
    return {"type": "call", "block_id": "call1", "call_id": "R04CALLX01",
            "api_decoration_available": False, "call": {"v1": {
                "id": "R04CALLX01", "app_id": "A04CALLAPP", "app_icon_urls": {"image_32": ICON},
                "date_start": 1709766000, "date_end": 1709767800, "active_participants": [],
                "all_participants": people, "display_id": "555-000-001",
                "join_url": "https://calls.example.com/555000001",
                "desktop_app_join_url": "calls://join/555000001", "name": "Crane call",
                "created_by": OWN_IDS["maren"], "channels": ["C04GENERAL"], "is_dm_call": False,
                "was_rejected": False, "was_missed": False, "was_accepted": True,
                "has_ended": True}, "media_backend_type": "platform_call"}}


def gallery():
    """(fallback text, block): one block of every kind that apps send."""
    cell = lambda words: rich(section(text(words)), block_id="cell")
    return [
        ("section", {"type": "section", "block_id": "sec1", "text": mrkdwn("*Slip 14* is free"),
                     "fields": [mrkdwn("From 1 April"), plain("To 7 April")],
                     "accessory": button("Book", "book_14")}),
        ("section with plain text", {"type": "section", "block_id": "sec2",
                                     "text": plain("Plain words, *no* markup :anchor:")}),
        ("divider", {"type": "divider", "block_id": "div1"}),
        ("image", {"type": "image", "block_id": "img1", "image_url": ICON, "alt_text": "A pier",
                   "title": plain("Pier C"), "image_width": 640, "image_height": 480,
                   "image_bytes": 20480, "fallback": "640x480px image"}),
        ("actions", {"type": "actions", "block_id": "act1", "elements": [
            button("Yes", "yes"),
            {"type": "static_select", "action_id": "slip", "placeholder": plain("Slip"),
             "options": [{"text": plain("Slip 14"), "value": "14"}]},
            {"type": "datepicker", "action_id": "day", "initial_date": "2024-04-01"},
            {"type": "overflow", "action_id": "more", "options": [
                {"text": plain("Cancel"), "value": "cancel"}]}]}),
        ("context", {"type": "context", "block_id": "ctx1", "elements": [
            mrkdwn("Sent by the _harbor_ office"), {"type": "image", "image_url": ICON,
                                                    "alt_text": "anchor"}]}),
        ("context_actions", {"type": "context_actions", "block_id": "cta1", "elements": [
            {"type": "feedback_buttons", "action_id": "fb", "positive_button": {
                "text": plain("Good"), "value": "good"}, "negative_button": {
                    "text": plain("Bad"), "value": "bad"}},
            {"type": "icon_button", "action_id": "del", "icon": "trash",
             "text": plain("Delete")}]}),
        ("file", {"type": "file", "block_id": "fil1", "external_id": "HARBOR-1", "source": "remote",
                  "file_id": "F04HOSTED1"}),
        ("input", {"type": "input", "block_id": "inp1", "label": plain("Name of the boat"),
                   "hint": plain("As painted"), "optional": True, "dispatch_action": False,
                   "element": {"type": "plain_text_input", "action_id": "boat"}}),
        ("header", {"type": "header", "block_id": "hea1", "text": plain("Opening day")}),
        ("call", call_block()),
        ("video", {"type": "video", "block_id": "vid1", "alt_text": "Seal", "author_name": "Yuki",
                   "title": plain("Seal on pontoon"), "title_url": "https://video.example.com/v/1",
                   "description": plain("Eleven seconds"), "thumbnail_url": ICON, "video_url":
                   "https://video.example.com/e/1", "provider_name": "Video",
                   "provider_icon_url": ICON}),
        ("markdown", {"type": "markdown", "block_id": "mdn1",
                      "text": "# Rules\n\n* **one** boat\n* [map](https://berths.example.com/)\n"}),
        ("table", {"type": "table", "block_id": "tab1", "column_settings": [{"align": "right"}],
                   "rows": [[cell("Slip"), cell("Boat")], [cell("14"), cell("Petrel")],
                            [{"type": "raw_text", "text": "16"}, cell("Second Wind")]]}),
        ("data_table", {"type": "data_table", "block_id": "dtb1", "columns": [
            {"key": "slip", "name": "Slip"}], "rows": [{"slip": "22"}, {"slip": "23"}]}),
        ("data_visualization", {"type": "data_visualization", "block_id": "dvi1", "chart": {
            "type": "bar", "title": "Boats per pier", "series": [{"name": "A", "values": [70]},
                                                                 {"name": "B", "values": [142]}]}}),
        ("task_card", {"type": "task_card", "block_id": "tsk1", "task_id": "t1",
                       "title": "Check the gate", "status": "complete",
                       "details": rich(section(text("Gate A closes"))),
                       "output": rich(section(text("It does"))),
                       "sources": [{"type": "url", "url": "https://gate.example.com/",
                                    "text": "gate log"}]}),
        ("plan", {"type": "plan", "block_id": "pln1", "title": "Opening day", "tasks": [
            {"type": "task_card", "task_id": "t2", "title": "Hang the flags",
             "status": "in_progress"}]}),
        ("alert", {"type": "alert", "block_id": "alr1", "level": "warning",
                   "text": mrkdwn("Gale from the west")}),
        ("card", card("Slip 22")),
        ("carousel", {"type": "carousel", "block_id": "car1", "elements": [card("Boat A"),
                                                                          card("Tent B")]}),
        ("container", {"type": "container", "block_id": "con1", "title": plain("Both piers"),
                       "child_blocks": [{"type": "section", "text": mrkdwn("Words inside")}]}),
        ("contact_card", {"type": "contact_card", "block_id": "cnt1", "contact_id":
                          OWN_IDS["ingrid"], "name": "Harbor watch", "phone": "+1 555 0112"}),
        ("condition", {"type": "condition", "block_id": "cnd1", "condition": "weekend", "blocks": [
            {"type": "section", "text": mrkdwn("Only on weekends")}]}),
        ("a block that no list knows", {"type": "harbor_tide_chart", "block_id": "unk1",
                                        "points": [[0, 180], [6, 40]]}),
    ]


def rich_tour():
    """(text, rich_text elements): every element and leaf."""
    u = OWN_IDS
    return [
        ("*b* _i_ ~s~ `c` and more", [section(
            text("bold", bold=True), text(" "), text("italic", italic=True), text(" "),
            text("strike", strike=True), text(" "), text("code", code=True), text(" "),
            text("underline", underline=True), text(" "), text("highlight", highlight=True),
            text(" "), text("client", client_highlight=True), text(" "),
            text("unlink.example.com", unlink=True), text(" all", bold=True, italic=True))]),
        ("<https://berths.example.com/|the map> :anchor: :wave::skin-tone-3: <@%s>" % u["priya"],
         [section({"type": "link", "url": "https://berths.example.com/", "text": "the map",
                   "style": {"bold": True}}, text(" "),
                  {"type": "emoji", "name": "anchor", "unicode": "2693"}, text(" "),
                  {"type": "emoji", "name": "wave", "unicode": "1f44b-1f3fc", "skin_tone": 3},
                  text(" "), {"type": "user", "user_id": u["priya"], "style": {"bold": True}})]),
        ("<!subteam^S04WATCH01> <#C04GENERAL> <!here> <!channel> <!everyone>",
         [section({"type": "usergroup", "usergroup_id": "S04WATCH01"}, text(" "),
                  {"type": "channel", "channel_id": "C04GENERAL"}, text(" "),
                  {"type": "broadcast", "range": "here"}, text(" "),
                  {"type": "broadcast", "range": "channel"}, text(" "),
                  {"type": "broadcast", "range": "everyone"}, text(" "),
                  {"type": "team", "team_id": HOME_TEAM})]),
        ("<!date^1711987200^{date_long}|1 April> #9f69e7 canvas",
         [section({"type": "date", "timestamp": 1711987200, "format": "{date_long}",
                   "url": "https://time.example.com/", "fallback": "1 April"}, text(" "),
                  {"type": "color", "value": "#9f69e7"}, text(" "),
                  {"type": "canvas", "file_id": "F04CANVAS1"}, text(" "),
                  {"type": "harbor_leaf", "value": "a leaf that no list knows"})]),
        ("Lists:\n\u2022 flags\n    \u25e6 red\n5. horn", [
            section(text("Lists:\n")),
            {"type": "rich_text_list", "style": "bullet", "indent": 0, "border": 0,
             "elements": [section(text("flags"))]},
            {"type": "rich_text_list", "style": "bullet", "indent": 1, "border": 0,
             "elements": [section(text("red"))]},
            {"type": "rich_text_list", "style": "ordered", "indent": 0, "offset": 4, "border": 1,
             "elements": [section(text("horn"))]}]),
        ("&gt; wind four\n```make test```", [
            {"type": "rich_text_quote", "border": 0, "elements": [text("wind four")]},
            {"type": "rich_text_preformatted", "border": 0, "language": "shell",
             "elements": [text("make test")]}]),
        ("An element that no list knows", [
            {"type": "rich_text_harbor", "elements": [text("An element that no list knows")]}]),
    ]


def add_blocks(e):
    conv = "launch-"
    for i, (fallback, block) in enumerate(gallery()):
        e.put(conv, {"type": "message", "subtype": "bot_message", "user": "U04WORKFL3",
                     "bot_id": "B04WORKFL3", "app_id": "A04WORKFL3", "text": "Card: " + fallback,
                     "ts": e.ts(conv, "2024-03-21T18:%02d:00" % i), "blocks": [block]})
    for i, (words, elements) in enumerate(rich_tour()):
        m = e.say(conv, "priya", words, e.ts(conv, "2024-03-22T18:%02d:00" % i))
        m["blocks"] = [rich(*elements, block_id="tour%d" % i)]
