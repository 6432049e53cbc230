/* util/map.h: a hash table from byte strings to a 64-bit value or pointer, in insertion order. */
#ifndef HF_UTIL_MAP_H
#define HF_UTIL_MAP_H

#include "util/view.h"

typedef struct hf_map hf_map;

typedef struct hf_map_entry {
    hf_view key; /* owned by the map */
    union {
        uint64_t u;
        void *p;
    } v;
} hf_map_entry;

HF_API hf_map *hf_map_new(void);
HF_API void hf_map_free(hf_map *m); /* values are not freed; NULL is fine */

/* The entry of key, or NULL. */
HF_API hf_map_entry *hf_map_get(const hf_map *m, hf_view key);

/* The entry of key, made with value 0 when absent (*fresh tells; fresh may be NULL). Entry pointers
 * stay valid until the next put. */
HF_API hf_map_entry *hf_map_put(hf_map *m, hf_view key, bool *fresh);

/* Number of entries; entry i in insertion order, 0 <= i < count. */
HF_API size_t hf_map_count(const hf_map *m);
HF_API hf_map_entry *hf_map_at(const hf_map *m, size_t i);

#endif
