/* package/verify.c: see verify.h. */
#include "package/verify_priv.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "package/volumes.h"
#include "util/file.h"

enum { MAX_EVIDENCE = 64 << 20 };

static const hf_verify_args no_args = { .known = NULL };

void hf_verify_say(hf_verifying *v, hf_view name, bool is_warning, const char *fmt, ...)
{
    char what[512];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(what, sizeof(what), fmt, ap);
    va_end(ap);
    v->out->findings += !is_warning;
    if (v->args->say != NULL)
        v->args->say(v->args->self, name, is_warning, what);
}

/* RFC 8493 lets anybody add tag files; in a package nobody may. */
static void say_bag(void *self, hf_bag_flaw flaw, hf_view name, const char *what)
{
    hf_verify_say(self, name, flaw == HF_BAG_WARNING, "%s", what);
}

static void say_volume(void *self, hf_view name, const char *what)
{
    hf_verify_say(self, name, false, "%s", what);
}

/* --- bags ---------------------------------------------------------------------------------------
 */

typedef struct tags { /* of a bag; p is NULL where there is none */
    hf_view receipt, receipt_sig, tags, tags_sig, manifest, manifest_sig, key, entry, proof;
} tags;

static const struct {
    const char *name;
    size_t at;
} tag_names[] = {
    { "receipt.json", offsetof(tags, receipt) },
    { "receipt.json.sig", offsetof(tags, receipt_sig) },
    { "tagmanifest-sha256.txt", offsetof(tags, tags) },
    { "tagmanifest-sha256.txt.sig", offsetof(tags, tags_sig) },
    { "manifest-sha256.txt", offsetof(tags, manifest) },
    { "manifest-sha256.txt.sig", offsetof(tags, manifest_sig) },
    { "key.pem", offsetof(tags, key) },
    { "entry.json", offsetof(tags, entry) },
    { "proof.tlog-proof", offsetof(tags, proof) },
};

enum { TAG_NAMES = sizeof(tag_names) / sizeof(tag_names[0]) };

typedef struct loaded {
    tags t;
    hf_buf bytes[TAG_NAMES];
} loaded;

/* Read what is there of the files that vouch for a bag; to be cleared also on an error. */
static hf_status load_tags(hf_source *s, loaded *l, hf_err **err)
{
    hf_status rc = HF_OK;

    *l = (loaded){ .t = { .receipt = { NULL, 0 } } };
    for (size_t i = 0; i < TAG_NAMES; i++)
        hf_buf_init(&l->bytes[i], 1 << 30);
    for (size_t i = 0; i < TAG_NAMES && rc == HF_OK; i++) {
        uint32_t index = hf_bag_find(s, hf_view_str(tag_names[i].name));
        hf_view *to = (hf_view *)(void *)((char *)&l->t + tag_names[i].at);

        if (index == UINT32_MAX || hf_source_member(s, index)->type != HF_MEMBER_FILE)
            continue;
        /* What cannot be read was found when the bag was checked. */
        if (hf_source_slurp(s, index, &l->bytes[i], NULL) == HF_OK)
            *to = l->bytes[i].n > 0 ? hf_buf_view(&l->bytes[i]) : HF_V("");
        rc = hf_buf_check(&l->bytes[i], tag_names[i].name, err);
    }
    return rc;
}

static void clear_tags(loaded *l)
{
    for (size_t i = 0; i < TAG_NAMES; i++)
        hf_buf_clear(&l->bytes[i]);
}

