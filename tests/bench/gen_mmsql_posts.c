/* tests/bench/gen_mmsql_posts.c: posts of the stream with their earlier versions, and the rows of
 * the tables that belong to them.
 *
 * What the server did to a message after it was written (its fate) is drawn from the seed alone,
 * so both schemas and every table tell the same story. Messages with the code word are left alone.
 */
#include "gen_mmsql.h"

#include <stdio.h>

#define MAX_EDITS 2

typedef struct fate {
    int64_t deleted;           /* milliseconds; 0: not */
    int64_t edited[MAX_EDITS]; /* ascending */
    uint32_t edits;
    bool is_thread_deleted; /* with its thread, by the one who wrote the root */
    bool drops_file;        /* the first edit takes a file away */
    bool is_pinned,
        is_pin_kept; /* the second: pinning left an earlier version with the same text */
} fate;

static int64_t ms_of(const gen_msg *m)
{
    return m->us / 1000;
}

/* Is the thread of this root deleted, and when? 0: no. */
static int64_t thread_end(const gen_stream *s, uint32_t root)
{
    gen_rng r = gen_rng_at(s->w->seed, GEN_F_MM_FATE, s->index, (uint64_t)root | UINT64_C(1) << 32);
    const gen_msg *m = &s->msg[root];
    if (gen_reply_count(s, root) == 0 || !gen_chance(&r, 1500) || m->is_needle ||
        m->kind == GEN_M_DELETED)
        return 0;
    for (uint32_t i = s->reply_at[root]; i < s->reply_at[root + 1]; i++)
        if (s->msg[s->reply[i]].is_needle)
            return 0;
    return ms_of(&s->msg[s->reply[s->reply_at[root + 1] - 1]]) + 3600 * 1000;
}

static fate fate_of(const gen_stream *s, uint32_t i)
{
    const gen_msg *m = &s->msg[i];
    gen_rng r = gen_rng_at(s->w->seed, GEN_F_MM_FATE, s->index, i);
    fate f = { .deleted = thread_end(s, m->root == GEN_NO_ROOT ? i : m->root) };
    f.is_thread_deleted = f.deleted != 0;
    if (m->is_edited) {
        f.edits = gen_chance(&r, 12000) ? 2 : 1;
        f.edited[0] = ms_of(m) + (int64_t)m->edit_after * (f.edits == 2 ? 500 : 1000);
        f.edited[f.edits - 1] = ms_of(m) + (int64_t)m->edit_after * 1000;
        f.drops_file = gen_chance(&r, 25000);
    }
    if (m->kind == GEN_M_DELETED)
        f.deleted = ms_of(m) + 700 * 1000;
    if (m->is_needle || m->root != GEN_NO_ROOT || f.deleted != 0 || m->kind != GEN_M_PLAIN)
        return f;
    if (gen_reply_count(s, i) == 0 && gen_chance(&r, 700))
        f.deleted = ms_of(m) + 700 * 1000 + (int64_t)gen_below(&r, 86400) * 1000;
    else
        f.is_pinned = gen_chance(&r, 600);
    f.is_pin_kept = f.is_pinned && gen_chance(&r, 30000);
    return f;
}

static void post_id(const gen_stream *s, uint32_t i, char id[27])
{
    gen_mm_id(id, s->w->seed, GEN_MM_POST, s->c->first_ordinal + i);
}

/* --- reactions ----------------------------------------------------------------------------------
 */

/* Milliseconds after a message at which reaction n of it is given. */
#define REACTION_AFTER(n) (1000 + (int64_t)(n))
#define REMOVED_AFTER     30000

static bool has_removed(const gen_stream *s, uint32_t i)
{
    gen_rng r = gen_rng_at(s->w->seed, GEN_F_MM_EXTRA, s->index, i);
    return gen_chance(&r, 5000);
}

