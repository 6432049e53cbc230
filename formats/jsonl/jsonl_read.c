/* formats/jsonl/jsonl_read.c: see jsonl.c.
 *
 * Values are the truth: when they are what the source format reads in the raw bytes, the record
 * comes with its bytes; when somebody edited them, they win and the bytes are left behind.
 */
#include "jsonl.h"

#include "util/base64.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct jsonl_reader {
    hf_reader base; /* must stay first */
    hf_stream *stream;
    hf_json_split *split;
    hf_buf window;
    size_t at; /* first byte of the window not yet used */
    bool is_last;
    uint64_t before; /* bytes of the member before the window */
    hf_tape tape;
    hf_paths *paths;
    unsigned want;
} jsonl_reader;

/* Lines hold a record and its raw form escaped: larger than a record. */
static const hf_json_limits line_limits = { (size_t)256 << 20, 8000000, 0 };

static hf_view text_of(const hf_tape *t, uint32_t obj, const char *key, hf_arena *mem)
{
    uint32_t tok = hf_tape_get(t, obj, key);
    char other[64];
    hf_buf bytes;
    hf_view v = { "", 0 };

    if (tok != HF_NO_TOK)
        return hf_tok_string(t, tok, mem);
    snprintf(other, sizeof(other), "%s_base64", key);
    tok = hf_tape_get(t, obj, other);
    if (tok == HF_NO_TOK)
        return v;
    hf_buf_init(&bytes, HF_BUF_UNBOUNDED);
    hf_base64_get(&bytes, hf_tok_string(t, tok, mem));
    v = hf_arena_dup(mem, hf_buf_view(&bytes));
    hf_buf_clear(&bytes);
    return v;
}

static int64_t number_of(const hf_tape *t, uint32_t obj, const char *key, int64_t dflt)
{
    uint32_t tok = hf_tape_get(t, obj, key);
    int64_t n;

    return tok != HF_NO_TOK && hf_tok_i64(t, tok, &n) ? n : dflt;
}

static void add_value(hf_batch *b, hf_record *r, const hf_tape *t, uint32_t tok, hf_field f,
                      uint32_t item)
{
    hf_json_type type = hf_tok_type(t, tok);
    hf_view text = type == HF_JSON_STRING ? hf_tok_string(t, tok, b->mem) : (hf_view){ NULL, 0 };
    int64_t n = 0;

    switch (hf_field_get(f)->type) {
    case HF_TYPE_TIME:
        if (hf_time_parse_rfc3339(text, &n))
            hf_rec_num(b, r, f, item, n);
        break;
    case HF_TYPE_INT:
        if (hf_tok_i64(t, tok, &n))
            hf_rec_num(b, r, f, item, n);
        break;
    case HF_TYPE_BOOL:
        hf_rec_num(b, r, f, item, type == HF_JSON_TRUE);
        break;
    case HF_TYPE_TEXT:
    case HF_TYPE_MARKUP:
    case HF_TYPE_USER:
    case HF_TYPE_CHANNEL:
    case HF_TYPE_MESSAGE:
        if (type == HF_JSON_STRING)
            hf_rec_text(b, r, f, item, text);
        break;
    }
}

/* "message.reaction": [{"name": ..}, ..]: one item per object. */
static void add_group(hf_batch *b, hf_record *r, const hf_tape *t, hf_view group, uint32_t list)
{
    uint32_t item = 0;
    hf_buf path;

    hf_buf_init(&path, HF_BUF_UNBOUNDED);
    for (uint32_t i = hf_tape_first(t, list); i != HF_NO_TOK; i = hf_tape_after(t, list, i), item++)
        for (uint32_t k = hf_tape_first(t, i); k != HF_NO_TOK; k = hf_tape_after(t, i, k)) {
            hf_field f;

            hf_buf_reset(&path);
            hf_buf_add(&path, group);
            hf_buf_byte(&path, '.');
            hf_buf_add(&path, hf_tok_string(t, k, b->mem));
            f = hf_field_find(hf_buf_view(&path));
            if (f != HF_F_NONE)
                add_value(b, r, t, k + 1, f, item);
        }
    hf_buf_clear(&path);
}

static void add_values(hf_batch *b, hf_record *r, const hf_tape *t)
{
    uint32_t values = hf_tape_get(t, 0, "values");

    if (values == HF_NO_TOK)
        return;
    for (uint32_t k = hf_tape_first(t, values); k != HF_NO_TOK; k = hf_tape_after(t, values, k)) {
        hf_view path = hf_tok_string(t, k, b->mem);
        hf_field f = hf_field_find(path);

        if (f != HF_F_NONE)
            add_value(b, r, t, k + 1, f, 0);
        else if (hf_tok_type(t, k + 1) == HF_JSON_ARRAY)
            add_group(b, r, t, path, k + 1);
    }
}

