/* package/write.c: the payload fixed, the bags written, read again, and published. */
#include "package/package_priv.h"

#include <stdio.h>

#include "package/volumes.h"
#include "util/fault.h"

/* --- which file goes into which volume ----------------------------------------------------------
 */

static hf_package_volume *new_volume(hf_package *p, hf_err **err)
{
    hf_package_volume *v;

    if (p->nvolume == HF_PACKAGE_VOLUMES_MAX) {
        hf_fail(err, HF_E_USAGE, "the payload needs more than %d volumes", HF_PACKAGE_VOLUMES_MAX);
        hf_hint(err, "allow larger ones with --split");
        return NULL;
    }
    p->volume = hf_realloc(p->volume, p->nvolume + 1, sizeof(*p->volume));
    v = &p->volume[p->nvolume++];
    *v = (hf_package_volume){ .bag = hf_bag_new() };
    hf_buf_init(&v->manifest, HF_BUF_UNBOUNDED);
    return v;
}

/* The volume that has room for n bytes: the last one, or a new one. */
static hf_package_volume *room_for(hf_package *p, uint64_t n, hf_err **err)
{
    hf_package_volume *v = p->nvolume == 0 ? NULL : &p->volume[p->nvolume - 1];

    if (v != NULL && (p->args.split_bytes == 0 || hf_bag_files(v->bag) == 0 ||
                      hf_bag_bytes(v->bag) + n <= p->args.split_bytes))
        return v;
    return new_volume(p, err);
}

/* A file larger than a volume is cut: NAME.part-0001 and so on, to be joined by cat. */
static hf_status place_parts(hf_package *p, uint32_t index, const hf_member *m, hf_err **err)
{
    hf_status rc = HF_OK;
    unsigned part = 1;

    for (uint64_t at = 0; at < m->size && rc == HF_OK; at += p->args.split_bytes) {
        uint64_t left = m->size - at;
        uint64_t n = left < p->args.split_bytes ? left : p->args.split_bytes;
        hf_package_volume *v = room_for(p, n, err);
        char *name = hf_sprintf("%.*s.part-%04u", (int)m->name.n, m->name.p, part++);

        rc = v == NULL
                 ? HF_E_USAGE
                 : hf_bag_payload_part(v->bag, p->payload, index, hf_view_str(name), at, n, err);
        hf_free(name);
    }
    return rc;
}

static hf_status place(hf_package *p, uint32_t index, hf_err **err)
{
    const hf_member *m = hf_source_member(p->payload, index);
    hf_package_volume *v;

    if (m->type != HF_MEMBER_FILE)
        return HF_OK;
    if (p->args.split_bytes > 0 && m->size > p->args.split_bytes)
        return place_parts(p, index, m, err);
    v = room_for(p, m->size, err);
    return v == NULL ? HF_E_USAGE : hf_bag_payload(v->bag, p->payload, index, m->name, err);
}

static hf_status fix_payload(hf_package *p, hf_err **err)
{
    hf_status rc = hf_exception_list_write(p->exceptions, p->data, err);
    uint64_t done = 0;

    if (rc == HF_OK)
        rc = hf_source_open(&p->payload, p->data, NULL, err);
    for (uint32_t i = 0; rc == HF_OK && i < hf_source_count(p->payload); i++) {
        rc = place(p, i, err);
        done += hf_source_member(p->payload, i)->size;
        if (p->args.progress != NULL)
            p->args.progress(p->args.progress_self, "hashing", done, hf_source_total(p->payload));
    }
    for (size_t i = 0; i < p->nvolume && rc == HF_OK; i++) {
        p->volume[i].name = p->args.split_bytes > 0
                                ? hf_volume_name(p->base, i + 1, p->nvolume, p->suffix)
                                : hf_sprintf("%s%s", p->base, p->suffix);
        hf_bag_manifest(p->volume[i].bag, &p->volume[i].manifest);
        p->volume[i].digest = hf_sha256_of(hf_buf_view(&p->volume[i].manifest));
    }
    return rc;
}

hf_status hf_package_done(hf_package *p, const hf_package_facts *facts, hf_package_digests *out,
                          hf_err **err)
{
    hf_status rc = fix_payload(p, err);

    if (rc != HF_OK)
        return rc;
    p->facts = *facts;
    p->done_us = hf_now_us();
    hf_package_receipt(p, &p->receipt);
    p->receipt_digest = hf_sha256_of(hf_buf_view(&p->receipt));
    *out = (hf_package_digests){ .exceptions = hf_exception_list_counts(p->exceptions),
                                 .receipt = p->receipt_digest,
                                 .manifest = p->volume[0].digest,
                                 .volumes = p->nvolume };
    for (size_t i = 0; i < p->nvolume; i++) {
        out->files += hf_bag_files(p->volume[i].bag);
        out->bytes += hf_bag_bytes(p->volume[i].bag);
    }
    hf_fault("package.done");
    return HF_OK;
}

