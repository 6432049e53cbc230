/* mattermost/others.c: emoji, drafts and scheduled posts, audits, and rows that are only kept. */
#include "rows_priv.h"

/* The record's id is a column. */
static const char *name_by(mm_reading *x, int k)
{
    hf_view id = mm_raw(&x->main, k);

    if (id.n == 0)
        return "a row without an id";
    x->r->id = mm_decode(id, x->b->mem);
    return NULL;
}

/* --- emoji ---------------------------------------------------------------------------------------
 */

enum { E_ID = MM_ID, E_CREATE, E_DELETE, E_CREATOR, E_NAME };

static const mm_shape_column emoji_columns[] = {
    [E_ID] = { "id", 0 },
    [E_CREATE] = { "createat", MM_DEFAULT },
    [E_DELETE] = { "deleteat", MM_DEFAULT },
    [E_CREATOR] = { "creatorid", 0 },
    [E_NAME] = { "name", 0 },
    { "updateat", MM_DEFAULT },
    { NULL, 0 },
};

const mm_shape mm_shape_emoji = {
    .table = "emoji", .kind = HF_KIND_EMOJI, .column = emoji_columns, .required = "id"
};

const char *mm_read_emoji(mm_reading *x)
{
    mm_row *row = &x->main;
    const char *why = name_by(x, E_ID);

    if (why != NULL)
        return why;
    mm_take_text(x, row, E_NAME, HF_F_EMOJI_NAME, 0);
    mm_take_text(x, row, E_CREATOR, HF_F_EMOJI_CREATOR, 0);
    mm_take_time(x, row, E_CREATE, HF_F_EMOJI_CREATED, 0);
    mm_take_time(x, row, E_DELETE, HF_F_EMOJI_DELETED_AT, 0);
    mm_carry(row, E_ID,
             hf_rec_text(
                 x->b, x->r, HF_F_EMOJI_PATH, 0,
                 hf_arena_printf(x->b->mem, "data/emoji/%.*s/image", (int)x->r->id.n, x->r->id.p)));
    mm_leaves(x, row);
    return NULL;
}

/* --- drafts --------------------------------------------------------------------------------------
 */

enum { D_ID, D_CREATE, D_UPDATE, D_USER, D_CHANNEL, D_ROOT, D_MESSAGE, D_SCHEDULED };

#define DRAFT_REST                                                                                \
    { "deleteat", MM_DEFAULT }, { "processedat", MM_DEFAULT }, { "props", MM_JSON | MM_DEFAULT }, \
        { "fileids", MM_JSON | MM_DEFAULT },                                                      \
    {                                                                                             \
        "priority", MM_JSON | MM_DEFAULT                                                          \
    }

static const mm_shape_column draft_columns[] = {
    [D_ID] = { "", 0 },
    [D_CREATE] = { "createat", MM_DEFAULT },
    [D_UPDATE] = { "updateat", MM_DEFAULT },
    [D_USER] = { "userid", 0 },
    [D_CHANNEL] = { "channelid", 0 },
    [D_ROOT] = { "rootid", 0 },
    [D_MESSAGE] = { "message", 0 },
    [D_SCHEDULED] = { "", 0 },
    DRAFT_REST,
    { NULL, 0 },
};

static const mm_shape_column scheduled_columns[] = {
    [D_ID] = { "id", 0 },
    [D_CREATE] = { "createat", MM_DEFAULT },
    [D_UPDATE] = { "updateat", MM_DEFAULT },
    [D_USER] = { "userid", 0 },
    [D_CHANNEL] = { "channelid", 0 },
    [D_ROOT] = { "rootid", 0 },
    [D_MESSAGE] = { "message", 0 },
    [D_SCHEDULED] = { "scheduledat", MM_DEFAULT },
    DRAFT_REST,
    { NULL, 0 },
};

const mm_shape mm_shape_drafts = {
    .table = "drafts", .kind = HF_KIND_DRAFT, .column = draft_columns, .required = "userid"
};
const mm_shape mm_shape_scheduled = {
    .table = "scheduledposts", .kind = HF_KIND_DRAFT, .column = scheduled_columns, .required = "id"
};

/* A person has one draft in each place. */
static void name_draft(mm_reading *x)
{
    static const int key[] = { D_USER, D_CHANNEL, D_ROOT };
    hf_buf *b = &x->scratch;

    hf_buf_reset(b);
    for (size_t i = 0; i < sizeof(key) / sizeof(key[0]); i++) {
        if (i > 0)
            hf_buf_byte(b, '/');
        hf_buf_add(b, mm_decode(mm_raw(&x->main, key[i]), x->b->mem));
    }
    x->r->id = hf_arena_dup(x->b->mem, hf_buf_view(b));
}

