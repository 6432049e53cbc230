/* slack/write.c: a stream of records as a Slack export.
 *
 * An exact stream is written member by member as it was. Otherwise records of Slack's own stand as
 * they are, all others are composed; what became of their values is judged by reading back the very
 * bytes that were written. Folders: one workspace at the root, whatever the source's layout.
 */
#include "slack/write_priv.h"

static hf_status put_composed(slack_writer *w, hf_batch *b, hf_record *r, hf_err **err)
{
    hf_buf_reset(&w->json);
    hf_arena_reset(w->scratch->mem);
    w->scratch->n = 0;
    switch (r->kind) {
    case HF_KIND_USER:
        return slack_put_user(w, b, r, err);
    case HF_KIND_CHANNEL:
        return slack_put_channel(w, b, r, err);
    case HF_KIND_MESSAGE:
        return slack_put_message(w, b, r, err);
    case HF_KIND_EVENT:
        return slack_put_event(w, b, r, err);
    case HF_KIND_OPAQUE:
        return slack_put_opaque(w, b, r, err);
    case HF_KIND_MEMBERSHIP:
        return slack_put_membership(w, r, err);
    case HF_KIND_DRAFT:
    case HF_KIND_WORKSPACE: /* exports name neither the workspace nor its emoji */
    case HF_KIND_EMOJI:
        return slack_done(w, r, NULL, err);
    case HF_KIND_MEMBER:
    case HF_KIND_BYTES:
    case HF_KIND_MEMBER_END:
        return slack_put_container(w, r, err);
    case HF_KIND_NONE:
    case HF_KIND_COVERAGE:
    case HF_KIND_QUARANTINE:
    case HF_KIND_COUNT:
        break;
    }
    return HF_OK;
}

static hf_status put_exact(slack_writer *w, hf_record *r, hf_err **err)
{
    hf_status rc;

    if (hf_kind_is_record(r->kind)) {
        slack_settle_all(r, HF_EXACT);
        r->is_raw_kept = true;
        return slack_done(w, r, r, err);
    }
    rc = slack_rebuild_put(w->rebuild, r, err);
    if (rc == HF_OK && r->kind == HF_KIND_MEMBER && w->ledger != NULL)
        rc = hf_ledger_member(w->ledger, r, HF_EXACT, err);
    return rc;
}

static hf_status slack_put(hf_writer *base, hf_batch *b, hf_err **err)
{
    slack_writer *w = (slack_writer *)base;
    hf_status rc = HF_OK;

    for (size_t i = 0; i < b->n && rc == HF_OK; i++)
        rc = w->rebuild != NULL ? put_exact(w, b->rec[i], err) : put_composed(w, b, b->rec[i], err);
    hf_batch_free(b);
    return rc;
}

static hf_status to_sink(void *self, hf_view bytes, hf_err **err)
{
    return hf_sink_write(self, bytes, err);
}

static hf_status write_list(slack_writer *w, slack_spool *s, const char *name, hf_err **err)
{
    hf_status rc = hf_sink_member(w->sink, hf_view_str(name), err);

    if (rc == HF_OK && s->n == 0)
        return hf_sink_write(w->sink, HF_V("[]"), err);
    if (rc == HF_OK)
        rc = slack_spool_give(s, 0, s->n, to_sink, w->sink, err);
    return rc == HF_OK ? hf_sink_write(w->sink, HF_V("\n]"), err) : rc;
}

/* Readers ask for users, public channels and the log; some for a folder of every channel. */
static hf_status write_indexes(slack_writer *w, hf_err **err)
{
    hf_status rc = HF_OK;

    for (int role = SLACK_USERS; role < SLACK_ROLES && rc == HF_OK; role++) {
        bool is_needed = role == SLACK_USERS || role == SLACK_CHANNELS || role == SLACK_EVENTS;
        const char *name = slack_index_name((slack_role)role);

        if (name != NULL && (is_needed || w->index[role].n > 0))
            rc = write_list(w, &w->index[role], name, err);
    }
    for (size_t i = 0; i < w->nlists && rc == HF_OK; i++)
        rc = write_list(w, &w->lists[i].spool, slack_list_name(w->lists[i].word), err);
    for (size_t i = 0; i < slack_channels_count(w->channels) && rc == HF_OK; i++) {
        const slack_channel *c = slack_channels_at(w->channels, i);
        hf_view name = hf_arena_printf(w->names.mem, "%.*s/", (int)c->folder.n, c->folder.p);

        if (!c->has_files && hf_map_get(w->members, name) == NULL)
            rc = hf_sink_member(w->sink, name, err);
    }
    return rc;
}

