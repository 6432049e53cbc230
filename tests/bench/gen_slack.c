/* tests/bench/gen_slack.c: the workspace as a Slack corporate export.
 *
 * Slack's own spelling: four spaces, \/ and \uXXXX, day files named by the date in Los Angeles,
 * answers in the file of their own day. Field order and nesting follow exports of 2024.
 */
#include "gen_slack.h"

/* --- authors --------------------------------------------------------------------------------
 */

static void add_profile(hf_buf *b, const gen_user *u, const char *handle)
{
    char *real = hf_sprintf("%s %s", u->first, u->last);
    char *image = hf_sprintf("https://avatars.example.com/2023-01-01/%s_72.png", u->id);
    ADD(b, ",\n        \"user_profile\": {\n            \"avatar_hash\": \"g");
    hf_buf_str(b, u->id + 1);
    ADD(b, "\",\n            \"image_72\": ");
    gen_slack_string(b, image);
    ADD(b, ",\n            \"first_name\": ");
    gen_slack_string(b, u->first);
    ADD(b, ",\n            \"real_name\": ");
    gen_slack_string(b, real);
    ADD(b, ",\n            \"display_name\": ");
    gen_slack_string(b, u->first);
    ADD(b, ",\n            \"team\": \"" GEN_TEAM_ID "\",\n            \"name\": ");
    gen_slack_string(b, handle);
    hf_buf_printf(b,
                  ",\n            \"is_restricted\": %s,\n            \"is_ultra_restricted\": %s",
                  u->is_guest ? "true" : "false", u->is_single_guest ? "true" : "false");
    ADD(b, "\n        }");
    hf_free(real);
    hf_free(image);
}

static void make_profiles(gen_slack *k)
{
    k->profile = hf_alloc0(k->w->users, sizeof(*k->profile));
    k->old_profile = hf_alloc0(k->w->users, sizeof(*k->old_profile));
    for (uint32_t i = 0; i < k->w->users; i++) {
        const gen_user *u = &k->w->user[i];
        hf_buf_init(&k->profile[i], HF_BUF_UNBOUNDED);
        hf_buf_init(&k->old_profile[i], HF_BUF_UNBOUNDED);
        if (u->is_bot)
            continue;
        add_profile(&k->profile[i], u, u->handle);
        if (u->renamed != INT64_MIN)
            add_profile(&k->old_profile[i], u, u->old_handle);
    }
}

/* --- messages -----------------------------------------------------------------------------------
 */

/* seconds.micros, in quotes */
static void add_ts(hf_buf *b, int64_t us)
{
    char out[20] = "\"0000000000.000000\"";
    uint64_t sec = (uint64_t)(us / HF_SECOND_US), micros = (uint64_t)(us % HF_SECOND_US);
    for (int i = 10; i >= 1; i--, sec /= 10)
        out[i] = (char)('0' + sec % 10);
    for (int i = 17; i >= 12; i--, micros /= 10)
        out[i] = (char)('0' + micros % 10);
    hf_buf_add(b, (hf_view){ out, 19 });
}

static void add_client_id(gen_slack *k, hf_buf *b, uint32_t i)
{
    static const char digit[] = "0123456789abcdef";
    gen_rng r = gen_rng_at(k->w->seed, GEN_F_ID, k->s.index, i);
    uint64_t half[2] = { gen_next(&r), gen_next(&r) };
    char out[] = "xxxxxxxx-xxxx-4xxx-axxx-xxxxxxxxxxxx";
    for (size_t p = 0, n = 0; out[p] != '\0'; p++)
        if (out[p] == 'x') {
            out[p] = digit[half[n / 16] >> (4 * (n % 16)) & 15];
            n++;
        }
    ADD(b, ",\n        \"client_msg_id\": \"");
    hf_buf_add(b, HF_V(out));
    ADD(b, "\"");
}

