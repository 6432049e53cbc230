/* tests/bench/gen_stream.c: one channel laid out: when, who, what kind, which thread. */
#include "gen.h"

#include <stdlib.h>

/* A time and the conversation it belongs to. */
typedef struct gen_slot {
    int64_t us;
    uint32_t session;
} gen_slot;

void gen_stream_init(gen_stream *s, const gen_world *w)
{
    *s = (gen_stream){ .w = w };
}

void gen_stream_clear(gen_stream *s)
{
    hf_free(s->msg);
    hf_free(s->reply_at);
    hf_free(s->reply);
    hf_free(s->slot);
    hf_free(s->roots);
}

static void make_room(gen_stream *s, uint32_t n)
{
    if (n < s->cap)
        return;
    s->cap = n + n / 2 + 64;
    s->msg = hf_realloc(s->msg, s->cap, sizeof(*s->msg));
    s->reply_at = hf_realloc(s->reply_at, s->cap + 1, sizeof(*s->reply_at));
    s->reply = hf_realloc(s->reply, s->cap, sizeof(*s->reply));
    s->slot = hf_realloc(s->slot, s->cap, sizeof(*s->slot));
    s->roots = hf_realloc(s->roots, s->cap, sizeof(*s->roots));
}

/* --- when ---------------------------------------------------------------------------------------
 */

static uint32_t draw_day(const gen_world *w, const gen_channel *c, gen_rng *r)
{
    uint32_t first = (uint32_t)((c->created - w->start) / HF_DAY_US);
    uint32_t end = (uint32_t)((c->last - w->start) / HF_DAY_US);
    uint64_t base = w->day_weight[first];
    uint64_t x = base + gen_below(r, w->day_weight[end] - base);
    uint32_t low = first, high = end;
    while (high - low > 1) {
        uint32_t mid = low + (high - low) / 2;
        if (w->day_weight[mid] <= x)
            low = mid;
        else
            high = mid;
    }
    return low;
}

/* Three times a year one of the ten largest channels has an incident: within two hours as much is
 * said as in sixty ordinary ones, about 3 % of its messages. */
static bool in_incident(const gen_stream *s, gen_rng *r, int64_t *us)
{
    const gen_world *w = s->w;
    if (s->index >= 10 || s->n < 500 || !gen_chance(r, 3000))
        return false;
    uint32_t k = (uint32_t)gen_below(r, w->days / 120);
    gen_rng at = gen_rng_at(w->seed, GEN_F_SESSION, UINT32_MAX, k);
    if (gen_below(&at, 10) != s->index)
        return false;
    *us = w->start + (int64_t)gen_below(&at, (uint64_t)(w->end - w->start - HF_DAY_US));
    *us += (int64_t)gen_below(r, 7200) * HF_SECOND_US;
    return *us >= s->c->created && *us < s->c->last;
}

static int64_t draw_start(const gen_stream *s, gen_rng *r)
{
    const gen_world *w = s->w;
    int64_t us;
    if (in_incident(s, r, &us))
        return us;
    us = w->start + draw_day(w, s->c, r) * HF_DAY_US;
    us += gen_draw_day_second(r) * HF_SECOND_US - gen_zone_offset(s->c->zone, us) * HF_SECOND_US;
    return us + (int64_t)gen_below(r, 1000000);
}

static int by_time(const void *a, const void *b)
{
    const gen_slot *x = a, *y = b;
    if (x->us != y->us)
        return x->us < y->us ? -1 : 1;
    return (x->session > y->session) - (x->session < y->session);
}

/* Conversations: after a message the next one follows within two minutes in 60 of 100 cases. */
static void lay_times(gen_stream *s)
{
    uint32_t n = 0;
    for (uint32_t session = 0; n < s->n; session++) {
        gen_rng r = gen_rng_at(s->w->seed, GEN_F_SESSION, s->index, session);
        int64_t us = draw_start(s, &r);
        do {
            s->slot[n++] = (gen_slot){ us, session };
            /* 1 of 200 falls into the same millisecond as the one before. */
            us += gen_chance(&r, 500) ? 1 : (int64_t)gen_below(&r, 120000000);
        } while (n < s->n && gen_chance(&r, 60000));
    }
    qsort(s->slot, s->n, sizeof(*s->slot), by_time);
    for (uint32_t i = 1; i < s->n; i++)
        if (s->slot[i].us <= s->slot[i - 1].us)
            s->slot[i].us = s->slot[i - 1].us + 1;
}

