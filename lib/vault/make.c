/* vault/make.c: an empty vault, made beside its place. */
#include "db/fts.h"
#include "text/token.h"
#include "util/schema.h"
#include "vault/vault_priv.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

static const hf_view none = { NULL, 0 };

/* A new database with the tables of these schemas (ended by NULL), in one transaction. */
static hf_status make(const char *path, const char *const *schema, const char *id, hf_db **out,
                      hf_err **err)
{
    hf_db *db = NULL;
    hf_status rc = hf_db_open(&db, path, HF_DB_NEW, err);

    if (rc == HF_OK)
        rc = hf_fts_register(db, err);
    if (rc == HF_OK)
        rc = hf_db_begin(db, err);
    for (; rc == HF_OK && *schema != NULL; schema++)
        rc = hf_vault_run_schema(db, *schema, err);
    if (rc == HF_OK)
        rc = hf_vault_meta_set(db, "vault", hf_view_str(id), err);
    if (rc == HF_OK)
        rc = hf_vault_meta_set_i64(db, "schema", VAULT_SCHEMA, err);
    if (rc == HF_OK)
        rc = hf_db_commit(db, err);
    if (rc != HF_OK) {
        hf_db_close(db);
        return rc;
    }
    *out = db;
    return HF_OK;
}

hf_status hf_vault_make_records(const char *path, const char *id, hf_db **out, hf_err **err)
{
    static const char *const schemas[] = { "vault/records.v1.sql", "vault/records_coverage.v1.sql",
                                           NULL };

    return make(path, schemas, id, out, err);
}

hf_status hf_vault_make_index(const char *path, const char *id, hf_db **out, hf_err **err)
{
    static const char *const schemas[] = { "vault/index.v1.sql", NULL };
    hf_status rc = make(path, schemas, id, out, err);

    if (rc == HF_OK)
        rc = hf_vault_meta_set(*out, "tokenizer", hf_view_str(hf_tokenizer_id()), err);
    return rc;
}

static hf_status write_readme(const char *path, hf_err **err)
{
    char *name = hf_vault_file(path, "README.txt");
    hf_view text = hf_schema("vault/README.txt");
    int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    hf_status rc = HF_OK;

    if (fd < 0 || write(fd, text.p, text.n) != (ssize_t)text.n || fsync(fd) != 0)
        rc = hf_vault_fail_at(name, "cannot write the vault's README", err);
    if (fd >= 0)
        close(fd);
    hf_free(name);
    return rc;
}

static hf_status make_control(const char *path, const char *id, hf_err **err)
{
    static const char *const schemas[] = { "vault/control.v1.sql", "vault/control_run.v1.sql",
                                           "vault/control_audit.v1.sql", NULL };
    hf_db *db = NULL;
    hf_status rc = make(path, schemas, id, &db, err);

    if (rc == HF_OK)
        rc = hf_db_exec(db, "PRAGMA journal_mode = WAL", err);
    hf_db_close(db);
    return rc;
}

/* Run one of the makers with its secondary indexes, and close the database. */
static hf_status make_whole(const char *path, const char *id, bool is_records, hf_err **err)
{
    hf_db *db = NULL;
    hf_status rc = is_records ? hf_vault_make_records(path, id, &db, err)
                              : hf_vault_make_index(path, id, &db, err);

    if (rc == HF_OK)
        rc = hf_vault_run_schema(
            db, is_records ? "vault/records_indexes.v1.sql" : "vault/index_indexes.v1.sql", err);
    hf_db_close(db);
    return rc;
}

static bool is_empty_folder(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *e;
    int n = 0;

    if (dir == NULL)
        return false;
    while ((e = readdir(dir)) != NULL)
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(dir);
    return n == 0;
}

/* statfs(2) magic numbers of file systems whose locks or renames cannot be relied on. */
static bool is_network(const char *path)
{
    static const unsigned long magic[] = {
        0x6969,     /* NFS */
        0x517b,     /* SMB */
        0xff534d42, /* CIFS */
        0xfe534d42, /* SMB2 */
        0x65735546, /* FUSE: sshfs, s3fs ... */
        0x01021997, /* 9P */
        0x5346414f, /* AFS */
        0x00c36400, /* Ceph */
        0x19830326, /* FhGFS */
        0x0bd00bd0, /* Lustre */
    };
    struct statfs fs;

    if (statfs(path, &fs) != 0)
        return false;
    for (size_t i = 0; i < sizeof(magic) / sizeof(magic[0]); i++)
        if ((unsigned long)fs.f_type == magic[i])
            return true;
    return false;
}

