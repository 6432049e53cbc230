/* tests/support/support.c: see support.h. */
#include "support.h"

#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void t_ok(hf_status rc, hf_err **err, const char *call, const char *file, int line)
{
    if (rc != HF_OK) {
        print_error("%s:%d: %s returned %s: %s\n", file, line, call, hf_status_word(rc),
                    *err == NULL ? "(no error object)" : (*err)->message);
        if (*err != NULL && (*err)->member != NULL)
            print_error("  member %s offset %llu\n", (*err)->member,
                        (unsigned long long)(*err)->offset);
        hf_err_free(*err);
        *err = NULL;
        _fail(file, line);
    }
}

void t_fails(hf_status rc, hf_status want, hf_err **err, const char *call, const char *file,
             int line)
{
    if (rc != want || *err == NULL || (*err)->code != want) {
        print_error("%s:%d: %s returned %s, not %s (%s)\n", file, line, call, hf_status_word(rc),
                    hf_status_word(want), *err == NULL ? "no error object" : (*err)->message);
        _fail(file, line);
    }
    hf_err_free(*err);
    *err = NULL;
}

void t_view(hf_view want, hf_view got, const char *file, int line)
{
    if (!hf_view_eq(want, got)) {
        print_error("%s:%d: wanted \"%.*s\", got \"%.*s\"\n", file, line, (int)want.n,
                    want.p == NULL ? "" : want.p, (int)got.n, got.p == NULL ? "" : got.p);
        _fail(file, line);
    }
}

enum { MAX_FOLDERS = 64 };
static char *folders[MAX_FOLDERS];
static size_t nfolders;

static int remove_entry(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st;
    (void)flag;
    (void)ftw;
    return remove(path);
}

static void remove_folders(void)
{
    for (size_t i = 0; i < nfolders; i++) {
        nftw(folders[i], remove_entry, 16, FTW_DEPTH | FTW_PHYS);
        free(folders[i]);
    }
}

const char *t_folder(void)
{
    const char *tmp = getenv("TMPDIR");
    char *path = hf_sprintf("%s/hf-test-XXXXXX", tmp == NULL ? "/tmp" : tmp);

    if (nfolders == 0 && getenv("HF_KEEP") == NULL)
        atexit(remove_folders);
    if (nfolders == MAX_FOLDERS || mkdtemp(path) == NULL) {
        perror("t_folder");
        exit(1);
    }
    return folders[nfolders++] = path;
}

static const char *keep(char *path)
{
    static char *kept[256];
    static size_t n;

    free(kept[n % T_COUNT(kept)]);
    return kept[n++ % T_COUNT(kept)] = path;
}

const char *t_source(const char *below)
{
    const char *root = getenv("HOLDFAST_SOURCE");

    return keep(hf_sprintf("%s/%s", root == NULL ? "." : root, below));
}

const char *t_corpus(const char *below)
{
    const char *root = getenv("HOLDFAST_CORPUS");
    char *path =
        root != NULL ? hf_sprintf("%s/%s", root, below) : hf_strdup(t_source("../shared/corpus"));

    if (root == NULL) {
        char *full = hf_sprintf("%s/%s", path, below);

        free(path);
        path = full;
    }
    if (access(path, R_OK) != 0) {
        printf("SKIP: no corpus at %s\n", path);
        fflush(stdout);
        _exit(77);
    }
    return keep(path);
}

void t_write(const char *folder, const char *name, hf_view bytes)
{
    char *path = hf_sprintf("%s/%s", folder, name);

    for (char *p = path + strlen(folder) + 1; (p = strchr(p, '/')) != NULL; p++) {
        *p = '\0';
        mkdir(path, 0700);
        *p = '/';
    }
    FILE *f = fopen(path, "wb");
    if (f == NULL || fwrite(bytes.p, 1, bytes.n, f) != bytes.n || fclose(f) != 0) {
        perror(path);
        exit(1);
    }
    free(path);
}

hf_view t_read(const char *path)
{
    FILE *f = fopen(path, "rb");
    hf_buf b;
    char chunk[4096];
    size_t n;

    if (f == NULL) {
        perror(path);
        exit(1);
    }
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
        hf_buf_add(&b, (hf_view){ chunk, n });
    fclose(f);
    return (hf_view){ b.p == NULL ? hf_alloc(1) : b.p, b.n };
}
