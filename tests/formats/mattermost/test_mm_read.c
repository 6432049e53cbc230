/* A small made-up server with one of each oddity: what its rows say as records. */
#include "mm_support.h"

#define TEAMS                                                                                     \
    "COPY public.teams (id, createat, updateat, deleteat, displayname, name, description, type, " \
    "allowopeninvite) FROM stdin;\n"                                                              \
    "t1\t1000\t2000\t0\tAcme Ltd\tacme\tWhat\\tthey make\tI\tt\n"                                 \
    "t2\t1000\t2000\t3000\tOld\told\t\tO\tf\n"                                                    \
    "\\.\n"

#define BOTS                                                                                      \
    "COPY public.bots (userid, description, ownerid, createat, updateat, deleteat) FROM stdin;\n" \
    "u3\tTells the weather\tcom.example.weather\t1000\t1000\t0\n"                                 \
    "u9\tIts account is gone\tu1\t1\t1\t0\n"                                                      \
    "\\.\n"

#define USERS                                                                                      \
    "COPY public.users (id, createat, updateat, deleteat, username, authservice, email, "          \
    "nickname, firstname, lastname, roles, props, locale, \"position\", timezone) FROM stdin;\n"   \
    "u1\t1000\t2000\t0\tanna\t\tanna@example.org\tAnn\tAnna\tA\tsystem_admin system_user\t{}\ten"  \
    "\tHead \\\\ of all\t{\"manualTimezone\": \"UTC\", \"automaticTimezone\": \"Europe/Berlin\", " \
    "\"useAutomaticTimezone\": \"true\"}\n"                                                        \
    "u2\t1000\t2000\t5000\tbob\tldap\tbob@example.org\t\tBob\t\tsystem_guest\t{\"customStatus\": " \
    "\"{\\\\\"text\\\\\":\\\\\"away\\\\\"}\"}\tde\t\t{\"manualTimezone\": \"Asia/Tokyo\", "        \
    "\"automaticTimezone\": \"\", \"useAutomaticTimezone\": false}\n"                              \
    "u3\t1000\t2000\t0\tweather\t\tw@localhost\t\tWeather bot\t\tsystem_user\t{}\ten\t\t{}\n"      \
    "\\.\n"

#define MEMBERS                                                                                   \
    "COPY public.channelmembers (channelid, userid, roles, lastviewedat, msgcount, notifyprops, " \
    "schemeuser, schemeadmin, schemeguest) FROM stdin;\n"                                         \
    "c1\tu2\t\t5\t2\t{}\tf\tf\tt\n"                                                               \
    "c1\tu1\tchannel_user channel_admin\t5\t2\t{\"push\": \"all\"}\t\\N\t\\N\t\\N\n"              \
    "d1\tu1\t\t0\t0\t{}\tt\tf\tf\n"                                                               \
    "\tu1\t\t0\t0\t{}\tt\tf\tf\n" /* a row without a channel */                                   \
    "\\.\n"

#define CHANNELS                                                                                  \
    "COPY public.channels (id, createat, updateat, deleteat, teamid, type, displayname, name, "   \
    "header, purpose, creatorid, groupconstrained) FROM stdin;\n"                                 \
    "c1\t1000\t1\t0\tt1\tO\tTown Square\ttown-square\t**hi**\tall\tu1\t\\N\n"                     \
    "c2\t1000\t1\t7000\tt1\tP\tSecret\tsecret\t\t\tu2\tf\n"                                       \
    "d1\t1000\t1\t0\t\tD\t\tu1__u2\t\t\t\t\\N\n"                                                  \
    "d2\t1000\t1\t0\t\tD\t\tu1__u1\t\t\t\t\\N\n" /* notes to oneself */                           \
    "g1\t1000\t1\t0\t\tG\tanna, bob, cleo\t0123456789012345678901234567890123456789\t\t\t\t\\N\n" \
    "b1\t1000\t1\t0\tt1\tBO\tBoard\tboard\t\t\t\t\\N\n" /* a kind of 11.8 */                      \
    "\\.\n"

#define HISTORY                                                                               \
    "COPY public.channelmemberhistory (channelid, userid, jointime, leavetime) FROM stdin;\n" \
    "c1\tu1\t1000\t\\N\n"                                                                     \
    "c1\tu2\t1000\t2000\n"                                                                    \
    "c1\tu2\t3000\t\\N\n"                                                                     \
    "\\.\n"                                                                                   \
    "COPY public.teammembers (teamid, userid, roles, deleteat, schemeadmin, createat) FROM "  \
    "stdin;\n"                                                                                \
    "t1\tu1\t\t4000\tt\t1000\n"                                                               \
    "\\.\n"                                                                                   \
    "COPY public.emoji (id, createat, updateat, deleteat, creatorid, name) FROM stdin;\n"     \
    "e1\t1000\t1000\t2000\tu1\tparty\n"                                                       \
    "\\.\n"

#define PEOPLE TEAMS BOTS USERS MEMBERS CHANNELS HISTORY

