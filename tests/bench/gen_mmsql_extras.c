/* tests/bench/gen_mmsql_extras.c: posts beyond the stream, of every sort that a reader may stumble
 * over, and what only newer servers keep: burn on read, priorities, acknowledgements, drafts.
 *
 * A round is one post of each sort; there is one round for every 2,000 messages. The sorts of the
 * first part are in both schemas, with the same ids; the others in the new one alone.
 */
#include "gen_mmsql.h"

#include <stdio.h>

#define SORTS     64 /* ids: round * SORTS + sort */
#define ANYWHERE  UINT32_MAX
#define SOMEBODY  UINT32_MAX
#define LONG_TEXT 16383 /* characters: the server's limit */

typedef enum sort_flag {
    S_NEW = 1,      /* of newer servers */
    S_NO_PROPS = 2, /* NULL; the old schema has a blank text */
    S_NULL_TYPE = 4,
    S_NULL_FILES = 8,
    S_LOST_ROOT = 16, /* answers a post that is no more */
    S_PARENT = 32,    /* an answer that only parentid names, where there is parentid */
    S_LONG = 64,
    S_DELETED = 128, /* by an administrator */
    S_REMOTE = 256,
    S_OLD_FILES = 512, /* paths in filenames, as before 3.5 */
    S_BURN = 1024,
    S_BURN_FILE = 2048,
    S_PRIORITY = 4096,
    S_URGENT = 8192, /* with acknowledgements and nagging */
    S_TRANSLATED = 16384,
    S_REMINDED = 32768,
    S_REACTED = 65536,
} sort_flag;

typedef struct sort {
    const char *name;                   /* in the manifest; NULL: not counted by itself */
    uint32_t flags, where, who;         /* where: XC_…, who: XU_… */
    const char *type, *message, *props; /* props: NULL for {} */
} sort;

#define ODD_TEXT                                                                                   \
    "tab\there, back\\slash, \\N, \\x41, line\nfeed\n\\.\nreturn\r, \v\f\b, \x01\x1f\x7f, 'one' "  \
    "\"two\" $$three$$ \U0001F469\u200D\U0001F680 \u202Eright to left\u202C \uFEFF\u2028 e\u0301 " \
    "end\\"

