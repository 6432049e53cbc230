/* package/bag_check.c: is a bag complete and valid (RFC 8493 section 3), and harmless.
 *
 * Order: names, declaration, lists, what they leave out, bag-info.txt, fetch.txt, digests. Every
 * file is read once, whatever the number of manifests. Of BagIt 0.93 to 0.97 the one rule kept
 * apart is that a payload file may stand in any of several manifests instead of in all.
 */
#include "package/bag_check_priv.h"

#include <stdarg.h>
#include <stdio.h>

#include "io/name.h"
#include "util/stop.h"

const char *hf_bag_flaw_name(hf_bag_flaw flaw)
{
    static const char *const names[] = { "warning", "loose",    "unsafe", "broken",
                                         "missing", "unlisted", "differs" };

    return names[flaw];
}

void hf_bag_say(bag_check *c, hf_bag_flaw flaw, hf_view name, const char *fmt, ...)
{
    char what[512];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(what, sizeof(what), fmt, ap);
    va_end(ap);
    c->out->flaws[flaw]++;
    if (c->args != NULL && c->args->say != NULL)
        c->args->say(c->args->self, flaw, name, what);
}

/* --- base ---------------------------------------------------------------------------------------
 */

/* "NAME/" of a member "NAME/MARK", which may have "./" before it; p NULL for any other, and for a
 * folder that is none of the container's ("../", "/"). */
static hf_view folder_of(hf_view member, hf_view mark)
{
    hf_view base = hf_view_sub(member, 0, member.n < mark.n ? 0 : member.n - mark.n);
    size_t skip = hf_view_starts(base, HF_V("./")) ? 2 : 0;
    size_t slash = hf_view_find_byte(hf_view_from(base, skip), '/');

    return hf_view_ends(member, mark) && slash != HF_NPOS && skip + slash + 1 == base.n &&
                   hf_name_is_safe(base)
               ? base
               : (hf_view){ NULL, 0 };
}

/* The base as a file of that name shows it: whatever order the members stand in, at the top, else
 * in the first folder by name. */
static hf_view find_base(const hf_source *s, hf_view mark)
{
    hf_view best = { NULL, 0 };

    if (hf_source_find(s, mark) != UINT32_MAX)
        return HF_V("");
    for (uint32_t i = 0; i < hf_source_count(s); i++) {
        hf_view name = hf_source_member(s, i)->name, base = folder_of(name, mark);

        if (name.n == mark.n + 2 && hf_view_starts(name, HF_V("./")) && hf_view_ends(name, mark))
            return hf_view_sub(name, 0, 2); /* as tar writes a folder named "." */
        if (base.p != NULL && (best.p == NULL || hf_view_cmp(base, best) < 0))
            best = base;
    }
    return hf_source_get_kind(s) == HF_SOURCE_ZIP || hf_source_get_kind(s) == HF_SOURCE_TAR
               ? best
               : (hf_view){ NULL, 0 };
}

/* A bag that lost its declaration is still one, and broken. */
hf_view hf_bag_base(const hf_source *s)
{
    hf_view base = find_base(s, HF_V("bagit.txt"));

    return base.p != NULL ? base : find_base(s, HF_V("manifest-sha256.txt"));
}

uint32_t hf_bag_find(const hf_source *s, hf_view name)
{
    hf_view base = hf_bag_base(s);
    hf_buf full;
    uint32_t index;

    if (base.p == NULL)
        return UINT32_MAX;
    hf_buf_init(&full, HF_BUF_UNBOUNDED);
    hf_buf_add(&full, base);
    hf_buf_add(&full, name);
    index = hf_source_find(s, hf_buf_view(&full));
    hf_buf_clear(&full);
    return index;
}

/* --- names --------------------------------------------------------------------------------------
 */

static void take_file(bag_check *c, hf_view name, uint32_t index)
{
    bool fresh;
    bag_file *f;

    hf_buf_reset(&c->folded);
    hf_name_fold(name, &c->folded);
    hf_map_put(c->folds, hf_buf_view(&c->folded), &fresh);
    if (!fresh)
        hf_bag_say(c, HF_BAG_UNSAFE, name, "another file has this name, letter case aside");
    if (hf_map_get(c->files, name) != NULL)
        return;
    f = hf_arena_alloc0(c->mem, 1, sizeof(*f));
    f->name = name;
    f->member = index;
    f->is_payload = hf_view_starts(name, HF_V("data/"));
    hf_map_put(c->files, name, NULL)->v.p = f;
    if (f->is_payload) {
        c->out->payload_files++;
        c->out->payload_bytes += hf_source_member(c->source, index)->size;
    } else {
        c->out->tag_files++;
    }
}

static void take_names(bag_check *c)
{
    for (uint32_t i = 0; i < hf_source_count(c->source); i++) {
        const hf_member *m = hf_source_member(c->source, i);
        hf_view name = m->name;
        bool is_inside = hf_view_starts(name, c->base);

        if (m->type == HF_MEMBER_FOLDER && hf_view_starts(c->base, name))
            continue; /* the base itself, or "./" */
        if (!is_inside) {
            hf_bag_say(c, hf_name_is_safe(name) ? HF_BAG_BROKEN : HF_BAG_UNSAFE, name,
                       "lies outside the folder of the bag");
            continue;
        }
        name = hf_view_from(name, c->base.n);
        c->has_data = c->has_data || hf_view_starts(name, HF_V("data/")) ||
                      (m->type == HF_MEMBER_FOLDER && hf_view_is(name, "data"));
        if (m->type == HF_MEMBER_LINK)
            hf_bag_say(c, HF_BAG_UNSAFE, name, "is a symbolic link");
        else if (!hf_name_is_safe(name))
            hf_bag_say(c, HF_BAG_UNSAFE, name, "the name could leave the folder it is unpacked to");
        else if (m->type == HF_MEMBER_FILE)
            take_file(c, name, i);
    }
    if (!c->has_data)
        hf_bag_say(c, HF_BAG_BROKEN, HF_V("data/"), "there is no payload folder");
}

