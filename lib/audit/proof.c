/* audit/proof.c: see proof.h. */
#include "audit/proof.h"

#include "audit/audit_priv.h"
#include "util/base64.h"

static const char first_line[] = "c2sp.org/tlog-proof@v1";

void hf_proof_put(hf_buf *out, const hf_proof *p)
{
    hf_buf_printf(out, "%s\n", first_line);
    if (p->extra.p != NULL) {
        hf_buf_str(out, "extra ");
        hf_buf_add(out, p->extra);
        hf_buf_byte(out, '\n');
    }
    hf_buf_printf(out, "index %llu\n", (unsigned long long)p->index);
    for (size_t i = 0; i < p->path.n; i++) {
        hf_base64_put(out, (hf_view){ (const char *)p->path.hash[i].b, sizeof(hf_sha256) });
        hf_buf_byte(out, '\n');
    }
    hf_buf_byte(out, '\n');
    hf_buf_add(out, p->checkpoint);
}

typedef struct lines {
    hf_view rest, line;
    uint64_t number; /* of line, from 1 */
} lines;

static bool next(lines *l)
{
    size_t end = hf_view_find_byte(l->rest, '\n');

    l->number++;
    if (end == HF_NPOS)
        return false;
    l->line = hf_view_sub(l->rest, 0, end);
    l->rest = hf_view_from(l->rest, end + 1);
    return true;
}

static hf_status wrong(const lines *l, const char *what, hf_err **err)
{
    return hf_fail(err, HF_E_DAMAGED, "not a tlog-proof: line %llu %s",
                   (unsigned long long)l->number, what);
}

static bool take(lines *l, hf_view with, hf_view *value)
{
    if (!hf_view_starts(l->line, with))
        return false;
    *value = hf_view_from(l->line, with.n);
    return true;
}

hf_status hf_proof_parse(hf_view text, hf_proof *out, hf_err **err)
{
    lines l = { .rest = text };
    hf_view value;
    hf_buf extra;
    bool ok;

    *out = (hf_proof){ 0 };
    if (!next(&l) || !hf_view_is(l.line, first_line))
        return wrong(&l, "is not \"c2sp.org/tlog-proof@v1\"", err);
    ok = next(&l);
    if (ok && take(&l, HF_V("extra "), &out->extra)) {
        hf_buf_init(&extra, HF_BUF_UNBOUNDED);
        ok = hf_audit_base64(out->extra, &extra);
        hf_buf_clear(&extra);
        if (!ok)
            return wrong(&l, "is not base64", err);
        ok = next(&l);
    }
    if (!ok || !take(&l, HF_V("index "), &value) || !hf_audit_number(value, &out->index))
        return wrong(&l, "is not \"index N\"", err);
    while ((ok = next(&l)) && l.line.n > 0) {
        if (out->path.n == HF_TREE_DEPTH)
            return wrong(&l, "is one hash too many", err);
        if (!hf_audit_hash(l.line, &out->path.hash[out->path.n++]))
            return wrong(&l, "is not a hash of 32 bytes", err);
    }
    if (!ok || l.rest.n == 0)
        return wrong(&l, "is not followed by a checkpoint", err);
    out->checkpoint = l.rest;
    return HF_OK;
}

hf_status hf_proof_holds(const hf_proof *p, hf_view leaf, hf_checkpoint *c, hf_err **err)
{
    hf_sha256 hash = hf_tree_leaf(leaf);
    hf_status rc = hf_checkpoint_read(p->checkpoint, c, err);

    if (rc == HF_OK && !hf_tree_holds(&p->path, p->index, c->size, &hash, &c->root))
        rc = hf_fail(err, HF_E_VERIFY,
                     "this is not entry %llu of the log of %llu entries that the proof names",
                     (unsigned long long)p->index, (unsigned long long)c->size);
    return rc;
}

hf_status hf_proof_check(const hf_proof *p, hf_view leaf, const hf_vkey *keys, size_t n,
                         hf_checkpoint *c, hf_err **err)
{
    hf_note *note = HF_NEW(hf_note);
    hf_status rc = hf_note_parse(p->checkpoint, note, err);

    if (rc == HF_OK)
        rc = hf_note_verify(note, keys, n, err);
    if (rc == HF_OK)
        rc = hf_proof_holds(p, leaf, c, err);
    hf_free(note);
    return rc;
}
