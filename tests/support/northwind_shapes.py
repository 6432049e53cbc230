"""The shapes of the sample export: every subtype, file mode, block, attachment and markup form.

Each function adds the messages of one subject; the text says what the message is there for, so
that a reader of a converted export can check it by eye. northwind_blocks.py has the block kinds.
"""

from northwind_blocks import add_blocks
from northwind_json import Raw
from northwind_people import (HOME_TEAM, OWN_IDS, PARTNER_TEAM, PINNED_TS, avatar)

SITE = "https://northwind-harbor-example.slack.com"
FAKE_TOKEN = "?token=xoxe-000000000000-000000000000-000000000000-00000000000000000000000000000000"


def event(subtype, user, ts, text, **extra):
    m = {"type": "message", "subtype": subtype, "ts": ts}
    if user:
        m["user"] = user
    m["text"] = text
    m.update(extra)
    return m


def mention(who):
    return "<@%s>" % OWN_IDS[who]


def bot_post(e, conv, when, text, user="U04TIDEBOT", bot="B04TIDEBT2", app="A04TIDEBT2",
             name="Tide Bot", **extra):
    m = {"user": user, "type": "message", "ts": e.ts(conv, when), "bot_id": bot, "app_id": app,
         "text": text, "team": HOME_TEAM,
         "bot_profile": {"id": bot, "deleted": False, "name": name, "updated": 1704067200,
                         "app_id": app, "team_id": HOME_TEAM,
                         "icons": {"image_36": avatar(bot, 36), "image_48": avatar(bot, 48),
                                   "image_72": avatar(bot, 72)}}}
    m.update(extra)
    return e.put(conv, m)


def add_tides(e):
    """A bot that posts morning and evening for six weeks: the bulk of a real incident channel."""
    winds = ["west 3", "west 4", "south-west 5", "calm", "north 2", "north-west 6"]
    for day in range(46):
        date = "2024-%02d-%02d" % ((2, 12 + day) if day < 18 else (3, day - 17))
        for half, clock in enumerate(["14:00:00", "23:30:00"]):
            high = 180 + (day * 37 + half * 61) % 140
            wind = winds[(day * 5 + half) % len(winds)]
            bot_post(e, "incidents", date + "T" + clock, "High water %d cm, wind %s" % (high, wind),
                     blocks=[{"type": "section", "block_id": "tide%d" % half, "fields": [
                         {"type": "mrkdwn", "text": "*High water*\n%d cm" % high,
                          "verbatim": False},
                         {"type": "mrkdwn", "text": "*Wind*\n" + wind, "verbatim": False}]}])


def add_membership(e):
    u = OWN_IDS
    ts = lambda conv, when: e.ts(conv, when)
    g, f, b, old = "general", "finance-private", "berth-bookings", "old-crane-project"
    rows = [
        (g, "channel_join", "samir", "2024-02-13T17:01:00", "%s has joined the channel",
         {"inviter": u["maren"]}),
        (g, "channel_leave", "leon", "2024-03-15T23:58:00", "%s has left the channel", {}),
        (g, "channel_topic", "maren", "2024-02-12T16:05:00",
         "%s set the channel topic: Season opens on 1 April", {"topic": "Season opens on 1 April"}),
        (g, "channel_purpose", "maren", "2024-02-12T16:06:00",
         "%s set the channel description: Everything everybody must know",
         {"purpose": "Everything everybody must know"}),
        (g, "channel_posting_permissions", "maren", "2024-02-12T16:07:00",
         "%s limited who may post in this channel", {}),
        (g, "channel_canvas_updated", "yuki", "2024-03-26T18:00:00", "%s updated the canvas",
         {"canvas_id": "F04CANVAS1"}),
        (b, "channel_name", "ingrid", "2024-02-19T16:00:00",
         "%s has renamed the channel from \"slips-and-moorings\" to \"berth-bookings\"",
         {"old_name": "slips-and-moorings", "name": "berth-bookings"}),
        (old, "channel_unarchive", "leon", "2024-02-12T18:50:00", "%s un-archived the channel", {}),
        (old, "channel_archive", "maren", "2024-02-16T23:00:00", "%s archived the channel",
         {"members": [u["leon"], u["ingrid"], u["maren"], u["halvard"]]}),
        (f, "group_join", "halden", "2024-03-15T16:00:00", "%s has joined the group",
         {"inviter": u["maren"]}),
        (f, "group_leave", "halden", "2024-03-22T16:00:00", "%s has left the group", {}),
        (f, "group_topic", "priya", "2024-02-16T19:58:00",
         "%s set the group topic: January closing", {"topic": "January closing"}),
        (f, "group_purpose", "priya", "2024-02-16T19:59:00",
         "%s set the group purpose: Numbers that are not public yet",
         {"purpose": "Numbers that are not public yet"}),
        (f, "group_name", "priya", "2024-02-16T19:57:00",
         "%s has renamed the group from \"money\" to \"finance-private\"",
         {"old_name": "money", "name": "finance-private"}),
        (f, "group_archive", "priya", "2024-03-25T20:00:00", "%s archived the group",
         {"members": [u["maren"], u["priya"]]}),
        (f, "group_unarchive", "priya", "2024-03-25T20:01:00", "%s un-archived the group", {}),
        ("board", "channel_convert_to_private", "maren", "2024-03-01T18:58:00",
         "%s made this channel private", {}),
    ]
    for conv, subtype, who, when, text, extra in rows:
        e.put(conv, event(subtype, u[who], ts(conv, when), text % mention(who), **extra))
    # A rename by nobody: Slack wrote the pseudo user U00 here.
    e.put(b, event("channel_name", "U00", e.ts(b, "2024-02-19T15:59:00"),
                   "<@U00> has renamed the channel from \"slips\" to \"slips-and-moorings\"",
                   old_name="slips", name="slips-and-moorings"))


