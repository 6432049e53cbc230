/* query/values.c: fields and what may stand behind them. */
#include "query/query_priv.h"
#include "util/nearest.h"
#include "util/when.h"

#include <strings.h>

typedef enum value_type {
    VALUE_NAME,
    VALUE_CHAN,
    VALUE_ID,
    VALUE_BEFORE,
    VALUE_AFTER,
    VALUE_DAY,
    VALUE_TRAIT,
} value_type;

struct hf_qfield {
    const char *name;
    value_type type;
    hf_qkind kind; /* of a VALUE_NAME */
};

static const hf_qfield fields[] = {
    { "from", VALUE_NAME, HF_Q_FROM },   { "in", VALUE_NAME, HF_Q_IN },
    { "chan", VALUE_CHAN, HF_Q_CHAN },   { "before", VALUE_BEFORE, HF_Q_TIME },
    { "after", VALUE_AFTER, HF_Q_TIME }, { "on", VALUE_DAY, HF_Q_TIME },
    { "during", VALUE_DAY, HF_Q_TIME },  { "has", VALUE_TRAIT, HF_Q_TRAIT },
    { "is", VALUE_TRAIT, HF_Q_TRAIT },   { "type", VALUE_TRAIT, HF_Q_TRAIT },
    { "id", VALUE_ID, HF_Q_ID },
};

/* Fields of the full language that are not in this version. */
static const char *const missing_fields[] = {
    "to",     "with",    "mention", "team",   "workspace", "platform",  "sent",
    "edited", "deleted", "thread",  "conv",   "file",      "ext",       "mime",
    "size",   "sha256",  "exact",   "text",   "filetext",  "version",   "reaction",
    "tag",    "hold",    "matter",  "source", "lang",      "custodian",
};

/* Every value of has:, is: and type:. trait 0: of the full language, not in this version. The first
 * row of a trait is its normal form. */
