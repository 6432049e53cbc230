/* cli/cmd_version.c: "holdfast version", what this program is built from. */
#include "cmd.h"

#include <archive.h>
#include <libpq-fe.h>
#include <openssl/crypto.h>
#include <sqlite3.h>
#include <utf8proc.h>
#include <zip.h>
#include <zlib.h>
#include <zstd.h>

static const hf_cmd_example examples[] = {
    { "version", "show the version and the libraries in use" },
    { "version --json", "the same for an inventory" },
    { 0 },
};

static const hf_column columns[] = {
    { "Library", "library" },
    { "Version", "version" },
    { "For", "purpose" },
};

static void row(hf_out *out, const char *library, const char *version, const char *purpose)
{
    const hf_cell cells[] = { HF_CELL_STR(library), HF_CELL_STR(version), HF_CELL_STR(purpose) };

    hf_out_row(out, cells);
}

static hf_status run_version(hf_cli *cli, hf_err **err)
{
    hf_out *out = hf_cli_out(cli);
    int libpq = PQlibVersion();
    char *libpq_text = hf_sprintf("%d.%d", libpq / 10000, libpq % 10000);

    (void)err;
    hf_out_begin(out, "version/1");
    hf_out_field(out, "holdfast", "version", HF_CELL_STR(HF_VERSION));
    hf_out_table(out, "libraries", columns, sizeof(columns) / sizeof(columns[0]));
    /* The versions in use at run time, which need not be those it was built against. */
    row(out, "sqlite3", sqlite3_libversion(), "vaults and temporary tables");
    row(out, "libpq", libpq_text, "PostgreSQL servers");
    row(out, "libarchive", archive_version_details(), "tar, 7z and streams");
    row(out, "libzip", zip_libzip_version(), "members of ZIP files");
    row(out, "libcrypto", OpenSSL_version(OPENSSL_VERSION_STRING), "digests and signatures");
    row(out, "libzstd", ZSTD_versionString(), "compression");
    row(out, "zlib", zlibVersion(), "check sums of ZIP members");
    row(out, "utf8proc", utf8proc_version(), "folding and segmentation");
    row(out, "Unicode", utf8proc_unicode_version(), "data of utf8proc");
    hf_out_end(out);
    hf_free(libpq_text);
    return HF_OK;
}

const hf_cmd hf_cmd_version = {
    .name = "version",
    .group = HF_GROUP_HOUSE,
    .summary = "Show the version, and the versions of the libraries in use",
    .examples = examples,
    .without_config = true,
    .run = run_version,
};
