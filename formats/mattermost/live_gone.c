/* mattermost/live_gone.c: rows of messages that were taken out of their tables.
 *
 * A reaction, an attachment's row or an earlier text that SQL or a retention job deleted leaves no
 * trace that an incremental reading could follow. That some are gone shows in numbers: how many
 * rows are older than a moment is counted at that moment and again at the next reading. Their
 * createat stays what it was, whatever else of them changes. Messages themselves are counted by
 * channel and day (live.c); rows that went with one are no news.
 */
#include "live_priv.h"

typedef struct counting {
    live *l;
    hf_arena *mem;
    const char *then, *now; /* cut-off moments, milliseconds */
} counting;

/* Two counts of the rows of t for which condition holds, into *then and *now. */
static hf_status count_rows(const counting *c, const mm_table *t, const char *condition,
                            uint64_t *then, uint64_t *now, hf_err **err)
{
    const char *param[] = { c->then, c->now };
    hf_pg_rows rows;
    hf_status rc;
    hf_buf sql;

    if (mm_column_find(t, HF_V("createat")) < 0)
        return HF_OK;
    hf_buf_init(&sql, HF_BUF_UNBOUNDED);
    hf_buf_str(&sql, "SELECT count(*) FILTER (WHERE t.createat < $1::bigint),"
                     " count(*) FILTER (WHERE t.createat < $2::bigint) FROM ");
    rc = live_put_table(c->l, t, &sql, err);
    hf_buf_str(&sql, " AS t");
    hf_buf_str(&sql, condition);
    if (rc == HF_OK)
        rc = hf_pg_query(c->l->pool.pg[0], hf_buf_cstr(&sql), param, 2, c->mem, &rows, err);
    hf_buf_clear(&sql);
    if (rc == HF_OK && (rows.nrow != 1 || !hf_view_u64(hf_pg_cell(&rows, 0, 0), then) ||
                        !hf_view_u64(hf_pg_cell(&rows, 0, 1), now)))
        return hf_fail(err, HF_E_DB, "the server counts in an unknown way");
    return rc;
}

hf_status live_old_rows(live *l, int64_t then_us, int64_t now_us, live_old *then, live_old *now,
                        hf_err **err)
{
    static const char messages[] = " WHERE coalesce(t.originalid, '') = ''",
                      versions[] = " WHERE t.originalid > ''";
    char *cut[2] = { hf_sprintf("%lld", (long long)(then_us / 1000 - LIVE_OVERLAP_MS)),
                     hf_sprintf("%lld", (long long)(now_us / 1000 - LIVE_OVERLAP_MS)) };
    counting c = { l, hf_arena_new(), cut[0], cut[1] };
    hf_status rc = HF_OK;

    *then = *now = (live_old){ .n = { 0 } };
    for (uint32_t i = 0; i < l->base.ntable && rc == HF_OK; i++) {
        const mm_table *t = &l->base.table[i];
        int k = t->role == MM_REACTIONS ? LIVE_REACTIONS : LIVE_FILES;

        if (t->role == MM_REACTIONS || t->role == MM_FILES)
            rc = count_rows(&c, t, "", &then->n[k], &now->n[k], err);
        if (t->role != MM_POSTS)
            continue;
        rc = count_rows(&c, t, messages, &then->n[LIVE_MESSAGES], &now->n[LIVE_MESSAGES], err);
        if (rc == HF_OK)
            rc = count_rows(&c, t, versions, &then->n[LIVE_VERSIONS], &now->n[LIVE_VERSIONS], err);
    }
    hf_arena_free(c.mem);
    hf_free(cut[0]);
    hf_free(cut[1]);
    return rc;
}

const char *const live_old_names[LIVE_OLD] = { "messages", "versions", "reactions", "files" };

void live_tell_gone(live *l, const live_old *gone)
{
    static const char *const labels[LIVE_OLD] = { "", "earlier texts", "reactions",
                                                  "rows of attachments" };
    hf_buf b;

    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    for (int i = LIVE_VERSIONS; i < LIVE_OLD; i++)
        if (gone->n[i] > 0)
            hf_buf_printf(&b, "%s%llu %s", b.n == 0 ? "" : ", ", (unsigned long long)gone->n[i],
                          labels[i]);
    if (b.n > 0)
        live_fact(l, "rows_gone", "Taken out of the server", true,
                  "%s of messages that are still there; an import with --full finds which",
                  hf_buf_cstr(&b));
    hf_buf_clear(&b);
}
