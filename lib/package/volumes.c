/* package/volumes.c: see volumes.h. */
#include "package/volumes.h"

#include <fcntl.h>
#include <unistd.h>

#include "util/fault.h"
#include "util/json.h"
#include "util/jsonw.h"
#include "util/stop.h"

enum { CHUNK_BYTES = 256 * 1024, MAX_VOLUMES = 99999 };

/* --- writing ------------------------------------------------------------------------------------
 */

typedef struct piece {
    int fd;
    uint64_t left; /* of this piece */
    hf_sha256_ctx *all, *clear, *sealed;
    uint64_t read, written;
    hf_sink *sink;
} piece;

static hf_status read_piece(void *self, void *to, size_t n, size_t *got, hf_err **err)
{
    piece *p = self;
    hf_status rc = hf_stop_check(err);
    ssize_t r;

    *got = 0;
    if (rc != HF_OK || p->left == 0)
        return rc;
    r = read(p->fd, to, n < p->left ? n : (size_t)p->left);
    if (r < 0)
        return hf_fail_sys(err, "cannot read");
    *got = (size_t)r;
    p->left -= *got;
    p->read += *got;
    hf_sha256_add(p->all, (hf_view){ to, *got });
    hf_sha256_add(p->clear, (hf_view){ to, *got });
    return HF_OK;
}

static hf_status write_piece(void *self, hf_view bytes, hf_err **err)
{
    piece *p = self;

    p->written += bytes.n;
    hf_sha256_add(p->sealed, bytes);
    return hf_sink_write(p->sink, bytes, err);
}

static void put_volume(hf_jsonw *w, const char *file, const piece *p)
{
    hf_sha256 sealed = hf_sha256_finish(p->sealed), clear = hf_sha256_finish(p->clear);
    char hex[65];

    hf_jsonw_object(w, NULL);
    hf_jsonw_str(w, "file", file);
    hf_jsonw_u64(w, "bytes", p->written);
    hf_sha256_hex(&sealed, hex);
    hf_jsonw_str(w, "sha256", hex);
    hf_jsonw_u64(w, "clear_bytes", p->read);
    hf_sha256_hex(&clear, hex);
    hf_jsonw_str(w, "clear_sha256", hex);
    hf_jsonw_end(w, '}');
}

static hf_status write_volume(piece *p, const char *file, const hf_recipients *recipients,
                              hf_jsonw *w, hf_err **err)
{
    hf_status rc = hf_sink_member(p->sink, hf_view_str(file), err);

    hf_sha256_begin(p->clear);
    hf_sha256_begin(p->sealed);
    p->read = p->written = 0;
    if (rc == HF_OK)
        rc = hf_envelope_seal(recipients, read_piece, p, write_piece, p, err);
    if (rc == HF_OK && p->written > HF_VOLUME_BYTES)
        rc = hf_fail(err, HF_E_INTERNAL, "an encrypted volume is larger than it may be");
    if (rc == HF_OK)
        put_volume(w, file, p);
    hf_fault("volumes.volume");
    return rc;
}

static void put_head(hf_jsonw *w, const char *name, const hf_sha256 *readme,
                     const hf_recipients *recipients)
{
    char text[65];

    hf_sha256_hex(readme, text);
    hf_jsonw_object(w, NULL);
    hf_jsonw_str(w, "schema", "volumes/1");
    hf_jsonw_str(w, "container", name);
    hf_jsonw_str(w, "encryption", "CMS AuthEnvelopedData, AES-256-GCM");
    hf_jsonw_str(w, "readme_sha256", text);
    hf_jsonw_array(w, "recipients");
    for (size_t i = 0; i < hf_recipients_count(recipients); i++) {
        hf_sha256 digest = hf_recipients_digest(recipients, i);
        char hex[65];

        hf_sha256_hex(&digest, hex);
        hf_jsonw_str(w, NULL, hex);
    }
    hf_jsonw_end(w, ']');
    hf_jsonw_array(w, "volumes");
}

char *hf_volume_name(const char *base, size_t number, size_t total, const char *suffix)
{
    int digits = 3;

    for (size_t n = total / 1000; n > 0; n /= 10)
        digits++;
    return hf_sprintf("%s.%0*zu%s", base, digits, number, suffix);
}

