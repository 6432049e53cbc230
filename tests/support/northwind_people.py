"""Who and where: the users, conversations and other index files of the sample export."""

HOME_TEAM = "T04NWHARB0"
PARTNER_TEAM = "T07TIDEWTR"
ENTERPRISE = "E04NORDGRP"
TZ = {
    "la": ("America/Los_Angeles", "Pacific Daylight Time", -25200),
    "sthlm": ("Europe/Stockholm", "Central European Time", 3600),
    "tokyo": ("Asia/Tokyo", "Japan Standard Time", 32400),
    "kolkata": ("Asia/Kolkata", "India Standard Time", 19800),
}

# key: id, team, handle, real name, display name, zone, title, colour
_ROWS = """
maren   U04MAREN01 - maren.lindqvist  |Maren Lindqvist|maren|la|Harbor director|9f69e7
tobias  U04TOBIAS2 - tobias.okafor    |Tobias Okafor|Tobias (IT)|la|Systems|4bbe2e
yuki    U04YUKI003 - yuki.tanabe      |Yuki Tanabe|\u30e6\u30ad|tokyo|Software|e7392d
priya   U04PRIYA04 - priya.raman      |Priya Raman||kolkata|Finance|3c989f
leon    U04LEON005 - leon.castellano  |Leon Castellano|leon|la|Yard manager|674b1b
halvard U04HALVAR6 - wren             |Halvard Brekke||la|Crane master|e96699
samir   U04SAMIR07 - samir.haddad     |Samir Haddad|samir|la|Survey|9e3997
wren    U04WREN008 - wren             |Wren Abara|wren|la|Pier guide|50a0cf
ingrid  W04GRID009 - ingrid.solheim   |Ingrid S\u00f8lheim|Ingrid \u2693|sthlm|Harbor watch|df3dc0
sho     U04SHO0010 - sho.minami       |\u5357 \u7fd4|sho|tokyo|\u6e2f\u6e7e|d1707d
halden  U04HALDN11 - halden.mori      |Halden Mori|Halden (counsel)|la|Outside counsel|84b22f
anselm  U07ANSELM1 T07TIDEWTR anselm.vik|Anselm Vik|Anselm (Tidewater)|la|Rigging|902d59
"""

PEOPLE, OWN_IDS = {}, {}
for _row in _ROWS.strip().split("\n"):
    _head, _real, _display, _zone, _title, _colour = _row.split("|")
    _key, _id, _team, _handle = _head.split()
    PEOPLE[_key] = {"id": _id, "team": HOME_TEAM if _team == "-" else _team, "handle": _handle,
                    "real": _real, "display": _display, "zone": _zone, "title": _title,
                    "colour": _colour}
    OWN_IDS[_key] = _id

CONVERSATIONS = {
    "general": {"id": "C04GENERAL", "folder": "general"},
    "random": {"id": "C04RANDOM1", "folder": "random"},
    "engineering": {"id": "C04ENGIN01", "folder": "engineering"},
    "berth-bookings": {"id": "C04BERTH01", "folder": "berth-bookings"},
    "old-crane-project": {"id": "C04CRANE01", "folder": "old-crane-project"},
    "launch-": {"id": "C04LAUNCH1", "folder": "launch-"},
    # This conversation writes non-ASCII raw, as some exports do.
    "\u6e2f\u306e\u8a71": {"id": "C04HARBOR1", "folder": "\u6e2f\u306e\u8a71", "ascii": False},
    "incidents": {"id": "C04INCID01", "folder": "incidents"},
    "partner-tidewater": {"id": "C04PARTNR1", "folder": "partner-tidewater"},
    "finance-private": {"id": "G04FINANC1", "folder": "finance-private"},
    "board": {"id": "C04BOARD01", "folder": "board"},
    "dm-maren-priya": {"id": "D04MARPRI1", "folder": "D04MARPRI1"},
    "dm-self-maren": {"id": "D04SELFMA2", "folder": "D04SELFMA2"},
    "dm-self-tobias": {"id": "D04SELFTO3", "folder": "D04SELFTO3"},
    "dm-tobias-halvard": {"id": "D04TOBHAL4", "folder": "D04TOBHAL4"},
    "mpim-crane": {"id": "G04MPIM001",
                   "folder": "mpdm-maren.lindqvist--priya.raman--ingrid.solheim-1"},
}


def avatar(user, size):
    return "https://avatars.example.com/2024-01-10/%s_%s.png" % (user.lower(), size)


def user_profile(who):
    """The copy of the author's profile that a message carries."""
    p = PEOPLE[who]
    return {"avatar_hash": "g" + p["colour"] + "a1b2c3", "image_72": avatar(p["id"], 72),
            "first_name": p["real"].split(" ")[0], "real_name": p["real"],
            "display_name": p["display"], "team": p["team"], "name": p["handle"],
            "is_restricted": who in ("samir", "wren"), "is_ultra_restricted": who == "wren"}


