/* slack/days.c: see days.h. */
#include "slack/days.h"

#include "slack/compose.h"
#include "slack/spool.h"

enum { SPOOL_BYTES = 64 << 20, NONE = 0 };

/* A run of bytes of one day; after it come the replies of a root, when it has a gap. */
typedef struct run {
    int64_t day;
    uint64_t at, n;
    uint32_t gap; /* root number + 1; NONE */
} run;

typedef struct root {
    slack_root_info info;
    uint32_t first, last, n; /* replies, number + 1 */
} root;

typedef struct reply {
    int64_t ts_us;
    uint32_t user, next; /* number + 1 */
} reply;

struct slack_days {
    slack_spool spool;
    run *runs;
    size_t nruns, cap_runs;
    hf_arena *mem;
    hf_map *by_id; /* root number */
    hf_map *users; /* authors of replies */
    root *roots;
    size_t nroots, cap_roots;
    reply *replies;
    size_t nreplies, cap_replies;
};

slack_days *slack_days_new(void)
{
    slack_days *d = HF_NEW(slack_days);

    slack_spool_init(&d->spool, SPOOL_BYTES);
    d->mem = hf_arena_new();
    d->by_id = hf_map_new();
    d->users = hf_map_new();
    return d;
}

void slack_days_free(slack_days *d)
{
    if (d == NULL)
        return;
    slack_spool_clear(&d->spool);
    hf_arena_free(d->mem);
    hf_map_free(d->by_id);
    hf_map_free(d->users);
    hf_free(d->runs);
    hf_free(d->roots);
    hf_free(d->replies);
    hf_free(d);
}

int64_t slack_day_of(int64_t us)
{
    const int64_t last = INT64_C(253402300799) * HF_SECOND_US; /* the end of 9999 */

    us = us < 0 ? 0 : us > last ? last : us;
    return hf_day_of(us + hf_los_angeles_offset(us) * HF_SECOND_US);
}

bool slack_days_is_empty(const slack_days *d)
{
    return d->nruns == 0;
}

/* --- adding -------------------------------------------------------------------------------------
 */

/* The run that bytes of this day are added to: the last, unless it is another day's or has a gap.
 */
static run *run_for(slack_days *d, int64_t day)
{
    run *last = d->nruns == 0 ? NULL : &d->runs[d->nruns - 1];

    if (last != NULL && last->day == day && last->gap == NONE)
        return last;
    if (d->nruns == d->cap_runs) {
        d->cap_runs = d->cap_runs == 0 ? 64 : d->cap_runs * 2;
        d->runs = hf_realloc(d->runs, d->cap_runs, sizeof(*d->runs));
    }
    last = &d->runs[d->nruns++];
    *last = (run){ .day = day, .at = d->spool.n };
    return last;
}

static hf_status add_bytes(slack_days *d, int64_t day, hf_view bytes, hf_err **err)
{
    run_for(d, day)->n += bytes.n;
    return slack_spool_add(&d->spool, bytes, err);
}

hf_status slack_days_add(slack_days *d, int64_t day, hf_view json, size_t tail, hf_view id,
                         hf_err **err)
{
    bool is_first = d->nruns == 0 || d->runs[d->nruns - 1].day != day;
    const hf_map_entry *e = tail == 0 ? NULL : hf_map_get(d->by_id, id);
    hf_status rc = add_bytes(d, day, is_first ? HF_V("[\n    ") : HF_V(",\n    "), err);

    if (rc != HF_OK || e == NULL)
        return rc == HF_OK ? add_bytes(d, day, json, err) : rc;
    rc = add_bytes(d, day, hf_view_sub(json, 0, tail), err);
    d->runs[d->nruns - 1].gap = (uint32_t)e->v.u + 1;
    return rc == HF_OK ? add_bytes(d, day, hf_view_from(json, tail), err) : rc;
}

/* --- threads ------------------------------------------------------------------------------------
 */

void slack_days_root(slack_days *d, hf_view id, hf_view ts, hf_view user)
{
    bool fresh;
    hf_map_entry *e = hf_map_put(d->by_id, id, &fresh);

    if (!fresh)
        return;
    if (d->nroots == d->cap_roots) {
        d->cap_roots = d->cap_roots == 0 ? 64 : d->cap_roots * 2;
        d->roots = hf_realloc(d->roots, d->cap_roots, sizeof(*d->roots));
    }
    e->v.u = d->nroots;
    d->roots[d->nroots++] =
        (root){ .info = { hf_arena_dup(d->mem, ts), hf_arena_dup(d->mem, user) } };
}