hf_status hf_volumes_write(const char *path, const char *name, const char *base,
                           const hf_sha256 *readme, const hf_recipients *recipients, hf_sink *sink,
                           hf_buf *list, hf_err **err)
{
    piece p = { .fd = open(path, O_RDONLY | O_CLOEXEC), .sink = sink };
    off_t size = p.fd < 0 ? -1 : lseek(p.fd, 0, SEEK_END);
    uint64_t left = size < 0 ? 0 : (uint64_t)size;
    size_t number = 0, total = (size_t)((left + HF_VOLUME_CLEAR - 1) / HF_VOLUME_CLEAR);
    hf_status rc = HF_OK;
    hf_sha256 all;
    hf_jsonw w;
    char hex[65];

    if (size < 0 || lseek(p.fd, 0, SEEK_SET) != 0) {
        hf_fail_sys(err, "cannot read");
        rc = hf_err_at(err, path, HF_V(""), HF_NO_OFFSET);
    } else if (left > MAX_VOLUMES * HF_VOLUME_CLEAR) {
        rc = hf_fail(err, HF_E_USAGE, "the package needs more than %d volumes", MAX_VOLUMES);
    }
    p.all = hf_sha256_new();
    p.clear = hf_sha256_new();
    p.sealed = hf_sha256_new();
    hf_sha256_begin(p.all);
    hf_jsonw_init(&w, list, 2);
    put_head(&w, name, readme, recipients);
    while (rc == HF_OK && left > 0) {
        char *file = hf_volume_name(base, ++number, total, ".cms");

        p.left = left < HF_VOLUME_CLEAR ? left : HF_VOLUME_CLEAR;
        left -= p.left;
        rc = write_volume(&p, file, recipients, &w, err);
        hf_free(file);
        if (rc == HF_OK && p.left > 0)
            rc = hf_fail(err, HF_E_INTERNAL, "%s became shorter meanwhile", path);
    }
    hf_jsonw_end(&w, ']');
    hf_jsonw_u64(&w, "container_bytes", (uint64_t)(size < 0 ? 0 : size));
    all = hf_sha256_finish(p.all);
    hf_sha256_hex(&all, hex);
    hf_jsonw_str(&w, "container_sha256", hex);
    hf_jsonw_end(&w, '}');
    hf_buf_byte(list, '\n');
    hf_sha256_free(p.all);
    hf_sha256_free(p.clear);
    hf_sha256_free(p.sealed);
    if (p.fd >= 0)
        close(p.fd);
    return rc;
}

/* --- reading ------------------------------------------------------------------------------------
 */

bool hf_volumes_are(const hf_source *source)
{
    return hf_source_get_kind(source) == HF_SOURCE_FOLDER &&
           hf_source_find(source, HF_V("volumes.json")) != UINT32_MAX;
}

static bool get_text(const hf_tape *t, uint32_t obj, const char *key, hf_arena *mem, hf_view *out)
{
    uint32_t tok = hf_tape_get(t, obj, key);

    if (tok == HF_NO_TOK || hf_tok_type(t, tok) != HF_JSON_STRING)
        return false;
    *out = hf_arena_dup(mem, hf_tok_string(t, tok, mem));
    return out->n > 0;
}

static bool get_number(const hf_tape *t, uint32_t obj, const char *key, uint64_t *out)
{
    uint32_t tok = hf_tape_get(t, obj, key);
    int64_t n;

    if (tok == HF_NO_TOK || !hf_tok_i64(t, tok, &n) || n < 0)
        return false;
    *out = (uint64_t)n;
    return true;
}

static bool get_digest(const hf_tape *t, uint32_t obj, const char *key, hf_arena *mem,
                       hf_sha256 *out)
{
    hf_view hex;

    return get_text(t, obj, key, mem, &hex) && hf_sha256_parse(hex, out);
}

static bool take_volume(const hf_tape *t, uint32_t tok, hf_arena *mem, hf_volume *v)
{
    return get_text(t, tok, "file", mem, &v->file) && get_number(t, tok, "bytes", &v->bytes) &&
           get_digest(t, tok, "sha256", mem, &v->sha256) &&
           get_number(t, tok, "clear_bytes", &v->clear_bytes) &&
           get_digest(t, tok, "clear_sha256", mem, &v->clear_sha256) &&
           v->bytes <= HF_VOLUME_BYTES && hf_view_find_byte(v->file, '/') == HF_NPOS;
}

