/* mattermost_bulk/write.c: the writer's stages.
 *
 * expect   tells which attachments the lines will name
 * put      these go into the archive as they come, all others beside it; posts are spooled, as the
 *          users before them are complete only at the end; definitions wait
 * settle   the last thread ends, definitions are composed and settled
 * finish   version, definitions, posts, direct channels, direct posts, then the lines that repeat
 *          the root of a very long thread (another type's lines before them make the server wait
 *          until the roots exist)
 * Memory   definitions and memberships, the file ids of the archive, 8 to 16 bytes a message of the
 *          channel at hand; the posts lie in unlinked temporary files
 * An exact stream of the same format is copied member by member.
 */
#include "write_post_priv.h"

#include "io/temp.h"
#include "util/jsonw.h"

#include <stdlib.h>

/* --- texts ---------------------------------------------------------------------------------------
 */

void bulk_put_text(hf_buf *out, hf_view text)
{
    hf_buf clean;

    if (hf_view_find_byte(text, '\0') == HF_NPOS) {
        hf_json_put_string(out, text, HF_JSON_GO);
        return;
    }
    hf_buf_init(&clean, HF_BUF_UNBOUNDED);
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\0')
            hf_buf_utf8(&clean, 0xFFFD);
        else
            hf_buf_byte(&clean, text.p[i]);
    }
    hf_json_put_string(out, hf_buf_view(&clean), HF_JSON_GO);
    hf_buf_clear(&clean);
}

void bulk_put_key(hf_buf *out, const char *key)
{
    if (out->n > 0 && out->p[out->n - 1] != '{')
        hf_buf_byte(out, ',');
    hf_json_put_string(out, hf_view_str(key), HF_JSON_GO);
    hf_buf_byte(out, ':');
}

void bulk_put_field(hf_buf *out, const char *key, hf_view text)
{
    bulk_put_key(out, key);
    bulk_put_text(out, text);
}

/* Whose mentions are looked up. */
typedef struct speaker {
    const bulk_people *people;
    hf_view origin;
} speaker;

static hf_view mention_user(void *self, hf_view target)
{
    const speaker *s = self;

    return bulk_people_mention(s->people, s->origin, target);
}

static hf_view mention_channel(void *self, hf_view target)
{
    const speaker *s = self;

    return bulk_people_mention_channel(s->people, s->origin, target);
}

hf_view bulk_markup(bulk_writer *w, const hf_record *r, hf_view text, hf_dialect to, hf_arena *mem)
{
    speaker self = { &w->people, r->origin };
    const hf_names names = { &self, mention_user, mention_channel, NULL };
    hf_spans spans;
    hf_view out;
    hf_buf b;

    if (r->dialect == HF_DIALECT_MARKDOWN || r->dialect == to || text.n == 0)
        return text;
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    hf_markup_parse(r->dialect, text, mem, &spans);
    hf_markup_print(to, &spans, &names, &b);
    out = hf_arena_dup(mem, hf_buf_view(&b));
    hf_buf_clear(&b);
    return out;
}

/* --- spools --------------------------------------------------------------------------------------
 */

hf_status bulk_spool_add(bulk_writer *w, int spool, hf_view bytes, hf_err **err)
{
    bulk_spool *s = &w->spool[spool];

    if (s->file == NULL) {
        hf_status rc = hf_temp_file(&s->file, "posts", err);

        if (rc != HF_OK)
            return rc;
    }
    if (bytes.n > 0 && fwrite(bytes.p, 1, bytes.n, s->file) != bytes.n)
        return hf_fail_sys(err, "cannot write posts to the temporary folder");
    s->bytes += bytes.n;
    return HF_OK;
}