/* --- tag files ----------------------------------------------------------------------------------
 */

hf_status hf_package_tag(hf_bag *bag, const hf_key *key, const char *name, hf_view bytes,
                         hf_err **err)
{
    uint8_t sig[HF_ED25519_SIG];
    char *sig_name;
    hf_status rc = hf_bag_tag(bag, hf_view_str(name), bytes, err);

    if (rc != HF_OK || key == NULL)
        return rc;
    hf_key_sign(key, bytes, sig);
    sig_name = hf_sprintf("%s.sig", name);
    rc = hf_bag_tag(bag, hf_view_str(sig_name), (hf_view){ (const char *)sig, sizeof(sig) }, err);
    hf_free(sig_name);
    return rc;
}

static void sign(void *self, hf_view bytes, hf_buf *out)
{
    uint8_t sig[HF_ED25519_SIG];

    hf_key_sign(self, bytes, sig);
    hf_buf_add(out, (hf_view){ (const char *)sig, sizeof(sig) });
}

static hf_status add_signatures(const hf_package_volume *v, const hf_key *key, hf_err **err)
{
    uint8_t sig[HF_ED25519_SIG];
    hf_buf pem;
    hf_status rc;

    hf_buf_init(&pem, HF_BUF_UNBOUNDED);
    hf_key_sign(key, hf_buf_view(&v->manifest), sig);
    hf_key_put_public(&pem, hf_key_public(key));
    rc = hf_bag_tag(v->bag, HF_V("manifest-sha256.txt.sig"),
                    (hf_view){ (const char *)sig, sizeof(sig) }, err);
    if (rc == HF_OK)
        rc = hf_bag_tag(v->bag, HF_V("key.pem"), hf_buf_view(&pem), err);
    hf_buf_clear(&pem);
    /* The signer only reads it. */
    hf_bag_sign(v->bag, sign, (void *)(uintptr_t)key);
    return rc;
}

static void add_info(const hf_package *p, size_t i)
{
    hf_bag *bag = p->volume[i].bag;
    char text[64], date[32];

    hf_time_format(hf_now_us(), date);
    hf_bag_info(bag, "Bag-Software-Agent", hf_view_str(p->facts.program));
    hf_bag_info(bag, "Bagging-Date", hf_view_str(date).n >= 10 ? (hf_view){ date, 10 } : HF_V(""));
    hf_bag_info(bag, "External-Identifier", hf_view_str(p->facts.run_id));
    if (p->args.split_bytes == 0)
        return;
    snprintf(text, sizeof(text), "%zu of %zu", i + 1, p->nvolume);
    hf_bag_info(bag, "Bag-Group-Identifier", hf_view_str(p->facts.run_id));
    hf_bag_info(bag, "Bag-Count", hf_view_str(text));
}

static hf_status add_tags(const hf_package *p, size_t i, const hf_package_seal *seal, hf_err **err)
{
    const hf_package_volume *v = &p->volume[i];
    const struct {
        const char *name;
        hf_view bytes;
    } given[] = {
        { "entry.json", seal->entry },
        { "proof.tlog-proof", seal->proof },
        { "checkpoint", seal->checkpoint },
    };
    hf_status rc = hf_package_tag(v->bag, seal->key, "receipt.json", hf_buf_view(&p->receipt), err);
    hf_buf page;

    hf_buf_init(&page, HF_BUF_UNBOUNDED);
    add_info(p, i);
    for (size_t k = 0; k < sizeof(given) / sizeof(given[0]) && rc == HF_OK; k++)
        if (given[k].bytes.n > 0)
            rc = hf_bag_tag(v->bag, hf_view_str(given[k].name), given[k].bytes, err);
    if (rc == HF_OK) {
        hf_package_custody(p, seal, &page);
        rc = hf_bag_tag(v->bag, HF_V("custody.html"), hf_buf_view(&page), err);
        hf_buf_reset(&page);
    }
    if (rc == HF_OK) {
        hf_package_readme(p, seal, &page);
        rc = hf_bag_tag(v->bag, HF_V("README.txt"), hf_buf_view(&page), err);
    }
    if (rc == HF_OK && seal->key != NULL)
        rc = add_signatures(v, seal->key, err);
    hf_buf_clear(&page);
    return rc;
}

