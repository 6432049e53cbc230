/* package/package.c: see package.h: opening, the payload, closing. */
#include "package/package_priv.h"

#include "util/fault.h"

/* --- opening ------------------------------------------------------------------------------------
 */

static const struct {
    const char *suffix;
    hf_sink_kind kind;
} suffixes[] = { { ".zip", HF_SINK_ZIP }, { ".tar.zst", HF_SINK_TAR_ZST } };

/* Take path apart: what is published, the name without suffix, and the kind of bag. */
static hf_status name_target(hf_package *p, hf_err **err)
{
    hf_view path = hf_view_str(p->args.path), base;
    size_t slash;

    while (path.n > 1 && path.p[path.n - 1] == '/')
        path.n--;
    base = path;
    p->suffix = "";
    p->kind = HF_SINK_FOLDER;
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
        if (hf_view_ends(path, hf_view_str(suffixes[i].suffix))) {
            p->suffix = suffixes[i].suffix;
            p->kind = suffixes[i].kind;
            base.n -= strlen(p->suffix);
        }
    p->is_many = p->args.recipients != NULL || p->args.split_bytes > 0;
    if (p->is_many && p->suffix[0] == '\0') { /* a volume is one file */
        p->suffix = ".zip";
        p->kind = HF_SINK_ZIP;
    }
    p->target = hf_view_dup(p->is_many ? base : path);
    slash = hf_view_find_last(base, '/');
    p->base = hf_view_dup(slash == HF_NPOS ? base : hf_view_from(base, slash + 1));
    if (p->base[0] != '\0' && strcmp(p->base, ".") != 0 && strcmp(p->base, "..") != 0)
        return HF_OK;
    hf_fail(err, HF_E_USAGE, "\"%s\" does not name a package", p->args.path);
    return hf_hint(err, "name a folder, or a file that ends in .zip or .tar.zst");
}

/* Say now that the target is there, not after hours. */
static hf_status check_target(const hf_package *p, hf_err **err)
{
    hf_sink *s = NULL;
    hf_status rc =
        hf_sink_open(&s, p->target, p->is_many ? HF_SINK_FOLDER : p->kind, p->args.overwrite, err);

    hf_sink_abort(s);
    return rc;
}

hf_status hf_package_open(hf_package **out, const hf_package_args *args, hf_err **err)
{
    hf_package *p = HF_NEW(hf_package);
    hf_status rc = HF_OK;

    p->args = *args;
    hf_buf_init(&p->receipt, HF_BUF_UNBOUNDED);
    if (args->recipients != NULL && args->split_bytes > 0) {
        hf_fail(err, HF_E_USAGE, "a package is encrypted or split, not both");
        rc = hf_hint(err, "encrypted packages are cut into volumes of at most 64 MiB anyway");
    }
    if (rc == HF_OK)
        rc = name_target(p, err);
    if (rc == HF_OK)
        rc = check_target(p, err);
    if (rc == HF_OK)
        rc = hf_work_open(&p->work, p->target, err);
    if (rc == HF_OK)
        rc = hf_work_folder(p->work, "data", err);
    if (rc == HF_OK)
        rc = hf_exception_list_new(&p->exceptions, err);
    if (rc != HF_OK) {
        hf_package_close(p);
        return rc;
    }
    p->data = hf_sprintf("%s/data", hf_work_path(p->work));
    *out = p;
    return HF_OK;
}

const char *hf_package_target(const hf_package *p)
{
    return p->target;
}

void hf_package_close(hf_package *p)
{
    if (p == NULL)
        return;
    for (size_t i = 0; i < p->nvolume; i++) {
        hf_bag_free(p->volume[i].bag);
        hf_free(p->volume[i].name);
        hf_buf_clear(&p->volume[i].manifest);
    }
    hf_free(p->volume);
    hf_source_close(p->payload);
    hf_exception_list_free(p->exceptions);
    hf_err_free(p->why);
    hf_work_close(p->work);
    hf_buf_clear(&p->receipt);
    hf_free(p->target);
    hf_free(p->base);
    hf_free(p->data);
    hf_free(p);
}

/* --- exceptions ---------------------------------------------------------------------------------
 */

hf_status hf_package_except(hf_package *p, const hf_exception *e, hf_err **err)
{
    return hf_exception_list_add(p->exceptions, e, err);
}

/* A callback cannot fail: the first failure is kept for later. */
static void note(hf_package *p, hf_status rc, hf_err *why)
{
    if (rc == HF_OK || p->failed != HF_OK) {
        hf_err_free(why);
        return;
    }
    p->failed = rc;
    p->why = why;
}