def add_people(e):
    """Authors that users.json does not have, and other odd ones."""
    g = "general"
    e.put("partner-tidewater", {
        "user": "U07EXTERN2", "type": "message", "ts": e.ts("partner-tidewater",
                                                            "2024-03-13T18:30:00"),
        "client_msg_id": "1b0f7a52-0000-4000-a000-0000000000c1",
        "text": "Bosun here, I drive the mobile crane. It stood in our own yard on the 14th.",
        "team": PARTNER_TEAM, "user_team": PARTNER_TEAM, "source_team": PARTNER_TEAM,
        "user_profile": {"avatar_hash": "", "image_72": avatar("U07EXTERN2", 72),
                         "first_name": "Bosun", "real_name": "Bosun Adeyemi",
                         "display_name": "bosun", "team": PARTNER_TEAM, "name": "bosun",
                         "is_restricted": False, "is_ultra_restricted": False}})
    e.put(g, {"user": "U04NOBODY9", "type": "message", "ts": e.ts(g, "2024-02-20T16:00:00"),
              "text": "My account was removed from the directory, my words were not."})
    e.put(g, event("me_message", OWN_IDS["ingrid"], e.ts(g, "2024-02-20T16:10:00"),
                   "raises the harbor flag"))
    e.put(g, event("slackbot_response", "USLACKBOT", e.ts(g, "2024-02-20T16:11:00"),
                   "The guest network is called *northwind-guest*."))
    e.put(g, {"user": "USLACKBOT", "type": "message", "ts": e.ts(g, "2024-02-20T16:12:00"),
              "text": "Reminder: look at the new tide table."})
    e.put(g, event("reminder_add", OWN_IDS["priya"], e.ts(g, "2024-02-20T16:13:00"),
                   " set up a reminder \u201cinvoices\u201d in this channel at 9AM every Friday, "
                   "Pacific Standard Time."))
    e.put(g, event("ekm_access_denied", OWN_IDS["maren"], e.ts(g, "2024-02-21T16:00:00"),
                   "This message is not available.", client_msg_id=None))
    e.put("engineering", event("assistant_app_thread", "U04DEPLBOT",
                               e.ts("engineering", "2024-03-20T18:00:00"), "New assistant thread",
                               bot_id="B04DEPLOY1", assistant_app_thread={
                                   "title": "Opening day checks", "title_blocks": [],
                                   "artifacts": [], "context": {"channel_id": "C04ENGIN01"}}))
    e.put(g, event("harbor_pilot_notice", OWN_IDS["ingrid"], e.ts(g, "2024-03-21T16:00:00"),
                   "A subtype that no list knows yet.", pilot={"name": "Skerry", "hours": [6, 18]},
                   saved={"is_archived": False, "date_due": 0, "state": "in_progress"},
                   x_files=["F04HOSTED1"], zone_of_the_future=None))


