/* mattermost_bulk/write_defs_priv.h: what write_defs.c and write_users.c share. */
#ifndef HF_BULK_WRITE_DEFS_PRIV_H
#define HF_BULK_WRITE_DEFS_PRIV_H

#include "write_priv.h"

/* Everything the definitions' lines refer to. */
typedef struct bulk_defs {
    bulk_writer *w;
    hf_arena *mem;
    uint32_t *order;        /* users in the order of their lines */
    bulk_channel **channel; /* a team's channels by name, then direct ones by id */
    uint32_t nchannel;
    uint32_t *start, *joined; /* channels of user u: joined[start[u]] to joined[start[u + 1]] - 1 */
    hf_view *email;           /* by user; empty for bots */
    const char **email_how;   /* by user: what was done to the source's */
    hf_view owner;            /* username: of bots that name none */
} bulk_defs;

hf_view bulk_cut_runes(hf_view text, size_t n, bool *is_cut);
void bulk_put_number(hf_buf *out, const char *key, int64_t n);
int64_t bulk_at_least_1(int64_t ms);
/* w->out and a line end. */
hf_status bulk_add_line(bulk_writer *w, int spool, hf_err **err);

/* The option's, else the first administrator, else the first person, else a stub. */
void bulk_choose_owner(bulk_defs *d);
/* Valid, and everybody's own: the server refuses a second user with the same one. */
void bulk_choose_addresses(bulk_defs *d);
/* A user or bot line, settled. */
hf_status bulk_write_user(bulk_defs *d, uint32_t user, hf_err **err);

#endif
