/* model/account.h: source paths, and the account of a JSON record.
 *
 * A path is the record kind's word and the keys below it: "message.edited.user", "[]" for array
 * elements and
 * "*" for keys that are data (HF_MAP). At most 4,096 paths are kept apart; later ones share
 * "(more)" under their kind, so that nothing goes uncounted. One hf_paths per run and thread.
 */
#ifndef HF_MODEL_ACCOUNT_H
#define HF_MODEL_ACCOUNT_H

#include "model/model.h"
#include "util/json.h"

typedef struct hf_paths hf_paths;

HF_API hf_paths *hf_paths_new(void);
HF_API void hf_paths_free(hf_paths *p); /* NULL is fine */

/* Number of the path, made when new. Ids start at 1. */
HF_API uint32_t hf_path(hf_paths *p, hf_view path);
/* Number of parent's child for an object key. */
HF_API uint32_t hf_path_key(hf_paths *p, uint32_t parent, hf_view key);
/* Number of parent's "[]" child. */
HF_API uint32_t hf_path_item(hf_paths *p, uint32_t parent);

HF_API hf_view hf_path_text(const hf_paths *p, uint32_t path); /* valid as long as p */
HF_API bool hf_path_is_map(const hf_paths *p, uint32_t path);  /* its keys are data (HF_MAP) */
HF_API bool hf_path_is_quote(const hf_paths *p,
                             uint32_t path); /* in a copy of another message (HF_QUOTE) */
HF_API bool hf_path_is_volatile(const hf_paths *p, uint32_t path);
HF_API uint32_t hf_paths_count(const hf_paths *p);

/* Take token tok for a value of the record: adds the value and notes in the tape that it carries
 * the token. Each returns true when a value was added; a token of another type, JSON null and
 * HF_NO_TOK are left alone, so that they stay in the account as values that nobody took.
 * hf_take_text: a string, or a number (flagged odd). hf_take_bool: true or false, both are added.
 * hf_take_int: an integer, or a string of digits (odd). */
HF_API bool hf_take_text(hf_batch *b, hf_record *r, hf_tape *t, uint32_t tok, hf_field f,
                         uint32_t item);
HF_API bool hf_take_bool(hf_batch *b, hf_record *r, hf_tape *t, uint32_t tok, hf_field f);
HF_API bool hf_take_int(hf_batch *b, hf_record *r, hf_tape *t, uint32_t tok, hf_field f,
                        uint32_t item);
/* A moment in units of unit_us microseconds (seconds: 1000000, milliseconds: 1000): a number or a
 * decimal string (the less usual of the two, by text_is_usual, is flagged odd), with a fraction
 * when the source has one; exact to the microsecond. 0, "0" and "" mean no moment and are left
 * alone. */
HF_API bool hf_take_time(hf_batch *b, hf_record *r, hf_tape *t, uint32_t tok, hf_field f,
                         uint32_t item, int64_t unit_us, bool text_is_usual);
/* Take tok for a value that exists already (index as given by hf_rec_text or hf_rec_num). */
HF_API void hf_take_for(hf_tape *t, uint32_t tok, uint32_t value);

/* Give the record its leaves: one per scalar, per key that is data and per empty container of the
 * tape below token from, under the path root. Containers taken as a whole give leaves carried by
 * that value. */
HF_API void hf_account_json(hf_batch *b, hf_record *r, hf_paths *p, const hf_tape *t, uint32_t from,
                            uint32_t root);

/* The decoded form of a leaf for comparison: strings (and columns of COPY) unescaped with a leading
 * '"', COPY's \N the word null, everything else its bytes; so that 1 and "1" differ and "\/" and
 * "/" do not. */
HF_API hf_view hf_leaf_plain(const hf_leaf *l, hf_arena *mem);

#endif