/* --- digests ------------------------------------------------------------------------------------
 */

static void compare(bag_check *c, const bag_file *f, hf_bag_hashes *h)
{
    for (const bag_claim *claim = f->claims; claim != NULL; claim = claim->next) {
        const bag_list *l = &c->lists[claim->list];
        char hex[2 * HF_BAG_DIGEST_MAX + 1];

        if (!hf_bag_hashes_hex(h, l->algorithm, hex))
            continue; /* an algorithm that is not known: said already */
        if (!hf_bag_same_hex(claim->hex, hf_view_str(hex)))
            hf_bag_say(c, HF_BAG_DIFFERS, f->name, "its bytes are not those that %.*s lists",
                       (int)l->name.n, l->name.p);
    }
}

static hf_status digest_file(bag_check *c, bag_file *f, hf_bag_hashes *h, char *chunk, hf_err **err)
{
    hf_stream *st = NULL;
    hf_status rc = hf_source_read(c->source, f->member, &st, err);
    size_t got = 1;
    bool is_manifest = hf_view_is(f->name, "manifest-sha256.txt");

    hf_bag_hashes_begin(h);
    if (is_manifest)
        hf_bag_hashes_want(h, HF_BAG_SHA256);
    for (const bag_claim *claim = f->claims; claim != NULL; claim = claim->next)
        hf_bag_hashes_want(h, c->lists[claim->list].algorithm);
    while (rc == HF_OK && got > 0) {
        rc = hf_stream_read(st, chunk, HF_BAG_CHUNK, &got, err);
        if (rc == HF_OK && got > 0)
            hf_bag_hashes_add(h, (hf_view){ chunk, got });
        c->done += rc == HF_OK ? got : 0;
        if (rc == HF_OK && c->args != NULL && c->args->progress != NULL)
            c->args->progress(c->args->progress_self, "verifying", c->done,
                              hf_source_total(c->source));
        if (rc == HF_OK)
            rc = hf_stop_check(err);
    }
    hf_stream_close(st);
    if (rc != HF_OK)
        return rc;
    hf_bag_hashes_end(h);
    compare(c, f, h);
    if (is_manifest)
        hf_bag_hashes_sha256(h, &c->out->manifest);
    return HF_OK;
}

/* A member whose bytes cannot be had is a finding like others; the rest is still checked. */
static hf_status digest_all(bag_check *c, hf_err **err)
{
    hf_bag_hashes *h = hf_bag_hashes_new();
    char *chunk = hf_alloc(HF_BAG_CHUNK);
    hf_status rc = HF_OK;

    for (size_t i = 0; i < hf_map_count(c->files) && rc == HF_OK; i++) {
        bag_file *f = hf_map_at(c->files, i)->v.p;
        hf_err *why = NULL;

        if (f->claims == NULL && !hf_view_is(f->name, "manifest-sha256.txt"))
            continue;
        rc = digest_file(c, f, h, chunk, &why);
        if (rc == HF_E_DAMAGED || rc == HF_E_BOMB || rc == HF_E_DENIED || rc == HF_E_NO_KEY) {
            hf_bag_say(c, HF_BAG_DIFFERS, f->name, "its bytes cannot be read: %s", why->message);
            hf_err_free(why);
            rc = HF_OK;
        } else if (rc != HF_OK && err != NULL && *err == NULL) {
            *err = why;
        } else {
            hf_err_free(why);
        }
    }
    hf_free(chunk);
    hf_bag_hashes_free(h);
    return rc;
}

/* --- all of it ----------------------------------------------------------------------------------
 */

hf_status hf_bag_check(hf_source *source, const hf_bag_args *args, hf_bag_result *out, hf_err **err)
{
    bag_check c = { .source = source, .args = args, .out = out, .base = hf_bag_base(source) };
    bool with_digests = args == NULL || !args->without_digests;
    hf_status rc;

    *out = (hf_bag_result){ .is_bag = c.base.p != NULL };
    if (!out->is_bag) {
        hf_bag_say(&c, HF_BAG_BROKEN, HF_V("bagit.txt"), "is not there: this is no bag");
        return HF_OK;
    }
    c.mem = hf_arena_new();
    c.files = hf_map_new();
    c.folds = hf_map_new();
    hf_buf_init(&c.folded, HF_BUF_UNBOUNDED);
    hf_buf_init(&c.name, HF_BUF_UNBOUNDED);
    take_names(&c);
    rc = hf_bag_read_tags(&c, err);
    if (rc == HF_OK && with_digests)
        rc = digest_all(&c, err);
    out->is_complete = rc == HF_OK && out->flaws[HF_BAG_UNSAFE] == 0 &&
                       out->flaws[HF_BAG_BROKEN] == 0 && out->flaws[HF_BAG_MISSING] == 0 &&
                       out->flaws[HF_BAG_UNLISTED] == 0;
    out->is_valid = out->is_complete && with_digests && out->flaws[HF_BAG_DIFFERS] == 0;
    hf_buf_clear(&c.folded);
    hf_buf_clear(&c.name);
    hf_map_free(c.files);
    hf_map_free(c.folds);
    hf_arena_free(c.mem);
    return rc;
}
