/* package/vouch.c: keys that are known, signatures, receipts and log entries. */
#include "package/verify_priv.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "audit/key.h"
#include "util/file.h"
#include "util/json.h"

enum { MAX_KEY_FILE = 1 << 16 };

const char *hf_vouch_name(hf_vouch v)
{
    static const char *const names[] = { "none", "nobody known", "known key", "bad" };

    return names[v];
}

/* --- keys ---------------------------------------------------------------------------------------
 */

void hf_known_keys_init(hf_known_keys *k)
{
    *k = (hf_known_keys){ .mem = hf_arena_new() };
}

void hf_known_keys_clear(hf_known_keys *k)
{
    hf_arena_free(k->mem);
    hf_free(k->key);
    *k = (hf_known_keys){ .mem = NULL };
}

bool hf_public_key_parse(hf_view pem, uint8_t key[HF_ED25519_KEY])
{
    BIO *in = BIO_new_mem_buf(pem.p, (int)pem.n);
    EVP_PKEY *found = in == NULL ? NULL : PEM_read_bio_PUBKEY(in, NULL, NULL, NULL);
    size_t n = HF_ED25519_KEY;
    bool is_good = found != NULL && EVP_PKEY_get_id(found) == EVP_PKEY_ED25519 &&
                   EVP_PKEY_get_raw_public_key(found, key, &n) == 1 && n == HF_ED25519_KEY;

    EVP_PKEY_free(found);
    BIO_free(in);
    ERR_clear_error();
    return is_good;
}

static void add_key(hf_known_keys *k, const hf_vkey *key)
{
    k->key = hf_realloc(k->key, k->n + 1, sizeof(*k->key));
    k->key[k->n] = *key;
    k->key[k->n].name = hf_arena_dup(k->mem, key->name);
    k->n++;
}

static hf_view first_line(hf_view text)
{
    hf_view line = hf_view_sub(text, 0, hf_view_find_byte(text, '\n'));

    while (line.n > 0 && (line.p[line.n - 1] == '\r' || line.p[line.n - 1] == ' '))
        line.n--;
    return line;
}

hf_status hf_known_keys_add(hf_known_keys *k, const char *text_or_path, hf_err **err)
{
    hf_vkey key = { .type = HF_NOTE_ED25519 };
    hf_status rc;
    hf_buf text;

    if (hf_vkey_parse(hf_view_str(text_or_path), &key, NULL) == HF_OK) {
        add_key(k, &key);
        return HF_OK;
    }
    hf_buf_init(&text, MAX_KEY_FILE);
    rc = hf_file_read(text_or_path, MAX_KEY_FILE, &text, err);
    if (rc == HF_OK && (hf_public_key_parse(hf_buf_view(&text), key.key) ||
                        hf_vkey_parse(first_line(hf_buf_view(&text)), &key, NULL) == HF_OK)) {
        add_key(k, &key);
    } else if (rc == HF_OK) {
        hf_fail(err, HF_E_NO_KEY, "this is no public Ed25519 key in PEM, and no verifier key");
        hf_hint(err, "`openssl pkey -in KEY.pem -pubout` makes a public key of a private one");
        rc = hf_err_at(err, text_or_path, HF_V(""), HF_NO_OFFSET);
    }
    hf_buf_clear(&text);
    return rc;
}

bool hf_known_keys_have(const hf_known_keys *k, const uint8_t key[HF_ED25519_KEY])
{
    for (size_t i = 0; k != NULL && i < k->n; i++)
        if (memcmp(k->key[i].key, key, HF_ED25519_KEY) == 0)
            return true;
    return false;
}

/* --- signatures ---------------------------------------------------------------------------------
 */

static hf_vouch vouched(hf_verifying *v, const uint8_t key[HF_ED25519_KEY])
{
    v->out->has_key = true;
    v->out->fingerprint = hf_key_fingerprint(key);
    return hf_known_keys_have(v->args->known, key) ? HF_VOUCH_KNOWN : HF_VOUCH_UNKNOWN;
}