/* --- who and what -------------------------------------------------------------------------------
 */

static uint32_t draw_speaker(const gen_stream *s, uint32_t session, int64_t us, gen_rng *r)
{
    const uint32_t *member = gen_members(s->w, s->c);
    gen_rng few = gen_rng_at(s->w->seed, GEN_F_SPEAKER, s->index, session);
    uint32_t speakers = 2 + (uint32_t)gen_below(&few, 3);
    uint32_t turn = (uint32_t)gen_below(r, speakers), rank = 0;
    for (uint32_t k = 0; k <= turn; k++)
        rank = gen_draw_rank(&few);
    for (uint32_t k = 0; k < s->c->members; k++) {
        uint32_t user = member[(rank + k) % s->c->members];
        if (s->w->user[user].gone > us)
            return user;
    }
    return member[rank % s->c->members]; /* everybody has left: somebody speaks all the same */
}

static gen_msg_kind draw_kind(const gen_stream *s, gen_rng *r)
{
    uint64_t x = gen_below(r, 10000);
    if (s->c->kind == GEN_DM || s->c->kind == GEN_GROUP)
        return x < 30 ? GEN_M_CALL : x < 50 ? GEN_M_ME : GEN_M_PLAIN;
    return x < 200    ? GEN_M_JOIN
           : x < 330  ? GEN_M_LEAVE
           : x < 350  ? GEN_M_TOPIC
           : x < 370  ? GEN_M_PURPOSE
           : x < 390  ? GEN_M_ME
           : x < 2600 ? GEN_M_BOT
                      : GEN_M_PLAIN;
}

static void lay_message(gen_stream *s, uint32_t i)
{
    gen_msg *m = &s->msg[i];
    gen_rng r = gen_rng_at(s->w->seed, GEN_F_KIND, s->index, i);
    *m = (gen_msg){ .us = s->slot[i].us, .root = GEN_NO_ROOT };
    m->kind = (uint8_t)draw_kind(s, &r);
    m->user = draw_speaker(s, s->slot[i].session, m->us, &r);
    if (m->kind == GEN_M_BOT)
        m->user = (uint32_t)gen_below(&r, s->w->bots);
    if (gen_chance(&r, 6500)) /* of plain messages, 5 % of all */
        m->edit_after = 5 + (int32_t)gen_below(&r, 600);
}

static void place_needles(gen_stream *s, gen_world *w)
{
    uint64_t first = s->c->first_ordinal, end = first + s->n;
    for (uint32_t k = 0; k < w->needles; k++) {
        gen_needle *needle = &w->needle[k];
        if (needle->ordinal >= end)
            break;
        if (needle->ordinal < first)
            continue;
        gen_msg *m = &s->msg[needle->ordinal - first];
        if (m->kind != GEN_M_PLAIN) {
            gen_rng r = gen_rng_at(w->seed, GEN_F_NEEDLE, k, 1);
            m->kind = GEN_M_PLAIN;
            m->user = draw_speaker(s, k, m->us, &r);
        }
        m->is_needle = true;
        *needle = (gen_needle){ needle->ordinal, s->index, m->user, m->us };
    }
}

/* --- threads ------------------------------------------------------------------------------------
 */

#define OPEN_THREADS 8
#define OPEN_FOR     (3 * HF_DAY_US)  /* after that a thread is only answered by exception */
#define LATE         (30 * HF_DAY_US) /* at the edge of a retention period */

typedef struct threads {
    uint32_t root[OPEN_THREADS]; /* message indexes of the roots last answered; GEN_NO_ROOT none */
    int64_t last[OPEN_THREADS];  /* when they were */
    uint32_t next, roots;
} threads;