const char *mm_read_draft(mm_reading *x)
{
    mm_row *row = &x->main;
    const char *why = NULL;

    if (row->l->shape == &mm_shape_scheduled)
        why = name_by(x, D_ID);
    else if (mm_raw(row, D_USER).n == 0)
        why = "a draft without an author";
    else
        name_draft(x);
    if (why != NULL)
        return why;
    mm_take_text(x, row, D_USER, HF_F_DRAFT_AUTHOR, 0);
    mm_take_text(x, row, D_CHANNEL, HF_F_DRAFT_CHANNEL, 0);
    mm_take_text(x, row, D_ROOT, HF_F_DRAFT_THREAD, 0);
    mm_take_text(x, row, D_MESSAGE, HF_F_DRAFT_TEXT, 0);
    if (!mm_take_time(x, row, D_UPDATE, HF_F_DRAFT_TIME, 0))
        mm_take_time(x, row, D_CREATE, HF_F_DRAFT_TIME, 0);
    mm_take_time(x, row, D_SCHEDULED, HF_F_DRAFT_SCHEDULED, 0);
    mm_leaves(x, row);
    x->r->time_us = hf_rec_get_num(x->r, HF_F_DRAFT_TIME, HF_NO_TIME);
    return NULL;
}

/* --- audits --------------------------------------------------------------------------------------
 */

enum { A_ID, A_CREATE, A_USER, A_ACTION, A_EXTRA, A_ADDRESS };

static const mm_shape_column audit_columns[] = {
    [A_ID] = { "id", 0 },
    [A_CREATE] = { "createat", MM_DEFAULT },
    [A_USER] = { "userid", 0 },
    [A_ACTION] = { "action", 0 },
    [A_EXTRA] = { "extrainfo", 0 },
    [A_ADDRESS] = { "ipaddress", 0 },
    { NULL, 0 },
};

const mm_shape mm_shape_audits = {
    .table = "audits", .kind = HF_KIND_EVENT, .column = audit_columns, .required = "id"
};

const char *mm_read_audit(mm_reading *x)
{
    mm_row *row = &x->main;

    mm_take_time(x, row, A_CREATE, HF_F_EVENT_TIME, 0);
    mm_take_text(x, row, A_ID, HF_F_EVENT_ID, 0);
    mm_take_text(x, row, A_USER, HF_F_EVENT_USER, 0);
    mm_take_text(x, row, A_ACTION, HF_F_EVENT_ACTION, 0);
    mm_take_text(x, row, A_EXTRA, HF_F_EVENT_DETAIL, 0);
    mm_take_text(x, row, A_ADDRESS, HF_F_EVENT_ADDRESS, 0);
    mm_leaves(x, row);
    x->r->time_us = hf_rec_get_num(x->r, HF_F_EVENT_TIME, HF_NO_TIME);
    return name_by(x, A_ID);
}

/* --- rows that are only kept ---------------------------------------------------------------------
 */

static const mm_shape_column no_columns[] = { { NULL, 0 } };

const mm_shape mm_shape_opaque = { .kind = HF_KIND_OPAQUE, .column = no_columns };

/* A part of a key: '/' parts them. */
static void put_key_part(hf_buf *out, hf_view v, bool is_last)
{
    for (size_t i = 0; i < v.n; i++) {
        if (!is_last && (v.p[i] == '/' || v.p[i] == '%'))
            hf_buf_printf(out, "%%%02X", (unsigned)v.p[i]);
        else
            hf_buf_byte(out, v.p[i]);
    }
}

static bool put_key(mm_reading *x, hf_buf *out)
{
    const mm_layout *l = x->main.l;

    for (uint16_t i = 0; i < l->nkey; i++) {
        hf_view v = x->main.col[l->key[i]];

        if (hf_copy_is_null(v))
            return false;
        if (i > 0)
            hf_buf_byte(out, '/');
        put_key_part(out, mm_decode(v, x->b->mem), i + 1 == l->nkey);
    }
    return l->nkey > 0;
}

/* How many rows like this one the table had so far, this one counted. */
static uint64_t count_equal(mm_reading *x, hf_view digest)
{
    const mm_layout *l = x->main.l;

    if (x->equal == NULL)
        x->equal = hf_map_new();
    hf_buf_reset(&x->scratch);
    hf_buf_add(&x->scratch, digest);
    hf_buf_add(&x->scratch, l->schema);
    hf_buf_byte(&x->scratch, '.');
    hf_buf_add(&x->scratch, l->name);
    return ++hf_map_put(x->equal, hf_buf_view(&x->scratch), NULL)->v.u;
}

/* The primary key, or what stands for one: a digest of the row, and which of several equal rows it
 * is. */
