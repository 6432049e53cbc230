/* package/bag.h: bags: files with a list of their digests, as BagIt 1.0 (RFC 8493) lays them out.
 *
 *   BASE/bagit.txt               what it is
 *   BASE/bag-info.txt            who, when, Payload-Oxum (bytes.files)
 *   BASE/manifest-sha256.txt     digest of every payload file
 *   BASE/tagmanifest-sha256.txt  digest of every other file but itself
 *   BASE/data/...                the payload
 *
 * BASE is the folder itself, or in a .zip or .tar.zst one folder that holds everything. What is
 * written is deterministic: members in bytewise order of their names, no times. What is checked is
 * never believed: names that leave the bag, absolute names, links, names that are equal where
 * letter case does not count, and addresses to fetch from make a bag unfit whatever it says.
 */
#ifndef HF_PACKAGE_BAG_H
#define HF_PACKAGE_BAG_H

#include "io/sink.h"
#include "io/source.h"

/* --- writing ------------------------------------------------------------------------------------
 */

typedef struct hf_bag hf_bag; /* a bag in the making */

HF_API hf_bag *hf_bag_new(void);
HF_API void hf_bag_free(hf_bag *bag); /* NULL is fine */

/* Add member index of source as payload file "data/NAME"; it is read and hashed now, and read again
 * when the bag is written. source is lent until then. HF_E_UNSAFE_NAME for a name that could leave
 * a folder, or that another payload file has (letter case aside). */
HF_API hf_status hf_bag_payload(hf_bag *bag, hf_source *source, uint32_t index, hf_view name,
                                hf_err **err);

/* The same with n bytes from byte at on of a member. */
HF_API hf_status hf_bag_payload_part(hf_bag *bag, hf_source *source, uint32_t index, hf_view name,
                                     uint64_t at, uint64_t n, hf_err **err);

/* Add a payload file of these bytes, which are copied. */
HF_API hf_status hf_bag_payload_bytes(hf_bag *bag, hf_view name, hf_view bytes, hf_err **err);

/* Add a tag file; bytes are copied. HF_E_UNSAFE_NAME for a name below data/ or one of the names
 * that the bag writes itself. */
HF_API hf_status hf_bag_tag(hf_bag *bag, hf_view name, hf_view bytes, hf_err **err);

/* Add "LABEL: VALUE" to bag-info.txt; line ends in value become blanks. Payload-Oxum is added by
 * itself. */
HF_API void hf_bag_info(hf_bag *bag, const char *label, hf_view value);

HF_API uint64_t hf_bag_files(const hf_bag *bag); /* payload files so far */
HF_API uint64_t hf_bag_bytes(const hf_bag *bag); /* their sizes added up */

/* Append manifest-sha256.txt as it stands with the payload so far. */
HF_API void hf_bag_manifest(hf_bag *bag, hf_buf *out);

/* Payload members lie below this folder, and nobody needs them there any more: a bag that becomes a
 * folder on the same file system takes them instead of copying them. folder is lent. */
HF_API void hf_bag_take_from(hf_bag *bag, const char *folder);

/* Have the tag manifest signed when it is written: sign appends a signature of its bytes, which
 * becomes tagmanifest-sha256.txt.sig, the one file that no list has. */
HF_API void hf_bag_sign(hf_bag *bag, void (*sign)(void *self, hf_view bytes, hf_buf *out),
                        void *self);

/* Write everything to sink, below base ("" or "name/"); seal or commit it then. HF_E_VERIFY when a
 * payload file is no longer what it was when it was added. */
HF_API hf_status hf_bag_write(hf_bag *bag, hf_sink *sink, hf_view base, hf_err **err);

/* --- checking -----------------------------------------------------------------------------------
 */

typedef enum hf_bag_flaw {
    HF_BAG_WARNING,  /* allowed, or made by a careless tool; the verdict stands */
    HF_BAG_LOOSE,    /* a tag file that no tag manifest lists, or not the signed one where one is:
                        allowed, and vouched for by nobody */
    HF_BAG_UNSAFE,   /* could harm who unpacks it; neither complete nor valid */
    HF_BAG_BROKEN,   /* a rule of RFC 8493 is not kept; not complete */
    HF_BAG_MISSING,  /* listed and not there; not complete */
    HF_BAG_UNLISTED, /* a payload file that a manifest does not list; not complete */
    HF_BAG_DIFFERS,  /* a digest is not the file's; not valid */
} hf_bag_flaw;

/* "warning", "loose", "unsafe", "broken", "missing", "unlisted", "differs": stable. */
HF_API const char *hf_bag_flaw_name(hf_bag_flaw flaw);

typedef struct hf_bag_args {
    /* Told of every finding: which file below the base (empty: the bag as a whole), and what is
     * wrong in one line. May be NULL. */
    void (*say)(void *self, hf_bag_flaw flaw, hf_view name, const char *what);
    void *self;
    bool without_digests; /* look at the lists only; a bag is then never found valid */
    void (*progress)(void *self, const char *phase, uint64_t done,
                     uint64_t total); /* bytes; may be NULL */
    void *progress_self;
} hf_bag_args;

typedef struct hf_bag_result {
    bool is_bag;      /* there is a base (hf_bag_base) at all */
    bool is_complete; /* RFC 8493 section 3 */
    bool is_valid;    /* complete, and every digest holds */
    uint64_t flaws[HF_BAG_DIFFERS + 1];
    uint64_t payload_files, payload_bytes, tag_files;
    bool has_manifest;  /* manifest-sha256.txt is there */
    hf_sha256 manifest; /* its SHA-256; set when digests were computed */
    bool lists_tags;    /* there is a tag manifest */
} hf_bag_result;

/* The base of the bag in source: "" or "name/", a view into one of its names; p NULL when neither
 * bagit.txt nor manifest-sha256.txt is at the top or in a folder at the top. */
HF_API hf_view hf_bag_base(const hf_source *source);

/* Index of the file of that name below the base; UINT32_MAX when there is none. */
HF_API uint32_t hf_bag_find(const hf_source *source, hf_view name);

/* Check a bag by every rule. HF_OK whatever was found (see out); an error when the container cannot
 * be read. args NULL: none. */
HF_API hf_status hf_bag_check(hf_source *source, const hf_bag_args *args, hf_bag_result *out,
                              hf_err **err);

#endif
