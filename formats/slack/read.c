/* slack/read.c: members to batches: definitions first, then the container's own order.
 *
 * Views of records and of their bytes point into the batch; one window of a member is one BYTES
 * record, and the records in it point into the same memory.
 */
#include "slack/read_priv.h"

/* --- opening ------------------------------------------------------------------------------------
 */

static bool is_definition(slack_role role)
{
    return role >= SLACK_USERS && role <= SLACK_MPIMS;
}

static void list_definitions(slack_reader *r)
{
    size_t cap = 0;

    for (int role = SLACK_USERS; role <= SLACK_MPIMS; role++) {
        for (uint32_t i = 0; i < hf_source_count(r->src); i++) {
            const hf_member *m = hf_source_member(r->src, i);

            if (m->type != HF_MEMBER_FILE ||
                slack_place_of(m->name, r->root).role != (slack_role)role)
                continue;
            if (r->ndefs == cap) {
                cap = cap == 0 ? 16 : cap * 2;
                r->defs = hf_realloc(r->defs, cap, sizeof(*r->defs));
            }
            r->defs[r->ndefs++] = i;
        }
    }
}

/* The team id of one user; empty when it says none. */
static hf_view team_of(const hf_tape *t, hf_arena *mem)
{
    hf_view team;

    if (t->n == 0 || hf_tok_type(t, 0) != HF_JSON_OBJECT)
        return (hf_view){ NULL, 0 };
    team = slack_id(t, hf_tape_get(t, 0, "team_id"), mem);
    if (team.n == 0)
        team = slack_id(t, hf_tape_get_in(t, hf_tape_get(t, 0, "profile"), "team"), mem);
    return team;
}

/* Find the origin in one users file: the first user that names a team. */
static hf_status find_origin(slack_reader *r, uint32_t member, hf_err **err)
{
    slack_window w = { 0 };
    hf_json_split *split = hf_json_split_new(HF_SPLIT_ARRAY, NULL);
    hf_arena *mem = hf_arena_new();
    hf_split_result got = HF_SPLIT_MORE;
    hf_status rc = slack_window_open(&w, r->src, member, err);

    while (rc == HF_OK && got != HF_SPLIT_DONE && r->origin == NULL) {
        size_t done = 0, used;
        hf_piece piece;

        hf_arena_reset(mem);
        rc = slack_window_fill(&w, mem, err);
        if (rc != HF_OK)
            break;
        do {
            used = 0;
            got = hf_json_split_tape(split, hf_view_from(w.bytes, done), w.is_last, &used, &piece,
                                     &r->tape);
            if (got == HF_SPLIT_PIECE && !piece.is_bad && team_of(&r->tape, mem).n > 0) {
                r->origin = hf_view_dup(team_of(&r->tape, mem));
                break;
            }
            done += used;
        } while (got == HF_SPLIT_PIECE);
        slack_window_keep(&w, done);
    }
    slack_window_close(&w);
    hf_json_split_free(split);
    hf_arena_free(mem);
    return rc;
}

static hf_status choose_origin(slack_reader *r, const char *given, hf_err **err)
{
    hf_status rc = HF_OK;

    r->origin = hf_strdup(given);
    if ((r->want & HF_WANT_RECORDS) == 0)
        return HF_OK;
    for (size_t i = 0; i < r->ndefs && rc == HF_OK && r->origin == NULL; i++)
        if (slack_place_of(hf_source_member(r->src, r->defs[i])->name, r->root).role == SLACK_USERS)
            rc = find_origin(r, r->defs[i], err);
    if (rc != HF_OK || r->origin != NULL)
        return rc;
    hf_fail(err, HF_E_ORIGIN, "no user of this Slack export has a team_id");
    return hf_hint(err, "name the workspace it comes from: --origin NAME");
}

static void close_member(slack_reader *r)
{
    slack_window_close(&r->window);
    hf_json_split_free(r->split);
    r->split = NULL;
    r->is_open = false;
}

static void slack_close(hf_reader *base)
{
    slack_reader *r = (slack_reader *)base;

    close_member(r);
    slack_convs_free(r->convs);
    slack_seen_free(r->seen);
    hf_map_free(r->defined);
    hf_map_free(r->digests);
    hf_tape_clear(&r->tape);
    hf_free(r->defs);
    hf_free(r->origin);
    hf_free(r);
}

static hf_status slack_next(hf_reader *base, hf_batch *b, hf_err **err);

