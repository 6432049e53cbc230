/* audit/note.c: see note.h. */
#include "audit/note.h"

#include "audit/audit_priv.h"
#include "util/base64.h"
#include "util/utf8.h"

#include <openssl/evp.h>

static const char dash[] = "\xE2\x80\x94 "; /* U+2014 and a space */

bool hf_audit_base64(hf_view text, hf_buf *out)
{
    size_t start = out->n;
    hf_buf again;
    bool same;

    if (!hf_base64_get(out, text))
        return false;
    hf_buf_init(&again, HF_BUF_UNBOUNDED);
    hf_base64_put(&again, hf_view_from(hf_buf_view(out), start));
    same = hf_view_eq(hf_buf_view(&again), text);
    hf_buf_clear(&again);
    if (!same)
        out->n = start;
    return same;
}

/* --- Ed25519 ------------------------------------------------------------------------------------
 */

bool hf_ed25519_verify(const uint8_t key[HF_ED25519_KEY], hf_view bytes,
                       const uint8_t sig[HF_ED25519_SIG])
{
    EVP_PKEY *k = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key, HF_ED25519_KEY);
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    bool ok =
        k != NULL && EVP_DigestVerifyInit(c, NULL, NULL, NULL, k) == 1 &&
        EVP_DigestVerify(c, sig, HF_ED25519_SIG, (const unsigned char *)bytes.p, bytes.n) == 1;

    EVP_MD_CTX_free(c);
    EVP_PKEY_free(k);
    return ok;
}

void hf_ed25519_sign(const uint8_t seed[HF_ED25519_KEY], hf_view bytes, uint8_t sig[HF_ED25519_SIG])
{
    EVP_PKEY *k = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, HF_ED25519_KEY);

    hf_audit_sign(k, bytes, sig);
    EVP_PKEY_free(k);
}

void hf_audit_sign(EVP_PKEY *k, hf_view bytes, uint8_t sig[HF_ED25519_SIG])
{
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    size_t n = HF_ED25519_SIG;

    EVP_DigestSignInit(c, NULL, NULL, NULL, k);
    EVP_DigestSign(c, sig, &n, (const unsigned char *)bytes.p, bytes.n);
    EVP_MD_CTX_free(c);
}

void hf_ed25519_public(const uint8_t seed[HF_ED25519_KEY], uint8_t key[HF_ED25519_KEY])
{
    EVP_PKEY *k = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, HF_ED25519_KEY);
    size_t n = HF_ED25519_KEY;

    EVP_PKEY_get_raw_public_key(k, key, &n);
    EVP_PKEY_free(k);
}

/* --- keys ---------------------------------------------------------------------------------------
 */

/* White space of Unicode (property White_Space) beyond ASCII's. */
static bool is_space(uint32_t cp)
{
    return cp == ' ' || (cp >= 9 && cp <= 13) || cp == 0x85 || cp == 0xA0 || cp == 0x1680 ||
           (cp >= 0x2000 && cp <= 0x200A) || cp == 0x2028 || cp == 0x2029 || cp == 0x202F ||
           cp == 0x205F || cp == 0x3000;
}

bool hf_note_is_name(hf_view name)
{
    size_t at = 0;

    while (at < name.n) {
        uint32_t cp;
        size_t n = hf_utf8_at(name, at, &cp);

        if (n == 0 || is_space(cp) || cp == '+' || cp < 0x20)
            return false;
        at += n;
    }
    return name.n > 0;
}

hf_vkey hf_vkey_of(hf_view name, uint8_t type, const uint8_t key[HF_ED25519_KEY])
{
    hf_vkey k = { .name = name, .type = type };
    hf_sha256 d;
    hf_buf b;

    memcpy(k.key, key, sizeof(k.key));
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    hf_buf_add(&b, name);
    hf_buf_byte(&b, '\n');
    hf_buf_byte(&b, (char)type);
    hf_buf_add(&b, (hf_view){ (const char *)key, HF_ED25519_KEY });
    d = hf_sha256_of(hf_buf_view(&b));
    hf_buf_clear(&b);
    k.id = (uint32_t)d.b[0] << 24 | (uint32_t)d.b[1] << 16 | (uint32_t)d.b[2] << 8 | d.b[3];
    return k;
}