/* --- containers ---------------------------------------------------------------------------------
 */

typedef struct first_flaw {
    hf_buf text;
} first_flaw;

static void hear_flaw(void *self, hf_bag_flaw flaw, hf_view name, const char *what)
{
    first_flaw *f = self;

    if (flaw != HF_BAG_WARNING && f->text.n == 0)
        hf_buf_printf(&f->text, "%.*s %s", (int)name.n, name.p, what);
}

/* Read what was written again, all of it, and hash it again. */
static hf_status check_written(const hf_package *p, const char *path, const hf_sha256 *manifest,
                               hf_err **err)
{
    first_flaw flaw;
    hf_bag_args args = { .say = hear_flaw,
                         .self = &flaw,
                         .progress = p->args.progress,
                         .progress_self = p->args.progress_self };
    hf_bag_result got;
    hf_source *s = NULL;
    hf_status rc = hf_source_open(&s, path, NULL, err);

    hf_buf_init(&flaw.text, 4096);
    if (rc == HF_OK)
        rc = hf_bag_check(s, &args, &got, err);
    if (rc == HF_OK && (!got.is_valid || memcmp(&got.manifest, manifest, sizeof(*manifest)) != 0)) {
        hf_fail(err, HF_E_VERIFY, "what was written is not what is read again: %s",
                flaw.text.n > 0 ? hf_buf_cstr(&flaw.text) : "another manifest");
        hf_hint(err, "the disk or its controller is not to be trusted");
        rc = hf_err_at(err, path, HF_V(""), HF_NO_OFFSET);
    }
    hf_source_close(s);
    hf_buf_clear(&flaw.text);
    return rc;
}

/* Write one bag to path and check it; it is published only when is_final, else lies in the work
 * folder. */
static hf_status write_bag(hf_package *p, hf_package_volume *v, const char *path, bool is_final,
                           hf_err **err)
{
    char *base = p->kind == HF_SINK_FOLDER
                     ? hf_strdup("")
                     : hf_sprintf("%.*s/", (int)(strlen(v->name) - strlen(p->suffix)), v->name);
    char *partial = NULL;
    hf_sink *sink = NULL;
    hf_status rc = hf_sink_open(&sink, path, p->kind, is_final && p->args.overwrite, err);

    if (rc == HF_OK)
        rc = hf_bag_write(v->bag, sink, hf_view_str(base), err);
    hf_fault("package.written");
    if (rc == HF_OK)
        rc = hf_sink_seal(sink, err);
    if (rc == HF_OK) {
        partial = hf_sink_partial(sink);
        rc = check_written(p, partial, &v->digest, err);
    }
    hf_fault("package.checked");
    if (rc == HF_OK)
        rc = hf_sink_commit(sink, err);
    else
        hf_sink_abort(sink);
    hf_free(partial);
    hf_free(base);
    return rc;
}

/* --- a folder of volumes ------------------------------------------------------------------------
 */

/* Bags one after the other: each is made and checked in the work folder and then moved. */
static hf_status write_split(hf_package *p, hf_sink *sink, hf_err **err)
{
    hf_status rc = HF_OK;

    for (size_t i = 0; i < p->nvolume && rc == HF_OK; i++) {
        hf_package_volume *v = &p->volume[i];
        char *path = hf_sprintf("%s/%s", hf_work_path(p->work), v->name);

        rc = write_bag(p, v, path, false, err);
        if (rc == HF_OK)
            rc = hf_sink_take(sink, hf_view_str(v->name), 0, path, err);
        hf_free(path);
    }
    return rc;
}

static hf_status put_file(hf_sink *sink, const char *name, hf_view bytes, hf_err **err)
{
    hf_status rc = hf_sink_member(sink, hf_view_str(name), err);

    return rc == HF_OK ? hf_sink_write(sink, bytes, err) : rc;
}

/* The list, and what vouches for it. */
static hf_status write_list(const hf_package_seal *seal, hf_view list, hf_sink *sink, hf_err **err)
{
    hf_status rc = put_file(sink, "volumes.json", list, err);
    hf_buf text;

    hf_buf_init(&text, HF_BUF_UNBOUNDED);
    if (rc == HF_OK && seal->key != NULL) {
        sign((void *)(uintptr_t)seal->key, list, &text);
        rc = put_file(sink, "volumes.json.sig", hf_buf_view(&text), err);
        hf_buf_reset(&text);
        hf_key_put_public(&text, hf_key_public(seal->key));
        if (rc == HF_OK)
            rc = put_file(sink, "key.pem", hf_buf_view(&text), err);
    }
    hf_buf_clear(&text);
    return rc;
}

