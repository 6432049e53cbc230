/* mattermost_common/props.h: what a post's props say, for every format that has them: the bulk file
 * and the database.
 *
 * Source   server/public/model/post.go, server/public/model/slack_attachment.go
 */
#ifndef HF_MM_PROPS_H
#define HF_MM_PROPS_H

#include "model/account.h"

/* The one key of ours in a post's props; an object with any of
 *   stub true        the post stands for a thread's root that the source lacks
 *   part k, of n     the post continues the one before it in its line: their texts are one text
 *   again true       the line repeats a root to carry more of its replies
 *   broadcast true   the reply was shown in the channel too
 *   deleted true     the source says that the message was deleted
 *   type WORD        the source's own word where the server has none
 *   files [...]      attached files whose bytes are not in the archive */
#define MM_PROPS_MARK "holdfast"

#define MM_PROPS_NO_VALUE UINT32_MAX

/* The keys of a message attachment that records have fields for; ends with a NULL key. */
typedef struct mm_card_key {
    const char *key;
    hf_field field;
} mm_card_key;
extern const mm_card_key mm_card_keys[];

/* The value at index carries the token when it is "", 0, false, [] or {}: false for anything else.
 * value MM_PROPS_NO_VALUE: nothing carries it. */
bool mm_props_default(hf_tape *t, uint32_t tok, uint32_t value);

/* true, or the text "true" as the server's integrations write it. */
bool mm_props_is_true(const hf_tape *t, uint32_t tok);

/* Our mark in the props object at index (0: the root); HF_NO_TOK when there is none. */
uint32_t mm_props_mark(const hf_tape *t, uint32_t props);

/* Take the author's name, cards and our mark but its type and files. What is at its default is
 * carried by the value at index anchor. */
void mm_props_read(hf_batch *b, hf_record *r, hf_tape *t, uint32_t props, uint32_t anchor);

/* Take the files that our mark names, numbered from item. */
void mm_props_files(hf_batch *b, hf_record *r, hf_tape *t, uint32_t mark, uint32_t item);

#endif
