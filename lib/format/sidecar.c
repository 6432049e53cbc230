/* format/sidecar.c: writing the sidecar; see sidecar.h.
 *
 * An entry's "raw" is a list of segments that make the record's bytes when joined: a text (these
 * bytes), an object {"b": base64} (bytes that are not UTF-8), or a list [field, item, offset,
 * length, style]: so many bytes of that target value, written as a JSON string in that style, or as
 * a column of COPY. Two more items, scope and id, say that it is the value of another message
 * written before: what a broadcast repeats of its root, what a notice quotes. Memory: one line, and
 * where the last 200,000 message texts stand.
 */
#include "format/sidecar.h"

#include "format/sidecar_priv.h"
#include "io/zst.h"
#include "util/base64.h"
#include "util/copytext.h"
#include "util/jsonw.h"
#include "util/utf8.h"

#include <stdlib.h>

struct hf_sidecar {
    hf_zstw *out;
    uint64_t nentries; /* lines besides the first */
    hf_buf line, text, spelled, document;
    hf_arena *mem;
    hf_batch *waiting[2]; /* records, each followed by its target (or a HF_KIND_NONE record); [1]
                             came later */
    hf_map *written; /* message texts of the target: where each stands (place, in written_mem) */
    hf_arena *written_mem;
};

typedef struct place {
    hf_view scope, id; /* of the target message */
} place;

bool hf_sidecar_is_first(const hf_record *r, uint32_t i)
{
    for (uint32_t k = 0; k < i; k++)
        if (r->value[k].field == r->value[i].field)
            return false;
    return true;
}

void hf_sidecar_field_digest(const hf_record *target, hf_field f, char out[HF_SIDECAR_DIGEST + 1])
{
    uint64_t h = 0;
    uint32_t at = 0;

    for (const hf_value *v = hf_rec_next(target, f, 0, &at); v != NULL;
         v = hf_rec_next(target, f, at + 1, &at)) {
        h = hf_hash64(v->text, h ^ (uint64_t)v->num);
        h = hf_hash64((hf_view){ (const char *)&v->item, sizeof(v->item) }, h);
    }
    for (int i = 0; i < HF_SIDECAR_DIGEST; i++)
        out[i] = "0123456789abcdef"[h >> (60 - 4 * i) & 15];
    out[HF_SIDECAR_DIGEST] = '\0';
}

void hf_sidecar_target_key(const hf_record *target, hf_buf *out)
{
    hf_buf_reset(out);
    hf_buf_str(out, hf_kind_name(target->kind));
    hf_buf_byte(out, '\0');
    hf_buf_add(out, target->scope);
    hf_buf_byte(out, '\0');
    hf_buf_add(out, target->id);
}

static hf_status put_line(hf_sidecar *s, hf_err **err)
{
    s->nentries++;
    hf_buf_byte(&s->line, '\n');
    return hf_zstw_write(s->out, hf_buf_view(&s->line), err);
}

static void begin(hf_sidecar *s, hf_jsonw *w, const char *kind)
{
    hf_buf_reset(&s->line);
    hf_arena_reset(s->mem);
    hf_jsonw_init(w, &s->line, 0);
    hf_jsonw_object(w, NULL);
    hf_jsonw_str(w, "k", kind);
}

/* A text that may hold any bytes: a JSON string when it can, {"b": base64} when it must. */
static void put_bytes(hf_sidecar *s, hf_jsonw *w, const char *key, hf_view bytes)
{
    if (hf_utf8_is_valid(bytes)) {
        hf_jsonw_text(w, key, bytes);
        return;
    }
    hf_buf_reset(&s->text);
    hf_base64_put(&s->text, bytes);
    hf_jsonw_object(w, key);
    hf_jsonw_text(w, "b", hf_buf_view(&s->text));
    hf_jsonw_end(w, '}');
}

static void put_identity(hf_sidecar *s, hf_jsonw *w, const hf_record *r)
{
    put_bytes(s, w, "o", r->origin);
    if (r->scope.n > 0)
        put_bytes(s, w, "s", r->scope);
    put_bytes(s, w, "i", r->id);
    if ((r->flags & ~(unsigned)HF_REC_EDITED) != 0)
        hf_jsonw_u64(w, "g", r->flags & ~(unsigned)HF_REC_EDITED);
    if (r->format != NULL)
        hf_jsonw_str(w, "x", r->format);
}

