/* format/sidecar_join_priv.h: an export and its sidecar while they are joined: sidecar_load.c files
 * the entries, sidecar_read.c gives the records.
 */
#ifndef HF_FORMAT_SIDECAR_JOIN_PRIV_H
#define HF_FORMAT_SIDECAR_JOIN_PRIV_H

#include "db/db.h"
#include "format/copy.h"
#include "format/restore.h"
#include "format/sidecar_priv.h"

typedef struct hf_join {
    hf_reader base; /* must stay first */
    hf_reader *inner;
    hf_restorer restorer;
    hf_db *db;
    hf_stmt *find, *orphan, *put_late, *late, *members;
    hf_map *quoted; /* target keys of messages that other entries quote: their texts, once seen */
    hf_map *ids;    /* target key of users and channels: source id, owned by mem */
    hf_map *users;  /* source ids of users: a set */
    hf_arena *mem;
    hf_buf key;
    hf_tape line, other;     /* the entry in hand; one it refers to */
    uint64_t nbound, nfound; /* entries of target records; of these, seen */
    hf_view origin;
    char *path;
    bool is_whole;  /* the target loses nothing: most of its records have no entry */
    bool is_giving; /* orphan is between its first and last row */
    enum { JOIN_FIRST, JOIN_STREAM, JOIN_LATE, JOIN_LAST, JOIN_DONE } phase;
    bool in_member; /* a MEMBER was given, its end was not */
} hf_join;

/* Limits of a sidecar line: a record of the largest size, escaped. */
extern const hf_json_limits hf_join_limits;

/* Read the sidecar at j->path. DAMAGED when it is not one, UNSUPPORTED when it is of another schema
 * or of a format that is not known, VERIFY when it belongs to another export. */
hf_status hf_join_load(hf_join *j, hf_err **err);

/* What is wrong with a sidecar is a damaged container: no record is skipped for it. */
hf_status hf_join_damage(hf_status rc, hf_err **err);

/* The text of a key of an object of the line; empty when it has none. */
hf_view hf_join_text(hf_join *j, uint32_t obj, const char *key, hf_arena *mem);

/* Make j->key the one that a target record is filed under. */
void hf_join_key(hf_join *j, hf_view kind, hf_view scope, hf_view id);

/* Make j->key that of the next message which a reference of the line quotes; *at is 0 to begin
 * with. False when there is none left. */
bool hf_join_quote(hf_join *j, uint32_t *at, hf_arena *mem);

#endif