def add_bots(e):
    c = "engineering"
    icons = {"emoji": ":ship:", "image_48": avatar("B0LEGACY01", 48)}
    for day, name, text in [("2024-02-15", "release-ship", "4.2.0 is out"),
                            ("2024-02-27", "release-ship", "4.2.1 is out"),
                            ("2024-03-05", "backup-watch", "")]:
        e.put(c, {"text": text, "bot_id": "B0LEGACY01", "username": name, "icons": icons,
                  "attachments": [{"id": 1, "fallback": "[moorings] build passed",
                                   "color": "36a64f",
                                   "pretext": "Build report", "text": "All <https://ci.example.com/"
                                   "b/118|checks> passed", "mrkdwn_in": ["text", "pretext"]}],
                  "type": "message", "subtype": "bot_message", "ts": e.ts(c, day + "T23:00:00")})
    e.put(c, {"type": "message", "subtype": "bot_message", "bot_id": None,
              "text": "A webhook with no bot behind it", "username": "pier-light",
              "icons": {"icon_url": avatar("LIGHT", 64), "image_64": avatar("LIGHT", 64)},
              "ts": e.ts(c, "2024-03-06T20:00:00")})
    e.put(c, {"type": "message", "user": "U04DEPLBOT", "text": "A bot that posts as a plain user",
              "ts": e.ts(c, "2024-03-06T20:01:00"), "icons": {"icon_emoji": ":ship:"}})
    bot_post(e, c, "2024-03-06T20:02:00", "deploy <https://ci.example.com/d/77|#77> went out",
             "U04DEPLBOT", "B04DEPLOY1", "A04DEPLOY1", "Deploy Bot",
             metadata={"event_type": "deploy_done", "event_payload": {"id": 77, "ok": True}},
             trigger_id="4000000000.5000000000.0000000000000000000000000000000a",
             workflow_id="Wf04DEPLOY7")
    link = "<%s/services/B04DEPLOY1|Deploy Bot>" % SITE
    for i, (subtype, verb) in enumerate([("bot_add", "added"), ("bot_disable", "disabled"),
                                         ("bot_enable", "enabled"), ("bot_remove", "removed")]):
        e.put(c, event(subtype, OWN_IDS["tobias"], e.ts(c, "2024-02-12T1%d:00:00" % (6 + i)),
                       "%s an integration to this channel: %s" % (verb, link),
                       bot_id="B04DEPLOY1", bot_link=link))


def add_threads(e):
    c, u = "engineering", OWN_IDS

    def say(who, when, text, conv=c, **extra):
        return e.say(conv, who, text, e.ts(conv, when), **extra)

    # Deleted root whose answers live on.
    grave = e.put(c, event("tombstone", "USLACKBOT", e.ts(c, "2024-02-16T18:00:00"),
                           "This message was deleted.", hidden=True))
    e.reply(grave, say("yuki", "2024-02-16T18:02:00", "The root of this thread was deleted."))
    e.reply(grave, say("tobias", "2024-02-16T18:03:00", "And yet we are still here."))
    # The root lies before the export's range, or was removed without a trace.
    for i, text in enumerate(["Answer to a message of last year, which this export does not have.",
                              "Same thread, still without its root."]):
        say("yuki", "2024-02-13T18:0%d:00" % i, text, thread_ts="1700000000.000100",
            parent_user_id=u["tobias"])
    # Answers in other days' files, one of them also sent to the channel.
    root = say("tobias", "2024-03-08T23:50:00", "Who watches the servers over the clock change?",
               permalink=SITE + "/archives/C04ENGIN01/p1709941800", is_starred=True)
    e.reply(root, say("yuki", "2024-03-10T07:30:00", "Me. Nothing to see before 2 o'clock."))
    e.reply(root, say("yuki", "2024-03-10T10:05:00", "Half an hour later it was 03:05, all green."))
    copy = {k: root[k] for k in ("user", "type", "ts", "client_msg_id", "text", "team",
                                 "thread_ts", "reply_count", "reply_users", "latest_reply")}
    e.reply(root, say("tobias", "2024-03-11T16:00:00", "Also sent to the channel: all good.",
                      subtype="thread_broadcast", root=copy))
    e.reply(root, say("tobias", "2024-03-12T16:00:00",
                      "Late answer, sent to the channel the old way.", subtype="reply_broadcast"))
    root.update(is_locked=True, subscribed=True, last_read=root["latest_reply"], unread_count=1)
    # A newer export leaves replies[] out.
    short = say("yuki", "2024-03-13T17:00:00", "This root has counters, but no list of replies.")
    e.reply(short, say("tobias", "2024-03-13T17:05:00", "Linked by thread_ts alone."))
    del short["replies"]
    # A deletion that only the root's list tells of, and an entry without a user.
    gap = say("tobias", "2024-03-14T17:00:00",
              "One answer below was deleted, the list still has it.")
    e.reply(gap, say("yuki", "2024-03-14T17:01:00", "First answer."))
    gap["replies"].insert(1, {"user": u["priya"], "ts": "1710435720.000200"})
    gap["replies"].append({"ts": "1710435780.000300"})
    gap["reply_count"] += 2
    # A thread of a bot that has no user, with an answer older than its root.
    bot = e.put(c, {"type": "message", "subtype": "bot_message", "bot_id": "B0LEGACY01",
                    "username": "backup-watch", "text": "Backup has 0 bytes",
                    "ts": e.ts(c, "2024-03-05T19:20:00")})
    e.reply(bot, say("tobias", "2024-03-05T19:19:00",
                     "A clock was wrong: I answered before you asked."))
    e.reply(bot, say("yuki", "2024-03-05T19:21:00", "Looking."))
    # An answer by an integration, which has no user either.
    e.reply(bot, e.put(c, {"type": "message", "subtype": "bot_message", "bot_id": "B0LEGACY01",
                           "username": "backup-watch", "text": "Backup is 41 GB again",
                           "ts": e.ts(c, "2024-03-05T20:40:00")}))
    # Pinned; channels.json has the pin as well.
    pin = say("yuki", "2024-02-15T18:01:00", "Switch plan: NWH-118, six in the morning.",
              pinned_to=["C04ENGIN01"], pinned_info={"channel": "C04ENGIN01", "pinned_by":
                                                     u["tobias"], "pinned_ts": 1708020000})
    PINNED_TS.append(pin["ts"])
    item = [{"fallback": "[February 15th, 2024] yuki.tanabe: " + pin["text"], "ts": pin["ts"],
             "author_id": u["yuki"], "author_name": "yuki.tanabe", "channel_id": "C04ENGIN01",
             "text": pin["text"], "is_share": True}]
    for subtype, when in [("pinned_item", "2024-02-15T18:02:00"),
                          ("unpinned_item", "2024-03-20T18:02:00")]:
        e.put(c, event(subtype, u["tobias"], e.ts(c, when), "%s %s a message to this channel."
                       % (mention("tobias"), subtype[:-5]), item_type="C", attachments=item))