typedef struct adding {
    hf_package *p;
    const hf_copy_args *asked; /* with the caller's own callbacks */
    bool is_first;             /* the source is read anew for every format, and noted once */
} adding;

static void hear_unreadable(void *self, const hf_source *source, const hf_record *r)
{
    adding *a = self;
    hf_err *why = NULL;
    hf_exception e = { .what = "unreadable record",
                       .origin = r->origin,
                       .channel = r->scope,
                       .id = r->id,
                       .offset = r->raw.member == HF_NO_MEMBER ? HF_NO_OFFSET : r->raw.offset,
                       .count = 1,
                       .why = hf_view_str(r->u.quarantine.reason) };

    if (source != NULL && r->raw.member < hf_source_count(source))
        e.member = hf_source_member(source, r->raw.member)->name;
    if (a->is_first)
        note(a->p, hf_exception_list_add(a->p->exceptions, &e, &why), why);
    if (a->is_first && a->asked->unreadable != NULL)
        a->asked->unreadable(a->asked->unreadable_self, source, r);
}

static void hear_kept(void *self, const hf_record *r)
{
    adding *a = self;
    hf_err *why = NULL;

    if (a->is_first)
        note(a->p, hf_exception_list_see(a->p->exceptions, r, &why), why);
    if (a->is_first && a->asked->kept != NULL)
        a->asked->kept(a->asked->kept_self, r);
}

static hf_status take_losses(hf_package *p, const hf_format *f, const hf_ledger *l, hf_err **err)
{
    const hf_ledger_row *row;
    size_t n = l == NULL ? 0 : hf_ledger_rows(l, &row);
    hf_status rc = HF_OK;

    /* A transcript is a view: that it leaves out most is no exception. */
    for (size_t i = 0; i < n && rc == HF_OK && !f->is_transcript; i++)
        if (row[i].state == HF_LOST || row[i].state == HF_RAW_ONLY) {
            hf_exception e = { .what = "lost value",
                               .format = hf_view_str(f->name),
                               .id = row[i].path,
                               .offset = HF_NO_OFFSET,
                               .count = row[i].count,
                               .why = hf_view_str(row[i].how != NULL
                                                      ? row[i].how
                                                      : "the format has no place for it") };

            rc = hf_exception_list_add(p->exceptions, &e, err);
        }
    return rc;
}

/* --- formats ------------------------------------------------------------------------------------
 */

hf_status hf_package_file(hf_package *p, const char *name, hf_view bytes, hf_err **err)
{
    char *path = hf_sprintf("%s/%s", p->data, name);
    hf_sink *s = NULL;
    hf_status rc = hf_sink_open(&s, path, HF_SINK_FILE, false, err);

    if (rc == HF_OK)
        rc = hf_sink_member(s, hf_view_str(name), err);
    if (rc == HF_OK)
        rc = hf_sink_write(s, bytes, err);
    if (rc == HF_OK)
        rc = hf_sink_commit(s, err);
    else
        hf_sink_abort(s);
    hf_free(path);
    return rc;
}

/* The report says nothing of where or when: equal payloads have equal reports. */
static hf_status add_report(hf_package *p, const hf_format *f, const hf_ledger *l, hf_err **err)
{
    char *json = hf_sprintf("%s/fidelity.json", f->name);
    char *html = hf_sprintf("%s/fidelity.html", f->name);
    char *title = hf_sprintf("Fidelity of data/%s", f->name);
    hf_buf text;
    hf_status rc = HF_OK;

    hf_buf_init(&text, HF_BUF_UNBOUNDED);
    if (l != NULL) {
        hf_ledger_json(l, &text);
        rc = hf_package_file(p, json, hf_buf_view(&text), err);
        hf_buf_reset(&text);
        hf_ledger_html(l, title, &text);
        if (rc == HF_OK)
            rc = hf_package_file(p, html, hf_buf_view(&text), err);
    }
    hf_buf_clear(&text);
    hf_free(json);
    hf_free(html);
    hf_free(title);
    return rc;
}