#define POSTS                                                                                                                         \
    "COPY public.posts (id, createat, updateat, deleteat, userid, channelid, rootid, originalid, "                                    \
    "message, type, props, hashtags, filenames, fileids, hasreactions, editat, ispinned) FROM "                                       \
    "stdin;\n" /* edited twice; the versions come before and after it */                                                              \
    "p1v1\t1000000\t1500000\t1500000\tu1\tc1\t\tp1\tfirst\t\t{}\t\t[]\t[\"f1\", "                                                     \
    "\"f9\"]\tf\t0\tf\n"                                                                                                              \
    "p1\t1000000\t3000000\t0\tu1\tc1\t\t\tthird\\nline \\\\ and #tag\t\t{}\t#tag\t[]\t[\"f2\", "                                      \
    "\"f1\"]\tt\t2000000\tt\n"                                                                                                        \
    "p1v2\t1000000\t2000000\t2000000\tu1\tc1\t\tp1\tsecond\t\t{}\t\t[]\t[\"f1\"]\tf\t1500000\tf\n" /* a reply, deleted by somebody */ \
    "p2\t1100000\t1200000\t1200000\tu2\tc1\tp1\t\tno\t\t{\"deleteBy\": "                                                              \
    "\"u1\"}\t\t[]\t[]\tf\t0\tf\n" /* a burning one: text and files are elsewhere */                                                  \
    "p3\t1200000\t1200000\t0\tu1\td1\t\t\t\tburn_on_read\t{\"expire_at\": "                                                           \
    "9000000}\t\t[]\t[]\tf\t0"                                                                                                        \
    "\tf\n" /* an integration's, with a card; a quote in a text is two backslashes and a quote */                                     \
    "p4\t1300000\t1300000\t0\tu3\tc1\t\t\t\tslack_attachment\t{\"from_webhook\": \"true\", "                                          \
    "\"override_username\": \"Ci \\\\\"x\\\\\"\", \"attachments\": [{\"text\": \"built\", "                                           \
    "\"color\": "                                                                                                                     \
    "\"good\", \"fields\": [{\"title\": \"a\"}]}]}\t\t[]\t\\N\tf\t0\tf\n"                                                             \
    "p5\t1400000\t1400000\t0\tu1\tc1\t\t\tjoined\tsystem_join_channel\t{\"username\": "                                               \
    "\"anna\"}\t\t"                                                                                                                   \
    "[]\t[]\tf\t0\tf\n"                                                                                                               \
    "p6\t1500000\t1500000\t0\tu1\tc1\t\t\tbad props\tcustom_x\t{\"a\": \t\t[]\t[]\tf\t0\tf\n"                                         \
    "p7\t1600000\t1600000\t0\tu1\tc1\t\t\told files\t\t{}\t\t[\"/c1/u1/f7/a b.txt\"]\t\tf\t0\tf\n"                                    \
    "p8\t1700000\t1700000\t0\tu1\tc1\n" /* cut */                                                                                     \
    "\t1700000\t1700000\t0\tu1\tc1\t\t\tnobody\t\t{}\t\t[]\t[]\tf\t0\tf\n"                                                            \
    "p9v1\t1800000\t1900000\t1900000\tu1\tc1\t\tp9\tits post is gone\t\t{}\t\t[]\t[]\tf\t0\tf\n"                                      \
    "\\.\n"

#define JOINS                                                                                     \
    "COPY public.reactions (userid, postid, emojiname, createat, updateat, deleteat, channelid) " \
    "FROM stdin;\n"                                                                               \
    "u2\tp1\tsmile\t1600000\t1600000\t0\tc1\n"                                                    \
    "u2\tp1\tfrown\t1600000\t1700000\t1700000\tc1\n" /* taken back */                             \
    "u1\tp1\theart\t1550000\t1550000\t\\N\t\n"                                                    \
    "u1\tgone\tsad\t1\t1\t0\t\n"                                                                  \
    "short\tp1\n"                                                                                 \
    "\\.\n"                                                                                       \
    "COPY public.fileinfo (id, creatorid, postid, createat, updateat, deleteat, path, name, "     \
    "size, mimetype, width, content, channelid) FROM stdin;\n"                                    \
    "f1\tu1\tp1\t900000\t900000\t0\t20200101/f1/a.txt\ta.txt\t12\ttext/plain\t0\t\tc1\n"          \
    "f2\tu1\tp1\t900000\t900001\t0\t20200101/f2/b.png\tb.png\t34\timage/png\t10\twords\tc1\n"     \
    "f9\tu1\tp1\t900000\t900000\t1500000\t20200101/f9/c.txt\tc.txt\t5\ttext/plain\t0\t\tc1\n"     \
    "f8\tu1\t\t900000\t900000\t0\tx/f8/never.txt\tnever.txt\t5\ttext/plain\t0\t\t\n"              \
    "f3\tu1\tp3\t900000\t900000\t0\tx/f3/s.txt\ts.txt\t5\ttext/plain\t0\t\td1\n"                  \
    "\\.\n"                                                                                       \
    "COPY public.postspriority (postid, channelid, priority, requestedack) FROM stdin;\n"         \
    "p1\tc1\turgent\tt\n"                                                                         \
    "\\.\n"                                                                                       \
    "COPY public.postacknowledgements (postid, userid, acknowledgedat) FROM stdin;\n"             \
    "p1\tu2\t1650000\n"                                                                           \
    "p1\tu3\t0\n" /* withdrawn */                                                                 \
    "\\.\n"                                                                                       \
    "COPY public.temporaryposts (postid, type, expireat, message, fileids) FROM stdin;\n"         \
    "p3\tburn_on_read\t9000000\tthe secret\t[\"f3\"]\n"                                           \
    "\\.\n"                                                                                       \
    "COPY public.translations (objectid, objecttype, dstlang, text, updateat) FROM stdin;\n"      \
    "p1\tpost\tde\tdritte\t5\n"                                                                   \
    "p1\tchannel\tde\tnicht\t5\n"                                                                 \
    "\\.\n"                                                                                       \
    "COPY public.threads (postid, replycount) FROM stdin;\n"                                      \
    "p1\t1\n"                                                                                     \
    "\\.\n"