def full_profile(who, **extra):
    p = PEOPLE[who]
    first, _, last = p["real"].partition(" ")
    profile = {
        "title": p["title"], "phone": "", "skype": "", "real_name": p["real"],
        "real_name_normalized": p["real"], "display_name": p["display"],
        "display_name_normalized": p["display"], "fields": None, "status_text": "",
        "status_emoji": "", "status_emoji_display_info": [], "status_expiration": 0,
        "avatar_hash": "g" + p["colour"] + "a1b2c3",
        "email": p["handle"] + "@northwind-harbor.example.com", "huddle_state": "default_unset",
        "huddle_state_expiration_ts": 0, "first_name": first, "last_name": last,
        "image_24": avatar(p["id"], 24), "image_32": avatar(p["id"], 32),
        "image_48": avatar(p["id"], 48), "image_72": avatar(p["id"], 72),
        "image_192": avatar(p["id"], 192), "image_512": avatar(p["id"], 512),
        "status_text_canonical": "", "team": p["team"]}
    profile.update(extra)
    return profile


def full_user(who, profile=None, **extra):
    p = PEOPLE[who]
    zone, label, offset = TZ[p["zone"]]
    user = {
        "id": p["id"], "team_id": p["team"], "name": p["handle"], "deleted": False,
        "color": p["colour"], "real_name": p["real"], "tz": zone, "tz_label": label,
        "tz_offset": offset, "profile": full_profile(who, **(profile or {})), "is_admin": False,
        "is_owner": False, "is_primary_owner": False, "is_restricted": False,
        "is_ultra_restricted": False, "is_bot": False, "is_app_user": False,
        "updated": 1706745600, "is_email_confirmed": True,
        "who_can_share_contact_card": "EVERYONE"}
    user.update(extra)
    return user


def stripped_user(who):
    """A deactivated account: no zone, no flags, no colour, no names outside the profile."""
    p = PEOPLE[who]
    profile = full_profile(who)
    del profile["email"], profile["huddle_state"], profile["huddle_state_expiration_ts"]
    return {"id": p["id"], "team_id": p["team"], "name": p["handle"], "deleted": True,
            "profile": profile, "is_bot": False, "is_app_user": False, "updated": 1708041600}


def bot_user(user_id, handle, name, bot_id, app_id, **extra):
    user = {"id": user_id, "team_id": HOME_TEAM, "name": handle, "deleted": False,
            "color": "757575", "real_name": name, "tz": "America/Los_Angeles",
            "tz_label": "Pacific Daylight Time", "tz_offset": -25200,
            "profile": {"title": "", "phone": "", "skype": "", "real_name": name,
                        "real_name_normalized": name, "display_name": "",
                        "display_name_normalized": "", "fields": None, "status_text": "",
                        "status_emoji": "", "avatar_hash": "g00b07", "api_app_id": app_id,
                        "always_active": True, "bot_id": bot_id,
                        "image_72": avatar(user_id, 72), "team": HOME_TEAM},
            "is_admin": False, "is_owner": False, "is_primary_owner": False,
            "is_restricted": False, "is_ultra_restricted": False, "is_bot": True,
            "is_app_user": False, "updated": 1704067200}
    user.update(extra)
    return user