static const sort sorts[] = {
    { "unknown types", 0, ANYWHERE, SOMEBODY, "custom_northgate_poll", "Lunch? :fish:",
      "{\"poll\": {\"id\": 12345678901234567890.0500, \"is_open\": true, \"options\": [\"soup\", "
      "null, {\"n\": -3, \"name\": \"bread \\\"dark\\\" \\\\ \u6e2f\"}, []]}}" },
    { "unknown types", 0, ANYWHERE, SOMEBODY, "system_of_tomorrow", "The harbor moved", NULL },
    { "odd texts", 0, ANYWHERE, XU_ODD, "", ODD_TEXT, NULL },
    { NULL, S_OLD_FILES, ANYWHERE, SOMEBODY, "", "The old plan", NULL },
    { NULL, S_NULL_FILES, ANYWHERE, SOMEBODY, "", "Without a list of files", NULL },
    { NULL, S_NULL_TYPE, ANYWHERE, SOMEBODY, "", "Without a type", NULL },
    { NULL, S_NO_PROPS, ANYWHERE, SOMEBODY, "", "Without props", NULL },
    { NULL, S_LONG, ANYWHERE, SOMEBODY, "", "", NULL },
    { "posts of nobody", 0, ANYWHERE, XU_ERASED, "", "I was here", NULL },
    { "posts to who left", 0, XC_DEPARTED, XU_DEPARTED, "", "Here is my key", NULL },
    { "posts to who left", 0, XC_DEPARTED, SOMEBODY, "", "Thanks, farewell", NULL },
    { "notes to self", 0, XC_SELF, XU_SOLO, "", "Buy rope", NULL },
    { NULL, S_REMOTE, XC_GROUP, XU_REMOTE, "", "From the other harbor", NULL },
    { NULL, S_REACTED, XC_GROUP, XU_LDAP, "", "Seen #harbor #crane-7", NULL },
    { NULL, 0, XC_ERASED, XU_ERASED, "", "Nobody can tell who wrote this", NULL },
    { NULL, 0, XC_ARCHIVED, SOMEBODY, "", "The books are closed", NULL },
    { NULL, 0, ANYWHERE, SOMEBODY, "system_add_to_channel", "sam added to the channel by lou",
      "{\"userId\": \"1\", \"username\": \"lou\", \"addedUserId\": \"2\", \"addedUsername\": "
      "\"sam\"}" },
    { "webhook posts", 0, ANYWHERE, SOMEBODY, "slack_attachment", "",
      "{\"attachments\": [{\"id\": 0, \"text\": \"Berth **7** is free\", \"color\": \"good\", "
      "\"title\": \"Berths\", \"fields\": [{\"short\": false, \"title\": \"Free\", \"value\": 3}, "
      "{\"short\": true, \"title\": \"\", \"value\": null}], \"footer\": \"Harbor <office>\", "
      "\"pretext\": \"News\", \"fallback\": \"Berth 7\", \"author_name\": \"Office\"}], "
      "\"from_webhook\": \"true\", \"override_username\": \"berths\", \"webhook_display_name\": "
      "\"Berth hook\"}" },
    { NULL, 0, ANYWHERE, XU_PLUGIN, "custom_calls_recording", "A recording",
      "{\"from_bot\": true, \"from_plugin\": \"true\"}" },
    { "replies", S_LOST_ROOT, ANYWHERE, SOMEBODY, "", "An answer to nothing", NULL },
    { "replies", S_PARENT, ANYWHERE, SOMEBODY, "", "An answer by its parent", NULL },
    { "deleted", S_DELETED, ANYWHERE, SOMEBODY, "", "The administrator took this away", NULL },
    { NULL, 0, ANYWHERE, SOMEBODY, "me", "waves", NULL },
    { NULL, S_REMINDED, ANYWHERE, SOMEBODY, "", "Do not forget the tide", NULL },
    /* of newer servers */
    { "burn on read", S_NEW | S_BURN, ANYWHERE, SOMEBODY, "burn_on_read", "",
      "{\"expire_at\": 1767225600000, \"read_duration\": 600}" },
    { "burn on read", S_NEW | S_BURN | S_BURN_FILE, ANYWHERE, SOMEBODY, "burn_on_read", "",
      "{\"expire_at\": 1767225600000, \"read_duration\": 600}" },
    { NULL, S_NEW, ANYWHERE, SOMEBODY, "burn_on_read",
      "*Content deleted as part of burning the post*", NULL },
    { "priorities", S_NEW | S_PRIORITY | S_URGENT, ANYWHERE, SOMEBODY, "", "Storm at noon", NULL },
    { "priorities", S_NEW | S_PRIORITY, ANYWHERE, SOMEBODY, "", "Please read", NULL },
    { "translated", S_NEW | S_TRANSLATED, ANYWHERE, SOMEBODY, "", "Good morning, harbor", NULL },
    { "posts on boards", S_NEW, XC_BOARD, SOMEBODY, "", "A card on the board", NULL },
};

enum { SORT_COUNT = sizeof(sorts) / sizeof(sorts[0]) };

/* --- where, who, when ---------------------------------------------------------------------------
 */

typedef struct spot {
    const char *user, *channel;
    uint32_t index; /* of the channel */
    int64_t ms;
    char id[27];
} spot;

static gen_rng round_rng(const gen_sql *k, uint64_t round)
{
    return gen_rng_at(k->w->seed, GEN_F_MM_EXTRA, UINT64_MAX, round);
}