/* What a thread's root knows of its answers. */
static void add_root_fields(gen_slack *k, hf_buf *b, uint32_t i)
{
    const gen_stream *s = &k->s;
    uint32_t n = gen_reply_count(s, i), users = 0;
    const uint32_t *reply = s->reply + s->reply_at[i];
    ADD(b, ",\n        \"thread_ts\": ");
    add_ts(b, s->msg[i].us);
    ADD(b, ",\n        \"reply_count\": ");
    hf_buf_u64(b, n);
    ADD(b, ",\n        \"reply_users\": [\n");
    k->serial++;
    for (uint32_t j = 0; j < n; j++) {
        uint32_t user = s->msg[reply[j]].user;
        if (k->stamp[user] == k->serial)
            continue;
        k->stamp[user] = k->serial;
        hf_buf_str(b, users++ == 0 ? "            \"" : ",\n            \"");
        hf_buf_str(b, k->w->user[user].id);
        hf_buf_byte(b, '"');
    }
    ADD(b, "\n        ],\n        \"reply_users_count\": ");
    hf_buf_u64(b, users);
    ADD(b, ",\n        \"latest_reply\": ");
    add_ts(b, s->msg[reply[n - 1]].us);
    ADD(b, ",\n        \"replies\": [\n");
    for (uint32_t j = 0; j < n; j++) {
        hf_buf_str(b, j == 0 ? "            {\n                \"user\": \""
                             : ",\n            {\n                \"user\": \"");
        hf_buf_str(b, k->w->user[s->msg[reply[j]].user].id);
        ADD(b, "\",\n                \"ts\": ");
        add_ts(b, s->msg[reply[j]].us);
        ADD(b, "\n            }");
    }
    ADD(b, "\n        ],\n        \"is_locked\": false,\n        \"subscribed\": false");
}

static void add_thread_fields(gen_slack *k, hf_buf *b, uint32_t i)
{
    const gen_stream *s = &k->s;
    if (gen_reply_count(s, i) > 0)
        add_root_fields(k, b, i);
    uint32_t root = s->msg[i].root;
    if (root == GEN_NO_ROOT)
        return;
    ADD(b, ",\n        \"thread_ts\": ");
    add_ts(b, s->msg[root].us);
    const gen_user *u = &k->w->user[s->msg[root].user];
    if (u->is_legacy_bot)
        return;
    ADD(b, ",\n        \"parent_user_id\": \"");
    hf_buf_str(b, s->msg[root].kind == GEN_M_DELETED ? "USLACKBOT" : u->id);
    ADD(b, "\"");
}

static void add_reactions(gen_slack *k, hf_buf *b, uint32_t i)
{
    gen_reaction reaction[GEN_MAX_REACTIONS];
    const gen_channel *c = k->s.c;
    uint32_t n = gen_reactions(&k->s, i, reaction);
    if (n == 0)
        return;
    ADD(b, ",\n        \"reactions\": [\n");
    for (uint32_t j = 0; j < n; j++) {
        const gen_reaction *e = &reaction[j];
        hf_buf_printf(b, "%s            {\n                \"name\": \"%s", j == 0 ? "" : ",\n",
                      e->name);
        if (e->tone > 0)
            hf_buf_printf(b, "::skin-tone-%u", e->tone);
        ADD(b, "\",\n                \"users\": [\n");
        for (uint32_t m = 0; m < e->count; m++)
            hf_buf_printf(b, "%s                    \"%s\"", m == 0 ? "" : ",\n",
                          k->w->user[gen_members(k->w, c)[(e->first + m) % c->members]].id);
        hf_buf_printf(b, "\n                ],\n                \"count\": %u\n            }",
                      e->count);
    }
    ADD(b, "\n        ]");
}

static void add_file(gen_slack *k, hf_buf *b, const gen_file *f, const gen_msg *m)
{
    const char *user = k->w->user[m->user].id;
    long long sec = m->us / HF_SECOND_US - 5;
    hf_buf_printf(
        b,
        "            {\n                \"id\": \"%s\",\n                \"created\": %lld,\n"
        "                \"timestamp\": %lld,\n                \"name\": ",
        f->id, sec, sec);
    gen_slack_string(b, f->name);
    ADD(b, ",\n                \"title\": ");
    gen_slack_string(b, f->name);
    ADD(b, ",\n                \"mimetype\": ");
    gen_slack_string(b, f->mime);
    hf_buf_printf(
        b,
        ",\n                \"filetype\": \"%s\",\n                \"pretty_type\": \"%s\",\n"
        "                \"user\": \"%s\",\n                \"user_team\": \"" GEN_TEAM_ID
        "\",\n                \"editable\": false,\n                \"size\": %llu,\n"
        "                \"mode\": \"hosted\",\n                \"is_external\": false,\n"
        "                \"external_type\": \"\",\n                \"is_public\": true,\n"
        "                \"public_url_shared\": false,\n"
        "                \"display_as_bot\": false,\n                \"username\": \"\",\n",
        f->type, f->label, user, (unsigned long long)f->bytes);
    static const char *const links[][2] = {
        { "url_private", "https://files.slack.com/files-pri/" GEN_TEAM_ID "-" },
        { "url_private_download", "https://files.slack.com/files-pri/" GEN_TEAM_ID "-d-" },
        { "permalink", "https://northgate-example.slack.com/files/" GEN_TEAM_ID "/" },
        { "permalink_public", "https://slack-files.com/" GEN_TEAM_ID "-" },
    };
    for (size_t n = 0; n < sizeof(links) / sizeof(links[0]); n++) {
        char *url = hf_sprintf("%s%s/file.%s", links[n][1], f->id, f->type);
        hf_buf_printf(b, "                \"%s\": ", links[n][0]);
        gen_slack_string(b, url);
        ADD(b, ",\n");
        hf_free(url);
    }
    ADD(b, "                \"is_starred\": false,\n                \"has_rich_preview\": false,\n"
           "                \"file_access\": \"visible\"\n            }");
}

