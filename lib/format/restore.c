/* format/restore.c: see restore.h. */
#include "format/restore.h"

#include "format/sidecar_priv.h"
#include "util/base64.h"

/* One text of the record that stood in the target and is not there any more as it was. */
typedef struct stale {
    size_t at, n; /* the empty string put in its place, within the bytes made */
} stale;

typedef struct making {
    hf_restorer *x;
    const hf_format *format; /* whose bytes the entry holds */
    hf_batch *b;
    const hf_record *target;
    uint32_t fields; /* the entry's digests, HF_NO_TOK when there is no target */
    hf_buf raw;
    stale stale[64];
    size_t nstale;
} making;

hf_view hf_restore_bytes(const hf_tape *t, uint32_t tok, hf_arena *mem)
{
    uint32_t inside = tok == HF_NO_TOK ? HF_NO_TOK : hf_tape_get(t, tok, "b");
    hf_buf bytes;
    hf_view made;

    if (tok == HF_NO_TOK)
        return (hf_view){ "", 0 };
    if (inside == HF_NO_TOK)
        return hf_arena_dup(mem, hf_tok_string(t, tok, mem));
    hf_buf_init(&bytes, HF_BUF_UNBOUNDED);
    hf_base64_get(&bytes, hf_tok_string(t, inside, mem));
    made = hf_arena_dup(mem, hf_buf_view(&bytes));
    hf_buf_clear(&bytes);
    return made;
}

bool hf_restore_is_same(const hf_tape *entry, uint32_t fields, const hf_record *target, hf_field f)
{
    uint32_t noted =
        fields == HF_NO_TOK ? HF_NO_TOK : hf_tape_get(entry, fields, hf_field_get(f)->path);
    char digest[HF_SIDECAR_DIGEST + 1];
    uint32_t at;
    hf_view raw;
    bool has;

    has = hf_rec_next(target, f, 0, &at) != NULL; /* a list may have no item 0 */
    if (noted == HF_NO_TOK || !has)
        return noted == HF_NO_TOK && !has;
    raw = hf_tok_raw(entry, noted);
    hf_sidecar_field_digest(target, f, digest);
    return hf_view_is(hf_view_sub(raw, 1, raw.n - 2), digest);
}

/* The target's current text of a field in the source's dialect. */
static hf_view converted(making *m, const hf_value *v)
{
    hf_spans spans;
    hf_buf out;
    hf_view text;

    if (hf_field_get(v->field)->type != HF_TYPE_MARKUP || m->target->dialect == m->format->dialect)
        return v->text;
    hf_markup_parse(m->target->dialect, v->text, m->b->mem, &spans);
    hf_buf_init(&out, HF_BUF_UNBOUNDED);
    hf_markup_print(m->format->dialect, &spans, &m->x->names, &out);
    text = hf_arena_dup(m->b->mem, hf_buf_view(&out));
    hf_buf_clear(&out);
    return text;
}

/* The text that a reference [field, item, offset, length, style, (scope, id)] stands for; p NULL
 * when the target does not say it any more. */
static hf_view referred(making *m, const uint32_t *tok, uint32_t n, const int64_t *number)
{
    const hf_tape *t = &m->x->entry;
    hf_field f = n < 5 ? HF_F_NONE : hf_field_find(hf_tok_string(t, tok[0], m->b->mem));
    const hf_value *v;
    hf_view text = { NULL, 0 };

    if (n == 7) {
        text = m->x->elsewhere(m->x->self, hf_restore_bytes(t, tok[5], m->b->mem),
                               hf_restore_bytes(t, tok[6], m->b->mem));
    } else if (f != HF_F_NONE && m->target != NULL) {
        v = hf_rec_item(m->target, f, (uint32_t)number[1]);
        if (v != NULL && hf_restore_is_same(t, m->fields, m->target, f))
            text = v->text;
    }
    return text.p == NULL ? text : hf_view_sub(text, (size_t)number[2], (size_t)number[3]);
}

/* Bytes of a target value as a JSON string; an empty string, noted as stale, when they are gone. */
static void put_reference(making *m, uint32_t list)
{
    enum { MOST = 7 };
    const hf_tape *t = &m->x->entry;
    uint32_t tok[MOST], n = 0;
    int64_t number[MOST] = { 0 };
    hf_view text;

    for (uint32_t i = hf_tape_first(t, list); i != HF_NO_TOK && n < MOST;
         i = hf_tape_after(t, list, i)) {
        if (!hf_tok_i64(t, i, &number[n]))
            number[n] = 0;
        tok[n++] = i;
    }
    text = referred(m, tok, n, number);
    if (text.p == NULL && m->nstale < sizeof(m->stale) / sizeof(m->stale[0]))
        m->stale[m->nstale++] = (stale){ m->raw.n, 2 };
    hf_json_put_string(&m->raw, text, (hf_json_style)number[4]);
}

