/* vault/rows.c: rows of records.sqlite in and out of statements, with their checksums. */
#include "format/copy.h"
#include "vault/records_priv.h"

static const hf_view none = { NULL, 0 };

/* Kinds are stored by numbers of our own: those of hf_kind may change. */
static const struct {
    hf_kind kind;
    int number;
} kinds[] = {
    { HF_KIND_WORKSPACE, 1 }, { HF_KIND_USER, 2 },       { HF_KIND_CHANNEL, 3 },
    { HF_KIND_MESSAGE, 4 },   { HF_KIND_EMOJI, 5 },      { HF_KIND_EVENT, 6 },
    { HF_KIND_OPAQUE, 7 },    { HF_KIND_MEMBERSHIP, 8 }, { HF_KIND_DRAFT, 9 },
};

int hf_vault_kind(hf_kind kind)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (kinds[i].kind == kind)
            return kinds[i].number;
    return 0;
}

hf_kind hf_vault_kind_of(int64_t number)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (kinds[i].number == number)
            return kinds[i].kind;
    return HF_KIND_NONE;
}

uint64_t hf_vault_key(const hf_record *r)
{
    uint64_t h = hf_hash64(r->origin, (uint64_t)hf_vault_kind(r->kind));

    return hf_hash64(r->id, hf_hash64(r->scope, h));
}

hf_view hf_vault_author(const hf_record *r)
{
    hf_view v = hf_rec_get_text(r, HF_F_MESSAGE_AUTHOR);

    if (v.n == 0)
        v = hf_rec_get_text(r, HF_F_MESSAGE_AUTHOR_BOT);
    if (v.n == 0)
        v = hf_rec_get_text(r, HF_F_EVENT_USER);
    return v.n == 0 ? hf_rec_get_text(r, HF_F_MEMBERSHIP_USER) : v;
}

/* By the one definition of every count, so that flags and counts never disagree. */
int64_t hf_vault_describe(const hf_record *r, int64_t *reactions, int64_t *files)
{
    bool is_over = r->kind == HF_KIND_MEMBERSHIP && hf_rec_get(r, HF_F_MEMBERSHIP_LEFT) != NULL;
    hf_record whole = *r;
    hf_counts c;

    whole.flags &= HF_REC_BY_BOT; /* stand-ins have these too */
    hf_counts_init(&c);
    hf_counts_add(&c, &whole);
    if (reactions != NULL)
        *reactions = (int64_t)c.reactions;
    if (files != NULL)
        *files = (int64_t)c.files;
    return (int64_t)r->flags | (c.replies > 0 ? REC_REPLY : 0) | (c.roots > 0 ? REC_ROOT : 0) |
           (c.system > 0 ? REC_SYSTEM : 0) | (c.bot > 0 ? REC_BOT : 0) |
           (c.deleted > 0 || is_over ? REC_DELETED : 0) | (c.edited > 0 ? REC_EDITED : 0) |
           (hf_rec_get_bool(r, HF_F_MESSAGE_IS_PINNED) ? REC_PINNED : 0);
}

/* 32 bits: enough to find a flipped bit, small in a row. */
static int64_t sum_of(const int64_t *number, size_t n, hf_view a, hf_view b)
{
    uint64_t h = 0;

    for (size_t i = 0; i < n; i++) {
        unsigned char le[8];

        for (size_t k = 0; k < 8; k++)
            le[k] = (unsigned char)((uint64_t)number[i] >> (8 * k));
        h = hf_hash64((hf_view){ (const char *)le, sizeof(le) }, h);
    }
    return (int64_t)(hf_hash64(b, hf_hash64(a, h)) & UINT32_MAX);
}

/* --- rec ---------------------------------------------------------------------------------------
 */

static int64_t rec_sum(const hf_rec_row *w, size_t left_out)
{
    const int64_t number[] = {
        w->id,
        w->origin,
        w->kind,
        w->scope,
        w->key,
        w->flags,
        w->time_us,
        w->author,
        w->reactions,
        w->files,
        w->versions,
        w->current,
        w->content_digest,
        w->state_digest,
        w->format,
        w->place.content,
        (int64_t)w->place.off,
        (int64_t)w->place.len,
        w->missing,
        w->changed,
    };

    return sum_of(number, sizeof(number) / sizeof(number[0]) - left_out, w->native, w->thread);
}

int64_t hf_rec_row_sum(const hf_rec_row *w)
{
    return rec_sum(w, 0);
}

int64_t hf_rec_row_sum_unchanged(const hf_rec_row *w)
{
    return rec_sum(w, 1);
}

