/* mattermost_bulk/write_post_priv.h: what write_post.c and write_thread.c share. */
#ifndef HF_BULK_WRITE_POST_PRIV_H
#define HF_BULK_WRITE_POST_PRIV_H

#include "write_priv.h"

/* A message on its way. */
typedef struct bulk_outgoing {
    hf_record *r;
    bulk_channel *channel;
    uint32_t author; /* number */
    int64_t ms;
    const char *type; /* the server's; NULL: an ordinary post */
    hf_view *part;    /* the text, cut */
    size_t nparts;
    bulk_marks marks;
    bulk_items items;
    bool is_reply;
    bool is_bare; /* only marks in its props */
} bulk_outgoing;

/* Why a message is not written; NULL when it is, or may be. */
const char *bulk_why_not(const hf_record *r, bool is_reply);
/* Is it a root that is only written, as a notice, once a reply needs it? And why it was not. */
bool bulk_is_waiting(const hf_record *root);
const char *bulk_why_withheld(const hf_record *r);

/* The server's type, and the source's word for the props when the server has none. */
void bulk_choose_type(bulk_outgoing *m, hf_arena *mem);
/* The text as the server shows it, cut into parts. */
void bulk_make_text(bulk_writer *w, bulk_outgoing *m, hf_arena *mem);

/* Where a root stands, and what every post object begins with; fields without braces. */
void bulk_put_place(const bulk_writer *w, const bulk_channel *c, hf_buf *out);
void bulk_put_core(const bulk_writer *w, uint32_t author, const char *type, hf_view text,
                   int64_t ms, int64_t edit_ms, hf_buf *out);
/* The fields of the message's own object, without braces. *core: bytes that identify it. */
void bulk_put_object(bulk_writer *w, bulk_outgoing *m, hf_buf *out, size_t *core, hf_arena *mem);
/* The objects that continue the text, each led by a comma when out is not empty. */
void bulk_put_parts(bulk_writer *w, bulk_outgoing *m, hf_buf *out);
void bulk_count_post(bulk_writer *w, bulk_channel *c, int64_t ms, bool is_root);

/* First words on what became of the message's own values. */
void bulk_settle_message(const bulk_writer *w, bulk_outgoing *m);

#endif