hf_status slack_open(hf_reader **out, const hf_reader_args *args, hf_err **err)
{
    static const hf_reader_ops ops = { slack_next, slack_close };
    slack_reader *r = HF_NEW(slack_reader);
    bool found;
    hf_status rc;

    r->base.ops = &ops;
    r->base.format = "slack";
    r->base.order = HF_ORDER_MEMBER;
    r->base.is_exact = (args->want & HF_WANT_BYTES) != 0;
    r->base.total = hf_source_total(args->source);
    r->src = args->source;
    r->paths = (args->want & HF_WANT_ACCOUNT) != 0 ? args->paths : NULL;
    r->want = args->want;
    r->root = slack_root(args->source, &found);
    r->convs = slack_convs_new();
    r->seen = slack_seen_new(args->source);
    r->defined = hf_map_new();
    r->digests = hf_map_new();
    hf_tape_init(&r->tape);
    list_definitions(r);
    if (found || (r->want & HF_WANT_RECORDS) == 0)
        rc = choose_origin(r, args->origin, err);
    else
        rc = hf_fail(err, HF_E_UNSUPPORTED,
                     "no Slack export: neither users.json nor channels.json is in it");
    if (rc != HF_OK) {
        slack_close(&r->base);
        return hf_err_at(err, hf_source_path(args->source), (hf_view){ NULL, 0 }, HF_NO_OFFSET);
    }
    r->base.origin = hf_view_str(r->origin);
    *out = &r->base;
    return HF_OK;
}

/* --- members ------------------------------------------------------------------------------------
 */

static void give_member(slack_reader *r, hf_kind kind)
{
    const hf_member *m = hf_source_member(r->src, r->member);
    hf_arena *mem = r->batch->mem;
    hf_record *rec = slack_add(r, kind);

    rec->raw.member = r->member;
    rec->u.member = (hf_rec_member){
        .ordinal = r->member,
        .name = hf_arena_dup(mem, m->name),
        .type = (int)m->type,
        .size = m->size,
        .mtime_us = m->mtime_us,
        .mode = m->mode,
        .link = hf_arena_dup(mem, m->link),
        .is_opaque = r->place.role == SLACK_OPAQUE || m->type != HF_MEMBER_FILE,
        .file_id = hf_arena_dup(mem, r->place.file_id),
    };
}

/* The conversation of a day file; the stub is given before its messages. What nobody lists may have
 * been private, so a stub never counts as public. */
static void find_conversation(slack_reader *r)
{
    hf_view folder = r->place.folder;
    bool fresh;
    slack_conv *c = slack_convs_folder(r->convs, r->place.workspace, folder, &fresh);
    hf_record *rec;

    r->conv = c->number;
    slack_seen_begin(r->seen, c->number, r->member);
    if (!fresh)
        return;
    rec = slack_add(r, HF_KIND_CHANNEL);
    rec->id = hf_arena_dup(r->batch->mem, c->id);
    rec->flags = HF_REC_STUB;
    rec->dialect = HF_DIALECT_MRKDWN;
    hf_rec_text(r->batch, rec, HF_F_CHANNEL_ID, 0, rec->id);
    hf_rec_text(r->batch, rec, HF_F_CHANNEL_NAME, 0, hf_arena_dup(r->batch->mem, folder));
    hf_rec_text(r->batch, rec, HF_F_CHANNEL_KIND, 0,
                hf_view_starts(folder, HF_V("mpdm-")) ? HF_V("group") : HF_V("private"));
}

static void new_scope(slack_reader *r)
{
    r->batch_scope = (hf_view){ NULL, 0 };
    if (r->is_open && r->has_records && r->place.role == SLACK_DAY)
        r->batch_scope = hf_arena_dup(r->batch->mem, slack_convs_at(r->convs, r->conv)->id);
}

/* The next member: those with definitions, then all others as they stand. False after the last. */
static bool next_member(slack_reader *r)
{
    const hf_member *m;

    if (r->next_def < r->ndefs) {
        r->member = r->defs[r->next_def++];
        r->place = slack_place_of(hf_source_member(r->src, r->member)->name, r->root);
        return true;
    }
    do {
        if (r->next_member == hf_source_count(r->src))
            return false;
        r->member = r->next_member++;
        m = hf_source_member(r->src, r->member);
        r->place = slack_place_of(m->name, r->root);
    } while (is_definition(r->place.role) && m->type == HF_MEMBER_FILE);
    return true;
}

/* Begin the next member that is wanted; HF_END after the last. */
static hf_status begin_member(slack_reader *r, hf_err **err)
{
    const hf_member *m;
    bool is_record_member;
    hf_status rc;

    if (!next_member(r))
        return HF_END;
    m = hf_source_member(r->src, r->member);
    is_record_member = r->place.role != SLACK_OPAQUE && m->type == HF_MEMBER_FILE;
    r->has_records = is_record_member && (r->want & HF_WANT_RECORDS) != 0;
    r->has_bytes =
        (r->want & HF_WANT_BYTES) != 0 || ((r->want & HF_WANT_OPAQUE) != 0 && !is_record_member);
    if (!r->has_records && !r->has_bytes) {
        r->base.done += m->size;
        return HF_OK;
    }
    if (r->has_bytes)
        give_member(r, HF_KIND_MEMBER);
    if (m->type != HF_MEMBER_FILE) {
        give_member(r, HF_KIND_MEMBER_END);
        return HF_OK;
    }
    rc = slack_window_open(&r->window, r->src, r->member, err);
    if (rc != HF_OK)
        return rc;
    r->is_open = true;
    if (r->has_records) {
        r->split = hf_json_split_new(HF_SPLIT_ARRAY, NULL);
        if (r->place.role == SLACK_DAY)
            find_conversation(r);
    }
    new_scope(r);
    return HF_OK;
}