static void add_files(gen_slack *k, hf_buf *b, uint32_t i)
{
    gen_file file[GEN_MAX_FILES];
    uint32_t n = gen_files(&k->s, i, file);
    if (n == 0)
        return;
    ADD(b, ",\n        \"files\": [\n");
    for (uint32_t j = 0; j < n; j++) {
        if (j > 0)
            ADD(b, ",\n");
        add_file(k, b, &file[j], &k->s.msg[i]);
    }
    ADD(b, "\n        ],\n        \"upload\": false,\n        \"display_as_bot\": false");
}

/* The copy of the root that an answer "also sent to the channel" carries. */
static void add_root_copy(gen_slack *k, hf_buf *b, uint32_t root)
{
    const gen_msg *m = &k->s.msg[root];
    const gen_user *u = &k->w->user[m->user];
    hf_buf text;
    hf_buf_init(&text, HF_BUF_UNBOUNDED);
    gen_text(&k->s, root, &text);
    hf_buf_printf(b,
                  ",\n        \"root\": {\n            \"%s\": \"%s\",\n"
                  "            \"type\": \"message\",\n            \"ts\": ",
                  u->is_legacy_bot ? "bot_id" : "user", gen_slack_ref(u));
    add_ts(b, m->us);
    ADD(b, ",\n            \"text\": ");
    gen_slack_mrkdwn(k, b, hf_buf_view(&text));
    ADD(b, ",\n            \"thread_ts\": ");
    add_ts(b, m->us);
    hf_buf_printf(b, ",\n            \"reply_count\": %u\n        }", gen_reply_count(&k->s, root));
    hf_buf_clear(&text);
}

static void add_plain(gen_slack *k, hf_buf *b, uint32_t i)
{
    const gen_msg *m = &k->s.msg[i];
    const gen_user *u = &k->w->user[m->user];
    ADD(b, "        \"user\": \"");
    hf_buf_str(b, u->id);
    ADD(b, "\",\n        \"type\": \"message\",\n        \"ts\": ");
    add_ts(b, m->us);
    if (m->is_broadcast)
        ADD(b, ",\n        \"subtype\": \"thread_broadcast\"");
    add_client_id(k, b, i);
    ADD(b, ",\n        \"text\": ");
    gen_slack_mrkdwn(k, b, hf_buf_view(&k->text));
    ADD(b, ",\n        \"team\": \"" GEN_TEAM_ID "\",\n        \"user_team\": \"" GEN_TEAM_ID
           "\",\n        \"source_team\": \"" GEN_TEAM_ID "\"");
    hf_buf_add(b,
               hf_buf_view(m->us < u->renamed ? &k->old_profile[m->user] : &k->profile[m->user]));
    if (m->is_edited) {
        ADD(b, ",\n        \"edited\": {\n            \"user\": \"");
        hf_buf_str(b, u->id);
        ADD(b, "\",\n            \"ts\": ");
        add_ts(b, (m->us / HF_SECOND_US + m->edit_after) * HF_SECOND_US);
        ADD(b, "\n        }");
    }
    add_thread_fields(k, b, i);
    if (m->is_broadcast)
        add_root_copy(k, b, m->root);
    add_files(k, b, i);
    add_reactions(k, b, i);
    gen_slack_blocks(k, b, hf_buf_view(&k->text), (uint64_t)m->us);
}