static hf_status copy_spool(bulk_writer *w, int spool, hf_err **err)
{
    enum { CHUNK = 256 << 10 };
    FILE *f = w->spool[spool].file;
    hf_status rc = HF_OK;
    size_t n;

    if (f == NULL)
        return HF_OK;
    if (fflush(f) != 0 || fseek(f, 0, SEEK_SET) != 0)
        return hf_fail_sys(err, "cannot write posts to the temporary folder");
    hf_buf_reset(&w->out);
    hf_buf_reserve(&w->out, CHUNK);
    while (rc == HF_OK && (n = fread(w->out.p, 1, CHUNK, f)) > 0)
        rc = hf_sink_write(w->sink, (hf_view){ w->out.p, n }, err);
    if (rc == HF_OK && ferror(f))
        rc = hf_fail_sys(err, "cannot read posts from the temporary folder");
    return rc;
}

/* --- attachments ---------------------------------------------------------------------------------
 */

static hf_view base_name(hf_view name)
{
    size_t slash = hf_view_find_last(name, '/');

    return slash == HF_NPOS ? name : hf_view_from(name, slash + 1);
}

/* "F123/name.png": where a file goes below data/. */
static hf_view file_path(bulk_writer *w, const hf_rec_member *m)
{
    hf_view folder = bulk_file_name(m->file_id, w->mem);

    return bulk_channel_id(folder, bulk_file_name(base_name(m->name), w->mem), w->mem);
}

static void expect_files(bulk_writer *w, const hf_record *r)
{
    uint32_t at = 0;

    if (bulk_why_withheld(r) != NULL ||
        hf_map_get(w->foreign, bulk_key(&w->people, r->origin, r->scope)) != NULL)
        return;
    for (const hf_value *v = hf_rec_next(r, HF_F_MESSAGE_FILE_ID, 0, &at); v != NULL;
         v = hf_rec_next(r, HF_F_MESSAGE_FILE_ID, at + 1, &at))
        hf_map_put(w->expected, v->text, NULL);
}

/* Nothing that no line names may be in the archive: a file of a deleted message is as secret as its
 * text. */
static void bulk_expect(hf_writer *base, const hf_record *r)
{
    bulk_writer *w = (bulk_writer *)base;
    hf_view path = hf_rec_get_text(r, HF_F_EMOJI_PATH);

    if (r->kind == HF_KIND_MESSAGE)
        expect_files(w, r);
    else if (r->kind == HF_KIND_CHANNEL &&
             bulk_is_foreign_kind(hf_rec_get_text(r, HF_F_CHANNEL_KIND)))
        hf_map_put(w->foreign, bulk_key(&w->people, r->origin, r->id), NULL);
    else if (r->kind == HF_KIND_EMOJI && path.n > 0 && hf_rec_get(r, HF_F_EMOJI_DELETED_AT) == NULL)
        hf_map_put(w->expected, path, NULL);
}

/* Does a line name it? Of several members with one id the first is the file. */
static bool is_expected(const bulk_writer *w, const hf_rec_member *m)
{
    return w->has_files && m->type == HF_MEMBER_FILE && m->file_id.n > 0 &&
           (hf_map_get(w->expected, m->name) != NULL ||
            (hf_map_get(w->expected, m->file_id) != NULL &&
             hf_map_get(w->files, m->file_id) == NULL));
}

static hf_status begin_member(bulk_writer *w, const hf_record *r, hf_err **err)
{
    const hf_rec_member *m = &r->u.member;
    bool fresh = false;
    hf_view path;
    hf_status rc;

    w->bytes = BYTES_NONE;
    if (w->is_exact) {
        w->bytes = BYTES_TARGET;
        rc = m->type == HF_MEMBER_LINK ? hf_sink_link(w->sink, m->name, m->link, err)
                                       : hf_sink_member_mode(w->sink, m->name, m->mode, err);
        return rc != HF_OK || w->ledger == NULL ? rc
                                                : hf_ledger_member(w->ledger, r, HF_EXACT, err);
    }
    if (!m->is_opaque)
        return HF_OK;
    if (is_expected(w, m)) {
        path = file_path(w, m);
        hf_map_put(w->paths, path, &fresh);
    }
    if (!fresh) {
        w->bytes = BYTES_SIDECAR;
        return w->ledger == NULL ? HF_OK : hf_ledger_member(w->ledger, r, HF_LOST, err);
    }
    w->bytes = BYTES_TARGET;
    hf_map_put(w->files, m->file_id, NULL)->v.p = (void *)(uintptr_t)path.p;
    hf_map_put(w->members, m->name, NULL)->v.p = (void *)(uintptr_t)path.p;
    rc = hf_sink_member(w->sink, bulk_channel_id(HF_V("data"), path, w->mem), err);
    if (rc == HF_OK && w->ledger != NULL)
        rc = hf_ledger_member(w->ledger, r, HF_EXACT, err);
    return rc;
}

