/* vault/copy.c: a copy of a vault that is in use, verified.
 *
 * Snapshots of the databases are fixed first, attachments copied next (they are never changed, only
 * added), the databases through SQLite's backup last. A new copy grows in PATH.partial; attachments
 * that are there already are not copied again. An earlier copy is brought up to date in place: each
 * database in one transaction.
 */
#include "util/fault.h"
#include "util/stop.h"
#include "vault/vault_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COPY_BYTES = 1 << 20 };

/* --- attachments --------------------------------------------------------------------------------
 */

/* By hand, where the kernel cannot copy between two file systems by itself. */
static hf_status copy_by_hand(int from, int to, const char *path, hf_err **err)
{
    char *chunk = hf_alloc(COPY_BYTES);
    ssize_t n, done = 0, wrote;
    hf_status rc = HF_OK;

    while (rc == HF_OK && (n = read(from, chunk, COPY_BYTES)) != 0) {
        if (n < 0 && errno != EINTR)
            rc = hf_vault_fail_at(path, "cannot read an attachment", err);
        for (done = 0; rc == HF_OK && done < n; done += wrote) {
            wrote = write(to, chunk + done, (size_t)(n - done));
            if (wrote < 0 && errno != EINTR)
                rc = hf_vault_fail_at(path, "cannot copy an attachment", err);
            if (wrote < 0)
                wrote = 0;
        }
    }
    hf_free(chunk);
    return rc;
}

static hf_status copy_bytes(int from, int to, const char *path, hf_err **err)
{
    ssize_t n;

    while ((n = copy_file_range(from, NULL, to, NULL, COPY_BYTES, 0)) != 0) {
        if (n < 0 && (errno == EXDEV || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP))
            return copy_by_hand(from, to, path, err);
        if (n < 0 && errno != EINTR)
            return hf_vault_fail_at(path, "cannot copy an attachment", err);
    }
    return HF_OK;
}

/* Written under another name first: what has the name is whole. */
static hf_status copy_file(const char *from, const char *to, hf_err **err)
{
    char *temp = hf_sprintf("%s.partial", to);
    int in = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), out = -1;
    hf_status rc = HF_OK;

    if (in < 0)
        rc = hf_vault_fail_at(from, "cannot open an attachment", err);
    if (rc == HF_OK) {
        out = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
        rc = out < 0 ? hf_vault_fail_at(temp, "cannot create an attachment", err)
                     : copy_bytes(in, out, from, err);
    }
    if (rc == HF_OK && (fdatasync(out) != 0 || rename(temp, to) != 0))
        rc = hf_vault_fail_at(to, "cannot write an attachment", err);
    if (in >= 0)
        close(in);
    if (out >= 0)
        close(out);
    hf_free(temp);
    return rc;
}

static hf_status copy_blob(const hf_vault *v, const char *to, const hf_sha256 *digest, int64_t size,
                           hf_err **err)
{
    char *source = hf_blob_path(v->path, digest), *target = hf_blob_path(to, digest);
    char *folder = hf_sprintf("%.*s", (int)(strlen(target) - 63), target);
    struct stat st;
    hf_status rc = HF_OK;

    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        rc = hf_vault_fail_at(folder, "cannot create a folder for attachments", err);
    else if (stat(target, &st) != 0 || st.st_size != size)
        rc = copy_file(source, target, err);
    hf_free(source);
    hf_free(target);
    hf_free(folder);
    hf_fault("copy");
    return rc;
}

static hf_status copy_blobs(hf_vault *v, const char *to, hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc = hf_db_prepare(
        v->records, "SELECT DISTINCT sha256, size FROM content WHERE kind = 1", &st, err);

    while (rc == HF_OK && (rc = hf_stop_check(err)) == HF_OK &&
           (rc = hf_stmt_step(st, err)) == HF_OK) {
        hf_view d = hf_stmt_col_blob(st, 0);
        hf_sha256 digest = { { 0 } };

        if (d.n == sizeof(digest.b))
            memcpy(digest.b, d.p, d.n);
        rc = copy_blob(v, to, &digest, hf_stmt_col_i64(st, 1), err);
    }
    hf_stmt_free(st);
    return rc == HF_END ? HF_OK : rc;
}

/* --- databases ----------------------------------------------------------------------------------
 */

static hf_status copy_db(hf_db *from, const char *to, const char *name, const char *after,
                         hf_err **err)
{
    char *path = hf_vault_file(to, name);
    hf_db *db = NULL;
    hf_status rc = hf_db_open(&db, path, HF_DB_CREATE, err);

    if (rc == HF_OK)
        rc = hf_vault_backup(from, db, err);
    if (rc == HF_OK && after != NULL)
        rc = hf_db_exec(db, after, err);
    hf_db_close(db);
    if (rc == HF_OK)
        rc = hf_vault_sync(path, err);
    hf_free(path);
    hf_fault("copy");
    return rc;
}

