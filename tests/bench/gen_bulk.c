/* tests/bench/gen_bulk.c: the workspace as a Mattermost bulk import file.
 *
 * One JSON object a line: version, team, channels, users, bots, posts, direct channels, direct
 * posts; answers stand inside their root. Raw UTF-8 with the escapes of Go's encoder. Attachments
 * are named, their bodies are not made.
 */
#include "gen.h"

#include <stdio.h>

#define ADD(b, literal) hf_buf_add((b), HF_V(literal))

typedef struct bulk {
    gen_world *w;
    gen_tally *tally;
    gen_out *o;
    gen_stream s;
    hf_buf text, markdown;
    uint32_t *of_user, *of_user_at; /* channels of each user: of_user[of_user_at[u] ..] */
} bulk;

/* --- strings ------------------------------------------------------------------------------------
 */

static void add_string(hf_buf *b, const char *text)
{
    hf_json_put_string(b, hf_view_str(text), HF_JSON_GO);
}

/* The neutral text as Markdown, a JSON string with its quotes. */
static void add_markdown(bulk *k, hf_buf *b, hf_view text)
{
    hf_buf_reset(&k->markdown);
    gen_markdown(k->w, &k->markdown, text);
    gen_tally_text(k->tally, hf_buf_view(&k->markdown));
    gen_put_text(b, hf_buf_view(&k->markdown), HF_JSON_GO);
}

/* --- definitions --------------------------------------------------------------------------------
 */

static void write_channel_lines(bulk *k)
{
    hf_buf *b = &k->o->buf;
    ADD(b, "{\"type\":\"version\",\"version\":1,\"info\":{\"generator\":\"hfgen\"}}\n"
           "{\"type\":\"team\",\"team\":{\"name\":\"" GEN_TEAM "\",\"display_name\":\"Northgate\","
           "\"type\":\"I\",\"description\":\"\",\"allow_open_invite\":false}}\n");
    for (uint32_t i = 0; i < k->w->channels; i++) {
        const gen_channel *c = &k->w->channel[i];
        if (gen_is_direct(c))
            continue;
        hf_buf_printf(b,
                      "{\"type\":\"channel\",\"channel\":{\"team\":\"" GEN_TEAM
                      "\",\"name\":\"%s\",\"display_name\":",
                      c->name);
        add_string(b, c->shown);
        hf_buf_printf(b, ",\"type\":\"%s\",\"header\":\"\",\"purpose\":\"About %s\"",
                      c->kind == GEN_PUBLIC ? "O" : "P", c->name);
        if (c->is_archived)
            hf_buf_printf(b, ",\"deleted_at\":%lld", (long long)(c->last / 1000));
        ADD(b, "}}\n");
        gen_out_flush(k->o);
    }
}

/* Turn the members of each channel into the channels of each user. */
static void index_memberships(bulk *k)
{
    const gen_world *w = k->w;
    k->of_user_at = hf_alloc0((size_t)w->users + 2, sizeof(*k->of_user_at));
    uint32_t total = 0;
    for (uint32_t i = 0; i < w->channels; i++)
        for (uint32_t m = 0; m < w->channel[i].members && !gen_is_direct(&w->channel[i]);
             m++, total++)
            k->of_user_at[gen_members(w, &w->channel[i])[m] + 2]++;
    for (uint32_t u = 2; u < w->users + 2; u++)
        k->of_user_at[u] += k->of_user_at[u - 1];
    k->of_user = hf_alloc0((size_t)total + 1, sizeof(*k->of_user));
    for (uint32_t i = 0; i < w->channels; i++)
        for (uint32_t m = 0; m < w->channel[i].members && !gen_is_direct(&w->channel[i]); m++)
            k->of_user[k->of_user_at[gen_members(w, &w->channel[i])[m] + 1]++] = i;
}

static void add_user_line(bulk *k, uint32_t index)
{
    hf_buf *b = &k->o->buf;
    const gen_user *u = &k->w->user[index];
    hf_buf_printf(b,
                  "{\"type\":\"user\",\"user\":{\"username\":\"%s\","
                  "\"email\":\"%s@northgate.example.com\",\"nickname\":\"\",\"first_name\":",
                  u->handle, u->handle);
    add_string(b, u->first);
    ADD(b, ",\"last_name\":");
    add_string(b, u->last);
    hf_buf_printf(b, ",\"position\":\"\",\"roles\":\"%s\",\"locale\":\"en\"",
                  u->is_guest ? "system_guest" : "system_user");
    if (u->gone != INT64_MAX)
        hf_buf_printf(b, ",\"delete_at\":%lld", (long long)(u->gone / 1000));
    hf_buf_printf(b, ",\"teams\":[{\"name\":\"" GEN_TEAM "\",\"roles\":\"%s\",\"channels\":[",
                  u->is_guest ? "team_guest" : "team_user");
    for (uint32_t i = k->of_user_at[index]; i < k->of_user_at[index + 1]; i++)
        hf_buf_printf(b, "%s{\"name\":\"%s\",\"roles\":\"%s\"}",
                      i == k->of_user_at[index] ? "" : ",", k->w->channel[k->of_user[i]].name,
                      u->is_guest ? "channel_guest" : "channel_user");
    ADD(b, "]}]}}\n");
    gen_out_flush(k->o);
}

