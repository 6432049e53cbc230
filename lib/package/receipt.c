/* package/receipt.c: receipt.json: who read what, when, and how much of it. */
#include "package/package_priv.h"

#include "util/jsonw.h"

/* --- receipt ------------------------------------------------------------------------------------
 */

static void put_counts(hf_jsonw *w, const char *key, const hf_counts *c)
{
    hf_jsonw_object(w, key);
    hf_jsonw_u64(w, "workspaces", c->workspaces);
    hf_jsonw_u64(w, "users", c->users);
    hf_jsonw_u64(w, "channels", c->channels);
    hf_jsonw_u64(w, "private_channels", c->private_channels);
    hf_jsonw_u64(w, "dms", c->dms);
    hf_jsonw_u64(w, "groups", c->groups);
    hf_jsonw_u64(w, "messages", c->messages);
    hf_jsonw_u64(w, "replies", c->replies);
    hf_jsonw_u64(w, "roots", c->roots);
    hf_jsonw_u64(w, "system", c->system);
    hf_jsonw_u64(w, "bot", c->bot);
    hf_jsonw_u64(w, "deleted", c->deleted);
    hf_jsonw_u64(w, "edited", c->edited);
    hf_jsonw_u64(w, "reactions", c->reactions);
    hf_jsonw_u64(w, "files", c->files);
    hf_jsonw_u64(w, "emoji", c->emoji);
    hf_jsonw_u64(w, "events", c->events);
    hf_jsonw_u64(w, "quarantined", c->quarantined);
    hf_jsonw_u64(w, "stubs", c->stubs);
    hf_jsonw_time(w, "first", c->first_us);
    hf_jsonw_time(w, "last", c->last_us);
    hf_jsonw_end(w, '}');
}

static void put_format(hf_jsonw *w, const hf_package_format *f)
{
    hf_buf path;

    hf_buf_init(&path, HF_BUF_UNBOUNDED);
    hf_buf_printf(&path, "data/%s/%s", f->format->name, f->format->file);
    hf_jsonw_object(w, NULL);
    hf_jsonw_str(w, "format", f->format->name);
    hf_jsonw_text(w, "path", hf_buf_view(&path));
    put_counts(w, "read", &f->read);
    put_counts(w, "written", &f->written);
    if (f->has_back)
        put_counts(w, "read_back", &f->back);
    hf_jsonw_object(w, "values");
    for (int s = 0; s < HF_STATE_COUNT; s++)
        hf_jsonw_u64(w, hf_state_name((hf_state)s), f->states[s]);
    hf_jsonw_end(w, '}');
    hf_jsonw_u64(w, "sidecar_bytes", f->sidecar_bytes);
    hf_jsonw_end(w, '}');
    hf_buf_clear(&path);
}

static void put_some(hf_jsonw *w, const char *key, const char *text)
{
    if (text != NULL && text[0] != '\0')
        hf_jsonw_str(w, key, text);
}

static void put_list(hf_jsonw *w, const char *key, const char *const *list, size_t n)
{
    if (n == 0)
        return;
    hf_jsonw_array(w, key);
    for (size_t i = 0; i < n; i++)
        hf_jsonw_str(w, NULL, list[i]);
    hf_jsonw_end(w, ']');
}

static void put_scope(hf_jsonw *w, const hf_package_facts *f)
{
    static const char *const kinds[] = { "public", "private", "dm", "group" };
    const hf_scope *s = f->scope;

    if (!hf_scope_withholds(s))
        return;
    hf_jsonw_object(w, "scope");
    put_list(w, "channels", s->channels, s->nchannels);
    put_list(w, "users", s->users, s->nusers);
    if (s->kinds != 0) {
        hf_jsonw_array(w, "chan");
        for (unsigned i = 0; i < 4; i++)
            if ((s->kinds >> i & 1) != 0)
                hf_jsonw_str(w, NULL, kinds[i]);
        hf_jsonw_end(w, ']');
    }
    if (s->since_us != HF_NO_TIME)
        hf_jsonw_time(w, "since", s->since_us);
    if (s->until_us != HF_NO_TIME)
        hf_jsonw_time(w, "until", s->until_us);
    put_some(w, "query", f->query);
    hf_jsonw_end(w, '}');
}