static void end_member(slack_reader *r)
{
    if (r->has_bytes)
        give_member(r, HF_KIND_MEMBER_END);
    close_member(r);
}

static hf_record *begin_bytes(slack_reader *r)
{
    hf_record *rec = slack_add(r, HF_KIND_BYTES);

    rec->raw.member = r->member;
    rec->raw.offset = r->window.at;
    return rec;
}

/* A member without records: the next of its bytes. */
static hf_status give_bytes(slack_reader *r, hf_err **err)
{
    hf_record *rec;
    hf_status rc = slack_window_fill(&r->window, r->batch->mem, err);

    if (rc != HF_OK)
        return rc;
    if (r->window.bytes.n > 0) {
        rec = begin_bytes(r);
        rec->raw.bytes = r->window.bytes;
    }
    r->base.done += r->window.bytes.n;
    slack_window_keep(&r->window, r->window.bytes.n);
    if (r->window.is_last)
        end_member(r);
    return HF_OK;
}

static const char *piece_reason(slack_reader *r, const hf_piece *piece, uint64_t at)
{
    return hf_arena_printf(r->batch->mem, "%s at byte %llu", piece->reason,
                           (unsigned long long)(at + piece->bad_at))
        .p;
}

/* The records of one window, until the batch is full or the window is used up. */
static hf_status give_window(slack_reader *r, hf_err **err)
{
    hf_status rc = slack_window_fill(&r->window, r->batch->mem, err);
    hf_record *bytes = rc == HF_OK && r->has_bytes ? begin_bytes(r) : NULL;
    hf_split_result got = HF_SPLIT_PIECE;
    hf_view window = r->window.bytes;
    size_t done = 0, before = r->batch->n;

    while (rc == HF_OK && got == HF_SPLIT_PIECE) {
        size_t used = 0;
        hf_piece piece;
        uint64_t at = r->window.at + done;
        hf_raw raw = { .member = r->member };

        got = hf_json_split_tape(r->split, hf_view_from(window, done), r->window.is_last, &used,
                                 &piece, &r->tape);
        if (got == HF_SPLIT_PIECE) {
            raw.bytes = hf_view_sub(window, done + piece.at, piece.len);
            raw.offset = at + piece.at;
            if (!piece.is_bad)
                rc = slack_give(r, &raw, err);
            else if (!hf_view_is(raw.bytes, "null")) /* how Go programs write an empty list */
                slack_quarantine(r, &raw, piece_reason(r, &piece, at));
        }
        done = got == HF_SPLIT_DONE ? window.n : done + used;
        if (hf_batch_is_full(r->batch)) /* after one piece at least: a window may fill a batch */
            break;
    }
    if (bytes != NULL && done > 0)
        bytes->raw.bytes = hf_view_sub(window, 0, done);
    else if (bytes != NULL && r->batch->n == before)
        r->batch->n--; /* nothing was used: the record is longer than the window */
    r->base.done += done;
    slack_window_keep(&r->window, done);
    if (rc == HF_OK && got == HF_SPLIT_DONE)
        end_member(r);
    return rc;
}

/* What the export claims to hold of a channel, once all of it was seen. */
static bool give_coverage(slack_reader *r)
{
    while (r->next_coverage < slack_convs_count(r->convs)) {
        const slack_conv *c = slack_convs_at(r->convs, r->next_coverage++);
        hf_record *rec;

        if (c->first_us == HF_NO_TIME)
            continue;
        rec = slack_add(r, HF_KIND_COVERAGE);
        rec->scope = hf_arena_dup(r->batch->mem, c->id);
        rec->u.coverage.first_day = hf_day_of(c->first_us);
        rec->u.coverage.last_day = hf_day_of(c->last_us);
        return true;
    }
    return false;
}

static hf_status step(slack_reader *r, hf_err **err)
{
    hf_status rc;

    if (r->is_open && r->split != NULL)
        rc = give_window(r, err);
    else if (r->is_open)
        rc = give_bytes(r, err);
    else
        rc = begin_member(r, err);
    if (rc == HF_END)
        return give_coverage(r) ? HF_OK : HF_END;
    if (rc < 0)
        return hf_err_at(err, hf_source_path(r->src), hf_source_member(r->src, r->member)->name,
                         HF_NO_OFFSET);
    return rc;
}

static hf_status slack_next(hf_reader *base, hf_batch *b, hf_err **err)
{
    slack_reader *r = (slack_reader *)base;
    size_t before = b->n;
    hf_status rc = HF_OK;

    r->batch = b;
    r->batch_origin =
        r->origin == NULL ? (hf_view){ "", 0 } : hf_arena_dup(b->mem, hf_view_str(r->origin));
    new_scope(r);
    while (rc == HF_OK && (b->n == before || !hf_batch_is_full(b)))
        rc = step(r, err);
    return rc == HF_END && b->n > before ? HF_OK : rc;
}
