/* tests/formats/mattermost_bulk/bulk_write_support.h: records into a bulk file, and what became of
 * their values. */
#ifndef HF_TESTS_BULK_WRITE_SUPPORT_H
#define HF_TESTS_BULK_WRITE_SUPPORT_H

#include "bulk_support.h"

#include "format/ledger.h"

/* A conversion under test: definitions and messages are added to one batch, which the writer keeps,
 * so that states can be looked at after it has run. */
typedef struct conversion {
    hf_batch *source, *target;
    hf_writer *w;
    hf_paths *paths;
    hf_ledger *ledger;
    hf_opts *opts;
    const char *format; /* of the source */
    char *path;
    char *bytes; /* of the file, when it is a .jsonl */
} conversion;

static inline void begin(conversion *c, const char *name)
{
    *c = (conversion){ .source = hf_batch_new(), .paths = hf_paths_new(), .opts = hf_opts_new() };
    c->format = "slack";
    c->path = hf_sprintf("%s/%s", t_folder(), name);
    hf_opts_set(c->opts, "team", "acme");
}

static inline hf_record *record(conversion *c, hf_kind kind, const char *scope, const char *id)
{
    hf_record *r = hf_batch_add(c->source, kind);

    r->origin = HF_V("T1");
    r->scope = hf_view_str(scope);
    r->id = hf_view_str(id);
    r->dialect = HF_DIALECT_MRKDWN;
    return r;
}

static inline void text(conversion *c, hf_record *r, hf_field f, uint32_t item, const char *value)
{
    hf_rec_text(c->source, r, f, item, hf_view_str(value));
}

static inline hf_record *user(conversion *c, const char *id, const char *name, const char *email)
{
    hf_record *r = record(c, HF_KIND_USER, "", id);

    text(c, r, HF_F_USER_NAME, 0, name);
    if (email != NULL)
        text(c, r, HF_F_USER_EMAIL, 0, email);
    return r;
}

/* members: ids joined by blanks */
static inline hf_record *channel(conversion *c, const char *id, const char *kind, const char *name,
                                 const char *members)
{
    hf_record *r = record(c, HF_KIND_CHANNEL, "", id);
    hf_view rest = hf_view_str(members);

    text(c, r, HF_F_CHANNEL_KIND, 0, kind);
    if (name != NULL)
        text(c, r, HF_F_CHANNEL_NAME, 0, name);
    for (uint32_t i = 0; rest.n > 0; i++) {
        size_t blank = hf_view_find_byte(rest, ' ');

        hf_rec_text(c->source, r, HF_F_CHANNEL_MEMBER, i, hf_view_sub(rest, 0, blank));
        rest = blank == HF_NPOS ? HF_V("") : hf_view_from(rest, blank + 1);
    }
    return r;
}

static inline hf_record *message(conversion *c, const char *scope, const char *id, int64_t us,
                                 const char *author, const char *body)
{
    hf_record *r = record(c, HF_KIND_MESSAGE, scope, id);

    r->time_us = us;
    hf_rec_num(c->source, r, HF_F_MESSAGE_TIME, 0, us);
    if (author != NULL)
        text(c, r, HF_F_MESSAGE_AUTHOR, 0, author);
    text(c, r, HF_F_MESSAGE_TEXT, 0, body);
    return r;
}

static inline hf_record *reply(conversion *c, const char *scope, const char *id, const char *root,
                               int64_t us, const char *author, const char *body)
{
    hf_record *r = message(c, scope, id, us, author, body);

    text(c, r, HF_F_MESSAGE_THREAD, 0, root);
    return r;
}

static inline void attachment(conversion *c, const char *name, const char *file_id,
                              const char *bytes)
{
    hf_record *m = record(c, HF_KIND_MEMBER, "", ""), *b;

    m->u.member = (hf_rec_member){ .name = hf_view_str(name),
                                   .size = strlen(bytes),
                                   .is_opaque = true,
                                   .file_id = hf_view_str(file_id) };
    b = record(c, HF_KIND_BYTES, "", "");
    b->raw.bytes = hf_view_str(bytes);
    record(c, HF_KIND_MEMBER_END, "", "");
}

static inline void keep_bytes(conversion *c)
{
    hf_view v = t_read(c->path);

    c->bytes = hf_view_dup(v);
    hf_free((void *)(uintptr_t)v.p);
}

static inline void run(conversion *c)
{
    hf_writer_args args = { .path = c->path,
                            .opts = c->opts,
                            .paths = c->paths,
                            .source_format = c->format,
                            .overwrite = true };
    hf_err *err = NULL;

    c->ledger = args.ledger = hf_ledger_new(c->paths, NULL);
    for (size_t i = 0; i < c->source->n; i++)
        if (hf_kind_is_record(c->source->rec[i]->kind))
            hf_ledger_enter(c->ledger, c->source->rec[i]);
    T_OK(err, hf_format_mattermost_bulk.create(&c->w, &args, &err));
    for (size_t i = 0; i < c->source->n; i++)
        c->w->ops->expect(c->w, c->source->rec[i]);
    T_OK(err, c->w->ops->put(c->w, c->source, &err));
    T_OK(err, c->w->ops->settle(c->w, &err));
    T_OK(err, c->w->ops->finish(c->w, &err));
    hf_ledger_close(c->ledger);
    c->target = bulk_read_path(c->path, HF_WANT_RECORDS | HF_WANT_OPAQUE, NULL);
    if (strstr(c->path, ".jsonl") != NULL)
        keep_bytes(c);
    /* Every record came back to the ledger. */
    assert_int_equal(hf_ledger_total(c->ledger, HF_RAW_ONLY), 0);
}

static inline void end(conversion *c)
{
    c->w->ops->close(c->w); /* frees source */
    hf_batch_free(c->target);
    hf_ledger_free(c->ledger);
    hf_paths_free(c->paths);
    hf_opts_free(c->opts);
    hf_free(c->path);
    hf_free(c->bytes);
}

static inline void is_state(const hf_record *r, hf_field f, uint32_t item, hf_state want,
                            const char *how)
{
    const hf_value *v = hf_rec_item(r, f, item);

    assert_non_null(v);
    if (v->state != want || (how != NULL && (v->how == NULL || strcmp(v->how, how) != 0)))
        fail_msg("%s: %s (%s), wanted %s (%s)", hf_field_get(f)->path, hf_state_name(v->state),
                 v->how == NULL ? "-" : v->how, hf_state_name(want), how == NULL ? "-" : how);
}

static inline bool has(const conversion *c, const char *part)
{
    return strstr(c->bytes, part) != NULL;
}

/* The target's message with that text. */
static inline const hf_record *said(const conversion *c, const char *body)
{
    for (size_t i = 0; i < c->target->n; i++)
        if (c->target->rec[i]->kind == HF_KIND_MESSAGE &&
            hf_view_is(hf_rec_get_text(c->target->rec[i], HF_F_MESSAGE_TEXT), body))
            return c->target->rec[i];
    fail_msg("nobody said '%s'", body);
    return NULL;
}

#define SECOND 1600000000000000

#endif
