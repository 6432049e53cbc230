/* model/model.h: the canonical records that every format reads into and writes from.
 *
 * A record is an identity, a handful of typed values (fields.def), the source's own bytes, and the
 * account: one leaf for every value that the source had, saying which canonical value carries it,
 * or that none does. Identity is (origin, kind, scope, id): scope is the channel for messages,
 * empty otherwise; ids are the source's exact text. All views live in the record's batch (or a
 * longer-living owner) and die with it.
 */
#ifndef HF_MODEL_MODEL_H
#define HF_MODEL_MODEL_H

#include "text/markup.h"
#include "util/util.h"

typedef enum hf_kind {
    HF_KIND_NONE,
    /* containers: where the bytes stand */
    HF_KIND_MEMBER,     /* a file of the export begins; u.member */
    HF_KIND_BYTES,      /* raw.bytes of the member, in order, without gaps */
    HF_KIND_MEMBER_END, /* all its bytes were given */
    HF_KIND_COVERAGE,   /* u.coverage: what this export claims to hold of a channel */
    HF_KIND_QUARANTINE, /* raw: bytes that are no readable record; u.quarantine says why */
    /* canonical records */
    HF_KIND_WORKSPACE,
    HF_KIND_USER,
    HF_KIND_CHANNEL,
    HF_KIND_MESSAGE,
    HF_KIND_EMOJI,
    HF_KIND_EVENT,      /* an entry of the source's own administration log */
    HF_KIND_OPAQUE,     /* a record of a kind we do not model: kept raw */
    HF_KIND_MEMBERSHIP, /* someone is or was in a channel or workspace; scope is that one's id. Its
                           own id is the user's for an entry of the list of those who are in it now,
                           and longer for one of its history */
    HF_KIND_DRAFT,      /* words written and not (yet) sent */
    HF_KIND_COUNT
} hf_kind;

/* "message", "user" ...; the first word of the kind's paths. */
HF_API const char *hf_kind_name(hf_kind kind);
/* HF_KIND_NONE when there is no such name. */
HF_API hf_kind hf_kind_find(hf_view name);

static inline bool hf_kind_is_record(hf_kind k)
{
    return k >= HF_KIND_WORKSPACE;
}

typedef enum hf_type {
    HF_TYPE_TEXT,
    HF_TYPE_MARKUP,
    HF_TYPE_TIME,
    HF_TYPE_INT,
    HF_TYPE_BOOL,
    HF_TYPE_USER,
    HF_TYPE_CHANNEL,
    HF_TYPE_MESSAGE,
} hf_type;

typedef enum hf_class { HF_CLASS_CONTENT, HF_CLASS_STATE, HF_CLASS_VOLATILE } hf_class;

typedef enum hf_field {
    HF_F_NONE,
#define HF_FIELD(name, kind, path, type, class, list, sentence) HF_F_##name,
#define HF_MAP(path)
#define HF_QUOTE(path)
#define HF_VOLATILE(path)
#include "model/fields.def"
#undef HF_FIELD
#undef HF_MAP
#undef HF_QUOTE
#undef HF_VOLATILE
    HF_F_COUNT
} hf_field;

typedef struct hf_field_info {
    hf_field field;
    hf_kind kind;
    const char *path;
    hf_type type;
    hf_class class;
    bool is_list;
    const char *sentence;
} hf_field_info;

/* Never NULL; field 0 gives a row with an empty path. */
HF_API const hf_field_info *hf_field_get(hf_field field);
/* HF_F_NONE when there is no such path. */
HF_API hf_field hf_field_find(hf_view path);

/* What became of a source value in one conversion; HF_LOST is 0: nothing said means lost. */
typedef enum hf_state {
    HF_LOST,
    HF_RAW_ONLY, /* no reader took it and nothing carries it */
    HF_EXACT,    /* the target says the same */
    HF_CHANGED,  /* the target says it in another form; how says which */
    HF_SIDECAR,  /* travels beside the target */
    HF_MASKED,   /* a secret, left out on purpose */
    HF_STATE_COUNT
} hf_state;

