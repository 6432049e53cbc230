/* format/format.h: what a format is: a reader, a writer, or both, behind one table.
 *
 *   SOURCE -> reader -> [scope] -> [sort] -> ledger -> writer -> TARGET
 *
 * One stream of record batches joins everything; batches are moved from stage to stage by plain
 * calls. The driver (format/copy.h) owns the stages in between, so that a format knows its own
 * bytes and nothing else. Adding a format: docs/adding-a-format.md.
 */
#ifndef HF_FORMAT_FORMAT_H
#define HF_FORMAT_FORMAT_H

#include "io/sink.h"
#include "io/source.h"
#include "model/account.h"
#include "model/model.h"

struct hf_ledger;

/* --- options ------------------------------------------------------------------------------------
 */

/* Options a caller gives a format, as texts: "team" -> "acme". */
typedef struct hf_opts hf_opts;
HF_API hf_opts *hf_opts_new(void);
HF_API void hf_opts_free(hf_opts *o); /* NULL is fine */
HF_API void hf_opts_set(hf_opts *o, const char *name, const char *value);
HF_API const char *hf_opts_get(const hf_opts *o,
                               const char *name); /* NULL when absent or o is NULL */

/* One option that a format understands; help is shown by `holdfast formats NAME`. */
typedef struct hf_opt_info {
    const char *name, *value, *help; /* "team", "NAME", one line */
} hf_opt_info;

/* --- reading ------------------------------------------------------------------------------------
 */

/* The order of a stream's messages. Definitions (workspaces, users, channels, emoji) come before
 * messages whatever the order. */
typedef enum hf_order {
    HF_ORDER_NONE,
    HF_ORDER_MEMBER,       /* as the members stand in the source */
    HF_ORDER_CHANNEL_TIME, /* by channel id, then time, then id */
    HF_ORDER_THREAD,       /* by channel id, then thread (its root first), then time, then id;
                              threads by the ids of their roots */
    HF_ORDER_THREAD_TIME,  /* the same, threads by the moment they began: for people */
} hf_order;

enum {
    HF_WANT_RECORDS = 1, /* canonical records; without it: containers only */
    HF_WANT_BYTES = 2,   /* MEMBER, BYTES, MEMBER_END for every member */
    HF_WANT_OPAQUE = 4,  /* the same, for members that hold no records only */
    HF_WANT_ACCOUNT = 8, /* leaves on every record */
    HF_WANT_COUNTS = 16, /* COVERAGE with the number of messages by channel and day, where the
                            source can count them apart from reading them */
};

/* Something about the source as a whole that no record says: the server's version, a table that was
 * not read, a right that is missing. */
typedef struct hf_fact {
    const char *key;   /* "server_version": [a-z0-9_]+, static */
    const char *label; /* "Server", static */
    hf_view text;
    bool is_warning; /* the user must know of it: said even when nobody asks for facts */
} hf_fact;

typedef struct hf_reader_args {
    hf_source *source; /* lent; NULL for formats that open path themselves */
    const char *path;  /* as the user gave it, without the format prefix; may hold a password */
    const hf_opts *opts;
    hf_paths *paths;    /* lent; leaves refer to it */
    unsigned want;      /* HF_WANT_ */
    const char *origin; /* chosen by the user with --origin; NULL: the reader finds it */
    /* Where an earlier import of the same source ended: the text that the reader then left in its
     * mark, for the source that calls itself key and whose records are of that origin; NULL when
     * there is none. since itself NULL: read everything. The text lives as long as the reader. */
    const char *(*since)(void *self, const char *key, const char *origin);
    void *since_self;
    void *held; /* what the format's hold has fixed for this input; NULL: nothing */
} hf_reader_args;

typedef struct hf_reader hf_reader;

typedef struct hf_reader_ops {
    /* Append at least one record to b, about a batch's worth at most; HF_END when there is nothing
     * left. A record that cannot be read is appended as HF_KIND_QUARANTINE and the reading goes on;
     * a negative status ends the stream. */
    hf_status (*next)(hf_reader *r, hf_batch *b, hf_err **err);
    void (*close)(hf_reader *r);
    /* Say what is known about the source so far; may be called again at the end. NULL: nothing. */
    void (*facts)(hf_reader *r, void (*say)(void *self, const hf_fact *fact), void *self);
} hf_reader_ops;