static spot spot_of(const gen_sql *k, uint64_t round, uint32_t n)
{
    const sort *x = &sorts[n];
    gen_rng r = round_rng(k, round);
    uint32_t index = (uint32_t)gen_below(&r, k->w->channels);
    const gen_channel *c = &k->w->channel[index];
    uint64_t span = (uint64_t)(c->last - c->created) / 1000 - 86400000;
    spot s = { .index = index, .ms = c->created / 1000 + (int64_t)gen_below(&r, span) };
    s.ms += (int64_t)n * 1000;
    s.user = k->user[gen_members(k->w, c)[0]];
    if (x->where != ANYWHERE) {
        s.index = k->w->channels + x->where;
        s.ms = k->w->start / 1000 + (int64_t)gen_below(&r, 200 * UINT64_C(86400000));
        s.user = k->user[k->w->bots];
    }
    s.channel = k->channel[s.index];
    if (x->who != SOMEBODY)
        s.user = sql_user(k, x->who);
    gen_mm_id(s.id, k->w->seed, GEN_MM_EXTRA, round * SORTS + n);
    return s;
}

/* Call put for every post beyond the stream whose sort has a flag (all of them for 0). */
static void for_each_extra(gen_sql *k, uint32_t flag,
                           void (*put)(gen_sql *k, const sort *x, const spot *s))
{
    for (uint64_t round = 0; round < k->rounds; round++)
        for (uint32_t n = 0; n < SORT_COUNT; n++) {
            if ((sorts[n].flags & S_NEW && !k->is_new) || (flag != 0 && !(sorts[n].flags & flag)))
                continue;
            spot s = spot_of(k, round, n);
            put(k, &sorts[n], &s);
        }
}

/* --- posts --------------------------------------------------------------------------------------
 */

static void add_long(hf_buf *b)
{
    for (uint32_t i = 0; i < LONG_TEXT; i++)
        hf_buf_str(b, i % 6 == 5 ? " " : i % 97 == 0 ? "\u6e2f" : "o");
}

static const char *props_of(gen_sql *k, const sort *x)
{
    if (x->flags & S_NO_PROPS)
        return k->is_new ? NULL : "";
    if (!(x->flags & S_DELETED))
        return x->props == NULL ? "{}" : x->props;
    hf_buf_reset(&k->props);
    hf_buf_printf(&k->props, "{\"deleteBy\": \"%s\"}", k->user[k->w->bots]);
    return hf_buf_cstr(&k->props);
}

static void put_post(gen_sql *k, const sort *x, const spot *s)
{
    char root[27] = "";
    hf_buf_reset(&k->text);
    hf_buf_str(&k->text, x->message);
    if (x->flags & S_LONG)
        add_long(&k->text);
    hf_buf_reset(&k->files);
    hf_buf_printf(&k->files, "[\"/%s/%s/%.25s7/plan.pdf\"]", s->channel, s->user, s->id);
    if (x->flags & S_LOST_ROOT)
        gen_mm_id(root, k->w->seed, GEN_MM_OTHER, UINT64_MAX);
    else if (x->flags & S_PARENT && k->w->channel[s->index].messages > 0)
        gen_mm_id(root, k->w->seed, GEN_MM_POST, k->w->channel[s->index].first_ordinal);
    int64_t deleted = x->flags & S_DELETED ? s->ms + 90000 : 0;
    sql_post p = {
        .id = s->id,
        .user = s->user,
        .channel = s->channel,
        .root = root,
        .parent = x->flags & S_PARENT ? root : NULL,
        .original = "",
        .createat = s->ms,
        .updateat = deleted != 0 ? deleted : s->ms,
        .deleteat = deleted,
        .message = hf_buf_view(&k->text),
        .type = x->flags & S_NULL_TYPE ? NULL : x->type,
        .props = props_of(k, x),
        .hashtags = x->flags & S_REACTED ? "#harbor #crane-7" : "",
        .filenames = x->flags & S_OLD_FILES ? hf_buf_cstr(&k->files) : "[]",
        .files = x->flags & S_NULL_FILES  ? NULL
                 : x->flags & S_OLD_FILES ? ""
                                          : "[]",
        .remote = x->flags & S_REMOTE ? k->user[k->w->users + XU_ERASED] : NULL,
        .has_reactions = x->flags & S_REACTED,
    };
    sql_put_post(k, &p);
    gen_tally_extra(k->tally, "posts", 1);
    gen_tally_extra(k->tally, "posts of newer servers", x->flags & S_NEW ? 1 : 0);
    if (x->name != NULL)
        gen_tally_extra(k->tally, x->name, 1);
}

