/* audit/verify_priv.h: the parts of verifying: entries, the heads that were kept of them, who
 * signed those, and what the vault holds besides. */
#ifndef HF_AUDIT_VERIFY_PRIV_H
#define HF_AUDIT_VERIFY_PRIV_H

#include "audit/log_priv.h"
#include "audit/verify.h"

typedef enum hf_mark_kind {
    HF_MARK_KEPT,
    HF_MARK_HOST,
    HF_MARK_SIGNED,
    HF_MARK_STAMP
} hf_mark_kind;

/* A head that somebody kept. */
typedef struct hf_mark {
    hf_mark_kind kind;
    hf_log_head head;
    char *label;
    char *note;           /* of a checkpoint */
    hf_buf query, reply;  /* of a stamp */
    bool is_met, is_same; /* the log got that far; with that root */
    bool is_other;        /* of the vault in another place: no finding when this one differs */
} hf_mark;

typedef struct hf_marks {
    hf_mark *at; /* by size */
    size_t n, cap, next;
    uint64_t good; /* size of the last one that was the same */
} hf_marks;

typedef struct hf_named_key { /* by an entry */
    uint64_t seq;
    char *vkey;
    bool is_rotation;
} hf_named_key;

typedef struct hf_check {
    hf_log *log;
    const hf_log_verify_args *args;
    hf_log_report *out;
    hf_err **err;
    hf_status rc;

    hf_tree_range range;
    hf_sha256 prev;
    int64_t time_us;
    hf_marks marks;
    hf_open_acts acts;
    uint64_t may_be_open;            /* imports that the vault may have and the log not */
    hf_map *gone;                    /* "SEQ/NAME" of values that are not there */
    hf_map *signs;                   /* sizes that a checkpoint must have; v.u 1: it is there */
    hf_map *loads;                   /* numbers of imports that the log says were made */
    hf_map *replies;                 /* hex SHA-256 of the time stamps that are there */
    int64_t last_import;             /* of the vault, before its log was read */
    uint64_t first_direct;           /* entry found to be bad; UINT64_MAX: none */
    uint64_t first_among, among_end; /* entries of which one must be */
    hf_named_key *keys;
    size_t nkeys, capkeys;
    hf_stmt *values, *node;
    bool has_value; /* a row of values waits */
    hf_buf scratch;
    hf_arena *mem;
    hf_tape tape;
} hf_check;

void hf_check_say(hf_check *c, hf_log_trouble what, uint64_t from, uint64_t to, const char *fmt,
                  ...) __attribute__((format(printf, 5, 6)));

/* A number for printf. */
static inline unsigned long long hf_check_big(uint64_t n)
{
    return n;
}

/* --- verify_marks.c ----------------------------------------------------------------------------
 */

/* The head of this host, to be read before the log is. */
void hf_marks_load_host(hf_check *c);
hf_status hf_marks_load(hf_check *c);
/* The log has grown to c->range: hold it against the heads of that size. */
void hf_marks_meet(hf_check *c);
/* The log is at its end: heads beyond it, stamps. */
void hf_marks_finish(hf_check *c);
void hf_marks_clear(hf_marks *m);

/* --- verify_keys.c ------------------------------------------------------------------------------
 */

/* Every signed mark by a key that is known, at a time when it signed for the log. */
void hf_signatures_check(hf_check *c);

/* --- verify_state.c -----------------------------------------------------------------------------
 */

/* Note which imports the vault has, before its log is read. */
void hf_state_note(hf_check *c);
/* What the vault holds besides its log against what the log says. */
void hf_state_check(hf_check *c);

#endif
