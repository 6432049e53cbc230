/* format/sort.h: external merge sort of records, in bounded memory; runs spill to unlinked
 * temporary files. */
#ifndef HF_FORMAT_SORT_H
#define HF_FORMAT_SORT_H

#include "format/format.h"

typedef struct hf_sort hf_sort;

/* HF_ORDER_THREAD_TIME sorts twice: when a thread began is known once its messages are together.
 * The head of a record (hf_raw) must live as long as the sort. memory_bytes 0: 32 MiB. Definitions
 * sort before messages, each group by identity; containers and quarantine are not given to a sort.
 */
HF_API hf_sort *hf_sort_new(hf_order order, size_t memory_bytes);
HF_API void hf_sort_free(hf_sort *s); /* NULL is fine */
HF_API hf_status hf_sort_add(hf_sort *s, const hf_record *r, hf_err **err);
/* After the last add: append the next records to b, HF_END at the end. Equal keys keep their input
 * order. */
HF_API hf_status hf_sort_next(hf_sort *s, hf_batch *b, hf_err **err);
HF_API uint64_t hf_sort_spilled(const hf_sort *s); /* bytes on disk */

#endif