#define REST                                                                                   \
    "COPY public.drafts (createat, updateat, deleteat, userid, channelid, rootid, message, "   \
    "props, fileids) FROM stdin;\n"                                                            \
    "1\t2000\t0\tu1\tc1\tp1\tnot yet\t{}\t[]\n"                                                \
    "\\.\n"                                                                                    \
    "COPY public.scheduledposts (id, createat, updateat, userid, channelid, rootid, message, " \
    "scheduledat) FROM stdin;\n"                                                               \
    "s1\t1\t2000\tu1\tc1\t\ttomorrow\t99000\n"                                                 \
    "\\.\n"                                                                                    \
    "COPY public.audits (id, createat, userid, action, extrainfo, ipaddress) FROM stdin;\n"    \
    "a1\t5000\tu1\t/api/v4/users/login\tok\t10.0.0.1\n"                                        \
    "\\.\n"                                                                                    \
    "COPY public.preferences (userid, category, name, value) FROM stdin;\n"                    \
    "u1\ttheme\ta/b\tdark\n"                                                                   \
    "u1\tthe/me\tb\t\\N\n"                                                                     \
    "\\.\n"                                                                                    \
    "COPY plug.\"odd name\" (\"a b\", createat) FROM stdin;\n" /* nobody knows its key */      \
    "x\t1\n"                                                                                   \
    "\\.\n"                                                                                    \
    "COPY public.systems (name, value) FROM stdin;\n"                                          \
    "DiagnosticId\tserver1\n"                                                                  \
    "\\.\n"

#define OTHER                                                                                     \
    "COPY other.posts (id, createat, updateat, deleteat, userid, channelid, rootid, originalid, " \
    "message, type, props) FROM stdin;\n" /* of another schema */                                 \
    "p1\t1\t1\t0\tu1\tc1\t\t\tnot ours\t\t{}\n"                                                   \
    "\\.\n"

static const char server[] = PEOPLE POSTS JOINS REST OTHER;

static const struct {
    hf_kind kind;
    const char *scope, *id, *want;
} records[] = {
    { HF_KIND_WORKSPACE, "", "t1",
      "name=acme id=t1 title=Acme Ltd about=What\tthey make kind=invite created=1000" },
    { HF_KIND_WORKSPACE, "", "t2",
      "name=old id=t2 title=Old kind=open created=1000 archived_at=3000" },
    { HF_KIND_USER, "", "u1",
      "name=anna id=u1 display_name=Ann first_name=Anna last_name=A email=anna@example.org "
      "title=Head \\ of all locale=en role=system_admin zone=Europe/Berlin created=1000 "
      "updated=2000" },
    { HF_KIND_USER, "", "u2",
      "name=bob id=u2 first_name=Bob email=bob@example.org locale=de guest=multi zone=Asia/Tokyo "
      "created=1000 updated=2000 deactivated_at=5000 is_deactivated=1" },
    { HF_KIND_USER, "", "u3",
      "name=weather id=u3 display_name=Weather bot email=w@localhost locale=en created=1000 "
      "updated=2000 is_bot=1 bot_owner=com.example.weather" },
    { HF_KIND_CHANNEL, "", "c1",
      "name=town-square kind=public id=c1 title=Town Square workspace=t1 created=1000 creator=u1 "
      "is_general=1 topic.text=**hi** purpose.text=all member.user[0]=u1 member.user[1]=u2" },
    { HF_KIND_CHANNEL, "", "c2",
      "name=secret kind=private id=c2 title=Secret workspace=t1 created=1000 creator=u2 "
      "archived_at=7000 is_archived=1" },
    { HF_KIND_CHANNEL, "", "d1", "kind=dm id=d1 created=1000 member.user[0]=u1 member.user[1]=u2" },
    { HF_KIND_CHANNEL, "", "d2", "kind=dm id=d2 created=1000 member.user[0]=u1 member.user[1]=u1" },
    { HF_KIND_CHANNEL, "", "g1", "kind=group id=g1 title=anna, bob, cleo created=1000" },
    { HF_KIND_CHANNEL, "", "b1", "name=board kind=BO id=b1 title=Board workspace=t1 created=1000" },
    { HF_KIND_MEMBERSHIP, "c1", "u2", "user=u2 channel=c1 role=guest" },
    { HF_KIND_MEMBERSHIP, "c1", "u1", "user=u1 channel=c1 role=admin" },
    { HF_KIND_MEMBERSHIP, "d1", "u1", "user=u1 channel=d1" },
    { HF_KIND_MEMBERSHIP, "c1", "u1/1000", "user=u1 channel=c1 joined=1000" },
    { HF_KIND_MEMBERSHIP, "c1", "u2/1000", "user=u2 channel=c1 joined=1000 left=2000" },
    { HF_KIND_MEMBERSHIP, "c1", "u2/3000", "user=u2 channel=c1 joined=3000" },
    { HF_KIND_MEMBERSHIP, "t1", "u1", "user=u1 workspace=t1 role=admin joined=1000 left=4000" },
    { HF_KIND_EMOJI, "", "e1",
      "name=party creator=u1 created=1000 deleted_at=2000 path=data/emoji/e1/image" },
    { HF_KIND_MESSAGE, "c1", "p1",
      "time=1000000 id=p1 author.user=u1 text=third\nline \\ and #tag file.id[0]=f2 file.id[1]=f1 "
      "thread=p1 edited.at=2000000 updated=3000000 is_pinned=1 version.text[0]=first "
      "version.at[0]=1000000 version.text[1]=second version.at[1]=1500000 reaction.name[0]=heart "
      "reaction.user[0]=u1 reaction.at[0]=1550000 reaction.name[1]=smile reaction.user[1]=u2 "
      "reaction.at[1]=1600000 file.name[1]=a.txt file.mime[1]=text/plain file.size[1]=12 "
      "file.at[1]=900000 file.user[1]=u1 file.path[1]=data/20200101/f1/a.txt file.name[0]=b.png "
      "file.mime[0]=image/png file.size[0]=34 file.at[0]=900000 file.user[0]=u1 "
      "file.path[0]=data/20200101/f2/b.png priority.level=urgent priority.ack_wanted=1 "
      "ack.user[0]=u2 ack.at[0]=1650000 translation.lang[0]=de translation.text[0]=dritte" },
    { HF_KIND_MESSAGE, "c1", "p2",
      "time=1100000 id=p2 author.user=u2 text=no deleted.by=u1 thread=p1 updated=1200000 "
      "deleted.at=1200000 is_deleted=1" },
    { HF_KIND_MESSAGE, "d1", "p3",
      "time=1200000 id=p3 author.user=u1 expires=9000000 type=burn_on_read updated=1200000 "
      "text=the secret file.id[0]=f3 file.name[0]=s.txt file.mime[0]=text/plain file.size[0]=5 "
      "file.at[0]=900000 file.user[0]=u1 file.path[0]=data/x/f3/s.txt" },
    { HF_KIND_MESSAGE, "c1", "p4",
      "time=1300000 id=p4 author.user=u3 author.name=Ci \"x\" card.color[0]=good "
      "card.text[0]=built "
      "type=slack_attachment updated=1300000" },
    { HF_KIND_MESSAGE, "c1", "p5",
      "time=1400000 id=p5 author.user=u1 text=joined type=system_join_channel is_system=1 "
      "updated=1400000" },
    { HF_KIND_MESSAGE, "c1", "p6",
      "time=1500000 id=p6 author.user=u1 text=bad props type=custom_x updated=1500000" },
    { HF_KIND_MESSAGE, "c1", "p7",
      "time=1600000 id=p7 author.user=u1 text=old files file.id[0]=f7 file.name[0]=a b.txt "
      "updated=1600000" },
    { HF_KIND_DRAFT, "", "u1/c1/p1", "author=u1 channel=c1 thread=p1 text=not yet time=2000" },
    { HF_KIND_DRAFT, "", "s1", "author=u1 channel=c1 text=tomorrow time=2000 scheduled=99000" },
    { HF_KIND_EVENT, "", "a1",
      "time=5000 id=a1 user=u1 action=/api/v4/users/login detail=ok address=10.0.0.1" },
    /* the slash of a key's part does not part it */
    { HF_KIND_OPAQUE, "public.preferences", "u1/theme/a/b", "" },
    { HF_KIND_OPAQUE, "public.preferences", "u1/the%2Fme/b", "" },
    { HF_KIND_OPAQUE, "public.threads", "p1", "" },
    { HF_KIND_OPAQUE, "other.posts", "p1", "" },
    /* what they join is gone, or never was */
    { HF_KIND_OPAQUE, "public.bots", "u9", "" },
    { HF_KIND_OPAQUE, "public.reactions", "gone/u1/sad", "" },
    { HF_KIND_OPAQUE, "public.posts", "p9v1", "" },
    { HF_KIND_OPAQUE, "public.fileinfo", "f8", "" },
    { HF_KIND_OPAQUE, "public.translations", "p1/channel/de", "" },
};