static hf_view opaque_id(mm_reading *x)
{
    enum { DIGEST = 32 };
    hf_view line = x->main.line;
    hf_sha256 d;
    char hex[65];
    uint64_t n;

    hf_buf_reset(&x->scratch);
    if (put_key(x, &x->scratch) && x->scratch.n > 0)
        return hf_arena_dup(x->b->mem, hf_buf_view(&x->scratch));
    if (line.n > 0 && line.p[line.n - 1] == '\n')
        line.n--;
    d = hf_sha256_of(line);
    hf_sha256_hex(&d, hex);
    x->r->flags |= HF_REC_SYNTHETIC_ID;
    n = count_equal(x, (hf_view){ hex, DIGEST });
    return n == 1 ? hf_arena_dup(x->b->mem, (hf_view){ hex, DIGEST })
                  : hf_arena_printf(x->b->mem, "%.*s-%llu", DIGEST, hex, (unsigned long long)n);
}

void mm_read_opaque(mm_reading *x)
{
    const mm_layout *l = x->main.l;

    if (x->r->id.n == 0) { /* parse knows it */
        x->r->id = opaque_id(x);
        x->r->scope = hf_arena_printf(x->b->mem, "%.*s.%.*s", (int)l->schema.n, l->schema.p,
                                      (int)l->name.n, l->name.p);
    }
    mm_leaves(x, &x->main);
}

/* --- any row -------------------------------------------------------------------------------------
 */

const mm_shape *mm_shape_of(mm_role role)
{
    static const mm_shape *const shapes[] = {
        [MM_TEAMS] = &mm_shape_teams,
        [MM_USERS] = &mm_shape_users,
        [MM_BOTS] = &mm_shape_bots,
        [MM_CHANNELS] = &mm_shape_channels,
        [MM_CHANNEL_MEMBERS] = &mm_shape_channel_members,
        [MM_CHANNEL_HISTORY] = &mm_shape_channel_history,
        [MM_TEAM_MEMBERS] = &mm_shape_team_members,
        [MM_EMOJI] = &mm_shape_emoji,
        [MM_POSTS] = &mm_shape_posts,
        [MM_REACTIONS] = &mm_shape_reactions,
        [MM_FILES] = &mm_shape_files,
        [MM_PRIORITIES] = &mm_shape_priorities,
        [MM_ACKS] = &mm_shape_acks,
        [MM_TEMPORARY] = &mm_shape_temporary,
        [MM_TRANSLATIONS] = &mm_shape_translations,
        [MM_DRAFTS] = &mm_shape_drafts,
        [MM_SCHEDULED] = &mm_shape_scheduled,
        [MM_AUDITS] = &mm_shape_audits,
    };

    return role < sizeof(shapes) / sizeof(shapes[0]) && shapes[role] != NULL ? shapes[role]
                                                                             : &mm_shape_opaque;
}

static const char *read_kind(mm_reading *x, const mm_join *joined, size_t n)
{
    switch (x->r->kind) {
    case HF_KIND_WORKSPACE:
        return mm_read_team(x);
    case HF_KIND_USER:
        return mm_read_user(x, joined, n);
    case HF_KIND_CHANNEL:
        return mm_read_channel(x);
    case HF_KIND_MEMBERSHIP:
        return mm_read_membership(x);
    case HF_KIND_EMOJI:
        return mm_read_emoji(x);
    case HF_KIND_MESSAGE:
        return mm_read_post(x, joined, n);
    case HF_KIND_DRAFT:
        return mm_read_draft(x);
    case HF_KIND_EVENT:
        return mm_read_audit(x);
    case HF_KIND_OPAQUE:
        mm_read_opaque(x);
        return NULL;
    case HF_KIND_NONE:
    case HF_KIND_MEMBER:
    case HF_KIND_BYTES:
    case HF_KIND_MEMBER_END:
    case HF_KIND_COVERAGE:
    case HF_KIND_QUARANTINE:
    case HF_KIND_COUNT:
        break;
    }
    return "no such record is a row";
}

static void *moved(hf_batch *b, const void *from, size_t count, size_t size)
{
    return count == 0 ? NULL : memcpy(hf_arena_alloc(b->mem, count * size), from, count * size);
}

/* Values and leaves are made in one place that stays at hand, then take no more of the batch than
 * they need: what the next stages walk over fits the processor's cache. */
const char *mm_read_record(mm_reading *x, const mm_join *joined, size_t n)
{
    hf_record *r = x->r;
    const char *why;

    r->format = MM_FORMAT;
    r->dialect = HF_DIALECT_MARKDOWN;
    r->value = x->value;
    r->leaf = x->leaf;
    r->nvalue = r->nleaf = 0;
    r->cap_value = r->cap_leaf = MM_ROOM;
    why = read_kind(x, joined, n);
    if (r->value == x->value) { /* there were few enough */
        r->value = moved(x->b, x->value, r->nvalue, sizeof(*r->value));
        r->cap_value = r->nvalue;
    }
    if (r->leaf == x->leaf) {
        r->leaf = moved(x->b, x->leaf, r->nleaf, sizeof(*r->leaf));
        r->cap_leaf = r->nleaf;
    }
    return why;
}