static bool parse_id(hf_view hex, uint32_t *out)
{
    uint32_t id = 0;

    if (hex.n != 8)
        return false;
    for (size_t i = 0; i < 8; i++) {
        char c = hex.p[i];
        unsigned v = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                     : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
                                            : 16;

        if (v > 15)
            return false;
        id = id << 4 | v;
    }
    *out = id;
    return true;
}

/* NAME+HEX8+BASE64 into its parts; the bytes of the last (type and key) into raw. */
static bool parse_key(hf_view text, hf_view *name, uint32_t *id, uint8_t raw[1 + HF_ED25519_KEY])
{
    size_t a = hf_view_find_byte(text, '+');
    hf_view rest = hf_view_from(text, a == HF_NPOS ? text.n : a + 1);
    size_t b = hf_view_find_byte(rest, '+');
    hf_buf bytes;
    bool ok;

    hf_buf_init(&bytes, 1024);
    *name = hf_view_sub(text, 0, a == HF_NPOS ? 0 : a);
    ok = b != HF_NPOS && hf_note_is_name(*name) && parse_id(hf_view_sub(rest, 0, b), id) &&
         hf_audit_base64(hf_view_from(rest, b + 1), &bytes) && bytes.n == 1 + HF_ED25519_KEY &&
         !bytes.full;
    if (ok)
        memcpy(raw, bytes.p, bytes.n);
    hf_buf_clear(&bytes);
    return ok;
}

static void put_key(hf_buf *out, const hf_vkey *k, const uint8_t key[HF_ED25519_KEY])
{
    char raw[1 + HF_ED25519_KEY] = { (char)k->type };

    memcpy(raw + 1, key, HF_ED25519_KEY);
    hf_buf_add(out, k->name);
    hf_buf_printf(out, "+%08x+", k->id);
    hf_base64_put(out, (hf_view){ raw, sizeof(raw) });
}

hf_status hf_vkey_parse(hf_view text, hf_vkey *out, hf_err **err)
{
    uint8_t raw[1 + HF_ED25519_KEY];
    hf_view name;
    uint32_t id;

    if (!parse_key(text, &name, &id, raw)) {
        hf_fail(err, HF_E_USAGE, "this is no verifier key of 32 bytes");
        return hf_hint(err, "a verifier key reads NAME+8 hex digits+base64; `holdfast audit key "
                            "show` prints one");
    }
    if (raw[0] != HF_NOTE_ED25519 && raw[0] != HF_NOTE_COSIGNATURE)
        return hf_fail(err, HF_E_USAGE, "keys of type %u are not known", raw[0]);
    *out = hf_vkey_of(name, raw[0], raw + 1);
    if (out->id != id)
        return hf_fail(err, HF_E_USAGE, "the key's number is %08x, not %08x: it was changed",
                       out->id, id);
    return HF_OK;
}

void hf_vkey_put(hf_buf *out, const hf_vkey *k)
{
    put_key(out, k, k->key);
}

hf_status hf_skey_parse(hf_view text, hf_vkey *key, uint8_t seed[HF_ED25519_KEY], hf_err **err)
{
    static const hf_view begin = { "PRIVATE+KEY+", 12 };
    uint8_t raw[1 + HF_ED25519_KEY], public_key[HF_ED25519_KEY];
    hf_view name;
    uint32_t id;

    if (!hf_view_starts(text, begin) || !parse_key(hf_view_from(text, begin.n), &name, &id, raw) ||
        raw[0] != HF_NOTE_ED25519)
        return hf_fail(err, HF_E_USAGE, "this is no Ed25519 key for notes");
    hf_ed25519_public(raw + 1, public_key);
    *key = hf_vkey_of(name, raw[0], public_key);
    if (key->id != id)
        return hf_fail(err, HF_E_USAGE, "the key's number is %08x, not %08x: it was changed",
                       key->id, id);
    memcpy(seed, raw + 1, HF_ED25519_KEY);
    return HF_OK;
}

void hf_skey_put(hf_buf *out, const hf_vkey *key, const uint8_t seed[HF_ED25519_KEY])
{
    hf_buf_str(out, "PRIVATE+KEY+");
    put_key(out, key, seed);
}

/* --- notes --------------------------------------------------------------------------------------
 */

/* Where the last empty line begins; HF_NPOS when there is none. */
static size_t last_empty_line(hf_view v)
{
    for (size_t i = v.n; i >= 2; i--)
        if (v.p[i - 1] == '\n' && v.p[i - 2] == '\n')
            return i - 1;
    return HF_NPOS;
}