static int by_field(const void *a, const void *b)
{
    const hf_value *x = a, *y = b;

    if (x->field != y->field)
        return x->field < y->field ? -1 : 1;
    return x->item < y->item ? -1 : x->item > y->item;
}

static bool same_values(hf_batch *b, const hf_record *x, const hf_record *y)
{
    hf_value *p = hf_arena_alloc(b->mem, (x->nvalue + 1) * sizeof(*p));
    hf_value *q = hf_arena_alloc(b->mem, (y->nvalue + 1) * sizeof(*q));

    if (x->nvalue != y->nvalue)
        return false;
    if (x->nvalue == 0)
        return true;
    memcpy(p, x->value, x->nvalue * sizeof(*p));
    memcpy(q, y->value, y->nvalue * sizeof(*q));
    qsort(p, x->nvalue, sizeof(*p), by_field);
    qsort(q, y->nvalue, sizeof(*q), by_field);
    for (uint32_t i = 0; i < x->nvalue; i++)
        if (by_field(&p[i], &q[i]) != 0 || p[i].num != q[i].num ||
            !hf_view_eq(p[i].text, q[i].text))
            return false;
    return true;
}

/* When the raw bytes still say what the values say, make r the record that the source format reads
 * in them. */
static void try_raw(jsonl_reader *j, hf_batch *b, hf_record *r)
{
    hf_view format = text_of(&j->tape, 0, "format", b->mem);
    const hf_format *f = format.n == 0 ? NULL : hf_format_find(format);
    hf_record *own;
    hf_err *err = NULL;

    if (f == NULL || f->parse == NULL)
        return;
    own = hf_batch_add(b, r->kind);
    b->n--; /* not a record of the stream unless it replaces r */
    *own = *r;
    own->value = NULL;
    own->nvalue = own->cap_value = 0;
    own->format = f->name;
    own->dialect = f->dialect;
    own->raw.bytes = text_of(&j->tape, 0, "raw", b->mem);
    if (own->raw.bytes.n > 0 &&
        f->parse(b, own, (j->want & HF_WANT_ACCOUNT) != 0 ? j->paths : NULL, &err) == HF_OK &&
        same_values(b, own, r)) {
        own->flags = r->flags;
        *r = *own;
    }
    hf_err_free(err); /* bytes that no longer parse were edited: the values stand */
}

static void read_record(jsonl_reader *j, hf_batch *b, hf_record *r)
{
    static const char *const dialects[] = { "plain", "mrkdwn", "markdown" };
    const hf_tape *t = &j->tape;
    hf_view dialect = text_of(t, 0, "dialect", b->mem);

    r->origin = text_of(t, 0, "origin", b->mem);
    r->scope = text_of(t, 0, "scope", b->mem);
    r->id = text_of(t, 0, "id", b->mem);
    r->flags = (unsigned)number_of(t, 0, "flags", 0);
    r->format = "jsonl";
    if (!hf_time_parse_rfc3339(text_of(t, 0, "time", b->mem), &r->time_us))
        r->time_us = HF_NO_TIME;
    for (size_t i = 0; i < sizeof(dialects) / sizeof(dialects[0]); i++)
        if (hf_view_is(dialect, dialects[i]))
            r->dialect = (hf_dialect)i;
    add_values(b, r, t);
    try_raw(j, b, r);
}

static bool is_true(const hf_tape *t, const char *key)
{
    uint32_t tok = hf_tape_get(t, 0, key);

    return tok != HF_NO_TOK && hf_tok_type(t, tok) == HF_JSON_TRUE;
}

static void read_member(const hf_tape *t, hf_batch *b, hf_record *r)
{
    hf_rec_member *m = &r->u.member;

    m->name = text_of(t, 0, "name", b->mem);
    m->link = text_of(t, 0, "link", b->mem);
    m->file_id = text_of(t, 0, "file_id", b->mem);
    m->ordinal = (uint32_t)number_of(t, 0, "ordinal", 0);
    m->type = (int)number_of(t, 0, "member_type", 0);
    m->size = (uint64_t)number_of(t, 0, "size", 0);
    m->mode = (uint32_t)number_of(t, 0, "mode", 0);
    m->is_set = is_true(t, "is_set");
    m->mtime_us = HF_NO_TIME;
    m->is_opaque = m->file_id.n == 0;
}

static void quarantine(hf_batch *b, hf_view line, uint64_t offset, const char *reason)
{
    hf_record *r = hf_batch_add(b, HF_KIND_QUARANTINE);

    r->raw = (hf_raw){ .bytes = hf_arena_dup(b->mem, line), .offset = offset };
    r->u.quarantine.reason = reason;
}

