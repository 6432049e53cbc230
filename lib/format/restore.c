/* format/restore.c: see restore.h. */
#include "format/restore.h"

#include "format/merge.h"
#include "format/sidecar_priv.h"
#include "util/base64.h"
#include "util/clock.h"
#include "util/copytext.h"

/* One text of the record that stood in the target and is not there any more as it was. */
typedef struct stale {
    size_t at, n; /* what was put in its place, within the bytes made */
    int style;    /* how it is spelled */
} stale;

typedef struct making {
    hf_restorer *x;
    const hf_format *format; /* whose bytes the entry holds */
    hf_batch *b;
    const hf_record *target;
    uint32_t fields; /* the entry's digests, HF_NO_TOK when there is no target */
    hf_buf raw;
    stale *stale;
    size_t nstale, cap_stale;
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

/* Bytes of a target value as the source spelled them; when they are gone, others in their place,
 * noted as stale until they are replaced or cut. */
static void put_reference(making *m, uint32_t list)
{
    enum { MOST = 7 };
    const hf_tape *t = &m->x->entry;
    uint32_t tok[MOST], n = 0;
    int64_t number[MOST] = { 0 };
    size_t at = m->raw.n;
    hf_view text;
    int style;

    for (uint32_t i = hf_tape_first(t, list); i != HF_NO_TOK && n < MOST;
         i = hf_tape_after(t, list, i)) {
        if (!hf_tok_i64(t, i, &number[n]))
            number[n] = 0;
        tok[n++] = i;
    }
    text = referred(m, tok, n, number);
    style = number[4] < 0 || number[4] > HF_SIDECAR_IN_COLUMN + HF_JSON_GO ? HF_JSON_PLAIN
                                                                           : (int)number[4];
    hf_sidecar_spell(&m->raw, text.p == NULL ? HF_V("?") : text, style);
    if (text.p != NULL)
        return; /* else "?", as an empty one might be no value */
    if (m->nstale == m->cap_stale) {
        m->cap_stale = m->cap_stale == 0 ? 16 : m->cap_stale * 2;
        m->stale = hf_realloc(m->stale, m->cap_stale, sizeof(*m->stale));
    }
    m->stale[m->nstale++] = (stale){ at, m->raw.n - at, style };
}

static hf_status put_segments(making *m, hf_err **err)
{
    enum {
        MOST = 64 << 20
    }; /* of one record; what refers to a text again and again can be longer */
    const hf_tape *t = &m->x->entry;
    uint32_t list = hf_tape_get(t, 0, "raw");

    if (list == HF_NO_TOK)
        return HF_OK;
    for (uint32_t i = hf_tape_first(t, list); i != HF_NO_TOK; i = hf_tape_after(t, list, i)) {
        if (m->raw.n > MOST)
            return hf_fail(err, HF_E_DAMAGED, "an entry makes a record of more than %d bytes",
                           MOST);
        if (hf_tok_type(t, i) == HF_JSON_ARRAY)
            put_reference(m, i);
        else
            hf_buf_add(&m->raw, hf_restore_bytes(t, i, m->b->mem));
    }
    return HF_OK;
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

/* Take the key that holds the last stale text out of the record, and others that it holds: blocks
 * that repeat a text that was edited since would contradict it. A column cannot go: it is emptied.
 */
static void drop_stale(making *m, const hf_record *parsed)
{
    const stale *last = &m->stale[--m->nstale];
    size_t at, n;

    if (last->style >= HF_SIDECAR_COLUMN) {
        splice(m, last->at, last->n, last->style == HF_SIDECAR_COLUMN ? HF_V("") : HF_V("\"\""));
        return;
    }
    if (!hf_merge_cut(parsed, last->at, &at, &n))
        return;
    splice(m, at, n, (hf_view){ "", 0 });
    while (m->nstale > 0 && m->stale[m->nstale - 1].at >= at)
        m->nstale--;
}

/* The target's reference in the source's terms; unknown ones stay. In m->b's arena, as the target's
 * batch does not live as long as the record. */
static hf_view referred_to(const making *m, const hf_record *r, const hf_value *v)
{
    const hf_restorer *x = m->x;
    hf_type type = hf_field_get(v->field)->type;
    hf_view id = { NULL, 0 };

    if (type == HF_TYPE_USER && x->names.user != NULL)
        id = x->names.user(x->names.self, v->text);
    else if (type == HF_TYPE_CHANNEL && x->names.channel != NULL)
        id = x->names.channel(x->names.self, v->text);
    else if (type == HF_TYPE_MESSAGE && hf_view_eq(v->text, m->target->id))
        id = r->id;
    else if (type == HF_TYPE_MESSAGE && x->message != NULL)
        id = x->message(x->self, m->target->scope, v->text, m->b->mem);
    return hf_arena_dup(m->b->mem, id.n > 0 ? id : v->text);
}

static hf_view in_source_terms(making *m, const hf_record *r, const hf_value *v)
{
    hf_buf out;
    hf_view text;

    if (v->text.p == NULL)
        return v->text;
    if (hf_field_get(v->field)->type == HF_TYPE_MARKUP)
        return hf_arena_dup(m->b->mem, converted(m, v));
    if (v->field != HF_F_MESSAGE_REACTION_NAME || m->target->dialect == m->format->dialect)
        return referred_to(m, r, v);
    hf_buf_init(&out, HF_BUF_UNBOUNDED);
    hf_emoji_name(m->format->dialect, v->text, &out);
    text = hf_arena_dup(m->b->mem, hf_buf_view(&out));
    hf_buf_clear(&out);
    return text;
}

/* The leaf that says a value of the record; NULL when none does, or it is not in the bytes. */
static const hf_leaf *leaf_of(const hf_record *r, const hf_value *v, size_t *at, size_t *n)
{
    size_t from = 0;

    for (uint32_t i = 0; i < r->nleaf; i++) {
        const hf_leaf *l = &r->leaf[i];
        const hf_value *own = l->value == 0 ? NULL : &r->value[l->value - 1];

        if (own != NULL && own->field == v->field && own->item == v->item) {
            *at = hf_sidecar_locate(r, l, from, n);
            return *at == HF_NPOS ? NULL : l;
        }
        if (hf_sidecar_is_inside(r, l))
            from = (size_t)(l->raw.p - r->raw.bytes.p) + l->raw.n;
    }
    return NULL;
}

/* A number spelled as a column spells the record's own: in its unit of time, or t and f. False when
 * the column does not show how. */
static bool spell_number(const hf_record *r, const hf_leaf *l, const hf_value *v, hf_buf *out)
{
    static const int64_t units[] = { 1, 1000, HF_SECOND_US };
    int64_t own = r->value[l->value - 1].num, n;

    if (hf_field_get(v->field)->type == HF_TYPE_BOOL &&
        (hf_view_is(l->raw, "t") || hf_view_is(l->raw, "f"))) {
        hf_buf_byte(out, v->num != 0 ? 't' : 'f');
        return true;
    }
    for (size_t i = 0; hf_view_i64(l->raw, &n) && i < sizeof(units) / sizeof(units[0]); i++) {
        if (n * units[i] != own || v->num % units[i] != 0)
            continue;
        hf_buf_printf(out, "%lld", (long long)(v->num / units[i]));
        return true;
    }
    return false;
}

/* Put the target's value where the record has the value of the same field; false when no single
 * leaf says it, or it can only be composed. */
static bool put_value(making *m, hf_record *r, const hf_value *v)
{
    hf_type type = hf_field_get(v->field)->type;
    bool is_text = type == HF_TYPE_TEXT || type == HF_TYPE_MARKUP, is_put;
    size_t at, n;
    const hf_leaf *l = leaf_of(r, v, &at, &n);
    bool is_column = l != NULL && l->spelling == HF_SPELL_COPY;
    hf_buf spelled;

    if (l == NULL || (!is_column && (!is_text || l->raw.p[0] != '"')))
        return false;
    hf_buf_init(&spelled, HF_BUF_UNBOUNDED);
    is_put = v->text.p != NULL || spell_number(r, l, v, &spelled);
    if (v->text.p != NULL && is_column)
        hf_copy_encode(&spelled, in_source_terms(m, r, v));
    else if (v->text.p != NULL)
        hf_sidecar_spell(&spelled, converted(m, v),
                         hf_sidecar_is_row(r) ? HF_SIDECAR_IN_COLUMN + HF_JSON_GO : HF_JSON_PHP);
    if (is_put)
        splice(m, at, n, hf_buf_view(&spelled));
    hf_buf_clear(&spelled);
    return is_put;
}

/* Take the values of a field out of the record. What its bytes say of them is then nobody's. */
static void drop_values(hf_batch *b, hf_record *r, hf_field f)
{
    uint32_t *now = hf_arena_alloc0(b->mem, (size_t)r->nvalue + 1, sizeof(*now));
    uint32_t kept = 0;

    for (uint32_t i = 0; i < r->nvalue; i++) {
        if (r->value[i].field == f)
            continue;
        r->value[kept++] = r->value[i];
        now[i + 1] = kept;
    }
    r->nvalue = kept;
    for (uint32_t i = 0; i < r->nleaf; i++)
        r->leaf[i].value = now[r->leaf[i].value];
}

/* The values of a field as the target says them, instead of the record's own. */
static void put_values(making *m, hf_record *r, hf_field f)
{
    uint32_t at = 0;

    drop_values(m->b, r, f);
    for (const hf_value *v = hf_rec_next(m->target, f, 0, &at); v != NULL;
         v = hf_rec_next(m->target, f, at + 1, &at)) {
        uint32_t index = hf_rec_text(m->b, r, f, v->item, in_source_terms(m, r, v));

        r->value[index].num = v->num;
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

/* List fields that say one thing together, item by item. */
static const struct {
    hf_field first, last;
} groups[] = {
    { HF_F_MESSAGE_REACTION_NAME, HF_F_MESSAGE_REACTION_COUNT },
    { HF_F_MESSAGE_FILE_ID, HF_F_MESSAGE_FILE_PATH },
    { HF_F_MESSAGE_CARD_TEXT, HF_F_MESSAGE_CARD_IMAGE },
    { HF_F_MESSAGE_VERSION_TEXT, HF_F_MESSAGE_VERSION_AT },
    { HF_F_CHANNEL_PIN_MESSAGE, HF_F_CHANNEL_PIN_AT },
};

/* When the target's items are not the record's own any more, what only the record says of its items
 * has no number to stand under; merging finds it again by the items' own ids. */
static void drop_unsaid(making *m, hf_record *r, bool *changed)
{
    for (size_t g = 0; g < sizeof(groups) / sizeof(groups[0]); g++) {
        bool any = false;

        for (int f = (int)groups[g].first; f <= (int)groups[g].last; f++)
            any = any || changed[f];
        for (int f = (int)groups[g].first; any && f <= (int)groups[g].last; f++)
            if (!changed[f])
                put_values(m, r, (hf_field)f);
    }
    if (changed[HF_F_MESSAGE_REACTION_NAME] || changed[HF_F_MESSAGE_REACTION_USER])
        changed[HF_F_MESSAGE_REACTION_COUNT] = true;
}

/* An order-free digest of a field's values. */
static uint64_t values_digest(const hf_record *r, hf_field f)
{
    uint64_t sum = 0;
    uint32_t at = 0;

    for (const hf_value *v = hf_rec_next(r, f, 0, &at); v != NULL;
         v = hf_rec_next(r, f, at + 1, &at))
        sum += hf_hash64(v->text, (uint64_t)v->num) | 1;
    return sum;
}

/* The bytes of the record with the changed fields as wanted has them; HF_END when its format cannot
 * compose it. */
static hf_status merge(making *m, const hf_record *identity, hf_record **out,
                       const hf_record *wanted, const bool *changed, hf_err **err)
{
    hf_record *other = hf_batch_add(m->b, wanted->kind);
    hf_status rc = HF_OK;
    hf_buf bytes;

    hf_buf_init(&bytes, HF_BUF_UNBOUNDED);
    *other = *wanted;
    other->value = NULL;
    other->leaf = NULL;
    other->nvalue = other->cap_value = other->nleaf = other->cap_leaf = 0;
    if (!m->format->compose(wanted, m->b->mem, &bytes))
        rc = HF_END;
    other->raw.bytes = hf_arena_dup(m->b->mem, hf_buf_view(&bytes));
    if (rc == HF_OK)
        rc = m->format->parse(m->b, other, m->x->paths, err);
    hf_buf_reset(&bytes);
    if (rc == HF_OK && !hf_merge(*out, other, changed, &bytes))
        rc = HF_END;
    m->b->n--;
    if (rc == HF_OK) {
        hf_buf_reset(&m->raw);
        hf_buf_add(&m->raw, hf_buf_view(&bytes));
        rc = parse(m, identity, out, err);
    }
    hf_buf_clear(&bytes);
    return rc;
}

/* Put the changes into the record's own bytes. What they have no place for stays a value without
 * bytes, and the record is marked. */
static hf_status compose_changes(making *m, const hf_record *identity, hf_record **out,
                                 const hf_field *list, size_t n, hf_err **err)
{
    hf_record *wanted = hf_batch_copy(m->b, *out);
    bool changed[HF_F_COUNT] = { false };
    hf_status rc;

    m->b->n--; /* a draft, not part of the stream */
    for (size_t i = 0; i < n; i++) {
        changed[list[i]] = true;
        put_values(m, wanted, list[i]);
    }
    drop_unsaid(m, wanted, changed);
    rc = merge(m, identity, out, wanted, changed, err);
    for (size_t i = 0; i < n && rc == HF_OK; i++) {
        if (values_digest(*out, list[i]) == values_digest(wanted, list[i]))
            continue;
        put_values(m, *out, list[i]);
        (*out)->flags |= HF_REC_EDITED;
    }
    return rc;
}

/* Do the record's bytes say this field? What another row says, such as the members of a channel,
 * has no leaf. */
static bool is_in_bytes(const hf_record *r, hf_field f)
{
    for (uint32_t i = 0; i < r->nleaf; i++)
        if (r->leaf[i].value != 0 && r->value[r->leaf[i].value - 1].field == f)
            return true;
    return !hf_sidecar_is_row(r);
}

/* Texts, and columns of any type, go into the record's bytes; other changes leave it without bytes,
 * to be composed. */
static hf_status replace_changes(making *m, const hf_record *identity, hf_record **out,
                                 const hf_field *list, size_t n, hf_err **err)
{
    hf_status rc = HF_OK;

    for (size_t i = 0; i < n && rc == HF_OK; i++) {
        const hf_value *v = hf_rec_get(m->target, list[i]);

        if (v != NULL && !hf_field_get(list[i])->is_list && put_value(m, *out, v)) {
            rc = parse(m, identity, out, err);
        } else if (!is_in_bytes(*out, list[i])) {
            put_values(m, *out, list[i]);
            (*out)->flags |= HF_REC_EDITED;
        } else {
            put_values(m, *out, list[i]);
            (*out)->nleaf = 0;
            (*out)->raw.bytes = (hf_view){ "", 0 };
        }
    }
    return rc;
}

/* Does the string at offset say a field that the target's value is put into? */
static bool is_replaced(const hf_record *r, size_t offset, const hf_field *list, size_t n)
{
    for (uint32_t i = 0; i < r->nleaf; i++) {
        const hf_leaf *l = &r->leaf[i];

        if (l->value == 0 || !hf_sidecar_is_inside(r, l) ||
            (size_t)(l->raw.p - r->raw.bytes.p) != offset)
            continue;
        for (size_t k = 0; k < n; k++)
            if (r->value[l->value - 1].field == list[k])
                return true;
    }
    return false;
}

static hf_status apply_changes(making *m, const hf_record *identity, hf_record **out,
                               const hf_field *list, size_t n, hf_err **err)
{
    hf_status rc = HF_OK;

    /* Stale parts first, from the last to the first, so that offsets stay true. */
    while (m->nstale > 0 && rc == HF_OK) {
        if (is_replaced(*out, m->stale[m->nstale - 1].at, list, n)) {
            m->nstale--;
            continue;
        }
        drop_stale(m, *out);
        rc = parse(m, identity, out, err);
    }
    if (rc != HF_OK || n == 0)
        return rc;
    rc = m->format->compose == NULL ? HF_END : compose_changes(m, identity, out, list, n, err);
    return rc == HF_END ? replace_changes(m, identity, out, list, n, err) : rc;
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

    *changed = 0;
    hf_buf_init(&m.raw, HF_BUF_UNBOUNDED);
    identity->kind = hf_kind_find(hf_tok_string(t, hf_tape_get(t, 0, "k"), b->mem));
    identity->origin = hf_restore_bytes(t, hf_tape_get(t, 0, "o"), b->mem);
    identity->scope = hf_restore_bytes(t, hf_tape_get(t, 0, "s"), b->mem);
    identity->id = hf_restore_bytes(t, hf_tape_get(t, 0, "i"), b->mem);
    if (hf_tape_get(t, 0, "g") != HF_NO_TOK && hf_tok_i64(t, hf_tape_get(t, 0, "g"), &flags))
        identity->flags = (unsigned)flags;
    m.format = format_of(x, b->mem);
    identity->format = m.format->name;
    if (!hf_kind_is_record(identity->kind))
        return hf_fail(err, HF_E_DAMAGED, "an entry is of no kind of record");
    rc = put_segments(&m, err);
    if (rc == HF_OK && m.raw.n == 0 &&
        target != NULL) { /* it never had bytes: the target's values are all there is */
        b->n--;
        *out = hf_batch_copy(b, target);
        (*out)->origin = identity->origin;
        (*out)->scope = identity->scope;
        (*out)->id = identity->id;
        hf_buf_clear(&m.raw);
        return HF_OK;
    }
    if (rc == HF_OK)
        rc = parse(&m, identity, out, err);
    n = changed_fields(&m, list, HF_F_COUNT);
    *changed = (unsigned)n;
    if (rc == HF_OK && (n > 0 || m.nstale > 0))
        rc = apply_changes(&m, identity, out, list, n, err);
    hf_free(m.stale);
    hf_buf_clear(&m.raw);
    return rc;
}
