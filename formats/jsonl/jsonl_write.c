/* formats/jsonl/jsonl_write.c: see jsonl.c. Memory: one line. */
#include "jsonl.h"

#include "format/ledger.h"
#include "format/mask.h"
#include "util/base64.h"
#include "util/jsonw.h"
#include "util/utf8.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct jsonl_writer {
    hf_writer base; /* must stay first */
    hf_sink *sink;
    hf_ledger *ledger;
    bool keep_secrets;
    hf_buf line, document, scratch;
    const hf_value **sorted; /* of the list at hand */
    uint32_t cap;
} jsonl_writer;

static const char *const dialects[] = { "plain", "mrkdwn", "markdown" };

/* key: text, or key_base64 when it is not UTF-8. */
static void put_bytes(jsonl_writer *w, hf_jsonw *j, const char *key, hf_view bytes)
{
    char other[64];

    if (hf_utf8_is_valid(bytes)) {
        hf_jsonw_text(j, key, bytes);
        return;
    }
    hf_buf_reset(&w->scratch);
    hf_base64_put(&w->scratch, bytes);
    snprintf(other, sizeof(other), "%s_base64", key);
    hf_jsonw_text(j, other, hf_buf_view(&w->scratch));
}

static void put_value(hf_jsonw *j, const char *key, const hf_value *v)
{
    char time[40];

    switch (hf_field_get(v->field)->type) {
    case HF_TYPE_TIME:
        hf_time_format(v->num, time);
        hf_jsonw_str(j, key, time);
        break;
    case HF_TYPE_INT:
        hf_jsonw_i64(j, key, v->num);
        break;
    case HF_TYPE_BOOL:
        hf_jsonw_bool(j, key, v->num != 0);
        break;
    case HF_TYPE_TEXT:
    case HF_TYPE_MARKUP:
    case HF_TYPE_USER:
    case HF_TYPE_CHANNEL:
    case HF_TYPE_MESSAGE:
        hf_jsonw_text(j, key, v->text);
        break;
    }
}

static int by_item(const void *a, const void *b)
{
    const hf_value *x = *(const hf_value *const *)a, *y = *(const hf_value *const *)b;

    if (x->item != y->item)
        return x->item < y->item ? -1 : 1;
    return x < y ? -1 : x > y;
}

/* Items of one list: all fields of the group with the same item number make one object. A list may
 * have a million items (a channel's members): each value is looked at once. */
static void put_group(jsonl_writer *w, hf_jsonw *j, const hf_record *r, hf_view group)
{
    uint32_t n = 0, item = 0;

    if (w->cap < r->nvalue) {
        w->cap = r->nvalue;
        w->sorted = hf_realloc(w->sorted, w->cap, sizeof(const hf_value *));
    }
    for (uint32_t i = 0; i < r->nvalue; i++)
        if (hf_view_eq(hf_jsonl_group(hf_field_get(r->value[i].field)), group))
            w->sorted[n++] = &r->value[i];
    qsort(w->sorted, n, sizeof(const hf_value *), by_item);
    hf_jsonw_key(j, group);
    hf_jsonw_array(j, NULL);
    for (uint32_t i = 0; i < n; item++) {
        hf_jsonw_object(j, NULL);
        for (; i < n && w->sorted[i]->item == item; i++)
            put_value(j, hf_field_get(w->sorted[i]->field)->path + group.n + 1, w->sorted[i]);
        hf_jsonw_end(j, '}');
    }
    hf_jsonw_end(j, ']');
}

static bool group_is_new(const hf_record *r, uint32_t at, hf_view group)
{
    for (uint32_t i = 0; i < at; i++)
        if (hf_view_eq(hf_jsonl_group(hf_field_get(r->value[i].field)), group))
            return false;
    return true;
}

/* raw: r's bytes as they may leave. */
static void put_record(jsonl_writer *w, hf_jsonw *j, const hf_record *r, hf_view raw)
{
    put_bytes(w, j, "origin", r->origin);
    put_bytes(w, j, "scope", r->scope);
    put_bytes(w, j, "id", r->id);
    if (r->time_us != HF_NO_TIME)
        hf_jsonw_time(j, "time", r->time_us);
    if (r->flags != 0)
        hf_jsonw_u64(j, "flags", r->flags);
    hf_jsonw_str(j, "dialect", dialects[r->dialect]);
    hf_jsonw_object(j, "values");
    for (uint32_t i = 0; i < r->nvalue; i++) {
        const hf_field_info *f = hf_field_get(r->value[i].field);
        hf_view group = hf_jsonl_group(f);

        if (group.n == 0)
            put_value(j, f->path, &r->value[i]);
        else if (group_is_new(r, i, group))
            put_group(w, j, r, group);
    }
    hf_jsonw_end(j, '}');
    if (raw.n > 0 && r->format != NULL) {
        hf_jsonw_str(j, "format", r->format);
        hf_buf_reset(&w->document);
        hf_buf_add(&w->document, r->raw.head);
        hf_buf_add(&w->document, raw);
        put_bytes(w, j, "raw", hf_buf_view(&w->document));
    }
}

static void put_coverage(hf_jsonw *j, const hf_rec_coverage *c)
{
    hf_jsonw_i64(j, "first_day", c->first_day);
    hf_jsonw_i64(j, "last_day", c->last_day);
    if (c->kind != HF_KIND_NONE)
        hf_jsonw_str(j, "kind", hf_kind_name(c->kind));
    if (c->is_count)
        hf_jsonw_u64(j, "rows", c->rows);
}

