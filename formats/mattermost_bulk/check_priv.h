/* mattermost_bulk/check_priv.h: the validator's parts.
 *
 * check.c        the file: lines, order, references, duplicates, attachments
 * check_tables.c the rules of single objects, as tables
 * check_rules.c  their tests, and rules over several fields
 * check_posts.c  posts and replies
 */
#ifndef HF_BULK_CHECK_PRIV_H
#define HF_BULK_CHECK_PRIV_H

#include "bulk_priv.h"

typedef struct bulk_checker {
    hf_source *source;
    const char *member; /* of the lines */
    uint64_t line;
    uint64_t max_post; /* code points of a message */
    void (*say)(void *self, const char *member, uint64_t line, const char *rule, const char *text);
    void *self;
    hf_tape t;
    hf_arena *mem; /* emptied for every line */
    hf_map *teams, *channels, *users, *emails, *schemes, *emoji;
    bulk_seen posts;
    hf_buf key;
} bulk_checker;

/* One violation of this line. */
void bulk_say(bulk_checker *c, const char *rule, const char *text);

uint32_t bulk_check_get(const bulk_checker *c, uint32_t obj, const char *key);
hf_view bulk_check_str(const bulk_checker *c, uint32_t tok);
/* First element of an array and the one after it; HF_NO_TOK for anything but an array, and at the
 * end. */
uint32_t bulk_check_first(const bulk_checker *c, uint32_t list);

/* What an object must be. */
typedef enum bulk_shape {
    SHAPE_ROLE,
    SHAPE_SCHEME,
    SHAPE_TEAM,
    SHAPE_CHANNEL,
    SHAPE_USER,
    SHAPE_USER_NOTIFY,
    SHAPE_USER_TEAM,
    SHAPE_USER_CHANNEL,
    SHAPE_CHANNEL_NOTIFY,
    SHAPE_BOT,
    SHAPE_EMOJI,
    SHAPE_POST,
    SHAPE_REPLY,
    SHAPE_REACTION,
    SHAPE_FOLLOWER,
    SHAPE_DIRECT_CHANNEL,
    SHAPE_DIRECT_POST,
    SHAPE_COUNT,
} bulk_shape;

/* One rule about one key of an object. */
typedef enum bulk_test {
    NEED,      /* there, and not null */
    NEED_TEXT, /* there, and not "" */
    NOT_EMPTY, /* not "" when there */
    STRING,    /* of that type when there; null is as good as absent */
    NUMBER,
    BOOL,
    LIST,
    OBJECT,
    NOT_ZERO,
    MAX_BYTES, /* n */
    MAX_RUNES, /* n */
    MAX_POST,
    ONE_OF, /* words, separated by | */
    PASSES, /* ok */
} bulk_test;

typedef struct bulk_rule {
    const char *id, *key;
    bulk_test test;
    uint32_t n;
    const char *words;
    bool (*ok)(hf_view v);
    const char *text;
} bulk_rule;

/* By shape; each ends with a NULL id. */
extern const bulk_rule *const bulk_shapes[];

/* Say every rule of that shape that the object breaks. */
void bulk_check_shape(bulk_checker *c, bulk_shape shape, uint32_t obj);

/* The integer at key; false when there is none. */
bool bulk_check_number(const bulk_checker *c, uint32_t obj, const char *key, int64_t *n);
/* A violation and the start of the name that it is about. */
void bulk_say_name(bulk_checker *c, const char *rule, const char *text, hf_view name);

/* A name that a line before must have defined. */
void bulk_refer_user(bulk_checker *c, hf_view name);
void bulk_refer_users(bulk_checker *c, uint32_t list);
void bulk_refer_team(bulk_checker *c, hf_view name);
void bulk_refer_channel(bulk_checker *c, hf_view team, hf_view name);

/* The member at a path below data/; UINT32_MAX when there is none or it was complained of. */
uint32_t bulk_check_path(bulk_checker *c, hf_view path, const char *unsafe, const char *missing);
/* Two people (or one twice), or three to eight. */
void bulk_check_member_count(bulk_checker *c, uint32_t list, const char *few, const char *many,
                             const char *where);
void bulk_check_post(bulk_checker *c, uint32_t obj);
void bulk_check_direct_post(bulk_checker *c, uint32_t obj);

/* Rules that look at several fields. */
void bulk_check_scheme_roles(bulk_checker *c, uint32_t scheme);
void bulk_check_auth(bulk_checker *c, uint32_t user);
void bulk_check_guest(bulk_checker *c, uint32_t user);

#endif
