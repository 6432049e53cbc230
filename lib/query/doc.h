/* query/doc.h: the searchable texts of a message, for the index and the exact evaluator alike.
 *
 * Markup is taken off: of a link label and address stay, of a mention the label; mentions are one
 * word each in a column of their own, so that people and channels are found by id whatever they are
 * called today.
 */
#ifndef HF_QUERY_DOC_H
#define HF_QUERY_DOC_H

#include "model/model.h"

/* What a message is or has, as "is:" and "has:" ask for it. Kept in vaults: never renumbered. */
enum {
    HF_TRAIT_REPLY = 1,
    HF_TRAIT_ROOT = 2, /* of a thread that has replies */
    HF_TRAIT_SYSTEM = 4,
    HF_TRAIT_BOT = 8,
    HF_TRAIT_DELETED = 16,
    HF_TRAIT_EDITED = 32,
    HF_TRAIT_PIN = 64,
    HF_TRAIT_FILE = 128,
    HF_TRAIT_IMAGE = 256, /* a file of media type image/..., or named like one */
    HF_TRAIT_REACTION = 512,
    HF_TRAIT_LINK = 1024,    /* an address in the text, or of a card */
    HF_TRAIT_MENTION = 2048, /* of a person, a group, or everybody */
    HF_TRAIT_ABSENT = 4096,  /* stands for a message that is not there: never found */
};

typedef struct hf_doc {
    hf_buf body;     /* text, cards, shown author name */
    hf_buf earlier;  /* earlier texts that the source gives */
    hf_buf file;     /* names and titles of files */
    hf_buf mention;  /* hf_doc_mention words, separated by blanks */
    unsigned traits; /* HF_TRAIT_ */
} hf_doc;

HF_API void hf_doc_init(hf_doc *d);
HF_API void hf_doc_clear(hf_doc *d);

/* Replace d's texts by those of message r. mem is for the time of the call: reset it when you like.
 */
HF_API void hf_doc_build(hf_doc *d, const hf_record *r, hf_arena *mem);

/* Whether the words of a field of messages are searched. */
HF_API bool hf_doc_has(hf_field f);

typedef enum hf_mention {
    HF_MENTION_USER = 'u',
    HF_MENTION_CHANNEL = 'c',
    HF_MENTION_GROUP = 'g',
    HF_MENTION_BROADCAST = 'b',
} hf_mention;

/* Append the word that stands for a mention: one word to the tokenizer whatever the id holds, and
 * none that a query has. */
HF_API void hf_doc_mention(hf_buf *out, hf_mention what, hf_view id);

#endif
