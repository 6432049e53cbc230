/* io/sink_priv.h: what the kinds of sink share. */
#ifndef HF_IO_SINK_PRIV_H
#define HF_IO_SINK_PRIV_H

#include "io/io_priv.h"
#include "io/sink.h"

typedef struct hf_sink_entry {
    hf_view name;
    uint32_t mode; /* 0: the default */
    bool is_folder;
    bool is_link;
    hf_view link;
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
    hf_status failed; /* the first failure, after which nothing is published */
    uint64_t bytes, members;
};

extern const hf_sink_ops hf_sink_folder_ops, hf_sink_zip_ops;

hf_status hf_sink_folder_init(hf_sink *s, hf_err **err);
hf_status hf_sink_zip_init(hf_sink *s, hf_err **err);

#endif