static bool is_note_text(hf_view v)
{
    for (size_t i = 0; i < v.n; i++)
        if ((unsigned char)v.p[i] < 0x20 && v.p[i] != '\n')
            return false;
    return hf_utf8_is_valid(v);
}

/* The bytes of a signature line: four of the key's number, then the signature. */
static bool sig_bytes(hf_view base64, hf_buf *out)
{
    return hf_audit_base64(base64, out) && out->n > 4;
}

static bool parse_sig(hf_view line, hf_note_sig *out)
{
    size_t space;
    hf_buf bytes;
    bool ok;

    if (!hf_view_starts(line, hf_view_str(dash)))
        return false;
    line = hf_view_from(line, sizeof(dash) - 1);
    space = hf_view_find_byte(line, ' ');
    if (space == HF_NPOS)
        return false;
    *out = (hf_note_sig){ .name = hf_view_sub(line, 0, space),
                          .base64 = hf_view_from(line, space + 1),
                          .time_us = HF_NO_TIME };
    hf_buf_init(&bytes, HF_BUF_UNBOUNDED);
    ok = hf_note_is_name(out->name) && sig_bytes(out->base64, &bytes);
    for (size_t i = 0; ok && i < 4; i++)
        out->id = out->id << 8 | (uint8_t)bytes.p[i];
    hf_buf_clear(&bytes);
    return ok;
}

hf_status hf_note_parse(hf_view bytes, hf_note *out, hf_err **err)
{
    size_t cut = last_empty_line(bytes);
    hf_view rest;

    out->n = 0;
    if (bytes.n > HF_NOTE_MAX_BYTES)
        return hf_fail(err, HF_E_DAMAGED, "a note has at most %d bytes", HF_NOTE_MAX_BYTES);
    if (!is_note_text(bytes))
        return hf_fail(err, HF_E_DAMAGED, "not a signed note: control characters, or no UTF-8");
    if (cut == HF_NPOS || cut + 1 == bytes.n)
        return hf_fail(err, HF_E_DAMAGED, "not a signed note: no lines of signatures at its end");
    out->text = hf_view_sub(bytes, 0, cut);
    for (rest = hf_view_from(bytes, cut + 1); rest.n > 0;) {
        size_t end = hf_view_find_byte(rest, '\n');

        if (out->n == HF_NOTE_MAX_SIGNATURES)
            return hf_fail(err, HF_E_DAMAGED, "a note has at most %d signatures",
                           HF_NOTE_MAX_SIGNATURES);
        if (end == HF_NPOS || !parse_sig(hf_view_sub(rest, 0, end), &out->sig[out->n])) {
            hf_fail(err, HF_E_DAMAGED, "not a signed note: this is no line of a signature");
            return hf_err_at(err, NULL, (hf_view){ NULL, 0 }, (uint64_t)(rest.p - bytes.p));
        }
        out->n++;
        rest = hf_view_from(rest, end + 1);
    }
    return HF_OK;
}

/* A witness signs the time, big-endian seconds before its signature, and the text together. */
static bool verify_cosignature(const hf_vkey *k, hf_view text, hf_view sig, int64_t *time_us)
{
    uint64_t seconds = 0;
    hf_buf b;
    bool ok;

    if (sig.n != 8 + HF_ED25519_SIG)
        return false;
    for (size_t i = 0; i < 8; i++)
        seconds = seconds << 8 | (uint8_t)sig.p[i];
    if (seconds > (uint64_t)(INT64_MAX / HF_SECOND_US))
        return false;
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    hf_buf_printf(&b, "cosignature/v1\ntime %llu\n", (unsigned long long)seconds);
    hf_buf_add(&b, text);
    ok = hf_ed25519_verify(k->key, hf_buf_view(&b), (const uint8_t *)sig.p + 8);
    hf_buf_clear(&b);
    *time_us = ok ? (int64_t)seconds * HF_SECOND_US : HF_NO_TIME;
    return ok;
}

static bool verify_sig(const hf_vkey *k, hf_view text, hf_note_sig *s)
{
    hf_buf bytes;
    hf_view sig;
    bool ok;

    hf_buf_init(&bytes, HF_BUF_UNBOUNDED);
    sig_bytes(s->base64, &bytes);
    sig = hf_view_from(hf_buf_view(&bytes), 4);
    ok = k->type == HF_NOTE_COSIGNATURE
             ? verify_cosignature(k, text, sig, &s->time_us)
             : sig.n == HF_ED25519_SIG && hf_ed25519_verify(k->key, text, (const uint8_t *)sig.p);
    hf_buf_clear(&bytes);
    return ok;
}

