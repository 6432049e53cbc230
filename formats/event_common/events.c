/* event_common/events.c: see events.h. */
#include "event_common/events.h"

enum { STEP_BYTES = 256 << 10, HEAD_BYTES = 64 << 10, MOST_SEEN = 65536 };

typedef enum form { FORM_OTHER, FORM_ARRAY, FORM_LINES, FORM_PAGE } form;

typedef struct events {
    hf_reader base; /* must stay first */
    const hf_event_format *f;
    hf_source *source;
    hf_paths *paths; /* NULL: no leaves are wanted */
    unsigned want;
    hf_arena *mem;  /* of the origin */
    hf_view chosen; /* origin given by the user; empty: none */
    hf_view origin; /* of events that do not say theirs */
    uint32_t at;    /* member */
    form form;
    bool is_open, is_last;
    hf_stream *stream;
    hf_json_split *split;
    hf_buf window;
    size_t used;     /* bytes of the window that are done with */
    uint64_t before; /* bytes of the member before the window */
    hf_tape tape;
    hf_map *seen, *seen_before; /* digests of events without an id -> how many; two generations */
} events;

/* --- which members ------------------------------------------------------------------------------
 */

static bool is_page(const hf_event_format *f, const hf_tape *t)
{
    uint32_t list = f->pages == NULL ? HF_NO_TOK : hf_tape_get(t, 0, f->pages);

    return list != HF_NO_TOK && hf_tok_type(t, list) == HF_JSON_ARRAY;
}

static hf_view skip_space(hf_view v)
{
    if (hf_view_starts(v, HF_V("\xEF\xBB\xBF")))
        v = hf_view_from(v, 3);
    while (v.n > 0 && (v.p[0] == ' ' || v.p[0] == '\t' || v.p[0] == '\r' || v.p[0] == '\n'))
        v = hf_view_from(v, 1);
    return v;
}

/* A first object that is cut off by the end of the head. */
static bool begins_page(const hf_event_format *f, hf_view head)
{
    char *key = f->pages == NULL ? NULL : hf_sprintf("\"%s\"", f->pages);
    bool yes = key != NULL && hf_view_find(head, hf_view_str(key)) != HF_NPOS;

    hf_free(key);
    return yes;
}

/* The first whole object of the head; false when it has none. */
static bool first_object(hf_json_split *s, hf_view head, hf_tape *t, hf_view *text)
{
    hf_piece piece;
    size_t used;

    if (hf_json_split_tape(s, head, true, &used, &piece, t) != HF_SPLIT_PIECE || piece.is_bad ||
        hf_tok_type(t, 0) != HF_JSON_OBJECT)
        return false;
    *text = hf_view_sub(head, piece.at, piece.len);
    return true;
}

static form form_of(const hf_event_format *f, hf_view head, hf_tape *t)
{
    hf_view body = skip_space(head), text;
    hf_json_split *s;
    form is = FORM_OTHER;

    if (body.n == 0 || (body.p[0] != '[' && body.p[0] != '{'))
        return FORM_OTHER;
    s = hf_json_split_new(body.p[0] == '[' ? HF_SPLIT_ARRAY : HF_SPLIT_LINES, NULL);
    if (first_object(s, head, t, &text)) {
        if (f->is_event(t))
            is = body.p[0] == '[' ? FORM_ARRAY : FORM_LINES;
        else if (is_page(f, t) && body.p[0] == '{')
            is = FORM_LINES;
    } else if (body.p[0] == '{' && begins_page(f, body)) {
        is = hf_view_find_byte(body, '\n') == HF_NPOS ? FORM_LINES : FORM_PAGE;
    }
    hf_json_split_free(s);
    return is;
}

