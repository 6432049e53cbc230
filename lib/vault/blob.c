/* vault/blob.c: attachments as files, named by the SHA-256 of their bytes. */
#include "vault/vault_priv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct hf_blob {
    char *vault, *path; /* path: the temporary name */
    int fd;
};

static const char partial[] = "partial-";

char *hf_blob_path(const char *vault, const hf_sha256 *digest)
{
    char hex[65];

    hf_sha256_hex(digest, hex);
    return hf_sprintf("%s/blobs/%.2s/%s", vault, hex, hex + 2);
}

hf_status hf_blob_new(hf_blob **out, const char *vault, hf_err **err)
{
    static atomic_uint serial;
    hf_blob *b = HF_NEW(hf_blob);

    b->vault = hf_strdup(vault);
    b->path = hf_sprintf("%s/blobs/%s%ld-%u", vault, partial, (long)getpid(),
                         atomic_fetch_add(&serial, 1));
    b->fd = open(b->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (b->fd < 0) {
        hf_status rc = hf_vault_fail_at(b->path, "cannot create an attachment", err);

        hf_free(b->path);
        b->path = NULL;
        hf_blob_drop(b);
        return rc;
    }
    *out = b;
    return HF_OK;
}

hf_status hf_blob_write(hf_blob *b, hf_view bytes, hf_err **err)
{
    while (bytes.n > 0) {
        ssize_t n = write(b->fd, bytes.p, bytes.n);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return hf_vault_fail_at(b->path, "cannot write an attachment", err);
        bytes = hf_view_from(bytes, (size_t)n);
    }
    return HF_OK;
}

/* The caller syncs the file system once for all blobs of a transaction. */
hf_status hf_blob_keep(hf_blob *b, const hf_sha256 *digest, hf_err **err)
{
    char *path = hf_blob_path(b->vault, digest);
    char *folder = hf_sprintf("%.*s", (int)(strlen(path) - 63), path);
    hf_status rc = HF_OK;

    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        rc = hf_vault_fail_at(folder, "cannot create a folder for attachments", err);
    /* A file of that name can only be left over from an import that died: its bytes may not have
     * reached the disk, ours will. */
    else if (rename(b->path, path) != 0)
        rc = hf_vault_fail_at(path, "cannot name an attachment", err);
    if (rc == HF_OK) {
        hf_free(b->path);
        b->path = NULL;
    }
    hf_free(folder);
    hf_free(path);
    hf_blob_drop(b);
    return rc;
}

void hf_blob_drop(hf_blob *b)
{
    if (b == NULL)
        return;
    if (b->fd >= 0)
        close(b->fd);
    if (b->path != NULL)
        unlink(b->path);
    hf_free(b->path);
    hf_free(b->vault);
    hf_free(b);
}

/* --- after a crash ------------------------------------------------------------------------------
 */

/* Does a content name the blob folder/name? */
static hf_status is_named(hf_stmt *find, const char *folder, const char *name, bool *out,
                          hf_err **err)
{
    char *hex = hf_sprintf("%s%s", folder, name);
    hf_sha256 digest;
    hf_status rc = HF_OK;

    *out = true;
    if (hf_sha256_parse(hf_view_str(hex), &digest)) {
        hf_stmt_bind_blob(find, 1, (hf_view){ (const char *)digest.b, sizeof(digest.b) });
        rc = hf_stmt_step(find, err);
        *out = rc == HF_OK;
        hf_stmt_reset(find);
    }
    hf_free(hex);
    return rc < 0 ? rc : HF_OK;
}

/* Files that are not ours (no hex name) stay. */
static hf_status sweep_folder(const char *blobs, const char *name, hf_stmt *find, hf_err **err)
{
    char *path = hf_sprintf("%s/%s", blobs, name);
    DIR *dir = opendir(path);
    hf_status rc = HF_OK;

    while (dir != NULL && rc == HF_OK) {
        struct dirent *e = readdir(dir);
        bool named = true;

        if (e == NULL)
            break;
        rc = is_named(find, name, e->d_name, &named, err);
        if (rc == HF_OK && !named)
            unlinkat(dirfd(dir), e->d_name, 0);
    }
    if (dir != NULL)
        closedir(dir);
    hf_free(path);
    return rc;
}

hf_status hf_blob_sweep(const char *vault, hf_db *records, hf_err **err)
{
    char *blobs = hf_vault_file(vault, "blobs");
    hf_stmt *find = NULL;
    hf_status rc = hf_db_prepare(
        records, "SELECT 1 FROM content WHERE sha256 = ?1 AND kind = 1 LIMIT 1", &find, err);
    DIR *dir = opendir(blobs);

    while (dir != NULL && rc == HF_OK) {
        struct dirent *e = readdir(dir);

        if (e == NULL)
            break;
        if (strncmp(e->d_name, partial, sizeof(partial) - 1) == 0)
            unlinkat(dirfd(dir), e->d_name, 0);
        else if (strlen(e->d_name) == 2 && e->d_name[0] != '.')
            rc = sweep_folder(blobs, e->d_name, find, err);
    }
    if (dir != NULL)
        closedir(dir);
    hf_stmt_free(find);
    hf_free(blobs);
    return rc;
}