/* "exact", "changed" ... as printed in reports. */
HF_API const char *hf_state_name(hf_state state);

typedef struct hf_value {
    hf_field field;
    uint32_t item;   /* number within a list; 0 for single fields */
    hf_view text;    /* TEXT, MARKUP, USER, CHANNEL, MESSAGE */
    int64_t num;     /* TIME, INT, BOOL */
    hf_state state;  /* set by the writer */
    const char *how; /* static text: how it was changed or why it is lost; NULL otherwise */
    bool is_masked;  /* a secret in its text was masked on the way to the writer */
} hf_value;

/* How the source spells a value. */
typedef enum hf_spelling {
    HF_SPELL_JSON, /* RFC 8259, quotes included */
    HF_SPELL_COPY, /* a column of PostgreSQL's COPY TEXT format, backslash escapes as they stand */
} hf_spelling;

typedef struct hf_leaf {
    uint32_t path;    /* in the run's hf_paths */
    uint32_t value;   /* index + 1 of the canonical value that carries it; 0: nobody took it */
    hf_view raw;      /* its bytes in the source, as spelled */
    uint8_t spelling; /* hf_spelling */
    bool is_odd; /* spelled in a way the canonical value does not show (HF_TOK_ODD, lone surrogate
                    ...) */
} hf_leaf;

enum {
    HF_REC_SYNTHETIC_ID = 1, /* the source has no ids: derived from content */
    HF_REC_STUB = 2,         /* stands for something referenced but absent */
    HF_REC_WHOLE_SECONDS = 4,
    HF_REC_NO_ZONE = 8,
    HF_REC_MADE = 16,    /* invented by an earlier conversion; not in the source it came from */
    HF_REC_EDITED = 32,  /* some values differ from what raw says, which has no place for them */
    HF_REC_CONTEXT = 64, /* not asked for; here so that what was asked for can be understood */
    HF_REC_BY_BOT = 128, /* a message whose author is a bot, as the author's own record says */
    HF_REC_PLACE = 0xff0000, /* the format's own note on where raw stood, as its parse needs it
                                again; 0: none */
};

enum { HF_REC_PLACE_SHIFT = 16 };

enum { HF_NO_MEMBER = UINT32_MAX };

/* Some sources say once what all records of a member have in common: the column list of a table,
 * the first line of a CSV file. Such a record is parsed from its document: head, then bytes. A
 * record that its reader made of several rows has a whole document of its own in bytes, no head and
 * no member. */
typedef struct hf_raw {
    hf_view bytes;   /* the record in the source's own form; empty when it must be composed */
    uint32_t member; /* ordinal of the member it stands in; HF_NO_MEMBER when none */
    uint64_t offset; /* of bytes within that member */
    hf_view head; /* the first bytes of its member, needed to parse bytes; empty for most formats;
                     lives as long as the reader */
} hf_raw;

typedef struct hf_rec_member {
    uint32_t ordinal; /* position in the container, from 0 */
    hf_view name;     /* raw bytes */
    int type;         /* hf_member_type of io/source.h */
    uint64_t size;
    int64_t mtime_us;
    uint32_t mode;
    hf_view link;
    bool is_opaque;  /* holds no records that we read */
    bool is_set;     /* its lines are rows of a table: their order means nothing */
    hf_view file_id; /* native id of the attachment whose bytes these are; empty otherwise */
} hf_rec_member;

/* What this import claims to hold of a scope (a channel): of messages all that stand strictly
 * between the two days; of other kinds all of that scope, of every scope when it is empty. A source
 * that can count gives how many messages the channel has on one day (both days equal); nothing is
 * claimed then. */
typedef struct hf_rec_coverage {
    int64_t first_day, last_day; /* UTC day numbers of the first and last message here */
    uint64_t rows;               /* messages on that day, deleted ones included */
    hf_kind kind;                /* HF_KIND_NONE stands for messages */
    bool is_count;
} hf_rec_coverage;