static hf_status slack_finish(hf_writer *base, hf_err **err)
{
    slack_writer *w = (slack_writer *)base;
    hf_sink *sink = w->sink;
    hf_status rc;

    if (w->rebuild != NULL) {
        rc = slack_rebuild_finish(w->rebuild, err);
    } else {
        rc = slack_close_channel(w, err);
        if (rc == HF_OK)
            rc = write_indexes(w, err);
    }
    if (rc != HF_OK)
        return rc;
    w->sink = NULL;
    return hf_sink_commit(sink, err);
}

static void slack_close(hf_writer *base)
{
    slack_writer *w = (slack_writer *)base;

    hf_sink_abort(w->sink);
    slack_rebuild_free(w->rebuild);
    for (int role = 0; role < SLACK_ROLES; role++)
        slack_spool_clear(&w->index[role]);
    for (size_t i = 0; i < w->nlists; i++)
        slack_spool_clear(&w->lists[i].spool);
    slack_names_clear(&w->names);
    slack_channels_free(w->channels);
    slack_days_free(w->days);
    hf_map_free(w->digests);
    hf_map_free(w->members);
    hf_map_free(w->expected);
    hf_map_free(w->foreign);
    hf_listed_free(w->listed);
    hf_batch_free(w->scratch);
    hf_buf_clear(&w->json);
    hf_free(w);
}

/* A name that ends in .zip is a ZIP, anything else a folder. */
static hf_status open_sink(slack_writer *w, const hf_writer_args *args, hf_err **err)
{
    hf_view path = hf_view_str(args->path);
    bool is_zip = hf_view_ends(path, HF_V(".zip"));
    char *own;
    hf_status rc;

    if (hf_view_is(path, "-")) {
        hf_fail(err, HF_E_USAGE, "a Slack export is many files and cannot go to standard output");
        return hf_hint(err, "give a folder, or a name that ends in .zip");
    }
    while (path.n > 1 && path.p[path.n - 1] == '/')
        path.n--;
    own = hf_view_dup(path);
    rc = hf_sink_open(&w->sink, own, is_zip ? HF_SINK_ZIP : HF_SINK_FOLDER, args->overwrite, err);
    hf_free(own);
    return rc;
}

hf_status slack_create(hf_writer **out, const hf_writer_args *args, hf_err **err)
{
    static const hf_writer_ops ops = {
        .put = slack_put,
        .finish = slack_finish,
        .close = slack_close,
        .expect = slack_expect,
    };
    slack_writer *w = HF_NEW(slack_writer);
    hf_status rc;

    w->base.ops = &ops;
    w->ledger = args->ledger;
    w->keep_secrets = args->keep_secrets;
    w->is_from_slack = args->source_format != NULL && strcmp(args->source_format, "slack") == 0;
    for (int role = 0; role < SLACK_ROLES; role++)
        slack_spool_init(&w->index[role], SLACK_INDEX_BYTES);
    slack_names_init(&w->names);
    w->channels = slack_channels_new();
    w->days = slack_days_new();
    w->digests = hf_map_new();
    w->members = hf_map_new();
    w->expected = hf_map_new();
    w->foreign = hf_map_new();
    if (!w->is_from_slack)
        w->listed = hf_listed_new();
    w->scratch = hf_batch_new();
    hf_buf_init(&w->json, HF_BUF_UNBOUNDED);
    rc = open_sink(w, args, err);
    if (rc != HF_OK) {
        slack_close(&w->base);
        return rc;
    }
    if (args->is_exact)
        w->rebuild = slack_rebuild_new(w->sink);
    *out = &w->base;
    return HF_OK;
}
