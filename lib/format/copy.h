/* format/copy.h: the driver: one reader's stream through scope, sort and ledger into one writer. */
#ifndef HF_FORMAT_COPY_H
#define HF_FORMAT_COPY_H

#include "format/ledger.h"
#include "format/sidecar.h"
#include "query/eval.h"

/* A part of a source. Lists are names or native ids; empty lists do not restrict. */
typedef struct hf_scope {
    const char *const *channels;
    size_t nchannels;
    const char *const *users; /* messages by these authors */
    size_t nusers;
    unsigned kinds;             /* bit set of 1 public, 2 private, 4 dm, 8 group; 0 is all */
    int64_t since_us, until_us; /* [since, until); HF_NO_TIME is open */
    /* Messages must match; then only conversations that one stands in belong to the part. NULL: all
     * do. */
    const hf_query *query;
    /* Of definitions that are there for others only (HF_REC_CONTEXT) leave out those that nothing
     * in the part refers to. Alone it withholds nothing else. */
    bool prune;
} hf_scope;

/* The part is the whole: nothing is asked. */
HF_API bool hf_scope_is_all(const hf_scope *s);

/* Something that the source holds is withheld on purpose. */
HF_API bool hf_scope_withholds(const hf_scope *s);

typedef struct hf_copy_args {
    hf_input *input;
    const hf_format *target;
    const char *target_path;
    const hf_opts *reader_opts, *writer_opts;
    const char *origin;    /* --origin; NULL: found */
    const hf_scope *scope; /* NULL: everything */
    bool with_sidecar;     /* write OUT.sidecar.zst when the target cannot say everything */
    bool ignore_sidecar;   /* do not read the one beside the source */
    bool mask_sidecar;     /* unless secrets are kept, the sidecar has none either */
    bool overwrite, keep_secrets;
    /* As in hf_reader_args: where an earlier import ended. NULL: everything is read. */
    const char *(*since)(void *self, const char *key, const char *origin);
    void *since_self;
    /* Told of what the reader knows of its source, once it is open and again when everything is
     * read. May be NULL. */
    void (*fact)(void *self, const hf_fact *fact);
    void *fact_self;
    bool strict; /* the first value lost ends the run, nothing is published */
    bool has_max_loss;
    uint64_t max_loss;
    size_t memory_bytes;    /* of the sort stage; 0: 32 MiB */
    const char *blind_path; /* hf_ledger_blind */
    void (*progress)(void *self, const char *phase, uint64_t done,
                     uint64_t total); /* may be NULL */
    void *progress_self;
    /* Told of each record in quarantine; source as in hf_reader. May be NULL. */
    void (*unreadable)(void *self, const hf_source *source, const hf_record *r);
    void *unreadable_self;
    /* Told of each record and member that goes to the writer, before it does. May be NULL. */
    void (*kept)(void *self, const hf_record *r);
    void *kept_self;
} hf_copy_args;

typedef struct hf_counts { /* schemas/counts.v1.json */
    uint64_t workspaces, users, channels, dms, groups, private_channels;
    uint64_t messages, replies, roots, system, bot, deleted, edited;
    uint64_t reactions, files, emoji, events, members, quarantined, stubs;
    int64_t first_us, last_us; /* HF_NO_TIME when there are no messages */
} hf_counts;

HF_API void hf_counts_init(hf_counts *c);
/* Count one record of any kind. */
HF_API void hf_counts_add(hf_counts *c, const hf_record *r);

typedef struct hf_copy_result {
    hf_ledger *ledger;      /* owned by the caller: hf_ledger_free */
    hf_paths *paths;        /* owned by the caller, freed after the ledger */
    hf_counts counts;       /* of what entered the writer */
    hf_counts read;         /* of what the reader gave, the scope's part or not */
    hf_kept kept;           /* what a vault made of them */
    uint64_t sidecar_bytes; /* 0: none was written */
    bool is_exact;          /* the target's members are the source's, byte for byte */
} hf_copy_result;

/* Run it. On success everything is published; on error nothing is. */
HF_API hf_status hf_copy(const hf_copy_args *args, hf_copy_result *result, hf_err **err);

/* Open a reader on an input, joined with the sidecar beside it when there is one (unless ignored).
 */
HF_API hf_status hf_read_open(hf_reader **out, hf_input *in, const hf_reader_args *args,
                              bool ignore_sidecar, hf_err **err);

/* The name of the sidecar of an export: PATH.sidecar.zst; to be freed with hf_free. */
HF_API char *hf_sidecar_path(const char *path);

/* Append the next records to b; HF_END when there are none left, HF_E_INTERRUPTED when the run was
 * asked to end (util/stop.h). */
HF_API hf_status hf_reader_next(hf_reader *r, hf_batch *b, hf_err **err);
HF_API void hf_reader_close(hf_reader *r); /* NULL is fine */

#endif