static void put_target(hf_sidecar *s, hf_jsonw *w, const hf_record *target)
{
    hf_jsonw_object(w, "t");
    hf_jsonw_str(w, "k", hf_kind_name(target->kind));
    put_bytes(s, w, "s", target->scope);
    put_bytes(s, w, "i", target->id);
    hf_jsonw_object(w, "f");
    for (uint32_t i = 0; i < target->nvalue; i++) {
        char digest[HF_SIDECAR_DIGEST + 1];

        if (!hf_sidecar_is_first(target, i))
            continue;
        hf_sidecar_field_digest(target, target->value[i].field, digest);
        hf_jsonw_str(w, hf_field_get(target->value[i].field)->path, digest);
    }
    hf_jsonw_end(w, '}');
    hf_jsonw_end(w, '}');
}

/* May the source value be restored from that field of the target? A name or title that is no
 * message text is the source's own, whatever repeats it: it must outlive an edit of the other. */
static bool may_carry(const hf_value *value, hf_field field)
{
    hf_type type = value == NULL ? HF_TYPE_MARKUP : hf_field_get(value->field)->type;

    return type == HF_TYPE_MARKUP || value->field == field;
}

/* The target text value that carries text verbatim, whole or (from 4 bytes on) as a part. */
static const hf_value *find_carrier(const hf_record *target, const hf_value *value, hf_view text,
                                    size_t *at)
{
    enum { SHORTEST_PART = 4 };
    const hf_value *part = NULL;

    for (uint32_t i = 0; target != NULL && text.n > 0 && i < target->nvalue; i++) {
        const hf_value *v = &target->value[i];
        size_t hit;

        if (v->text.n < text.n || !may_carry(value, v->field))
            continue;
        if (v->text.n == text.n && memcmp(v->text.p, text.p, text.n) == 0) {
            *at = 0;
            return v;
        }
        if (part != NULL || text.n < SHORTEST_PART)
            continue;
        hit = hf_view_find(v->text, text);
        if (hit != HF_NPOS) {
            part = v;
            *at = hit;
        }
    }
    return part;
}

void hf_sidecar_spell(hf_buf *out, hf_view text, int style)
{
    hf_buf json;

    if (style < HF_SIDECAR_COLUMN) {
        hf_json_put_string(out, text, (hf_json_style)style);
    } else if (style == HF_SIDECAR_COLUMN) {
        hf_copy_encode(out, text);
    } else {
        hf_buf_init(&json, HF_BUF_UNBOUNDED);
        hf_json_put_string(&json, text, (hf_json_style)(style - HF_SIDECAR_IN_COLUMN));
        hf_copy_encode(out, hf_buf_view(&json));
        hf_buf_clear(&json);
    }
}

bool hf_sidecar_is_inside(const hf_record *r, const hf_leaf *l)
{
    uintptr_t at = (uintptr_t)l->raw.p, from = (uintptr_t)r->raw.bytes.p;

    return at >= from && at + l->raw.n <= from + r->raw.bytes.n;
}

size_t hf_sidecar_locate(const hf_record *r, const hf_leaf *l, size_t from, size_t *n)
{
    hf_buf spelled;
    size_t at;

    *n = l->raw.n;
    if (hf_sidecar_is_inside(r, l))
        return (size_t)(l->raw.p - r->raw.bytes.p);
    if (l->spelling != HF_SPELL_JSON)
        return HF_NPOS;
    hf_buf_init(&spelled, HF_BUF_UNBOUNDED);
    hf_copy_encode(&spelled, l->raw);
    *n = spelled.n;
    at = hf_view_find(hf_view_from(r->raw.bytes, from), hf_buf_view(&spelled));
    hf_buf_clear(&spelled);
    return at == HF_NPOS ? HF_NPOS : from + at;
}

bool hf_sidecar_is_row(const hf_record *r)
{
    for (uint32_t i = 0; i < r->nleaf; i++)
        if (r->leaf[i].spelling == HF_SPELL_COPY)
            return true;
    return false;
}

/* The style that spells text as raw; -1 when none gives these bytes. */
static int style_of(hf_sidecar *s, hf_view text, hf_view raw, const int *styles, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        hf_buf_reset(&s->spelled);
        hf_sidecar_spell(&s->spelled, text, styles[i]);
        if (hf_view_eq(hf_buf_view(&s->spelled), raw))
            return styles[i];
    }
    return -1;
}

/* Where another message of the target, written before, carries text as a whole; NULL when none
 * does. */
