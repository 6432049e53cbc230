/* formats/vault/read.c: a vault as a source.
 *
 * One import, chosen or the only one of its origin: the reader of its own format reads the kept
 * members again, so that everything is as it was on the day. Several: records composed at their
 * latest state, each parsed from its kept bytes, then the attachments of all imports. One of a live
 * source, which only its server could read again: records composed, then all of its members.
 */
#include "formats_vault.h"

#include "vault/vault.h"

#include <stdio.h>

enum { CHUNK_BYTES = 1 << 20, AFTER_NONE = -1 };

typedef struct attachment {
    int64_t import, content;
    hf_rec_member m; /* texts in the reader's arena */
} attachment;

typedef struct vault_reader {
    hf_reader base;  /* must stay first */
    hf_vault *vault; /* held by the input */
    hf_arena *mem;
    hf_view origin;
    int64_t after; /* AFTER_NONE, or only what imports after this one brought */

    hf_source *source; /* one import */
    hf_reader *inner;

    hf_vault_scan *scan; /* composed */
    unsigned want;
    hf_map *names;  /* of attachments: index + 1 of the latest */
    hf_map *wanted; /* with after: ids and names of the attachments that changed messages have */
    size_t nfound;  /* of these, so far */
    bool is_looking_back;
    int64_t old_content; /* with after: contents up to this one came before */
    bool wants_files;
    attachment *file;
    size_t nfile, cap_file, at_file;
    uint64_t at_byte;
    bool is_open; /* a MEMBER was given */
} vault_reader;

/* --- one import ---------------------------------------------------------------------------------
 */

static hf_status next_inner(hf_reader *base, hf_batch *b, hf_err **err)
{
    vault_reader *r = (vault_reader *)base;
    hf_status rc = r->inner->ops->next(r->inner, b, err);

    base->total = r->inner->total;
    base->done = r->inner->done;
    return rc;
}

static void close_reader(hf_reader *base)
{
    vault_reader *r = (vault_reader *)base;

    if (r->inner != NULL)
        r->inner->ops->close(r->inner);
    hf_source_close(r->source);
    hf_vault_scan_close(r->scan);
    hf_map_free(r->names);
    hf_map_free(r->wanted);
    hf_free(r->file);
    hf_arena_free(r->mem);
    hf_free(r);
}

/* Which state is read. */
static void say_facts(hf_reader *base, void (*say)(void *self, const hf_fact *fact), void *self)
{
    vault_reader *r = (vault_reader *)base;
    hf_fact fact = { .key = "snapshot", .label = "State" };
    int64_t import;
    char text[32];

    if (hf_vault_hold(r->vault, &import, NULL) == HF_OK) {
        snprintf(text, sizeof(text), "import %lld", (long long)import);
        fact.text = hf_view_str(text);
        say(self, &fact);
        hf_vault_let_go(r->vault);
    }
    if (r->inner != NULL && r->inner->ops->facts != NULL)
        r->inner->ops->facts(r->inner, say, self);
}

static const hf_reader_ops inner_ops = { next_inner, close_reader, say_facts };

typedef struct choice { /* the imports that come into question */
    hf_view origin;     /* empty: any */
    int64_t wanted;     /* 0: any */
    hf_arena *mem;
    size_t n;
    int64_t import; /* the last that fits */
    hf_view format, source, import_origin;
    bool is_whole;
} choice;

static bool consider(void *self, const hf_vault_import *im)
{
    choice *c = self;

    if (c->wanted != 0 && im->stats.import != c->wanted)
        return true;
    if (c->wanted == 0 && !hf_view_eq(im->origin, c->origin))
        return true;
    c->n++;
    c->import = im->stats.import;
    c->is_whole = im->is_whole;
    c->format = hf_arena_dup(c->mem, im->format);
    c->source = hf_arena_dup(c->mem, im->source);
    c->import_origin = hf_arena_dup(c->mem, im->origin);
    return true;
}

static hf_status open_import(vault_reader *r, const hf_reader_args *args, const choice *c,
                             const hf_format *format, hf_err **err)
{
    hf_reader_args inner = *args;
    hf_status rc = hf_vault_source(r->vault, c->import, &r->source, err);

    if (rc != HF_OK)
        return rc;
    inner.source = r->source;
    inner.path = c->source.p;
    /* The identity of its records is settled: by the import, whoever named the origin then. */
    inner.origin = c->import_origin.n > 0 ? c->import_origin.p : NULL;
    rc = format->open(&r->inner, &inner, err);
    if (rc != HF_OK)
        return hf_wrap(err, "import %lld", (long long)c->import);
    r->base = *r->inner;
    r->base.ops = &inner_ops;
    r->base.source = r->source;
    return HF_OK;
}