static bool take_all(const hf_tape *t, hf_volumes *out)
{
    uint32_t list = hf_tape_get(t, 0, "volumes");
    uint64_t sum = 0;
    hf_view schema;

    if (!get_text(t, 0, "schema", out->mem, &schema) || !hf_view_is(schema, "volumes/1") ||
        !get_text(t, 0, "container", out->mem, &out->container) ||
        !get_number(t, 0, "container_bytes", &out->bytes) ||
        !get_digest(t, 0, "container_sha256", out->mem, &out->sha256) ||
        !get_digest(t, 0, "readme_sha256", out->mem, &out->readme) || list == HF_NO_TOK ||
        hf_tok_type(t, list) != HF_JSON_ARRAY)
        return false;
    for (uint32_t tok = hf_tape_first(t, list); tok != HF_NO_TOK;
         tok = hf_tape_after(t, list, tok)) {
        if (out->n == MAX_VOLUMES)
            return false;
        out->volume = hf_realloc(out->volume, out->n + 1, sizeof(*out->volume));
        if (!take_volume(t, tok, out->mem, &out->volume[out->n]))
            return false;
        sum += out->volume[out->n++].clear_bytes;
    }
    return sum == out->bytes;
}

hf_status hf_volumes_parse(hf_view json, hf_volumes *out, hf_err **err)
{
    hf_tape t;
    hf_status rc;

    *out = (hf_volumes){ .mem = hf_arena_new() };
    hf_tape_init(&t);
    rc = hf_tape_parse(&t, json, NULL, err);
    if (rc == HF_OK && !take_all(&t, out))
        rc = hf_fail(err, HF_E_DAMAGED, "volumes.json is not what schemas/volumes.v1.json says");
    hf_tape_clear(&t);
    return rc;
}

void hf_volumes_free(hf_volumes *v)
{
    hf_arena_free(v->mem);
    hf_free(v->volume);
    *v = (hf_volumes){ .mem = NULL };
}

/* --- checking -----------------------------------------------------------------------------------
 */

typedef struct check {
    hf_stream *st;
    hf_sha256_ctx *sealed, *clear, *all;
    uint64_t read, written;
    int fd; /* -1: nowhere */
} check;

static hf_status read_sealed(void *self, void *to, size_t n, size_t *got, hf_err **err)
{
    check *c = self;
    hf_status rc = hf_stream_read(c->st, to, n, got, err);

    if (rc == HF_OK)
        rc = hf_stop_check(err);
    if (rc != HF_OK)
        return rc;
    hf_sha256_add(c->sealed, (hf_view){ to, *got });
    c->read += *got;
    return HF_OK;
}

static hf_status write_clear(void *self, hf_view bytes, hf_err **err)
{
    check *c = self;

    hf_sha256_add(c->clear, bytes);
    hf_sha256_add(c->all, bytes);
    c->written += bytes.n;
    while (c->fd >= 0 && bytes.n > 0) {
        ssize_t n = write(c->fd, bytes.p, bytes.n);

        if (n < 0)
            return hf_fail_sys(err, "cannot write a temporary file");
        bytes = hf_view_from(bytes, (size_t)n);
    }
    return HF_OK;
}

static hf_status read_rest(check *c, hf_err **err)
{
    char *chunk = hf_alloc(CHUNK_BYTES);
    size_t got = 1;
    hf_status rc = HF_OK;

    while (rc == HF_OK && got > 0)
        rc = read_sealed(c, chunk, CHUNK_BYTES, &got, err);
    hf_free(chunk);
    return rc;
}