def users():
    # USLACKBOT is missing here, as in real exports; so is U04NOBODY9, who wrote one message.
    return [
        full_user("maren", {"pronouns": "she/her", "phone": "+1 555 0101",
                            "status_text": "On the pier until noon",
                            "status_text_canonical": "On the pier until noon",
                            "status_emoji": ":anchor:", "status_expiration": 1711951200,
                            "status_emoji_display_info": [
                                {"emoji_name": "anchor", "display_alias": "", "unicode": "2693",
                                 "display_url": "https://a.example.com/emoji/2693.png"}],
                            "start_date": "2015-04-01",
                            "fields": {"Xf04DOCK01": {"value": "Dock office 2", "alt": ""},
                                       "Xf04RADIO2": {"value": "VHF 12", "alt": "radio",
                                                      "label": "Radio channel"}}},
                  is_admin=True, is_owner=True, is_primary_owner=True, has_2fa=True,
                  two_factor_type="app", has_files=True, presence="active", locale="en-US"),
        full_user("tobias", {"fields": []}, status=None, is_admin=True, is_owner=True,
                  has_2fa=True, two_factor_type="sms"),
        full_user("yuki", {"fields": {}, "is_custom_image": True,
                           "image_1024": avatar("U04YUKI003", 1024),
                           "image_original": avatar("U04YUKI003", "original")}, locale="ja-JP"),
        full_user("priya"),
        full_user("leon", deleted=True, updated=1710547200, tz=None),
        stripped_user("halvard"),
        full_user("samir", {"guest_invited_by": OWN_IDS["maren"],
                            "guest_expiration_ts": 1711954800}, is_restricted=True),
        full_user("wren", {"guest_invited_by": OWN_IDS["maren"]}, is_restricted=True,
                  is_ultra_restricted=True),
        full_user("ingrid", enterprise_user={
            "id": OWN_IDS["ingrid"], "enterprise_id": ENTERPRISE, "enterprise_name": "Nord Group",
            "is_admin": False, "is_owner": False, "is_primary_owner": False,
            "teams": [HOME_TEAM, "T04NORDHQ0"]}),
        full_user("sho", is_invited_user=True, is_email_confirmed=False),
        # The same mail on two ids, as happens on Grid: two accounts all the same.
        full_user("halden", {"email": "priya.raman@northwind-harbor.example.com"}),
        full_user("anselm", {"email": "anselm.vik@tidewater.example.com"}, is_stranger=True),
        bot_user("U04DEPLBOT", "deploybot", "Deploy Bot", "B04DEPLOY1", "A04DEPLOY1"),
        bot_user("U04TIDEBOT", "tidebot", "Tide Bot", "B04TIDEBT2", "A04TIDEBT2",
                 is_connector_bot=False),
        bot_user("U04WORKFL3", "opening_day_survey", "Opening Day Survey", "B04WORKFL3",
                 "A04WORKFL3", is_workflow_bot=True),
    ]


def topic(value="", creator="", last_set=0):
    return {"value": value, "creator": creator, "last_set": last_set}


def channel(key, created, members, topic_=None, purpose=None, **extra):
    conv = CONVERSATIONS[key]
    c = {"id": conv["id"], "name": conv["folder"], "created": created,
         "creator": OWN_IDS["maren"], "is_archived": False, "is_general": False,
         "members": [OWN_IDS.get(m, m) for m in members.split()]}
    c.update(extra)
    c["topic"] = topic_ or topic()
    c["purpose"] = purpose or topic()
    return c


ALL = "maren tobias yuki priya samir ingrid U04DEPLBOT U04TIDEBOT"


def channels():
    maren, tobias = OWN_IDS["maren"], OWN_IDS["tobias"]
    return [
        channel("general", 1428912000, ALL, topic("Season opens on 1 April", maren, 1707753900),
                topic("Everything everybody must know", maren, 1428912000), is_general=True,
                is_channel=True, is_group=False, is_im=False, is_mpim=False, is_private=False,
                is_shared=False, is_ext_shared=False, is_org_shared=False,
                context_team_id=HOME_TEAM,
                updated=1707753900123, name_normalized="general", num_members=8,
                properties={"canvas": {"file_id": "F04CANVAS1", "is_empty": False,
                                       "quip_thread_id": "QUI9AAtide0"},
                            "tabs": [{"type": "canvas", "label": "", "id": "canvas"}],
                            "posting_restricted_to": {"type": ["admin"]},
                            "threads_restricted_to": {"type": ["ra"]}}),
        channel("random", "1428912000", ALL, topic("", "", "0"), topic("Seals, buns, quizzes",
                                                                      maren, "1428912060")),
        channel("engineering", 1460000000, "maren tobias yuki ingrid wren",
                topic("Release 4.2 :ship:", tobias, 1708100000),
                topic("The booking system & its servers", tobias, 1460000000),
                creator=tobias, pins="@engineering"),
        channel("berth-bookings", 1500000000, "maren yuki priya ingrid wren leon",
                purpose=topic("Who lies where", OWN_IDS["ingrid"], 1500000100),
                creator=OWN_IDS["ingrid"], previous_names=["slips", "slips-and-moorings"]),
        # Archived: the members are gone from the list; the channel_archive message has them.
        channel("old-crane-project", 1610000000, "", creator=OWN_IDS["leon"], is_archived=True,
                updated=1708124400000),
        channel("launch-", 1706000000, "maren tobias yuki priya"),
        channel("\u6e2f\u306e\u8a71", 1620000000, "yuki sho",
                topic("\u6f6e\u3068\u98a8", OWN_IDS["yuki"], 1620000000), creator=OWN_IDS["yuki"],
                name_normalized="\u6e2f\u306e\u8a71", locale="ja-JP"),
        channel("incidents", 1530000000, ALL, creator=None),
        channel("partner-tidewater", 1708500000, "maren priya ingrid anselm", is_shared=True,
                is_ext_shared=True, is_pending_ext_shared=False, pending_shared=[],
                connected_team_ids=[PARTNER_TEAM], shared_team_ids=[HOME_TEAM, PARTNER_TEAM],
                internal_team_ids=[], conversation_host_id=HOME_TEAM),
        {"id": "C04EMPTY01", "name": "nobody-wrote-here", "created": 1708500001,
         "is_archived": False, "is_general": False, "members": [maren], "topic": topic(),
         "purpose": topic()},
    ]