static void add_card(gen_slack *k, hf_buf *b, uint32_t i)
{
    gen_card card;
    if (!gen_bot_card(&k->s, i, &card))
        return;
    ADD(b, ",\n        \"attachments\": [\n            {\n                \"id\": 1,\n"
           "                \"fallback\": ");
    gen_slack_string(b, card.title);
    hf_buf_printf(b, ",\n                \"color\": \"%s\",\n                \"title\": ",
                  card.is_good ? "36a64f" : "d72b3f");
    gen_slack_string(b, card.title);
    ADD(b, ",\n                \"title_link\": ");
    gen_slack_string(b, card.url);
    ADD(b, ",\n                \"text\": ");
    gen_slack_string(b, card.text);
    if (card.fields > 0) {
        ADD(b, ",\n                \"fields\": [\n");
        for (uint32_t f = 0; f < card.fields; f++)
            hf_buf_printf(
                b,
                "%s                    {\n                        \"title\": \"Field %u\",\n"
                "                        \"value\": \"%u\",\n"
                "                        \"short\": true\n                    }",
                f == 0 ? "" : ",\n", f, (i + 1) * 7 + f);
        ADD(b, "\n                ]");
    }
    ADD(b, ",\n                \"mrkdwn_in\": [\n                    \"text\"\n                ]\n"
           "            }\n        ]");
}

static void add_bot(gen_slack *k, hf_buf *b, uint32_t i)
{
    const gen_msg *m = &k->s.msg[i];
    const gen_user *u = &k->w->user[m->user];
    if (u->is_legacy_bot) {
        hf_buf_printf(b,
                      "        \"type\": \"message\",\n        \"subtype\": \"bot_message\",\n"
                      "        \"bot_id\": \"%s\",\n        \"username\": \"%s\",\n"
                      "        \"icons\": {\n            \"emoji\": \":ship:\"\n        },\n"
                      "        \"text\": ",
                      u->bot_id, u->handle);
        gen_slack_mrkdwn(k, b, hf_buf_view(&k->text));
        ADD(b, ",\n        \"ts\": ");
        add_ts(b, m->us);
    } else {
        hf_buf_printf(
            b,
            "        \"user\": \"%s\",\n        \"type\": \"message\",\n        \"ts\": ", u->id);
        add_ts(b, m->us);
        hf_buf_printf(b,
                      ",\n        \"bot_id\": \"%s\",\n        \"app_id\": \"A%s\",\n"
                      "        \"text\": ",
                      u->bot_id, u->id + 1);
        gen_slack_mrkdwn(k, b, hf_buf_view(&k->text));
        hf_buf_printf(b,
                      ",\n        \"team\": \"" GEN_TEAM_ID "\",\n        \"bot_profile\": {\n"
                      "            \"id\": \"%s\",\n            \"deleted\": false,\n"
                      "            \"name\": \"%s\",\n            \"updated\": 1672531200,\n"
                      "            \"app_id\": \"A%s\",\n            \"team_id\": \"" GEN_TEAM_ID
                      "\"\n        }",
                      u->bot_id, u->handle, u->id + 1);
    }
    add_thread_fields(k, b, i);
    add_card(k, b, i);
    add_reactions(k, b, i);
}

static void add_room(gen_slack *k, hf_buf *b, const gen_msg *m)
{
    hf_buf_printf(
        b,
        ",\n        \"room\": {\n            \"id\": \"R%s\",\n            \"name\": \"\",\n"
        "            \"created_by\": \"%s\",\n            \"date_start\": %lld,\n"
        "            \"date_end\": %lld,\n            \"participants\": [\n\n            ],\n"
        "            \"participant_history\": [\n                \"%s\"\n            ],\n"
        "            \"channels\": [\n                \"%s\"\n            ],\n"
        "            \"is_dm_call\": false,\n            \"has_ended\": true\n        }",
        k->s.c->id + 1, k->w->user[m->user].id, (long long)(m->us / HF_SECOND_US),
        (long long)(m->us / HF_SECOND_US + 900), k->w->user[m->user].id, k->s.c->id);
}