static form form_of_member(const hf_event_format *f, hf_source *source, uint32_t i, hf_tape *t)
{
    const hf_member *m = hf_source_member(source, i);
    hf_stream *stream = NULL;
    form is = FORM_OTHER;
    size_t n = 0, got = 0;
    char *head;

    if (m->type != HF_MEMBER_FILE || m->is_encrypted ||
        hf_source_read(source, i, &stream, NULL) != HF_OK)
        return FORM_OTHER;
    head = hf_alloc(HEAD_BYTES);
    while (n < HEAD_BYTES &&
           hf_stream_read(stream, head + n, HEAD_BYTES - n, &got, NULL) == HF_OK && got > 0)
        n += got;
    is = form_of(f, (hf_view){ head, n }, t);
    hf_stream_close(stream);
    hf_free(head);
    return is;
}

int hf_events_probe(const hf_event_format *f, const hf_peek *pk)
{
    hf_tape t = { 0 };
    int score = 0;

    if (pk->source == NULL)
        return 0;
    for (uint32_t i = 0; i < hf_source_count(pk->source) && i < 16 && score == 0; i++)
        if (form_of_member(f, pk->source, i, &t) != FORM_OTHER)
            score = i == 0 ? 80 : 60;
    hf_tape_clear(&t);
    return score;
}

/* --- one event ----------------------------------------------------------------------------------
 */

hf_status hf_events_parse(const hf_event_format *f, hf_batch *b, hf_record *r, hf_paths *paths,
                          hf_err **err)
{
    hf_view word = hf_view_str(hf_kind_name(r->kind));
    hf_tape t = { 0 };
    hf_status rc = hf_tape_parse(&t, r->raw.bytes, NULL, err);

    r->format = f->name;
    r->dialect = HF_DIALECT_PLAIN;
    if (rc == HF_OK && r->kind == HF_KIND_EVENT) {
        if (hf_tok_type(&t, 0) != HF_JSON_OBJECT)
            rc = hf_fail(err, HF_E_RECORD, "an event of a %s is not a JSON object", f->product);
        else
            f->fill(b, r, &t);
    }
    if (rc == HF_OK && paths != NULL)
        hf_account_json(b, r, paths, &t, 0, hf_path(paths, word));
    hf_tape_clear(&t);
    return rc;
}

static hf_record *add(events *e, hf_batch *b, hf_kind kind)
{
    hf_record *r = hf_batch_add(b, kind);

    r->format = e->f->name;
    r->origin = e->origin;
    return r;
}

static void quarantine(events *e, hf_batch *b, hf_view bytes, uint64_t offset, const char *why)
{
    hf_record *r = add(e, b, HF_KIND_QUARANTINE);

    r->raw = (hf_raw){ .bytes = bytes, .member = e->at, .offset = offset };
    r->u.quarantine.reason = why;
}

/* Digest of the bytes; equal ones get a number. Equal events stand near each other, so that old
 * digests can be forgotten. */
static hf_view digest_id(events *e, hf_view bytes, hf_arena *mem)
{
    hf_sha256 d = hf_sha256_of(bytes);
    hf_view key = { (const char *)d.b, 16 };
    const hf_map_entry *old = e->seen_before == NULL ? NULL : hf_map_get(e->seen_before, key);
    hf_map_entry *m;
    char hex[65];
    bool fresh;

    if (hf_map_count(e->seen) == MOST_SEEN) {
        hf_map_free(e->seen_before);
        e->seen_before = e->seen;
        e->seen = hf_map_new();
        old = hf_map_get(e->seen_before, key);
    }
    m = hf_map_put(e->seen, key, &fresh);
    if (fresh && old != NULL)
        m->v.u = old->v.u;
    m->v.u++;
    hf_sha256_hex(&d, hex);
    hex[32] = '\0';
    return m->v.u == 1 ? hf_arena_dup(mem, hf_view_str(hex))
                       : hf_arena_printf(mem, "%s#%llu", hex, (unsigned long long)m->v.u);
}

