/* package/package_priv.h: what the parts of making a package share. */
#ifndef HF_PACKAGE_PACKAGE_PRIV_H
#define HF_PACKAGE_PACKAGE_PRIV_H

#include "io/work.h"
#include "package/package.h"

/* --- exceptions.c -------------------------------------------------------------------------------
 */

typedef struct hf_exception_list hf_exception_list;

hf_status hf_exception_list_new(hf_exception_list **out, hf_err **err);
void hf_exception_list_free(hf_exception_list *l); /* NULL is fine */

hf_status hf_exception_list_add(hf_exception_list *l, const hf_exception *e, hf_err **err);

/* Look at a record or member that is exported: attachments that a message has, or that are there.
 */
hf_status hf_exception_list_see(hf_exception_list *l, const hf_record *r, hf_err **err);

/* Add the attachments that no member holds; then write all to exceptions.csv and exceptions.json in
 * folder. */
hf_status hf_exception_list_write(hf_exception_list *l, const char *folder, hf_err **err);

hf_exceptions hf_exception_list_counts(const hf_exception_list *l);

/* --- the package --------------------------------------------------------------------------------
 */

enum { HF_PACKAGE_FORMATS_MAX = 16, HF_PACKAGE_VOLUMES_MAX = 9999 };

typedef struct hf_package_volume {
    hf_bag *bag;
    char *name;         /* of its file: "nightly.003.zip" */
    hf_buf manifest;    /* manifest-sha256.txt */
    hf_sha256 digest;   /* of that */
    uint64_t container; /* bytes of its file, once written */
} hf_package_volume;

struct hf_package {
    hf_package_args args;
    char *target;       /* what is published */
    char *base;         /* name without folder and suffix: "nightly" */
    const char *suffix; /* ".zip", ".tar.zst"; "" for a folder */
    hf_sink_kind kind;  /* of the bag */
    bool is_many;       /* target is a folder of volumes */
    hf_work *work;
    char *data; /* folder of the payload in it */
    hf_package_format format[HF_PACKAGE_FORMATS_MAX];
    size_t nformat;
    hf_exception_list *exceptions;
    hf_status failed; /* of a callback that cannot return one */
    hf_err *why;
    hf_source *payload; /* over data */
    hf_package_volume *volume;
    size_t nvolume;
    hf_buf receipt;
    hf_sha256 receipt_digest;
    hf_package_facts facts; /* from hf_package_done on */
    int64_t done_us;        /* when the payload was complete */
};

/* --- pages.c ------------------------------------------------------------------------------------
 */

/* receipt.json (schemas/receipt.v1.json). */
void hf_package_receipt(const hf_package *p, hf_buf *out);

/* custody.html: the receipt for people. */
void hf_package_custody(const hf_package *p, const hf_package_seal *seal, hf_buf *out);

/* README.txt: of a package, and of a folder of encrypted volumes. */
void hf_package_readme(const hf_package *p, const hf_package_seal *seal, hf_buf *out);
void hf_package_readme_volumes(const hf_package *p, const hf_package_seal *seal, hf_buf *out);

/* --- write.c ------------------------------------------------------------------------------------
 */

/* Add a tag file and, with a key, its signature NAME.sig. */
hf_status hf_package_tag(hf_bag *bag, const hf_key *key, const char *name, hf_view bytes,
                         hf_err **err);

#endif
