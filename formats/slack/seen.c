/* slack/seen.c: messages whose id occurred before in their conversation.
 *
 * Files of a channel come day by day and messages in them by time, so an id past all earlier ones
 * is new without a look. Where the order breaks, the member that may hold the id is read again and
 * its ids are counted. Memory: 40 bytes per conversation, day and member, and the ids of at most
 * CACHED members.
 */
#include "slack/slack.h"
#include "slack/window.h"

enum { CACHED = 4 };

/* One member's messages of one conversation and UTC day. */
typedef struct span {
    uint32_t conv, member;
    int64_t day;
    int64_t first_us, last_us;
    uint32_t next; /* of the same conversation and day, number + 1; 0 at the end */
} span;

/* The ids of a member and how often each occurs. */
typedef struct counted {
    uint32_t member;
    hf_map *ids; /* NULL: slot is free */
} counted;

struct slack_seen {
    hf_source *src; /* lent */
    span *spans;
    uint32_t n, cap;
    uint32_t *heads; /* hash table of (conversation, day): first span, number + 1; 0 is free */
    uint32_t mask, used;
    counted cache[CACHED];
    size_t turn;
    uint32_t conv, member; /* being read */
    int64_t last_us;       /* of its messages so far */
    bool is_ordered;       /* these came by ascending time */
    counted own;           /* once they did not: its ids so far */
    uint32_t head;         /* last chain looked up, and what for */
    uint32_t head_conv;
    int64_t head_day;
};

slack_seen *slack_seen_new(hf_source *src)
{
    slack_seen *s = HF_NEW(slack_seen);

    s->src = src;
    s->mask = 1023;
    s->heads = hf_alloc0(s->mask + 1, sizeof(*s->heads));
    return s;
}

void slack_seen_free(slack_seen *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < CACHED; i++)
        hf_map_free(s->cache[i].ids);
    hf_map_free(s->own.ids);
    hf_free(s->spans);
    hf_free(s->heads);
    hf_free(s);
}

void slack_seen_begin(slack_seen *s, uint32_t conv, uint32_t member)
{
    s->conv = conv;
    s->member = member;
    s->last_us = INT64_MIN;
    s->is_ordered = true;
    hf_map_free(s->own.ids);
    s->own = (counted){ .member = member };
}

/* --- spans --------------------------------------------------------------------------------------
 */

static uint32_t slot_of(const slack_seen *s, uint32_t conv, int64_t day)
{
    int64_t key[2] = { conv, day };
    uint32_t i = (uint32_t)hf_hash64((hf_view){ (const char *)key, sizeof(key) }, 0) & s->mask;

    while (s->heads[i] != 0) {
        const span *p = &s->spans[s->heads[i] - 1];

        if (p->conv == conv && p->day == day)
            break;
        i = (i + 1) & s->mask;
    }
    return i;
}

static void grow_heads(slack_seen *s)
{
    uint32_t *old = s->heads, n = s->mask + 1;

    s->mask = n * 2 - 1;
    s->heads = hf_alloc0((size_t)n * 2, sizeof(*s->heads));
    for (uint32_t i = 0; i < n; i++) {
        if (old[i] != 0) {
            const span *p = &s->spans[old[i] - 1];

            s->heads[slot_of(s, p->conv, p->day)] = old[i];
        }
    }
    hf_free(old);
}

static uint32_t add_span(slack_seen *s, int64_t day, int64_t time_us)
{
    uint32_t slot;

    if (s->used > s->mask / 2)
        grow_heads(s);
    slot = slot_of(s, s->conv, day);
    if (s->n == s->cap) {
        s->cap = s->cap == 0 ? 256 : s->cap * 2;
        s->spans = hf_realloc(s->spans, s->cap, sizeof(*s->spans));
    }
    s->used += s->heads[slot] == 0;
    s->spans[s->n++] = (span){ s->conv, s->member, day, time_us, time_us, s->heads[slot] };
    return s->heads[slot] = s->n;
}

/* --- reading a member again ---------------------------------------------------------------------
 */

static void count_id(hf_map *ids, const hf_tape *t, hf_arena *mem)
{
    hf_view id;

    if (t->n == 0 || hf_tok_type(t, 0) != HF_JSON_OBJECT)
        return;
    id = slack_id(t, hf_tape_get(t, 0, "ts"), mem);
    if (slack_is_ts(id))
        hf_map_put(ids, id, NULL)->v.u++;
}

