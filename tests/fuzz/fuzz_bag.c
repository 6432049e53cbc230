/* tests/fuzz/fuzz_bag.c: any bytes as the files of a bag, judged whatever their order; as a package
 * to verify; and as a source.
 *
 * The first byte chooses: bit 0 a folder or a ZIP, bit 1 lists made anew so that they are right,
 * bit 2 a folder around the files. Then come files: a line "== NAME", and bytes up to the next.
 */
#include "check.h"
#include <stdio.h>

#include "format/inside.h"
#include "package/bag_priv.h"
#include "package/verify.h"

enum { MOST_FILES = 24 };

typedef struct files {
    hf_arena *mem;
    hf_source_kind kind;
    hf_member member[MOST_FILES];
    hf_view bytes[MOST_FILES];
    uint32_t n;
    bool has_twins; /* two members of one name: which one counts is a question of their order */
} files;

static hf_status read_file(void *self, uint32_t index, uint64_t at, void *to, size_t n, size_t *got,
                           hf_err **err)
{
    const files *f = self;
    hf_view part = hf_view_sub(f->bytes[index], (size_t)at, n);

    (void)err;
    if (part.n > 0)
        memcpy(to, part.p, part.n);
    *got = part.n;
    return HF_OK;
}

static hf_source *open_files(files *f)
{
    static const hf_source_ops ops = { .read = read_file };
    hf_source *s = NULL;

    CHECK(hf_source_over(&s, "fuzz", f->kind, f->member, f->n, &ops, f, NULL) == HF_OK);
    return s;
}

/* Add base and name together; one that ends in a slash is a folder, and holds no bytes. */
static void add_file(files *f, const char *base, hf_view below, hf_view bytes)
{
    bool is_folder = hf_view_ends(below, HF_V("/"));
    hf_view name;
    hf_buf full;

    if (f->n == MOST_FILES)
        return;
    hf_buf_init(&full, HF_BUF_UNBOUNDED);
    hf_buf_str(&full, base);
    hf_buf_add(&full, below);
    name = hf_arena_dup(f->mem, hf_buf_view(&full));
    hf_buf_clear(&full);
    bytes = is_folder ? HF_V("") : bytes;
    for (uint32_t i = 0; i < f->n; i++)
        f->has_twins = f->has_twins || hf_view_eq(f->member[i].name, name);
    f->member[f->n] = (hf_member){ .name = name,
                                   .type = is_folder ? HF_MEMBER_FOLDER : HF_MEMBER_FILE,
                                   .size = bytes.n,
                                   .mtime_us = HF_NO_TIME };
    f->bytes[f->n++] = hf_arena_dup(f->mem, bytes);
}

/* "== NAME\nBYTES" and so on; a name may be anything but a line end. */
static void cut_files(files *f, hf_view text, const char *base)
{
    while (text.n > 0 && f->n + 4 < MOST_FILES) {
        size_t line = hf_view_find_byte(text, '\n');
        hf_view name = hf_view_sub(text, 3, line == HF_NPOS ? HF_NPOS : line - 3);
        size_t end;

        text = hf_view_from(text, line == HF_NPOS ? text.n : line + 1);
        end = hf_view_starts(text, HF_V("== ")) ? 0 : hf_view_find(text, HF_V("\n== "));
        if (line != HF_NPOS && line >= 3)
            add_file(f, base, name, hf_view_sub(text, 0, end == HF_NPOS ? text.n : end));
        text = hf_view_from(text, end == HF_NPOS ? text.n : end == 0 ? 0 : end + 1);
    }
}

/* --- right lists --------------------------------------------------------------------------------
 */

static bool is_list(hf_view name)
{
    return hf_view_starts(name, HF_V("manifest-")) || hf_view_starts(name, HF_V("tagmanifest-")) ||
           hf_view_is(name, "bagit.txt");
}

static void put_list(files *f, const char *base, bool is_tag)
{
    const char *name = is_tag ? "tagmanifest-sha256.txt" : "manifest-sha256.txt";
    hf_buf list;

    hf_buf_init(&list, HF_BUF_UNBOUNDED);
    for (uint32_t i = 0; i < f->n; i++) {
        hf_view below = hf_view_from(f->member[i].name, strlen(base));
        hf_sha256 digest = hf_sha256_of(f->bytes[i]);
        char hex[65];

        if (hf_view_starts(below, HF_V("data/")) == is_tag || f->member[i].type != HF_MEMBER_FILE)
            continue;
        hf_sha256_hex(&digest, hex);
        hf_buf_printf(&list, "%s  ", hex);
        hf_bag_encode(below, &list);
        hf_buf_byte(&list, '\n');
    }
    add_file(f, base, hf_view_str(name), hf_buf_view(&list));
    hf_buf_clear(&list);
}

/* Take away what lists there are, and lay right ones beside the rest. */
static void put_lists(files *f, const char *base)
{
    uint32_t n = f->n;

    f->n = 0;
    f->has_twins = false;
    for (uint32_t i = 0; i < n; i++) {
        hf_view name = f->member[i].name, bytes = f->bytes[i];

        if (!is_list(hf_view_from(name, strlen(base))))
            add_file(f, "", name, bytes);
    }
    add_file(f, base, HF_V("bagit.txt"),
             HF_V("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"));
    put_list(f, base, false);
    put_list(f, base, true);
}

