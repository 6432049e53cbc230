/* package/bag.c: writing bags; see bag.h. */
#include "package/bag_priv.h"

#include <stdlib.h>

#include "io/name.h"
#include "util/fault.h"
#include "util/stop.h"
#include "util/utf8.h"

static const char declaration[] = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";

typedef struct entry {
    hf_view name; /* below the base, in bag->mem */
    uint64_t size;
    hf_sha256 sha256;
    hf_source *source; /* NULL: bytes */
    uint32_t index;
    uint64_t at, most; /* of the member: from byte at on, this many at most */
    hf_view bytes;     /* in bag->mem */
} entry;

typedef struct list {
    entry *p;
    size_t n, cap;
} list;

struct hf_bag {
    hf_arena *mem;
    hf_map *folded; /* every name as caseless file systems see it */
    list payload, tags;
    uint64_t bytes; /* of the payload */
    hf_buf info;
    void (*sign)(void *self, hf_view bytes, hf_buf *out);
    void *sign_self;
    const char *folder; /* hf_bag_take_from */
    hf_sha256_ctx *sha;
    char *chunk;
};

hf_bag *hf_bag_new(void)
{
    hf_bag *bag = HF_NEW(hf_bag);

    bag->mem = hf_arena_new();
    bag->folded = hf_map_new();
    bag->sha = hf_sha256_new();
    bag->chunk = hf_alloc(HF_BAG_CHUNK);
    hf_buf_init(&bag->info, HF_BUF_UNBOUNDED);
    return bag;
}

void hf_bag_free(hf_bag *bag)
{
    if (bag == NULL)
        return;
    hf_arena_free(bag->mem);
    hf_map_free(bag->folded);
    hf_sha256_free(bag->sha);
    hf_free(bag->chunk);
    hf_free(bag->payload.p);
    hf_free(bag->tags.p);
    hf_buf_clear(&bag->info);
    hf_free(bag);
}

void hf_bag_encode(hf_view name, hf_buf *out)
{
    for (size_t i = 0; i < name.n; i++)
        switch (name.p[i]) {
        case '\r':
            hf_buf_str(out, "%0D");
            break;
        case '\n':
            hf_buf_str(out, "%0A");
            break;
        case '%':
            hf_buf_str(out, "%25");
            break;
        default:
            hf_buf_byte(out, name.p[i]);
        }
}

bool hf_bag_decode(hf_view text, hf_buf *out)
{
    static const struct {
        const char *code[2];
        char byte;
    } codes[] = { { { "%0D", "%0d" }, '\r' },
                  { { "%0A", "%0a" }, '\n' },
                  { { "%25", "%25" }, '%' } };
    bool decoded = false;

    for (size_t i = 0; i < text.n; i++) {
        hf_view three = hf_view_sub(text, i, 3);
        char byte = text.p[i];

        for (size_t k = 0; k < 3 && byte == '%'; k++)
            if (hf_view_is(three, codes[k].code[0]) || hf_view_is(three, codes[k].code[1])) {
                byte = codes[k].byte;
                i += 2;
                decoded = true;
                break;
            }
        hf_buf_byte(out, byte);
    }
    return decoded;
}

/* A new entry of that name, or an error when no bag may hold it. */
static hf_status add(hf_bag *bag, list *to, hf_view name, entry **out, hf_err **err)
{
    hf_status rc = HF_OK;
    hf_buf folded;
    bool fresh;

    if (!hf_name_is_safe(name) || hf_view_ends(name, HF_V("/")))
        rc = hf_fail(err, HF_E_UNSAFE_NAME, "the name could leave the folder a bag is unpacked to");
    if (rc == HF_OK && !hf_utf8_is_valid(name))
        rc = hf_fail(err, HF_E_UNSAFE_NAME, "the name is not UTF-8, which a bag's lists are");
    if (rc != HF_OK)
        return hf_err_at(err, NULL, name, HF_NO_OFFSET);
    hf_buf_init(&folded, HF_BUF_UNBOUNDED);
    hf_name_fold(name, &folded);
    hf_map_put(bag->folded, hf_buf_view(&folded), &fresh);
    hf_buf_clear(&folded);
    if (!fresh) {
        hf_fail(err, HF_E_UNSAFE_NAME, "another file has this name, letter case aside");
        return hf_err_at(err, NULL, name, HF_NO_OFFSET);
    }
    if (to->n == to->cap) {
        to->cap = to->cap == 0 ? 16 : to->cap * 2;
        to->p = hf_realloc(to->p, to->cap, sizeof(*to->p));
    }
    *out = &to->p[to->n++];
    **out = (entry){ .name = hf_arena_dup(bag->mem, name) };
    return HF_OK;
}

static hf_status add_payload(hf_bag *bag, hf_view name, entry **out, hf_err **err)
{
    hf_buf full;
    hf_status rc;

    if (!hf_name_is_safe(name)) /* "/x" would be safe below data/, and is not what was meant */
        return add(bag, &bag->payload, name, out, err);
    hf_buf_init(&full, HF_BUF_UNBOUNDED);
    hf_buf_str(&full, "data/");
    hf_buf_add(&full, name);
    rc = add(bag, &bag->payload, hf_buf_view(&full), out, err);
    hf_buf_clear(&full);
    return rc;
}