static void write_user_lines(bulk *k)
{
    const gen_world *w = k->w;
    index_memberships(k);
    for (uint32_t i = w->bots; i < w->users; i++)
        add_user_line(k, i);
    for (uint32_t i = 0; i < w->bots; i++)
        hf_buf_printf(&k->o->buf,
                      "{\"type\":\"bot\",\"bot\":{\"username\":\"%s\",\"owner\":\"%s\","
                      "\"display_name\":\"%s bot\",\"description\":\"\"}}\n",
                      w->user[i].handle, w->user[w->bots].handle, w->user[i].first);
}

/* "name":["handle",…] */
static void add_participants(bulk *k, hf_buf *b, const char *name, const gen_channel *c)
{
    hf_buf_printf(b, "\"%s\":[", name);
    const uint32_t *member = gen_members(k->w, c);
    uint32_t n = c->members == 1 ? 2 : c->members; /* notes to self name the person twice */
    for (uint32_t m = 0; m < n; m++)
        hf_buf_printf(b, "%s\"%s\"", m == 0 ? "" : ",", k->w->user[member[m % c->members]].handle);
    ADD(b, "]");
}

static void write_direct_channel_lines(bulk *k)
{
    hf_buf *b = &k->o->buf;
    for (uint32_t i = 0; i < k->w->channels; i++) {
        const gen_channel *c = &k->w->channel[i];
        if (!gen_is_direct(c))
            continue;
        ADD(b, "{\"type\":\"direct_channel\",\"direct_channel\":{");
        add_participants(k, b, "members", c);
        ADD(b, ",\"header\":\"\"}}\n");
        gen_out_flush(k->o);
    }
}

/* --- posts --------------------------------------------------------------------------------------
 */

static void add_reactions(bulk *k, hf_buf *b, uint32_t i)
{
    gen_reaction reaction[GEN_MAX_REACTIONS];
    const gen_channel *c = k->s.c;
    uint32_t n = gen_reactions(&k->s, i, reaction), done = 0;
    if (n == 0)
        return;
    ADD(b, ",\"reactions\":[");
    for (uint32_t j = 0; j < n; j++)
        for (uint32_t m = 0; m < reaction[j].count; m++, done++)
            hf_buf_printf(
                b, "%s{\"user\":\"%s\",\"create_at\":%lld,\"emoji_name\":\"%s%s\"}",
                done == 0 ? "" : ",",
                k->w->user[gen_members(k->w, c)[(reaction[j].first + m) % c->members]].handle,
                (long long)(k->s.msg[i].us / 1000 + 1000 + done), reaction[j].name,
                gen_tone_suffix[reaction[j].tone]);
    ADD(b, "]");
}

static void add_attachments(bulk *k, hf_buf *b, uint32_t i)
{
    gen_file file[GEN_MAX_FILES];
    uint32_t n = gen_files(&k->s, i, file);
    if (n == 0)
        return;
    ADD(b, ",\"attachments\":[");
    for (uint32_t j = 0; j < n; j++) {
        hf_buf_printf(b, "%s{\"path\":\"uploads/%s/", j == 0 ? "" : ",", file[j].id);
        gen_path_name(b, file[j].name);
        ADD(b, "\"}");
    }
    ADD(b, "]");
}

static void add_card_props(bulk *k, hf_buf *b, uint32_t i)
{
    gen_card card;
    if (!gen_bot_card(&k->s, i, &card)) {
        ADD(b, ",\"props\":{\"from_bot\":\"true\"}");
        return;
    }
    ADD(b, ",\"props\":{\"attachments\":[{\"fallback\":");
    add_string(b, card.title);
    hf_buf_printf(b, ",\"color\":\"#%s\",\"title\":", card.is_good ? "36a64f" : "d72b3f");
    add_string(b, card.title);
    ADD(b, ",\"title_link\":");
    add_string(b, card.url);
    ADD(b, ",\"text\":");
    add_string(b, card.text);
    if (card.fields > 0) {
        ADD(b, ",\"fields\":[");
        for (uint32_t f = 0; f < card.fields; f++)
            hf_buf_printf(b, "%s{\"title\":\"Field %u\",\"value\":\"%u\",\"short\":true}",
                          f == 0 ? "" : ",", f, (i + 1) * 7 + f);
        ADD(b, "]");
    }
    ADD(b, "}],\"from_bot\":\"true\"}");
}