static void read_line(jsonl_reader *j, hf_batch *b, hf_view line, uint64_t offset)
{
    hf_err *err = NULL;
    hf_view type;
    hf_kind kind;
    hf_record *r;

    if (hf_tape_parse(&j->tape, hf_arena_dup(b->mem, line), &line_limits, &err) != HF_OK) {
        quarantine(b, line, offset, "the line is no JSON");
        hf_err_free(err);
        return;
    }
    type = text_of(&j->tape, 0, "type", b->mem);
    kind = hf_kind_find(type);
    if (hf_view_is(type, "head"))
        return;
    if (kind == HF_KIND_NONE) {
        quarantine(b, line, offset, "the line has no known type");
        return;
    }
    r = hf_batch_add(b, kind);
    if (hf_kind_is_record(kind)) {
        read_record(j, b, r);
    } else if (kind == HF_KIND_MEMBER) {
        read_member(&j->tape, b, r);
    } else if (kind == HF_KIND_COVERAGE) {
        r->origin = text_of(&j->tape, 0, "origin", b->mem);
        r->scope = text_of(&j->tape, 0, "scope", b->mem);
        r->u.coverage.first_day = number_of(&j->tape, 0, "first_day", 0);
        r->u.coverage.last_day = number_of(&j->tape, 0, "last_day", 0);
        r->u.coverage.kind = hf_kind_find(text_of(&j->tape, 0, "kind", b->mem));
        r->u.coverage.is_count = hf_tape_get(&j->tape, 0, "rows") != HF_NO_TOK;
        r->u.coverage.rows = (uint64_t)number_of(&j->tape, 0, "rows", 0);
    } else {
        r->raw.bytes = text_of(&j->tape, 0, "data", b->mem);
        r->raw.offset = offset;
        r->u.quarantine.reason = "unreadable in the source that this came from";
    }
}

/* Get more of the file behind the unused bytes of the window. */
static hf_status refill(jsonl_reader *j, hf_err **err)
{
    enum { STEP = 1 << 20 };
    size_t got = 0;
    hf_status rc;

    memmove(j->window.p, j->window.p + j->at, j->window.n - j->at);
    j->before += j->at;
    j->window.n -= j->at;
    j->at = 0;
    if (!hf_buf_reserve(&j->window, STEP))
        return hf_fail(err, HF_E_LIMIT, "one line is larger than %zu bytes", j->window.max);
    rc = hf_stream_read(j->stream, j->window.p + j->window.n, STEP, &got, err);
    j->window.n += got;
    j->is_last = rc == HF_OK && got == 0;
    j->base.done += got;
    return rc;
}

static hf_status jsonl_next(hf_reader *base, hf_batch *b, hf_err **err)
{
    jsonl_reader *j = (jsonl_reader *)base;
    hf_status rc = HF_OK;

    while (rc == HF_OK && !hf_batch_is_full(b)) {
        hf_view window = hf_view_from(hf_buf_view(&j->window), j->at);
        size_t used = 0;
        hf_piece piece;
        hf_split_result got = hf_json_split_next(j->split, window, j->is_last, &used, &piece);

        if (got == HF_SPLIT_PIECE && piece.is_bad)
            quarantine(b, hf_view_sub(window, piece.at, piece.len), j->before + j->at + piece.at,
                       piece.reason);
        else if (got == HF_SPLIT_PIECE)
            read_line(j, b, hf_view_sub(window, piece.at, piece.len), j->before + j->at + piece.at);
        j->at += used;
        if (got == HF_SPLIT_DONE || (got == HF_SPLIT_MORE && j->is_last))
            return b->n > 0 ? HF_OK : HF_END;
        if (got == HF_SPLIT_MORE)
            rc = refill(j, err);
    }
    return rc;
}

static void jsonl_close(hf_reader *base)
{
    jsonl_reader *j = (jsonl_reader *)base;

    hf_stream_close(j->stream);
    hf_json_split_free(j->split);
    hf_buf_clear(&j->window);
    hf_tape_clear(&j->tape);
    hf_free(j);
}

static const hf_reader_ops jsonl_reader_ops = { jsonl_next, jsonl_close };

hf_status hf_jsonl_open(hf_reader **out, const hf_reader_args *args, hf_err **err)
{
    jsonl_reader *j = HF_NEW(jsonl_reader);
    hf_status rc;

    j->base = (hf_reader){ .ops = &jsonl_reader_ops, .format = "jsonl", .order = HF_ORDER_NONE };
    j->base.total = hf_source_total(args->source);
    j->paths = args->paths;
    j->want = args->want;
    hf_buf_init(&j->window, line_limits.max_bytes);
    hf_buf_reserve(&j->window, 1 << 20);
    hf_tape_init(&j->tape);
    j->split = hf_json_split_new(HF_SPLIT_LINES, &line_limits);
    rc = hf_source_count(args->source) == 1
             ? hf_source_read(args->source, 0, &j->stream, err)
             : hf_fail(err, HF_E_UNSUPPORTED, "a JSON Lines source is one file");
    if (rc != HF_OK) {
        jsonl_close(&j->base);
        return rc;
    }
    *out = &j->base;
    return HF_OK;
}