static hf_status changed(const entry *e, hf_err **err)
{
    hf_fail(err, HF_E_VERIFY, "a file of the payload was changed while the bag was written");
    return hf_err_at(err, NULL, e->name, HF_NO_OFFSET);
}

/* Read a payload file to its end: its size and digest. sink not NULL: write it there as well, and
 * never more than e says it has. */
static hf_status run_through(hf_bag *bag, const entry *e, hf_sink *sink, uint64_t *size,
                             hf_sha256 *digest, hf_err **err)
{
    hf_stream *st = NULL;
    hf_status rc = hf_source_read(e->source, e->index, &st, err);
    size_t got = 1;

    *size = 0;
    if (rc == HF_OK && e->at > 0)
        rc = hf_stream_skip(st, e->at, err);
    hf_sha256_begin(bag->sha);
    while (rc == HF_OK && got > 0) {
        uint64_t left = e->most - *size;
        hf_view bytes;

        if (left == 0)
            break;
        rc = hf_stream_read(st, bag->chunk, left < HF_BAG_CHUNK ? (size_t)left : HF_BAG_CHUNK, &got,
                            err);
        bytes = (hf_view){ bag->chunk, rc == HF_OK ? got : 0 };
        hf_sha256_add(bag->sha, bytes);
        *size += bytes.n;
        if (rc == HF_OK && sink != NULL)
            rc = *size > e->size ? changed(e, err) : hf_sink_write(sink, bytes, err);
        if (rc == HF_OK)
            rc = hf_stop_check(err);
    }
    *digest = hf_sha256_finish(bag->sha);
    hf_stream_close(st);
    return rc;
}

hf_status hf_bag_payload(hf_bag *bag, hf_source *source, uint32_t index, hf_view name, hf_err **err)
{
    return hf_bag_payload_part(bag, source, index, name, 0, UINT64_MAX, err);
}

hf_status hf_bag_payload_part(hf_bag *bag, hf_source *source, uint32_t index, hf_view name,
                              uint64_t at, uint64_t n, hf_err **err)
{
    entry *e = NULL;
    hf_status rc = add_payload(bag, name, &e, err);

    if (rc != HF_OK || e == NULL)
        return rc;
    e->source = source;
    e->index = index;
    e->at = at;
    e->most = n;
    rc = run_through(bag, e, NULL, &e->size, &e->sha256, err);
    bag->bytes += e->size;
    return rc;
}

hf_status hf_bag_payload_bytes(hf_bag *bag, hf_view name, hf_view bytes, hf_err **err)
{
    entry *e = NULL;
    hf_status rc = add_payload(bag, name, &e, err);

    if (rc != HF_OK || e == NULL)
        return rc;
    e->bytes = hf_arena_dup(bag->mem, bytes);
    e->size = bytes.n;
    e->sha256 = hf_sha256_of(bytes);
    bag->bytes += e->size;
    return HF_OK;
}

static hf_status add_tag(hf_bag *bag, hf_view name, hf_view bytes, hf_err **err)
{
    entry *e = NULL;
    hf_status rc = add(bag, &bag->tags, name, &e, err);

    if (rc != HF_OK || e == NULL)
        return rc;
    e->bytes = hf_arena_dup(bag->mem, bytes);
    e->size = bytes.n;
    e->sha256 = hf_sha256_of(bytes);
    return HF_OK;
}

hf_status hf_bag_tag(hf_bag *bag, hf_view name, hf_view bytes, hf_err **err)
{
    static const char *const own[] = { "bagit.txt", "bag-info.txt", "fetch.txt", "data" };
    bool taken = hf_view_starts(name, HF_V("data/")) ||
                 (hf_view_ends(name, HF_V(".txt")) && (hf_view_starts(name, HF_V("manifest-")) ||
                                                       hf_view_starts(name, HF_V("tagmanifest-"))));

    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
        taken = taken || hf_view_is(name, own[i]);
    if (taken) {
        hf_fail(err, HF_E_UNSAFE_NAME, "the name is one that every bag has a meaning for");
        return hf_err_at(err, NULL, name, HF_NO_OFFSET);
    }
    return add_tag(bag, name, bytes, err);
}

void hf_bag_take_from(hf_bag *bag, const char *folder)
{
    bag->folder = folder;
}

void hf_bag_sign(hf_bag *bag, void (*sign)(void *self, hf_view bytes, hf_buf *out), void *self)
{
    bag->sign = sign;
    bag->sign_self = self;
}

void hf_bag_info(hf_bag *bag, const char *label, hf_view value)
{
    hf_buf_printf(&bag->info, "%s: ", label);
    for (size_t i = 0; i < value.n; i++) {
        bool is_end = value.p[i] == '\n' || value.p[i] == '\r';

        hf_buf_byte(&bag->info, is_end ? ' ' : value.p[i]);
    }
    hf_buf_byte(&bag->info, '\n');
}

uint64_t hf_bag_files(const hf_bag *bag)
{
    return bag->payload.n;
}