void sql_extra_posts(gen_sql *k)
{
    for_each_extra(k, 0, put_post);
}

static void put_reaction(gen_sql *k, const sort *x, const spot *s)
{
    static const uint32_t who[] = { XU_DEPARTED, XU_ERASED, XU_REMOTE };
    (void)x;
    for (size_t i = 0; i < sizeof(who) / sizeof(who[0]); i++) {
        sql_str(k, sql_user(k, who[i]));
        sql_str(k, s->id);
        sql_str(k, i == 0 ? "+1" : "northgate");
        sql_i64(k, s->ms + 2000 + (int64_t)i);
        sql_i64(k, s->ms + 2000 + (int64_t)i);
        sql_zeros(k, 1);
        sql_null(k);
        sql_str(k, s->channel);
        sql_row_end(k);
        gen_tally_extra(k->tally, "reactions", 1);
    }
}

void sql_extra_reactions(gen_sql *k)
{
    for_each_extra(k, S_REACTED, put_reaction);
}

static void put_file(gen_sql *k, const char *creator, const spot *s, const char *post, uint64_t n)
{
    sql_other_id(k, SQL_FILEINFO, n);
    sql_str(k, creator);
    sql_str(k, post);
    sql_i64(k, s->ms);
    sql_i64(k, s->ms);
    sql_zeros(k, 1);
    sql_str(k, "20230301/never/posted.pdf");
    sql_blanks(k, 2);
    sql_str(k, "posted \\ \"never\".pdf");
    sql_str(k, "pdf");
    sql_i64(k, 4096);
    sql_str(k, "application/pdf");
    sql_zeros(k, 2);
    sql_bool(k, false);
    sql_null(k);
    sql_null(k);
    sql_null(k);
    sql_bool(k, false);
    sql_str(k, s->channel);
    sql_row_end(k);
}

static void put_burnt_file(gen_sql *k, const sort *x, const spot *s)
{
    (void)x;
    put_file(k, s->user, s, s->id, (uint64_t)s->ms);
    gen_tally_extra(k->tally, "files", 1);
}

void sql_extra_files(gen_sql *k)
{
    spot s = spot_of(k, 0, 0);
    put_file(k, s.user, &s, "", 0); /* uploaded, never posted */
    put_file(k, s.user, &s, NULL, 1);
    put_file(k, "bookmark", &s, "", 2);
    for_each_extra(k, S_BURN_FILE, put_burnt_file);
}

/* --- what belongs to them -----------------------------------------------------------------------
 */

static void put_temporary(gen_sql *k, const sort *x, const spot *s)
{
    char id[27];
    hf_buf_reset(&k->text);
    hf_buf_printf(&k->text, "Read once: the code of berth %u is %lld\n\\o/", (unsigned)(s->ms % 90),
                  (long long)s->ms % 9973);
    sql_str(k, s->id);
    sql_str(k, x->type);
    sql_i64(k, INT64_C(1767225600000));
    sql_text(k, hf_buf_view(&k->text));
    gen_mm_id(id, k->w->seed, GEN_MM_OTHER, (uint64_t)SQL_FILEINFO << 48 | (uint64_t)s->ms);
    hf_buf_reset(&k->files);
    hf_buf_printf(&k->files, "[\"%s\"]", id);
    sql_str(k, x->flags & S_BURN_FILE ? hf_buf_cstr(&k->files) : "[]");
    sql_row_end(k);
}

static void put_receipt(gen_sql *k, const sort *x, const spot *s)
{
    (void)x;
    sql_str(k, s->id);
    sql_str(k, sql_user(k, XU_SOLO));
    sql_i64(k, s->ms + 600000);
    sql_row_end(k);
}

