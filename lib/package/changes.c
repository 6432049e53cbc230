/* package/changes.c: see changes.h. */
#include "package/changes.h"

#include "package/package_priv.h"
#include "text/secret.h"
#include "util/jsonw.h"

struct hf_changes {
    hf_vault *vault;
    int64_t after;
    bool keep_secrets;
    hf_arena *mem;
    hf_sink *sink;
    hf_buf line;
    hf_change_counts counts;
    hf_status failed;
    hf_err *why;
};

hf_status hf_changes_open(hf_changes **out, hf_package *p, hf_vault *v, int64_t after,
                          bool keep_secrets, hf_err **err)
{
    hf_changes *c = HF_NEW(hf_changes);
    char *path = hf_sprintf("%s/changes.jsonl", p->data);
    hf_status rc = hf_sink_open(&c->sink, path, HF_SINK_FILE, false, err);

    c->vault = v;
    c->after = after;
    c->keep_secrets = keep_secrets;
    c->mem = hf_arena_new();
    hf_buf_init(&c->line, HF_BUF_UNBOUNDED);
    if (rc == HF_OK)
        rc = hf_sink_member(c->sink, HF_V("changes.jsonl"), err);
    hf_free(path);
    if (rc != HF_OK) {
        hf_changes_abort(c);
        return rc;
    }
    *out = c;
    return HF_OK;
}

typedef struct listing {
    hf_jsonw w;
    const hf_changes *c;
    uint64_t n; /* versions since */
} listing;

static bool put_version(void *self, const hf_vault_version *v)
{
    listing *l = self;

    if (v->import <= l->c->after)
        return true;
    l->n++;
    hf_jsonw_object(&l->w, NULL);
    hf_jsonw_u64(&l->w, "n", v->n);
    hf_jsonw_i64(&l->w, "import", v->import);
    if (v->time_us != HF_NO_TIME)
        hf_jsonw_time(&l->w, "time", v->time_us);
    if (v->has_text)
        hf_jsonw_text(&l->w, "text",
                      l->c->keep_secrets ? v->text : hf_secret_mask(v->text, l->c->mem, NULL));
    hf_jsonw_end(&l->w, '}');
    return true;
}

/* Names of what happened, and the counts of messages. */
static void put_kinds(hf_changes *c, listing *l, const hf_record *r, const hf_vault_record *v)
{
    bool is_new = v->first_import > c->after, is_missing = v->missing_since > c->after;
    bool is_message = r->kind == HF_KIND_MESSAGE;
    uint64_t edited = !is_new && l->n > 0;

    hf_jsonw_array(&l->w, "change");
    if (is_new)
        hf_jsonw_str(&l->w, NULL, "new");
    if (edited)
        hf_jsonw_str(&l->w, NULL, "version");
    if (is_missing)
        hf_jsonw_str(&l->w, NULL, "missing");
    /* Another state, or seen again after it was missing: the row says that it changed and no more.
     */
    if (!is_new && !edited && !is_missing)
        hf_jsonw_str(&l->w, NULL, "state");
    hf_jsonw_end(&l->w, ']');
    c->counts.added += is_message && is_new;
    c->counts.edited += is_message && edited;
    c->counts.missing += is_message && is_missing;
    c->counts.states += is_message && !is_new && !edited && !is_missing;
}

static hf_status take(hf_changes *c, const hf_record *r, hf_err **err)
{
    listing l = { .c = c };
    hf_vault_record v;
    hf_status rc = hf_vault_find(c->vault, r->origin, r->kind, r->scope, r->id, &v, err);

    if (rc == HF_END || (rc == HF_OK && v.changed <= c->after))
        return HF_OK;
    hf_buf_reset(&c->line);
    hf_arena_reset(c->mem);
    hf_jsonw_init(&l.w, &c->line, 0);
    hf_jsonw_object(&l.w, NULL);
    hf_jsonw_str(&l.w, "kind", hf_kind_name(r->kind));
    hf_jsonw_text(&l.w, "origin", r->origin);
    if (r->scope.n > 0)
        hf_jsonw_text(&l.w, "channel", r->scope);
    hf_jsonw_text(&l.w, "id", r->id);
    hf_jsonw_u64(&l.w, "version", v.current);
    hf_jsonw_array(&l.w, "versions");
    if (rc == HF_OK)
        rc = hf_vault_versions(c->vault, v.rec, put_version, &l, err);
    hf_jsonw_end(&l.w, ']');
    put_kinds(c, &l, r, &v);
    hf_jsonw_end(&l.w, '}');
    hf_buf_byte(&c->line, '\n');
    return rc == HF_OK ? hf_sink_write(c->sink, hf_buf_view(&c->line), err) : rc;
}

void hf_changes_take(void *self, const hf_record *r)
{
    hf_changes *c = self;

    if (c->failed == HF_OK && hf_kind_is_record(r->kind))
        c->failed = take(c, r, &c->why);
}

hf_status hf_changes_close(hf_changes *c, hf_change_counts *counts, hf_err **err)
{
    hf_status rc = c->failed;

    if (rc == HF_OK) {
        rc = hf_sink_commit(c->sink, err);
        c->sink = NULL;
    } else if (err != NULL && *err == NULL) {
        *err = c->why;
        c->why = NULL;
    }
    if (counts != NULL)
        *counts = c->counts;
    hf_changes_abort(c);
    return rc;
}

void hf_changes_abort(hf_changes *c)
{
    if (c == NULL)
        return;
    hf_sink_abort(c->sink);
    hf_buf_clear(&c->line);
    hf_arena_free(c->mem);
    hf_err_free(c->why);
    hf_free(c);
}