static void put_reaction(gen_sql *k, uint32_t user, const char *post, const char *emoji,
                         int64_t created, int64_t updated, int64_t deleted, uint64_t draw)
{
    sql_str(k, k->user[user]);
    sql_str(k, post);
    sql_str(k, emoji);
    sql_i64(k, created);
    if (draw % 50 == 7 && deleted == 0 && updated == created) { /* older than these columns */
        sql_null(k);
        sql_null(k);
    } else {
        sql_i64(k, updated);
        sql_i64(k, deleted);
    }
    sql_str(k, draw % 3 == 0 ? "" : NULL);
    sql_str(k, draw % 50 == 7 ? "" : k->channel[k->s.index]);
    sql_row_end(k);
}

static void put_reactions_of(gen_sql *k, uint32_t i)
{
    char id[27], name[64];
    gen_reaction reaction[GEN_MAX_REACTIONS];
    const gen_stream *s = &k->s;
    const uint32_t *member = gen_members(k->w, s->c);
    uint32_t n = gen_reactions(s, i, reaction), done = 0;
    int64_t base = ms_of(&s->msg[i]);
    if (n == 0)
        return;
    post_id(s, i, id);
    for (uint32_t j = 0; j < n; j++) {
        snprintf(name, sizeof(name), "%s%s", reaction[j].name, gen_tone_suffix[reaction[j].tone]);
        for (uint32_t m = 0; m < reaction[j].count; m++, done++) {
            int64_t at = base + REACTION_AFTER(done);
            uint64_t draw = s->c->first_ordinal + i + done;
            bool is_again = draw % 37 == 5; /* taken back and given once more: one row */
            put_reaction(k, member[(reaction[j].first + m) % s->c->members], id, name, at,
                         is_again ? at + 5000 : at, 0, draw);
            gen_tally_extra(k->tally, "reactions given again", is_again);
        }
    }
    if (has_removed(s, i)) {
        put_reaction(k, member[0], id, "no_entry_sign", base + 500, base + REMOVED_AFTER,
                     base + REMOVED_AFTER, 0);
        gen_tally_extra(k->tally, "reactions removed", 1);
    }
}

/* --- posts --------------------------------------------------------------------------------------
 */

void sql_put_post(gen_sql *k, const sql_post *p)
{
    sql_str(k, p->id);
    sql_i64(k, p->createat);
    sql_i64(k, p->updateat);
    sql_i64(k, p->deleteat);
    sql_str(k, p->user);
    sql_str(k, p->channel);
    sql_str(k, p->parent == NULL || k->is_new ? p->root : "");
    sql_str(k, p->parent == NULL ? p->root : p->parent);
    sql_str(k, p->original);
    sql_text(k, p->message);
    sql_str(k, p->type);
    sql_json(k, p->props);
    sql_str(k, p->hashtags);
    sql_str(k, p->filenames);
    sql_str(k, p->files);
    sql_bool(k, p->has_reactions);
    sql_i64(k, p->editat);
    sql_bool(k, p->is_pinned);
    sql_str(k, p->remote);
    if (p->createat % 20 == 0)
        sql_str(k, "0.5");
    else
        sql_null(k);
    sql_row_end(k);
}

