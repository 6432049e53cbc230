/* mattermost_bulk/parse_priv.h: small steps of parse.c and parse_post.c. */
#ifndef HF_BULK_PARSE_PRIV_H
#define HF_BULK_PARSE_PRIV_H

#include "bulk_priv.h"

#define BULK_NO_VALUE UINT32_MAX

/* The value of key in obj, HF_NO_TOK when obj is HF_NO_TOK (unlike hf_tape_get, where that is the
 * root). */
uint32_t bulk_get(const bulk_parse *x, uint32_t obj, const char *key);
/* Decoded; empty for anything but a string. */
hf_view bulk_str(const bulk_parse *x, uint32_t tok);
bool bulk_is_true(const bulk_parse *x, uint32_t tok);

/* The value at index carries the token; BULK_NO_VALUE and HF_NO_TOK do nothing. */
void bulk_carry(const bulk_parse *x, uint32_t tok, uint32_t value);
/* The same only for "", 0, false, [] and {}: false for anything else. */
bool bulk_carry_default(const bulk_parse *x, uint32_t tok, uint32_t value);

/* Take a text, or a moment in milliseconds; a default is carried by anchor. */
void bulk_text(const bulk_parse *x, hf_record *r, uint32_t tok, hf_field f, uint32_t item,
               uint32_t anchor);
bool bulk_time(const bulk_parse *x, hf_record *r, uint32_t tok, hf_field f, uint32_t item,
               uint32_t anchor);

/* bulk_direct_id of an array of usernames, or of objects with a username. */
hf_view bulk_direct_id_of(const bulk_parse *x, uint32_t array, bool of_objects);
/* The archive's member for a path in a line. */
hf_view bulk_member_name(const bulk_parse *x, hf_view path);

#endif