uint64_t hf_bag_bytes(const hf_bag *bag)
{
    return bag->bytes;
}

static int by_name(const void *a, const void *b)
{
    return hf_view_cmp(((const entry *)a)->name, ((const entry *)b)->name);
}

/* The lines of a manifest, in bytewise order of the names, with two blanks as sha256sum writes and
 * reads them. */
static void write_list(list *of, hf_buf *out)
{
    if (of->n > 0)
        qsort(of->p, of->n, sizeof(*of->p), by_name);
    for (size_t i = 0; i < of->n; i++) {
        char hex[65];

        hf_sha256_hex(&of->p[i].sha256, hex);
        hf_buf_printf(out, "%s  ", hex);
        hf_bag_encode(of->p[i].name, out);
        hf_buf_byte(out, '\n');
    }
}

void hf_bag_manifest(hf_bag *bag, hf_buf *out)
{
    write_list(&bag->payload, out);
}

/* The tag files that every bag has; the tag manifest comes last and lists the others. */
static hf_status own_tags(hf_bag *bag, hf_err **err)
{
    hf_buf text;
    hf_status rc = add_tag(bag, HF_V("bagit.txt"), hf_view_str(declaration), err);

    hf_buf_init(&text, HF_BUF_UNBOUNDED);
    hf_buf_add(&text, hf_buf_view(&bag->info));
    hf_buf_printf(&text, "Payload-Oxum: %llu.%llu\n", (unsigned long long)bag->bytes,
                  (unsigned long long)bag->payload.n);
    if (rc == HF_OK)
        rc = add_tag(bag, HF_V("bag-info.txt"), hf_buf_view(&text), err);
    hf_buf_reset(&text);
    hf_bag_manifest(bag, &text);
    if (rc == HF_OK)
        rc = add_tag(bag, HF_V("manifest-sha256.txt"), hf_buf_view(&text), err);
    hf_buf_reset(&text);
    write_list(&bag->tags, &text);
    if (rc == HF_OK)
        rc = add_tag(bag, HF_V("tagmanifest-sha256.txt"), hf_buf_view(&text), err);
    if (rc == HF_OK && bag->sign != NULL) {
        hf_buf sig;

        hf_buf_init(&sig, HF_BUF_UNBOUNDED);
        bag->sign(bag->sign_self, hf_buf_view(&text), &sig);
        rc = add_tag(bag, HF_V("tagmanifest-sha256.txt.sig"), hf_buf_view(&sig), err);
        hf_buf_clear(&sig);
    }
    hf_buf_clear(&text);
    return rc;
}

/* Move the file; what its bytes are is seen when the bag is read again. */
static hf_status take_entry(const hf_bag *bag, const entry *e, hf_sink *sink, hf_err **err)
{
    hf_view name = hf_source_member(e->source, e->index)->name;
    char *path = hf_sprintf("%s/%.*s", bag->folder, (int)name.n, name.p);
    hf_status rc = hf_sink_take(sink, e->name, 0, path, err);

    hf_free(path);
    return rc;
}

static hf_status write_entry(hf_bag *bag, const entry *e, hf_view base, hf_sink *sink, hf_err **err)
{
    hf_sha256 digest;
    uint64_t size;
    hf_buf name;
    hf_status rc;

    if (bag->folder != NULL && e->source != NULL && e->most == UINT64_MAX)
        return take_entry(bag, e, sink, err);
    hf_buf_init(&name, HF_BUF_UNBOUNDED);
    hf_buf_add(&name, base);
    hf_buf_add(&name, e->name);
    rc = hf_sink_member_size(sink, hf_buf_view(&name), 0, e->size, err);
    hf_buf_clear(&name);
    if (rc != HF_OK)
        return rc;
    if (e->source == NULL)
        return hf_sink_write(sink, e->bytes, err);
    rc = run_through(bag, e, sink, &size, &digest, err);
    if (rc == HF_OK && (size != e->size || memcmp(&digest, &e->sha256, sizeof(digest)) != 0))
        rc = changed(e, err);
    return rc;
}

hf_status hf_bag_write(hf_bag *bag, hf_sink *sink, hf_view base, hf_err **err)
{
    hf_status rc = own_tags(bag, err);
    size_t p = 0, t = 0;
    hf_buf name;

    qsort(bag->tags.p, bag->tags.n, sizeof(*bag->tags.p), by_name);
    if (bag->payload.n == 0 && rc == HF_OK) { /* every bag has this folder */
        hf_buf_init(&name, HF_BUF_UNBOUNDED);
        hf_buf_add(&name, base);
        hf_buf_str(&name, "data/");
        rc = hf_sink_member(sink, hf_buf_view(&name), err);
        hf_buf_clear(&name);
    }
    while (rc == HF_OK && (p < bag->payload.n || t < bag->tags.n)) {
        bool is_tag = p == bag->payload.n ||
                      (t < bag->tags.n && by_name(&bag->tags.p[t], &bag->payload.p[p]) < 0);

        rc = write_entry(bag, is_tag ? &bag->tags.p[t++] : &bag->payload.p[p++], base, sink, err);
        hf_fault("bag.member");
    }
    return rc;
}
