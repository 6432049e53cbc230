/* audit/verify_state.c: what the vault holds besides its log, against what the log says of it. */
#include "audit/verify_priv.h"

/* --- imports ------------------------------------------------------------------------------------
 */

/* Acts of importing that have no end: each may have come as far as its import. */
static uint64_t open_imports(const hf_check *c)
{
    uint64_t n = 0;

    for (size_t i = 0; i < hf_map_count(c->acts.map); i++)
        if (hf_view_ends(hf_map_at(c->acts.map, i)->key, HF_V("\nimport")))
            n += hf_map_at(c->acts.map, i)->v.u;
    return n;
}

static bool take_last(void *self, const hf_vault_import *im)
{
    ((hf_check *)self)->last_import = im->stats.import;
    return true;
}

void hf_state_note(hf_check *c)
{
    c->rc = hf_vault_imports(c->log->vault, take_last, c, c->err);
}

static bool check_import(void *self, const hf_vault_import *im)
{
    hf_check *c = self;
    char *number = hf_sprintf("%lld", (long long)im->stats.import);
    hf_map_entry *m = hf_map_get(c->loads, hf_view_str(number));

    /* What came after the note may have begun and ended while the log was read. */
    if (m != NULL)
        m->v.u = 0;
    else if (im->stats.import <= c->last_import && c->may_be_open > 0)
        c->may_be_open--;
    else if (im->stats.import <= c->last_import)
        hf_check_say(c, HF_LOG_STATE, c->range.n, c->range.n,
                     "the vault has import %s, of which the log says nothing", number);
    hf_free(number);
    return true;
}

static void check_imports(hf_check *c)
{
    c->may_be_open = open_imports(c);
    if (c->rc == HF_OK)
        c->rc = hf_vault_imports(c->log->vault, check_import, c, c->err);
    for (size_t i = 0; i < hf_map_count(c->loads) && c->rc == HF_OK; i++) {
        const hf_map_entry *m = hf_map_at(c->loads, i);

        if (m->v.u > 0)
            hf_check_say(c, HF_LOG_STATE, m->v.u - 1, m->v.u,
                         "entry %llu made import %.*s, which the vault does not have",
                         hf_check_big(m->v.u - 1), (int)m->key.n, m->key.p);
    }
}

/* --- keys ---------------------------------------------------------------------------------------
 */

typedef struct keys {
    hf_check *c;
    size_t n; /* rows seen */
} keys;

static bool check_key(void *self, const hf_log_key *k)
{
    keys *s = self;
    const hf_check *c = s->c;

    if (s->n >= c->nkeys || !hf_view_is(k->vkey, c->keys[s->n].vkey))
        hf_check_say(s->c, HF_LOG_SIGNATURE, c->range.n, c->range.n,
                     "key %zu of the vault is not the one that an entry brought", s->n + 1);
    s->n++;
    return true;
}

/* The table says which key signs; entries say which ones came. */
static void check_keys(hf_check *c)
{
    keys s = { c, 0 };

    if (c->rc == HF_OK)
        c->rc = hf_log_keys(c->log, check_key, &s, c->err);
    if (c->rc == HF_OK && s.n < c->nkeys)
        hf_check_say(c, HF_LOG_SIGNATURE, c->keys[s.n].seq, c->keys[s.n].seq + 1,
                     "the key that entry %llu brought is gone", hf_check_big(c->keys[s.n].seq));
}

/* --- the database -------------------------------------------------------------------------------
 */

/* Tables and indexes are all that holdfast makes in it. A trigger acts when an entry is made, a
 * view can show another log to another question. */
static void check_schema(hf_check *c)
{
    hf_stmt *st = NULL;

    if (c->rc == HF_OK)
        c->rc = hf_db_prepare(c->log->db,
                              "SELECT type, name FROM sqlite_schema "
                              "WHERE type NOT IN ('table', 'index') ORDER BY name",
                              &st, c->err);
    while (c->rc == HF_OK && (c->rc = hf_stmt_step(st, c->err)) == HF_OK) {
        hf_view type = hf_stmt_col_text(st, 0), name = hf_stmt_col_text(st, 1);

        hf_check_say(c, HF_LOG_STATE, c->range.n, c->range.n,
                     "control.sqlite has a %.*s %.*s, which holdfast did not make", (int)type.n,
                     type.p, (int)name.n, name.p);
    }
    hf_stmt_free(st);
    if (c->rc == HF_END)
        c->rc = HF_OK;
}

void hf_state_check(hf_check *c)
{
    check_imports(c);
    check_keys(c);
    check_schema(c);
}