def add_times(e):
    """Spellings of ts that a reader must take, and moments that meet."""
    c = "random"

    def say(ts, text, conv=c, who="yuki"):
        e.say(conv, who, text, ts)

    say("1708990000.123456", "Two messages in one millisecond: first.")
    say("1708990000.123789", "Two messages in one millisecond: second.", who="tobias")
    say("1708990001.000005", "This ts stands in two channels (random).")
    say("1708990001.000005", "This ts stands in two channels (berth-bookings).", "berth-bookings")
    say("1708990100.12", "A short fraction.")
    say("1708990200", "No fraction at all.")
    say(Raw("1708990300.000300"), "A ts that is a number.")
    # The last minute of a Los Angeles day, before and after the clocks change; next day in UTC.
    say("1709971199.999999", "One microsecond before midnight in winter time.")
    say("1709971200.000000", "Midnight in winter time.")
    say("1710140399.999999", "One microsecond before midnight in summer time.")
    say("1710140400.000000", "Midnight in summer time.")


def add_markup(e):
    """Section 5.7 of the format: every form, escapes, and what must stay literal."""
    m, t, c = OWN_IDS["maren"], OWN_IDS["tobias"], "general"
    lines = [
        "Escapes: 3 &lt; 4 &amp;&amp; 5 &gt; 4, and &amp;lt; stays &amp;lt;",
        "People: <@%s> <@%s> <@%s|tobias.okafor> <@B04TIDEBT2>" % (m, OWN_IDS["ingrid"], t),
        "Channels: <#C04ENGIN01|engineering> <#C04ENGIN01> <#C04BOARD01|> <#G04FINANC1>",
        "Broadcasts: <!here> <!channel> <!everyone> <!here|here> <!channel|@channel>",
        "Groups: <!subteam^S04WATCH01> <!subteam^S04WATCH01|@harbor-watch>",
        "Date: <!date^1711987200^{date_num} at {time}^https://time.example.com/|2024-04-01 16:00>",
        "Date without a link: <!date^1711987200^{date_short_pretty}|1 April>",
        "Links: <https://berths.example.com/map?a=1&amp;b=2> <https://berths.example.com/|the map> "
        "<mailto:watch@northwind-harbor.example|watch@northwind-harbor.example> "
        "<tel:+15550123|555 0123>",
        "Styles: *bold* _italic_ ~struck~ `code` and *_both_*",
        "```if (a &lt; b) { puts(\"<@%s> is literal here: *not bold*\"); }```" % m,
        "`inline with <#C04ENGIN01|engineering> and *stars*`",
        "&gt; a quote of one line\nand an answer",
        "&gt;&gt;&gt; a quote\nof many lines\nto the end",
        ":wave: :wave::skin-tone-3: :northwind_sail: :not_an_emoji_at_all: 10:30:45",
        "snake_case_word 2*3*4 and a * lonely star",
        "\u6e2f Hafenstra\u00dfe \u0645\u0631\u0641\u0623 \u05e0\u05de\u05dc caf\u00e9 cafe\u0301 "
        "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f44b\U0001f3fd \U0001f1f8\U0001f1ea",
        "Tab\there, line separator\u2028here, non-breaking\u00a0space, zero\u200bwidth, "
        "BOM\ufeff, right-to-left \u202eoverride\u202c, bell\u0007, delete\u007f",
        "=HYPERLINK(\"https://evil.example.com\",\"a formula for spreadsheets\")",
        "<script>alert('literal')</script> is text, \\n is a backslash and an n",
        "",
    ]
    for i, text in enumerate(lines):
        e.say(c, "yuki", text, e.ts(c, "2024-03-19T17:%02d:00" % i))
    log = "".join("Log line %04d: wind west 4, visibility good, gate closed \u2713.\n" % n
                  for n in range(1, 301))
    e.say("incidents", "ingrid", "Watch log of the week, as text:\n" + log,
          e.ts("incidents", "2024-03-16T04:00:00"))