static void test_records(void **state)
{
    size_t n = 0, opaque = 0;
    hf_buf b;
    all a;

    (void)state;
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    read_all(&a, &fake_of(hf_view_str(server))->base, EVERYTHING);
    for (size_t k = 0; k < T_COUNT(records); k++) {
        const hf_record *r = NULL;

        for (size_t i = 0; i < a.n; i++)
            if (a.r[i]->kind == records[k].kind && hf_view_is(a.r[i]->id, records[k].id) &&
                hf_view_is(a.r[i]->scope, records[k].scope))
                r = a.r[i];
        if (r == NULL)
            fail_msg("no %s %s", hf_kind_name(records[k].kind), records[k].id);
        else
            assert_string_equal(said(r, &b), records[k].want);
    }
    for (size_t i = 0; i < a.n; i++) {
        n += hf_kind_is_record(a.r[i]->kind);
        opaque += a.r[i]->kind == HF_KIND_OPAQUE && (a.r[i]->flags & HF_REC_SYNTHETIC_ID) != 0;
    }
    assert_int_equal(opaque, 1); /* the table without a key */
    assert_int_equal(n, T_COUNT(records) + opaque);
    hf_buf_clear(&b);
    free_all(&a);
}

static void test_parse(void **state)
{
    all a;

    (void)state;
    read_all(&a, &fake_of(hf_view_str(server))->base, EVERYTHING);
    for (size_t i = 0; i < a.n; i++)
        if (hf_kind_is_record(a.r[i]->kind))
            check_parse(a.r[i], a.paths);
    free_all(&a);
}

