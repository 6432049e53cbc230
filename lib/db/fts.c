/* db/fts.c: between FTS5's tokenizer calls and hf_tokenize. */
#include "db/fts.h"

#include "text/token.h"

#include <sqlite3.h>

typedef int (*fts_token_fn)(void *context, int flags, const char *token, int n, int start, int end);

typedef struct call {
    fts_token_fn fn;
    void *context;
    int rc;
} call;

/* FTS5 wants an object per table; ours has no state. */
static Fts5Tokenizer *stateless(void)
{
    static char object;

    return (Fts5Tokenizer *)(void *)&object;
}

static int create(void *unused, const char **arg, int args, Fts5Tokenizer **out)
{
    (void)unused;
    (void)arg;
    if (args != 0)
        return SQLITE_ERROR;
    *out = stateless();
    return SQLITE_OK;
}

static void delete (Fts5Tokenizer *tokenizer)
{
    (void)tokenizer;
}

static bool pass_on(void *self, hf_view token, size_t start, size_t end, unsigned flags)
{
    call *c = self;
    int fts_flags = (flags & HF_TOKEN_COLOCATED) != 0 ? FTS5_TOKEN_COLOCATED : 0;

    c->rc = c->fn(c->context, fts_flags, token.p, (int)token.n, (int)start, (int)end);
    return c->rc == SQLITE_OK;
}

static int tokenize(Fts5Tokenizer *tokenizer, void *context, int flags, const char *text, int n,
                    fts_token_fn fn)
{
    call c = { fn, context, SQLITE_OK };
    hf_view v = { text, text == NULL || n < 0 ? 0 : (size_t)n };

    (void)tokenizer;
    hf_tokenize(v, (flags & FTS5_TOKENIZE_QUERY) != 0 ? HF_TOKENIZE_QUERY : 0, pass_on, &c);
    return c.rc;
}

/* The extension pointer is handed out through a bound pointer: https://sqlite.org/fts5.html,
 * section 7. */
static int fts_api(sqlite3 *raw, fts5_api **api)
{
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(raw, "SELECT fts5(?1)", -1, &st, NULL);

    *api = NULL;
    if (rc == SQLITE_OK) {
        sqlite3_bind_pointer(st, 1, (void *)api, "fts5_api_ptr", NULL);
        sqlite3_step(st);
        rc = sqlite3_finalize(st);
    }
    return rc;
}

hf_status hf_fts_register(hf_db *db, hf_err **err)
{
    static const char what[] = "cannot set up full-text search";
    fts5_tokenizer methods = { create, delete, tokenize };
    fts5_api *api;
    int rc = fts_api(hf_db_raw(db), &api);

    if (rc != SQLITE_OK)
        return hf_db_fail(db, rc, what, err);
    if (api == NULL || api->iVersion < 2)
        return hf_fail(err, HF_E_DB, "%s: FTS5 version 2 or newer is needed", what);
    rc = api->xCreateTokenizer(api, "holdfast", NULL, &methods, NULL);
    return rc == SQLITE_OK ? HF_OK : hf_db_fail(db, rc, what, err);
}