/* bytes live in the batch. */
static void give_event(events *e, hf_batch *b, hf_view bytes, uint64_t offset)
{
    hf_record *r = add(e, b, HF_KIND_EVENT);
    hf_err *why = NULL;

    r->raw = (hf_raw){ .bytes = bytes, .member = e->at, .offset = offset };
    r->origin = e->chosen;
    if (hf_events_parse(e->f, b, r, (e->want & HF_WANT_ACCOUNT) != 0 ? e->paths : NULL, &why) !=
        HF_OK) {
        b->n--;
        quarantine(e, b, bytes, offset, "the event is not a JSON object");
        hf_err_free(why);
        return;
    }
    if (r->origin.n == 0)
        r->origin = e->origin;
    if (r->id.n == 0) {
        r->id = digest_id(e, bytes, b->mem);
        r->flags |= HF_REC_SYNTHETIC_ID;
    }
}

/* What a page says besides its events (a cursor) is kept as it is. */
static void give_rest(events *e, hf_batch *b, hf_view page, uint64_t offset)
{
    const hf_tape *t = &e->tape;

    for (uint32_t k = hf_tape_first(t, 0); k != HF_NO_TOK; k = hf_tape_after(t, 0, k)) {
        hf_view name = hf_tok_string(t, k, b->mem);
        const hf_tok *v = &t->tok[k + 1];
        hf_record *r;

        if (hf_view_is(name, e->f->pages))
            continue;
        r = add(e, b, HF_KIND_OPAQUE);
        r->raw = (hf_raw){ .bytes = hf_view_sub(page, v->at, v->len),
                           .member = e->at,
                           .offset = offset + v->at };
        r->scope = name;
        r->id = digest_id(e, r->raw.bytes, b->mem);
        r->flags = HF_REC_SYNTHETIC_ID;
        (void)hf_events_parse(e->f, b, r, (e->want & HF_WANT_ACCOUNT) != 0 ? e->paths : NULL, NULL);
    }
}

/* A piece of the member, its tape in e->tape: an event, or a page of them. */
static void give_piece(events *e, hf_batch *b, hf_view piece, uint64_t offset)
{
    hf_view bytes = hf_arena_dup(b->mem, piece);
    uint32_t list;

    if (!is_page(e->f, &e->tape)) {
        give_event(e, b, bytes, offset);
        return;
    }
    e->tape.text = bytes; /* the same bytes, where they stay */
    list = hf_tape_get(&e->tape, 0, e->f->pages);
    for (uint32_t i = hf_tape_first(&e->tape, list); i != HF_NO_TOK;
         i = hf_tape_after(&e->tape, list, i)) {
        const hf_tok *v = &e->tape.tok[i];

        give_event(e, b, hf_view_sub(bytes, v->at, v->len), offset + v->at);
    }
    give_rest(e, b, bytes, offset);
}

/* --- one member ---------------------------------------------------------------------------------
 */

static void container(events *e, hf_batch *b, hf_kind kind)
{
    const hf_member *m = hf_source_member(e->source, e->at);
    hf_record *r = add(e, b, kind);

    r->raw.member = e->at;
    r->u.member = (hf_rec_member){ .ordinal = e->at,
                                   .name = hf_arena_dup(b->mem, m->name),
                                   .type = (int)m->type,
                                   .size = m->size,
                                   .mtime_us = m->mtime_us,
                                   .mode = m->mode,
                                   .link = hf_arena_dup(b->mem, m->link),
                                   .is_opaque = e->form == FORM_OTHER };
}

static bool gives_bytes(const events *e)
{
    return (e->want & HF_WANT_BYTES) != 0 ||
           ((e->want & HF_WANT_OPAQUE) != 0 && e->form == FORM_OTHER);
}