static const place *find_elsewhere(const hf_sidecar *s, hf_view text)
{
    enum { SHORTEST_COPY = 8 };
    hf_map_entry *e = text.n < SHORTEST_COPY ? NULL : hf_map_get(s->written, text);

    return e == NULL ? NULL : e->v.p;
}

static void note_written(hf_sidecar *s, const hf_record *target)
{
    enum { KEPT = 200000 };
    hf_view text = hf_rec_get_text(target, HF_F_MESSAGE_TEXT);
    hf_map_entry *e;
    bool fresh;
    place *p;

    if (text.n == 0)
        return;
    if (hf_map_count(s->written) >= KEPT) {
        hf_map_free(s->written);
        s->written = hf_map_new();
        hf_arena_reset(s->written_mem);
    }
    e = hf_map_put(s->written, text, &fresh);
    if (!fresh)
        return;
    p = hf_arena_alloc(s->written_mem, sizeof(*p));
    p->scope = hf_arena_dup(s->written_mem, target->scope);
    p->id = hf_arena_dup(s->written_mem, target->id);
    e->v.p = p;
}

/* other NULL: of the entry's own target record. */
static void put_reference(hf_sidecar *s, hf_jsonw *w, hf_field field, uint32_t item, size_t at,
                          size_t n, int style, const place *other)
{
    hf_jsonw_array(w, NULL);
    hf_jsonw_str(w, NULL, hf_field_get(field)->path);
    hf_jsonw_u64(w, NULL, item);
    hf_jsonw_u64(w, NULL, at);
    hf_jsonw_u64(w, NULL, n);
    hf_jsonw_i64(w, NULL, style);
    if (other != NULL) {
        put_bytes(s, w, NULL, other->scope);
        put_bytes(s, w, NULL, other->id);
    }
    hf_jsonw_end(w, ']');
}

/* A leaf that becomes a reference. */
typedef struct span {
    size_t at, n; /* in the record's bytes */
    hf_view text;
    int style;
    const hf_value *carrier; /* of the entry's target; NULL: other is */
    size_t part;             /* where the text begins in it */
    const place *other;
} span;

static int by_place(const void *a, const void *b)
{
    const span *x = a, *y = b;

    return x->at < y->at ? -1 : x->at > y->at;
}

/* May these bytes be a text? A column of COPY does not say: one that nobody took is held for a
 * number, an id or a word of the program when it is short or made of letters and digits. */
static bool may_be_text(const hf_leaf *l)
{
    enum { SHORTEST_COLUMN = 4 };

    if (l->is_odd)
        return false;
    if (l->spelling == HF_SPELL_JSON)
        return l->raw.n >= 3 && l->raw.p[0] == '"';
    if (l->value != 0 || hf_copy_is_null(l->raw))
        return l->raw.n > 0 && !hf_copy_is_null(l->raw);
    for (size_t i = 0; l->raw.n >= SHORTEST_COLUMN && i < l->raw.n; i++) {
        char c = l->raw.p[i];

        if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z'))
            return true;
    }
    return false;
}

/* Find who carries the text of a leaf, and how it is spelled; false when it must stand as it is. */
static bool find_reference(hf_sidecar *s, const hf_record *r, const hf_record *target,
                           const hf_leaf *l, bool is_row, size_t from, span *out)
{
    static const int json[] = { HF_JSON_PHP, HF_JSON_PLAIN, HF_JSON_GO };
    static const int column[] = { HF_SIDECAR_COLUMN };
    static const int in_column[] = { HF_SIDECAR_IN_COLUMN + HF_JSON_GO,
                                     HF_SIDECAR_IN_COLUMN + HF_JSON_PLAIN,
                                     HF_SIDECAR_IN_COLUMN + HF_JSON_PHP };
    const hf_value *value = l->value == 0 ? NULL : &r->value[l->value - 1];
    bool is_column = l->spelling == HF_SPELL_COPY;
    hf_view raw;

    if (!may_be_text(l))
        return false;
    *out = (span){ .text = hf_view_from(hf_leaf_plain(l, s->mem), 1) }; /* without its mark */
    out->carrier = find_carrier(target, value, out->text, &out->part);
    if (out->carrier == NULL && may_carry(value, HF_F_MESSAGE_TEXT))
        out->other = find_elsewhere(s, out->text);
    if (out->carrier == NULL && out->other == NULL)
        return false;
    out->at = hf_sidecar_locate(r, l, from, &out->n);
    if (out->at == HF_NPOS)
        return false;
    raw = hf_view_sub(r->raw.bytes, out->at, out->n);
    if (is_column)
        out->style = style_of(s, out->text, raw, column, 1);
    else
        out->style = style_of(s, out->text, raw, is_row ? in_column : json, 3);
    if (out->style < 0 && !is_row)
        out->style = HF_JSON_PLAIN; /* the same text, escaped in another way */
    return out->style >= 0;
}