static const char *type_of(const gen_msg *m)
{
    switch ((gen_msg_kind)m->kind) {
    case GEN_M_PLAIN:
    case GEN_M_DELETED:
        return "";
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
    return "";
}

static void add_string(hf_buf *b, const char *text)
{
    hf_json_put_string(b, hf_view_str(text), HF_JSON_PLAIN);
}

/* "attachments": [...], keys as jsonb sorts them: the shorter first. */
static void add_card(hf_buf *b, const gen_card *card, uint32_t i)
{
    hf_buf_str(b, "\"attachments\": [{\"text\": ");
    add_string(b, card->text);
    hf_buf_printf(b, ", \"color\": \"#%s\", \"title\": ", card->is_good ? "36a64f" : "d72b3f");
    add_string(b, card->title);
    if (card->fields > 0) {
        hf_buf_str(b, ", \"fields\": [");
        for (uint32_t f = 0; f < card->fields; f++)
            hf_buf_printf(b, "%s{\"short\": true, \"title\": \"Field %u\", \"value\": \"%u\"}",
                          f == 0 ? "" : ", ", f, (i + 1) * 7 + f);
        hf_buf_str(b, "]");
    }
    hf_buf_str(b, ", \"fallback\": ");
    add_string(b, card->title);
    hf_buf_str(b, ", \"title_link\": ");
    add_string(b, card->url);
    hf_buf_str(b, "}]");
}

/* props of message i, deleted by a user (NULL: not), in jsonb's form. */
static void make_props(gen_sql *k, uint32_t i, const char *deleted_by, hf_buf *b)
{
    const gen_msg *m = &k->s.msg[i];
    const gen_user *u = &k->w->user[m->user];
    gen_card card;
    hf_buf_reset(b);
    hf_buf_byte(b, '{');
    if (deleted_by != NULL)
        hf_buf_printf(b, ", \"deleteBy\": \"%s\"", deleted_by);
    if (m->kind == GEN_M_BOT && !u->is_legacy_bot)
        hf_buf_str(b, ", \"from_bot\": \"true\"");
    if (m->kind == GEN_M_JOIN || m->kind == GEN_M_LEAVE)
        hf_buf_printf(b, ", \"username\": \"%s\"", u->handle);
    if (gen_bot_card(&k->s, i, &card)) {
        hf_buf_str(b, ", ");
        add_card(b, &card, i);
    }
    if (m->kind == GEN_M_BOT && u->is_legacy_bot)
        hf_buf_printf(b,
                      ", \"from_webhook\": \"true\", \"override_username\": \"%s\", "
                      "\"webhook_display_name\": \"%s hook\"",
                      u->handle, u->first);
    if (b->n > 1) {
        memmove(b->p + 1, b->p + 3, b->n - 3);
        b->n -= 2;
    }
    hf_buf_byte(b, '}');
}

/* JSON list of the files of message i, of the first n of them. */
static void make_files(const gen_sql *k, uint32_t i, uint32_t n, hf_buf *b)
{
    const gen_stream *s = &k->s;
    hf_buf_reset(b);
    hf_buf_byte(b, '[');
    for (uint32_t f = 0; f < n; f++) {
        char id[27];
        gen_mm_id(id, k->w->seed, GEN_MM_FILE, (s->c->first_ordinal + i) * GEN_MAX_FILES + f);
        hf_buf_printf(b, "%s\"%s\"", f == 0 ? "" : ",", id);
    }
    hf_buf_byte(b, ']');
}

/* The last time that anything touched the row. */
static int64_t last_touch(const gen_sql *k, uint32_t i, const fate *f)
{
    const gen_stream *s = &k->s;
    gen_reaction reaction[GEN_MAX_REACTIONS];
    int64_t at = ms_of(&s->msg[i]), last = at, done = 0;
    uint32_t n = gen_reactions(s, i, reaction);
    if (f->is_thread_deleted)
        return f->deleted;
    if (f->edits > 0)
        last = f->edited[f->edits - 1];
    for (uint32_t j = 0; j < n; j++)
        done += reaction[j].count;
    if (n > 0 && at + REACTION_AFTER(done) > last)
        last = at + REACTION_AFTER(done);
    if (n > 0 && has_removed(s, i) && at + REMOVED_AFTER > last)
        last = at + REMOVED_AFTER;
    for (uint32_t r = s->reply_at[i]; r < s->reply_at[i + 1]; r++)
        if (ms_of(&s->msg[s->reply[r]]) > last)
            last = ms_of(&s->msg[s->reply[r]]);
    return f->deleted > last ? f->deleted : last;
}

/* --- earlier versions ---------------------------------------------------------------------------
 */

static void put_version(gen_sql *k, uint32_t i, uint32_t version, const sql_post *now,
                        const sql_post *then)
{
    sql_post p = *then;
    char id[27];
    gen_mm_id(id, k->w->seed, GEN_MM_VERSION,
              (k->s.c->first_ordinal + i) * (MAX_EDITS + 1) + version);
    p.id = id;
    p.original = now->id;
    sql_put_post(k, &p);
    gen_tally_extra(k->tally, "versions", 1);
}

/* What the message said before its edits. Rows of answers to a deleted root were deleted with it:
 * the server goes by their rootid, and their own time is lost. */
static void put_edits(gen_sql *k, uint32_t i, const sql_post *now, const fate *f)
{
    static const char *const before[MAX_EDITS] = { "(first try) ", "(second try) " };
    const gen_msg *m = &k->s.msg[i];
    bool is_swept = f->is_thread_deleted && m->root != GEN_NO_ROOT;
    for (uint32_t v = 0; v < f->edits; v++) {
        sql_post p = *now;
        hf_buf_reset(&k->neutral);
        hf_buf_str(&k->neutral, before[v]);
        size_t n = m->is_needle ? 0 : now->message.n < 80 ? now->message.n : 80;
        while (n > 0 && n < now->message.n && ((unsigned char)now->message.p[n] & 0xc0) == 0x80)
            n--;
        hf_buf_add(&k->neutral, hf_view_sub(now->message, 0, n));
        p.message = hf_buf_view(&k->neutral);
        p.editat = v == 0 ? 0 : f->edited[v - 1];
        p.updateat = p.deleteat = is_swept ? f->deleted : f->edited[v];
        p.has_reactions = p.is_pinned = false;
        if (!is_swept)
            p.props = "{}";
        if (v == 0 && f->drops_file)
            p.files = hf_buf_cstr(&k->more_files);
        put_version(k, i, v, now, &p);
    }
}

/* Pinning goes the way of an edit and leaves a version with the same text. */
static void put_pin(gen_sql *k, uint32_t i, const sql_post *now)
{
    sql_post p = *now;
    p.is_pinned = false;
    p.updateat = p.deleteat = now->updateat;
    put_version(k, i, MAX_EDITS, now, &p);
}

/* --- a message ----------------------------------------------------------------------------------
 */

static hf_view make_message(gen_sql *k, uint32_t i)
{
    gen_text(&k->s, i, &k->neutral);
    gen_tally_add(k->tally, &k->s, i, hf_buf_view(&k->neutral));
    hf_buf_reset(&k->markdown);
    gen_markdown(k->w, &k->markdown, hf_buf_view(&k->neutral));
    gen_tally_text(k->tally, hf_buf_view(&k->markdown));
    return gen_storable(&k->text, hf_buf_view(&k->markdown));
}

/* Lists of files: what the row has, and what it had before a file was taken away. */
static const char *list_files(gen_sql *k, uint32_t i, fate *f)
{
    gen_file file[GEN_MAX_FILES];
    uint32_t n = gen_files(&k->s, i, file);
    uint64_t ordinal = k->s.c->first_ordinal + i;
    f->drops_file = f->drops_file && n > 0 && n < GEN_MAX_FILES;
    make_files(k, i, n + f->drops_file, &k->more_files);
    make_files(k, i, n, &k->files);
    if (n > 0)
        return hf_buf_cstr(&k->files);
    return ordinal % 97 == 11 ? "" : ordinal % 101 == 12 ? NULL : "[]";
}

static void put_message(gen_sql *k, uint32_t i)
{
    const gen_stream *s = &k->s;
    const gen_msg *m = &s->msg[i];
    gen_reaction reaction[GEN_MAX_REACTIONS];
    fate f = fate_of(s, i);
    char id[27], root[27] = "";
    post_id(s, i, id);
    if (m->root != GEN_NO_ROOT)
        post_id(s, m->root, root);
    const gen_msg *deleter = f.is_thread_deleted && m->root != GEN_NO_ROOT ? &s->msg[m->root] : m;
    make_props(k, i, f.deleted != 0 ? k->user[deleter->user] : NULL, &k->props);
    sql_post p = {
        .id = id,
        .user = k->user[m->user],
        .channel = k->channel[s->index],
        .root = root,
        .original = "",
        .createat = ms_of(m),
        .updateat = last_touch(k, i, &f),
        .editat = f.edits > 0 ? f.edited[f.edits - 1] : 0,
        .deleteat = f.deleted,
        .message = make_message(k, i),
        .type = type_of(m),
        .props = hf_buf_cstr(&k->props),
        .hashtags = "",
        .filenames = "[]",
        .files = list_files(k, i, &f),
        .has_reactions = gen_reactions(s, i, reaction) > 0,
        .is_pinned = f.is_pinned,
    };
    sql_put_post(k, &p);
    put_edits(k, i, &p, &f);
    if (f.is_pin_kept)
        put_pin(k, i, &p);
    gen_tally_extra(k->tally, "deleted", f.deleted != 0 && m->kind != GEN_M_DELETED);
    gen_tally_extra(k->tally, "deleted threads", f.is_thread_deleted && m->root == GEN_NO_ROOT);
    gen_tally_extra(k->tally, "pinned", f.is_pinned);
}

/* --- files --------------------------------------------------------------------------------------
 */

static void put_file(gen_sql *k, uint32_t i, uint32_t n, const gen_file *file, int64_t deleted)
{
    const gen_stream *s = &k->s;
    int64_t at = ms_of(&s->msg[i]) - 1500;
    bool is_image = strcmp(file->type, "png") == 0 || strcmp(file->type, "jpg") == 0;
    char id[27], post[27];
    hf_buf *path = &k->neutral;
    gen_mm_id(id, k->w->seed, GEN_MM_FILE, (s->c->first_ordinal + i) * GEN_MAX_FILES + n);
    post_id(s, i, post);
    hf_civil day = hf_us_to_civil(at * 1000);
    hf_buf_reset(&k->text);
    gen_path_name(&k->text, file->name);
    hf_buf_reset(path);
    hf_buf_printf(path, "%04d%02d%02d/teams/%s/channels/%s/users/%s/%s/", (int)day.year,
                  (int)day.month, (int)day.day, gen_is_direct(s->c) ? "noteam" : k->team,
                  k->channel[s->index], k->user[s->msg[i].user], id);
    size_t folder = path->n;
    hf_buf_add(path, hf_buf_view(&k->text));
    sql_str(k, id);
    sql_str(k, k->user[s->msg[i].user]);
    sql_str(k, post);
    sql_i64(k, at);
    sql_i64(k, deleted != 0 ? deleted : at);
    sql_i64(k, deleted);
    sql_text(k, hf_buf_view(path));
    path->n = folder;
    hf_buf_str(path, is_image ? "image_thumb.jpg" : "");
    sql_text(k, is_image ? hf_buf_view(path) : HF_V(""));
    path->n = folder;
    hf_buf_str(path, is_image ? "image_preview.jpg" : "");
    sql_text(k, is_image ? hf_buf_view(path) : HF_V(""));
    sql_text(k, hf_buf_view(&k->text));
    sql_str(k, file->type);
    sql_i64(k, (int64_t)file->bytes);
    sql_str(k, file->mime);
    sql_i64(k, is_image ? 640 : 0);
    sql_i64(k, is_image ? 480 : 0);
    sql_bool(k, is_image);
    sql_str(k, is_image ? "\\xffd8ffe000104a46" : NULL);
    sql_str(k, strcmp(file->type, "txt") == 0 ? "Line one\nline\ttwo" : "");
    sql_str(k, n % 2 == 0 ? "" : NULL);
    sql_bool(k, false);
    sql_str(k, n % 5 == 3 ? NULL : k->channel[s->index]);
    sql_row_end(k);
}

static void put_files_of(gen_sql *k, uint32_t i)
{
    gen_file file[GEN_MAX_FILES];
    uint32_t n = gen_files(&k->s, i, file);
    if (n == 0)
        return;
    fate f = fate_of(&k->s, i);
    (void)list_files(k, i, &f);
    for (uint32_t j = 0; j < n; j++)
        put_file(k, i, j, &file[j], f.deleted);
    if (f.drops_file) {
        put_file(k, i, n, &file[0], f.edited[0]);
        gen_tally_extra(k->tally, "files taken away", 1);
    }
}

/* --- threads ------------------------------------------------------------------------------------
 */

static void put_thread(gen_sql *k, uint32_t i)
{
    const gen_stream *s = &k->s;
    uint32_t first = s->reply_at[i], end = s->reply_at[i + 1], n = 0, seen[20];
    int64_t deleted = thread_end(s, i);
    char id[27];
    if (first == end)
        return;
    hf_buf_reset(&k->props);
    hf_buf_byte(&k->props, '[');
    for (uint32_t r = first; r < end && n < 20; r++) {
        uint32_t user = s->msg[s->reply[r]].user, at = 0;
        while (at < n && seen[at] != user)
            at++;
        if (at < n)
            continue;
        hf_buf_printf(&k->props, "%s\"%s\"", n == 0 ? "" : ", ", k->user[user]);
        seen[n++] = user;
    }
    hf_buf_byte(&k->props, ']');
    post_id(s, i, id);
    sql_str(k, id);
    sql_i64(k, end - first);
    sql_i64(k, ms_of(&s->msg[s->reply[end - 1]]));
    sql_json(k, hf_buf_cstr(&k->props));
    sql_str(k, k->channel[s->index]);
    if (deleted != 0)
        sql_i64(k, deleted);
    else if (i % 2 == 0)
        sql_i64(k, 0);
    else
        sql_null(k);
    sql_str(k, gen_is_direct(s->c) ? "" : k->team);
    sql_row_end(k);
}

static void put_follower(gen_sql *k, uint32_t i)
{
    const gen_stream *s = &k->s;
    char id[27];
    if (gen_reply_count(s, i) == 0)
        return;
    post_id(s, i, id);
    sql_str(k, id);
    sql_str(k, k->user[s->msg[i].user]);
    sql_bool(k, i % 8 != 3);
    sql_i64(k, ms_of(&s->msg[i]) + 60000);
    sql_i64(k, ms_of(&s->msg[i]) + 60000);
    sql_zeros(k, 1);
    sql_row_end(k);
}

/* --- tables -------------------------------------------------------------------------------------
 */

static void for_each_message(gen_sql *k, void (*put)(gen_sql *k, uint32_t i))
{
    for (uint32_t c = 0; c < k->w->channels && k->o->err == NULL; c++) {
        gen_stream_open(&k->s, c, k->w);
        for (uint32_t i = 0; i < k->s.n; i++)
            put(k, i);
    }
}

void sql_write_posts(gen_sql *k)
{
    static const struct {
        sql_id table;
        void (*put)(gen_sql *k, uint32_t i);
        void (*extra)(gen_sql *k);
    } list[] = {
        { SQL_POSTS, put_message, sql_extra_posts },
        { SQL_REACTIONS, put_reactions_of, sql_extra_reactions },
        { SQL_FILEINFO, put_files_of, sql_extra_files },
        { SQL_THREADS, put_thread, NULL },
        { SQL_THREADMEMBERSHIPS, put_follower, NULL },
    };
    for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
        sql_copy_begin(k, list[i].table);
        for_each_message(k, list[i].put);
        if (list[i].extra != NULL)
            list[i].extra(k);
        sql_copy_end(k);
    }
}