/* Number of roots that are older than us. */
static uint32_t roots_before(const gen_stream *s, uint32_t roots, int64_t us)
{
    uint32_t low = 0, high = roots;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (s->msg[s->roots[mid]].us < us)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

/* The root that message i answers, GEN_NO_ROOT when there is none to answer: in 6 % of the cases
 * one that is late, or the channel's first, which grows long; mostly a thread that is open,
 * otherwise one of the last twelve roots. */
static uint32_t choose_root(const gen_stream *s, threads *t, uint32_t i, gen_rng *r)
{
    uint64_t x = gen_below(r, 100);
    int64_t now = s->msg[i].us;
    if (x < 6) {
        uint32_t old = roots_before(s, t->roots, now - LATE);
        if (old > 0)
            return s->roots[x < 1 ? 0 : gen_below(r, old)];
    }
    uint32_t open[OPEN_THREADS], opens = 0;
    for (uint32_t k = 0; k < OPEN_THREADS; k++)
        if (t->root[k] != GEN_NO_ROOT && now - t->last[k] < OPEN_FOR)
            open[opens++] = k;
    if (x < 80 && opens > 0) {
        uint32_t k = open[gen_below(r, opens)];
        t->last[k] = now;
        return t->root[k];
    }
    uint32_t fresh = t->roots - roots_before(s, t->roots, now - OPEN_FOR);
    if (fresh == 0)
        return GEN_NO_ROOT;
    uint32_t root = s->roots[t->roots - 1 - (uint32_t)gen_below(r, fresh < 12 ? fresh : 12)];
    uint32_t slot = t->next++ % OPEN_THREADS;
    t->root[slot] = root;
    t->last[slot] = now;
    return root;
}

static void lay_threads(gen_stream *s)
{
    threads t = { .next = 0 };
    memset(t.root, 0xff, sizeof(t.root));
    for (uint32_t i = 0; i < s->n; i++) {
        gen_msg *m = &s->msg[i];
        gen_rng r = gen_rng_at(s->w->seed, GEN_F_THREAD, s->index, i);
        if (m->kind != GEN_M_PLAIN && m->kind != GEN_M_BOT)
            continue;
        if (m->kind == GEN_M_PLAIN && gen_chance(&r, 45000) && t.roots > 0)
            m->root = choose_root(s, &t, i, &r);
        if (m->root != GEN_NO_ROOT)
            m->is_broadcast = gen_chance(&r, 2000);
        else if (m->kind == GEN_M_PLAIN || gen_chance(&r, 25000))
            s->roots[t.roots++] = i;
    }
}

/* Sort the replies by root, keeping their order; deleted roots keep their replies only. */
static void index_replies(gen_stream *s)
{
    memset(s->reply_at, 0, (s->n + 1) * sizeof(*s->reply_at));
    for (uint32_t i = 0; i < s->n; i++)
        if (s->msg[i].root != GEN_NO_ROOT)
            s->reply_at[s->msg[i].root + 1]++;
    for (uint32_t i = 0; i < s->n; i++)
        s->reply_at[i + 1] += s->reply_at[i];
    for (uint32_t i = s->n;
         i-- > 0;) /* fill from the end, so that reply_at[root] ends as its start */
        if (s->msg[i].root != GEN_NO_ROOT)
            s->reply[--s->reply_at[s->msg[i].root + 1]] = i;
    for (uint32_t i = 0; i < s->n; i++)
        s->reply_at[i] = s->reply_at[i + 1];
    uint32_t total = 0;
    for (uint32_t i = 0; i < s->n; i++)
        total += s->msg[i].root != GEN_NO_ROOT;
    s->reply_at[s->n] = total;
    for (uint32_t i = 0; i < s->n; i++) {
        gen_rng r = gen_rng_at(s->w->seed, GEN_F_THREAD, s->index, (uint64_t)i + UINT32_MAX);
        gen_msg *m = &s->msg[i];
        if (gen_reply_count(s, i) > 0 && !m->is_needle && gen_chance(&r, 1500))
            m->kind = GEN_M_DELETED;
    }
}

void gen_stream_open(gen_stream *s, uint32_t index, gen_world *w)
{
    s->index = index;
    s->c = &s->w->channel[index];
    s->n = (uint32_t)s->c->messages;
    make_room(s, s->n);
    lay_times(s);
    for (uint32_t i = 0; i < s->n; i++)
        lay_message(s, i);
    place_needles(s, w);
    lay_threads(s);
    index_replies(s);
    for (uint32_t i = 0; i < s->n; i++) {
        gen_msg *m = &s->msg[i];
        m->is_edited = m->kind == GEN_M_PLAIN && m->edit_after > 0;
    }
}
