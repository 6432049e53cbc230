/* audit/tree.h: the Merkle tree of RFC 6962 (section 2.1), which says with a few hashes that a log
 * holds an entry, and that a longer log continues a shorter one.
 *
 * A leaf is SHA-256(0x00 || data), a node SHA-256(0x01 || left || right); the left part of n leaves
 * is the largest power of two below n. Checks follow RFC 9162, sections 2.1.3.2 and 2.1.4.2, and
 * are stricter in one point: size 0 proves nothing.
 */
#ifndef HF_AUDIT_TREE_H
#define HF_AUDIT_TREE_H

#include "util/util.h"

enum { HF_TREE_DEPTH = 64 }; /* hashes of the longest proof */

HF_API hf_sha256 hf_tree_leaf(hf_view data);
HF_API hf_sha256 hf_tree_node(const hf_sha256 *left, const hf_sha256 *right);

/* The roots of the complete subtrees that n leaves are made of, largest first: what appending
 * needs. */
typedef struct hf_tree_range {
    uint64_t n;
    hf_sha256 root[HF_TREE_DEPTH];
} hf_tree_range;

/* Add a leaf. made, when not NULL, is told of every subtree that this completes, its level (0: the
 * leaf) and its number among those of its level. */
HF_API void hf_tree_push(hf_tree_range *r, const hf_sha256 *leaf,
                         void (*made)(void *self, unsigned level, uint64_t index,
                                      const hf_sha256 *hash),
                         void *self);

/* Root of the whole tree; of no leaves SHA-256 of nothing. */
HF_API hf_sha256 hf_tree_root(const hf_tree_range *r);

/* A complete subtree by level and number; an error ends the proof. */
typedef hf_status hf_tree_get(void *self, unsigned level, uint64_t index, hf_sha256 *out,
                              hf_err **err);

typedef struct hf_tree_proof {
    size_t n;
    hf_sha256 hash[HF_TREE_DEPTH + 1];
} hf_tree_proof;

/* Root of the first size leaves of a tree, from its complete subtrees. */
HF_API hf_status hf_tree_root_at(uint64_t size, hf_tree_get *get, void *self, hf_sha256 *out,
                                 hf_err **err);

/* Prove that leaf index is in the tree of size leaves; HF_E_USAGE when it cannot be. */
HF_API hf_status hf_tree_prove(uint64_t index, uint64_t size, hf_tree_get *get, void *self,
                               hf_tree_proof *out, hf_err **err);

/* Prove that the tree of size leaves continues that of old leaves (0 < old <= size). */
HF_API hf_status hf_tree_prove_growth(uint64_t old, uint64_t size, hf_tree_get *get, void *self,
                                      hf_tree_proof *out, hf_err **err);

/* Is leaf number index of a tree with that size and root? */
HF_API bool hf_tree_holds(const hf_tree_proof *p, uint64_t index, uint64_t size,
                          const hf_sha256 *leaf, const hf_sha256 *root);

/* Does the tree (size, root) continue the tree (old, old_root)? */
HF_API bool hf_tree_continues(const hf_tree_proof *p, uint64_t old, uint64_t size,
                              const hf_sha256 *old_root, const hf_sha256 *root);

#endif