static void put_segments(making *m)
{
    const hf_tape *t = &m->x->entry;
    uint32_t list = hf_tape_get(t, 0, "raw");

    if (list == HF_NO_TOK)
        return;
    for (uint32_t i = hf_tape_first(t, list); i != HF_NO_TOK; i = hf_tape_after(t, list, i)) {
        if (hf_tok_type(t, i) == HF_JSON_ARRAY)
            put_reference(m, i);
        else
            hf_buf_add(&m->raw, hf_restore_bytes(t, i, m->b->mem));
    }
}

/* Replace bytes [at, at + n) of the record. */
static void splice(making *m, size_t at, size_t n, hf_view with)
{
    hf_buf next;

    hf_buf_init(&next, HF_BUF_UNBOUNDED);
    hf_buf_add(&next, hf_view_sub(hf_buf_view(&m->raw), 0, at));
    hf_buf_add(&next, with);
    hf_buf_add(&next, hf_view_from(hf_buf_view(&m->raw), at + n));
    hf_buf_clear(&m->raw);
    m->raw = next;
}

/* Parse the bytes made so far into a fresh record that replaces the last of the batch. */
static hf_status parse(making *m, const hf_record *identity, hf_record **out, hf_err **err)
{
    hf_record *r = hf_batch_add(m->b, identity->kind);

    *r = *identity;
    r->raw.bytes = hf_arena_dup(m->b->mem, hf_buf_view(&m->raw));
    r->raw.member = HF_NO_MEMBER;
    r->dialect = m->format->dialect;
    *out = r;
    m->b->rec[m->b->n - 2] = r; /* the attempt before is forgotten */
    m->b->n--;
    return m->format->parse == NULL ? HF_OK : m->format->parse(m->b, r, m->x->paths, err);
}

static size_t end_of(const hf_tape *t, uint32_t tok)
{
    return (size_t)t->tok[tok].at + t->tok[tok].len;
}

/* Take the top-level key that holds the stale text at offset out of the record: blocks that repeat
 * a text that was edited since would contradict it. */
static bool drop_key_at(making *m, size_t offset)
{
    hf_tape t;
    bool dropped = false;

    hf_tape_init(&t);
    if (hf_tape_parse(&t, hf_buf_view(&m->raw), NULL, NULL) == HF_OK &&
        hf_tok_type(&t, 0) == HF_JSON_OBJECT) {
        size_t before = (size_t)t.tok[0].at + 1; /* end of the value before, or the brace */

        for (uint32_t k = hf_tape_first(&t, 0); k != HF_NO_TOK; k = hf_tape_after(&t, 0, k)) {
            uint32_t next = hf_tape_after(&t, 0, k);
            bool inside = offset >= t.tok[k].at && offset < end_of(&t, k + 1);

            if (inside && next != HF_NO_TOK) /* with the comma behind it */
                splice(m, t.tok[k].at, t.tok[next].at - t.tok[k].at, (hf_view){ "", 0 });
            else if (inside) /* with the comma before it */
                splice(m, before, end_of(&t, k + 1) - before, (hf_view){ "", 0 });
            if (inside) {
                dropped = true;
                break;
            }
            before = end_of(&t, k + 1);
        }
    }
    hf_tape_clear(&t);
    return dropped;
}

/* Put the target's text where the record has the value of the same field; false when no single
 * string does. */
static bool put_text(making *m, hf_record *r, const hf_value *v)
{
    hf_buf spelled;

    for (uint32_t i = 0; i < r->nleaf; i++) {
        const hf_leaf *l = &r->leaf[i];
        const hf_value *own = l->value == 0 ? NULL : &r->value[l->value - 1];

        if (own == NULL || own->field != v->field || own->item != v->item || l->raw.p[0] != '"')
            continue;
        hf_buf_init(&spelled, HF_BUF_UNBOUNDED);
        hf_json_put_string(&spelled, converted(m, v), HF_JSON_PHP);
        splice(m, (size_t)(l->raw.p - r->raw.bytes.p), l->raw.n, hf_buf_view(&spelled));
        hf_buf_clear(&spelled);
        return true;
    }
    return false;
}

/* The values of a field as the target says them, instead of the record's own; the bytes no longer
 * hold. */
static void put_values(making *m, hf_record *r, hf_field f)
{
    uint32_t kept = 0, at = 0;

    for (uint32_t i = 0; i < r->nvalue; i++)
        if (r->value[i].field != f)
            r->value[kept++] = r->value[i];
    r->nvalue = kept;
    r->nleaf = 0;
    r->raw.bytes = (hf_view){ "", 0 };
    for (const hf_value *v = hf_rec_next(m->target, f, 0, &at); v != NULL;
         v = hf_rec_next(m->target, f, at + 1, &at)) {
        /* The target's batch does not live as long as r; adding may move r->value. */
        uint32_t index = hf_rec_text(m->b, r, f, v->item, hf_arena_dup(m->b->mem, v->text));
        hf_value *own = &r->value[index];

        own->num = v->num;
        if (own->text.n == 0 && hf_field_get(f)->type != HF_TYPE_TEXT &&
            hf_field_get(f)->type != HF_TYPE_MARKUP)
            own->text = (hf_view){ NULL, 0 };
        if (hf_field_get(f)->type == HF_TYPE_USER && m->x->names.user != NULL) {
            hf_view id = m->x->names.user(m->x->names.self, v->text);

            own->text = id.n > 0 ? id : v->text;
        }
    }
}