hf_status hf_note_verify(hf_note *note, const hf_vkey *keys, size_t n, hf_err **err)
{
    size_t verified = 0;

    for (size_t i = 0; i < note->n; i++) {
        hf_note_sig *s = &note->sig[i];

        for (size_t k = 0; k < n && !s->is_verified; k++) {
            if (keys[k].id != s->id || !hf_view_eq(keys[k].name, s->name))
                continue;
            if (!verify_sig(&keys[k], note->text, s)) {
                hf_fail(err, HF_E_VERIFY, "the signature of %.*s (key %08x) is wrong",
                        (int)s->name.n, s->name.p, s->id);
                return hf_hint(err, "the text was changed, or signed by somebody else");
            }
            s->is_verified = true;
            verified++;
        }
    }
    if (verified > 0)
        return HF_OK;
    hf_fail(err, HF_E_VERIFY, "none of its %zu signatures is by a known key", note->n);
    return hf_hint(err, "give the verifier key of who should have signed it");
}

void hf_note_put_sig(hf_buf *out, const hf_vkey *key, const uint8_t sig[HF_ED25519_SIG])
{
    char raw[4 + HF_ED25519_SIG] = { (char)(key->id >> 24), (char)(key->id >> 16),
                                     (char)(key->id >> 8), (char)key->id };

    memcpy(raw + 4, sig, HF_ED25519_SIG);
    hf_buf_str(out, dash);
    hf_buf_add(out, key->name);
    hf_buf_byte(out, ' ');
    hf_base64_put(out, (hf_view){ raw, sizeof(raw) });
    hf_buf_byte(out, '\n');
}

/* --- checkpoints --------------------------------------------------------------------------------
 */

/* The next line of *rest, without its newline; false when there is none. */
static bool next_line(hf_view *rest, hf_view *line)
{
    size_t end = hf_view_find_byte(*rest, '\n');

    if (end == HF_NPOS)
        return false;
    *line = hf_view_sub(*rest, 0, end);
    *rest = hf_view_from(*rest, end + 1);
    return true;
}

bool hf_audit_number(hf_view text, uint64_t *out)
{
    return (text.n == 1 || (text.n > 1 && text.p[0] != '0')) && hf_view_u64(text, out);
}

bool hf_audit_hash(hf_view base64, hf_sha256 *out)
{
    hf_buf b;
    bool ok;

    hf_buf_init(&b, 64);
    ok = hf_audit_base64(base64, &b) && b.n == sizeof(out->b);
    if (ok)
        memcpy(out->b, b.p, sizeof(out->b));
    hf_buf_clear(&b);
    return ok;
}

hf_status hf_checkpoint_parse(hf_view text, hf_checkpoint *out, hf_err **err)
{
    hf_view size, root, more = text;

    if (!next_line(&more, &out->origin) || !next_line(&more, &size) || !next_line(&more, &root) ||
        out->origin.n == 0)
        return hf_fail(err, HF_E_DAMAGED, "not a checkpoint: origin, size and root are missing");
    if (!hf_audit_number(size, &out->size))
        return hf_fail(err, HF_E_DAMAGED, "not a checkpoint: its second line is no size");
    if (!hf_audit_hash(root, &out->root))
        return hf_fail(err, HF_E_DAMAGED, "not a checkpoint: its third line is no root");
    out->more = more;
    while (more.n > 0)
        if (!next_line(&more, &size) || size.n == 0)
            return hf_fail(err, HF_E_DAMAGED, "not a checkpoint: an empty extension line");
    return HF_OK;
}

hf_status hf_checkpoint_read(hf_view bytes, hf_checkpoint *out, hf_err **err)
{
    size_t cut = last_empty_line(bytes);

    return hf_checkpoint_parse(hf_view_sub(bytes, 0, cut), out, err);
}

void hf_checkpoint_put(hf_buf *out, const hf_checkpoint *c)
{
    hf_buf_add(out, c->origin);
    hf_buf_printf(out, "\n%llu\n", (unsigned long long)c->size);
    hf_base64_put(out, (hf_view){ (const char *)c->root.b, sizeof(c->root.b) });
    hf_buf_byte(out, '\n');
    hf_buf_add(out, c->more);
}