static hf_status open_member(events *e, hf_batch *b, hf_err **err)
{
    const hf_member *m = hf_source_member(e->source, e->at);
    hf_status rc = HF_OK;

    e->form = form_of_member(e->f, e->source, e->at, &e->tape);
    if (gives_bytes(e))
        container(e, b, HF_KIND_MEMBER);
    if (m->type == HF_MEMBER_FILE)
        rc = hf_source_read(e->source, e->at, &e->stream, err);
    e->is_open = rc == HF_OK;
    e->is_last = m->type != HF_MEMBER_FILE;
    e->before = e->used = 0;
    hf_buf_reset(&e->window);
    if (e->form == FORM_ARRAY || e->form == FORM_LINES)
        e->split = hf_json_split_new(e->form == FORM_ARRAY ? HF_SPLIT_ARRAY : HF_SPLIT_LINES, NULL);
    return rc;
}

static void close_member(events *e)
{
    hf_stream_close(e->stream);
    hf_json_split_free(e->split);
    e->stream = NULL;
    e->split = NULL;
    e->is_open = false;
}

/* More of the member, into the window and, when they are wanted, out as bytes. */
static hf_status refill(events *e, hf_batch *b, hf_err **err)
{
    uint64_t offset = e->before + e->window.n;
    size_t got = 0;
    hf_status rc;

    if (e->window.n > 0)
        memmove(e->window.p, e->window.p + e->used, e->window.n - e->used);
    e->before += e->used;
    e->window.n -= e->used;
    e->used = 0;
    if (!hf_buf_reserve(&e->window, STEP_BYTES))
        return hf_fail(err, HF_E_LIMIT, "a record is larger than %zu bytes", e->window.max);
    rc = hf_stream_read(e->stream, e->window.p + e->window.n, STEP_BYTES, &got, err);
    if (rc != HF_OK)
        return rc;
    if (got > 0 && gives_bytes(e)) {
        hf_record *r = add(e, b, HF_KIND_BYTES);

        r->raw =
            (hf_raw){ .bytes = hf_arena_dup(b->mem, (hf_view){ e->window.p + e->window.n, got }),
                      .member = e->at,
                      .offset = offset };
    }
    e->window.n += got;
    e->base.done += got;
    e->is_last = got == 0;
    return HF_OK;
}

/* The next piece of the window; HF_END when it needs more, or the member is done. */
static hf_status next_piece(events *e, hf_batch *b)
{
    hf_view window = hf_view_from(hf_buf_view(&e->window), e->used);
    uint64_t offset = e->before + e->used;
    hf_split_result got;
    hf_piece piece;
    size_t used = 0;

    got = hf_json_split_tape(e->split, window, e->is_last, &used, &piece, &e->tape);
    if (got == HF_SPLIT_PIECE && piece.is_bad)
        quarantine(e, b, hf_arena_dup(b->mem, hf_view_sub(window, piece.at, piece.len)),
                   offset + piece.at, piece.reason);
    else if (got == HF_SPLIT_PIECE)
        give_piece(e, b, hf_view_sub(window, piece.at, piece.len), offset + piece.at);
    e->used += used;
    return got == HF_SPLIT_PIECE ? HF_OK : HF_END;
}

static void whole_page(events *e, hf_batch *b)
{
    hf_view all = hf_buf_view(&e->window), body = skip_space(all);
    uint64_t at = (uint64_t)(body.p - all.p);

    while (body.n > 0 && (body.p[body.n - 1] == '\n' || body.p[body.n - 1] == '\r' ||
                          body.p[body.n - 1] == ' ' || body.p[body.n - 1] == '\t'))
        body.n--;
    if (hf_tape_parse(&e->tape, body, NULL, NULL) == HF_OK && is_page(e->f, &e->tape))
        give_piece(e, b, body, at);
    else
        quarantine(e, b, hf_arena_dup(b->mem, body), at, "the page is not one JSON object");
    e->used = e->window.n;
}

