/* io/sink_priv.h: what the kinds of sink share. */
#ifndef HF_IO_SINK_PRIV_H
#define HF_IO_SINK_PRIV_H

#include "io/io_priv.h"
#include "io/sink.h"

typedef struct hf_sink_entry {
    hf_view name;
    uint32_t mode; /* 0: the default */
    uint64_t size; /* HF_SINK_SIZE_UNKNOWN, or what will be written */
    bool is_folder;
    bool is_link;
    hf_view link;
    const char *take; /* a file to be moved here; NULL: none */
} hf_sink_entry;

/* Errors of these calls need no place: hf_sink adds target and member. */
typedef struct hf_sink_ops {
    hf_status (*begin)(hf_sink *s, const hf_sink_entry *e, hf_err **err);
    hf_status (*write)(hf_sink *s, hf_view bytes, hf_err **err);
    hf_status (*end)(hf_sink *s, hf_err **err);
    hf_status (*finish)(hf_sink *s, hf_err **err); /* all members are ended; before publishing */
    void (*clear)(hf_sink *s);                     /* free what belongs to the kind */
} hf_sink_ops;

struct hf_sink {
    const hf_sink_ops *ops;
    void *own; /* of the kind */
    hf_sink_kind kind;
    hf_partial target; /* fd -1 for null and stdout */
    char *path;
    hf_buf name; /* of the current member */
    bool in_member, in_folder_entry;
    bool is_sealed;
    hf_status failed; /* the first failure, after which nothing is published */
    uint64_t bytes, members;
};

extern const hf_sink_ops hf_sink_folder_ops, hf_sink_zip_ops, hf_sink_tar_ops;

hf_status hf_sink_folder_init(hf_sink *s, hf_err **err);
hf_status hf_sink_zip_init(hf_sink *s, hf_err **err);
hf_status hf_sink_tar_init(hf_sink *s, hf_err **err);

/* Bytes kept until it is known how many there are: 8 MiB in memory, then in a temporary file. */
typedef struct hf_held {
    hf_buf memory;
    int spill; /* -1, or the file that holds all of them */
    uint64_t n;
} hf_held;

void hf_held_init(hf_held *h);
void hf_held_reset(hf_held *h);
void hf_held_clear(hf_held *h);
hf_status hf_held_add(hf_held *h, hf_view bytes, hf_err **err);

/* Give all of them to take, in order. */
hf_status hf_held_each(hf_held *h, hf_status (*take)(void *self, hf_view bytes, hf_err **err),
                       void *self, hf_err **err);

#endif
