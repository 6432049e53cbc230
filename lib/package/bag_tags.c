/* package/bag_tags.c: reading a bag's own tag files: the declaration, the manifests, bag-info.txt,
 * fetch.txt. RFC 8493 sections 2.1 to 2.3. */
#include "package/bag_check_priv.h"

#include "io/name.h"
#include "util/utf8.h"

/* No name a file system takes needs more, with every byte of it encoded. */
enum { MAX_LINE = 32 * 1024 };

/* --- lines --------------------------------------------------------------------------------------
 */

typedef struct lines {
    bag_check *c;
    hf_view file;
    /* Called for every line without its end; false stops. */
    bool (*each)(void *self, hf_view line, uint64_t number);
    void *self;
    hf_buf line;
    uint64_t number;
    bool after_cr, stopped;
} lines;

static void end_line(lines *l)
{
    hf_view line = hf_buf_view(&l->line);

    l->number++;
    if (l->line.full) {
        hf_bag_say(l->c, HF_BAG_BROKEN, l->file, "line %llu is longer than any name can be",
                   (unsigned long long)l->number);
    } else if (!hf_utf8_is_valid(line)) {
        hf_bag_say(l->c, HF_BAG_BROKEN, l->file, "line %llu is not UTF-8",
                   (unsigned long long)l->number);
    } else {
        if (l->number == 1 && hf_view_starts(line, HF_V("\xef\xbb\xbf"))) {
            hf_bag_say(l->c, HF_BAG_BROKEN, l->file, "begins with a byte-order mark");
            line = hf_view_from(line, 3);
        }
        l->stopped = !l->each(l->self, line, l->number);
    }
    hf_buf_reset(&l->line);
}

static void take_bytes(lines *l, hf_view bytes)
{
    for (size_t i = 0; i < bytes.n && !l->stopped; i++) {
        char c = bytes.p[i];

        if (c == '\n' && l->after_cr) {
            l->after_cr = false;
        } else if (c == '\n' || c == '\r') {
            l->after_cr = c == '\r';
            end_line(l);
        } else {
            l->after_cr = false;
            hf_buf_byte(&l->line, c);
        }
    }
}