hf_vouch hf_verify_signature(hf_verifying *v, hf_view name, hf_view bytes, hf_view sig, hf_view pem)
{
    const hf_known_keys *known = v->args->known;
    uint8_t key[HF_ED25519_KEY];

    if (sig.n != HF_ED25519_SIG) {
        hf_verify_say(v, name, false, "its signature is not one of %d bytes", HF_ED25519_SIG);
        return HF_VOUCH_BAD;
    }
    for (size_t i = 0; known != NULL && i < known->n; i++)
        if (hf_ed25519_verify(known->key[i].key, bytes, (const uint8_t *)sig.p))
            return vouched(v, known->key[i].key);
    if (!hf_public_key_parse(pem, key)) {
        hf_verify_say(v, name, false,
                      known != NULL && known->n > 0
                          ? "no key that was given has signed it"
                          : "it is signed, and the key is neither there nor given");
        return HF_VOUCH_BAD;
    }
    if (!hf_ed25519_verify(key, bytes, (const uint8_t *)sig.p)) {
        hf_verify_say(v, name, false, "its signature is wrong");
        return HF_VOUCH_BAD;
    }
    if (known != NULL && known->n > 0) {
        hf_verify_say(v, name, false, "it is signed by another key than those that were given");
        return HF_VOUCH_BAD;
    }
    return vouched(v, key);
}

/* --- receipts -----------------------------------------------------------------------------------
 */

static bool names_manifest(const hf_tape *t, const hf_sha256 *manifest, hf_arena *mem)
{
    uint32_t list = hf_tape_get(t, 0, "payload");
    hf_sha256 there;

    if (list == HF_NO_TOK || hf_tok_type(t, list) != HF_JSON_ARRAY)
        return false;
    for (uint32_t i = hf_tape_first(t, list); i != HF_NO_TOK; i = hf_tape_after(t, list, i)) {
        uint32_t tok = hf_tape_get(t, i, "manifest_sha256");

        if (tok != HF_NO_TOK && hf_sha256_parse(hf_tok_string(t, tok, mem), &there) &&
            memcmp(&there, manifest, sizeof(there)) == 0)
            return true;
    }
    return false;
}

hf_vouch hf_verify_receipt(hf_verifying *v, hf_view receipt, const hf_sha256 *manifest)
{
    hf_arena *mem = hf_arena_new();
    hf_vouch result = HF_VOUCH_UNKNOWN;
    hf_view schema = HF_V(""), run = HF_V("");
    hf_tape t;

    hf_tape_init(&t);
    if (hf_tape_parse(&t, receipt, NULL, NULL) == HF_OK) {
        uint32_t a = hf_tape_get(&t, 0, "schema"), b = hf_tape_get(&t, 0, "run_id");

        schema = a == HF_NO_TOK ? schema : hf_tok_string(&t, a, mem);
        run = b == HF_NO_TOK ? run : hf_tok_string(&t, b, mem);
    }
    if (!hf_view_is(schema, "receipt/1")) {
        hf_verify_say(v, HF_V("receipt.json"), false, "is no receipt that is known here");
        result = HF_VOUCH_BAD;
    } else if (manifest != NULL && !names_manifest(&t, manifest, mem)) {
        hf_verify_say(v, HF_V("receipt.json"), false, "belongs to another payload");
        result = HF_VOUCH_BAD;
    }
    if (run.n < sizeof(v->out->run_id) && run.n > 0)
        memcpy(v->out->run_id, run.p, run.n);
    hf_tape_clear(&t);
    hf_arena_free(mem);
    return result;
}

size_t hf_receipt_volumes(hf_view receipt)
{
    size_t n = 0;
    hf_tape t;

    hf_tape_init(&t);
    if (hf_tape_parse(&t, receipt, NULL, NULL) == HF_OK) {
        uint32_t list = hf_tape_get(&t, 0, "payload");

        for (uint32_t i = list == HF_NO_TOK ? HF_NO_TOK : hf_tape_first(&t, list); i != HF_NO_TOK;
             i = hf_tape_after(&t, list, i))
            n++;
    }
    hf_tape_clear(&t);
    return n;
}