static void add_event(gen_slack *k, hf_buf *b, uint32_t i)
{
    static const char *const subtype[][2] = {
        [GEN_M_ME] = { "me_message", "me_message" },
        [GEN_M_JOIN] = { "channel_join", "group_join" },
        [GEN_M_LEAVE] = { "channel_leave", "group_leave" },
        [GEN_M_TOPIC] = { "channel_topic", "group_topic" },
        [GEN_M_PURPOSE] = { "channel_purpose", "group_purpose" },
        [GEN_M_CALL] = { "huddle_thread", "huddle_thread" },
        [GEN_M_DELETED] = { "tombstone", "tombstone" },
    };
    const gen_msg *m = &k->s.msg[i];
    bool is_slackbot = m->kind == GEN_M_CALL || m->kind == GEN_M_DELETED;
    hf_buf_printf(b,
                  "        \"type\": \"message\",\n        \"subtype\": \"%s\",\n        \"ts\": ",
                  subtype[m->kind][k->s.c->kind != GEN_PUBLIC]);
    add_ts(b, m->us);
    hf_buf_printf(b, ",\n        \"user\": \"%s\",\n        \"text\": ",
                  is_slackbot ? "USLACKBOT" : k->w->user[m->user].id);
    gen_slack_mrkdwn(k, b, hf_buf_view(&k->text));
    if (m->kind == GEN_M_JOIN)
        hf_buf_printf(b, ",\n        \"inviter\": \"%s\"", k->w->user[k->s.c->creator].id);
    if (m->kind == GEN_M_TOPIC || m->kind == GEN_M_PURPOSE) {
        hf_view text = hf_buf_view(&k->text);
        hf_buf_str(b,
                   m->kind == GEN_M_TOPIC ? ",\n        \"topic\": " : ",\n        \"purpose\": ");
        gen_slack_mrkdwn(k, b, hf_view_from(text, hf_view_find(text, HF_V(": ")) + 2));
    }
    if (m->kind == GEN_M_CALL)
        add_room(k, b, m);
    if (m->kind == GEN_M_DELETED)
        ADD(b, ",\n        \"hidden\": true");
    add_thread_fields(k, b, i);
}

static int64_t la_day(int64_t us)
{
    return hf_day_of(us + hf_los_angeles_offset(us) * HF_SECOND_US);
}

static void begin_day(gen_slack *k, int64_t day)
{
    hf_civil c = hf_us_to_civil(day * HF_DAY_US);
    const char *folder = k->s.c->kind == GEN_DM ? k->s.c->id : k->s.c->shown;
    char *name = hf_sprintf("%s/%04d-%02d-%02d.json", folder, c.year, c.month, c.day);
    gen_out_begin(k->o, name);
    hf_free(name);
}

static void write_channel(gen_slack *k, uint32_t index)
{
    gen_stream_open(&k->s, index, k->w);
    if (k->s.n == 0)
        return;
    hf_buf *b = &k->o->buf;
    gen_out_folder(k->o, k->s.c->kind == GEN_DM ? k->s.c->id : k->s.c->shown);
    int64_t day = INT64_MIN;
    for (uint32_t i = 0; i < k->s.n; i++) {
        const gen_msg *m = &k->s.msg[i];
        int64_t today = la_day(m->us);
        if (today != day) {
            if (day != INT64_MIN) {
                ADD(b, "\n]");
                gen_out_end(k->o);
            }
            begin_day(k, today);
            ADD(b, "[\n    {\n");
            day = today;
        } else {
            ADD(b, ",\n    {\n");
        }
        gen_text(&k->s, i, &k->text);
        if (m->kind == GEN_M_PLAIN)
            add_plain(k, b, i);
        else if (m->kind == GEN_M_BOT)
            add_bot(k, b, i);
        else
            add_event(k, b, i);
        ADD(b, "\n    }");
        gen_out_flush(k->o);
        gen_tally_add(k->tally, &k->s, i, hf_buf_view(&k->text));
    }
    ADD(b, "\n]");
    gen_out_end(k->o);
}

void gen_write_slack(gen_world *w, gen_tally *t, gen_out *o)
{
    gen_slack k = { .w = w, .tally = t, .o = o };
    t->is_slackbot_author = true;
    hf_buf_init(&k.text, HF_BUF_UNBOUNDED);
    hf_buf_init(&k.mrkdwn, HF_BUF_UNBOUNDED);
    k.stamp = hf_alloc0(w->users, sizeof(*k.stamp));
    gen_stream_init(&k.s, w);
    make_profiles(&k);
    gen_slack_index(&k);
    for (uint32_t i = 0; i < w->channels && o->err == NULL; i++)
        write_channel(&k, i);
    for (uint32_t i = 0; i < w->users; i++) {
        hf_buf_clear(&k.profile[i]);
        hf_buf_clear(&k.old_profile[i]);
    }
    hf_free(k.profile);
    hf_free(k.old_profile);
    hf_free(k.stamp);
    hf_buf_clear(&k.text);
    hf_buf_clear(&k.mrkdwn);
    gen_stream_clear(&k.s);
}
