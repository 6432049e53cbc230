/* vault/vault.c: opening and closing a vault. */
#include "db/fts.h"
#include "util/schema.h"
#include "vault/vault_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const hf_view none = { NULL, 0 };

enum { TRIES = 50 }; /* 20 ms apart */

char *hf_vault_file(const char *vault, const char *name)
{
    return hf_sprintf("%s/%s", vault, name);
}

hf_status hf_vault_fail_at(const char *path, const char *what, hf_err **err)
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
        rc = hf_vault_fail_at(path, "cannot write to the disk", err);
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

char *hf_vault_around(const char *path)
{
    char *copy = hf_strdup(path), *real = realpath(path, NULL), *slash, *found = NULL;

    /* The deepest folder that is there decides; what is above it cannot be changed by links. */
    while (real == NULL && (slash = strrchr(copy, '/')) != NULL) {
        *slash = '\0';
        real = realpath(slash == copy ? "/" : copy, NULL);
    }
    if (real == NULL)
        real = realpath(".", NULL);
    while (real != NULL && found == NULL && (slash = strrchr(real, '/')) != NULL) {
        if (hf_vault_is(real))
            found = hf_strdup(real);
        *slash = '\0';
    }
    hf_free(real);
    hf_free(copy);
    return found;
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
    v->holds = 0;
}

hf_status hf_vault_connect(hf_vault *v, hf_err **err)
{
    hf_status rc = open_db(v, "records.sqlite", false, &v->records, err);

    if (rc == HF_OK)
        rc = check_meta(v->records, v->id, err);
    if (rc == HF_OK)
        rc = hf_vault_is_old(v->records, &v->is_old, err);
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

static hf_status refuse_old(hf_err **err)
{
    hf_fail(err, HF_E_UNSUPPORTED, "the vault was made by an earlier holdfast");
    return hf_hint(err, "an import brings it up, and so does 'holdfast vault reindex'");
}

static void roll_back(hf_vault *v)
{
    hf_db_rollback(v->records);
    if (v->index != NULL)
        hf_db_rollback(v->index);
}

/* One snapshot of each, and as of which import they are. */
static hf_status snap(hf_vault *v, int64_t *records, int64_t *index, hf_err **err)
{
    hf_status rc = hf_db_begin_read(v->records, err);

    if (rc == HF_OK)
        rc = hf_vault_meta_i64(v->records, "import", records, err);
    *index = *records;
    if (rc == HF_OK && v->index != NULL)
        rc = hf_db_begin_read(v->index, err);
    if (rc == HF_OK && v->index != NULL)
        rc = hf_vault_meta_i64(v->index, "import", index, err);
    return rc;
}

hf_status hf_vault_hold(hf_vault *v, int64_t *import, hf_err **err)
{
    int64_t records = 0, index = 0;
    hf_status rc = HF_OK;

    if (v->is_old)
        return refuse_old(err);
    if (v->holds > 0)
        rc = hf_vault_meta_i64(v->records, "import", &records, err);
    else
        rc = snap(v, &records, &index, err);
    /* Between the two commits of an import they differ for a moment; a first import gives new files
     * their names, and what was opened before shows an empty vault. An index that stays behind is
     * brought up when the vault is opened for writing next. */
    for (int i = 0; i < TRIES && rc == HF_OK && v->holds == 0 &&
                    (records != index || (records == 0 && i == 0));
         i++) {
        if (records != index)
            usleep(20000);
        hf_vault_disconnect(v);
        rc = hf_vault_connect(v, err);
        if (rc == HF_OK)
            rc = snap(v, &records, &index, err);
    }
    if (rc == HF_OK)
        v->holds++;
    else if (v->holds == 0 && v->records != NULL)
        roll_back(v);
    if (rc == HF_OK && import != NULL)
        *import = records;
    return rc;
}

void hf_vault_let_go(hf_vault *v)
{
    if (--v->holds == 0)
        roll_back(v);
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
    if (rc != HF_OK || (flags & HF_VAULT_CONTROL_ONLY) != 0)
        return rc;
    if (v->mode == HF_VAULT_WRITE)
        rc = hf_lease_take(&v->lease, v->path, v->control, err);
    if (rc == HF_OK && v->mode == HF_VAULT_WRITE)
        rc = hf_vault_recover(v, err);
    if (rc == HF_OK)
        rc = hf_vault_connect(v, err);
    if (rc != HF_OK || !v->is_old || v->mode == HF_VAULT_CONTROL)
        return rc;
    if (v->mode == HF_VAULT_READ)
        return refuse_old(err);
    hf_vault_disconnect(v);
    rc = hf_vault_upgrade(v, err);
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

hf_vault_mode hf_vault_get_mode(const hf_vault *v)
{
    return v->mode;
}

hf_db *hf_vault_control(hf_vault *v)
{
    return v->control;
}