static void put_priority(gen_sql *k, const sort *x, const spot *s)
{
    bool is_urgent = x->flags & S_URGENT;
    sql_str(k, s->id);
    sql_str(k, s->channel);
    sql_str(k, is_urgent ? "urgent" : "important");
    if (is_urgent)
        sql_bool(k, true);
    else
        sql_null(k);
    sql_bool(k, is_urgent);
    sql_row_end(k);
}

static void put_ack(gen_sql *k, const sort *x, const spot *s)
{
    static const uint32_t who[] = { XU_SOLO, XU_LDAP, XU_REMOTE };
    (void)x;
    for (uint32_t i = 0; i < 3; i++) {
        sql_str(k, s->id);
        sql_str(k, sql_user(k, who[i]));
        sql_i64(k, i == 1 ? 0 : s->ms + 5000 + i); /* 0: taken back */
        sql_str(k, i == 2 ? k->user[k->w->users + XU_ERASED] : "");
        sql_str(k, i == 0 ? "" : s->channel);
        sql_row_end(k);
    }
    gen_tally_extra(k->tally, "acknowledgements", 2);
}

static void put_nagging(gen_sql *k, const sort *x, const spot *s)
{
    (void)x;
    sql_str(k, s->id);
    sql_i64(k, s->ms);
    sql_i64(k, s->ms + 300000);
    sql_zeros(k, 1);
    sql_i64(k, 3);
    sql_row_end(k);
}

static void put_reminder(gen_sql *k, const sort *x, const spot *s)
{
    (void)x;
    sql_str(k, s->id);
    sql_str(k, sql_user(k, XU_SOLO));
    sql_i64(k, s->ms / 1000 + 86400); /* seconds */
    sql_row_end(k);
}

static void put_translation(gen_sql *k, const sort *x, const spot *s)
{
    static const char *const lang[] = { "de", "ja" };
    static const char *const text[] = { "Guten Morgen, \"Hafen\"",
                                        "\u304a\u306f\u3088\u3046\u3001\u6e2f" };
    (void)x;
    for (int i = 0; i < 2; i++) {
        sql_str(k, s->id);
        sql_str(k, lang[i]);
        sql_str(k, "post");
        sql_str(k, "libretranslate");
        sql_str(k, "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08");
        sql_str(k, text[i]);
        sql_str(k, i == 0 ? "0.95" : NULL);
        sql_json(k, "{\"src\": \"en\"}");
        sql_i64(k, s->ms + 3000);
        sql_str(k, "ready");
        sql_str(k, s->channel);
        sql_row_end(k);
    }
    gen_tally_extra(k->tally, "translations", 2);
}

/* --- what was not posted ------------------------------------------------------------------------
 */

static void put_unsent(gen_sql *k, uint64_t round, const char *what)
{
    char text[96];
    snprintf(text, sizeof(text), "%s %llu:\n\tbuoys \\ ropes", what, (unsigned long long)round);
    sql_str(k, text);
    sql_str(k, round % 4 == 1 ? "" : "{}");
    sql_str(k, round % 4 == 2 ? "" : "[]");
    sql_str(k, round % 3 == 0   ? "{\"priority\":\"urgent\",\"requested_ack\":true}"
               : round % 3 == 1 ? ""
                                : NULL);
}

static void write_drafts(gen_sql *k)
{
    sql_copy_begin(k, SQL_DRAFTS);
    for (uint64_t r = 0; r < k->rounds; r++) {
        const gen_channel *c = &k->w->channel[r];
        char root[27] = "";
        if (r % 5 == 2 && c->messages > 0)
            gen_mm_id(root, k->w->seed, GEN_MM_POST, c->first_ordinal);
        sql_i64(k, c->created / 1000 + 5);
        sql_i64(k, c->created / 1000 + 9);
        sql_i64(k, r % 6 == 4 ? c->created / 1000 + 9 : 0);
        sql_str(k, k->user[gen_members(k->w, c)[0]]);
        sql_str(k, k->channel[r]);
        sql_str(k, root);
        put_unsent(k, r, "Draft");
        sql_str(k, r % 2 == 0 ? "" : NULL);
        sql_row_end(k);
        gen_tally_extra(k->tally, "drafts", 1);
    }
    sql_copy_end(k);
}