void hf_rec_row_get(hf_stmt *st, hf_rec_row *w)
{
    w->id = hf_stmt_col_i64(st, 0);
    w->origin = hf_stmt_col_i64(st, 1);
    w->kind = hf_stmt_col_i64(st, 2);
    w->scope = hf_stmt_col_i64(st, 3);
    w->native = hf_stmt_col_text(st, 4);
    w->key = hf_stmt_col_i64(st, 5);
    w->flags = hf_stmt_col_i64(st, 6);
    w->time_us = hf_stmt_col_is_null(st, 7) ? HF_NO_TIME : hf_stmt_col_i64(st, 7);
    w->thread = hf_stmt_col_text(st, 8);
    w->author = hf_stmt_col_i64(st, 9);
    w->reactions = hf_stmt_col_i64(st, 10);
    w->files = hf_stmt_col_i64(st, 11);
    w->versions = hf_stmt_col_i64(st, 12);
    w->current = hf_stmt_col_i64(st, 13);
    w->content_digest = hf_stmt_col_i64(st, 14);
    w->state_digest = hf_stmt_col_i64(st, 15);
    w->format = hf_stmt_col_i64(st, 16);
    w->place.content = hf_stmt_col_i64(st, 17);
    w->place.off = (uint64_t)hf_stmt_col_i64(st, 18);
    w->place.len = (uint64_t)hf_stmt_col_i64(st, 19);
    w->missing = hf_stmt_col_i64(st, 20);
    w->changed = hf_stmt_col_i64(st, 21);
}

void hf_rec_row_bind(hf_stmt *st, const hf_rec_row *w)
{
    hf_stmt_bind_i64(st, 1, w->id);
    hf_stmt_bind_i64(st, 2, w->origin);
    hf_stmt_bind_i64(st, 3, w->kind);
    hf_stmt_bind_i64(st, 4, w->scope);
    hf_stmt_bind_text(st, 5, w->native);
    hf_stmt_bind_i64(st, 6, w->key);
    hf_stmt_bind_i64(st, 7, w->flags);
    if (w->time_us != HF_NO_TIME)
        hf_stmt_bind_i64(st, 8, w->time_us);
    if (w->thread.n > 0)
        hf_stmt_bind_text(st, 9, w->thread);
    hf_stmt_bind_i64(st, 10, w->author);
    hf_stmt_bind_i64(st, 11, w->reactions);
    hf_stmt_bind_i64(st, 12, w->files);
    hf_stmt_bind_i64(st, 13, w->versions);
    hf_stmt_bind_i64(st, 14, w->current);
    hf_stmt_bind_i64(st, 15, w->content_digest);
    hf_stmt_bind_i64(st, 16, w->state_digest);
    hf_stmt_bind_i64(st, 17, w->format);
    hf_stmt_bind_i64(st, 18, w->place.content);
    hf_stmt_bind_i64(st, 19, (int64_t)w->place.off);
    hf_stmt_bind_i64(st, 20, (int64_t)w->place.len);
    if (w->missing != 0)
        hf_stmt_bind_i64(st, 21, w->missing);
    hf_stmt_bind_i64(st, 22, w->changed);
    hf_stmt_bind_i64(st, 23, hf_rec_row_sum(w));
}

/* --- version -----------------------------------------------------------------------------------
 */

int64_t hf_version_row_sum(const hf_version_row *w)
{
    const int64_t number[] = {
        w->id,
        w->import,
        w->digest,
        w->time_us,
        w->format,
        w->flags,
        w->place.content,
        (int64_t)w->place.off,
        (int64_t)w->place.len,
        w->text.p != NULL,
    };

    return sum_of(number, sizeof(number) / sizeof(number[0]), w->text, none);
}

void hf_version_row_get(hf_stmt *st, hf_version_row *w)
{
    w->id = hf_stmt_col_i64(st, 0);
    w->import = hf_stmt_col_i64(st, 1);
    w->digest = hf_stmt_col_i64(st, 2);
    w->time_us = hf_stmt_col_is_null(st, 3) ? HF_NO_TIME : hf_stmt_col_i64(st, 3);
    w->format = hf_stmt_col_i64(st, 4);
    w->flags = hf_stmt_col_i64(st, 5);
    w->place.content = hf_stmt_col_i64(st, 6);
    w->place.off = (uint64_t)hf_stmt_col_i64(st, 7);
    w->place.len = (uint64_t)hf_stmt_col_i64(st, 8);
    w->text = hf_stmt_col_text(st, 9);
    if (hf_stmt_col_is_null(st, 9))
        w->text = none;
    else if (w->text.p == NULL)
        w->text = (hf_view){ "", 0 };
}

void hf_version_row_bind(hf_stmt *st, const hf_version_row *w)
{
    hf_stmt_bind_i64(st, 1, w->id);
    hf_stmt_bind_i64(st, 2, w->import);
    hf_stmt_bind_i64(st, 3, w->digest);
    if (w->time_us != HF_NO_TIME)
        hf_stmt_bind_i64(st, 4, w->time_us);
    hf_stmt_bind_i64(st, 5, w->format);
    hf_stmt_bind_i64(st, 6, w->flags);
    hf_stmt_bind_i64(st, 7, w->place.content);
    hf_stmt_bind_i64(st, 8, (int64_t)w->place.off);
    hf_stmt_bind_i64(st, 9, (int64_t)w->place.len);
    if (w->text.p != NULL)
        hf_stmt_bind_text(st, 10, w->text);
    hf_stmt_bind_i64(st, 11, hf_version_row_sum(w));
}
