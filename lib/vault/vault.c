/* vault/vault.c: making, opening and describing a vault. */
#include "db/fts.h"
#include "text/token.h"
#include "util/schema.h"
#include "vault/vault_priv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

static const hf_view none = { NULL, 0 };

char *hf_vault_file(const char *vault, const char *name)
{
    return hf_sprintf("%s/%s", vault, name);
}

static hf_status fail_at(const char *path, const char *what, hf_err **err)
{
    hf_status rc = hf_fail_sys(err, "%s", what);

    hf_err_at(err, path, none, HF_NO_OFFSET);
    return rc;
}

hf_status hf_vault_sync(const char *path, hf_err **err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    hf_status rc = HF_OK;

    if (fd < 0 || fsync(fd) != 0)
        rc = fail_at(path, "cannot write to the disk", err);
    if (fd >= 0)
        close(fd);
    return rc;
}

/* --- meta --------------------------------------------------------------------------------------
 */

hf_status hf_vault_run_schema(hf_db *db, const char *name, hf_err **err)
{
    return hf_db_exec(db, hf_schema(name).p, err);
}

static hf_status meta_put(hf_db *db, const char *key, hf_view text, const int64_t *number,
                          hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc =
        hf_db_prepare(db, "INSERT OR REPLACE INTO meta(key, value) VALUES(?1, ?2)", &st, err);

    if (rc == HF_OK) {
        hf_stmt_bind_text(st, 1, hf_view_str(key));
        if (number != NULL)
            hf_stmt_bind_i64(st, 2, *number);
        else
            hf_stmt_bind_text(st, 2, text);
        rc = hf_stmt_run(st, err);
    }
    hf_stmt_free(st);
    return rc;
}

hf_status hf_vault_meta_set(hf_db *db, const char *key, hf_view value, hf_err **err)
{
    return meta_put(db, key, value, NULL, err);
}

hf_status hf_vault_meta_set_i64(hf_db *db, const char *key, int64_t value, hf_err **err)
{
    return meta_put(db, key, none, &value, err);
}

hf_status hf_vault_meta_text(hf_db *db, const char *key, char *out, size_t size, hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc = hf_db_prepare(db, "SELECT value FROM meta WHERE key = ?1", &st, err);

    out[0] = '\0';
    if (rc == HF_OK) {
        hf_stmt_bind_text(st, 1, hf_view_str(key));
        rc = hf_stmt_step(st, err);
    }
    if (rc == HF_OK) {
        hf_view v = hf_view_sub(hf_stmt_col_text(st, 0), 0, size - 1);

        if (v.n > 0)
            memcpy(out, v.p, v.n);
        out[v.n] = '\0';
    }
    hf_stmt_free(st);
    return rc == HF_END ? HF_OK : rc;
}

hf_status hf_vault_meta_i64(hf_db *db, const char *key, int64_t *out, hf_err **err)
{
    char text[32];
    hf_status rc = hf_vault_meta_text(db, key, text, sizeof(text), err);

    if (!hf_view_i64(hf_view_str(text), out))
        *out = 0;
    return rc;
}

/* --- making ------------------------------------------------------------------------------------
 */

static hf_status make(const char *path, const char *schema, const char *id, hf_db **out,
                      hf_err **err)
{
    hf_db *db = NULL;
    hf_status rc = hf_db_open(&db, path, HF_DB_NEW, err);

    if (rc == HF_OK)
        rc = hf_fts_register(db, err);
    if (rc == HF_OK)
        rc = hf_db_begin(db, err);
    if (rc == HF_OK)
        rc = hf_vault_run_schema(db, schema, err);
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
    return make(path, "vault/records.v1.sql", id, out, err);
}

hf_status hf_vault_make_index(const char *path, const char *id, hf_db **out, hf_err **err)
{
    hf_status rc = make(path, "vault/index.v1.sql", id, out, err);

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
        rc = fail_at(name, "cannot write the vault's README", err);
    if (fd >= 0)
        close(fd);
    hf_free(name);
    return rc;
}