/* Signatures: all that are there must be right, by one key. */
static hf_vouch judge_signatures(hf_verifying *v, const tags *t)
{
    const struct {
        const char *name;
        hf_view bytes, sig;
    } list[] = { { "tagmanifest-sha256.txt", t->tags, t->tags_sig },
                 { "manifest-sha256.txt", t->manifest, t->manifest_sig } };
    hf_vouch result = HF_VOUCH_NONE;

    for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
        hf_vouch one;

        if (list[i].sig.p == NULL)
            continue;
        one = hf_verify_signature(v, hf_view_str(list[i].name), list[i].bytes, list[i].sig, t->key);
        result = one == HF_VOUCH_BAD || result == HF_VOUCH_BAD ? HF_VOUCH_BAD : one;
    }
    /* One signature alone leaves the other list to anybody. */
    if (result != HF_VOUCH_NONE && (t->tags_sig.p == NULL || t->manifest_sig.p == NULL)) {
        hf_verify_say(v, HF_V(""), false, "a signature is missing: %s.sig",
                      t->tags_sig.p == NULL ? list[0].name : list[1].name);
        result = HF_VOUCH_BAD;
    }
    if (result == HF_VOUCH_NONE && v->args->known != NULL && v->args->known->n > 0)
        hf_verify_say(v, HF_V(""), false, "nothing is signed, and a key was given");
    return result;
}

/* Packages have receipts, and a package has both lists: other lists in their place are no answer.
 */
static hf_vouch judge_receipt(hf_verifying *v, const tags *t)
{
    const char *missing = t->manifest.p == NULL ? "manifest-sha256.txt"
                          : t->tags.p == NULL   ? "tagmanifest-sha256.txt"
                                                : NULL;
    hf_vouch result;

    if (t->receipt.p == NULL)
        return HF_VOUCH_NONE;
    if (missing != NULL) {
        hf_verify_say(v, hf_view_str(missing), false, "is missing, and every package has it");
        return HF_VOUCH_BAD;
    }
    result = hf_verify_receipt(v, t->receipt, &v->out->bag.manifest);
    if (result == HF_VOUCH_BAD || t->receipt_sig.p == NULL)
        return result;
    return hf_verify_signature(v, HF_V("receipt.json"), t->receipt, t->receipt_sig, t->key);
}

static hf_vouch judge_log(hf_verifying *v, const tags *t)
{
    if (t->entry.p == NULL && t->proof.p == NULL)
        return HF_VOUCH_NONE;
    if (t->entry.p != NULL && t->proof.p != NULL)
        return hf_verify_log(v, t->entry, t->proof, t->receipt);
    hf_verify_say(v, HF_V(""), false, "%s is missing",
                  t->entry.p == NULL ? "entry.json" : "proof.tlog-proof");
    return HF_VOUCH_BAD;
}

static hf_status verify_bag(hf_verifying *v, hf_source *s, hf_err **err)
{
    const hf_bag_args how = { .say = say_bag,
                              .self = v,
                              .progress = v->args->progress,
                              .progress_self = v->args->progress_self };
    hf_status rc = hf_bag_check(s, &how, &v->out->bag, err);
    loaded l;

    if (rc != HF_OK)
        return rc;
    if (v->args->manifest != NULL &&
        (!v->out->bag.has_manifest ||
         memcmp(v->args->manifest, &v->out->bag.manifest, sizeof(hf_sha256)) != 0))
        hf_verify_say(v, HF_V("manifest-sha256.txt"), false,
                      "is not the manifest that was asked for");
    rc = load_tags(s, &l, err);
    if (rc == HF_OK) {
        v->out->signature = judge_signatures(v, &l.t);
        v->out->receipt = judge_receipt(v, &l.t);
        v->out->log = judge_log(v, &l.t);
    }
    clear_tags(&l);
    return rc;
}

/* --- volumes ------------------------------------------------------------------------------------
 */

