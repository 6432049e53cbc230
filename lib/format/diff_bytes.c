/* format/diff_bytes.c: compare members by name and SHA-256.
 *
 * The rows of a table come in any order (hf_rec_member.is_set): two such members are equal when
 * they have the same lines, each as often. Their digest is the sum, modulo 2^128, of the first 16
 * bytes of each line's SHA-256 (without its line feed), the head and the end line included.
 */
#include "format/diff.h"

typedef struct member {
    hf_sha256 digest;
    hf_setdigest lines;
    bool is_set, is_seen;
} member;

/* Digest of every member of a source; a member of a name that occurs twice is keyed "name\0number".
 */
typedef struct listing {
    hf_map *map; /* values: member, owned by mem */
    hf_arena *mem;
    hf_sha256_ctx *hash, *line; /* of the member; of its line under way */
    hf_setdigest lines;
    hf_view name;
    bool is_open, is_set, in_line;
} listing;

/* The map's entry for a name; the second member of that name gets "name\0002", and so on. */
static hf_map_entry *entry_for(listing *l)
{
    hf_buf key;
    bool fresh;
    hf_map_entry *e;

    hf_buf_init(&key, HF_BUF_UNBOUNDED);
    hf_buf_add(&key, l->name);
    e = hf_map_put(l->map, hf_buf_view(&key), &fresh);
    for (uint64_t n = 2; !fresh; n++) {
        key.n = l->name.n;
        hf_buf_byte(&key, '\0');
        hf_buf_u64(&key, n);
        e = hf_map_put(l->map, hf_buf_view(&key), &fresh);
    }
    hf_buf_clear(&key);
    return e;
}

static void finish_line(listing *l)
{
    hf_sha256 d = hf_sha256_finish(l->line);

    hf_setdigest_add(&l->lines, &d);
    l->in_line = false;
}

static void add_lines(listing *l, hf_view bytes)
{
    while (bytes.n > 0) {
        size_t end = hf_view_find_byte(bytes, '\n');

        if (!l->in_line)
            hf_sha256_begin(l->line);
        l->in_line = true;
        hf_sha256_add(l->line, hf_view_sub(bytes, 0, end));
        if (end == HF_NPOS)
            return;
        finish_line(l);
        bytes = hf_view_from(bytes, end + 1);
    }
}

static void finish_member(listing *l)
{
    member *m;

    if (!l->is_open)
        return;
    m = hf_arena_alloc0(l->mem, 1, sizeof(*m));
    m->digest = hf_sha256_finish(l->hash);
    if (l->in_line)
        finish_line(l);
    m->lines = l->lines;
    m->is_set = l->is_set;
    entry_for(l)->v.p = m;
    l->is_open = false;
}

static void take(listing *l, const hf_record *r)
{
    if (r->kind == HF_KIND_MEMBER) {
        finish_member(l);
        l->name = hf_arena_dup(l->mem, r->u.member.name);
        l->is_open = true;
        l->is_set = r->u.member.is_set;
        l->lines = (hf_setdigest){ 0 };
        hf_sha256_begin(l->hash);
        hf_sha256_add(l->hash, r->u.member.link);
    } else if (r->kind == HF_KIND_BYTES) {
        hf_sha256_add(l->hash, r->raw.bytes);
        if (l->is_set)
            add_lines(l, r->raw.bytes);
    }
}

static hf_status list(listing *l, const hf_diff_args *diff, bool is_a, hf_err **err)
{
    hf_input *in = is_a ? diff->a : diff->b;
    hf_paths *paths = hf_paths_new();
    hf_reader_args args = { .paths = paths,
                            .opts = is_a ? diff->opts_a : diff->opts_b,
                            .want = HF_WANT_BYTES,
                            .origin = is_a ? diff->origin_a : diff->origin_b };
    hf_reader *r = NULL;
    hf_status rc = hf_read_open(&r, in, &args, true, err);

    *l = (listing){
        .map = hf_map_new(), .mem = hf_arena_new(), .hash = hf_sha256_new(), .line = hf_sha256_new()
    };
    if (rc == HF_OK && !r->is_exact) {
        rc = hf_fail(err, HF_E_USAGE, "its members are not there byte for byte");
        hf_err_at(err, in->label, (hf_view){ NULL, 0 }, HF_NO_OFFSET);
        hf_hint(err, "of a vault with several imports choose one: --import N (`holdfast vault "
                     "info` lists them)");
    }
    if (rc == HF_OK && diff->fact != NULL && r->ops->facts != NULL)
        r->ops->facts(r, diff->fact, is_a ? diff->fact_a : diff->fact_b);
    while (rc == HF_OK) {
        hf_batch *b = hf_batch_new();

        rc = hf_reader_next(r, b, err);
        for (size_t i = 0; i < b->n; i++)
            take(l, b->rec[i]);
        hf_batch_free(b);
    }
    finish_member(l);
    hf_reader_close(r);
    hf_paths_free(paths);
    return rc == HF_END ? HF_OK : rc;
}

static void forget(listing *l)
{
    hf_map_free(l->map);
    hf_arena_free(l->mem);
    hf_sha256_free(l->hash);
    hf_sha256_free(l->line);
}

static void tell(const hf_diff_args *args, hf_diff_what what, hf_view name)
{
    hf_diff_item item = {
        .what = what, .kind = HF_KIND_MEMBER, .id = name, .path = HF_V("member")
    };

    if (args->item != NULL)
        args->item(args->self, &item);
}

static bool is_same(const member *a, const member *b)
{
    if (a->is_set && b->is_set)
        return a->lines.hi == b->lines.hi && a->lines.lo == b->lines.lo;
    return memcmp(&a->digest, &b->digest, sizeof(a->digest)) == 0;
}

static void compare(const hf_diff_args *args, listing *a, listing *b, hf_diff_result *out)
{
    for (size_t i = 0; i < hf_map_count(a->map); i++) {
        hf_map_entry *x = hf_map_at(a->map, i), *y = hf_map_get(b->map, x->key);
        const member *m = x->v.p;

        if (y == NULL) {
            out->missing++;
            tell(args, HF_DIFF_MISSING, x->key);
            continue;
        }
        ((member *)y->v.p)->is_seen = true;
        if (is_same(m, y->v.p)) {
            out->same++;
        } else {
            out->changed++;
            tell(args, HF_DIFF_CHANGED, x->key);
        }
    }
    for (size_t i = 0; i < hf_map_count(b->map); i++) {
        hf_map_entry *y = hf_map_at(b->map, i);

        if (!((member *)y->v.p)->is_seen) {
            out->extra++;
            tell(args, HF_DIFF_EXTRA, y->key);
        }
    }
}

hf_status hf_diff_bytes(const hf_diff_args *args, hf_diff_result *out, hf_err **err)
{
    listing a, b;
    hf_status rc;

    *out = (hf_diff_result){ 0 };
    rc = list(&a, args, true, err);
    if (rc != HF_OK) {
        forget(&a);
        return rc;
    }
    rc = list(&b, args, false, err);
    if (rc == HF_OK)
        compare(args, &a, &b, out);
    forget(&a);
    forget(&b);
    return rc;
}