/* In the order of the record's bytes, which need not be that of its leaves. */
static size_t find_references(hf_sidecar *s, const hf_record *r, const hf_record *target,
                              span **list)
{
    bool is_row = hf_sidecar_is_row(r);
    size_t n = 0, from = 0;

    *list = hf_arena_alloc(s->mem, ((size_t)r->nleaf + 1) * sizeof(span));
    for (uint32_t i = 0; i < r->nleaf; i++) {
        if (hf_sidecar_is_inside(r, &r->leaf[i]))
            from = (size_t)(r->leaf[i].raw.p - r->raw.bytes.p);
        if (!find_reference(s, r, target, &r->leaf[i], is_row, from, &(*list)[n]))
            continue;
        from = (*list)[n].at + (*list)[n].n;
        n++;
    }
    if (n > 1)
        qsort(*list, n, sizeof(span), by_place);
    return n;
}

/* The literal bytes before a reference or at the end; the first ones with the head of the document.
 */
static void put_literal(hf_sidecar *s, hf_jsonw *w, const hf_record *r, size_t from, size_t to)
{
    hf_view bytes = hf_view_sub(r->raw.bytes, from, to - from);

    if (from > 0 || r->raw.head.n == 0) {
        if (bytes.n > 0)
            put_bytes(s, w, NULL, bytes);
        return;
    }
    hf_buf_reset(&s->document);
    hf_buf_add(&s->document, r->raw.head);
    hf_buf_add(&s->document, bytes);
    put_bytes(s, w, NULL, hf_buf_view(&s->document));
}

static void put_raw(hf_sidecar *s, hf_jsonw *w, const hf_record *r, const hf_record *target)
{
    size_t done = 0; /* bytes of raw already in a segment */
    span *list;
    size_t n = r->raw.bytes.n == 0 ? 0 : find_references(s, r, target, &list);

    hf_jsonw_array(w, "raw");
    for (size_t i = 0; i < n; i++) {
        const span *x = &list[i];

        if (x->at < done)
            continue;
        put_literal(s, w, r, done, x->at);
        put_reference(s, w, x->carrier != NULL ? x->carrier->field : HF_F_MESSAGE_TEXT,
                      x->carrier != NULL ? x->carrier->item : 0, x->part, x->text.n, x->style,
                      x->other);
        done = x->at + x->n;
    }
    if (done < r->raw.bytes.n)
        put_literal(s, w, r, done, r->raw.bytes.n);
    hf_jsonw_end(w, ']');
}

static hf_status put_entry(hf_sidecar *s, const hf_record *r, const hf_record *target, hf_err **err)
{
    hf_jsonw w;

    begin(s, &w, hf_kind_name(r->kind));
    put_identity(s, &w, r);
    if (target != NULL)
        put_target(s, &w, target);
    put_raw(s, &w, r, target);
    hf_jsonw_end(&w, '}');
    return put_line(s, err);
}

/* Write the entries that waited longest. */
static hf_status put_waiting(hf_sidecar *s, hf_err **err)
{
    hf_batch *b = s->waiting[0];
    hf_status rc = HF_OK;

    for (size_t i = 0; i + 1 < b->n && rc == HF_OK; i += 2)
        rc = put_entry(s, b->rec[i], b->rec[i + 1]->kind == HF_KIND_NONE ? NULL : b->rec[i + 1],
                       err);
    hf_batch_free(b);
    s->waiting[0] = s->waiting[1];
    s->waiting[1] = hf_batch_new();
    return rc;
}

hf_status hf_sidecar_entry(hf_sidecar *s, const hf_record *r, const hf_record *target, hf_err **err)
{
    hf_status rc = hf_batch_is_full(s->waiting[1]) ? put_waiting(s, err) : HF_OK;

    hf_batch_copy(s->waiting[1], r);
    if (target == NULL)
        hf_batch_add(s->waiting[1], HF_KIND_NONE);
    else
        hf_batch_copy(s->waiting[1], target);
    if (target != NULL)
        note_written(s, target);
    return rc;
}

