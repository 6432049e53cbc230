/* package/verify_volumes.c: packages of several volumes: encrypted ones, and those of a split
 * package. */
#include "package/verify_priv.h"

#include <stdio.h>

#include "io/temp.h"
#include "package/volumes.h"

/* --- encrypted ----------------------------------------------------------------------------------
 */

static void say_volume(void *self, hf_view name, const char *what)
{
    hf_verify_say(self, name, false, "%s", what);
}

/* The package inside, once it stands in a file without a name. */
static hf_status verify_inside(hf_verifying *v, FILE *clear, hf_err **err)
{
    char path[64];
    hf_source *s = NULL;
    hf_status rc;

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fileno(clear));
    rc = hf_source_open(&s, path, NULL, err);
    if (rc == HF_OK)
        rc = hf_verify_bag(v, s, err);
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

    hf_buf_init(&sig, HF_EVIDENCE_MAX);
    hf_buf_init(&pem, HF_EVIDENCE_MAX);
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

hf_status hf_verify_volumes(hf_verifying *v, hf_source *s, hf_err **err)
{
    hf_volumes list = { .mem = NULL };
    uint64_t findings = 0;
    hf_buf json;
    FILE *clear = NULL;
    hf_status rc;

    v->out->is_encrypted = true;
    hf_buf_init(&json, HF_EVIDENCE_MAX);
    rc = slurp(s, "volumes.json", &json, err);
    if (rc == HF_OK)
        rc = hf_volumes_parse(hf_buf_view(&json), &list, err);
    if (rc == HF_OK)
        rc = judge_list(v, s, hf_buf_view(&json), err);
    v->out->volumes = list.n;
    if (rc == HF_OK && v->args->opener != NULL)
        rc = hf_temp_file(&clear, "what the volumes hold", err);
    if (rc == HF_OK)
        rc = hf_volumes_check(s, &list, v->args->opener, clear == NULL ? -1 : fileno(clear),
                              say_volume, v, &findings, err);
    if (rc == HF_OK && clear != NULL && findings == 0) {
        rc = verify_inside(v, clear, err);
        v->out->is_opened = rc == HF_OK;
    }
    if (clear != NULL)
        fclose(clear);
    hf_volumes_free(&list);
    hf_buf_clear(&json);
    return rc;
}

/* --- split packages -----------------------------------------------------------------------------
 */

bool hf_split_is(const hf_source *s)
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

    hf_buf_init(&text, HF_EVIDENCE_MAX);
    if (rc == HF_OK)
        rc = hf_verify_bag(v, s, err);
    index = rc == HF_OK ? hf_bag_find(s, HF_V("receipt.json")) : UINT32_MAX;
    if (index != UINT32_MAX && hf_source_slurp(s, index, &text, NULL) == HF_OK) {
        *receipt = hf_sha256_of(hf_buf_view(&text));
        *listed = hf_receipt_volumes(hf_buf_view(&text));
    }
    hf_source_close(s);
    hf_buf_clear(&text);
    return rc;
}

hf_status hf_verify_split(hf_verifying *v, hf_source *s, hf_err **err)
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
