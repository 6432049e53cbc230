/* mattermost/files.c: what lies in the server's data directory: attachments, emoji, pictures.
 *
 * Rows say which files there should be; they wait until every table was read. Paths are the
 * server's own: fileinfo.path, emoji/ID/image, users/ID/profile.png, teams/ID/teamIcon.png. An
 * attachment that is absent or has another size than its row says is told of with that row, unless
 * the user knows of it. Memory: 16 bytes a file.
 */
#include "read_priv.h"
#include "util/file.h"

enum { CHUNK_BYTES = 256 << 10, MAX_KNOWN_BYTES = 256 << 20 };

/* One id or path a line. */
static hf_status read_known(mm_files *x, const char *path, hf_err **err)
{
    hf_buf text;
    hf_view rest;
    hf_status rc;

    hf_buf_init(&text, HF_BUF_UNBOUNDED);
    rc = hf_file_read(path, MAX_KNOWN_BYTES, &text, err);
    rest = hf_buf_view(&text);
    while (rc == HF_OK && rest.n > 0) {
        size_t end = hf_view_find_byte(rest, '\n');
        hf_view line = hf_view_sub(rest, 0, end);

        rest = hf_view_from(rest, end == HF_NPOS ? end : end + 1);
        while (line.n > 0 && strchr(" \t\r", line.p[line.n - 1]) != NULL)
            line.n--;
        if (line.n > 0)
            hf_map_put(x->known, line, NULL);
    }
    hf_buf_clear(&text);
    return rc;
}

hf_status mm_files_open(mm_files *x, const hf_reader_args *args, hf_err **err)
{
    const char *folder = hf_opts_get(args->opts, "files"),
               *known = hf_opts_get(args->opts, "known");
    bool wants =
        (args->want & HF_WANT_RECORDS) != 0 && (args->want & (HF_WANT_BYTES | HF_WANT_OPAQUE)) != 0;
    hf_status rc;

    x->known = hf_map_new();
    hf_buf_init(&x->name, HF_BUF_UNBOUNDED);
    hf_buf_init(&x->id, HF_BUF_UNBOUNDED);
    if (known != NULL && folder == NULL) {
        hf_fail(err, HF_E_USAGE, "attachments are said to be known as missing, and none are read");
        return hf_hint(err, "name the server's data directory with --files DIR");
    }
    if (folder == NULL)
        return HF_OK;
    rc = hf_below_open(&x->below, folder, err);
    if (rc == HF_OK && known != NULL)
        rc = read_known(x, known, err);
    if (rc == HF_OK && wants)
        x->wanted = mm_parts_new();
    return rc;
}

void mm_files_clear(mm_files *x)
{
    hf_below_close(x->below);
    mm_parts_free(x->wanted);
    hf_map_free(x->known);
    hf_buf_clear(&x->name);
    hf_buf_clear(&x->id);
}

hf_status mm_files_want(mm_reader *m, const mm_read_table *t, hf_view line, uint64_t offset,
                        hf_err **err)
{
    mm_part part = { (uint16_t)(t - m->table), { NULL, 0 }, line, offset };

    return m->files.wanted == NULL ? HF_OK : mm_parts_put(m->files.wanted, &part, err);
}

/* --- giving --------------------------------------------------------------------------------------
 */

typedef struct wanted {
    mm_read_table *t;
    hf_view line, id, path;
    uint64_t offset;
    int64_t size;      /* -1 when no row says it */
    bool is_necessary; /* and not just nice to have */
} wanted;

/* What the row of the table names; false when it names no file. */
static bool what(mm_reader *m, const mm_part *part, wanted *w)
{
    static const struct {
        mm_role role;
        const char *before, *after;
    } places[] = {
        { MM_EMOJI, "emoji/", "/image" },
        { MM_USERS, "users/", "/profile.png" },
        { MM_TEAMS, "teams/", "/teamIcon.png" },
    };
    mm_read_table *t = &m->table[part->table];
    mm_row *row = &m->x.joined;

    *w = (wanted){ .t = t, .line = part->line, .offset = part->offset, .size = -1 };
    if (t->table->role == MM_FILES) {
        w->is_necessary = true;
        return mm_row_split(row, &t->joined, part->line) &&
               mm_file_of(row, m->b->mem, &w->id, &w->path, &w->size) && w->path.n > 0;
    }
    if (!mm_row_split(row, &t->main, part->line) || t->main.at[MM_ID] < 0)
        return false;
    w->id = mm_decode(row->col[t->main.at[MM_ID]], m->b->mem);
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        if (places[i].role == t->table->role)
            w->path = hf_arena_printf(m->b->mem, "%s%.*s%s", places[i].before, (int)w->id.n,
                                      w->id.p, places[i].after);
    return w->path.n > 0;
}