hf_status hf_vault_check_fs(const char *path, unsigned flags, hf_err **err)
{
    if ((flags & HF_VAULT_NETWORK_FS) != 0 || !is_network(path))
        return HF_OK;
    hf_fail(err, HF_E_UNSUPPORTED, "a vault on a network file system is refused");
    hf_hint(err, "its locks may not hold; use a local disk, or --allow-network-fs when one machine "
                 "alone opens it");
    return hf_err_at(err, path, none, HF_NO_OFFSET);
}

/* Fill the new folder path. */
static hf_status furnish(const char *path, hf_err **err)
{
    char *file[] = { hf_vault_file(path, "records.sqlite"), hf_vault_file(path, "index.sqlite"),
                     hf_vault_file(path, "control.sqlite"), hf_vault_file(path, "blobs") };
    char id[HF_UUID_SIZE];
    hf_status rc = HF_OK;

    hf_uuid7(id);
    if (mkdir(file[3], 0700) != 0)
        rc = hf_vault_fail_at(file[3], "cannot create a folder", err);
    if (rc == HF_OK)
        rc = write_readme(path, err);
    if (rc == HF_OK)
        rc = make_whole(file[0], id, true, err);
    if (rc == HF_OK)
        rc = make_whole(file[1], id, false, err);
    if (rc == HF_OK)
        rc = make_control(file[2], id, err);
    if (rc == HF_OK)
        rc = hf_vault_sync(path, err);
    for (size_t i = 0; i < sizeof(file) / sizeof(file[0]); i++)
        hf_free(file[i]);
    return rc;
}

/* Every file of a vault has its fixed name: nothing else is removed. */
void hf_vault_unmake(const char *path)
{
    static const char *const names[] = { "records.sqlite", "index.sqlite", "control.sqlite" };
    static const char *const ends[] = { "", "-wal", "-shm", "-journal" };
    char *blobs = hf_vault_file(path, "blobs"), *readme = hf_vault_file(path, "README.txt");
    DIR *dir = opendir(blobs);
    struct dirent *e;

    while (dir != NULL && (e = readdir(dir)) != NULL)
        if (strlen(e->d_name) == 2 && e->d_name[0] != '.')
            unlinkat(dirfd(dir), e->d_name, AT_REMOVEDIR); /* swept when the import was undone */
    if (dir != NULL)
        closedir(dir);
    rmdir(blobs);
    unlink(readme);
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 4; k++) {
            char *file = hf_sprintf("%s/%s%s", path, names[i], ends[k]);

            unlink(file);
            hf_free(file);
        }
    rmdir(path);
    hf_free(readme);
    hf_free(blobs);
}

static hf_status rename_new(const char *from, const char *path, hf_err **err)
{
    char *folder = hf_strdup(path), *slash = strrchr(folder, '/');
    hf_status rc = HF_OK;

    if (rename(from, path) != 0)
        rc = hf_vault_fail_at(path, "cannot create the vault", err);
    if (slash != NULL)
        slash[slash == folder ? 1 : 0] = '\0';
    if (rc == HF_OK)
        rc = hf_vault_sync(slash == NULL ? "." : folder, err);
    hf_free(folder);
    return rc;
}

/* Made beside its place and renamed: a run that dies leaves a vault or none. */
hf_status hf_vault_init(const char *path, unsigned flags, hf_err **err)
{
    hf_view name = hf_view_str(path);
    char *final, *partial;
    hf_status rc = HF_OK;

    while (name.n > 1 && name.p[name.n - 1] == '/')
        name.n--;
    final = hf_view_dup(name);
    partial = hf_sprintf("%s.partial", final);
    if (access(final, F_OK) == 0 && !is_empty_folder(final)) {
        hf_fail(err, HF_E_EXISTS, "there is something at that place already");
        rc = hf_err_at(err, path, none, HF_NO_OFFSET);
    }
    if (rc == HF_OK)
        hf_vault_unmake(partial);
    if (rc == HF_OK && mkdir(partial, 0700) != 0)
        rc = hf_vault_fail_at(path, "cannot create the vault", err);
    else if (rc == HF_OK)
        rc = hf_vault_check_fs(partial, flags, err);
    if (rc == HF_OK)
        rc = furnish(partial, err);
    if (rc == HF_OK)
        rc = rename_new(partial, final, err);
    if (rc != HF_OK)
        hf_vault_unmake(partial);
    hf_free(partial);
    hf_free(final);
    return rc;
}
