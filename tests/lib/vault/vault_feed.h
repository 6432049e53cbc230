/* tests/lib/vault/vault_feed.h: exports made by hand, fed to an import batch by batch. */
#ifndef HF_TESTS_VAULT_FEED_H
#define HF_TESTS_VAULT_FEED_H

#include "support.h"
#include "vault/vault.h"

#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

/* A message of a fed export; its line is its raw bytes. NULL id ends a list. */
typedef struct feed_message {
    const char *channel, *id;
    int64_t day; /* and second = position */
    const char *text;
    int reactions; /* state */
} feed_message;

typedef struct feed {
    hf_vault *v;
    hf_import *im;
    hf_batch *b;
    hf_paths *paths;
    uint32_t ordinal;
    uint64_t offset;
    const char *origin;
    const char *format; /* of the records; one that is not registered: kept in our own form */
    bool is_whole;
} feed;

/* folder/name, valid to the end of the program. */
static inline const char *feed_path(const char *folder, const char *name)
{
    static hf_arena *kept;

    if (kept == NULL)
        kept = hf_arena_new();
    return hf_arena_printf(kept, "%s/%s", folder, name).p;
}

static inline hf_vault *feed_open(const char *path, hf_vault_mode mode)
{
    hf_vault *v = NULL;
    hf_err *err = NULL;

    if (!hf_vault_is(path))
        T_OK(err, hf_vault_init(path, 0, &err));
    T_OK(err, hf_vault_open(&v, path, mode, 0, &err));
    return v;
}

static inline void feed_begin(feed *f, hf_vault *v, bool is_whole)
{
    hf_err *err = NULL;

    *f = (feed){
        .v = v, .origin = "T1", .format = "synthetic", .paths = hf_paths_new(), .is_whole = is_whole
    };
    f->b = hf_batch_new();
    T_OK(err, hf_import_begin(&f->im, v,
                              &(hf_import_args){ .format = "synthetic",
                                                 .source = "export.zip",
                                                 .paths = f->paths,
                                                 .is_whole = is_whole },
                              &err));
}

static inline void feed_flush(feed *f)
{
    hf_err *err = NULL;

    if (f->b->n > 0) {
        T_OK(err, hf_import_put(f->im, f->b, &err));
        f->b = hf_batch_new();
    }
}

static inline hf_import_stats feed_finish(feed *f)
{
    hf_import_stats stats = { 0 };
    hf_err *err = NULL;

    feed_flush(f);
    hf_batch_free(f->b);
    T_OK(err, hf_import_finish(f->im, &stats, &err));
    hf_paths_free(f->paths);
    return stats;
}

static inline hf_view feed_dup(feed *f, const char *text)
{
    return hf_arena_dup(f->b->mem, hf_view_str(text));
}

static inline hf_rec_member *feed_member(feed *f, hf_view name, int type)
{
    hf_record *r = hf_batch_add(f->b, HF_KIND_MEMBER);

    r->u.member = (hf_rec_member){ .ordinal = f->ordinal,
                                   .name = hf_arena_dup(f->b->mem, name),
                                   .type = type,
                                   .mtime_us = HF_NO_TIME };
    f->offset = 0;
    return &r->u.member;
}

static inline void feed_bytes(feed *f, hf_view bytes)
{
    hf_record *r = hf_batch_add(f->b, HF_KIND_BYTES);

    r->raw = (hf_raw){ hf_arena_dup(f->b->mem, bytes), f->ordinal, f->offset };
    f->offset += bytes.n;
    if (hf_batch_is_full(f->b))
        feed_flush(f);
}

static inline void feed_end(feed *f)
{
    hf_batch_add(f->b, HF_KIND_MEMBER_END)->raw.member = f->ordinal++;
}

static inline void feed_file(feed *f, const char *name, hf_view bytes, bool is_opaque)
{
    hf_rec_member *m = feed_member(f, hf_view_str(name), HF_MEMBER_FILE);

    m->is_opaque = is_opaque;
    m->size = bytes.n;
    feed_bytes(f, bytes);
    feed_end(f);
}

/* A record whose bytes are line, standing at offset of the current member. */
static inline hf_record *feed_record(feed *f, hf_kind kind, const char *id, hf_view line,
                                     uint64_t offset)
{
    hf_record *r = hf_batch_add(f->b, kind);

    r->origin = feed_dup(f, f->origin);
    r->id = feed_dup(f, id);
    r->format = f->format;
    r->raw =
        (hf_raw){ hf_arena_dup(f->b->mem, line), f->is_whole ? f->ordinal : HF_NO_MEMBER, offset };
    return r;
}