typedef struct hf_rec_quarantine {
    const char *reason; /* static or arena text, one line */
} hf_rec_quarantine;

typedef struct hf_record {
    hf_kind kind;
    unsigned flags; /* HF_REC_ */
    hf_view origin, scope, id;
    int64_t time_us;    /* HF_NO_TIME when it has none */
    hf_dialect dialect; /* of its MARKUP values */
    const char *format; /* name of the format whose bytes raw holds; static */
    hf_raw raw;
    hf_value *value;
    uint32_t nvalue, cap_value;
    hf_leaf *leaf;
    uint32_t nleaf, cap_leaf;
    bool is_raw_kept; /* set by the writer: the target holds raw.bytes as they are */
    union {
        hf_rec_member member;
        hf_rec_coverage coverage;
        hf_rec_quarantine quarantine;
    } u;
} hf_record;

/* A run of records that share one arena; moved from stage to stage, freed by the last. */
typedef struct hf_batch {
    hf_arena *mem;
    hf_record **rec;
    size_t n, cap;
} hf_batch;

enum { HF_BATCH_RECORDS = 1024, HF_BATCH_BYTES = 4 << 20 };

HF_API hf_batch *hf_batch_new(void);
HF_API void hf_batch_free(hf_batch *b); /* NULL is fine */
/* Append a zeroed record (time_us HF_NO_TIME, raw.member HF_NO_MEMBER). */
HF_API hf_record *hf_batch_add(hf_batch *b, hf_kind kind);
/* True when the batch holds as many records or bytes as one may. */
HF_API bool hf_batch_is_full(const hf_batch *b);
/* A copy of r with everything it points to, appended to b. */
HF_API hf_record *hf_batch_copy(hf_batch *b, const hf_record *r);

/* Add a value; the view must live as long as the record. Returns its index. */
HF_API uint32_t hf_rec_text(hf_batch *b, hf_record *r, hf_field f, uint32_t item, hf_view text);
HF_API uint32_t hf_rec_num(hf_batch *b, hf_record *r, hf_field f, uint32_t item, int64_t num);

/* Room for n more leaves: the first of them, for the caller to fill and to count in nleaf. */
HF_API hf_leaf *hf_rec_leaves(hf_batch *b, hf_record *r, uint32_t n);

/* The value of a field (item 0), or of one item; NULL when absent. */
HF_API hf_value *hf_rec_get(const hf_record *r, hf_field f);
HF_API hf_value *hf_rec_item(const hf_record *r, hf_field f, uint32_t item);
/* The next value of field f at or after index from (see *at), for walking lists: start with from 0.
 */
HF_API hf_value *hf_rec_next(const hf_record *r, hf_field f, uint32_t from, uint32_t *at);

/* Shorthands: empty view, dflt, false when absent. */
HF_API hf_view hf_rec_get_text(const hf_record *r, hf_field f);
HF_API int64_t hf_rec_get_num(const hf_record *r, hf_field f, int64_t dflt);
HF_API bool hf_rec_get_bool(const hf_record *r, hf_field f);

/* Set the state of every value of a field. */
HF_API void hf_rec_settle(hf_record *r, hf_field f, hf_state state, const char *how);

/* Append the bytes that the format's parse reads: head, then bytes. */
HF_API void hf_rec_document(const hf_record *r, hf_buf *out);

/* The identity as one byte string, unambiguous: origin, kind, scope, id. */
HF_API void hf_rec_key(const hf_record *r, hf_buf *out);

/* Digest of the values (and of the leaves nobody took) whose class is CONTENT, and of those that
 * are STATE. Equal for equal content in any order of object keys. */
struct hf_paths;
HF_API void hf_rec_digests(const hf_record *r, const struct hf_paths *paths, uint64_t *content,
                           uint64_t *state);

/* Serialise for spilling and for queues between processes; read back into a batch. */
HF_API void hf_rec_pack(const hf_record *r, hf_buf *out);
HF_API hf_record *hf_rec_unpack(hf_batch *b, hf_view bytes);

#endif
