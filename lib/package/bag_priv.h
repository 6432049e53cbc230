/* package/bag_priv.h: what writing and checking a bag share. */
#ifndef HF_PACKAGE_BAG_PRIV_H
#define HF_PACKAGE_BAG_PRIV_H

#include "package/bag.h"

/* Bytes read at a time: what a read costs vanishes beside hashing them. */
enum { HF_BAG_CHUNK = 256 * 1024 };

/* The list that hf_bag_sign signs: it covers everything else. */
#define HF_BAG_SIGNED_LIST "tagmanifest-sha256.txt"

/* Append a name as manifests hold it: CR, LF and % percent-encoded (RFC 8493 2.1.3). */
void hf_bag_encode(hf_view name, hf_buf *out);

/* Append what an encoded name stands for; other uses of % are kept as they are. True when something
 * was decoded. */
bool hf_bag_decode(hf_view text, hf_buf *out);

#endif