def add_reactions(e):
    u, c = OWN_IDS, "random"
    every = [u[k] for k in ("maren", "tobias", "yuki", "priya", "ingrid")]
    e.say(c, "maren", "Vote for the new flag!", e.ts(c, "2024-03-20T20:00:00"), reactions=[
        {"name": "clap::skin-tone-2", "users": every[:2], "count": 2},
        {"name": "clap::skin-tone-6", "users": every[2:3], "count": 1},
        {"name": "clap", "users": every[1:4], "count": 3},
        {"name": "northwind_sail", "users": every, "count": 5},
        {"name": "thumbsup_all", "users": every, "count": 74},   # Slack caps the list of users
        {"name": "flag-se", "users": ["U04NOBODY9"], "count": 1}])


def edit(user, ts):
    return {"user": user, "ts": ts}


def add_versions(e):
    """Earlier texts: what compliance exports and event logs carry."""
    c, u = "board", OWN_IDS
    first = e.say(c, "priya", "Item five: invoices TR-2041 and TR-2043.",
                  e.ts(c, "2024-03-01T19:20:00"))
    first["edited"] = edit(u["priya"], "1709321000.000000")
    first["original"] = {"user": u["priya"], "ts": first["ts"],
                         "text": "Item five: invoice TR-2041."}
    second = e.say(c, "maren", "Item six: opening day, budget 1,000.",
                   e.ts(c, "2024-03-01T19:22:00"))
    second["edited"] = edit(u["maren"], "1709321200.000000")
    second["previous_message"] = [
        {"user": u["maren"], "ts": second["ts"], "text": "Item six: opening day."},
        {"user": u["maren"], "ts": second["ts"], "text": "Item six: opening day, budget 900.",
         "edited": edit(u["maren"], "1709321100.000000")}]
    third = e.say(c, "ingrid", "The gate log opens at 08:57.", e.ts(c, "2024-03-01T19:25:00"))
    third["edited"] = edit(u["ingrid"], "1709321400.000000")
    third["original_message"] = {"user": u["ingrid"], "ts": third["ts"],
                                 "text": "The gate log opens at 8:57."}

    def log(when, subtype, **extra):
        ts = e.ts(c, when)
        return e.put(c, {"type": "message", "subtype": subtype, "hidden": True,
                         "channel": "C04BOARD01", "ts": ts, "event_ts": ts, **extra})

    now = {"type": "message", "user": u["maren"], "text": "Minutes are final.",
           "ts": e.ts(c, "2024-03-01T20:00:00")}
    e.put(c, dict(now, edited=edit(u["maren"], "1709323500.000000")))
    log("2024-03-01T20:05:00", "message_changed",
        message=dict(now, edited=edit(u["maren"], "1709323500.000000")),
        previous_message=dict(now, text="Minutes are almost final."))
    # A link preview arrived: nobody edited anything.
    log("2024-03-01T20:06:00", "message_changed", previous_message=now,
        message=dict(now, attachments=[{"id": 1, "title": "Minutes", "fallback": "Minutes",
                                        "from_url": "https://docs.example.com/m"}]))
    gone = {"type": "message", "user": u["leon"], "text": "Lanternfish was my idea, forget it.",
            "ts": e.ts(c, "2024-03-01T20:10:00")}
    log("2024-03-01T20:11:00", "message_deleted", deleted_ts=gone["ts"], previous_message=gone)
    log("2024-03-01T20:12:00", "message_replied",
        message={"type": "message", "user": u["maren"], "ts": now["ts"], "thread_ts": now["ts"],
                 "reply_count": 1, "replies": [{"user": u["priya"], "ts": gone["ts"]}]})


def room(created_by, channel, start, name, **extra):
    r = {"id": "R04ROOM%03d" % (start % 1000), "name": name, "media_server": "",
         "created_by": created_by, "date_start": start, "date_end": start + 1260,
         "participants": [], "participant_history": [OWN_IDS["maren"], OWN_IDS["ingrid"]],
         "participants_camera_on": [], "participants_screenshare_on": [], "canvas_thread_ts":
         "%d.000000" % start, "thread_root_ts": "%d.000000" % start, "channels": [channel],
         "is_dm_call": False, "was_rejected": False, "was_missed": False, "was_accepted": False,
         "has_ended": True, "background_id": "GRADIENT_01", "call_family": "huddle"}
    r.update(extra)
    return r