static void hear_volume(void *self, hf_view name, const char *what)
{
    first_flaw *f = self;

    if (f->text.n == 0)
        hf_buf_printf(&f->text, "%.*s: %s", (int)name.n, name.p, what);
}

static hf_status check_volumes(const char *folder, hf_view list, hf_err **err)
{
    first_flaw flaw;
    hf_volumes v = { .mem = NULL };
    hf_source *s = NULL;
    uint64_t findings = 0;
    hf_status rc = hf_source_open(&s, folder, NULL, err);

    hf_buf_init(&flaw.text, 4096);
    if (rc == HF_OK)
        rc = hf_volumes_parse(list, &v, err);
    if (rc == HF_OK)
        rc = hf_volumes_check(s, &v, NULL, -1, hear_volume, &flaw, &findings, err);
    if (rc == HF_OK && findings > 0)
        rc = hf_fail(err, HF_E_VERIFY, "what was written is not what is read again: %s",
                     hf_buf_cstr(&flaw.text));
    hf_volumes_free(&v);
    hf_source_close(s);
    hf_buf_clear(&flaw.text);
    return rc;
}

/* The whole package in the work folder, in the clear and checked; then encrypted piece by piece. */
static hf_status write_encrypted(hf_package *p, const hf_package_seal *seal, hf_sink *sink,
                                 hf_buf *list, hf_err **err)
{
    char *path = hf_sprintf("%s/%s", hf_work_path(p->work), p->volume[0].name);
    hf_status rc = write_bag(p, &p->volume[0], path, false, err);
    hf_sha256 readme;
    hf_buf text;

    hf_buf_init(&text, HF_BUF_UNBOUNDED);
    hf_package_readme_volumes(p, seal, &text);
    readme = hf_sha256_of(hf_buf_view(&text));
    if (rc == HF_OK) /* make room: what is in the bag is needed here no more */
        rc = hf_work_remove(p->work, "data", err);
    if (rc == HF_OK)
        rc = hf_volumes_write(path, p->volume[0].name, p->base, &readme, p->args.recipients, sink,
                              list, err);
    if (rc == HF_OK)
        rc = put_file(sink, "README.txt", hf_buf_view(&text), err);
    if (rc == HF_OK)
        rc = write_list(seal, hf_buf_view(list), sink, err);
    hf_buf_clear(&text);
    hf_free(path);
    return rc;
}

static hf_status write_many(hf_package *p, const hf_package_seal *seal, hf_err **err)
{
    bool is_encrypted = p->args.recipients != NULL;
    char *partial = NULL;
    hf_sink *sink = NULL;
    hf_buf list;
    hf_status rc = hf_sink_open(&sink, p->target, HF_SINK_FOLDER, p->args.overwrite, err);

    hf_buf_init(&list, HF_BUF_UNBOUNDED);
    if (rc != HF_OK)
        return rc;
    rc = is_encrypted ? write_encrypted(p, seal, sink, &list, err) : write_split(p, sink, err);
    if (rc == HF_OK)
        rc = hf_sink_seal(sink, err);
    if (rc == HF_OK && is_encrypted) {
        partial = hf_sink_partial(sink);
        rc = check_volumes(partial, hf_buf_view(&list), err);
    }
    hf_fault("package.sealed");
    if (rc == HF_OK)
        rc = hf_sink_commit(sink, err);
    else
        hf_sink_abort(sink);
    hf_free(partial);
    hf_buf_clear(&list);
    return rc;
}

/* --- publishing ---------------------------------------------------------------------------------
 */

hf_status hf_package_publish(hf_package *p, const hf_package_seal *seal, char **path, hf_err **err)
{
    hf_status rc = HF_OK;

    for (size_t i = 0; i < p->nvolume && rc == HF_OK; i++)
        rc = add_tags(p, i, seal, err);
    if (rc == HF_OK && p->is_many) {
        rc = write_many(p, seal, err);
    } else if (rc == HF_OK) {
        if (p->kind == HF_SINK_FOLDER)
            hf_bag_take_from(p->volume[0].bag, p->data);
        rc = write_bag(p, &p->volume[0], p->target, true, err);
    }
    if (rc == HF_OK && path != NULL)
        *path = hf_strdup(p->target);
    hf_package_close(p);
    return rc;
}
