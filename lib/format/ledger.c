/* format/ledger.c: rows of the account; see ledger.h. The report's spelling is in report.c. */
#include "format/ledger.h"

#include "format/ledger_priv.h"
#include "format/mask.h"
#include "format/sidecar.h"
#include "text/secret.h"

#include <stdlib.h>

enum { SHORT_VALUE = 4096 };

static const char secret[] = "a token in an address";

hf_ledger *hf_ledger_new(hf_paths *paths, hf_sidecar *sidecar)
{
    hf_ledger *l = HF_NEW(hf_ledger);

    l->paths = paths;
    l->sidecar = sidecar;
    l->index = hf_map_new();
    l->digest = hf_sha256_new();
    hf_buf_init(&l->key, HF_BUF_UNBOUNDED);
    hf_buf_init(&l->covered, HF_BUF_UNBOUNDED);
    hf_buf_init(&l->digested, HF_BUF_UNBOUNDED);
    return l;
}

void hf_ledger_free(hf_ledger *l)
{
    if (l == NULL)
        return;
    hf_map_free(l->index);
    hf_sha256_free(l->digest);
    hf_buf_clear(&l->key);
    hf_buf_clear(&l->covered);
    hf_buf_clear(&l->digested);
    hf_free(l->row);
    hf_free(l->blind);
    hf_free(l);
}

void hf_ledger_mask(hf_ledger *l)
{
    l->masks = true;
}

void hf_ledger_formats(hf_ledger *l, const char *source, const char *target)
{
    l->source = source;
    l->target = target;
}

void hf_ledger_blind(hf_ledger *l, const char *path)
{
#ifdef HF_DEV
    hf_free(l->blind);
    l->blind = hf_strdup(path);
#else
    (void)l;
    (void)path;
#endif
}

/* The row of (path, field, state, how), made when new. */
static hf_ledger_row *look_up(hf_ledger *l, uint32_t path, hf_field field, hf_state state,
                              const char *how)
{
    uint32_t head[3] = { path, (uint32_t)field, (uint32_t)state };
    char key[sizeof(head) + 64];
    size_t n = sizeof(head), nhow = how == NULL ? 0 : strlen(how);
    hf_map_entry *e;
    bool fresh;

    if (nhow > sizeof(key) - n)
        nhow = sizeof(key) - n;
    memcpy(key, head, n);
    if (nhow > 0)
        memcpy(key + n, how, nhow);
    e = hf_map_put(l->index, (hf_view){ key, n + nhow }, &fresh);
    if (fresh) {
        if (l->nrow == l->cap_row) {
            l->cap_row = l->cap_row == 0 ? 64 : l->cap_row * 2;
            l->row = hf_realloc(l->row, l->cap_row, sizeof(*l->row));
        }
        l->row[l->nrow] =
            (hf_ledger_row){ hf_path_text(l->paths, path), field, state, how, 0, { 0, 0 } };
        e->v.u = l->nrow++;
    }
    return &l->row[e->v.u];
}

/* The same, by where the path's last value was counted: most fare like the one before. */
static inline hf_ledger_row *row_of(hf_ledger *l, uint32_t path, hf_field field, hf_state state,
                                    const char *how)
{
    uint32_t *recent = path < RECENT_ROWS ? &l->recent[path] : NULL;
    hf_ledger_row *row = recent == NULL || *recent == 0 ? NULL : &l->row[*recent - 1];

    if (row != NULL && row->field == field && row->state == state && row->how == how)
        return row;
    row = look_up(l, path, field, state, how);
    if (recent != NULL)
        *recent = (uint32_t)(row - l->row) + 1;
    return row;
}

/* Add a value to the row's digest, together with the path and the record's key (in l->key). */
static void digest(hf_ledger *l, hf_ledger_row *row, hf_view raw)
{
    hf_sha256 d;

    if (l->keyless != NULL) {
        hf_buf_reset(&l->key);
        hf_rec_key(l->keyless, &l->key);
        l->keyless = NULL;
    }
    hf_buf_reset(&l->digested);
    hf_buf_add(&l->digested, row->path);
    hf_buf_byte(&l->digested, '\0');
    hf_buf_add(&l->digested, hf_buf_view(&l->key));
    hf_buf_byte(&l->digested, '\0');
    hf_sha256_begin(l->digest);
    if (raw.n < SHORT_VALUE) { /* one call costs as much as a block of SHA-256 */
        hf_buf_add(&l->digested, raw);
        hf_sha256_add(l->digest, hf_buf_view(&l->digested));
    } else {
        hf_sha256_add(l->digest, hf_buf_view(&l->digested));
        hf_sha256_add(l->digest, raw);
    }
    d = hf_sha256_finish(l->digest);
    hf_setdigest_add(&row->digest, &d);
}

/* Count one value. */
static inline void count(hf_ledger *l, uint32_t path, hf_field field, hf_state state,
                         const char *how, hf_view raw)
{
    hf_ledger_row *row;

    if (l->blind != NULL && hf_view_is(hf_path_text(l->paths, path), l->blind))
        return;
    row = row_of(l, path, field, state, how);
    row->count++;
    l->total[state]++;
    if (state != HF_EXACT)
        digest(l, row, raw);
}

