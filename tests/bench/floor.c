/* tests/bench/floor.c: the least that a searchable store of messages costs: ids, times and texts
 * into SQLite, and the index of a vault over the texts. No JSON, no hash, no raw bytes.
 *
 * usage: floor TSV DATABASE [TOKENIZER]; lines of id, microseconds, text, in the order of time. The
 * tokenizer is a vault's own unless another one is named (unicode61).
 */
#include "db/fts.h"
#include "util/util.h"

#include <stdio.h>
#include <stdlib.h>

static const char schema[] =
    "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;"
    "PRAGMA cache_size = -40960; BEGIN;"
    "CREATE TABLE message(docid INTEGER PRIMARY KEY, id TEXT, time_us INTEGER, text TEXT);";
static const char tuning[] = "INSERT INTO ft(ft, rank) VALUES ('hashsize', 67108864);"
                             "INSERT INTO ft(ft, rank) VALUES ('automerge', 0);"
                             "INSERT INTO ft(ft, rank) VALUES ('crisismerge', 256)";

static void must(hf_status rc, hf_err *err)
{
    if (rc == HF_OK)
        return;
    fprintf(stderr, "floor: %s\n", err == NULL ? hf_status_word(rc) : err->message);
    exit(1);
}

int main(int argc, char **argv)
{
    const char *tokenizer = argc > 3 ? argv[3] : "holdfast";
    FILE *in = argc > 2 ? fopen(argv[1], "rb") : NULL;
    char *table, *line = NULL;
    hf_stmt *put = NULL, *index = NULL;
    hf_err *err = NULL;
    hf_db *db = NULL;
    int64_t docid = 0;
    size_t cap = 0;
    ssize_t n;

    if (in == NULL)
        return fprintf(stderr, "usage: floor TSV DATABASE [TOKENIZER]\n"), 2;
    table = hf_sprintf("CREATE VIRTUAL TABLE ft USING fts5(body, content='', tokenize='%s')",
                       tokenizer);
    must(hf_db_open(&db, argv[2], HF_DB_NEW, &err), err);
    must(hf_fts_register(db, &err), err);
    must(hf_db_exec(db, schema, &err), err);
    must(hf_db_exec(db, table, &err), err);
    must(hf_db_exec(db, tuning, &err), err);
    must(hf_db_prepare(db, "INSERT INTO message VALUES(?1, ?2, ?3, ?4)", &put, &err), err);
    must(hf_db_prepare(db, "INSERT INTO ft(rowid, body) VALUES(?1, ?2)", &index, &err), err);
    while ((n = getline(&line, &cap, in)) > 0) {
        char *time = memchr(line, '\t', (size_t)n), *text = strchr(time + 1, '\t') + 1;
        hf_view body = { text, (size_t)(line + n - 1 - text) };

        hf_stmt_bind_i64(put, 1, ++docid);
        hf_stmt_bind_text(put, 2, (hf_view){ line, (size_t)(time - line) });
        hf_stmt_bind_i64(put, 3, strtoll(time + 1, NULL, 10));
        hf_stmt_bind_text(put, 4, body);
        must(hf_stmt_run(put, &err), err);
        hf_stmt_bind_i64(index, 1, docid);
        hf_stmt_bind_text(index, 2, body);
        must(hf_stmt_run(index, &err), err);
    }
    hf_stmt_free(put);
    hf_stmt_free(index);
    must(hf_db_commit(db, &err), err);
    hf_db_close(db);
    printf("%lld messages\n", (long long)docid);
    return 0;
}