/* --- composed -----------------------------------------------------------------------------------
 */

/* After an import: what came since, and what messages that changed since have attached. */
static bool is_news(vault_reader *r, const hf_vault_member *m)
{
    hf_map_entry *by_id, *by_name;

    if (r->after == AFTER_NONE)
        return true;
    by_id = hf_map_get(r->wanted, m->m.file_id);
    by_name = hf_map_get(r->wanted, m->m.name);
    if (by_id != NULL)
        r->nfound += by_id->v.u++ == 0;
    if (by_name != NULL)
        r->nfound += by_name->v.u++ == 0;
    return by_id != NULL || by_name != NULL || (!r->is_looking_back && m->content > r->old_content);
}

/* Note the attachments of what was read. */
static void want_files(vault_reader *r, const hf_batch *b)
{
    for (size_t i = 0; i < b->n; i++)
        for (uint32_t k = 0; k < b->rec[i]->nvalue; k++) {
            const hf_value *v = &b->rec[i]->value[k];

            if ((v->field == HF_F_MESSAGE_FILE_ID || v->field == HF_F_MESSAGE_FILE_PATH) &&
                v->text.n > 0)
                hf_map_put(r->wanted, v->text, NULL);
        }
}

static bool add_attachment(void *self, const hf_vault_member *m)
{
    vault_reader *r = self;
    bool fresh;
    hf_map_entry *e;
    attachment *a;

    if (!m->m.is_opaque || !m->has_bytes || !is_news(r, m))
        return true;
    e = hf_map_put(r->names, m->m.name, &fresh);
    if (!fresh && r->is_looking_back)
        return true; /* a later one is there */
    if (fresh && r->nfile == r->cap_file) {
        r->cap_file = r->cap_file == 0 ? 64 : r->cap_file * 2;
        r->file = hf_realloc(r->file, r->cap_file, sizeof(*r->file));
    }
    if (fresh)
        e->v.u = r->nfile++;
    a = &r->file[e->v.u];
    a->m = m->m;
    a->content = m->content;
    a->m.ordinal = (uint32_t)e->v.u;
    a->m.name = hf_arena_dup(r->mem, m->m.name);
    a->m.link = (hf_view){ NULL, 0 };
    a->m.file_id = hf_arena_dup(r->mem, m->m.file_id);
    return true;
}

/* Every member of one import, as it came. */
static bool add_member(void *self, const hf_vault_member *m)
{
    vault_reader *r = self;
    attachment *a;

    if (r->nfile == r->cap_file) {
        r->cap_file = r->cap_file == 0 ? 64 : r->cap_file * 2;
        r->file = hf_realloc(r->file, r->cap_file, sizeof(*r->file));
    }
    a = &r->file[r->nfile++];
    *a = (attachment){ .content = m->content, .m = m->m };
    a->m.name = hf_arena_dup(r->mem, m->m.name);
    a->m.link = hf_arena_dup(r->mem, m->m.link);
    a->m.file_id = hf_arena_dup(r->mem, m->m.file_id);
    return true;
}

typedef struct numbers {
    hf_view origin;
    int64_t after, old_content;
    int64_t *import; /* by number */
    size_t n, nold;  /* nold of them are not after */
} numbers;

static bool add_number(void *self, const hf_vault_import *im)
{
    numbers *x = self;

    if (im->stats.import <= x->after)
        x->old_content = im->last_content;
    if (hf_view_eq(im->origin, x->origin)) {
        x->import = hf_realloc(x->import, x->n + 1, sizeof(*x->import));
        x->import[x->n++] = im->stats.import;
        x->nold += im->stats.import <= x->after;
    }
    return true;
}

static hf_status list_attachments(vault_reader *r, hf_err **err)
{
    numbers x = { .origin = r->origin, .after = r->after };
    hf_status rc = hf_vault_imports(r->vault, add_number, &x, err);

    r->names = hf_map_new();
    r->old_content = x.old_content;
    for (size_t i = x.nold; i < x.n && rc == HF_OK; i++)
        rc = hf_vault_members(r->vault, x.import[i], add_attachment, r, err);
    /* What a message had attached before it changed came with an earlier import, the last of which
     * is asked first. */
    r->is_looking_back = true;
    for (size_t i = x.nold; i-- > 0 && rc == HF_OK && r->nfound < hf_map_count(r->wanted);)
        rc = hf_vault_members(r->vault, x.import[i], add_attachment, r, err);
    hf_free(x.import);
    return rc;
}