static void put_source(hf_jsonw *w, const hf_package_facts *f)
{
    hf_jsonw_object(w, "source");
    put_some(w, "path", f->source);
    put_some(w, "format", f->source_format);
    hf_jsonw_bool(w, "is_live", f->is_live);
    put_some(w, "sha256", f->source_sha256);
    put_some(w, "origin", f->origin);
    put_some(w, "snapshot", f->snapshot);
    if (f->vault_id != NULL) {
        hf_jsonw_object(w, "vault");
        hf_jsonw_str(w, "id", f->vault_id);
        hf_jsonw_i64(w, "after_import", f->after_import);
        hf_jsonw_i64(w, "last_import", f->last_import);
        hf_jsonw_end(w, '}');
    }
    hf_jsonw_end(w, '}');
}

static void put_series(hf_jsonw *w, const hf_package_facts *f)
{
    if (f->series == NULL)
        return;
    hf_jsonw_object(w, "series");
    hf_jsonw_str(w, "name", f->series);
    hf_jsonw_u64(w, "number", f->number);
    hf_jsonw_time(w, "since", f->since_us);
    hf_jsonw_time(w, "until", f->until_us);
    if (f->previous_manifest != NULL) {
        hf_jsonw_object(w, "predecessor");
        put_some(w, "run_id", f->previous_run);
        hf_jsonw_str(w, "manifest_sha256", f->previous_manifest);
        hf_jsonw_end(w, '}');
    } else {
        hf_jsonw_null(w, "predecessor");
    }
    hf_jsonw_end(w, '}');
}

static void put_payload(hf_jsonw *w, const hf_package *p)
{
    hf_jsonw_array(w, "payload");
    for (size_t i = 0; i < p->nvolume; i++) {
        char hex[65];

        hf_sha256_hex(&p->volume[i].digest, hex);
        hf_jsonw_object(w, NULL);
        hf_jsonw_str(w, "package", p->volume[i].name);
        hf_jsonw_str(w, "manifest_sha256", hex);
        hf_jsonw_u64(w, "files", hf_bag_files(p->volume[i].bag));
        hf_jsonw_u64(w, "bytes", hf_bag_bytes(p->volume[i].bag));
        hf_jsonw_end(w, '}');
    }
    hf_jsonw_end(w, ']');
}

void hf_package_receipt(const hf_package *p, hf_buf *out)
{
    const hf_package_facts *f = &p->facts;
    hf_exceptions e = hf_exception_list_counts(p->exceptions);
    hf_jsonw w;

    hf_jsonw_init(&w, out, 2);
    hf_jsonw_object(&w, NULL);
    hf_jsonw_str(&w, "schema", "receipt/1");
    hf_jsonw_str(&w, "program", f->program);
    hf_jsonw_str(&w, "run_id", f->run_id);
    hf_jsonw_object(&w, "operator");
    put_some(&w, "user", f->user);
    put_some(&w, "sudo_user", f->sudo_user);
    put_some(&w, "host", f->host);
    hf_jsonw_end(&w, '}');
    put_some(&w, "reason", f->reason);
    hf_jsonw_time(&w, "started", f->started_us);
    hf_jsonw_time(&w, "payload_complete", p->done_us);
    put_source(&w, f);
    put_scope(&w, f);
    put_series(&w, f);
    hf_jsonw_array(&w, "formats");
    for (size_t i = 0; i < p->nformat; i++)
        put_format(&w, &p->format[i]);
    hf_jsonw_end(&w, ']');
    hf_jsonw_object(&w, "exceptions");
    hf_jsonw_u64(&w, "unreadable_records", e.unreadable);
    hf_jsonw_u64(&w, "missing_attachments", e.missing);
    hf_jsonw_u64(&w, "lost_values", e.lost);
    hf_jsonw_u64(&w, "other", e.other);
    hf_jsonw_end(&w, '}');
    put_payload(&w, p);
    hf_jsonw_end(&w, '}');
    hf_buf_byte(out, '\n');
}