/* The package inside, through an unnamed file in the temporary folder. */
static hf_status open_temp(int *fd, hf_err **err)
{
    const char *folder = getenv("TMPDIR");

    *fd = open(folder == NULL || folder[0] == '\0' ? "/tmp" : folder,
               O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (*fd >= 0)
        return HF_OK;
    hf_fail_sys(err, "cannot create a temporary file");
    return hf_hint(err, "point TMPDIR to a folder with room");
}

static hf_status verify_inside(hf_verifying *v, int fd, hf_err **err)
{
    char path[64];
    hf_source *s = NULL;
    hf_status rc;

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    rc = hf_source_open(&s, path, NULL, err);
    if (rc == HF_OK)
        rc = verify_bag(v, s, err);
    hf_source_close(s);
    return rc;
}

static hf_status slurp(hf_source *s, const char *name, hf_buf *out, hf_err **err)
{
    uint32_t index = hf_source_find(s, hf_view_str(name));

    return index == UINT32_MAX ? HF_END : hf_source_slurp(s, index, out, err);
}

static hf_status judge_list(hf_verifying *v, hf_source *s, hf_view json, hf_err **err)
{
    hf_buf sig, pem;
    hf_status rc;

    hf_buf_init(&sig, MAX_EVIDENCE);
    hf_buf_init(&pem, MAX_EVIDENCE);
    rc = slurp(s, "volumes.json.sig", &sig, err);
    if (rc == HF_OK) {
        rc = slurp(s, "key.pem", &pem, err);
        v->out->signature = hf_verify_signature(v, HF_V("volumes.json"), json, hf_buf_view(&sig),
                                                hf_buf_view(&pem));
    } else if (rc == HF_END && v->args->known != NULL && v->args->known->n > 0) {
        hf_verify_say(v, HF_V("volumes.json"), false, "it is not signed, and a key was given");
    }
    hf_buf_clear(&sig);
    hf_buf_clear(&pem);
    return rc == HF_END ? HF_OK : rc;
}

static hf_status verify_volumes(hf_verifying *v, hf_source *s, hf_err **err)
{
    hf_volumes list = { .mem = NULL };
    uint64_t findings = 0;
    hf_buf json;
    int fd = -1;
    hf_status rc;

    v->out->is_encrypted = true;
    hf_buf_init(&json, MAX_EVIDENCE);
    rc = slurp(s, "volumes.json", &json, err);
    if (rc == HF_OK)
        rc = hf_volumes_parse(hf_buf_view(&json), &list, err);
    if (rc == HF_OK)
        rc = judge_list(v, s, hf_buf_view(&json), err);
    v->out->volumes = list.n;
    if (rc == HF_OK && v->args->opener != NULL)
        rc = open_temp(&fd, err);
    if (rc == HF_OK)
        rc = hf_volumes_check(s, &list, v->args->opener, fd, say_volume, v, &findings, err);
    if (rc == HF_OK && fd >= 0 && findings == 0) {
        rc = verify_inside(v, fd, err);
        v->out->is_opened = rc == HF_OK;
    }
    if (fd >= 0)
        close(fd);
    hf_volumes_free(&list);
    hf_buf_clear(&json);
    return rc;
}

/* --- split packages -----------------------------------------------------------------------------
 */

/* A folder of nothing but "NAME.001.zip" or "NAME.001.tar.zst" and so on. */
static bool is_split(const hf_source *s)
{
    if (hf_source_get_kind(s) != HF_SOURCE_FOLDER || hf_source_count(s) == 0)
        return false;
    for (uint32_t i = 0; i < hf_source_count(s); i++) {
        hf_view name = hf_source_member(s, i)->name;
        size_t n = hf_view_ends(name, HF_V(".zip"))       ? 4
                   : hf_view_ends(name, HF_V(".tar.zst")) ? 8
                                                          : 0;
        uint64_t number;

        size_t dot = hf_view_find_last(hf_view_sub(name, 0, name.n - n), '.');

        if (n == 0 || dot == HF_NPOS || dot == 0 || name.n - n - dot - 1 < 3 ||
            !hf_view_u64(hf_view_sub(name, dot + 1, name.n - n - dot - 1), &number))
            return false;
    }
    return true;
}

static hf_vouch worse(hf_vouch a, hf_vouch b)
{
    static const int rank[] = {
        [HF_VOUCH_BAD] = 0, [HF_VOUCH_NONE] = 1, [HF_VOUCH_UNKNOWN] = 2, [HF_VOUCH_KNOWN] = 3
    };

    return rank[a] <= rank[b] ? a : b;
}

static void merge(hf_verify_result *all, const hf_verify_result *one, bool is_first)
{
    uint64_t findings = all->findings, files = all->bag.payload_files;
    uint64_t bytes = all->bag.payload_bytes;
    size_t volumes = all->volumes;
    hf_verify_result before = *all;

    *all = *one;
    all->volumes = volumes + 1;
    all->findings += findings;
    all->bag.payload_files += files;
    all->bag.payload_bytes += bytes;
    if (is_first)
        return;
    all->signature = worse(all->signature, before.signature);
    all->receipt = worse(all->receipt, before.receipt);
    all->log = worse(all->log, before.log);
    all->bag.is_valid = all->bag.is_valid && before.bag.is_valid;
    all->bag.is_complete = all->bag.is_complete && before.bag.is_complete;
}

/* The volumes of a split package: all have one receipt, which lists them. */
typedef struct split {
    hf_sha256 receipt; /* of the first volume */
    size_t listed;
    hf_map *manifests; /* of the volumes seen, as bytes */
} split;

/* A volume twice in place of another would keep their number. */
static void compare_volume(hf_verifying *v, split *all, const hf_sha256 *receipt, hf_view name)
{
    const hf_sha256 *manifest = &v->out->bag.manifest;
    bool is_new;

    hf_map_put(all->manifests, (hf_view){ (const char *)manifest->b, sizeof(manifest->b) },
               &is_new);
    if (!is_new)
        hf_verify_say(v, name, false, "is a volume that is there already");
    if (memcmp(receipt, &all->receipt, sizeof(*receipt)) != 0)
        hf_verify_say(v, name, false, "is of another package than the first volume");
}

/* One volume by itself. */
static hf_status verify_volume(hf_verifying *v, const char *path, hf_sha256 *receipt,
                               size_t *listed, hf_err **err)
{
    hf_source *s = NULL;
    hf_buf text;
    uint32_t index;
    hf_status rc = hf_source_open(&s, path, NULL, err);

    hf_buf_init(&text, MAX_EVIDENCE);
    if (rc == HF_OK)
        rc = verify_bag(v, s, err);
    index = rc == HF_OK ? hf_bag_find(s, HF_V("receipt.json")) : UINT32_MAX;
    if (index != UINT32_MAX && hf_source_slurp(s, index, &text, NULL) == HF_OK) {
        *receipt = hf_sha256_of(hf_buf_view(&text));
        *listed = hf_receipt_volumes(hf_buf_view(&text));
    }
    hf_source_close(s);
    hf_buf_clear(&text);
    return rc;
}

/* Every volume is a package of its own; together they must be those that the receipt of each lists.
 */
static hf_status verify_split(hf_verifying *v, hf_source *s, hf_err **err)
{
    split all = { .manifests = hf_map_new() };
    hf_status rc = HF_OK;

    v->out->volumes = 0;
    for (uint32_t i = 0; i < hf_source_count(s) && rc == HF_OK; i++) {
        hf_view name = hf_source_member(s, i)->name;
        char *path = hf_sprintf("%s/%.*s", hf_source_path(s), (int)name.n, name.p);
        hf_verify_result one = { .volumes = 1 };
        hf_verifying w = { v->args, &one };
        hf_sha256 receipt = { { 0 } };

        rc = verify_volume(&w, path, &receipt, &all.listed, err);
        if (i == 0)
            all.receipt = receipt;
        if (rc == HF_OK)
            compare_volume(&w, &all, &receipt, name);
        merge(v->out, &one, i == 0);
        hf_free(path);
    }
    if (rc == HF_OK && all.listed != v->out->volumes)
        hf_verify_say(v, HF_V(""), false, "there are %zu volumes, and the receipt lists %zu",
                      v->out->volumes, all.listed);
    hf_map_free(all.manifests);
    return rc;
}

/* A bag that may be one volume of several. */
static hf_status verify_alone(hf_verifying *v, hf_source *s, hf_err **err)
{
    uint32_t index = hf_bag_find(s, HF_V("receipt.json"));
    hf_status rc = verify_bag(v, s, err);
    size_t volumes = 1;
    hf_buf text;

    hf_buf_init(&text, MAX_EVIDENCE);
    if (rc == HF_OK && index != UINT32_MAX && hf_source_slurp(s, index, &text, NULL) == HF_OK)
        volumes = hf_receipt_volumes(hf_buf_view(&text));
    if (volumes > 1)
        hf_verify_say(v, HF_V("receipt.json"), true,
                      "this is one of %zu volumes: verify the folder that holds all of them",
                      volumes);
    hf_buf_clear(&text);
    return rc;
}

bool hf_verify_is_package(const hf_source *s)
{
    return hf_volumes_are(s) || hf_bag_base(s).p != NULL || is_split(s);
}

hf_status hf_verify_package(hf_source *source, const hf_verify_args *args, hf_verify_result *out,
                            hf_err **err)
{
    hf_verifying v = { args == NULL ? &no_args : args, out };

    *out = (hf_verify_result){ .volumes = 1 };
    if (hf_volumes_are(source))
        return verify_volumes(&v, source, err);
    if (hf_bag_base(source).p != NULL)
        return verify_alone(&v, source, err);
    if (is_split(source))
        return verify_split(&v, source, err);
    return hf_fail(err, HF_E_UNSUPPORTED,
                   "this is no package: it has no bagit.txt, no volumes.json");
}

/* --- single pieces ------------------------------------------------------------------------------
 */

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
    bool found = hf_file_read(full, MAX_EVIDENCE, out, NULL) == HF_OK;

    hf_free(full);
    return found;
}