/* Count the ids of the records that begin before offset end. */
static hf_status count_member(slack_seen *s, counted *c, uint64_t end, hf_err **err)
{
    slack_window w = { 0 };
    hf_json_split *split = hf_json_split_new(HF_SPLIT_ARRAY, NULL);
    hf_arena *mem = hf_arena_new();
    hf_tape t = { 0 };
    hf_status rc = slack_window_open(&w, s->src, c->member, err);
    hf_split_result got = HF_SPLIT_MORE;

    c->ids = hf_map_new();
    while (rc == HF_OK && got != HF_SPLIT_DONE) {
        size_t done = 0, used;
        hf_piece piece;

        hf_arena_reset(mem);
        rc = slack_window_fill(&w, mem, err);
        if (rc != HF_OK)
            break;
        do {
            used = 0;
            got = hf_json_split_tape(split, hf_view_from(w.bytes, done), w.is_last, &used, &piece,
                                     &t);
            if (got == HF_SPLIT_PIECE && w.at + done + piece.at >= end)
                got = HF_SPLIT_DONE;
            if (got == HF_SPLIT_PIECE && !piece.is_bad)
                count_id(c->ids, &t, mem);
            done += used;
        } while (got == HF_SPLIT_PIECE);
        slack_window_keep(&w, done);
    }
    slack_window_close(&w);
    hf_json_split_free(split);
    hf_arena_free(mem);
    hf_tape_clear(&t);
    return rc;
}

static hf_status ids_of(slack_seen *s, uint32_t member, const hf_map **ids, hf_err **err)
{
    counted *c;
    hf_status rc;

    for (size_t i = 0; i < CACHED; i++) {
        if (s->cache[i].ids != NULL && s->cache[i].member == member) {
            *ids = s->cache[i].ids;
            return HF_OK;
        }
    }
    c = &s->cache[s->turn++ % CACHED];
    hf_map_free(c->ids);
    *c = (counted){ .member = member };
    rc = count_member(s, c, UINT64_MAX, err);
    *ids = c->ids;
    return rc;
}

/* --- the question -------------------------------------------------------------------------------
 */

/* Earlier members whose span of that day holds the moment. */
static hf_status ask_others(slack_seen *s, uint32_t head, int64_t time_us, hf_view id,
                            uint64_t *before, hf_err **err)
{
    for (uint32_t i = head; i != 0; i = s->spans[i - 1].next) {
        const span *p = &s->spans[i - 1];
        const hf_map_entry *e;
        const hf_map *ids;
        hf_status rc;

        if (p->member == s->member || time_us < p->first_us || time_us > p->last_us)
            continue;
        rc = ids_of(s, p->member, &ids, err);
        if (rc != HF_OK)
            return rc;
        e = hf_map_get(ids, id);
        *before += e == NULL ? 0 : e->v.u;
    }
    return HF_OK;
}

/* This member's earlier messages; only when they, with this one, are not in ascending order. */
static hf_status ask_own(slack_seen *s, int64_t time_us, hf_view id, uint64_t offset,
                         uint64_t *before, hf_err **err)
{
    hf_status rc = HF_OK;

    if (s->is_ordered && time_us <= s->last_us) {
        s->is_ordered = false;
        rc = count_member(s, &s->own, offset, err);
    }
    if (rc == HF_OK && !s->is_ordered)
        *before += hf_map_put(s->own.ids, id, NULL)->v.u++;
    return rc;
}

hf_status slack_seen_add(slack_seen *s, int64_t time_us, hf_view id, uint64_t offset,
                         uint64_t *before, hf_err **err)
{
    int64_t day = hf_day_of(time_us);
    uint32_t head = s->head, mine;
    hf_status rc;

    *before = 0;
    if (head == 0 || s->head_conv != s->conv || s->head_day != day)
        head = s->heads[slot_of(s, s->conv, day)];
    mine = head != 0 && s->spans[head - 1].member == s->member ? head : 0;
    rc = ask_others(s, head, time_us, id, before, err);
    if (rc == HF_OK)
        rc = ask_own(s, time_us, id, offset, before, err);
    if (mine == 0) {
        head = add_span(s, day, time_us);
    } else {
        span *p = &s->spans[mine - 1];

        p->first_us = time_us < p->first_us ? time_us : p->first_us;
        p->last_us = time_us > p->last_us ? time_us : p->last_us;
    }
    s->head = head;
    s->head_conv = s->conv;
    s->head_day = day;
    if (time_us > s->last_us)
        s->last_us = time_us;
    return rc;
}