struct hf_reader { /* first member of every reader's own struct */
    const hf_reader_ops *ops;
    const char *format; /* static name */
    hf_order order;
    bool is_exact;     /* gives the bytes of every member, once and unchanged */
    bool files_last;   /* gives every canonical record before the first attachment */
    hf_view origin;    /* of its records when there is one only; empty when each record says it */
    uint64_t total;    /* for progress: source bytes (or rows) in all; 0 when unknown */
    uint64_t done;     /* of these, so far */
    hf_source *source; /* whose members raw.member counts, lent; NULL: as in the arguments */
    /* For sources that grow and can say what changed: their name for themselves, and what a later
     * reading continues from (one line of JSON), complete when next gave HF_END. Empty otherwise.
     */
    hf_view mark_key, mark;
};

/* What detection may look at: the source's members, and the first bytes of some. */
typedef struct hf_peek {
    hf_source *source; /* NULL when the path is no file (a connection, a vault) */
    const char *path;
} hf_peek;

/* First n bytes (or fewer) of a member of that name; the empty view when there is none. Lent until
 * the next call with the same buffer. */
HF_API hf_view hf_peek_head(const hf_peek *pk, hf_view member, hf_buf *keep, size_t n);

/* --- writing ------------------------------------------------------------------------------------
 */

typedef struct hf_writer_args {
    const char *path; /* target as given; "-" is stdout; ignored by null */
    const hf_opts *opts;
    struct hf_ledger
        *ledger; /* lent; NULL when nobody accounts (import into a vault counts by itself) */
    const char *source_format; /* name of the reader's format */
    const char *source_path;
    hf_paths *paths;
    bool overwrite;
    bool keep_secrets; /* --secrets keep: tokens in URLs are not masked */
    bool is_exact;     /* the stream holds every member's bytes, unfiltered and unchanged */
} hf_writer_args;

typedef struct hf_writer hf_writer;

typedef struct hf_writer_ops {
    /* Take one batch (freed by the writer, also on error). For every canonical record the writer
     * sets the state of each value (default HF_LOST) and gives the record to hf_ledger_done exactly
     * once, then or later. Other kinds need no answer. */
    hf_status (*put)(hf_writer *w, hf_batch *b, hf_err **err);
    /* Write what is left, sync, publish. Nothing is visible before. */
    hf_status (*finish)(hf_writer *w, hf_err **err);
    /* Release everything; without finish nothing was published. */
    void (*close)(hf_writer *w);
    /* Every batch was put: settle the records that are still open. Called once, after the last put
     * and before the account is closed and finish is called; NULL when put leaves none open. */
    hf_status (*settle)(hf_writer *w, hf_err **err);
    /* A canonical record that put gets as well. The writer hears of all of them before it gets the
     * first attachment, so that it can leave out those that nothing it writes has. Not called when
     * is_exact; NULL: attachments are taken as they come. */
    void (*expect)(hf_writer *w, const hf_record *r);
} hf_writer_ops;

/* What a target that keeps what it has already made of a stream; all 0 for plain files. */
typedef struct hf_kept {
    int64_t import; /* its number, from 1 */
    uint64_t members, new_members, records, new_records, versions, states, blocks, missing;
    /* Of a source that counts its messages by channel and day: days with messages, of these days
     * that do not agree; messages by the source, as written, and as read back once it was done. */
    uint64_t days, gaps, source_rows, kept_rows, read_back;
} hf_kept;

struct hf_writer { /* first member of every writer's own struct */
    const hf_writer_ops *ops;
    hf_view mark_key, mark; /* the reader's, set by the driver before finish */
    hf_kept kept;           /* set by finish, where it means something */
};

/* --- the table ----------------------------------------------------------------------------------
 */