/* A piece of the attachment under way: its MEMBER, some BYTES, or its MEMBER_END. */
static hf_status next_piece(vault_reader *r, hf_batch *b, hf_err **err)
{
    const attachment *a = &r->file[r->at_file];
    hf_record *m;
    hf_buf bytes;
    hf_status rc;

    if (!r->is_open) {
        m = hf_batch_add(b, HF_KIND_MEMBER);
        m->u.member = a->m;
        m->raw.member = a->m.ordinal;
        r->is_open = true;
        r->at_byte = 0;
        return HF_OK;
    }
    if (r->at_byte == a->m.size) {
        hf_batch_add(b, HF_KIND_MEMBER_END)->raw.member = a->m.ordinal;
        r->is_open = false;
        r->at_file++;
        return HF_OK;
    }
    hf_buf_init(&bytes, HF_BUF_UNBOUNDED);
    rc = hf_vault_read(r->vault, a->content, r->at_byte, CHUNK_BYTES, &bytes, err);
    if (rc == HF_OK && bytes.n == 0)
        rc = hf_fail(err, HF_E_DAMAGED, "an attachment is shorter than it says");
    if (rc == HF_OK) {
        m = hf_batch_add(b, HF_KIND_BYTES);
        m->raw = (hf_raw){ .bytes = hf_arena_dup(b->mem, hf_buf_view(&bytes)),
                           .member = a->m.ordinal,
                           .offset = r->at_byte };
        r->at_byte += bytes.n;
    }
    hf_buf_clear(&bytes);
    return rc;
}

static hf_status next_composed(hf_reader *base, hf_batch *b, hf_err **err)
{
    vault_reader *r = (vault_reader *)base;
    hf_status rc = HF_END;

    if (r->scan != NULL) {
        rc = hf_vault_scan_next(r->scan, b, err);
        base->done += b->n;
        if (r->wanted != NULL)
            want_files(r, b);
        if (rc != HF_END)
            return rc;
        hf_vault_scan_close(r->scan);
        r->scan = NULL;
    }
    if (r->wants_files) {
        r->wants_files = false;
        rc = list_attachments(r, err);
        if (rc != HF_OK)
            return rc;
    }
    if (r->at_file == r->nfile)
        return HF_END;
    for (rc = HF_OK; rc == HF_OK && r->at_file < r->nfile && !hf_batch_is_full(b);)
        rc = next_piece(r, b, err);
    return rc;
}

static const hf_reader_ops composed_ops = { next_composed, close_reader, say_facts };

/* whole: an import whose members are all given, 0: of all imports those that hold no records. */
static hf_status open_composed(vault_reader *r, const hf_reader_args *args, const char *format,
                               int64_t whole, hf_err **err)
{
    hf_status rc = HF_OK;

    r->base.ops = &composed_ops;
    r->base.format = format;
    r->base.order = HF_ORDER_CHANNEL_TIME;
    r->base.files_last = true;
    r->base.origin = r->origin;
    if ((args->want & HF_WANT_RECORDS) != 0 && r->origin.n > 0)
        rc = hf_vault_scan_open(&r->scan, r->vault, r->origin,
                                (args->want & HF_WANT_ACCOUNT) != 0 ? args->paths : NULL, err);
    if (rc == HF_OK && r->scan != NULL)
        rc = hf_vault_scan_after(r->scan, r->after, err);
    if (rc == HF_OK && r->scan != NULL)
        r->base.total = hf_vault_scan_total(r->scan);
    if (rc == HF_OK && whole != 0 && (args->want & HF_WANT_BYTES) != 0) {
        r->base.is_exact = true;
        rc = hf_vault_members(r->vault, whole, add_member, r, err);
    } else if (rc == HF_OK && (args->want & (HF_WANT_BYTES | HF_WANT_OPAQUE)) != 0) {
        r->wants_files = true;
        if (r->after != AFTER_NONE)
            r->wanted = hf_map_new();
    }
    return rc;
}

/* --- opening ------------------------------------------------------------------------------------
 */

typedef struct names {
    size_t n;
    hf_view first;
    hf_buf list;
    hf_arena *mem;
} names;

static bool add_name(void *self, hf_view origin)
{
    names *x = self;

    if (x->n++ == 0)
        x->first = hf_arena_dup(x->mem, origin);
    else
        hf_buf_str(&x->list, ", ");
    hf_buf_printable(&x->list, origin);
    return true;
}