static const char *type_of(const gen_msg *m)
{
    switch ((gen_msg_kind)m->kind) {
    case GEN_M_PLAIN:
    case GEN_M_DELETED:
        return NULL;
    case GEN_M_BOT:
        return "slack_attachment";
    case GEN_M_ME:
        return "me";
    case GEN_M_JOIN:
        return "system_join_channel";
    case GEN_M_LEAVE:
        return "system_leave_channel";
    case GEN_M_TOPIC:
        return "system_header_change";
    case GEN_M_PURPOSE:
        return "system_purpose_change";
    case GEN_M_CALL:
        return "custom_calls";
    }
    return NULL;
}

/* The fields that a post and an answer share, from user on. */
static void add_post_fields(bulk *k, hf_buf *b, uint32_t i)
{
    const gen_msg *m = &k->s.msg[i];
    const char *type = type_of(m), *handle = k->w->user[m->user].handle;
    gen_text(&k->s, i, &k->text);
    gen_tally_add(k->tally, &k->s, i, hf_buf_view(&k->text));
    hf_buf_printf(b, "\"user\":\"%s\"", handle);
    if (type != NULL)
        hf_buf_printf(b, ",\"type\":\"%s\"", type);
    ADD(b, ",\"message\":");
    add_markdown(k, b, hf_buf_view(&k->text));
    if (m->kind == GEN_M_BOT)
        add_card_props(k, b, i);
    else if (m->kind == GEN_M_JOIN || m->kind == GEN_M_LEAVE)
        hf_buf_printf(b, ",\"props\":{\"username\":\"%s\"}", handle);
    hf_buf_printf(b, ",\"create_at\":%lld", (long long)(m->us / 1000));
    if (m->is_edited)
        hf_buf_printf(b, ",\"edit_at\":%lld", (long long)(m->us / 1000 + m->edit_after * 1000));
    add_reactions(k, b, i);
    add_attachments(k, b, i);
}

static void add_post_line(bulk *k, uint32_t i)
{
    hf_buf *b = &k->o->buf;
    const gen_stream *s = &k->s;
    if (gen_is_direct(s->c)) {
        ADD(b, "{\"type\":\"direct_post\",\"direct_post\":{");
        add_participants(k, b, "channel_members", s->c);
        ADD(b, ",");
    } else {
        hf_buf_printf(b,
                      "{\"type\":\"post\",\"post\":{\"team\":\"" GEN_TEAM "\",\"channel\":\"%s\",",
                      s->c->name);
    }
    add_post_fields(k, b, i);
    if (gen_reply_count(s, i) > 0) {
        ADD(b, ",\"replies\":[");
        for (uint32_t r = s->reply_at[i]; r < s->reply_at[i + 1]; r++) {
            hf_buf_str(b, r == s->reply_at[i] ? "{" : ",{");
            add_post_fields(k, b, s->reply[r]);
            ADD(b, "}");
        }
        ADD(b, "]");
    }
    ADD(b, "}}\n");
    gen_out_flush(k->o);
}

static void write_posts(bulk *k, bool direct)
{
    for (uint32_t index = 0; index < k->w->channels && k->o->err == NULL; index++) {
        if (gen_is_direct(&k->w->channel[index]) != direct)
            continue;
        gen_stream_open(&k->s, index, k->w);
        for (uint32_t i = 0; i < k->s.n; i++)
            if (k->s.msg[i].root == GEN_NO_ROOT)
                add_post_line(k, i);
    }
}

void gen_write_bulk(gen_world *w, gen_tally *t, gen_out *o)
{
    bulk k = { .w = w, .tally = t, .o = o };
    hf_buf_init(&k.text, HF_BUF_UNBOUNDED);
    hf_buf_init(&k.markdown, HF_BUF_UNBOUNDED);
    gen_stream_init(&k.s, w);
    gen_out_begin(o, "import.jsonl");
    write_channel_lines(&k);
    write_user_lines(&k);
    write_posts(&k, false);
    write_direct_channel_lines(&k);
    write_posts(&k, true);
    gen_out_end(o);
    hf_free(k.of_user);
    hf_free(k.of_user_at);
    hf_buf_clear(&k.text);
    hf_buf_clear(&k.markdown);
    gen_stream_clear(&k.s);
}