typedef struct hf_format {
    const char *name;  /* "slack": [a-z0-9-]+; written into vaults, never changed */
    const char *title; /* "Slack export (zip or folder)" */
    const char *spec;  /* document that defines or describes the format */

    bool opens_path; /* reads the path itself: a vault, a connection; source is then NULL */
    bool is_live;    /* others write to it while it is read: it has no digest and is no file */
    bool has_heads;  /* raw.head of a record that stands in a member is the member's first line,
                        line feed included */

    /* The path as people and logs may see it, without secrets; to be freed with hf_free. NULL: the
     * path itself. */
    char *(*label)(const char *path);

    /* Append the script that gives a role what reading needs and nothing more, in the source's own
     * language (SQL); schema NULL: the usual one. NULL: there are no rights to give. */
    void (*grants)(const char *role, const char *schema, hf_buf *out);

    /* How well the source fits, 0 no .. 100 certain, and why; NULL without a reader. */
    int (*probe)(const hf_peek *pk, const char **why);
    hf_status (*open)(hf_reader **out, const hf_reader_args *args, hf_err **err);

    /* Fix the state of a source that others change meanwhile, so that every reading of an input
     * (two for a part of it, one for each format of a package) shows the same; let_go ends it.
     * NULL: readings show what there is when they begin. */
    hf_status (*hold)(void **held, const char *path, const hf_opts *opts, hf_err **err);
    void (*let_go)(void *held);

    /* Parse one record again: r has kind, origin, scope, id set, and in raw.bytes its document (see
     * hf_rec_document; raw.head is empty); values, leaves (when paths is not NULL; they point into
     * raw.bytes), time and flags are added. NULL when the format's records cannot be read alone. */
    hf_status (*parse)(hf_batch *b, hf_record *r, hf_paths *paths, hf_err **err);

    /* Append r's values as bytes that parse reads, for a record of the format's own identities;
     * false when its kind cannot be written alone. What was changed in a converted export is put
     * into the record's own bytes from here. NULL: never. */
    bool (*compose)(const hf_record *r, hf_arena *mem, hf_buf *out);

    const char *file; /* what it is called where one name must do, as in a package:
                         "records.jsonl"; NULL when it cannot stand there */

    /* NULL without a writer. */
    hf_status (*create)(hf_writer **out, const hf_writer_args *args, hf_err **err);
    hf_order wants_order; /* of messages; HF_ORDER_NONE takes any */
    unsigned wants;       /* HF_WANT_ the writer can use; ACCOUNT is the driver's business */
    hf_dialect dialect;   /* of the MARKUP it writes and reads */
    bool is_transcript;   /* for people only; never read back */
    bool is_lossless;     /* says everything a record holds: needs no sidecar */

    const hf_opt_info *reads_opts, *writes_opts; /* end with a NULL name; NULL for none */
    const hf_field *writes; /* fields the writer can express, ended by HF_F_NONE; NULL: all */

    /* Check a file's own rules and say every violation (holdfast verify); NULL when there are none.
     */
    hf_status (*check)(hf_source *src, const hf_opts *opts,
                       void (*say)(void *self, const char *member, uint64_t line, const char *rule,
                                   const char *text),
                       void *self, hf_err **err);
} hf_format;

/* All formats, ended by NULL; made from formats/registry.def. */
extern const hf_format *const hf_formats[];

/* NULL when there is none of that name. */
HF_API const hf_format *hf_format_find(hf_view name);

/* --- what a user names as a source ---------------------------------------------------------------
 */

typedef struct hf_input {
    const hf_format *format;
    hf_source *source; /* NULL when the format opens the path itself */
    char *path;        /* without the prefix; may hold a password */
    char *label;       /* the same for people and logs, without one */
    char *why;         /* how the format was chosen: "prefix", or what detection saw */
    char *sidecar;     /* path of its sidecar, when that does not lie beside path; else NULL */
    int sidecar_fd;    /* an unnamed file that sidecar leads to; 0: none */
    void *held;        /* by the format's hold, from the first reading on; else NULL */
} hf_input;

/* Resolve "PATH" or "FORMAT:PATH". A package (a bag with data/FORMAT/FILE, as `holdfast export`
 * makes it) is read by what is in it: by the format named, else by one that loses nothing, else by
 * the first that can be read. Nothing fits: HF_E_UNSUPPORTED saying what was looked for; two
 * formats fit within 10 points: HF_E_AMBIGUOUS naming both; no such file: HF_E_USAGE. */
HF_API hf_status hf_input_open(hf_input *in, const char *spec, const hf_source_limits *limits,
                               hf_err **err);
HF_API void hf_input_clear(hf_input *in);

#endif