const slack_root_info *slack_days_find(const slack_days *d, hf_view id)
{
    const hf_map_entry *e = hf_map_get(d->by_id, id);

    return e == NULL ? NULL : &d->roots[e->v.u].info;
}

/* Number + 1 of a user among the authors of replies. */
static uint32_t user_number(slack_days *d, hf_view user)
{
    bool fresh;
    hf_map_entry *e;

    if (user.n == 0)
        return NONE;
    e = hf_map_put(d->users, user, &fresh);
    if (fresh)
        e->v.u = hf_map_count(d->users);
    return (uint32_t)e->v.u;
}

void slack_days_reply(slack_days *d, hf_view id, hf_view user, int64_t ts_us)
{
    const hf_map_entry *e = hf_map_get(d->by_id, id);
    root *r;

    if (e == NULL)
        return;
    if (d->nreplies == d->cap_replies) {
        d->cap_replies = d->cap_replies == 0 ? 64 : d->cap_replies * 2;
        d->replies = hf_realloc(d->replies, d->cap_replies, sizeof(*d->replies));
    }
    d->replies[d->nreplies++] = (reply){ ts_us, user_number(d, user), NONE };
    r = &d->roots[e->v.u];
    if (r->n++ == 0)
        r->first = (uint32_t)d->nreplies;
    else
        d->replies[r->last - 1].next = (uint32_t)d->nreplies;
    r->last = (uint32_t)d->nreplies;
}

/* --- writing ------------------------------------------------------------------------------------
 */

static hf_status to_sink(void *self, hf_view bytes, hf_err **err)
{
    return hf_sink_write(self, bytes, err);
}

static hf_status write_replies(const slack_days *d, const root *r, hf_sink *sink, hf_err **err)
{
    slack_reply *list;
    size_t n = 0;
    hf_buf out;
    hf_status rc;

    if (r->n == 0)
        return HF_OK;
    list = hf_alloc0(r->n, sizeof(*list));
    for (uint32_t i = r->first; i != NONE; i = d->replies[i - 1].next) {
        const reply *x = &d->replies[i - 1];

        list[n].ts_us = x->ts_us;
        if (x->user != NONE)
            list[n].user = hf_map_at(d->users, x->user - 1)->key;
        n++;
    }
    hf_buf_init(&out, HF_BUF_UNBOUNDED);
    slack_compose_replies(list, n, &out);
    rc = hf_sink_write(sink, hf_buf_view(&out), err);
    hf_buf_clear(&out);
    hf_free(list);
    return rc;
}

static hf_status write_run(slack_days *d, const run *x, hf_sink *sink, hf_err **err)
{
    hf_status rc = slack_spool_give(&d->spool, x->at, x->n, to_sink, sink, err);

    if (rc == HF_OK && x->gap != NONE)
        rc = write_replies(d, &d->roots[x->gap - 1], sink, err);
    return rc;
}

static hf_status begin_day(hf_sink *sink, hf_view folder, int64_t day, hf_err **err)
{
    hf_civil c = hf_us_to_civil(day * HF_DAY_US);
    char *name =
        hf_sprintf("%.*s/%04d-%02d-%02d.json", (int)folder.n, folder.p, c.year, c.month, c.day);
    hf_status rc = hf_sink_member(sink, hf_view_str(name), err);

    hf_free(name);
    return rc;
}

static void forget(slack_days *d)
{
    slack_spool_reset(&d->spool);
    hf_map_free(d->by_id);
    hf_map_free(d->users);
    hf_arena_reset(d->mem);
    d->by_id = hf_map_new();
    d->users = hf_map_new();
    d->nruns = d->nroots = d->nreplies = 0;
}

hf_status slack_days_write(slack_days *d, hf_sink *sink, hf_view folder, hf_err **err)
{
    hf_status rc = HF_OK;

    for (size_t i = 0; i < d->nruns && rc == HF_OK; i++) {
        const run *x = &d->runs[i];

        if (i == 0 || d->runs[i - 1].day != x->day)
            rc = begin_day(sink, folder, x->day, err);
        if (rc == HF_OK)
            rc = write_run(d, x, sink, err);
        if (rc == HF_OK && (i + 1 == d->nruns || d->runs[i + 1].day != x->day))
            rc = hf_sink_write(sink, HF_V("\n]"), err);
    }
    forget(d);
    return rc;
}
