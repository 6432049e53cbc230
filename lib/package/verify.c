/* package/verify.c: see verify.h: what a package is, and the files that vouch for a bag. */
#include "package/verify_priv.h"

#include <stdarg.h>
#include <stdio.h>

#include "package/volumes.h"

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

hf_status hf_verify_bag(hf_verifying *v, hf_source *s, hf_err **err)
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

/* --- what it is ---------------------------------------------------------------------------------
 */

/* A bag that may be one volume of several. */
static hf_status verify_alone(hf_verifying *v, hf_source *s, hf_err **err)
{
    uint32_t index = hf_bag_find(s, HF_V("receipt.json"));
    hf_status rc = hf_verify_bag(v, s, err);
    size_t volumes = 1;
    hf_buf text;

    hf_buf_init(&text, HF_EVIDENCE_MAX);
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
    return hf_volumes_are(s) || hf_bag_base(s).p != NULL || hf_split_is(s);
}

hf_status hf_verify_package(hf_source *source, const hf_verify_args *args, hf_verify_result *out,
                            hf_err **err)
{
    hf_verifying v = { args == NULL ? &no_args : args, out };

    *out = (hf_verify_result){ .volumes = 1 };
    if (hf_volumes_are(source))
        return hf_verify_volumes(&v, source, err);
    if (hf_bag_base(source).p != NULL)
        return verify_alone(&v, source, err);
    if (hf_split_is(source))
        return hf_verify_split(&v, source, err);
    return hf_fail(err, HF_E_UNSUPPORTED,
                   "this is no package: it has no bagit.txt, no volumes.json");
}
