/* format/sidecar.c: writing the sidecar; see sidecar.h.
 *
 * An entry's "raw" is a list of segments that make the record's bytes when joined: a text (these
 * bytes), an object {"b": base64} (bytes that are not UTF-8), or a list [field, item, offset,
 * length, style]: so many bytes of that target value, written as a JSON string in that style. Two
 * more items, scope and id, say that it is the value of another message written before: what a
 * broadcast repeats of its root, what a notice quotes. Memory: one line, and where the last 200,000
 * message texts stand.
 */
#include "format/sidecar.h"

#include "format/sidecar_priv.h"
#include "io/zst.h"
#include "util/base64.h"
#include "util/jsonw.h"
#include "util/utf8.h"

struct hf_sidecar {
    hf_zstw *out;
    uint64_t nentries; /* lines besides the first */
    hf_buf line, text, spelled;
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

/* The style in which text is spelled as raw; HF_JSON_PLAIN when none gives these bytes. */
static hf_json_style style_of(hf_sidecar *s, hf_view text, hf_view raw)
{
    static const hf_json_style styles[] = { HF_JSON_PHP, HF_JSON_PLAIN, HF_JSON_GO };

    for (size_t i = 0; i < sizeof(styles) / sizeof(styles[0]); i++) {
        hf_buf_reset(&s->spelled);
        hf_json_put_string(&s->spelled, text, styles[i]);
        if (hf_view_eq(hf_buf_view(&s->spelled), raw))
            return styles[i];
    }
    return HF_JSON_PLAIN;
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
                          size_t n, hf_json_style style, const place *other)
{
    hf_jsonw_array(w, NULL);
    hf_jsonw_str(w, NULL, hf_field_get(field)->path);
    hf_jsonw_u64(w, NULL, item);
    hf_jsonw_u64(w, NULL, at);
    hf_jsonw_u64(w, NULL, n);
    hf_jsonw_u64(w, NULL, (uint64_t)style);
    if (other != NULL) {
        put_bytes(s, w, NULL, other->scope);
        put_bytes(s, w, NULL, other->id);
    }
    hf_jsonw_end(w, ']');
}

static void put_raw(hf_sidecar *s, hf_jsonw *w, const hf_record *r, const hf_record *target)
{
    size_t done = 0; /* bytes of raw already in a segment */

    hf_jsonw_array(w, "raw");
    for (uint32_t i = 0; i < r->nleaf; i++) {
        const hf_leaf *l = &r->leaf[i];
        size_t start = (size_t)(l->raw.p - r->raw.bytes.p), at = 0;
        const hf_value *value = l->value == 0 ? NULL : &r->value[l->value - 1], *carrier;
        const place *other;
        hf_view text;

        if (l->raw.n < 3 || l->raw.p[0] != '"' || l->raw.p < r->raw.bytes.p || start < done ||
            start + l->raw.n > r->raw.bytes.n || l->is_odd)
            continue;
        text =
            hf_view_from(hf_leaf_plain(l, s->mem), 1); /* without the quote that marks a string */
        carrier = find_carrier(target, value, text, &at);
        other = carrier != NULL || !may_carry(value, HF_F_MESSAGE_TEXT) ? NULL
                                                                        : find_elsewhere(s, text);
        if (carrier == NULL && other == NULL)
            continue;
        if (start > done)
            put_bytes(s, w, NULL, hf_view_sub(r->raw.bytes, done, start - done));
        put_reference(s, w, carrier != NULL ? carrier->field : HF_F_MESSAGE_TEXT,
                      carrier != NULL ? carrier->item : 0, at, text.n, style_of(s, text, l->raw),
                      other);
        done = start + l->raw.n;
    }
    if (done < r->raw.bytes.n)
        put_bytes(s, w, NULL, hf_view_from(r->raw.bytes, done));
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