static void put_container(jsonl_writer *w, hf_jsonw *j, const hf_record *r)
{
    if (r->kind == HF_KIND_MEMBER) {
        const hf_rec_member *m = &r->u.member;

        put_bytes(w, j, "name", m->name);
        hf_jsonw_u64(j, "ordinal", m->ordinal);
        hf_jsonw_i64(j, "member_type", m->type);
        hf_jsonw_u64(j, "size", m->size);
        hf_jsonw_u64(j, "mode", m->mode);
        if (m->is_set)
            hf_jsonw_bool(j, "is_set", true);
        put_bytes(w, j, "link", m->link);
        put_bytes(w, j, "file_id", m->file_id);
    } else if (r->kind == HF_KIND_COVERAGE) {
        put_bytes(w, j, "origin", r->origin);
        put_bytes(w, j, "scope", r->scope);
        put_coverage(j, &r->u.coverage);
    } else if (r->kind == HF_KIND_QUARANTINE) {
        hf_jsonw_str(j, "reason", r->u.quarantine.reason);
        put_bytes(w, j, "data", r->raw.bytes);
    } else if (r->kind == HF_KIND_BYTES) {
        put_bytes(w, j, "data", r->raw.bytes);
    }
}

/* What is read back is r itself, but for a secret in its bytes. */
static hf_status settle(jsonl_writer *w, hf_batch *b, hf_record *r, bool is_masked, hf_err **err)
{
    const hf_record target = *r;

    if (is_masked)
        hf_mask_settle(b, r);
    for (uint32_t i = 0; i < r->nvalue; i++)
        r->value[i].state = HF_EXACT;
    r->is_raw_kept = r->raw.bytes.n > 0 && !is_masked;
    return hf_ledger_done(w->ledger, r, &target, err);
}

static hf_status put_line(jsonl_writer *w, hf_batch *b, hf_record *r, hf_err **err)
{
    hf_view raw = r->raw.bytes;
    hf_status rc;
    hf_jsonw j;

    hf_buf_reset(&w->line);
    hf_jsonw_init(&j, &w->line, 0);
    hf_jsonw_object(&j, NULL);
    hf_jsonw_str(&j, "type", hf_kind_name(r->kind));
    if (hf_kind_is_record(r->kind) && !w->keep_secrets)
        raw = hf_mask_raw(r, b->mem);
    if (hf_kind_is_record(r->kind))
        put_record(w, &j, r, raw);
    else
        put_container(w, &j, r);
    hf_jsonw_end(&j, '}');
    hf_buf_byte(&w->line, '\n');
    rc = hf_sink_write(w->sink, hf_buf_view(&w->line), err);
    if (rc != HF_OK || w->ledger == NULL)
        return rc;
    if (r->kind == HF_KIND_MEMBER)
        return hf_ledger_member(w->ledger, r, HF_EXACT, err);
    if (!hf_kind_is_record(r->kind))
        return HF_OK;
    return settle(w, b, r, raw.p != r->raw.bytes.p, err);
}

static hf_status jsonl_put(hf_writer *base, hf_batch *b, hf_err **err)
{
    jsonl_writer *w = (jsonl_writer *)base;
    hf_status rc = HF_OK;

    for (size_t i = 0; i < b->n && rc == HF_OK; i++)
        rc = put_line(w, b, b->rec[i], err);
    hf_batch_free(b);
    return rc;
}

static hf_status jsonl_finish(hf_writer *base, hf_err **err)
{
    jsonl_writer *w = (jsonl_writer *)base;
    hf_sink *sink = w->sink;

    w->sink = NULL;
    return hf_sink_commit(sink, err);
}

static void jsonl_close(hf_writer *base)
{
    jsonl_writer *w = (jsonl_writer *)base;

    hf_sink_abort(w->sink);
    hf_buf_clear(&w->line);
    hf_buf_clear(&w->document);
    hf_free(w->sorted);
    hf_buf_clear(&w->scratch);
    hf_free(w);
}

static const hf_writer_ops jsonl_writer_ops = { jsonl_put, jsonl_finish, jsonl_close };

hf_status hf_jsonl_create(hf_writer **out, const hf_writer_args *args, hf_err **err)
{
    static const char head[] = "{\"type\":\"head\",\"schema\":\"" HF_JSONL_SCHEMA "\"}\n";
    jsonl_writer *w = HF_NEW(jsonl_writer);
    bool to_stdout = strcmp(args->path, "-") == 0;
    hf_status rc;

    w->base.ops = &jsonl_writer_ops;
    w->ledger = args->ledger;
    w->keep_secrets = args->keep_secrets;
    hf_buf_init(&w->line, HF_BUF_UNBOUNDED);
    hf_buf_init(&w->document, HF_BUF_UNBOUNDED);
    hf_buf_init(&w->scratch, HF_BUF_UNBOUNDED);
    rc = hf_sink_open(&w->sink, args->path, to_stdout ? HF_SINK_STDOUT : HF_SINK_FILE,
                      args->overwrite, err);
    if (rc == HF_OK)
        rc = hf_sink_member(w->sink, HF_V("records.jsonl"), err);
    if (rc == HF_OK)
        rc = hf_sink_write(w->sink, hf_view_str(head), err);
    if (rc != HF_OK) {
        jsonl_close(&w->base);
        return rc;
    }
    *out = &w->base;
    return HF_OK;
}
