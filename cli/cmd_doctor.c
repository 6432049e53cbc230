/* cli/cmd_doctor.c: "holdfast doctor", whether this machine can do the work. */
#include "cmd.h"

#include <errno.h>
#include <linux/magic.h>
#include <locale.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

typedef enum verdict { GOOD, DOUBTFUL, BAD } verdict;

typedef struct findings {
    hf_out *out;
    uint64_t checks, doubtful, bad;
} findings;

static const hf_column columns[] = {
    { "Check", "check" },
    { "Result", "result" },
    { "Found", "found" },
    { "Do", "fix" },
};

static void report(findings *f, const char *check, verdict v, const char *found, const char *fix)
{
    static const char *const words[] = { "ok", "warning", "bad" };
    const hf_cell cells[] = {
        HF_CELL_STR(check),
        HF_CELL_STR(words[v]),
        HF_CELL_STR(found),
        HF_CELL_STR(v == GOOD ? NULL : fix),
    };

    f->checks++;
    f->doubtful += v == DOUBTFUL;
    f->bad += v == BAD;
    hf_out_row(f->out, cells);
}

/* FIPS 180-4's example: a provider that gives another answer must not name evidence. */
static void check_digests(findings *f)
{
    hf_sha256 d = hf_sha256_of(HF_V("abc"));
    char hex[65];
    bool same;

    hf_sha256_hex(&d, hex);
    same = strcmp(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad") == 0;
    report(f, "digests", same ? GOOD : BAD, "SHA-256 of \"abc\"", "repair OpenSSL (libssl3)");
}

static void check_sqlite(findings *f)
{
    bool fts = sqlite3_compileoption_used("ENABLE_FTS5") != 0;
    bool threads = sqlite3_threadsafe() != 0;

    report(f, "sqlite", fts && threads ? GOOD : BAD, sqlite3_libversion(),
           "install a SQLite with FTS5 and threads (libsqlite3-0)");
}

static void check_zones(findings *f)
{
    hf_zone *zone = NULL;
    hf_err *err = NULL;
    bool found = hf_zone_open("Europe/Berlin", &zone, &err) == HF_OK;

    report(f, "time zones", found ? GOOD : BAD, found ? "Europe/Berlin" : err->message,
           "install tzdata");
    hf_zone_free(zone);
    hf_err_free(err);
}

/* libarchive loses member names that are not ASCII without a UTF-8 character type. */
static void check_locale(findings *f)
{
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);

    report(f, "locale", utf8 != (locale_t)0 ? GOOD : BAD, "C.UTF-8",
           "install the C.UTF-8 locale (libc-bin)");
    if (utf8 != (locale_t)0)
        freelocale(utf8);
}

static void check_temporary(findings *f)
{
    const char *folder = getenv("TMPDIR");
    struct statvfs fs;
    char *found, room[32];
    uint64_t bytes = 0;
    verdict v = BAD;

    folder = folder == NULL || folder[0] == '\0' ? "/tmp" : folder;
    if (access(folder, W_OK | X_OK) == 0 && statvfs(folder, &fs) == 0) {
        bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
        v = bytes < (UINT64_C(1) << 30) ? DOUBTFUL : GOOD;
    }
    found = hf_sprintf("%s, %s free", folder, v == BAD ? "nothing" : hf_out_size(bytes, room));
    report(f, "temporary files", v, found, "point TMPDIR at a writable folder with more room");
    hf_free(found);
}

static void check_limits(findings *f)
{
    struct rlimit files = { 0 };
    char *found;

    getrlimit(RLIMIT_NOFILE, &files);
    found = hf_sprintf("%llu", (unsigned long long)files.rlim_cur);
    report(f, "open files", files.rlim_cur >= 256 ? GOOD : DOUBTFUL, found,
           "raise the limit: ulimit -n 1024");
    hf_free(found);
}

static hf_config *check_config(findings *f, hf_cli *cli)
{
    hf_config *config = NULL;
    hf_err *err = NULL;

    if (hf_config_load(hf_cli_text(cli, "config"), &config, &err) == HF_OK)
        report(f, "configuration", GOOD, "valid", NULL);
    else
        report(f, "configuration", BAD, err->message, "\"holdfast config check\" names the line");
    hf_err_free(err);
    return config;
}

static bool is_network(const char *path)
{
    struct statfs fs;

    if (statfs(path, &fs) != 0)
        return false;
    /* CIFS and SMB2 have no name in linux/magic.h before 6.2. */
    return fs.f_type == NFS_SUPER_MAGIC || fs.f_type == SMB_SUPER_MAGIC ||
           (unsigned long)fs.f_type == 0xFF534D42UL || (unsigned long)fs.f_type == 0xFE534D42UL;
}

/* The vault is not encrypted by this program: who may read its files may read the messages. */
static void check_vault(findings *f, const hf_config *config)
{
    const char *vault = config == NULL ? NULL : hf_config_general(config, "vault");
    struct stat st;

    if (vault == NULL)
        return;
    if (stat(vault, &st) != 0)
        report(f, "vault", BAD, strerror(errno), "correct vault in the configuration");
    else if ((st.st_mode & 077) != 0)
        report(f, "vault", DOUBTFUL, "group or others may enter it", "chmod 700 the vault");
    else if (is_network(vault))
        report(f, "vault", DOUBTFUL, "on a network file system", "move it to a local disk");
    else
        report(f, "vault", GOOD, vault, NULL);
}

static hf_status run_doctor(hf_cli *cli, hf_err **err)
{
    findings f = { .out = hf_cli_out(cli) };
    hf_config *config;

    (void)err;
    hf_out_begin(f.out, "doctor/1");
    hf_out_table(f.out, "checks", columns, sizeof(columns) / sizeof(columns[0]));
    check_digests(&f);
    check_sqlite(&f);
    check_zones(&f);
    check_locale(&f);
    check_temporary(&f);
    check_limits(&f);
    config = check_config(&f, cli);
    check_vault(&f, config);
    hf_config_free(config);
    hf_out_end(f.out);
    if (f.bad > 0)
        hf_cli_exit(cli, 5);
    hf_cli_last_line(cli, "%llu checks, %llu warnings, %llu bad", (unsigned long long)f.checks,
                     (unsigned long long)f.doubtful, (unsigned long long)f.bad);
    return HF_OK;
}

static const hf_cmd_example examples[] = {
    { "doctor", "check libraries, time zones, room for temporary files, configuration, vault" },
    { 0 },
};

const hf_cmd hf_cmd_doctor = {
    .name = "doctor",
    .group = HF_GROUP_HOUSE,
    .summary = "Check that this machine can do the work; exit 5 when it cannot",
    .examples = examples,
    .without_config = true,
    .run = run_doctor,
};