def groups():
    return [
        channel("finance-private", "1540000000", "maren priya", is_group=True, is_private=True,
                purpose=topic("Numbers that are not public yet", OWN_IDS["maren"], "1540000000")),
        # A private channel with a C id: only the file it is listed in says that it is private.
        channel("board", 1690000000, "maren priya ingrid halden", is_channel=True, is_private=True,
                is_frozen=False, is_read_only=False, last_read="0000000000.000000"),
    ]


def dms():
    u = OWN_IDS
    return [
        {"id": "D04MARPRI1", "created": 1550000000, "members": [u["maren"], u["priya"]]},
        {"id": "D04SELFMA2", "created": 1550000001, "members": [u["maren"]]},
        {"id": "D04SELFTO3", "created": 1550000002, "members": [u["tobias"], u["tobias"]]},
        {"id": "D04TOBHAL4", "created": "1550000003", "members": [u["tobias"], u["halvard"]]},
    ]


def mpims():
    u = OWN_IDS
    members = [u["maren"], u["priya"], u["ingrid"]]
    return [{"id": "G04MPIM001", "name": CONVERSATIONS["mpim-crane"]["folder"],
             "created": 1708018000, "creator": u["ingrid"], "is_archived": False,
             "members": members, "topic": topic(),
             "purpose": topic("Group messaging with: @maren.lindqvist @priya.raman "
                              "@ingrid.solheim", u["ingrid"], 1708018000)}]


def integration_logs():
    u = OWN_IDS
    return [
        {"user_id": u["tobias"], "user_name": "tobias.okafor", "date": "1709058000",
         "change_type": "added", "app_type": "Opening Day Survey", "app_id": "A04WORKFL3",
         "scope": "commands,chat:write,channels:read"},
        {"user_id": u["tobias"], "user_name": "tobias.okafor", "date": 1707753000,
         "change_type": "updated", "service_id": "40110000001", "service_type": "Incoming WebHooks",
         "scope": "incoming-webhook", "channel": "C04INCID01"},
        {"user_id": 0, "user_name": "slack", "date": "1707000000", "change_type": "expanded",
         "app_type": "Deploy Bot", "app_id": "A04DEPLOY1", "scope": "identify,files:read",
         "reason": "auto_expanded"},
        {"user_id": u["leon"], "user_name": "leon.castellano", "date": "1706000000",
         "change_type": "removed", "app_type": "Yard Calendar", "app_id": "A04YARDCL4",
         "reason": "token_revoked"},
    ] + [
        {"user_id": u["maren"], "user_name": "maren.lindqvist", "date": 1705000000 + i,
         "change_type": change, "app_type": "Deploy Bot", "app_id": "A04DEPLOY1"}
        for i, change in enumerate(["enabled", "disabled", "app_collaborator_added"])]


NOTES = """These notes are not part of the export.

The archive was downloaded on 28 March 2024 by the harbor office and unpacked on the office
machine. Somebody put this file into the folder afterwards; it shows what a program does with a
file that Slack did not write.
"""


def index_files():
    chans = channels()
    for c in chans:
        if c.get("pins"):
            c["pins"] = [{"id": PINNED_TS[0], "type": "C", "user": OWN_IDS["tobias"],
                          "owner": OWN_IDS["yuki"], "created": 1708020000}]
    return {
        "users.json": users(), "channels.json": chans, "groups.json": groups(),
        "dms.json": dms(), "mpims.json": mpims(), "integration_logs.json": integration_logs(),
        "canvases.json": [{"id": "F04CANVAS1", "title": "Opening day roles", "url":
                           "https://northwind-harbor-example.slack.com/docs/T04NWHARB0/F04CANVAS1",
                           "channel": "C04GENERAL", "created": 1711400000,
                           "creator": OWN_IDS["yuki"]}],
        # Slack writes one empty string where there is nothing to list.
        "lists.json": '[""]', "huddle_transcripts.json": '[""]',
        "notes-from-admin.txt": NOTES,
        "general/canvas_in_the_conversation.json": [
            {"id": "F04CANVAS1", "title": "Opening day roles", "filetype": "quip",
             "url_private": "https://files.slack.com/files-pri/T04NWHARB0-F04CANVAS1/canvas"}],
    }


PINNED_TS = []   # filled by the shapes: the message that engineering has pinned
