/* package/verify_evidence.c: single pieces of evidence: a receipt, a proof, a signed note. */
#include "package/verify_priv.h"

#include "util/file.h"

static const hf_verify_args no_args = { .known = NULL };

hf_evidence_kind hf_evidence_kind_of(hf_view bytes)
{
    hf_view start = hf_view_sub(bytes, 0, 200);

    if (hf_view_starts(bytes, HF_V("c2sp.org/tlog-proof@v1\n")))
        return HF_EVIDENCE_PROOF;
    if (hf_view_find(start, HF_V("\"receipt/1\"")) != HF_NPOS)
        return HF_EVIDENCE_RECEIPT;
    if (hf_view_find(bytes, HF_V("\n\n\xe2\x80\x94 ")) != HF_NPOS)
        return HF_EVIDENCE_NOTE;
    return HF_EVIDENCE_NONE;
}

/* A file in the folder of path; false when it is not there. */
static bool beside(const char *path, const char *name, hf_buf *out)
{
    hf_view all = hf_view_str(path);
    size_t slash = hf_view_find_last(all, '/');
    char *full = hf_sprintf("%.*s%s", slash == HF_NPOS ? 0 : (int)slash + 1, path, name);
    bool found = hf_file_read(full, HF_EVIDENCE_MAX, out, NULL) == HF_OK;

    hf_free(full);
    return found;
}

static void verify_receipt_file(hf_verifying *v, const char *path, hf_view text)
{
    char *sig_path = hf_sprintf("%s.sig", path);
    hf_buf manifest, sig, pem;
    hf_sha256 digest;
    bool has_manifest;

    hf_buf_init(&manifest, HF_EVIDENCE_MAX);
    hf_buf_init(&sig, HF_EVIDENCE_MAX);
    hf_buf_init(&pem, HF_EVIDENCE_MAX);
    has_manifest = beside(path, "manifest-sha256.txt", &manifest);
    digest = hf_sha256_of(hf_buf_view(&manifest));
    v->out->receipt = hf_verify_receipt(v, text, has_manifest ? &digest : NULL);
    if (!has_manifest)
        hf_verify_say(v, HF_V("receipt.json"), true,
                      "no manifest-sha256.txt lies beside it to compare it with");
    if (hf_file_read(sig_path, HF_EVIDENCE_MAX, &sig, NULL) == HF_OK) {
        (void)beside(path, "key.pem", &pem);
        v->out->signature = hf_verify_signature(v, HF_V("receipt.json"), text, hf_buf_view(&sig),
                                                hf_buf_view(&pem));
        if (v->out->receipt != HF_VOUCH_BAD)
            v->out->receipt = v->out->signature;
    } else if (v->args->known != NULL && v->args->known->n > 0) {
        hf_verify_say(v, HF_V("receipt.json"), false, "it is not signed, and a key was given");
    }
    hf_buf_clear(&manifest);
    hf_buf_clear(&sig);
    hf_buf_clear(&pem);
    hf_free(sig_path);
}

static hf_status verify_proof_file(hf_verifying *v, const char *path, hf_view text,
                                   const char *entry, hf_err **err)
{
    hf_buf leaf;
    hf_status rc = HF_OK;

    hf_buf_init(&leaf, HF_EVIDENCE_MAX);
    if (entry != NULL) {
        rc = hf_file_read(entry, HF_EVIDENCE_MAX, &leaf, err);
    } else if (!beside(path, "entry.json", &leaf)) {
        hf_fail(err, HF_E_USAGE, "a proof is about an entry, and none lies beside it");
        rc = hf_hint(err, "say --entry FILE");
    }
    if (rc == HF_OK)
        v->out->log = hf_verify_log(v, hf_buf_view(&leaf), text, (hf_view){ NULL, 0 });
    /* In a package its signatures say who made it; alone there is nothing else. */
    if (v->out->log == HF_VOUCH_UNKNOWN && v->args->known != NULL && v->args->known->n > 0)
        hf_verify_say(v, HF_V("proof.tlog-proof"), false,
                      "no key that was given has signed its head");
    hf_buf_clear(&leaf);
    return rc;
}

static hf_status verify_note_file(hf_verifying *v, hf_view text, hf_err **err)
{
    const hf_known_keys *known = v->args->known;
    hf_note *note = HF_NEW(hf_note);
    hf_checkpoint c;
    hf_status rc = hf_note_parse(text, note, err);

    if (rc == HF_OK && hf_checkpoint_parse(note->text, &c, NULL) == HF_OK)
        v->out->log_size = c.size;
    if (rc == HF_OK && (known == NULL || known->n == 0)) {
        v->out->signature = HF_VOUCH_UNKNOWN;
        hf_verify_say(v, HF_V(""), true, "no key is given: nothing is known of its signatures");
    } else if (rc == HF_OK) {
        hf_vkey *keys = hf_alloc0(known->n, sizeof(*keys));
        hf_err *why = NULL;

        /* A key from a PEM takes the name of the first signature. */
        for (size_t i = 0; i < known->n; i++)
            keys[i] = known->key[i].name.n > 0 || note->n == 0
                          ? known->key[i]
                          : hf_vkey_of(note->sig[0].name, HF_NOTE_ED25519, known->key[i].key);
        v->out->signature = HF_VOUCH_KNOWN;
        if (hf_note_verify(note, keys, known->n, &why) != HF_OK) {
            v->out->signature = HF_VOUCH_BAD;
            hf_verify_say(v, HF_V(""), false, "%s", why->message);
        }
        hf_err_free(why);
        hf_free(keys);
    }
    hf_free(note);
    return rc;
}

hf_status hf_verify_evidence(const char *path, hf_evidence_kind kind, const char *entry,
                             const hf_verify_args *args, hf_verify_result *out, hf_err **err)
{
    hf_verifying v = { args == NULL ? &no_args : args, out };
    hf_buf text;
    hf_status rc;

    *out = (hf_verify_result){ .volumes = 0 };
    hf_buf_init(&text, HF_EVIDENCE_MAX);
    rc = hf_file_read(path, HF_EVIDENCE_MAX, &text, err);
    if (rc == HF_OK && kind == HF_EVIDENCE_RECEIPT)
        verify_receipt_file(&v, path, hf_buf_view(&text));
    else if (rc == HF_OK && kind == HF_EVIDENCE_PROOF)
        rc = verify_proof_file(&v, path, hf_buf_view(&text), entry, err);
    else if (rc == HF_OK)
        rc = verify_note_file(&v, hf_buf_view(&text), err);
    hf_buf_clear(&text);
    return rc == HF_OK ? rc : hf_err_at(err, path, HF_V(""), HF_NO_OFFSET);
}