/* Count what anybody will read from the written file. */
static hf_status read_back(hf_package *p, const char *path, hf_package_format *f, hf_err **err)
{
    char *spec = hf_sprintf("%s:%s", f->format->name, path);
    hf_paths *paths = hf_paths_new();
    hf_reader_args args = { .paths = paths, .want = HF_WANT_RECORDS | HF_WANT_OPAQUE };
    hf_input in = { 0 };
    hf_reader *r = NULL;
    hf_status rc = hf_input_open(&in, spec, NULL, err);

    hf_counts_init(&f->back);
    if (rc == HF_OK)
        rc = hf_read_open(&r, &in, &args, false, err);
    while (rc == HF_OK) {
        hf_batch *b = hf_batch_new();

        rc = hf_reader_next(r, b, err);
        for (size_t i = 0; i < b->n; i++)
            hf_counts_add(&f->back, b->rec[i]);
        hf_batch_free(b);
        if (p->args.progress != NULL && r != NULL)
            p->args.progress(p->args.progress_self, "reading back", r->done, r->total);
    }
    hf_reader_close(r);
    hf_input_clear(&in);
    hf_paths_free(paths);
    hf_free(spec);
    f->has_back = rc == HF_END;
    return rc == HF_END
               ? HF_OK
               : hf_wrap(err, "what was written as %s cannot be read back", f->format->name);
}

/* What a lossless format gives back must be what it was given. */
static hf_status compare_counts(const hf_package_format *f, hf_err **err)
{
    const hf_counts *a = &f->written, *b = &f->back;

    if (!f->format->is_lossless ||
        (a->messages == b->messages && a->users == b->users && a->channels == b->channels &&
         a->private_channels == b->private_channels && a->dms == b->dms && a->groups == b->groups &&
         a->events == b->events && a->emoji == b->emoji && a->files == b->files &&
         a->reactions == b->reactions))
        return HF_OK;
    return hf_fail(
        err, HF_E_VERIFY,
        "%llu messages were written as %s and %llu are read back, or other counts differ",
        (unsigned long long)a->messages, f->format->name, (unsigned long long)b->messages);
}

static hf_status copy_format(hf_package *p, const hf_copy_args *args, hf_package_format *f,
                             const char *path, hf_err **err)
{
    adding a = { .p = p, .asked = args, .is_first = p->nformat == 0 };
    hf_copy_args own = *args;
    hf_copy_result r = { 0 };
    hf_status rc;

    own.target = f->format;
    own.target_path = path;
    own.with_sidecar = true;
    own.mask_sidecar = true;
    own.unreadable = hear_unreadable;
    own.unreadable_self = &a;
    own.kept = hear_kept;
    own.kept_self = &a;
    rc = hf_copy(&own, &r, err);
    if (rc == HF_OK && p->failed != HF_OK) {
        rc = p->failed;
        if (err != NULL && *err == NULL) {
            *err = p->why;
            p->why = NULL;
        }
    }
    f->read = r.read;
    f->written = r.counts;
    f->sidecar_bytes = r.sidecar_bytes;
    for (int s = 0; s < HF_STATE_COUNT && r.ledger != NULL && rc == HF_OK; s++)
        f->states[s] = hf_ledger_total(r.ledger, (hf_state)s);
    if (rc == HF_OK)
        rc = take_losses(p, f->format, r.ledger, err);
    if (rc == HF_OK)
        rc = add_report(p, f->format, r.ledger, err);
    hf_ledger_free(r.ledger);
    hf_paths_free(r.paths);
    return rc;
}

static hf_status check_format(const hf_package *p, const hf_format *format, hf_err **err)
{
    if (format->file == NULL)
        return hf_fail(err, HF_E_USAGE, "the format %s cannot stand in a package", format->name);
    if (p->nformat == HF_PACKAGE_FORMATS_MAX)
        return hf_fail(err, HF_E_USAGE, "a package holds at most %d formats",
                       HF_PACKAGE_FORMATS_MAX);
    for (size_t i = 0; i < p->nformat; i++)
        if (p->format[i].format == format)
            return hf_fail(err, HF_E_USAGE, "the format %s is asked for twice", format->name);
    return HF_OK;
}

hf_status hf_package_add(hf_package *p, const hf_copy_args *args, const hf_format *format,
                         hf_err **err)
{
    hf_package_format *f = &p->format[p->nformat];
    char *folder = hf_sprintf("data/%s", format->name);
    char *path = NULL;
    hf_status rc = check_format(p, format, err);

    if (rc == HF_OK) {
        *f = (hf_package_format){ .format = format };
        path = hf_sprintf("%s/%s/%s", p->data, format->name, format->file);
        rc = hf_work_folder(p->work, folder, err);
    }
    if (rc == HF_OK)
        rc = copy_format(p, args, f, path, err);
    hf_fault("package.copied");
    if (rc == HF_OK && format->open != NULL && !format->opens_path)
        rc = read_back(p, path, f, err);
    if (rc == HF_OK && f->has_back)
        rc = compare_counts(f, err);
    if (rc == HF_OK)
        p->nformat++;
    hf_free(path);
    hf_free(folder);
    return rc;
}

size_t hf_package_formats(const hf_package *p, const hf_package_format **out)
{
    *out = p->format;
    return p->nformat;
}