/* --- log entries --------------------------------------------------------------------------------
 */

/* Does the entry name the digest of the receipt? */
static bool commits(hf_view entry, hf_view receipt)
{
    hf_arena *mem = hf_arena_new();
    hf_sha256 there, want = hf_sha256_of(receipt);
    bool found = false;
    hf_tape t;

    hf_tape_init(&t);
    if (hf_tape_parse(&t, entry, NULL, NULL) == HF_OK) {
        uint32_t digests = hf_tape_get(&t, 0, "digests");
        uint32_t tok = hf_tape_get_in(&t, digests, "receipt_sha256");

        found = tok != HF_NO_TOK && hf_sha256_parse(hf_tok_string(&t, tok, mem), &there) &&
                memcmp(&there, &want, sizeof(want)) == 0;
    }
    hf_tape_clear(&t);
    hf_arena_free(mem);
    return found;
}

/* Does the note claim to be signed by one of these keys? */
static bool claims(hf_view text, const hf_vkey *keys, size_t n)
{
    hf_note *note = HF_NEW(hf_note);
    bool found = false;

    if (hf_note_parse(text, note, NULL) == HF_OK)
        for (size_t i = 0; i < note->n; i++)
            for (size_t k = 0; k < n; k++)
                found = found || (note->sig[i].id == keys[k].id &&
                                  hf_view_eq(note->sig[i].name, keys[k].name));
    hf_free(note);
    return found;
}

/* Is the head that the proof ends in signed by a known key? A key from a PEM has no name; the log's
 * is taken. HF_VOUCH_UNKNOWN when nobody known signed it and nobody known should have; BAD when one
 * is said to have. */
static hf_vouch judge_head(hf_verifying *v, const hf_proof *p, hf_view entry)
{
    const hf_known_keys *known = v->args->known;
    hf_vkey *keys;
    hf_checkpoint c;
    hf_status rc = HF_E_VERIFY;
    bool is_forged;

    if (known == NULL || known->n == 0)
        return HF_VOUCH_UNKNOWN;
    if (hf_proof_holds(p, entry, &c, NULL) != HF_OK)
        return HF_VOUCH_BAD;
    keys = hf_alloc0(known->n, sizeof(*keys));
    for (size_t i = 0; i < known->n; i++)
        keys[i] = known->key[i].name.n > 0
                      ? known->key[i]
                      : hf_vkey_of(c.origin, HF_NOTE_ED25519, known->key[i].key);
    rc = hf_proof_check(p, entry, keys, known->n, &c, NULL);
    is_forged = rc != HF_OK && claims(p->checkpoint, keys, known->n);
    hf_free(keys);
    return rc == HF_OK ? HF_VOUCH_KNOWN : is_forged ? HF_VOUCH_BAD : HF_VOUCH_UNKNOWN;
}

hf_vouch hf_verify_log(hf_verifying *v, hf_view entry, hf_view proof, hf_view receipt)
{
    hf_proof p;
    hf_checkpoint c;
    hf_err *why = NULL;
    hf_vouch result = HF_VOUCH_BAD;

    if (hf_proof_parse(proof, &p, &why) != HF_OK || hf_proof_holds(&p, entry, &c, &why) != HF_OK) {
        hf_verify_say(v, HF_V("proof.tlog-proof"), false, "%s", why->message);
        hf_err_free(why);
        return HF_VOUCH_BAD;
    }
    v->out->entry = p.index;
    v->out->log_size = c.size;
    if (receipt.p != NULL && !commits(entry, receipt)) {
        hf_verify_say(v, HF_V("entry.json"), false, "commits to another receipt");
        return HF_VOUCH_BAD;
    }
    result = judge_head(v, &p, entry);
    if (result == HF_VOUCH_UNKNOWN)
        hf_verify_say(v, HF_V("proof.tlog-proof"), true,
                      "the head of the log is signed by no key that is known here");
    if (result == HF_VOUCH_BAD)
        hf_verify_say(v, HF_V("proof.tlog-proof"), false, "the signature of its head is wrong");
    return result;
}
