/* audit/heads.c: the last head of each log, outside the vaults.
 *
 * A file a log, $XDG_STATE_HOME/holdfast/heads/VAULT-ID: the text of a checkpoint, with the path of
 * the vault as an extension line, so that reading a copy does not count for the vault. Replaced by
 * rename, under a lock, so that of two runs the longer log stays. Not synced: after a power failure
 * an older head stands there, which is true as well.
 */
#include "audit/log_priv.h"
#include "util/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_HEAD = 8192 };

static char *folder_of_heads(void)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

    if (state != NULL && state[0] == '/')
        return hf_sprintf("%s/holdfast/heads", state);
    if (home != NULL && home[0] == '/')
        return hf_sprintf("%s/.local/state/holdfast/heads", home);
    return NULL;
}

/* The part of an origin behind its slash is the vault's id. */
static char *path_of(const char *origin)
{
    const char *slash = strrchr(origin, '/');
    char *folder = folder_of_heads(), *path = NULL;

    if (folder != NULL)
        path = hf_sprintf("%s/%s", folder, slash == NULL ? origin : slash + 1);
    hf_free(folder);
    return path;
}

static const hf_view place_key = { "place ", 6 };

static char *place_of(hf_view more)
{
    if (!hf_view_starts(more, place_key) || more.n < place_key.n + 1)
        return NULL;
    return hf_view_dup(hf_view_sub(more, place_key.n, hf_view_find_byte(more, '\n') - place_key.n));
}

static hf_status load(const char *path, const char *origin, hf_log_head *out, char **place,
                      hf_err **err)
{
    hf_checkpoint c;
    hf_status rc;
    hf_buf text;

    if (access(path, F_OK) != 0)
        return HF_END;
    hf_buf_init(&text, MAX_HEAD);
    rc = hf_file_read(path, MAX_HEAD, &text, err);
    if (rc == HF_OK && text.n == 0)
        rc = HF_END; /* named, but its bytes were lost with the power */
    if (rc == HF_OK)
        rc = hf_checkpoint_parse(hf_buf_view(&text), &c, err);
    if (rc == HF_OK && !hf_view_is(c.origin, origin))
        rc = hf_fail(err, HF_E_DAMAGED, "the head kept for this log is of another one");
    if (rc == HF_OK)
        *out = (hf_log_head){ c.size, c.root };
    if (rc == HF_OK && place != NULL)
        *place = place_of(c.more);
    if (rc < 0)
        hf_err_at(err, path, (hf_view){ NULL, 0 }, HF_NO_OFFSET);
    hf_buf_clear(&text);
    return rc;
}

hf_status hf_head_load(const char *origin, hf_log_head *out, char **place, hf_err **err)
{
    char *path = path_of(origin);
    hf_status rc = path == NULL ? HF_END : load(path, origin, out, place, err);

    hf_free(path);
    return rc;
}

static bool make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        bool ok;

        *slash = '\0';
        ok = mkdir(path, 0700) == 0 || errno == EEXIST;
        *slash = '/';
        if (!ok)
            return false;
    }
    return true;
}

static hf_status replace(const char *path, const char *origin, const hf_log_head *head,
                         const char *place, hf_err **err)
{
    const hf_checkpoint c = { .origin = hf_view_str(origin),
                              .size = head->size,
                              .root = head->root };
    char *temp = hf_sprintf("%s.new", path);
    int fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    hf_status rc = HF_OK;
    hf_buf text;

    hf_buf_init(&text, MAX_HEAD);
    hf_checkpoint_put(&text, &c);
    if (place != NULL && strchr(place, '\n') == NULL) {
        hf_buf_add(&text, place_key);
        hf_buf_printf(&text, "%s\n", place);
    }
    if (fd < 0 || write(fd, text.p, text.n) != (ssize_t)text.n)
        rc = hf_fail_sys(err, "cannot keep the log's head");
    if (fd >= 0 && close(fd) != 0 && rc == HF_OK)
        rc = hf_fail_sys(err, "cannot keep the log's head");
    if (rc == HF_OK && rename(temp, path) != 0)
        rc = hf_fail_sys(err, "cannot keep the log's head");
    hf_buf_clear(&text);
    hf_free(temp);
    return rc;
}

static hf_status keep(char *path, const char *origin, const hf_log_head *head, const char *place,
                      bool is_forced, hf_err **err)
{
    char *lock = hf_sprintf("%s.lock", path);
    int fd = -1;
    hf_log_head there;
    hf_status rc = HF_OK;

    if (make_folders(path))
        fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 || flock(fd, LOCK_EX) != 0)
        rc = hf_fail_sys(err, "cannot keep the log's head");
    if (rc == HF_OK &&
        (is_forced || load(path, origin, &there, NULL, NULL) != HF_OK || there.size < head->size))
        rc = replace(path, origin, head, place, err);
    if (rc != HF_OK)
        hf_err_at(err, path, (hf_view){ NULL, 0 }, HF_NO_OFFSET);
    if (fd >= 0)
        close(fd);
    hf_free(lock);
    return rc;
}

bool hf_head_is_elsewhere(const hf_log *log, const char *place)
{
    return place != NULL && log->place != NULL && strcmp(place, log->place) != 0 &&
           hf_vault_is(place);
}

hf_status hf_head_keep(const char *origin, const hf_log_head *head, const char *place,
                       bool is_forced, hf_err **err)
{
    char *path = path_of(origin);
    hf_status rc;

    if (path == NULL)
        return hf_fail(err, HF_E_USAGE,
                       "neither XDG_STATE_HOME nor HOME says where the log's "
                       "head is to be kept");
    rc = keep(path, origin, head, place, is_forced, err);
    hf_free(path);
    return rc;
}

void hf_log_forget(const char *vault_id)
{
    char *path = path_of(vault_id), *lock;

    if (path == NULL)
        return;
    lock = hf_sprintf("%s.lock", path);
    unlink(path);
    unlink(lock);
    hf_free(lock);
    hf_free(path);
}