static bool is_known(const mm_files *x, const wanted *w)
{
    return hf_map_get(x->known, w->id) != NULL || hf_map_get(x->known, w->path) != NULL;
}

/* Told with the row that names it. */
static void tell(mm_reader *m, const wanted *w, const char *why)
{
    hf_buf b;

    m->files.missing++;
    if (is_known(&m->files, w)) {
        m->files.known_missing++;
        return;
    }
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    hf_buf_str(&b, "file ");
    hf_buf_printable(&b, w->id);
    hf_buf_str(&b, ", ");
    hf_buf_printable(&b, w->path);
    hf_buf_printf(&b, ": %s", why);
    mm_quarantine(m, w->t, w->line, w->offset, hf_arena_dup(m->b->mem, hf_buf_view(&b)).p);
    hf_buf_clear(&b);
}

static void add_container(mm_reader *m, hf_kind kind)
{
    mm_files *x = &m->files;
    hf_record *r = hf_batch_add(m->b, kind);

    r->origin = m->batch_origin;
    r->format = MM_FORMAT;
    r->raw.member = m->nmember;
    r->u.member = (hf_rec_member){
        .ordinal = m->nmember,
        .name = hf_arena_dup(m->b->mem, hf_buf_view(&x->name)),
        .type = HF_MEMBER_FILE,
        .size = x->file.size,
        .mtime_us = x->file.mtime_us,
        .mode = x->file.mode,
        .is_opaque = true,
        .file_id = hf_arena_dup(m->b->mem, hf_buf_view(&x->id)),
    };
}

static void start(mm_reader *m, const wanted *w)
{
    mm_files *x = &m->files;
    const char *why = hf_below_start(x->below, w->path, &x->file);
    bool is_absent = why != NULL && strcmp(why, "it is not there") == 0;

    if (why != NULL) {
        if (w->is_necessary || !is_absent)
            tell(m, w, why);
        return;
    }
    if (w->size >= 0 && (uint64_t)w->size != x->file.size)
        tell(m, w,
             hf_arena_printf(m->b->mem, "it has %llu bytes, and should have %llu",
                             (unsigned long long)x->file.size, (unsigned long long)w->size)
                 .p);
    hf_buf_reset(&x->name);
    hf_buf_str(&x->name, "data/");
    hf_buf_add(&x->name, w->path);
    hf_buf_reset(&x->id);
    hf_buf_add(&x->id, w->id);
    add_container(m, HF_KIND_MEMBER);
    x->is_open = true;
    x->at = 0;
}

/* The next bytes of the open file. */
static hf_status give_bytes(mm_reader *m, hf_err **err)
{
    mm_files *x = &m->files;
    char *p = hf_arena_alloc(m->b->mem, CHUNK_BYTES);
    size_t got = 0;
    hf_status rc = hf_below_read(x->below, p, CHUNK_BYTES, &got, err);
    hf_record *r;

    if (rc != HF_OK)
        return rc;
    if (got == 0) {
        add_container(m, HF_KIND_MEMBER_END);
        m->nmember++;
        x->is_open = false;
        x->given++;
        return HF_OK;
    }
    r = hf_batch_add(m->b, HF_KIND_BYTES);
    r->origin = m->batch_origin;
    r->format = MM_FORMAT;
    r->raw = (hf_raw){ { p, got }, m->nmember, x->at, { NULL, 0 } };
    x->at += got;
    return HF_OK;
}

hf_status mm_files_give(mm_reader *m, hf_err **err)
{
    mm_files *x = &m->files;
    mm_part part;
    wanted w;
    hf_status rc;

    if (x->is_open)
        return give_bytes(m, err);
    if (x->wanted == NULL)
        return HF_END;
    rc = mm_parts_left(x->wanted, m->b->mem, &part, err);
    if (rc != HF_OK)
        return rc;
    if (what(m, &part, &w))
        start(m, &w);
    return HF_OK;
}

bool mm_files_are_complete(const mm_reader *m)
{
    return m->files.wanted != NULL && m->files.missing == m->files.known_missing;
}

void mm_files_fact(const mm_reader *m, void (*say)(void *self, const hf_fact *fact), void *self)
{
    const mm_files *x = &m->files;
    hf_buf b;

    if (x->given + x->missing == 0)
        return;
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    hf_buf_printf(&b, "%llu read, %llu missing or of another size, %llu of them known",
                  (unsigned long long)x->given, (unsigned long long)x->missing,
                  (unsigned long long)x->known_missing);
    say(self, &(hf_fact){ "attachments", "Attachments", hf_buf_view(&b), false });
    hf_buf_clear(&b);
}