/* --- verdicts -----------------------------------------------------------------------------------
 */

static void count(void *self, hf_bag_flaw flaw, hf_view name, const char *what)
{
    CHECK(flaw <= HF_BAG_DIFFERS && what[0] != '\0' && (name.p != NULL || name.n == 0));
    (*(uint64_t *)self)++;
}

static hf_bag_result judge(files *f)
{
    hf_source *s = open_files(f);
    uint64_t said = 0, flaws = 0;
    const hf_bag_args args = { .say = count, .self = &said };
    hf_bag_result r;

    CHECK(hf_bag_check(s, &args, &r, NULL) == HF_OK);
    for (int i = 0; i <= HF_BAG_DIFFERS; i++)
        flaws += r.flaws[i];
    CHECK(flaws == said && (!r.is_valid || r.is_complete) && (!r.is_complete || r.is_bag));
    CHECK(!r.is_complete || r.flaws[HF_BAG_UNSAFE] + r.flaws[HF_BAG_BROKEN] == 0);
    CHECK(!r.is_valid || r.flaws[HF_BAG_DIFFERS] == 0);
    CHECK(r.payload_files + r.tag_files <= f->n);
    hf_source_close(s);
    return r;
}

static void swap(files *f, uint32_t a, uint32_t b)
{
    hf_member m = f->member[a];
    hf_view bytes = f->bytes[a];

    f->member[a] = f->member[b];
    f->bytes[a] = f->bytes[b];
    f->member[b] = m;
    f->bytes[b] = bytes;
}

/* The verdict is the same whatever order the files stand in. */
static hf_bag_result check_order(files *f)
{
    hf_bag_result first = judge(f), other;

    for (uint32_t i = 0; i < f->n / 2; i++)
        swap(f, i, f->n - 1 - i);
    other = judge(f);
    CHECK(f->has_twins || (first.is_bag == other.is_bag && first.is_valid == other.is_valid &&
                           first.is_complete == other.is_complete &&
                           memcmp(first.flaws, other.flaws, sizeof(first.flaws)) == 0));
    for (uint32_t i = 1; i < f->n; i++)
        swap(f, 0, i);
    other = judge(f);
    CHECK(f->has_twins || (first.is_valid == other.is_valid &&
                           memcmp(first.flaws, other.flaws, sizeof(first.flaws)) == 0));
    return other;
}

/* A valid bag with one byte of one file changed is not what it was: no longer valid, or the file is
 * one that no list has to name. */
static void check_change(files *f, uint32_t at, uint8_t flip)
{
    uint32_t i = f->n == 0 ? 0 : at % f->n;
    hf_bag_result r;
    char *bytes;

    if (f->n == 0 || f->bytes[i].n == 0 || f->has_twins)
        return;
    bytes = hf_arena_alloc(f->mem, f->bytes[i].n);
    memcpy(bytes, f->bytes[i].p, f->bytes[i].n);
    bytes[at % f->bytes[i].n] = (char)(bytes[at % f->bytes[i].n] ^ (1 << flip % 8));
    f->bytes[i].p = bytes;
    r = judge(f);
    CHECK(!r.is_valid || hf_view_find(f->member[i].name, HF_V("tagmanifest-")) != HF_NPOS ||
          r.flaws[HF_BAG_LOOSE] > 0);
}

static void check_package(files *f)
{
    hf_source *s = open_files(f);
    hf_input in = { .source = s, .path = hf_strdup("fuzz"), .why = hf_strdup("fuzz") };
    hf_verify_result r;
    hf_err *err = NULL;
    hf_status rc = hf_verify_package(s, NULL, &r, &err);

    CHECK((rc == HF_OK) == (err == NULL));
    CHECK(rc != HF_OK || !r.bag.is_valid || r.bag.is_bag);
    CHECK(rc != HF_OK || r.signature != HF_VOUCH_KNOWN); /* nobody is known */
    hf_err_free(err);
    err = NULL;
    if (f->kind == HF_SOURCE_ZIP) { /* what lies in a folder would be opened by its path */
        rc = hf_input_inside(&in, NULL, &err);
        CHECK((rc == HF_OK || rc == HF_END) == (err == NULL));
        CHECK(rc != HF_OK || (in.format != NULL && in.format->file != NULL));
    }
    hf_err_free(err);
    hf_input_clear(&in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    files f = { .mem = NULL };
    const char *base;
    hf_bag_result r;

    if (n < 4)
        return 0;
    f.mem = hf_arena_new();
    f.kind = (data[0] & 1) != 0 ? HF_SOURCE_ZIP : HF_SOURCE_FOLDER;
    base = f.kind == HF_SOURCE_ZIP && (data[0] & 4) != 0 ? "bag/" : "";
    cut_files(&f, (hf_view){ (const char *)data + 3, n - 3 }, base);
    if ((data[0] & 2) != 0)
        put_lists(&f, base);
    check_package(&f);
    r = check_order(&f);
    if (r.is_valid && (data[0] & 2) != 0)
        check_change(&f, data[1], data[2]);
    hf_arena_free(f.mem);
    return 0;
}