/* Fields of the entry or of the target whose digests differ now. */
static size_t changed_fields(making *m, hf_field *list, size_t max)
{
    size_t n = 0;

    for (int f = 1; m->target != NULL && f < HF_F_COUNT && n < max; f++)
        if (hf_field_get((hf_field)f)->kind == m->target->kind &&
            !hf_restore_is_same(&m->x->entry, m->fields, m->target, (hf_field)f))
            list[n++] = (hf_field)f;
    return n;
}

static hf_status apply_changes(making *m, const hf_record *identity, hf_record **out,
                               const hf_field *list, size_t n, hf_err **err)
{
    hf_status rc = HF_OK;

    /* Stale parts first, from the last to the first, so that offsets stay true. */
    while (m->nstale > 0) {
        stale s = m->stale[--m->nstale];
        bool is_field = false;

        for (uint32_t i = 0; i < (*out)->nleaf && !is_field; i++)
            is_field = (size_t)((*out)->leaf[i].raw.p - (*out)->raw.bytes.p) == s.at &&
                       (*out)->leaf[i].value != 0;
        if (!is_field)
            drop_key_at(m, s.at);
    }
    rc = parse(m, identity, out, err);
    for (size_t i = 0; i < n && rc == HF_OK; i++) {
        const hf_value *v = hf_rec_get(m->target, list[i]);
        hf_type type = hf_field_get(list[i])->type;

        if (v != NULL && (type == HF_TYPE_TEXT || type == HF_TYPE_MARKUP) && put_text(m, *out, v))
            rc = parse(m, identity, out, err);
        else
            put_values(m, *out, list[i]);
    }
    return rc;
}

/* An entry says whose bytes it holds when the source carried another format's ("x"). */
static const hf_format *format_of(const hf_restorer *x, hf_arena *mem)
{
    uint32_t tok = hf_tape_get(&x->entry, 0, "x");
    const hf_format *f =
        tok == HF_NO_TOK ? NULL : hf_format_find(hf_tok_string(&x->entry, tok, mem));

    return f == NULL ? x->source : f;
}

hf_status hf_restore(hf_restorer *x, hf_batch *b, const hf_record *target, hf_record **out,
                     unsigned *changed, hf_err **err)
{
    const hf_tape *t = &x->entry;
    uint32_t bound = hf_tape_get(t, 0, "t");
    making m = {
        .x = x,
        .b = b,
        .target = target,
        .fields = bound == HF_NO_TOK ? HF_NO_TOK : hf_tape_get(t, bound, "f"),
    };
    hf_field list[HF_F_COUNT];
    hf_record *identity = hf_batch_add(b, HF_KIND_NONE);
    int64_t flags = 0;
    size_t n;
    hf_status rc;

    hf_buf_init(&m.raw, HF_BUF_UNBOUNDED);
    identity->kind = hf_kind_find(hf_tok_string(t, hf_tape_get(t, 0, "k"), b->mem));
    identity->origin = hf_restore_bytes(t, hf_tape_get(t, 0, "o"), b->mem);
    identity->scope = hf_restore_bytes(t, hf_tape_get(t, 0, "s"), b->mem);
    identity->id = hf_restore_bytes(t, hf_tape_get(t, 0, "i"), b->mem);
    if (hf_tape_get(t, 0, "g") != HF_NO_TOK && hf_tok_i64(t, hf_tape_get(t, 0, "g"), &flags))
        identity->flags = (unsigned)flags;
    m.format = format_of(x, b->mem);
    identity->format = m.format->name;
    put_segments(&m);
    if (m.raw.n == 0 &&
        target != NULL) { /* it never had bytes: the target's values are all there is */
        b->n--;
        *out = hf_batch_copy(b, target);
        (*out)->origin = identity->origin;
        (*out)->scope = identity->scope;
        (*out)->id = identity->id;
        hf_buf_clear(&m.raw);
        return HF_OK;
    }
    rc = parse(&m, identity, out, err);
    n = changed_fields(&m, list, HF_F_COUNT);
    *changed = (unsigned)n;
    if (rc == HF_OK && (n > 0 || m.nstale > 0))
        rc = apply_changes(&m, identity, out, list, n, err);
    hf_buf_clear(&m.raw);
    return rc;
}