/* Read a text tag file line by line: LF, CR or CRLF end a line. Damage is a finding. */
static hf_status each_line(bag_check *c, hf_view file, uint32_t member,
                           bool (*each)(void *self, hf_view line, uint64_t number), void *self,
                           hf_err **err)
{
    lines l = { .c = c, .file = file, .each = each, .self = self };
    hf_stream *st = NULL;
    hf_err *why = NULL;
    char *chunk = hf_alloc(HF_BAG_CHUNK);
    size_t got = 1;
    hf_status rc = hf_source_read(c->source, member, &st, &why);

    hf_buf_init(&l.line, MAX_LINE);
    while (rc == HF_OK && got > 0 && !l.stopped) {
        rc = hf_stream_read(st, chunk, HF_BAG_CHUNK, &got, &why);
        if (rc == HF_OK)
            take_bytes(&l, (hf_view){ chunk, got });
    }
    if (rc == HF_OK && !l.stopped && l.line.n > 0) {
        hf_bag_say(c, HF_BAG_WARNING, file, "the last line has no line end");
        end_line(&l);
    }
    hf_stream_close(st);
    hf_free(chunk);
    hf_buf_clear(&l.line);
    if (rc == HF_E_DAMAGED || rc == HF_E_BOMB || rc == HF_E_DENIED || rc == HF_E_NO_KEY) {
        hf_bag_say(c, HF_BAG_BROKEN, file, "cannot be read: %s", why->message);
        rc = HF_OK;
    }
    if (rc != HF_OK && err != NULL && *err == NULL)
        *err = why;
    else
        hf_err_free(why);
    return rc;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Equal, ASCII letter case aside. */
static bool same_word(hf_view a, const char *b)
{
    if (a.n != strlen(b))
        return false;
    for (size_t i = 0; i < a.n; i++)
        if ((a.p[i] | 32) != (b[i] | 32))
            return false;
    return true;
}

/* --- bagit.txt ----------------------------------------------------------------------------------
 */

/* What follows label and ": ". False, said, when the line is something else. */
static bool declared(bag_check *c, hf_view line, const char *label, hf_view *value)
{
    size_t n = strlen(label);
    hf_view name = hf_view_sub(line, 0, n);

    if (same_word(name, label) && hf_view_starts(hf_view_from(line, n), HF_V(": ")) &&
        line.n > n + 2) {
        if (!hf_view_is(name, label))
            hf_bag_say(c, HF_BAG_WARNING, HF_V("bagit.txt"), "\"%s\" is spelled otherwise", label);
        *value = hf_view_from(line, n + 2);
        return true;
    }
    hf_bag_say(c, HF_BAG_BROKEN, HF_V("bagit.txt"), "there is no line \"%s: ...\" where it must be",
               label);
    return false;
}

static bool declaration_line(void *self, hf_view line, uint64_t number)
{
    bag_check *c = self;
    hf_view value;

    if (number == 1 && declared(c, line, "BagIt-Version", &value)) {
        static const char *const old[] = { "0.93", "0.94", "0.95", "0.96", "0.97" };

        for (size_t i = 0; i < sizeof(old) / sizeof(old[0]); i++)
            c->is_old = c->is_old || hf_view_is(value, old[i]);
        if (!c->is_old && !hf_view_is(value, "1.0"))
            hf_bag_say(c, HF_BAG_BROKEN, HF_V("bagit.txt"), "BagIt version %.*s is not known",
                       (int)(value.n < 32 ? value.n : 32), value.p);
    } else if (number == 2 && declared(c, line, "Tag-File-Character-Encoding", &value)) {
        if (!same_word(value, "UTF-8") && !same_word(value, "US-ASCII"))
            hf_bag_say(c, HF_BAG_BROKEN, HF_V("bagit.txt"),
                       "the lists are in %.*s, and only UTF-8 is read here",
                       (int)(value.n < 32 ? value.n : 32), value.p);
    } else if (number == 3) {
        hf_bag_say(c, HF_BAG_BROKEN, HF_V("bagit.txt"), "has more than two lines");
    }
    c->declared = number;
    return number < 3;
}

static hf_status read_declaration(bag_check *c, hf_err **err)
{
    const hf_map_entry *e = hf_map_get(c->files, HF_V("bagit.txt"));
    const bag_file *f = e == NULL ? NULL : e->v.p;
    hf_status rc = HF_OK;

    if (f != NULL)
        rc = each_line(c, f->name, f->member, declaration_line, c, err);
    if (rc == HF_OK && c->declared < 2)
        hf_bag_say(c, HF_BAG_BROKEN, HF_V("bagit.txt"),
                   f == NULL ? "is not there" : "has fewer than two lines");
    return rc;
}

/* --- manifests ----------------------------------------------------------------------------------
 */

typedef struct reading {
    bag_check *c;
    uint8_t list;
} reading;

static bool list_name(hf_view name, const char *prefix, hf_view *algorithm)
{
    size_t n = strlen(prefix);

    if (!hf_view_starts(name, hf_view_str(prefix)) || !hf_view_ends(name, HF_V(".txt")) ||
        name.n <= n + 4)
        return false;
    *algorithm = hf_view_sub(name, n, name.n - n - 4);
    return hf_view_find_byte(*algorithm, '/') == HF_NPOS;
}

static void find_lists(bag_check *c)
{
    bool has_known = false, has_any = false;

    for (size_t i = 0; i < hf_map_count(c->files); i++) {
        const bag_file *f = hf_map_at(c->files, i)->v.p;
        hf_view algorithm;
        bool is_tag = list_name(f->name, "tagmanifest-", &algorithm);
        bag_list *l;

        if (!is_tag && !list_name(f->name, "manifest-", &algorithm))
            continue;
        if (c->nlists == HF_BAG_LISTS_MAX) {
            hf_bag_say(c, HF_BAG_BROKEN, f->name, "there are more than %d manifests",
                       HF_BAG_LISTS_MAX);
            continue;
        }
        l = &c->lists[c->nlists++];
        *l = (bag_list){ f->name, f->member, is_tag, hf_bag_algorithm_of(algorithm) };
        has_any = has_any || !is_tag;
        has_known = has_known || (!is_tag && l->algorithm != HF_BAG_UNKNOWN);
        c->out->lists_tags = c->out->lists_tags || is_tag;
        c->out->has_manifest = c->out->has_manifest || (!is_tag && l->algorithm == HF_BAG_SHA256);
        if (l->algorithm == HF_BAG_UNKNOWN)
            hf_bag_say(c, HF_BAG_WARNING, f->name,
                       "is made with an algorithm that is not known here");
    }
    if (!has_any)
        hf_bag_say(c, HF_BAG_BROKEN, HF_V(""), "there is no payload manifest");
    else if (!has_known)
        hf_bag_say(c, HF_BAG_BROKEN, HF_V(""), "no payload manifest can be checked");
}

/* The file a manifest line means: its name decoded, or else (as some tools write) not encoded at
 * all, with the "*" of binary mode, or with "./" before it. */
static bag_file *find_file(bag_check *c, hf_view list, hf_view text)
{
    const hf_map_entry *e;

    hf_buf_reset(&c->name);
    hf_bag_decode(text, &c->name);
    e = hf_map_get(c->files, hf_buf_view(&c->name));
    if (e != NULL)
        return e->v.p;
    e = hf_map_get(c->files, text);
    for (size_t skip = 1; e == NULL && skip <= 2; skip++)
        if (hf_view_starts(text, skip == 1 ? HF_V("*") : HF_V("./")))
            e = hf_map_get(c->files, hf_view_from(text, skip));
    if (e == NULL)
        return NULL;
    hf_bag_say(c, HF_BAG_WARNING, list, "spells the name of a file unlike RFC 8493");
    return e->v.p;
}

static void claim(reading *r, hf_view hex, hf_view text)
{
    bag_check *c = r->c;
    const bag_list *l = &c->lists[r->list];
    bag_file *f = find_file(c, l->name, text);
    hf_view name = f != NULL ? f->name : hf_buf_view(&c->name);
    bool in_data = hf_view_starts(name, HF_V("data/"));
    bag_claim *add;

    if (f == NULL && !hf_name_is_safe(name)) {
        hf_bag_say(c, HF_BAG_UNSAFE, name, "%.*s lists a name that leaves the bag", (int)l->name.n,
                   l->name.p);
        return;
    }
    if (in_data == l->is_tag)
        hf_bag_say(c, HF_BAG_BROKEN, name,
                   l->is_tag ? "is payload and listed in %.*s" : "is no payload, listed in %.*s",
                   (int)l->name.n, l->name.p);
    if (l->is_tag && hf_view_starts(name, HF_V("tagmanifest-")))
        hf_bag_say(c, HF_BAG_BROKEN, name, "is a tag manifest, listed in %.*s", (int)l->name.n,
                   l->name.p);
    if (f == NULL) {
        hf_bag_say(c, HF_BAG_MISSING, name, "is listed in %.*s and not there", (int)l->name.n,
                   l->name.p);
        return;
    }
    if ((f->listed & (UINT32_C(1) << r->list)) != 0)
        hf_bag_say(c, HF_BAG_BROKEN, name, "is listed twice in %.*s", (int)l->name.n, l->name.p);
    f->listed |= UINT32_C(1) << r->list;
    add = hf_arena_alloc0(c->mem, 1, sizeof(*add));
    *add = (bag_claim){ f->claims, r->list, hf_arena_dup(c->mem, hex) };
    f->claims = add;
}

static bool is_hex(hf_view v)
{
    for (size_t i = 0; i < v.n; i++) {
        char c = v.p[i];

        if (!(c >= '0' && c <= '9') && !((c | 32) >= 'a' && (c | 32) <= 'f'))
            return false;
    }
    return v.n > 0;
}

static bool manifest_line(void *self, hf_view line, uint64_t number)
{
    reading *r = self;
    hf_view file = r->c->lists[r->list].name;
    size_t end = 0, name;

    while (end < line.n && !is_blank(line.p[end]))
        end++;
    for (name = end; name < line.n && is_blank(line.p[name]);)
        name++;
    if (line.n == 0)
        hf_bag_say(r->c, HF_BAG_WARNING, file, "line %llu is empty", (unsigned long long)number);
    else if (name == line.n || !is_hex(hf_view_sub(line, 0, end)))
        hf_bag_say(r->c, HF_BAG_BROKEN, file, "line %llu is not a digest, blanks and a name",
                   (unsigned long long)number);
    else
        claim(r, hf_view_sub(line, 0, end), hf_view_from(line, name));
    return true;
}

/* The lists that count for tag files, as bits: all of them, or of a bag whose tag manifest is
 * signed that one, for anybody can add another. */
static uint32_t counting_lists(const bag_check *c, bool is_signed)
{
    uint32_t bits = 0;

    for (size_t k = 0; k < c->nlists; k++)
        if (!is_signed || hf_view_is(c->lists[k].name, HF_BAG_SIGNED_LIST))
            bits |= UINT32_C(1) << k;
    return bits;
}

static bool is_tag_list(const bag_check *c, const bag_file *f)
{
    for (size_t k = 0; k < c->nlists; k++)
        if (c->lists[k].is_tag && c->lists[k].member == f->member)
            return true;
    return false;
}

/* Tag manifests stand in no list; of a signed one that is its signature's part. */
static void find_loose(bag_check *c)
{
    bool is_signed = hf_map_get(c->files, HF_V(HF_BAG_SIGNED_LIST ".sig")) != NULL;
    uint32_t counts = counting_lists(c, is_signed);

    for (size_t i = 0; c->out->lists_tags && i < hf_map_count(c->files); i++) {
        const bag_file *f = hf_map_at(c->files, i)->v.p;
        bool is_exempt = is_signed ? hf_view_is(f->name, HF_BAG_SIGNED_LIST) ||
                                         hf_view_is(f->name, HF_BAG_SIGNED_LIST ".sig")
                                   : is_tag_list(c, f);

        if (!f->is_payload && (f->listed & counts) == 0 && !is_exempt)
            hf_bag_say(c, HF_BAG_LOOSE, f->name, "is in no list%s",
                       is_signed ? " that is signed" : "");
    }
}

/* Every payload file must be in every payload manifest (before 1.0: in one), every payload manifest
 * in every tag manifest. */
static void find_unlisted(bag_check *c)
{
    for (size_t i = 0; i < hf_map_count(c->files); i++) {
        const bag_file *f = hf_map_at(c->files, i)->v.p;
        hf_view algorithm;
        bool is_manifest = list_name(f->name, "manifest-", &algorithm);
        bool in_any = false;

        for (size_t k = 0; k < c->nlists; k++)
            in_any = in_any || (!c->lists[k].is_tag && (f->listed >> k & 1) != 0);
        for (size_t k = 0; k < c->nlists; k++) {
            const bag_list *l = &c->lists[k];

            if ((f->listed >> k & 1) != 0 || (l->is_tag ? !is_manifest : !f->is_payload))
                continue;
            if (f->is_payload && c->is_old && in_any)
                continue;
            hf_bag_say(c, f->is_payload ? HF_BAG_UNLISTED : HF_BAG_BROKEN, f->name,
                       "is not listed in %.*s", (int)l->name.n, l->name.p);
        }
    }
}

static hf_status read_lists(bag_check *c, hf_err **err)
{
    hf_status rc = HF_OK;

    find_lists(c);
    for (size_t i = 0; i < c->nlists && rc == HF_OK; i++) {
        reading r = { c, (uint8_t)i };

        rc = each_line(c, c->lists[i].name, c->lists[i].member, manifest_line, &r, err);
    }
    if (rc == HF_OK) {
        find_loose(c);
        find_unlisted(c);
    }
    return rc;
}

/* --- bag-info.txt and fetch.txt ------------------------------------------------------------------
 */

typedef struct info {
    bag_check *c;
    bool has_oxum, has_element;
} info;

static void check_oxum(info *in, hf_view value)
{
    bag_check *c = in->c;
    size_t dot = hf_view_find_byte(value, '.');
    uint64_t bytes, files;

    if (in->has_oxum)
        hf_bag_say(c, HF_BAG_BROKEN, HF_V("bag-info.txt"), "Payload-Oxum stands there twice");
    in->has_oxum = true;
    if (dot == HF_NPOS || !hf_view_u64(hf_view_sub(value, 0, dot), &bytes) ||
        !hf_view_u64(hf_view_from(value, dot + 1), &files))
        hf_bag_say(c, HF_BAG_BROKEN, HF_V("bag-info.txt"), "Payload-Oxum is not BYTES.FILES");
    else if (bytes != c->out->payload_bytes || files != c->out->payload_files)
        hf_bag_say(c, HF_BAG_BROKEN, HF_V("bag-info.txt"),
                   "Payload-Oxum says %llu bytes in %llu files, there are %llu in %llu",
                   (unsigned long long)bytes, (unsigned long long)files,
                   (unsigned long long)c->out->payload_bytes,
                   (unsigned long long)c->out->payload_files);
}

static hf_view trim(hf_view v)
{
    while (v.n > 0 && is_blank(v.p[v.n - 1]))
        v.n--;
    while (v.n > 0 && is_blank(v.p[0]))
        v = hf_view_from(v, 1);
    return v;
}

static bool info_line(void *self, hf_view line, uint64_t number)
{
    info *in = self;
    size_t colon = hf_view_find_byte(line, ':');
    hf_view label = hf_view_sub(line, 0, colon == HF_NPOS ? 0 : colon);
    hf_view value = colon == HF_NPOS ? HF_V("") : hf_view_from(line, colon + 1);

    if (line.n > 0 && is_blank(line.p[0]) && in->has_element)
        return true; /* the value goes on */
    if (line.n == 0) {
        hf_bag_say(in->c, HF_BAG_WARNING, HF_V("bag-info.txt"), "line %llu is empty",
                   (unsigned long long)number);
        return true;
    }
    if (trim(label).n == 0 ||
        (!in->c->is_old && (trim(label).n != label.n || value.n == 0 || !is_blank(value.p[0])))) {
        hf_bag_say(in->c, HF_BAG_BROKEN, HF_V("bag-info.txt"),
                   "line %llu is not a label, a colon, a blank and a value",
                   (unsigned long long)number);
        return true;
    }
    in->has_element = true;
    if (same_word(trim(label), "Payload-Oxum"))
        check_oxum(in, trim(value));
    return true;
}

static bool fetch_line(void *self, hf_view line, uint64_t number)
{
    if (trim(line).n == 0)
        return true;
    hf_bag_say(self, HF_BAG_UNSAFE, HF_V("fetch.txt"),
               "line %llu wants something fetched from elsewhere, which is never done",
               (unsigned long long)number);
    return number < 20;
}

hf_status hf_bag_read_tags(bag_check *c, hf_err **err)
{
    const hf_map_entry *fetch = hf_map_get(c->files, HF_V("fetch.txt"));
    const hf_map_entry *meta = hf_map_get(c->files, HF_V("bag-info.txt"));
    info in = { .c = c };
    hf_status rc = read_declaration(c, err);

    if (rc == HF_OK)
        rc = read_lists(c, err);
    if (rc == HF_OK && meta != NULL)
        rc = each_line(c, HF_V("bag-info.txt"), ((bag_file *)meta->v.p)->member, info_line, &in,
                       err);
    if (rc == HF_OK && fetch != NULL)
        rc = each_line(c, HF_V("fetch.txt"), ((bag_file *)fetch->v.p)->member, fetch_line, c, err);
    return rc;
}
