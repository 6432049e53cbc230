/* slack/rebuild.c: see rebuild.h. */
#include "slack/rebuild.h"

#include "slack/spool.h"

enum { WAITING_BYTES = 32 << 20 }; /* in memory; more goes to a temporary file */

typedef struct waiting {
    uint32_t ordinal;
    hf_rec_member member; /* its views are in mem */
    uint64_t at, n;       /* its bytes in the spool */
    bool is_written;
} waiting;

struct slack_rebuild {
    hf_sink *sink; /* lent */
    hf_arena *mem;
    slack_spool spool;
    waiting *list;
    size_t n, cap;
    uint32_t turn;  /* ordinal that is to be written next */
    bool is_direct; /* the open member is written as it comes */
};

slack_rebuild *slack_rebuild_new(hf_sink *sink)
{
    slack_rebuild *w = HF_NEW(slack_rebuild);

    w->sink = sink;
    w->mem = hf_arena_new();
    slack_spool_init(&w->spool, WAITING_BYTES);
    return w;
}

void slack_rebuild_free(slack_rebuild *w)
{
    if (w == NULL)
        return;
    hf_arena_free(w->mem);
    slack_spool_clear(&w->spool);
    hf_free(w->list);
    hf_free(w);
}

/* Folders of a folder source have no trailing slash, which is what makes them folders elsewhere. */
static hf_status begin(slack_rebuild *w, const hf_rec_member *m, hf_err **err)
{
    hf_view name = m->name;

    if (m->type == HF_MEMBER_LINK)
        return hf_sink_link(w->sink, name, m->link, err);
    if (m->type == HF_MEMBER_FOLDER && !hf_view_ends(name, HF_V("/")))
        name = hf_arena_printf(w->mem, "%.*s/", (int)name.n, name.p);
    return hf_sink_member_mode(w->sink, name, m->mode, err);
}

static void wait_for(slack_rebuild *w, const hf_rec_member *m)
{
    waiting *x;

    if (w->n == w->cap) {
        w->cap = w->cap == 0 ? 16 : w->cap * 2;
        w->list = hf_realloc(w->list, w->cap, sizeof(*w->list));
    }
    x = &w->list[w->n++];
    *x = (waiting){ .ordinal = m->ordinal, .member = *m, .at = w->spool.n };
    x->member.name = hf_arena_dup(w->mem, m->name);
    x->member.link = hf_arena_dup(w->mem, m->link);
}

static hf_status to_sink(void *self, hf_view bytes, hf_err **err)
{
    return hf_sink_write(self, bytes, err);
}

static hf_status write_waiting(slack_rebuild *w, waiting *x, hf_err **err)
{
    hf_status rc = begin(w, &x->member, err);

    x->is_written = true;
    if (rc == HF_OK && x->n > 0)
        rc = slack_spool_give(&w->spool, x->at, x->n, to_sink, w->sink, err);
    return rc;
}

/* Write those whose turn it is now, one after the other. */
static hf_status take_turns(slack_rebuild *w, hf_err **err)
{
    bool found = true;
    hf_status rc = HF_OK;

    while (found && rc == HF_OK) {
        found = false;
        for (size_t i = 0; i < w->n && rc == HF_OK; i++) {
            if (w->list[i].is_written || w->list[i].ordinal != w->turn)
                continue;
            rc = write_waiting(w, &w->list[i], err);
            w->turn++;
            found = true;
        }
    }
    return rc;
}

hf_status slack_rebuild_put(slack_rebuild *w, const hf_record *r, hf_err **err)
{
    hf_status rc = HF_OK;

    if (r->kind == HF_KIND_MEMBER) {
        rc = take_turns(w, err);
        w->is_direct = r->u.member.ordinal <= w->turn;
        if (!w->is_direct)
            wait_for(w, &r->u.member);
        else if (rc == HF_OK)
            rc = begin(w, &r->u.member, err);
    } else if (r->kind == HF_KIND_BYTES && w->is_direct) {
        rc = hf_sink_write(w->sink, r->raw.bytes, err);
    } else if (r->kind == HF_KIND_BYTES) {
        rc = slack_spool_add(&w->spool, r->raw.bytes, err);
        w->list[w->n - 1].n += r->raw.bytes.n;
    } else if (r->kind == HF_KIND_MEMBER_END && w->is_direct) {
        w->turn = r->u.member.ordinal == w->turn ? w->turn + 1 : w->turn;
    }
    return rc;
}

hf_status slack_rebuild_finish(slack_rebuild *w, hf_err **err)
{
    hf_status rc = take_turns(w, err);

    /* Numbers that never came leave gaps; the order stays. */
    for (;;) {
        waiting *next = NULL;

        for (size_t i = 0; i < w->n; i++)
            if (!w->list[i].is_written && (next == NULL || w->list[i].ordinal < next->ordinal))
                next = &w->list[i];
        if (next == NULL || rc != HF_OK)
            return rc;
        rc = write_waiting(w, next, err);
    }
}