static hf_status put_bytes(bulk_writer *w, const hf_record *r, hf_err **err)
{
    switch (w->bytes) {
    case BYTES_TARGET:
        return hf_sink_write(w->sink, r->raw.bytes, err);
    case BYTES_SIDECAR:
        return w->ledger == NULL ? HF_OK : hf_ledger_opaque(w->ledger, r, err);
    case BYTES_NONE:
        break;
    }
    return HF_OK;
}

/* --- records -------------------------------------------------------------------------------------
 */

static void keep_record(hf_record ***list, size_t *n, hf_record *r)
{
    if ((*n & (*n - 1)) == 0) /* 0, 1, 2, 4 ...: room for twice as many */
        *list = hf_realloc(*list, *n == 0 ? 1 : *n * 2, sizeof(**list));
    (*list)[(*n)++] = r;
}

/* The members were copied: every record is in the target as it is. */
static hf_status settle_exact(bulk_writer *w, hf_record *r, hf_err **err)
{
    for (uint32_t i = 0; i < r->nvalue; i++)
        r->value[i].state = HF_EXACT;
    r->is_raw_kept = true;
    return w->ledger == NULL ? HF_OK : hf_ledger_done(w->ledger, r, r, err);
}

/* True in *keeps when r must live until the end. */
static hf_status put_record(bulk_writer *w, hf_record *r, hf_batch *b, bool *keeps, hf_err **err)
{
    if (w->is_exact && hf_kind_is_record(r->kind))
        return settle_exact(w, r, err);
    switch (r->kind) {
    case HF_KIND_MEMBER:
        return begin_member(w, r, err);
    case HF_KIND_BYTES:
        return put_bytes(w, r, err);
    case HF_KIND_WORKSPACE:
        bulk_teams_add(&w->people, r);
        *keeps = true;
        return HF_OK;
    case HF_KIND_EMOJI:
        keep_record(&w->emoji, &w->nemoji, r);
        *keeps = true;
        return HF_OK;
    case HF_KIND_USER:
        bulk_people_add_user(&w->people, r);
        *keeps = true;
        return HF_OK;
    case HF_KIND_CHANNEL:
        bulk_people_add_channel(&w->people, r);
        *keeps = true;
        return HF_OK;
    case HF_KIND_MESSAGE:
        return bulk_write_message(w, r, b, err);
    case HF_KIND_MEMBERSHIP:
        bulk_take_membership(&w->people, r);
        return bulk_done(w, r, NULL, NULL, err);
    case HF_KIND_EVENT:
    case HF_KIND_OPAQUE:
    case HF_KIND_DRAFT:
        return bulk_done(w, r, NULL, NULL, err);
    case HF_KIND_NONE:
    case HF_KIND_MEMBER_END:
    case HF_KIND_COVERAGE:
    case HF_KIND_QUARANTINE:
    case HF_KIND_COUNT:
        break;
    }
    return HF_OK;
}