/* control.sqlite comes last: its presence says that the copy is whole. */
static hf_status copy_all(hf_vault *v, const char *to, hf_err **err)
{
    hf_status rc = copy_blobs(v, to, err);

    if (rc == HF_OK && v->index != NULL)
        rc = copy_db(v->index, to, "index.sqlite", NULL, err);
    if (rc == HF_OK)
        rc = copy_db(v->records, to, "records.sqlite", NULL, err);
    if (rc == HF_OK) /* who writes there, writes there and not here */
        rc =
            copy_db(v->control, to, "control.sqlite", "DELETE FROM lease; DELETE FROM intent", err);
    return rc;
}

/* --- the copy as a whole ------------------------------------------------------------------------
 */

static hf_status verify_copy(const char *path, unsigned flags, hf_err **err)
{
    uint64_t findings = 0;
    hf_vault *copy = NULL;
    hf_status rc = hf_vault_open(&copy, path, HF_VAULT_READ, flags, err);

    if (rc == HF_OK)
        rc = hf_vault_verify(copy, NULL, NULL, &findings, err);
    hf_vault_close(copy);
    if (rc != HF_OK || findings == 0)
        return rc;
    hf_fail(err, HF_E_VERIFY, "the copy has %llu findings", (unsigned long long)findings);
    hf_hint(err, "run 'holdfast verify' on both vaults");
    return hf_err_at(err, path, (hf_view){ NULL, 0 }, HF_NO_OFFSET);
}

/* Is path an earlier copy (*is_copy), free for a new one, or something else (an error)? */
static hf_status look(const hf_vault *v, const char *path, unsigned flags, bool *is_copy,
                      hf_err **err)
{
    hf_vault *there = NULL;
    hf_status rc = HF_OK;

    *is_copy = false;
    if (access(path, F_OK) != 0)
        return HF_OK;
    if (hf_vault_is(path))
        rc = hf_vault_open(&there, path, HF_VAULT_WRITE, flags, err);
    *is_copy = there != NULL && strcmp(hf_vault_id(there), v->id) == 0;
    hf_vault_close(there);
    if (rc != HF_OK || *is_copy)
        return rc;
    hf_fail(err, HF_E_EXISTS, "there is something that is no copy of this vault");
    return hf_err_at(err, path, (hf_view){ NULL, 0 }, HF_NO_OFFSET);
}

static hf_status make_folder(const char *path, hf_err **err)
{
    char *blobs = hf_vault_file(path, "blobs");
    hf_status rc = HF_OK;

    if ((mkdir(path, 0700) != 0 && errno != EEXIST) || (mkdir(blobs, 0700) != 0 && errno != EEXIST))
        rc = hf_vault_fail_at(path, "cannot create the copy", err);
    hf_free(blobs);
    return rc;
}

static hf_status copy_new(hf_vault *v, const char *path, unsigned flags, hf_err **err)
{
    char *partial = hf_sprintf("%s.partial", path), *name = hf_vault_file(partial, "README.txt");
    char *readme = hf_vault_file(v->path, "README.txt");
    hf_status rc = make_folder(partial, err);

    if (rc == HF_OK)
        rc = hf_vault_check_fs(partial, flags, err);
    if (rc == HF_OK)
        rc = copy_file(readme, name, err);
    if (rc == HF_OK)
        rc = copy_all(v, partial, err);
    if (rc == HF_OK)
        rc = verify_copy(partial, flags, err);
    if (rc == HF_OK && rename(partial, path) != 0)
        rc = hf_vault_fail_at(path, "cannot name the copy", err);
    hf_free(readme);
    hf_free(name);
    hf_free(partial);
    return rc;
}

static hf_status update(hf_vault *v, const char *path, unsigned flags, hf_err **err)
{
    hf_status rc = make_folder(path, err);

    if (rc == HF_OK)
        rc = copy_all(v, path, err);
    return rc == HF_OK ? verify_copy(path, flags, err) : rc;
}

/* Fix control, and records and index, with no import finished in between: then the log that is
 * copied says of every import that is copied that it began, and has the end of no other. */
static hf_status hold_all(hf_vault *v, hf_err **err)
{
    int64_t before = 0, held = -1;
    hf_status rc = HF_OK;

    while (rc == HF_OK && before != held) {
        hf_db_rollback(v->control);
        rc = hf_vault_meta_i64(v->records, "import", &before, err);
        if (rc == HF_OK)
            rc = hf_db_begin_read(v->control, err);
        hf_fault("copy.control");
        if (rc == HF_OK)
            rc = hf_vault_hold(v, &held, err);
        if (rc == HF_OK && before != held)
            hf_vault_let_go(v);
    }
    if (rc != HF_OK)
        hf_db_rollback(v->control);
    return rc;
}

hf_status hf_vault_copy(hf_vault *v, const char *path, unsigned flags, hf_err **err)
{
    bool is_copy = false;
    hf_status rc = look(v, path, flags, &is_copy, err);

    if (rc == HF_OK)
        rc = hold_all(v, err);
    if (rc != HF_OK)
        return rc;
    rc = is_copy ? update(v, path, flags, err) : copy_new(v, path, flags, err);
    hf_vault_let_go(v);
    hf_db_rollback(v->control);
    return rc;
}
