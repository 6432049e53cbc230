/* format/merge.h: change some fields within a record's JSON and leave all else as it stands. */
#ifndef HF_FORMAT_MERGE_H
#define HF_FORMAT_MERGE_H

#include "model/account.h"
#include "model/model.h"

/* Append to out the bytes of own with the values of the changed fields as other has them. Both were
 * parsed with an account; the leaves tell which bytes say which field. Objects are merged key by
 * key, and the objects of an array by their "id", else their "name"; of other arrays and of scalars
 * that say a changed field, other's are taken. False, and nothing appended, when either is no
 * object. */
bool hf_merge(const hf_record *own, const hf_record *other, const bool changed[HF_F_COUNT],
              hf_buf *out);

/* Take the bytes at offset, which lie in a string, out of the record: the key that holds them, as
 * deep as other keys beside it say canonical fields, and whole where none do. *at and *n are the
 * bytes to cut, with one comma; false when they lie in no object. */
bool hf_merge_cut(const hf_record *own, size_t offset, size_t *at, size_t *n);

#endif