static hf_status bulk_put(hf_writer *base, hf_batch *b, hf_err **err)
{
    bulk_writer *w = (bulk_writer *)base;
    hf_status rc = HF_OK;
    bool keeps = false;

    w->current = b;
    for (size_t i = 0; i < b->n && rc == HF_OK; i++)
        rc = put_record(w, b->rec[i], b, &keeps, err);
    w->current = NULL;
    if (keeps) {
        if (w->nheld == w->cap_held) {
            w->cap_held = w->cap_held == 0 ? 16 : w->cap_held * 2;
            w->held = hf_realloc(w->held, w->cap_held, sizeof(*w->held));
        }
        w->held[w->nheld++] = b;
        if (w->thread.batch == b)
            w->thread.batch_is_held = true;
    } else if (w->thread.batch != b) {
        hf_batch_free(b);
    }
    return rc;
}

static int by_text(const void *a, const void *b)
{
    return hf_view_cmp(*(const hf_view *)a, *(const hf_view *)b);
}

/* The version line. Its info lists the emoji that reactions use: those the server lacks must be
 * made there. The time is the newest post's, so that equal input gives equal bytes. */
static void version_line(bulk_writer *w, hf_buf *out)
{
    size_t n = hf_map_count(w->reactions);
    hf_view *names = hf_arena_alloc(w->mem, (n + 1) * sizeof(*names));
    char created[32];
    hf_jsonw j;

    for (size_t i = 0; i < n; i++)
        names[i] = hf_map_at(w->reactions, i)->key;
    if (n > 0)
        qsort(names, n, sizeof(*names), by_text);
    hf_time_format(w->last_ms * 1000, created);
    hf_buf_reset(out);
    hf_jsonw_init(&j, out, 0);
    hf_jsonw_object(&j, NULL);
    hf_jsonw_str(&j, "type", "version");
    hf_jsonw_u64(&j, "version", 1);
    hf_jsonw_object(&j, "info");
    hf_jsonw_str(&j, "generator", "holdfast");
    hf_jsonw_str(&j, "version", HF_VERSION);
    hf_jsonw_str(&j, "created", created);
    hf_jsonw_object(&j, "additional");
    hf_jsonw_array(&j, "reaction_emoji");
    for (size_t i = 0; i < n; i++)
        hf_jsonw_text(&j, NULL, names[i]);
    hf_jsonw_end(&j, ']');
    hf_jsonw_end(&j, '}');
    hf_jsonw_end(&j, '}');
    hf_jsonw_end(&j, '}');
}

static hf_status bulk_settle(hf_writer *base, hf_err **err)
{
    bulk_writer *w = (bulk_writer *)base;
    hf_status rc;

    if (w->is_exact)
        return HF_OK;
    rc = bulk_people_freeze(&w->people, err);
    if (rc == HF_OK)
        rc = bulk_end_thread(w, err);
    if (rc == HF_OK)
        rc = bulk_write_definitions(w, err);
    if (rc != HF_OK)
        return rc;
    version_line(w, &w->version);
    return bulk_made(w, bulk_target_line(w, hf_buf_view(&w->version)), "the version line", err);
}

static hf_status bulk_finish(hf_writer *base, hf_err **err)
{
    static const int order[] = { SPOOL_DEFINITIONS,  SPOOL_POSTS,      SPOOL_DIRECT_CHANNELS,
                                 SPOOL_DIRECT_POSTS, SPOOL_MORE_POSTS, SPOOL_MORE_DIRECT };
    bulk_writer *w = (bulk_writer *)base;
    hf_sink *sink = w->sink;
    hf_status rc = HF_OK;

    if (!w->is_exact) {
        rc = hf_sink_member(sink, HF_V("import.jsonl"), err);
        hf_buf_byte(&w->version, '\n');
        if (rc == HF_OK)
            rc = hf_sink_write(sink, hf_buf_view(&w->version), err);
        for (size_t i = 0; i < sizeof(order) / sizeof(order[0]) && rc == HF_OK; i++)
            rc = copy_spool(w, order[i], err);
    }
    if (rc != HF_OK)
        return rc;
    w->sink = NULL; /* commit frees it whatever happens */
    return hf_sink_commit(sink, err);
}