static void verify_receipt_file(hf_verifying *v, const char *path, hf_view text)
{
    char *sig_path = hf_sprintf("%s.sig", path);
    hf_buf manifest, sig, pem;
    hf_sha256 digest;
    bool has_manifest;

    hf_buf_init(&manifest, MAX_EVIDENCE);
    hf_buf_init(&sig, MAX_EVIDENCE);
    hf_buf_init(&pem, MAX_EVIDENCE);
    has_manifest = beside(path, "manifest-sha256.txt", &manifest);
    digest = hf_sha256_of(hf_buf_view(&manifest));
    v->out->receipt = hf_verify_receipt(v, text, has_manifest ? &digest : NULL);
    if (!has_manifest)
        hf_verify_say(v, HF_V("receipt.json"), true,
                      "no manifest-sha256.txt lies beside it to compare it with");
    if (hf_file_read(sig_path, MAX_EVIDENCE, &sig, NULL) == HF_OK) {
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

    hf_buf_init(&leaf, MAX_EVIDENCE);
    if (entry != NULL) {
        rc = hf_file_read(entry, MAX_EVIDENCE, &leaf, err);
    } else if (!beside(path, "entry.json", &leaf)) {
        hf_fail(err, HF_E_USAGE, "a proof is about an entry, and none lies beside it");
        rc = hf_hint(err, "say --entry FILE");
    }
    if (rc == HF_OK)
        v->out->log = hf_verify_log(v, hf_buf_view(&leaf), text, (hf_view){ NULL, 0 });
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
    hf_buf_init(&text, MAX_EVIDENCE);
    rc = hf_file_read(path, MAX_EVIDENCE, &text, err);
    if (rc == HF_OK && kind == HF_EVIDENCE_RECEIPT)
        verify_receipt_file(&v, path, hf_buf_view(&text));
    else if (rc == HF_OK && kind == HF_EVIDENCE_PROOF)
        rc = verify_proof_file(&v, path, hf_buf_view(&text), entry, err);
    else if (rc == HF_OK)
        rc = verify_note_file(&v, hf_buf_view(&text), err);
    hf_buf_clear(&text);
    return rc == HF_OK ? rc : hf_err_at(err, path, HF_V(""), HF_NO_OFFSET);
}
