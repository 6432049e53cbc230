/* mattermost/dump_pick.c: where in a dump file the Mattermost is. */
#include "dump_priv.h"

enum { TOLD = 8 };

static bool has_column(const mm_dump_table *t, const char *name)
{
    for (size_t i = 0; t != NULL && i < t->ncolumn; i++)
        if (hf_view_is(t->column[i].name, name))
            return true;
    return false;
}

/* Others have tables of these names too; posts of a channel are Mattermost's. */
static bool is_mattermost(const mm_dump_db *db, const mm_dump_table *t)
{
    return hf_view_is(t->name, "posts") && has_column(t, "channelid") && has_column(t, "message") &&
           has_column(mm_index_table(db, t->schema, HF_V("channels")), "teamid");
}

size_t mm_pick_find(const mm_index *x, const char *database, const char *schema, mm_picked *out,
                    size_t max)
{
    size_t n = 0;

    for (size_t i = 0; i < x->ndb; i++) {
        const mm_dump_db *db = &x->db[i];

        if (database != NULL && !hf_view_is(db->name, database))
            continue;
        for (size_t k = 0; k < db->ntable; k++) {
            if (!is_mattermost(db, db->table[k]) ||
                (schema != NULL && !hf_view_is(db->table[k]->schema, schema)))
                continue;
            if (n < max)
                out[n] = (mm_picked){ db, db->table[k]->schema };
            n++;
        }
    }
    return n;
}

static hf_status nothing_there(const mm_index *x, bool was_chosen, hf_err **err)
{
    if (was_chosen && mm_pick_find(x, NULL, NULL, NULL, 0) > 0) {
        hf_fail(err, HF_E_USAGE, "the dump has no Mattermost in that database and schema");
        return hf_hint(err, "leave out the options database and schema to see what it has");
    }
    hf_fail(err, HF_E_UNSUPPORTED,
            "no table posts with columns channelid and message, with a table channels beside it: "
            "not a Mattermost");
    return hf_hint(err, "dump the database that the server's SqlSettings.DataSource names");
}

static hf_status several(const mm_picked *found, size_t n, hf_err **err)
{
    bool is_schema = hf_view_eq(found[0].db->name, found[1].db->name);
    hf_buf names;

    hf_buf_init(&names, HF_BUF_UNBOUNDED);
    for (size_t i = 0; i < n && i < TOLD; i++) {
        hf_buf_str(&names, i == 0 ? "" : ", ");
        hf_buf_printable(&names, found[i].db->name);
        hf_buf_str(&names, found[i].db->name.n > 0 ? "." : "");
        hf_buf_printable(&names, found[i].schema);
    }
    hf_fail(err, HF_E_AMBIGUOUS, "the dump has %zu Mattermosts: %s%s", n, hf_buf_cstr(&names),
            n > TOLD ? ", ..." : "");
    hf_buf_clear(&names);
    return hf_hint(err, "choose one: --set %s=NAME", is_schema ? "schema" : "database");
}

hf_status mm_pick(const mm_index *x, const hf_opts *opts, mm_picked *out, hf_err **err)
{
    const char *database = hf_opts_get(opts, "database"), *schema = hf_opts_get(opts, "schema");
    mm_picked found[TOLD];
    size_t n = mm_pick_find(x, database, schema, found, TOLD);

    if (n == 0)
        return nothing_there(x, database != NULL || schema != NULL, err);
    if (n > 1)
        return several(found, n, err);
    *out = found[0];
    return HF_OK;
}