/* Nothing that a row says is without a leaf, and what is at its default is carried. */
static void test_leaves(void **state)
{
    static const struct {
        const char *path, *raw, *field; /* NULL: nobody took it */
    } want[] = {
        { "message.id", "p1", "message.id" },
        { "message.channelid", "c1", "message.time" },
        { "message.createat", "1000000", "message.time" },
        { "message.deleteat", "0", "message.time" },
        { "message.message", "third\\nline \\\\ and #tag", "message.text" },
        { "message.props", "{}", "message.time" },
        { "message.filenames", "[]", "message.time" },
        { "message.hashtags", "#tag", NULL },
        { "message.fileids[]", "\"f2\"", "message.file.id" },
        { "message.hasreactions", "t", "message.reaction.name" },
        { "message.posts[].id", "p1v1", NULL },
        { "message.posts[].originalid", "p1", "message.time" },
        { "message.posts[].message", "second", "message.version.text" },
        { "message.posts[].fileids[]", "\"f9\"", NULL },
        { "message.reactions[].emojiname", "frown", NULL },
        { "message.reactions[].postid", "p1", "message.time" },
        { "message.reactions[].updateat", "1600000", "message.reaction.at" },
        { "message.fileinfo[].name", "c.txt", NULL },
        { "message.fileinfo[].width", "0", "message.time" },
        { "message.fileinfo[].width", "10", NULL },
        { "message.postacknowledgements[].userid", "u3", NULL },
        { "message.props.username", "\"anna\"", NULL },
        { "message.props.attachments[].fields[].title", "\"a\"", NULL },
        { "message.props.from_webhook", "\"true\"", "message.author.name" },
        { "message.props.deleteBy", "\"u1\"", "message.deleted.by" },
        { "message.props", "{\"a\": ", NULL },
        { "message.temporaryposts[].expireat", "9000000", "message.expires" },
        { "user.authservice", "ldap", NULL },
        { "user.bots[].createat", "1000", "user.name" },
        { "user.bots[].description", "Tells the weather", NULL },
        { "user.timezone.useAutomaticTimezone", "\"true\"", "user.zone" },
        { "user.roles", "system_user", "user.name" },
        { "user.timezone.automaticTimezone", "\"\"", "user.name" },
        { "membership.notifyprops.push", "\"all\"", NULL },
        { "channel.name", "u1__u2", "channel.member.user" },
        { "opaque.odd name.a b", "x", NULL },
        { "opaque.preferences.value", "dark", NULL },
    };
    all a;

    (void)state;
    read_all(&a, &fake_of(hf_view_str(server))->base, EVERYTHING);
    for (size_t k = 0; k < T_COUNT(want); k++) {
        size_t found = 0;

        for (size_t i = 0; i < a.n; i++)
            for (uint32_t l = 0; l < a.r[i]->nleaf; l++) {
                const hf_leaf *leaf = &a.r[i]->leaf[l];
                const char *field = leaf->value == 0
                                        ? NULL
                                        : hf_field_get(a.r[i]->value[leaf->value - 1].field)->path;

                found += hf_view_is(hf_path_text(a.paths, leaf->path), want[k].path) &&
                         hf_view_is(leaf->raw, want[k].raw) &&
                         (field == NULL) == (want[k].field == NULL) &&
                         (field == NULL || strcmp(field, want[k].field) == 0);
            }
        if (found == 0)
            fail_msg("no leaf %s %s carried by %s", want[k].path, want[k].raw,
                     want[k].field == NULL ? "nobody" : want[k].field);
    }
    free_all(&a);
}

/* A reaction, an acknowledgement, a translation more or less: the message has no new version. */
static void test_versions(void **state)
{
    static const char base[] =
        "COPY public.posts (id, createat, updateat, deleteat, userid, channelid, rootid, "
        "originalid, message, type, props) FROM stdin;\n"
        "p1\t1000\t%s\t0\tu1\tc1\t\t\t%s\t\t{}\n"
        "\\.\n"
        "COPY public.reactions (userid, postid, emojiname, createat, updateat, deleteat) FROM "
        "stdin;\n%s\\.\n"
        "COPY public.translations (objectid, objecttype, dstlang, text, updateat) FROM stdin;\n%s"
        "\\.\n";
    static const struct {
        const char *update, *text, *reactions, *translations;
        bool is_new;
    } cases[] = {
        { "1000", "a", "", "", false },
        { "2000", "a", "", "", false },
        { "2000", "a", "u1\tp1\tsmile\t2\t2\t0\n", "", false },
        { "2000", "a", "u1\tp1\tsmile\t2\t3\t3\n", "", false },
        { "2000", "a", "", "p1\tpost\tde\t\t5\n", false },
        { "2000", "a", "", "p1\tpost\tde\tb\t6\n", false },
        { "2000", "b", "", "", true },
    };
    uint64_t first = 0;

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        char *sql = hf_sprintf(base, cases[i].update, cases[i].text, cases[i].reactions,
                               cases[i].translations);
        uint64_t content, kept;
        all a;

        read_all(&a, &fake_of(hf_view_str(sql))->base, HF_WANT_RECORDS | HF_WANT_ACCOUNT);
        hf_rec_digests(find_record(&a, HF_KIND_MESSAGE, "p1"), a.paths, &content, &kept);
        if (i == 0)
            first = content;
        assert_int_equal(content != first, cases[i].is_new);
        free_all(&a);
        hf_free(sql);
    }
}

static void test_quarantine(void **state)
{
    static const struct {
        const char *bytes, *reason;
    } want[] = {
        { "\tu1\t\t0\t0\t{}\tt\tf\tf\n", "a membership without user or place" },
        { "short\tp1\n", "another number of columns than the table has" },
        { "p8\t1700000\t1700000\t0\tu1\tc1\n", "another number of columns than the table has" },
        { "\t1700000\t1700000\t0\tu1\tc1\t\t\tnobody\t\t{}\t\t[]\t[]\tf\t0\tf\n",
          "a post without id or channel" },
    };
    size_t n = 0;
    all a;

    (void)state;
    read_all(&a, &fake_of(hf_view_str(server))->base, EVERYTHING);
    for (size_t i = 0; i < a.n; i++) {
        if (a.r[i]->kind != HF_KIND_QUARANTINE)
            continue;
        assert_true(n < T_COUNT(want));
        T_VIEW(want[n].bytes, a.r[i]->raw.bytes);
        assert_string_equal(want[n].reason, a.r[i]->u.quarantine.reason);
        n++;
    }
    assert_int_equal(n, T_COUNT(want));
    free_all(&a);
}