static void write_scheduled(gen_sql *k)
{
    sql_copy_begin(k, SQL_SCHEDULEDPOSTS);
    for (uint64_t r = 0; r < k->rounds; r++) {
        const gen_channel *c = &k->w->channel[r];
        sql_other_id(k, SQL_SCHEDULEDPOSTS, r);
        sql_i64(k, c->created / 1000 + 15);
        sql_i64(k, c->created / 1000 + 19);
        sql_str(k, k->user[gen_members(k->w, c)[0]]);
        sql_str(k, k->channel[r]);
        sql_str(k, "");
        put_unsent(k, r, "Later");
        sql_i64(k, INT64_C(1798761600000));
        sql_i64(k, r % 3 == 1 ? c->created / 1000 + 30 : 0);
        sql_str(k, r % 3 == 1 ? "channel_archived" : "");
        sql_null(k);
        sql_row_end(k);
        gen_tally_extra(k->tally, "scheduled", 1);
    }
    sql_copy_end(k);
}

static void write_bookmarks(gen_sql *k)
{
    char file[27];
    gen_mm_id(file, k->w->seed, GEN_MM_OTHER, (uint64_t)SQL_FILEINFO << 48 | 2);
    sql_copy_begin(k, SQL_CHANNELBOOKMARKS);
    for (uint32_t i = 0; i < 3; i++) {
        sql_other_id(k, SQL_CHANNELBOOKMARKS, i);
        sql_str(k, k->user[k->w->bots]);
        sql_str(k, k->channel[0]);
        sql_str(k, i == 1 ? file : "");
        sql_i64(k, k->w->start / 1000 + i);
        sql_i64(k, k->w->start / 1000 + i);
        sql_i64(k, i == 2 ? k->w->start / 1000 + i : 0);
        sql_str(k, i == 1 ? "The plan" : "Tide \\ table");
        sql_i64(k, i);
        sql_str(k, i == 1 ? "" : "https://tides.example.com/?a=1&b=2");
        sql_str(k, "");
        sql_str(k, i == 0 ? "ocean" : "");
        sql_str(k, i == 1 ? "file" : "link");
        sql_blanks(k, 2);
        sql_row_end(k);
    }
    sql_copy_end(k);
}

static void write_recaps(gen_sql *k)
{
    sql_copy_begin(k, SQL_RECAPCHANNELS);
    for (uint32_t i = 0; i < 2; i++) {
        sql_other_id(k, SQL_RECAPCHANNELS, i);
        sql_other_id(k, SQL_RECAPCHANNELS, 1000);
        sql_str(k, k->channel[i]);
        sql_str(k, k->w->channel[i].name);
        sql_str(k, "[\"The crane is repaired\",\"Berth 7\\tis free\"]");
        sql_str(k, "[]");
        sql_str(k, "[]");
        sql_i64(k, k->w->start / 1000 + 100);
        sql_row_end(k);
    }
    sql_copy_end(k);
}

void sql_write_extras(gen_sql *k)
{
    static const struct {
        sql_id table;
        uint32_t flag;
        void (*put)(gen_sql *k, const sort *x, const spot *s);
    } list[] = {
        { SQL_TEMPORARYPOSTS, S_BURN, put_temporary },
        { SQL_READRECEIPTS, S_BURN, put_receipt },
        { SQL_POSTSPRIORITY, S_PRIORITY, put_priority },
        { SQL_POSTACKNOWLEDGEMENTS, S_URGENT, put_ack },
        { SQL_PERSISTENTNOTIFICATIONS, S_URGENT, put_nagging },
        { SQL_POSTREMINDERS, S_REMINDED, put_reminder },
        { SQL_TRANSLATIONS, S_TRANSLATED, put_translation },
    };
    if (!k->is_new)
        return;
    for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
        sql_copy_begin(k, list[i].table);
        for_each_extra(k, list[i].flag, list[i].put);
        sql_copy_end(k);
    }
    write_drafts(k);
    write_scheduled(k);
    write_bookmarks(k);
    write_recaps(k);
}