static bool same(const hf_sha256 *a, const hf_sha256 *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

/* What is wrong with one volume; NULL when nothing is. */
static hf_status check_volume(check *c, const hf_volume *v, const hf_opener *opener,
                              const char **what, hf_err **err)
{
    hf_err *why = NULL;
    hf_status opened = HF_OK, rc;
    hf_sha256 sealed, clear;

    hf_sha256_begin(c->sealed);
    hf_sha256_begin(c->clear);
    c->read = c->written = 0;
    if (opener != NULL)
        opened = hf_envelope_open(opener, read_sealed, c, write_clear, c, &why);
    if (opened == HF_E_NO_KEY || opened == HF_E_INTERRUPTED || opened == HF_E_NO_SPACE) {
        if (err != NULL && *err == NULL)
            *err = why;
        else
            hf_err_free(why);
        return opened;
    }
    hf_err_free(why);
    rc = read_rest(c, err);
    sealed = hf_sha256_finish(c->sealed);
    clear = hf_sha256_finish(c->clear);
    if (c->read != v->bytes || !same(&sealed, &v->sha256))
        *what = "its bytes are not those that volumes.json lists";
    else if (opened != HF_OK)
        *what = "it cannot be opened: it was changed after it was encrypted";
    else if (opener != NULL && (c->written != v->clear_bytes || !same(&clear, &v->clear_sha256)))
        *what = "what it opens to is not what volumes.json lists";
    return rc;
}

static void tell(void (*say)(void *self, hf_view name, const char *what), void *self, hf_view name,
                 const char *what, uint64_t *findings)
{
    (*findings)++;
    if (say != NULL)
        say(self, name, what);
}

/* A volume that is listed, and as long as it is listed: opening one takes memory by its size. */
static hf_status check_listed(check *c, hf_source *source, const hf_volume *v,
                              const hf_opener *opener, const char **what, hf_err **err)
{
    uint32_t index = hf_source_find(source, v->file);
    hf_status rc;

    if (index == UINT32_MAX || hf_source_member(source, index)->type != HF_MEMBER_FILE) {
        *what = "is listed and not there";
        return HF_OK;
    }
    if (hf_source_member(source, index)->size != v->bytes) {
        *what = "its bytes are not those that volumes.json lists";
        return HF_OK;
    }
    rc = hf_source_read(source, index, &c->st, err);
    if (rc == HF_OK)
        rc = check_volume(c, v, opener, what, err);
    hf_stream_close(c->st);
    c->st = NULL;
    return rc;
}

/* README.txt tells people what to do, so it is listed too. */
static hf_status check_readme(hf_source *source, const hf_volumes *v, const char **what,
                              hf_err **err)
{
    uint32_t index = hf_source_find(source, HF_V("README.txt"));
    hf_status rc = HF_OK;
    hf_sha256 digest;
    hf_buf text;

    hf_buf_init(&text, 1 << 20);
    if (index != UINT32_MAX)
        rc = hf_source_slurp(source, index, &text, err);
    digest = hf_sha256_of(hf_buf_view(&text));
    if (rc == HF_OK && !same(&digest, &v->readme))
        *what = "is not the one that volumes.json lists";
    hf_buf_clear(&text);
    return rc;
}

static bool is_expected(const hf_volumes *v, hf_view name)
{
    static const char *const own[] = { "README.txt", "key.pem", "volumes.json",
                                       "volumes.json.sig" };

    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
        if (hf_view_is(name, own[i]))
            return true;
    for (size_t i = 0; i < v->n; i++)
        if (hf_view_eq(v->volume[i].file, name))
            return true;
    return false;
}

hf_status hf_volumes_check(hf_source *source, const hf_volumes *v, const hf_opener *opener,
                           int clear, void (*say)(void *self, hf_view name, const char *what),
                           void *self, uint64_t *findings, hf_err **err)
{
    check c = {
        .sealed = hf_sha256_new(), .clear = hf_sha256_new(), .all = hf_sha256_new(), .fd = clear
    };
    const char *what = NULL;
    hf_status rc = HF_OK;
    hf_sha256 all;

    hf_sha256_begin(c.all);
    for (size_t i = 0; i < v->n && rc == HF_OK; i++) {
        what = NULL;
        rc = check_listed(&c, source, &v->volume[i], opener, &what, err);
        if (rc == HF_OK && what != NULL)
            tell(say, self, v->volume[i].file, what, findings);
    }
    all = hf_sha256_finish(c.all);
    if (rc == HF_OK && opener != NULL && *findings == 0 && !same(&all, &v->sha256))
        tell(say, self, v->container, "is not what the pieces make together", findings);
    what = NULL;
    if (rc == HF_OK)
        rc = check_readme(source, v, &what, err);
    if (rc == HF_OK && what != NULL)
        tell(say, self, HF_V("README.txt"), what, findings);
    for (uint32_t i = 0; i < hf_source_count(source) && rc == HF_OK; i++)
        if (!is_expected(v, hf_source_member(source, i)->name))
            tell(say, self, hf_source_member(source, i)->name, "is a file that nobody lists",
                 findings);
    hf_sha256_free(c.sealed);
    hf_sha256_free(c.clear);
    hf_sha256_free(c.all);
    return rc;
}