/* Every table that is read is a member, once, whole; raw points into it. */
static void check_bytes(size_t chunk)
{
    fake *f = fake_of(hf_view_str(server));
    hf_buf member[64];
    uint32_t open = HF_NO_MEMBER;
    size_t nmember = 0, readable = 0;
    all a;

    for (size_t i = 0; i < T_COUNT(member); i++)
        hf_buf_init(&member[i], HF_BUF_UNBOUNDED);
    f->chunk = chunk;
    read_all(&a, &f->base, EVERYTHING);
    for (size_t i = 0; i < a.n; i++) {
        const hf_record *r = a.r[i];

        if (r->kind == HF_KIND_MEMBER) {
            assert_int_equal(open, HF_NO_MEMBER);
            open = r->u.member.ordinal;
            assert_true(r->u.member.is_set);
            nmember++;
        } else if (r->kind == HF_KIND_BYTES) {
            assert_int_equal(r->raw.member, open);
            assert_int_equal(r->raw.offset, member[open].n);
            hf_buf_add(&member[open], r->raw.bytes);
        } else if (r->kind == HF_KIND_MEMBER_END) {
            hf_buf whole;
            uint32_t t = 0;

            while (!hf_view_eq(f->table[t].member, r->u.member.name))
                t++;
            hf_buf_init(&whole, HF_BUF_UNBOUNDED);
            hf_buf_add(&whole, f->table[t].head);
            hf_buf_add(&whole, f->rows[t]);
            hf_buf_str(&whole, "\\.\n");
            assert_string_equal(hf_buf_cstr(&whole), hf_buf_cstr(&member[open]));
            hf_buf_clear(&whole);
            open = HF_NO_MEMBER;
        }
    }
    for (size_t i = 0; i < a.n; i++)
        if ((hf_kind_is_record(a.r[i]->kind) || a.r[i]->kind == HF_KIND_QUARANTINE) &&
            a.r[i]->raw.member != HF_NO_MEMBER) {
            const hf_raw *raw = &a.r[i]->raw;

            assert_true(hf_view_eq(
                hf_view_sub(hf_buf_view(&member[raw->member]), (size_t)raw->offset, raw->bytes.n),
                raw->bytes));
            if (raw->head.n > 0)
                assert_true(hf_view_starts(hf_buf_view(&member[raw->member]), raw->head));
        }
    for (uint32_t t = 0; t < f->base.ntable; t++)
        readable += !mm_role_is_unread(f->table[t].role);
    assert_int_equal(nmember, readable);
    for (size_t i = 0; i < T_COUNT(member); i++)
        hf_buf_clear(&member[i]);
    free_all(&a);
}

static void test_bytes(void **state)
{
    (void)state;
    check_bytes(0);
    check_bytes(1); /* a row at a time */
}

/* "KIND SCOPE;" of what is claimed besides messages. */
static void list_claims(const all *a, hf_buf *out)
{
    hf_buf_reset(out);
    for (size_t i = 0; i < a->n; i++) {
        const hf_record *r = a->r[i];

        if (r->kind == HF_KIND_COVERAGE && !r->u.coverage.is_count &&
            r->u.coverage.kind != HF_KIND_NONE)
            hf_buf_printf(out, "%s %.*s;", hf_kind_name(r->u.coverage.kind), (int)r->scope.n,
                          r->scope.p);
    }
}

/* Tables that are always read as a whole ... */
#define WHOLE_TABLES                                                                           \
    "workspace ;opaque public.teams;opaque public.bots;user ;opaque public.users;membership ;" \
    "opaque public.channelmembers;channel ;opaque public.channels;"                            \
    "opaque public.channelmemberhistory;opaque public.teammembers;emoji ;opaque public.emoji;"
#define WHOLE_REST                                                                           \
    "opaque public.threads;draft ;opaque public.drafts;opaque public.scheduledposts;event ;" \
    "opaque public.audits;opaque public.preferences;opaque plug.odd name;opaque other.posts;"

static void test_coverage(void **state)
{
    fake *f = fake_of(hf_view_str(server));
    size_t claims = 0, counts = 0;
    hf_buf kinds;
    all a;

    (void)state;
    hf_buf_init(&kinds, HF_BUF_UNBOUNDED);
    read_all(&a, &f->base, EVERYTHING);
    list_claims(&a, &kinds);
    /* ... and those whose rows an incremental reading chooses. */
    T_VIEW(WHOLE_TABLES "opaque public.posts;opaque public.reactions;opaque public.fileinfo;"
                        "opaque public.postspriority;opaque public.postacknowledgements;"
                        "opaque public.temporaryposts;opaque public.translations;" WHOLE_REST,
           hf_buf_view(&kinds));
    for (size_t i = 0; i < a.n; i++) {
        const hf_record *r = a.r[i];

        if (r->kind != HF_KIND_COVERAGE)
            continue;
        if (r->u.coverage.is_count) {
            T_VIEW(counts == 0 ? "c1" : "c9", r->scope);
            assert_int_equal(r->u.coverage.rows, 3 + counts);
            assert_int_equal(r->u.coverage.first_day, 19000 + (int64_t)counts);
            assert_int_equal(r->u.coverage.last_day, 19000 + (int64_t)counts);
            counts++;
        } else if (r->u.coverage.kind == HF_KIND_NONE) {
            assert_int_equal(r->u.coverage.first_day, -1);
            assert_int_equal(r->u.coverage.last_day, 1);
            claims++;
        }
    }
    assert_int_equal(counts, 2);
    assert_int_equal(claims, 6); /* channels, those without messages too */
    free_all(&a);

    f = fake_of(hf_view_str(server));
    f->base.is_partial = true;
    read_all(&a, &f->base, HF_WANT_RECORDS);
    list_claims(&a, &kinds);
    T_VIEW(WHOLE_TABLES WHOLE_REST, hf_buf_view(&kinds));
    free_all(&a);
    hf_buf_clear(&kinds);
}