static hf_status next_of_member(events *e, hf_batch *b, hf_err **err)
{
    bool records = (e->want & HF_WANT_RECORDS) != 0 && e->form != FORM_OTHER;
    hf_status rc = HF_OK;

    while (rc == HF_OK && !hf_batch_is_full(b)) {
        if (records && e->split != NULL && e->window.n > e->used && next_piece(e, b) == HF_OK)
            continue;
        if (e->is_last)
            break;
        if (!records || (e->form != FORM_PAGE && e->split == NULL))
            e->used = e->window.n;
        rc = refill(e, b, err);
    }
    if (rc != HF_OK || !e->is_last)
        return rc;
    if (records && e->split != NULL)
        while (next_piece(e, b) == HF_OK)
            ;
    if (records && e->form == FORM_PAGE)
        whole_page(e, b);
    if (gives_bytes(e))
        container(e, b, HF_KIND_MEMBER_END);
    close_member(e);
    e->at++;
    return HF_OK;
}

static hf_status events_next(hf_reader *base, hf_batch *b, hf_err **err)
{
    events *e = (events *)base;
    size_t had = b->n;
    hf_status rc = HF_OK;

    while (rc == HF_OK && !hf_batch_is_full(b) && e->at < hf_source_count(e->source)) {
        if (!e->is_open)
            rc = open_member(e, b, err);
        if (rc == HF_OK)
            rc = next_of_member(e, b, err);
    }
    return rc != HF_OK || b->n > had ? rc : HF_END;
}

/* --- opening ------------------------------------------------------------------------------------
 */

static void events_close(hf_reader *base)
{
    events *e = (events *)base;

    close_member(e);
    hf_buf_clear(&e->window);
    hf_tape_clear(&e->tape);
    hf_map_free(e->seen);
    hf_map_free(e->seen_before);
    hf_arena_free(e->mem);
    hf_free(e);
}

/* The origin of the first event that says one. */
static hf_status find_origin(events *e, hf_err **err)
{
    unsigned want = e->want;
    hf_status rc = HF_OK;

    e->want = HF_WANT_RECORDS;
    while (rc == HF_OK && e->origin.n == 0) {
        hf_batch *b = hf_batch_new();

        rc = events_next(&e->base, b, err);
        for (size_t i = 0; i < b->n && e->origin.n == 0; i++)
            e->origin = hf_arena_dup(e->mem, b->rec[i]->origin);
        hf_batch_free(b);
    }
    close_member(e);
    hf_map_free(e->seen);
    hf_map_free(e->seen_before);
    e->seen = hf_map_new();
    e->seen_before = NULL;
    e->want = want;
    e->at = 0;
    e->base.done = 0;
    if (rc == HF_END) {
        hf_fail(err, HF_E_ORIGIN, "this %s does not say which installation it is of",
                e->f->product);
        rc = hf_hint(err, "name it with --origin NAME; use the name of its other imports");
    }
    return rc;
}

static const hf_reader_ops ops = { .next = events_next, .close = events_close };

hf_status hf_events_open(const hf_event_format *f, hf_reader **out, const hf_reader_args *args,
                         hf_err **err)
{
    events *e = HF_NEW(events);
    hf_status rc = HF_OK;

    e->base = (hf_reader){ .ops = &ops, .format = f->name, .order = HF_ORDER_MEMBER };
    e->base.total = hf_source_total(args->source);
    e->base.is_exact = (args->want & HF_WANT_BYTES) != 0;
    e->f = f;
    e->source = args->source;
    e->paths = args->paths;
    e->want = args->want;
    e->mem = hf_arena_new();
    e->seen = hf_map_new();
    hf_buf_init(&e->window, (size_t)128 << 20);
    e->chosen = e->origin = hf_arena_dup(e->mem, hf_view_str(args->origin));
    if (e->origin.n == 0 && (args->want & HF_WANT_RECORDS) != 0)
        rc = find_origin(e, err);
    if (rc != HF_OK) {
        events_close(&e->base);
        return rc;
    }
    if (e->chosen.n > 0)
        e->base.origin = e->chosen;
    *out = &e->base;
    return HF_OK;
}