static inline void feed_message_record(feed *f, const feed_message *m, hf_view line,
                                       uint64_t offset, int second)
{
    hf_record *r = feed_record(f, HF_KIND_MESSAGE, m->id, line, offset);

    r->scope = feed_dup(f, m->channel);
    r->time_us = m->day * HF_DAY_US + second * HF_SECOND_US;
    hf_rec_num(f->b, r, HF_F_MESSAGE_TIME, 0, r->time_us);
    hf_rec_text(f->b, r, HF_F_MESSAGE_AUTHOR, 0, HF_V("U1"));
    hf_rec_text(f->b, r, HF_F_MESSAGE_TEXT, 0, feed_dup(f, m->text));
    for (int i = 0; i < m->reactions; i++)
        hf_rec_text(f->b, r, HF_F_MESSAGE_REACTION_USER, (uint32_t)i, HF_V("U2"));
}

/* One member with these messages, a line each, and their records behind its bytes. */
static inline void feed_messages(feed *f, const char *name, const feed_message *list)
{
    uint64_t offset = 0;
    hf_buf all;

    hf_buf_init(&all, HF_BUF_UNBOUNDED);
    for (const feed_message *m = list; m->id != NULL; m++)
        hf_buf_printf(&all, "%s %s %lld %s %d\n", m->channel, m->id, (long long)m->day, m->text,
                      m->reactions);
    feed_member(f, hf_view_str(name), HF_MEMBER_FILE);
    feed_bytes(f, hf_buf_view(&all));
    for (const feed_message *m = list; m->id != NULL; m++) {
        hf_view rest = hf_view_from(hf_buf_view(&all), offset);
        hf_view line = hf_view_sub(rest, 0, hf_view_find_byte(rest, '\n'));

        feed_message_record(f, m, line, offset, (int)(m - list));
        offset += line.n + 1;
    }
    feed_end(f);
    hf_buf_clear(&all);
    feed_flush(f);
}

static inline void feed_coverage(feed *f, const char *channel, int64_t first, int64_t last)
{
    hf_record *r = hf_batch_add(f->b, HF_KIND_COVERAGE);

    r->origin = feed_dup(f, f->origin);
    r->scope = feed_dup(f, channel);
    r->u.coverage = (hf_rec_coverage){ first, last };
}

/* One number out of a vault's database, read as a stranger would, with plain SQLite. */
static inline int64_t feed_sql(const char *vault, const char *file, const char *sql)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *st = NULL;
    int64_t n;

    assert_int_equal(SQLITE_OK,
                     sqlite3_open_v2(feed_path(vault, file), &db, SQLITE_OPEN_READWRITE, NULL));
    sqlite3_busy_timeout(db, 5000);
    if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
        print_error("%s: %s\n", sql, sqlite3_errmsg(db));
    assert_non_null(st);
    n = sqlite3_step(st) == SQLITE_ROW ? sqlite3_column_int64(st, 0) : INT64_MIN;
    sqlite3_finalize(st);
    sqlite3_close(db);
    return n;
}

static inline int64_t feed_count(const char *vault, const char *sql)
{
    return feed_sql(vault, "records.sqlite", sql);
}

typedef struct feed_wanted {
    const char *name;
    hf_vault_member m;
    hf_buf keep;
    bool found;
} feed_wanted;

static inline bool feed_match(void *self, const hf_vault_member *m)
{
    feed_wanted *w = self;

    if (!hf_view_is(m->m.name, w->name))
        return true;
    w->m = *m;
    w->found = true;
    return false;
}

/* The bytes of a member of an import, freed by the caller with hf_buf_clear. */
static inline hf_buf feed_rebuild(hf_vault *v, int64_t import, const char *name)
{
    feed_wanted w = { .name = name };
    hf_sha256 digest;
    hf_err *err = NULL;
    hf_buf out;

    hf_buf_init(&out, HF_BUF_UNBOUNDED);
    T_OK(err, hf_vault_members(v, import, feed_match, &w, &err));
    assert_true(w.found);
    assert_true(w.m.has_bytes);
    T_OK(err, hf_vault_read(v, w.m.content, 0, SIZE_MAX, &out, &err));
    assert_int_equal(w.m.m.size, out.n);
    digest = hf_sha256_of(hf_buf_view(&out));
    assert_memory_equal(digest.b, w.m.sha256.b, sizeof(digest.b));
    return out;
}

#endif