static hf_status no_counts(mm_feed *f,
                           void (*say)(void *self, hf_view channel, int64_t day, uint64_t n),
                           void *self, hf_err **err)
{
    (void)f;
    (void)say;
    (void)self;
    (void)err;
    return HF_OK;
}

/* A server without any message has counted them too: what the vault has is gone. */
static void test_counts_of_nothing(void **state)
{
    mm_feed_ops ops = fake_ops;
    fake *f = fake_of(hf_view_str(server));
    size_t counts = 0;
    all a;

    (void)state;
    ops.counts = no_counts;
    f->base.ops = &ops;
    read_all(&a, &f->base, EVERYTHING);
    for (size_t i = 0; i < a.n; i++)
        if (a.r[i]->kind == HF_KIND_COVERAGE && a.r[i]->u.coverage.is_count) {
            assert_int_equal(a.r[i]->u.coverage.rows, 0);
            counts++;
        }
    assert_int_equal(counts, 1);
    free_all(&a);
}

/* Rows in any order, in pieces of any size: the same records. */
static void test_order(void **state)
{
    static const char *const orders[] = {
        PEOPLE POSTS JOINS REST,
        REST JOINS POSTS HISTORY CHANNELS MEMBERS USERS BOTS TEAMS,
    };
    hf_buf text[2];

    (void)state;
    for (int k = 0; k < 2; k++) {
        fake *f = fake_of(hf_view_str(orders[k]));
        all a;

        hf_buf_init(&text[k], HF_BUF_UNBOUNDED);
        f->chunk = k == 0 ? 0 : 1;
        read_all(&a, &f->base, HF_WANT_RECORDS | HF_WANT_ACCOUNT);
        for (size_t i = 0; i < T_COUNT(records); i++)
            for (size_t n = 0; n < a.n; n++)
                if (a.r[n]->kind == records[i].kind && hf_view_is(a.r[n]->id, records[i].id) &&
                    hf_view_is(a.r[n]->scope, records[i].scope)) {
                    describe(a.r[n], a.paths, true, &text[k]);
                    hf_buf_add(&text[k], a.r[n]->raw.bytes);
                }
        free_all(&a);
    }
    assert_string_equal(hf_buf_cstr(&text[0]), hf_buf_cstr(&text[1]));
    hf_buf_clear(&text[0]);
    hf_buf_clear(&text[1]);
}

/* More rows that wait than a batch holds, and not one record in the meantime. */
static void test_many_joined(void **state)
{
    enum { NPOST = 50, NROW = 60000 };
    hf_buf sql;
    all a;

    (void)state;
    hf_buf_init(&sql, HF_BUF_UNBOUNDED);
    hf_buf_str(&sql, "COPY public.reactions (userid, postid, emojiname, createat) FROM stdin;\n");
    for (int i = 0; i < NROW; i++)
        hf_buf_printf(&sql, "user%06d\tpost%d\ta_long_name_for_one_emoji_%080d\t1600000000000\n", i,
                      i % (NPOST + 1), i % 7);
    hf_buf_str(&sql, "\\.\nCOPY public.posts (id, createat, updateat, deleteat, userid, channelid, "
                     "rootid, originalid, message, type, props) FROM stdin;\n");
    for (int i = 0; i < NPOST; i++)
        hf_buf_printf(&sql, "post%d\t1\t1\t0\tu1\tc1\t\t\ttext\t\t{}\n", i);
    hf_buf_str(&sql, "\\.\n");
    for (int bytes = 0; bytes < 2; bytes++) {
        fake *f = fake_of(hf_buf_view(&sql));

        f->chunk = 100000;
        read_all(&a, &f->base, HF_WANT_RECORDS | (bytes ? HF_WANT_BYTES : 0));
        assert_int_equal(count_kind(&a, HF_KIND_MESSAGE), NPOST);
        assert_int_equal(count_kind(&a, HF_KIND_OPAQUE), NROW / (NPOST + 1)); /* of post50 */
        for (int i = 0; i < NPOST; i++) {
            char id[16];
            size_t n = 0;
            const hf_record *r;

            snprintf(id, sizeof(id), "post%d", i);
            r = find_record(&a, HF_KIND_MESSAGE, id);
            for (uint32_t k = 0; k < r->nvalue; k++)
                n += r->value[k].field == HF_F_MESSAGE_REACTION_USER;
            assert_int_equal(n, (NROW - i + NPOST) / (NPOST + 1));
        }
        free_all(&a);
    }
    hf_buf_clear(&sql);
}

