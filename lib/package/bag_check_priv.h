/* package/bag_check_priv.h: what the parts of checking a bag share. */
#ifndef HF_PACKAGE_BAG_CHECK_PRIV_H
#define HF_PACKAGE_BAG_CHECK_PRIV_H

#include "package/bag_priv.h"

/* --- digests of several kinds over the same bytes ------------------------------------------------
 */

typedef enum hf_bag_algorithm {
    HF_BAG_MD5,
    HF_BAG_SHA1,
    HF_BAG_SHA224,
    HF_BAG_SHA256,
    HF_BAG_SHA384,
    HF_BAG_SHA512,
    HF_BAG_ALGORITHMS,
    HF_BAG_UNKNOWN = HF_BAG_ALGORITHMS,
} hf_bag_algorithm;

enum { HF_BAG_DIGEST_MAX = 64 };

/* By its name in a manifest's name ("sha256"); HF_BAG_UNKNOWN when there is none. */
hf_bag_algorithm hf_bag_algorithm_of(hf_view name);

typedef struct hf_bag_hashes hf_bag_hashes;

hf_bag_hashes *hf_bag_hashes_new(void);
void hf_bag_hashes_free(hf_bag_hashes *h);

/* Begin; say which are wanted; add bytes; end; ask. */
void hf_bag_hashes_begin(hf_bag_hashes *h);
void hf_bag_hashes_want(hf_bag_hashes *h, hf_bag_algorithm a);
void hf_bag_hashes_add(hf_bag_hashes *h, hf_view bytes);
void hf_bag_hashes_end(hf_bag_hashes *h);
/* Lower-case hex; false when this one was not wanted or is not known here. */
bool hf_bag_hashes_hex(const hf_bag_hashes *h, hf_bag_algorithm a,
                       char out[2 * HF_BAG_DIGEST_MAX + 1]);
void hf_bag_hashes_sha256(const hf_bag_hashes *h, hf_sha256 *out);

/* Equal, letter case aside. */
bool hf_bag_same_hex(hf_view a, hf_view b);

/* --- the check ----------------------------------------------------------------------------------
 */

enum { HF_BAG_LISTS_MAX = 32 };

typedef struct bag_claim { /* one manifest line */
    struct bag_claim *next;
    uint8_t list;
    hf_view hex;
} bag_claim;

typedef struct bag_file {
    hf_view name; /* below the base */
    uint32_t member;
    bool is_payload;
    uint32_t listed; /* bit i: list i has it */
    bag_claim *claims;
} bag_file;

typedef struct bag_list { /* a manifest or tag manifest */
    hf_view name;
    uint32_t member;
    bool is_tag;
    hf_bag_algorithm algorithm;
} bag_list;

typedef struct bag_check {
    hf_source *source;
    const hf_bag_args *args;
    hf_bag_result *out;
    hf_view base;
    hf_arena *mem;
    hf_map *files; /* name to bag_file, in the container's order */
    hf_map *folds;
    hf_buf folded, name;
    bool has_data;
    bool is_old;       /* before 1.0 */
    uint64_t declared; /* lines of bagit.txt */
    bag_list lists[HF_BAG_LISTS_MAX];
    size_t nlists;
    uint64_t done;
} bag_check;

void hf_bag_say(bag_check *c, hf_bag_flaw flaw, hf_view name, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Read the declaration, the lists, bag-info.txt and fetch.txt: claims, and everything that is wrong
 * but digests. */
hf_status hf_bag_read_tags(bag_check *c, hf_err **err);

#endif