hf_status hf_sidecar_made(hf_sidecar *s, const hf_record *target, hf_err **err)
{
    hf_jsonw w;

    begin(s, &w, "made");
    put_target(s, &w, target);
    hf_jsonw_end(&w, '}');
    return put_line(s, err);
}

hf_status hf_sidecar_member(hf_sidecar *s, const hf_record *member, hf_err **err)
{
    const hf_rec_member *m = &member->u.member;
    hf_jsonw w;

    begin(s, &w, "member");
    hf_jsonw_u64(&w, "ordinal", m->ordinal);
    put_bytes(s, &w, "name", m->name);
    hf_jsonw_i64(&w, "type", m->type);
    hf_jsonw_u64(&w, "size", m->size);
    hf_jsonw_u64(&w, "mode", m->mode);
    if (m->link.n > 0)
        put_bytes(s, &w, "link", m->link);
    if (m->file_id.n > 0)
        put_bytes(s, &w, "file_id", m->file_id);
    hf_jsonw_end(&w, '}');
    return put_line(s, err);
}

hf_status hf_sidecar_bytes(hf_sidecar *s, const hf_record *bytes, hf_err **err)
{
    hf_jsonw w;

    begin(s, &w, "bytes");
    put_bytes(s, &w, "data", bytes->raw.bytes);
    hf_jsonw_end(&w, '}');
    return put_line(s, err);
}

hf_status hf_sidecar_quarantine(hf_sidecar *s, const hf_record *r, hf_err **err)
{
    hf_jsonw w;

    begin(s, &w, "quarantine");
    hf_jsonw_str(&w, "reason", r->u.quarantine.reason);
    put_bytes(s, &w, "data", r->raw.bytes);
    hf_jsonw_end(&w, '}');
    return put_line(s, err);
}

static void free_sidecar(hf_sidecar *s)
{
    hf_buf_clear(&s->line);
    hf_buf_clear(&s->text);
    hf_buf_clear(&s->spelled);
    hf_buf_clear(&s->document);
    hf_arena_free(s->mem);
    hf_batch_free(s->waiting[0]);
    hf_batch_free(s->waiting[1]);
    hf_map_free(s->written);
    hf_arena_free(s->written_mem);
    hf_free(s);
}

hf_status hf_sidecar_create(hf_sidecar **out, const char *path, const char *source_format,
                            hf_view origin, const char *target_format, bool overwrite, hf_err **err)
{
    hf_sidecar *s = HF_NEW(hf_sidecar);
    hf_status rc = hf_zstw_open(&s->out, path, overwrite, err);
    hf_jsonw w;

    hf_buf_init(&s->line, HF_BUF_UNBOUNDED);
    hf_buf_init(&s->text, HF_BUF_UNBOUNDED);
    hf_buf_init(&s->spelled, HF_BUF_UNBOUNDED);
    hf_buf_init(&s->document, HF_BUF_UNBOUNDED);
    s->mem = hf_arena_new();
    s->waiting[0] = hf_batch_new();
    s->waiting[1] = hf_batch_new();
    s->written = hf_map_new();
    s->written_mem = hf_arena_new();
    if (rc == HF_OK) {
        begin(s, &w, "sidecar");
        hf_jsonw_str(&w, "schema", HF_SIDECAR_SCHEMA);
        hf_jsonw_str(&w, "source_format", source_format);
        put_bytes(s, &w, "origin", origin);
        hf_jsonw_str(&w, "target_format", target_format);
        hf_jsonw_end(&w, '}');
        rc = put_line(s, err);
        s->nentries = 0;
    }
    if (rc != HF_OK) {
        hf_sidecar_abort(s);
        return rc;
    }
    *out = s;
    return HF_OK;
}

hf_status hf_sidecar_commit(hf_sidecar *s, uint64_t *bytes, hf_err **err)
{
    hf_status rc = put_waiting(s, err);

    if (rc == HF_OK)
        rc = put_waiting(s, err);
    *bytes = 0;
    if (rc != HF_OK || s->nentries == 0) {
        hf_sidecar_abort(s); /* the target says everything: there is nothing to lay beside it */
        return rc;
    }
    rc = hf_zstw_commit(s->out, bytes, err);
    free_sidecar(s);
    return rc;
}

void hf_sidecar_abort(hf_sidecar *s)
{
    if (s == NULL)
        return;
    hf_zstw_abort(s->out);
    free_sidecar(s);
}