static void bulk_close(hf_writer *base)
{
    bulk_writer *w = (bulk_writer *)base;

    hf_sink_abort(w->sink);
    if (w->thread.batch != NULL && !w->thread.batch_is_held)
        hf_batch_free(w->thread.batch);
    hf_buf_clear(&w->thread.key);
    hf_buf_clear(&w->thread.head);
    hf_buf_clear(&w->thread.parts);
    bulk_people_clear(&w->people);
    for (size_t i = 0; i < w->nheld; i++)
        hf_batch_free(w->held[i]);
    hf_free(w->held);
    hf_free(w->emoji);
    for (int i = 0; i < NSPOOL; i++)
        if (w->spool[i].file != NULL)
            fclose(w->spool[i].file);
    bulk_clock_clear(&w->clock);
    hf_map_free(w->expected);
    hf_map_free(w->foreign);
    hf_map_free(w->files);
    hf_map_free(w->members);
    hf_map_free(w->paths);
    hf_map_free(w->reactions);
    hf_batch_free(w->scratch);
    hf_tape_clear(&w->tape);
    hf_buf_clear(&w->out);
    hf_buf_clear(&w->one);
    hf_buf_clear(&w->version);
    hf_arena_free(w->mem);
    hf_free(w);
}

static const hf_writer_ops bulk_writer_ops = {
    .put = bulk_put,
    .settle = bulk_settle,
    .finish = bulk_finish,
    .close = bulk_close,
    .expect = bulk_expect,
};

/* --- opening -------------------------------------------------------------------------------------
 */

static hf_sink_kind sink_kind(hf_view path)
{
    if (hf_view_is(path, "-"))
        return HF_SINK_STDOUT;
    if (hf_view_ends(path, HF_V(".zip")))
        return HF_SINK_ZIP;
    return hf_view_ends(path, HF_V("/")) ? HF_SINK_FOLDER : HF_SINK_FILE;
}

hf_status bulk_writer_create(hf_writer **out, const hf_writer_args *args, hf_err **err)
{
    bulk_writer *w = HF_NEW(bulk_writer);
    hf_sink_kind kind = sink_kind(hf_view_str(args->path));
    hf_status rc;

    w->base.ops = &bulk_writer_ops;
    w->ledger = args->ledger;
    w->is_exact = args->is_exact;
    w->has_files = kind == HF_SINK_ZIP || kind == HF_SINK_FOLDER;
    w->max_line = BULK_LINE_BYTES - (1 << 20);
    w->mem = hf_arena_new();
    w->expected = hf_map_new();
    w->foreign = hf_map_new();
    w->files = hf_map_new();
    w->members = hf_map_new();
    w->paths = hf_map_new();
    w->reactions = hf_map_new();
    w->scratch = hf_batch_new();
    hf_tape_init(&w->tape);
    hf_buf_init(&w->out, HF_BUF_UNBOUNDED);
    hf_buf_init(&w->one, HF_BUF_UNBOUNDED);
    hf_buf_init(&w->version, HF_BUF_UNBOUNDED);
    hf_buf_init(&w->thread.key, HF_BUF_UNBOUNDED);
    hf_buf_init(&w->thread.head, HF_BUF_UNBOUNDED);
    hf_buf_init(&w->thread.parts, HF_BUF_UNBOUNDED);
    bulk_people_init(&w->people);
    rc = bulk_read_options(w, args->opts, err);
    if (w->team.n > 0)
        bulk_teams_one(&w->people, w->team);
    if (rc == HF_OK && w->team.n == 0 && !w->is_exact)
        rc = bulk_needs_team(args->source_format, err);
    if (rc == HF_OK)
        rc = hf_sink_open(&w->sink, args->path, kind, args->overwrite, err);
    if (rc != HF_OK) {
        bulk_close(&w->base);
        return rc;
    }
    *out = &w->base;
    return HF_OK;
}