static hf_status make_control(const char *path, const char *id, hf_err **err)
{
    hf_db *db = NULL;
    hf_status rc = make(path, "vault/control.v1.sql", id, &db, err);

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
        rc = fail_at(file[3], "cannot create a folder", err);
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
        rc = fail_at(path, "cannot create the vault", err);
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
        rc = fail_at(path, "cannot create the vault", err);
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

/* --- opening -----------------------------------------------------------------------------------
 */

static bool is_file(const char *folder, const char *name)
{
    char *path = hf_vault_file(folder, name);
    struct stat st;
    bool yes = stat(path, &st) == 0 && S_ISREG(st.st_mode);

    hf_free(path);
    return yes;
}

bool hf_vault_is(const char *path)
{
    return is_file(path, "records.sqlite") && is_file(path, "control.sqlite");
}

static hf_status open_db(const hf_vault *v, const char *name, bool may_write, hf_db **out,
                         hf_err **err)
{
    char *path = hf_vault_file(v->path, name);
    char *wal = hf_sprintf("%s-wal", path);
    hf_db_mode mode = may_write ? HF_DB_WRITE : HF_DB_READ;
    hf_status rc;

    /* Reading a WAL database needs to write beside it; on read-only media nobody else writes. */
    if (!may_write && access(v->path, W_OK) != 0 && access(wal, F_OK) != 0)
        mode = HF_DB_IMMUTABLE;
    rc = hf_db_open(out, path, mode, err);
    hf_free(wal);
    hf_free(path);
    return rc;
}

/* Schema and vault id of one of the files; id is filled when still empty. */
static hf_status check_meta(hf_db *db, char id[HF_UUID_SIZE], hf_err **err)
{
    int64_t schema = 0;
    char text[HF_UUID_SIZE];
    hf_status rc = hf_vault_meta_i64(db, "schema", &schema, err);

    if (rc != HF_OK)
        return rc;
    if (schema != VAULT_SCHEMA) {
        hf_fail(err, HF_E_UNSUPPORTED, "vault schema %lld, this program knows %d",
                (long long)schema, VAULT_SCHEMA);
        return hf_err_at(err, hf_db_path(db), none, HF_NO_OFFSET);
    }
    rc = hf_vault_meta_text(db, "vault", text, sizeof(text), err);
    if (rc != HF_OK)
        return rc;
    if (id[0] == '\0')
        memcpy(id, text, sizeof(text));
    if (strcmp(id, text) != 0) {
        hf_fail(err, HF_E_DAMAGED, "the file belongs to another vault");
        return hf_err_at(err, hf_db_path(db), none, HF_NO_OFFSET);
    }
    return HF_OK;
}

void hf_vault_disconnect(hf_vault *v)
{
    hf_bytes_free(v->bytes);
    v->bytes = NULL;
    hf_db_close(v->records);
    hf_db_close(v->index);
    v->records = v->index = NULL;
}

hf_status hf_vault_connect(hf_vault *v, hf_err **err)
{
    hf_status rc = open_db(v, "records.sqlite", false, &v->records, err);

    if (rc == HF_OK)
        rc = check_meta(v->records, v->id, err);
    /* The index may be deleted at any time. */
    if (rc == HF_OK && is_file(v->path, "index.sqlite")) {
        rc = open_db(v, "index.sqlite", false, &v->index, err);
        if (rc == HF_OK)
            rc = hf_fts_register(v->index, err);
        if (rc == HF_OK)
            rc = check_meta(v->index, v->id, err);
    }
    return rc;
}

static hf_status open_parts(hf_vault *v, unsigned flags, hf_err **err)
{
    hf_status rc = hf_vault_check_fs(v->path, flags, err);

    if (rc == HF_OK)
        rc = open_db(v, "control.sqlite", v->mode != HF_VAULT_READ, &v->control, err);
    if (rc == HF_OK && v->mode != HF_VAULT_READ)
        rc = hf_db_exec(v->control, "PRAGMA synchronous = FULL", err);
    if (rc == HF_OK)
        rc = check_meta(v->control, v->id, err);
    if (rc == HF_OK && v->mode == HF_VAULT_WRITE)
        rc = hf_lease_take(&v->lease, v->path, v->control, err);
    if (rc == HF_OK && v->mode == HF_VAULT_WRITE)
        rc = hf_vault_recover(v, err);
    return rc == HF_OK ? hf_vault_connect(v, err) : rc;
}

hf_status hf_vault_open(hf_vault **out, const char *path, hf_vault_mode mode, unsigned flags,
                        hf_err **err)
{
    hf_vault *v;
    hf_status rc;

    *out = NULL;
    if (access(path, F_OK) != 0 && errno == ENOENT) {
        hf_fail(err, HF_E_USAGE, "there is no vault at that place");
        hf_hint(err, "make one with 'holdfast vault init'");
        return hf_err_at(err, path, none, HF_NO_OFFSET);
    }
    if (!hf_vault_is(path)) {
        hf_fail(err, HF_E_UNSUPPORTED, "not a vault: no records.sqlite and control.sqlite in it");
        hf_hint(err, "make one with 'holdfast vault init'");
        return hf_err_at(err, path, none, HF_NO_OFFSET);
    }
    v = HF_NEW(hf_vault);
    v->path = hf_strdup(path);
    v->mode = mode;
    rc = open_parts(v, flags, err);
    if (rc != HF_OK) {
        hf_vault_close(v);
        return rc;
    }
    *out = v;
    return HF_OK;
}

/* Readers cannot take away the side files of WAL mode: a writer that leaves does. */
static void tidy(const hf_vault *v)
{
    static const char *const names[] = { "records.sqlite", "index.sqlite" };

    for (size_t i = 0; i < 2; i++) {
        hf_db *db = NULL;

        if (is_file(v->path, names[i]) && open_db(v, names[i], true, &db, NULL) == HF_OK)
            hf_db_close(db);
    }
}

void hf_vault_close(hf_vault *v)
{
    if (v == NULL)
        return;
    hf_vault_disconnect(v);
    if (v->lease != NULL)
        tidy(v);
    hf_lease_drop(v->lease, v->control);
    hf_db_close(v->control);
    hf_free(v->path);
    hf_free(v);
}

const char *hf_vault_path(const hf_vault *v)
{
    return v->path;
}

const char *hf_vault_id(const hf_vault *v)
{
    return v->id;
}

hf_db *hf_vault_control(hf_vault *v)
{
    return v->control;
}