def add_calls(e):
    c = "mpim-crane"
    e.put(c, event("huddle_thread", "USLACKBOT", e.ts(c, "2024-02-15T18:00:00"), "",
                   channel="G04MPIM001", permalink=SITE + "/call/R04ROOM400", no_notifications=True,
                   team=HOME_TEAM, room=room(OWN_IDS["ingrid"], "G04MPIM001", 1708020000, "")))
    for subtype, when, name in [("sh_room_created", "2024-03-14T19:00:00", "Crane call"),
                                ("sh_room_shared", "2024-03-14T19:01:00", "Crane call")]:
        e.put(c, event(subtype, OWN_IDS["maren"], e.ts(c, when), "A call was started",
                       room=room(OWN_IDS["maren"], "G04MPIM001", 1710442800, name,
                                 was_accepted=True)))


def base_file(fid, name, mode, filetype, mimetype, who, when, **extra):
    user = OWN_IDS[who]
    path = "%s-%s" % (HOME_TEAM, fid)
    f = {"id": fid, "created": when, "timestamp": when, "name": name, "title": name,
         "mimetype": mimetype, "filetype": filetype, "pretty_type": filetype.upper(),
         "user": user, "user_team": HOME_TEAM, "editable": mode in ("snippet", "space", "post"),
         "size": 1000 + when % 90000, "mode": mode, "is_external": mode == "external",
         "external_type": "", "is_public": True, "public_url_shared": False,
         "display_as_bot": False, "username": "",
         "url_private": "https://files.slack.com/files-pri/%s/%s%s"
                        % (path, name.lower().replace(" ", "_"), FAKE_TOKEN),
         "url_private_download": "https://files.slack.com/files-pri/%s/download/%s%s"
                                 % (path, name.lower().replace(" ", "_"), FAKE_TOKEN),
         "permalink": "%s/files/%s/%s/%s" % (SITE, user, fid, name.lower().replace(" ", "_")),
         "permalink_public": "https://slack-files.com/%s-0000000000" % path,
         "is_starred": False, "has_rich_preview": False, "file_access": "visible"}
    f.update(extra)
    return f


def thumbs(fid):
    out = {}
    for size in (64, 80, 160, 360, 480, 720, 800, 960, 1024):
        out["thumb_%d" % size] = "https://files.slack.com/files-tmb/%s/_%d.jpg" % (fid, size)
        if size >= 360:
            out["thumb_%d_w" % size], out["thumb_%d_h" % size] = size, size * 3 // 4
    out.update(thumb_360_gif="https://files.slack.com/files-tmb/%s/_360.gif" % fid,
               thumb_tiny="AwAkADCiAAAAAAAA", original_w=4032, original_h=3024,
               image_exif_rotation=1)
    return out


