/* cli/search_stream.c: search without an index. */
#include "search.h"

typedef struct stream {
    hf_search *s;
    hf_eval *eval;
    hf_map *people, *channels; /* origin, NUL, id -> name shown, in mem; definitions come first */
    hf_arena *mem;
    hf_buf key, snippet;
} stream;

static hf_view key_of(stream *x, hf_view origin, hf_view id)
{
    hf_buf_reset(&x->key);
    hf_buf_add(&x->key, origin);
    hf_buf_byte(&x->key, '\0');
    hf_buf_add(&x->key, id);
    return hf_buf_view(&x->key);
}

static void name(stream *x, hf_map *map, hf_view origin, hf_view id, hf_view text)
{
    hf_view *copy = hf_arena_alloc(x->mem, sizeof(*copy));

    *copy = hf_arena_dup(x->mem, text);
    hf_map_put(map, key_of(x, origin, id), NULL)->v.p = copy;
}

static hf_view name_of(stream *x, const hf_map *map, hf_view origin, hf_view id)
{
    const hf_map_entry *e = hf_map_get(map, key_of(x, origin, id));

    return e == NULL ? (hf_view){ NULL, 0 } : *(const hf_view *)e->v.p;
}

static hf_view first_of(const hf_record *r, const hf_field *field, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        hf_view text = hf_rec_get_text(r, field[i]);

        if (text.n > 0)
            return text;
    }
    return (hf_view){ NULL, 0 };
}

static void learn(stream *x, const hf_record *r)
{
    static const hf_field user[] = { HF_F_USER_DISPLAY_NAME, HF_F_USER_REAL_NAME, HF_F_USER_NAME };
    static const hf_field channel[] = { HF_F_CHANNEL_NAME, HF_F_CHANNEL_TITLE };
    hf_view bot = hf_rec_get_text(r, HF_F_USER_BOT_ID);

    hf_directory_learn(x->s->directory, r);
    if (r->kind == HF_KIND_CHANNEL) {
        name(x, x->channels, r->origin, r->id, first_of(r, channel, 2));
        return;
    }
    name(x, x->people, r->origin, r->id, first_of(r, user, 3));
    if (bot.n > 0)
        name(x, x->people, r->origin, bot, first_of(r, user, 3));
}

static void ask(stream *x, const hf_record *r)
{
    hf_hit hit = { .time_us = r->time_us, .origin = r->origin, .channel = r->scope, .id = r->id };

    if (!hf_eval_matches(x->eval, r) || !hf_hits_count(x->s->hits, &hit) ||
        !hf_hits_wants(x->s->hits, &hit))
        return;
    hf_buf_reset(&x->snippet);
    hf_hit_snippet(x->s->query, r, &x->snippet);
    hit.snippet = hf_buf_view(&x->snippet);
    hit.author = hf_eval_author(r);
    hit.author_name = name_of(x, x->people, r->origin, hit.author);
    if (hit.author_name.n == 0)
        hit.author_name = hf_rec_get_text(r, HF_F_MESSAGE_AUTHOR_NAME);
    hit.channel_name = name_of(x, x->channels, r->origin, r->scope);
    hit.version = 1; /* a source that is no vault holds one */
    hf_hits_keep(x->s->hits, &hit);
}

static void take(stream *x, const hf_record *r)
{
    if (r->kind == HF_KIND_USER || r->kind == HF_KIND_CHANNEL)
        learn(x, r);
    else if (r->kind == HF_KIND_MESSAGE)
        ask(x, r);
    else if (r->kind == HF_KIND_QUARANTINE)
        x->s->quarantined++;
}

static hf_status read_all(hf_cli *cli, stream *x, hf_reader *r, hf_err **err)
{
    hf_status rc = HF_OK;

    while (rc == HF_OK) {
        hf_batch *b = hf_batch_new();

        rc = hf_reader_next(r, b, err);
        for (size_t i = 0; i < b->n; i++)
            take(x, b->rec[i]);
        hf_batch_free(b);
        hf_progress_report(hf_cli_progress(cli), "searching", r->done, r->total);
    }
    return rc == HF_END ? hf_eval_finish(x->eval, err) : rc;
}

hf_status hf_search_stream(hf_cli *cli, hf_search *s, hf_cli_source *in, hf_cli_run *run,
                           hf_err **err)
{
    hf_paths *paths = hf_paths_new();
    hf_reader_args read = {
        .opts = in->reads, .paths = paths, .want = HF_WANT_RECORDS, .origin = in->origin
    };
    stream x = { .s = s, .people = hf_map_new(), .channels = hf_map_new(), .mem = hf_arena_new() };
    hf_reader *r = NULL;
    hf_status rc;

    x.eval = hf_eval_new(s->query, s->directory, s->current_only ? HF_EVAL_CURRENT : 0);
    hf_buf_init(&x.key, HF_BUF_UNBOUNDED);
    hf_buf_init(&x.snippet, HF_BUF_UNBOUNDED);
    if (hf_cli_text(cli, "import") != NULL)
        hf_opts_set(in->reads, "import", hf_cli_text(cli, "import"));
    rc = hf_read_open(&r, &in->in, &read, false, err);
    if (rc == HF_OK) {
        hf_cli_run_facts(run, r);
        rc = read_all(cli, &x, r, err);
    }
    if (rc == HF_OK)
        hf_cli_run_facts(run, r);
    if (rc == HF_OK)
        s->names = hf_resolve(s->query, s->directory);
    hf_reader_close(r);
    hf_eval_free(x.eval);
    hf_map_free(x.people);
    hf_map_free(x.channels);
    hf_arena_free(x.mem);
    hf_buf_clear(&x.key);
    hf_buf_clear(&x.snippet);
    hf_paths_free(paths);
    return rc;
}