/* What the sidecar holds is not lost: the bytes of a record that has some (r NULL: of a member). */
static hf_state final_state(const hf_ledger *l, const hf_record *r, hf_state state)
{
    bool is_kept = l->sidecar != NULL && (r == NULL || r->raw.bytes.n > 0);

    return is_kept && (state == HF_LOST || state == HF_RAW_ONLY) ? HF_SIDECAR : state;
}

static bool is_secret(const hf_leaf *leaf)
{
    hf_arena *mem = hf_arena_new();
    bool yes = hf_mask_is_secret(leaf, mem);

    hf_arena_free(mem);
    return yes;
}

/* Count one leaf; true when the target says it exactly. */
static inline bool count_leaf(hf_ledger *l, const hf_record *r, const hf_leaf *leaf)
{
    const hf_value *v = leaf->value == 0 ? NULL : &r->value[leaf->value - 1];
    hf_state state = v == NULL ? HF_RAW_ONLY : v->state;
    const char *how = v == NULL ? NULL : v->how;

    if (r->is_raw_kept) { /* the very bytes are there */
        state = HF_EXACT;
        how = NULL;
    } else if (v != NULL && v->is_masked) {
        state = HF_MASKED;
        how = secret;
    }
    if (v != NULL)
        l->covered.p[leaf->value - 1] = 1;
    if (state == HF_EXACT && leaf->is_odd && !r->is_raw_kept) {
        state = HF_CHANGED;
        how = "written in the usual form of its type";
    }
    if (final_state(l, r, state) == HF_SIDECAR && l->masks && is_secret(leaf)) {
        state = HF_MASKED;
        how = secret;
    }
    count(l, leaf->path, v == NULL ? HF_F_NONE : v->field, final_state(l, r, state), how,
          leaf->raw);
    return state == HF_EXACT;
}

/* Is the target record found again under the same identity? Ids made from content have nothing to
 * keep. */
static bool keeps_identity(const hf_record *r, const hf_record *target)
{
    if ((r->flags & HF_REC_SYNTHETIC_ID) != 0)
        return target != NULL;
    return target != NULL && hf_view_eq(r->scope, target->scope) && hf_view_eq(r->id, target->id);
}

/* Values that no leaf stands behind (the kind of a channel, say, is told by the file it stands in).
 */
static void count_value(hf_ledger *l, const hf_record *r, const hf_value *v)
{
    uint32_t path = hf_path(l->paths, hf_view_str(hf_field_get(v->field)->path));
    hf_view raw = v->text.p != NULL ? v->text : (hf_view){ (const char *)&v->num, sizeof(v->num) };

    if (v->is_masked)
        count(l, path, v->field, HF_MASKED, secret, raw);
    else
        count(l, path, v->field, final_state(l, r, v->state), v->how, raw);
}

void hf_ledger_enter(hf_ledger *l, const hf_record *r)
{
    l->entered[r->kind]++;
}

#ifdef HF_DEV
/* Does the target, as its own reader gives it back, have this value? What is false or empty may be
 * absent. */
static bool has_value(const hf_record *target, const hf_value *v)
{
    uint32_t at = 0;

    if (v->text.n == 0 && v->num == 0)
        return true;
    for (const hf_value *t = hf_rec_next(target, v->field, 0, &at); t != NULL;
         t = hf_rec_next(target, v->field, at + 1, &at))
        if (t->num == v->num && hf_view_eq(t->text, v->text))
            return true;
    return false;
}

/* EXACT is never believed: in development builds every claim is held against what was written. */
static hf_status check_exact(const hf_record *r, const hf_record *target, hf_err **err)
{
    for (uint32_t i = 0; i < r->nvalue; i++)
        if (r->value[i].state == HF_EXACT && !has_value(target, &r->value[i]))
            return hf_fail(err, HF_E_INTERNAL,
                           "%s was settled exact, but the target does not say the same",
                           hf_field_get(r->value[i].field)->path);
    return HF_OK;
}
#endif

/* An entry of the sidecar without secrets: of the record that the masked bytes read as. */
static hf_status put_masked(hf_ledger *l, const hf_record *r, const hf_record *target, hf_err **err)
{
    const hf_format *f = hf_format_find(hf_view_str(r->format));
    hf_batch *b = hf_batch_new();
    hf_record *m = hf_batch_add(b, r->kind);
    hf_status rc;

    *m = *r;
    m->raw.bytes = hf_mask_raw(r, b->mem);
    if (m->raw.bytes.p != r->raw.bytes.p) {
        m->value = NULL;
        m->leaf = NULL;
        m->nvalue = m->cap_value = m->nleaf = m->cap_leaf = 0;
        /* What cannot be read alone stands as a whole: none of its texts is left out. */
        if (f == NULL || f->parse == NULL || f->parse(b, m, l->paths, NULL) != HF_OK)
            m->nleaf = 0;
    }
    rc = hf_sidecar_entry(l->sidecar, m, target, err);
    hf_batch_free(b);
    return rc;
}