def add_files(e):
    u = OWN_IDS

    def share(conv, who, when, text, files, **extra):
        return e.say(conv, who, text, e.ts(conv, when), files=files, upload=False,
                     display_as_bot=False, **extra)

    share("random", "sho", "2024-02-20T19:00:00", "Photo from the pier, and one video", [
        base_file("F04HOSTED1", "Pier at dawn.jpg", "hosted", "jpg", "image/jpeg", "sho",
                  1708455600, shares={"public": {"C04RANDOM1": [
                      {"reply_users": [], "reply_users_count": 0, "reply_count": 0,
                       "ts": e.ts("random", "2024-02-20T19:00:00"), "channel_name": "random",
                       "team_id": HOME_TEAM, "share_user_id": u["sho"]}]}}, **thumbs("F04HOSTED1")),
        base_file("F04HOSTED2", "\u6e2f/\u6c34\u9580 \"caf\u00e9\".mp4", "hosted", "mp4",
                  "video/mp4", "sho", 1708455601, num_stars=1, is_starred=True, reactions=[
                      {"name": "seal", "users": [u["yuki"]], "count": 1}])])
    share("engineering", "yuki", "2024-02-27T17:50:00", "The fix, as a snippet", [
        base_file("F04SNIPPT3", "berth_map.c", "snippet", "c", "text/plain", "yuki", 1709056200,
                  edit_link=SITE + "/files/U04YUKI003/F04SNIPPT3/berth_map.c/edit",
                  preview="if (slip < 24) {\n\tputs(\"O'Hara \\\\ Sons\");\n}",
                  preview_highlight="<div class=\"CodeMirror\">if (slip &lt; 24) {</div>",
                  lines=40, lines_more=37, preview_is_truncated=True, plain_text="",
                  updated=1709056300)])
    share("launch-", "maren", "2024-03-19T17:10:00", "Running order", [
        base_file("F04EXTERN4", "Running order", "external", "gdoc",
                  "application/vnd.google-apps.document", "maren", 1710868200,
                  external_type="gdrive", external_id="1AbCdEfGhNorthwind",
                  external_url="https://docs.example.com/document/d/1AbCdEfGhNorthwind",
                  url_private="https://docs.example.com/document/d/1AbCdEfGhNorthwind",
                  file_access="check_file_info")])
    share("berth-bookings", "ingrid", "2024-02-20T17:30:00", "Rules for slips, as a Post", [
        base_file("F04SPACEF5", "Slip rules", "space", "space", "text/plain", "ingrid", 1708450200,
                  preview="<document><p>One boat, one slip.</p></document>", state="inactive",
                  editor=u["ingrid"], last_editor=u["ingrid"], non_owner_editable=True),
        base_file("F04POSTFL6", "Winter rules", "post", "post", "application/vnd.slack-docs",
                  "ingrid", 1708450201, preview_plain_text="No fires on board.", state="active",
                  pinned_to=["C04BERTH01"])])
    share("general", "yuki", "2024-03-26T18:01:00", "Roles for opening day", [
        base_file("F04CANVAS1", "Opening day roles", "quip", "quip", "application/vnd.slack-docs",
                  "yuki", 1711400000, pretty_type="Canvas", quip_thread_id="QUI9AAtide0",
                  url_static_preview="https://files.slack.com/files-pri/static", title_blocks=[
                      {"type": "rich_text", "elements": []}], canvas_creator_id=u["yuki"],
                  source_canvas_id="")])
    share("finance-private", "priya", "2024-02-28T19:05:00", "The mail", [
        base_file("F04EMAILF7", "as discussed", "email", "email", "text/html", "priya", 1709147100,
                  subject="As discussed with Leon", plain_text="Dear Priya, as discussed with Leon "
                  "we take the Lanternfish rate.", preview_plain_text="Dear Priya",
                  to=[{"address": "invoices@northwind-harbor.example", "name": "Invoices",
                       "original": "Invoices <invoices@northwind-harbor.example>"}],
                  cc=[{"address": "yard@tidewater.example.com", "name": "Yard",
                       "original": "yard@tidewater.example.com"}],
                  **{"from": [{"address": "office@tidewater.example.com",
                               "name": "Tidewater office", "original":
                               "Tidewater office <office@tidewater.example.com>"}],
                     "headers": {"date": "Wed, 28 Feb 2024 10:00:00 -0800", "in_reply_to": None,
                                 "reply_to": None, "message_id": "<1@tidewater.example.com>"}})])
    share("engineering", "tobias", "2024-03-21T17:00:00", "Old files: what is left of them", [
        {"id": "F04TOMBST8", "mode": "tombstone"},
        {"id": "F04TOMBST9", "created": 1690000000, "timestamp": 1690000000, "user": u["tobias"],
         "mode": "tombstone", "is_tombstoned": True, "date_delete": 1709900000},
        {"id": "F04HIDDEN0", "mode": "hidden_by_limit"},
        {"id": "F04DENIEDA", "created": 0, "timestamp": 0, "user": "", "mode": "hosted",
         "file_access": "access_denied"},
        {"id": "F04NOTFNDB", "file_access": "file_not_found"}])
    old = base_file("F04OLDPICC", "B3 papers.pdf", "hosted", "pdf", "application/pdf", "leon",
                    1707868800, channels=["C04CRANE01"], groups=[], ims=[], comments_count=1,
                    initial_comment={"id": "Fc04FIRST1", "created": 1707868800, "timestamp":
                                     1707868800, "user": u["leon"], "is_intro": True,
                                     "comment": "Signed form of the load test"})
    c = "old-crane-project"
    title = "<%s|B3 papers.pdf>" % old["permalink"]
    e.put(c, event("file_share", u["leon"], e.ts(c, "2024-02-14T00:00:30"),
                   "<@%s|leon.castellano> uploaded a file: %s and commented: Signed form of the "
                   "load test" % (u["leon"], title), file=old, upload=True, display_as_bot=False,
                   username="leon.castellano", bot_id=None))
    e.put(c, event("file_comment", None, e.ts(c, "2024-02-14T20:00:00"),
                   "<@%s|ingrid.solheim> commented on %s's file %s: Which hours?"
                   % (u["ingrid"], mention("leon"), title), file=old, is_intro=False,
                   comment={"id": "Fc04SECND2", "created": 1707940800, "timestamp": 1707940800,
                            "user": u["ingrid"], "comment": "Which hours?", "is_intro": False}))
    e.put(c, event("file_mention", u["priya"], e.ts(c, "2024-02-15T20:00:00"),
                   "<@%s|priya.raman> mentioned a file: %s" % (u["priya"], title), file=old))
    share("launch-", "maren", "2024-03-20T17:00:00", "", [
        base_file("F04HOSTEDD", "flag.png", "hosted", "png", "image/png", "maren", 1710954000)],
        subtype="file_share")


