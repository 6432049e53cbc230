/* format/listed.h: who stands in the channels' member lists.
 *
 * Readers of databases give each membership as a record as well (HF_KIND_MEMBERSHIP). A target that
 * writes the lists says who is a member; whether it says it of a given membership is asked here.
 * Memory: 8 to 16 bytes an entry. Exact but for entries whose 64-bit hashes are equal.
 */
#ifndef HF_FORMAT_LISTED_H
#define HF_FORMAT_LISTED_H

#include "model/model.h"

typedef struct hf_listed hf_listed;

HF_API hf_listed *hf_listed_new(void);
HF_API void hf_listed_free(hf_listed *l); /* NULL is fine */

/* Note every member that the channel's record lists. */
HF_API void hf_listed_add(hf_listed *l, const hf_record *channel);

/* Does its channel list the user of this membership? False for memberships of workspaces. */
HF_API bool hf_listed_has(hf_listed *l, const hf_record *membership);

#endif