hf_status hf_ledger_done(hf_ledger *l, const hf_record *r, const hf_record *target, hf_err **err)
{
    bool all_exact = true;

    l->done[r->kind]++;
#ifdef HF_DEV
    if (target != NULL && !r->is_raw_kept && check_exact(r, target, err) != HF_OK)
        return HF_E_INTERNAL;
#endif
    l->keyless = r;
    hf_buf_reset(&l->covered);
    hf_buf_reserve(&l->covered, r->nvalue + 1);
    memset(l->covered.p, 0, r->nvalue + 1);
    for (uint32_t i = 0; i < r->nleaf; i++)
        all_exact = count_leaf(l, r, &r->leaf[i]) && all_exact;
    for (uint32_t i = 0; i < r->nvalue; i++)
        if (l->covered.p[i] == 0) {
            count_value(l, r, &r->value[i]);
            all_exact = all_exact && r->value[i].state == HF_EXACT;
        }
    l->keyless = NULL;
    if (l->sidecar == NULL || (all_exact && keeps_identity(r, target)))
        return HF_OK;
    if (target == NULL && r->raw.bytes.n == 0) /* a scope took its bytes: nothing is left to say */
        return HF_OK;
    return l->masks ? put_masked(l, r, target, err) : hf_sidecar_entry(l->sidecar, r, target, err);
}

hf_status hf_ledger_made(hf_ledger *l, const hf_record *target, const char *why, hf_err **err)
{
    (void)why;
    l->made++;
    return l->sidecar == NULL ? HF_OK : hf_sidecar_made(l->sidecar, target, err);
}

hf_status hf_ledger_member(hf_ledger *l, const hf_record *member, hf_state state, hf_err **err)
{
    hf_state end = final_state(l, NULL, state);

    hf_buf_reset(&l->key);
    hf_buf_add(&l->key, member->u.member.name);
    count(l, hf_path(l->paths, HF_V("member")), HF_F_NONE, end, NULL, member->u.member.name);
    return end == HF_SIDECAR ? hf_sidecar_member(l->sidecar, member, err) : HF_OK;
}

hf_status hf_ledger_opaque(hf_ledger *l, const hf_record *bytes, hf_err **err)
{
    return l->sidecar == NULL ? HF_OK : hf_sidecar_bytes(l->sidecar, bytes, err);
}

/* Bytes that nobody could read, for the sidecar. */
static hf_status put_quarantine(hf_ledger *l, const hf_record *r, hf_err **err)
{
    hf_arena *mem = hf_arena_new();
    hf_record own = *r;
    hf_status rc;

    if (l->masks)
        own.raw.bytes = hf_secret_mask_json(r->raw.bytes, mem, NULL);
    rc = hf_sidecar_quarantine(l->sidecar, &own, err);
    hf_arena_free(mem);
    return rc;
}

hf_status hf_ledger_quarantine(hf_ledger *l, const hf_record *r, hf_state state, hf_err **err)
{
    static const char how[] = "unreadable, kept as bytes";

    state = final_state(l, NULL, state);
    l->quarantined++;
    hf_buf_reset(&l->key);
    hf_buf_u64(&l->key, r->raw.offset);
    count(l, hf_path(l->paths, HF_V("quarantine")), HF_F_NONE, state,
          state == HF_LOST ? "unreadable" : how, r->raw.bytes);
    return state == HF_SIDECAR ? put_quarantine(l, r, err) : HF_OK;
}

static int by_place(const void *a, const void *b)
{
    const hf_ledger_row *x = a, *y = b;
    int c = hf_view_cmp(x->path, y->path);

    if (c == 0)
        c = (x->field > y->field) - (x->field < y->field);
    if (c == 0)
        c = (x->state > y->state) - (x->state < y->state);
    if (c == 0)
        c = hf_view_cmp(hf_view_str(x->how), hf_view_str(y->how));
    return c;
}

void hf_ledger_close(hf_ledger *l)
{
    for (int k = 0; k < HF_KIND_COUNT; k++) {
        uint64_t missing = l->entered[k] - l->done[k];
        hf_ledger_row *row;

        if (l->entered[k] <= l->done[k])
            continue;
        row = row_of(l, hf_path(l->paths, hf_view_str(hf_kind_name((hf_kind)k))), HF_F_NONE,
                     HF_LOST, "the writer gave no account of these records");
        row->count += missing;
        l->total[HF_LOST] += missing;
    }
    memset(l->recent, 0, sizeof(l->recent)); /* rows move now */
    if (l->nrow > 0)
        qsort(l->row, l->nrow, sizeof(*l->row), by_place);
}

size_t hf_ledger_rows(const hf_ledger *l, const hf_ledger_row **rows)
{
    *rows = l->row;
    return l->nrow;
}

uint64_t hf_ledger_total(const hf_ledger *l, hf_state state)
{
    return l->total[state];
}

uint64_t hf_ledger_records(const hf_ledger *l, hf_kind kind)
{
    return l->entered[kind];
}

uint64_t hf_ledger_quarantined(const hf_ledger *l)
{
    return l->quarantined;
}