/* The only origin, when the user chose none. */
static hf_status only_origin(vault_reader *r, hf_err **err)
{
    names x = { .mem = r->mem };
    hf_status rc;

    hf_buf_init(&x.list, HF_BUF_UNBOUNDED);
    rc = hf_vault_origins(r->vault, add_name, &x, err);
    if (rc == HF_OK && x.n > 1) {
        rc = hf_fail(err, HF_E_ORIGIN, "the vault holds several origins: %s", hf_buf_cstr(&x.list));
        hf_hint(err, "choose one with --origin");
    }
    r->origin = x.first;
    hf_buf_clear(&x.list);
    return rc;
}

static hf_status parse_import(const hf_opts *opts, int64_t *out, hf_err **err)
{
    const char *text = hf_opts_get(opts, "import");

    *out = 0;
    if (text == NULL || (hf_view_i64(hf_view_str(text), out) && *out > 0))
        return HF_OK;
    return hf_fail(err, HF_E_USAGE, "--import wants the number of an import, not \"%s\"", text);
}

static hf_status parse_after(const hf_opts *opts, int64_t *out, hf_err **err)
{
    const char *text = hf_opts_get(opts, "after-import");

    *out = AFTER_NONE;
    if (text == NULL || (hf_view_i64(hf_view_str(text), out) && *out >= 0))
        return HF_OK;
    return hf_fail(err, HF_E_USAGE, "after-import wants the number of an import or 0, not \"%s\"",
                   text);
}

static hf_status choose(vault_reader *r, const hf_reader_args *args, hf_err **err)
{
    choice c = { .mem = r->mem };
    const hf_format *format;
    hf_status rc = parse_import(args->opts, &c.wanted, err);

    if (rc == HF_OK)
        rc = parse_after(args->opts, &r->after, err);
    if (rc == HF_OK && c.wanted != 0 && r->after != AFTER_NONE)
        rc = hf_fail(err, HF_E_USAGE, "import and after-import exclude each other");
    if (args->origin != NULL)
        r->origin = hf_arena_dup(r->mem, hf_view_str(args->origin));
    else if (rc == HF_OK && c.wanted == 0)
        rc = only_origin(r, err);
    c.origin = r->origin;
    if (rc == HF_OK)
        rc = hf_vault_imports(r->vault, consider, &c, err);
    if (rc != HF_OK)
        return rc;
    if (c.wanted != 0 && c.n == 0)
        return hf_fail(err, HF_E_USAGE, "the vault has no import %lld", (long long)c.wanted);
    if (c.wanted != 0 && !c.is_whole) {
        hf_fail(err, HF_E_USAGE, "import %lld did not come with all its members",
                (long long)c.wanted);
        return hf_hint(err, "leave --import out to read its records");
    }
    format = hf_format_find(c.format);
    if (c.n == 1 && c.is_whole && r->after == AFTER_NONE && format != NULL &&
        format->open != NULL && !format->opens_path)
        return open_import(r, args, &c, format, err);
    if (c.wanted != 0 && (args->want & HF_WANT_RECORDS) != 0) {
        if (format == NULL)
            return hf_fail(err, HF_E_UNSUPPORTED, "this program does not read the format %s",
                           c.format.p);
        hf_fail(err, HF_E_UNSUPPORTED,
                "import %lld came from a live source: its records cannot be "
                "read apart from the others",
                (long long)c.wanted);
        return hf_hint(err, "leave --import out to read all records at their latest state");
    }
    return open_composed(r, args, format == NULL ? "vault" : format->name,
                         c.n == 1 && c.is_whole ? c.import : 0, err);
}

hf_status hf_vaultfmt_hold(void **held, const char *path, const hf_opts *opts, hf_err **err)
{
    unsigned flags = hf_opts_get(opts, "allow-network-fs") != NULL ? HF_VAULT_NETWORK_FS : 0;
    hf_vault *v = NULL;
    hf_status rc = hf_vault_open(&v, path, HF_VAULT_READ, flags, err);

    if (rc == HF_OK)
        rc = hf_vault_hold(v, NULL, err);
    if (rc != HF_OK) {
        hf_vault_close(v);
        return hf_err_at(err, path, (hf_view){ NULL, 0 }, HF_NO_OFFSET);
    }
    *held = v;
    return HF_OK;
}

void hf_vaultfmt_let_go(void *held)
{
    hf_vault_close(held);
}

hf_status hf_vaultfmt_open(hf_reader **out, const hf_reader_args *args, hf_err **err)
{
    vault_reader *r = HF_NEW(vault_reader);
    hf_status rc;

    r->vault = args->held;
    r->mem = hf_arena_new();
    rc = choose(r, args, err);
    if (rc != HF_OK) {
        close_reader(&r->base);
        return hf_err_at(err, args->path, (hf_view){ NULL, 0 }, HF_NO_OFFSET);
    }
    *out = &r->base;
    return HF_OK;
}