static const struct trait_value {
    const char *field, *value;
    unsigned trait;
    bool is_not; /* the message does not have it */
} traits[] = {
    { "has", "file", HF_TRAIT_FILE, false },
    { "has", "image", HF_TRAIT_IMAGE, false },
    { "has", "link", HF_TRAIT_LINK, false },
    { "has", "reaction", HF_TRAIT_REACTION, false },
    { "has", "pin", HF_TRAIT_PIN, false },
    { "has", "mention", HF_TRAIT_MENTION, false },
    { "is", "edited", HF_TRAIT_EDITED, false },
    { "is", "deleted", HF_TRAIT_DELETED, false },
    { "is", "root", HF_TRAIT_ROOT, false },
    { "is", "reply", HF_TRAIT_REPLY, false },
    { "is", "bot", HF_TRAIT_BOT, false },
    { "is", "system", HF_TRAIT_SYSTEM, false },
    { "has", "edit", HF_TRAIT_EDITED, false },
    { "has", "delete", HF_TRAIT_DELETED, false },
    { "has", "thread", HF_TRAIT_ROOT, false },
    { "is", "pinned", HF_TRAIT_PIN, false },
    { "type", "message", HF_TRAIT_SYSTEM, true },
    { "type", "reply", HF_TRAIT_REPLY, false },
    { "type", "system", HF_TRAIT_SYSTEM, false },
    { "type", "bot", HF_TRAIT_BOT, false },
    { "type", "file", HF_TRAIT_FILE, false },
    { "has", "code", 0, false },
    { "has", "attachment_text", 0, false },
    { "is", "held", 0, false },
    { "is", "responsive", 0, false },
    { "is", "privileged", 0, false },
    { "is", "produced", 0, false },
    { "type", "join", 0, false },
    { "type", "leave", 0, false },
    { "type", "reaction", 0, false },
    { "type", "call", 0, false },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool is_word(hf_view v, const char *word)
{
    return v.n == strlen(word) && strncasecmp(v.p, word, v.n) == 0;
}

static int shown(hf_view v)
{
    return v.n > 60 ? 60 : (int)v.n;
}

hf_status hf_qfield_find(hf_view name, size_t at, const hf_qfield **out, hf_err **err)
{
    static const char all[] = "fields: from in chan before after on during has is type id";
    hf_nearest near = { .word = name };

    for (size_t i = 0; i < COUNT(fields); i++) {
        *out = &fields[i];
        if (is_word(name, fields[i].name))
            return HF_OK;
        hf_nearest_try(&near, fields[i].name);
    }
    for (size_t i = 0; i < COUNT(missing_fields); i++) {
        if (!is_word(name, missing_fields[i]))
            continue;
        hf_qfail(err, at, "the field %s: is not in this version", missing_fields[i]);
        return hf_hint(err, "%s", all);
    }
    hf_qfail(err, at, "there is no field \"%.*s:\"", shown(name), name.p);
    if (near.best != NULL)
        return hf_hint(err, "did you mean \"%s:\"? A word with a colon in it needs quotes",
                       near.best);
    return hf_hint(err, "a word with a colon in it needs quotes; %s", all);
}

const char *hf_qfield_name(const hf_qfield *f)
{
    return f->name;
}

const char *hf_qtrait_name(unsigned trait)
{
    static const char *const names[] = {
        "has:file",  "has:image",  "has:link", "has:reaction", "has:pin", "has:mention",
        "is:edited", "is:deleted", "is:root",  "is:reply",     "is:bot",  "is:system",
    };

    for (size_t i = 0; i < COUNT(names); i++)
        if (traits[i].trait == trait)
            return names[i];
    return "";
}

/* --- has, is, type -------------------------------------------------------------------------- */

static hf_status trait_node(hf_query *q, const hf_qfield *f, hf_view value, size_t at,
                            hf_qnode **out, hf_err **err)
{
    hf_nearest near = { .word = value };
    hf_qnode *n;

    for (size_t i = 0; i < COUNT(traits); i++) {
        if (strcmp(traits[i].field, f->name) != 0)
            continue;
        if (!is_word(value, traits[i].value)) {
            if (traits[i].trait != 0)
                hf_nearest_try(&near, traits[i].value);
            continue;
        }
        if (traits[i].trait == 0)
            return hf_qfail(err, at, "%s:%s is not in this version", f->name, traits[i].value);
        n = hf_qnode_new(q, HF_Q_TRAIT, at);
        n->trait = traits[i].trait;
        *out = n;
        if (traits[i].is_not) {
            *out = hf_qnode_new(q, HF_Q_NOT, at);
            (*out)->child = hf_arena_alloc(q->mem, sizeof(hf_qnode *));
            (*out)->child[(*out)->nchild++] = n;
        }
        return HF_OK;
    }
    hf_qfail(err, at, "%s: has no value \"%.*s\"", f->name, shown(value), value.p);
    if (near.best != NULL)
        return hf_hint(err, "did you mean %s:%s?", f->name, near.best);
    return hf_hint(err, "%s",
                   f->name[0] == 'h'   ? "has: file image link reaction pin mention edit thread"
                   : f->name[0] == 'i' ? "is: edited deleted root reply bot system pinned"
                                       : "type: message reply system bot file");
}

/* --- dates ---------------------------------------------------------------------------------- */

static bool digits(hf_view v, size_t at, size_t n, int *out)
{
    hf_view part = hf_view_sub(v, at, n);
    uint64_t value;

    if (part.n != n || !hf_view_u64(part, &value))
        return false;
    *out = (int)value;
    return true;
}

/* "2024", "2024-03" and "2024-Q1": the months [*first, *first + *months) of *year. */
static bool period(hf_view v, int *year, int *first, int *months)
{
    int q;

    if (!digits(v, 0, 4, year) || *year < 1 || *year > 9998)
        return false;
    *first = 1;
    *months = 12;
    if (v.n == 4)
        return true;
    *months = 1;
    if (v.n != 7 || v.p[4] != '-')
        return false;
    if (v.p[5] != 'Q' && v.p[5] != 'q')
        return digits(v, 5, 2, first) && *first >= 1 && *first <= 12;
    *months = 3;
    if (!digits(v, 6, 1, &q) || q < 1 || q > 4)
        return false;
    *first = 3 * q - 2;
    return true;
}

static int64_t month_start(const hf_zone *zone, int year, int month)
{
    hf_civil c = { .year = year + (month - 1) / 12, .month = (month - 1) % 12 + 1, .day = 1 };

    return hf_zone_to_us(zone, &c);
}

/* The moments that a date names; *is_moment when it is a single one. */
static hf_status dates(hf_view value, size_t at, const hf_query_args *args, int64_t *start,
                       int64_t *end, hf_err **err)
{
    int year, first, months;
    hf_err *why = NULL;
    hf_status rc;

    if (period(value, &year, &first, &months)) {
        *start = month_start(args->zone, year, first);
        *end = month_start(args->zone, year, first + months);
        return HF_OK;
    }
    rc = hf_when_parse(value, args->zone, args->now_us, start, end, &why);
    hf_err_free(why); /* said in our own words, with the place */
    /* Years that a normal form can spell. */
    if (rc == HF_OK && *start > -INT64_C(62135596800) * HF_SECOND_US &&
        *end < INT64_C(253402300800) * HF_SECOND_US)
        return HF_OK;
    hf_qfail(err, at, "\"%.*s\" is no date", shown(value), value.p);
    return hf_hint(err, "write 2024-03-01, 2024-03, 2024-Q1, 2024, 2024-03-01T10:00+01:00, "
                        "yesterday or 7d");
}

static hf_qnode *time_node(hf_query *q, size_t at, int64_t since_us, int64_t until_us)
{
    hf_qnode *n = hf_qnode_new(q, HF_Q_TIME, at);

    n->since_us = since_us;
    n->until_us = until_us;
    return n;
}

static hf_status date_node(hf_query *q, const hf_qfield *f, hf_view value, size_t at,
                           const hf_query_args *args, hf_qnode **out, hf_err **err)
{
    int64_t start, end;
    hf_qnode *both[2];
    hf_status rc = dates(value, at, args, &start, &end, err);

    if (rc != HF_OK)
        return rc;
    if (f->type == VALUE_BEFORE) {
        *out = time_node(q, at, HF_NO_TIME, start);
        return HF_OK;
    }
    if (f->type == VALUE_AFTER) {
        *out = time_node(q, at, start, HF_NO_TIME);
        return HF_OK;
    }
    if (start == end) {
        hf_qfail(err, at, "%s: takes a day or a longer time, not a moment", f->name);
        return hf_hint(err, "use after: and before: for moments");
    }
    both[0] = time_node(q, at, start, HF_NO_TIME);
    both[1] = time_node(q, at, HF_NO_TIME, end);
    *out = hf_qnode_join(q, HF_Q_AND, both, 2);
    return HF_OK;
}

/* --- names and ids -------------------------------------------------------------------------- */

static hf_status name_node(hf_query *q, const hf_qfield *f, hf_view value, size_t at,
                           hf_qnode **out, hf_err **err)
{
    bool is_prefix = hf_view_ends(value, HF_V("*"));
    hf_view name = value;
    hf_qnode *n;

    if (is_prefix)
        name.n--;
    if (name.n > 0 && (name.p[0] == '@' || name.p[0] == '#'))
        name = hf_view_from(name, 1);
    if (name.n == 0)
        return hf_qfail(err, at, "%s: needs a name", f->name);
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] == '*' || name.p[i] == '?')
            return hf_qfail(err, at,
                            "%s: a %c elsewhere than a * at the end is not in this version",
                            f->name, name.p[i]);
    if (f->kind == HF_Q_FROM && is_word(name, "me")) {
        hf_qfail(err, at, "from:me means nobody here");
        return hf_hint(err, "name the person");
    }
    n = hf_qnode_new(q, f->kind, at);
    n->text = hf_arena_dup(q->mem, name);
    n->is_prefix = is_prefix;
    *out = n;
    return HF_OK;
}

