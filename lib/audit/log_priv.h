/* audit/log_priv.h: what the files of the log share. */
#ifndef HF_AUDIT_LOG_PRIV_H
#define HF_AUDIT_LOG_PRIV_H

#include "audit/log.h"
#include "util/json.h"
#include "util/uuid.h"

enum { HF_LOG_HEX = 2 * sizeof(hf_sha256) };

struct hf_log {
    hf_vault *vault; /* lent */
    hf_db *db;       /* its control database, lent */
    char origin[sizeof("holdfast/") + HF_UUID_SIZE];
    bool may_write;
    bool has_tables;
    bool may_be_stale, is_stale; /* this host knows another head */
    bool is_elsewhere;           /* it knows the head of a vault in another place */
    char *place;                 /* real path of the vault; NULL: unknown */
    char *actor;                 /* JSON object: who runs this */
    char *host;                  /* of this machine */
    char *warning;               /* NULL: none */

    /* The log as it was after the last look, its last entry's hash and time. */
    hf_tree_range range;
    hf_sha256 last_hash;
    int64_t last_us;

    hf_stmt *get_last, *get_leaf, *get_node, *put_entry, *put_node, *put_value;
    hf_status made; /* of put_node while a leaf is pushed */
    hf_err **made_err;
    bool expects_key, has_expected; /* of hf_log_expect_key */
    uint8_t expected[HF_ED25519_KEY];
};

/* --- log_entry.c -------------------------------------------------------------------------------
 */

/* Who runs this, as JSON; freed with hf_free. */
char *hf_log_actor(const char *host);

/* A salt of its own for each value of an act's scope. */
typedef struct hf_log_salt {
    uint8_t b[32];
} hf_log_salt;

hf_sha256 hf_log_commitment(const hf_log_salt *salt, hf_view value);

/* Append the leaf of an act that is entry seq; us is its time, clock_us what the clock said. */
hf_status hf_log_compose(const hf_log *log, const hf_act *act, const hf_log_salt *salts,
                         uint64_t seq, const hf_sha256 *prev, int64_t us, int64_t clock_us,
                         hf_buf *out, hf_err **err);

/* Fill e from e->leaf; decoded texts are in mem. False when it is no entry. tape is reused. */
bool hf_log_parse(hf_log_entry *e, hf_tape *tape, hf_arena *mem);

/* --- log_read.c --------------------------------------------------------------------------------
 */

/* Starts without an end, by run and action. */
typedef struct hf_open_acts {
    hf_map *map; /* "RUN\nACTION" -> how many */
    size_t closed;
    hf_buf key;
} hf_open_acts;

void hf_open_acts_init(hf_open_acts *o);
void hf_open_acts_take(hf_open_acts *o, const hf_log_entry *e);
void hf_open_acts_clear(hf_open_acts *o);

/* --- log.c ------------------------------------------------------------------------------------
 */

/* Read how long the log is now; inside a transaction it stays so. */
hf_status hf_log_look(hf_log *log, hf_err **err);

/* hf_tree_get over the tables; self is the log. */
hf_status hf_log_node(void *self, unsigned level, uint64_t number, hf_sha256 *out, hf_err **err);

/* A turn on the log: begin, the caller's statements, end, which is called whatever begin returned.
 * What this host has seen of the log is read first, so that whoever adds to it meanwhile only makes
 * the log longer than that. */
typedef struct hf_log_turn {
    bool is_own;    /* the transaction is ours, not the caller's */
    bool is_forced; /* whatever this host has seen */
} hf_log_turn;

hf_status hf_log_turn_begin(hf_log *log, hf_log_turn *t, hf_err **err);
/* Commit, or undo it when rc is an error; rc, or why it cannot be committed. */
hf_status hf_log_turn_end(hf_log *log, const hf_log_turn *t, hf_status rc, hf_err **err);
/* Add an entry in a turn. */
hf_status hf_log_put(hf_log *log, const hf_act *act, hf_err **err);

/* --- heads.c -----------------------------------------------------------------------------------
 */

/* The head that this host kept of a log; HF_END when there is none, HF_E_DAMAGED when its file is
 * none. place (may be NULL) gets where the vault lay, freed with hf_free, NULL when it is unknown.
 */
hf_status hf_head_load(const char *origin, hf_log_head *out, char **place, hf_err **err);

/* Is the head that was kept that of another vault than this one: of that at place, which is there?
 * A copy is behind the vault that it was made of, and who reads it adds entries of its own. Where
 * the vault at place is gone, this one was moved or put back, and must have what was seen. */
bool hf_head_is_elsewhere(const hf_log *log, const char *place);

/* Keep it, of the vault at place (NULL: unknown), unless a longer one of the same log stands there;
 * is_forced: whatever stands there. */
hf_status hf_head_keep(const char *origin, const hf_log_head *head, const char *place,
                       bool is_forced, hf_err **err);

#endif