/* 5.x: replies in parentid, reactions without deleteat, props as text. */
static void test_old_schema(void **state)
{
    static const char old[] =
        "COPY public.posts (id, createat, updateat, deleteat, userid, channelid, rootid, parentid, "
        "originalid, message, type, props) FROM stdin;\n"
        "p1\t1000\t1000\t0\tu1\tc1\t\t\t\troot\t\t{\"x\":1,\"x\":\"\\\\u0000\"}\n"
        "p2\t2000\t2000\t0\tu1\tc1\t\tp1\t\treply\t\t\n"
        "p3\t2000\t2000\t0\tu1\tc1\tp1\tp1\t\treply\t\\N\t\\N\n"
        "\\.\n"
        "COPY public.reactions (userid, postid, emojiname, createat) FROM stdin;\n"
        "u1\tp1\tsmile\t1000\n"
        "\\.\n";
    hf_buf b;
    all a;

    (void)state;
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    read_all(&a, &fake_of(hf_view_str(old))->base, HF_WANT_RECORDS | HF_WANT_ACCOUNT);
    assert_string_equal(
        said(find_record(&a, HF_KIND_MESSAGE, "p1"), &b),
        "time=1000 id=p1 author.user=u1 text=root updated=1000 reaction.name[0]=smile "
        "reaction.user[0]=u1 reaction.at[0]=1000");
    assert_string_equal(said(find_record(&a, HF_KIND_MESSAGE, "p2"), &b),
                        "time=2000 id=p2 author.user=u1 text=reply thread=p1 updated=2000");
    assert_string_equal(said(find_record(&a, HF_KIND_MESSAGE, "p3"), &b),
                        "time=2000 id=p3 author.user=u1 text=reply thread=p1 updated=2000");
    for (size_t i = 0; i < a.n; i++)
        if (hf_kind_is_record(a.r[i]->kind))
            check_parse(a.r[i], a.paths);
    hf_buf_clear(&b);
    free_all(&a);
}

static void test_origin(void **state)
{
    fake *f = fake_of(hf_view_str(server));
    hf_reader_args args = { .want = HF_WANT_RECORDS };
    hf_reader *r = NULL;
    hf_err *err = NULL;
    all a;

    (void)state;
    f->base.server_id = (hf_view){ NULL, 0 };
    T_FAILS(err, HF_E_ORIGIN, mm_reader_over(&r, &f->base, &args, &err));

    read_all(&a, &fake_of(hf_view_str(server))->base, HF_WANT_RECORDS);
    T_VIEW("server1", a.reader->origin);
    T_VIEW("server1", find_record(&a, HF_KIND_MESSAGE, "p1")->origin);
    assert_int_equal(find_record(&a, HF_KIND_MESSAGE, "p1")->nleaf, 0);
    free_all(&a);
}

/* Documents that no reader of ours wrote. */
static void test_bad_documents(void **state)
{
    static const struct {
        hf_kind kind;
        const char *doc;
    } bad[] = {
        { HF_KIND_MESSAGE, "" },
        { HF_KIND_MESSAGE, "p1\t1\n" },
        { HF_KIND_MESSAGE, "COPY public.posts (id, channelid) FROM stdin;\n" },
        { HF_KIND_MESSAGE, "COPY public.posts (id, channelid) FROM stdin;\np1\n" },
        { HF_KIND_MESSAGE, "COPY public.posts (id, channelid) FROM stdin;\np1\t\n" },
        { HF_KIND_MESSAGE, "COPY public.posts (id, channelid FROM stdin;\np1\tc1\n" },
        { HF_KIND_MESSAGE, "COPY public.\"posts (id, channelid) FROM stdin;\np1\tc1\n" },
        { HF_KIND_MESSAGE, "COPY public.users (id, channelid) FROM stdin;\np1\tc1\n" },
        { HF_KIND_MESSAGE,
          "COPY public.posts (id, channelid) FROM stdin;\np1\tc1\n\\.\nrubbish\n" },
        { HF_KIND_MESSAGE, "COPY public.posts (id, channelid) FROM stdin;\np1\tc1\n\\.\n"
                           "COPY public.reactions (postid, userid) FROM stdin;\np1\n" },
        { HF_KIND_OPAQUE, "COPY public.x (id) FROM stdin;\n1\n2\n" },
        { HF_KIND_COVERAGE, "COPY public.x (id) FROM stdin;\n1\n" },
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(bad); i++) {
        hf_batch *b = hf_batch_new();
        hf_paths *paths = hf_paths_new();
        hf_record *r = hf_batch_add(b, bad[i].kind);
        hf_err *err = NULL;

        r->raw.bytes = hf_view_str(bad[i].doc);
        T_FAILS(err, HF_E_RECORD, mm_parse(b, r, paths, &err));
        hf_batch_free(b);
        hf_paths_free(paths);
    }
}

/* The head of a table whose names need quotes, also inside. */
static void test_heads(void **state)
{
    hf_view schema, name;
    mm_column *column;
    uint16_t n;
    hf_arena *mem = hf_arena_new();
    hf_view text = HF_V("COPY \"my \"\"s\".\"t, (x)\" (a, \"desc\", \"b\"\"\") FROM stdin;\nrow");

    (void)state;
    assert_int_equal(mm_head_parse(text, mem, &schema, &name, &column, &n), text.n - 3);
    T_VIEW("my \"s", schema);
    T_VIEW("t, (x)", name);
    assert_int_equal(n, 3);
    T_VIEW("desc", column[1].name);
    T_VIEW("b\"", column[2].name);
    hf_arena_free(mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records),
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_leaves),
        cmocka_unit_test(test_quarantine),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_coverage),
        cmocka_unit_test(test_counts_of_nothing),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_old_schema),
        cmocka_unit_test(test_origin),
        cmocka_unit_test(test_bad_documents),
        cmocka_unit_test(test_heads),
        cmocka_unit_test(test_many_joined),
        cmocka_unit_test(test_versions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