def add_attachments(e):
    u, c = OWN_IDS, "random"
    everything = {
        "id": 1, "fallback": "Storm warning: gale from the west", "color": "d72b3f",
        "pretext": "From the weather office", "author_name": "Weather office",
        "author_subname": "west coast", "author_link": "https://weather.example.com/",
        "author_icon": "https://weather.example.com/icon.png", "title": "Gale warning",
        "title_link": "https://weather.example.com/w/9",
        "text": "Wind *8* from the west &amp; rising",
        "fields": [{"title": "From", "value": "18:00", "short": True},
                   {"title": "To", "value": "06:00", "short": True}],
        "image_url": "https://weather.example.com/map.png", "image_width": 640,
        "image_height": 480, "image_bytes": 51234, "thumb_url": "https://weather.example.com/t.png",
        "thumb_width": 75, "thumb_height": 75, "service_name": "Weather",
        "service_url": "https://weather.example.com/", "service_icon":
        "https://weather.example.com/fav.ico", "footer": "weather.example.com",
        "footer_icon": "https://weather.example.com/fav.ico", "ts": 1708300800,
        "mrkdwn_in": ["text", "fields"], "callback_id": "storm", "actions": [
            {"id": "1", "name": "ack", "text": "Seen", "type": "button", "value": "seen",
             "style": "primary"}]}
    bot_post(e, c, "2024-02-19T00:00:00", "Storm warning", attachments=[everything])
    e.say(c, "yuki", "My own words stay: <https://video.example.com/v/1>",
          e.ts(c, "2024-02-21T20:00:00"), attachments=[
              {"id": 1, "from_url": "https://video.example.com/v/1", "original_url":
               "https://video.example.com/v/1", "fallback": "Seal on pontoon", "title":
               "Seal on pontoon", "title_link": "https://video.example.com/v/1", "service_name":
               "Video", "video_html": "<iframe src=\"https://video.example.com/e/1\"></iframe>",
               "video_html_width": 400, "video_html_height": 225, "video_url":
               "https://video.example.com/e/1", "ts": "1708545600.000100", "is_app_unfurl": False}])
    root = "1708020000.000100"
    e.say(c, "tobias", "Look at this: <%s/archives/C04ENGIN01/p1708020000000100>" % SITE,
          e.ts(c, "2024-02-22T20:00:00"), attachments=[
              {"from_url": SITE + "/archives/C04ENGIN01/p1708020000000100", "ts": root,
               "author_id": u["yuki"], "author_name": "Yuki Tanabe", "channel_id": "C04ENGIN01",
               "channel_name": "engineering", "channel_team": HOME_TEAM, "is_msg_unfurl": True,
               "is_share": True, "is_reply_unfurl": False, "msg_subtype": "thread_broadcast",
               "text": "Switch plan", "fallback": "[February 15th] yuki: Switch plan",
               "message_blocks": [{"team": HOME_TEAM, "channel": "C04ENGIN01", "ts": root,
                                   "message": {"blocks": [{"type": "rich_text", "block_id": "sw1",
                                                           "elements": [
                                       {"type": "rich_text_section", "elements": [
                                           {"type": "text", "text": "Switch plan"}]}]}]}}],
               "files": [{"id": "F04HOSTED1", "mode": "hosted", "name": "Pier at dawn.jpg"}],
               "id": 1, "mrkdwn_in": ["text"], "footer": "Posted in #engineering"}])
    bot_post(e, c, "2024-02-23T00:00:00", "", attachments=[
        {"id": 1, "color": "#36a64f", "fallback": "[no preview available]", "blocks": [
            {"type": "section", "block_id": "att1", "text": {
                "type": "mrkdwn", "text": "A card whose words stand only in its blocks"}}]}])


def add_numbers(e):
    """Numbers and unknown keys that a program must hand on as they are spelt."""
    e.say("engineering", "yuki", "Numbers in metadata keep their spelling.",
          e.ts("engineering", "2024-03-22T18:00:00"),
          metadata={"event_type": "meter", "event_payload": {
              "big": Raw("12345678901234567890123"), "edge": Raw("9223372036854775808"),
              "money": Raw("1.50"), "exp": Raw("1.0E+2"), "minus": Raw("-0"),
              "tiny": Raw("0.000001"), "tide": Raw("2.25")}},
          key_from_the_future={"nested": [[], {}, None, "x"]})


def add_shapes(e):
    for add in (add_tides, add_membership, add_people, add_bots, add_threads, add_times, add_markup,
                add_reactions, add_versions, add_calls, add_files, add_attachments, add_numbers,
                add_blocks):
        add(e)