static hf_status chan_node(hf_query *q, hf_view value, size_t at, hf_qnode **out, hf_err **err)
{
    static const char *const kinds[] = { "public", "private", "dm", "group" };

    for (size_t i = 0; i < COUNT(kinds); i++) {
        if (!is_word(value, kinds[i]))
            continue;
        *out = hf_qnode_new(q, HF_Q_CHAN, at);
        (*out)->text = hf_view_str(kinds[i]);
        return HF_OK;
    }
    hf_qfail(err, at, "\"%.*s\" is no kind of conversation", shown(value), value.p);
    return hf_hint(err, "chan: public private dm group");
}

hf_status hf_qfield_node(hf_query *q, const hf_qfield *f, hf_view value, size_t at,
                         const hf_query_args *args, hf_qnode **out, hf_err **err)
{
    switch (f->type) {
    case VALUE_NAME:
        return name_node(q, f, value, at, out, err);
    case VALUE_CHAN:
        return chan_node(q, value, at, out, err);
    case VALUE_ID:
        *out = hf_qnode_new(q, HF_Q_ID, at);
        (*out)->text = hf_arena_dup(q->mem, value);
        return HF_OK;
    case VALUE_BEFORE:
    case VALUE_AFTER:
    case VALUE_DAY:
        return date_node(q, f, value, at, args, out, err);
    case VALUE_TRAIT:
        return trait_node(q, f, value, at, out, err);
    }
    return HF_E_INTERNAL;
}
