/* package/pages.c: the pages made for people: custody.html and README.txt. */
#include "package/package_priv.h"

#include <stdio.h>

#include "util/html.h"

/* --- custody.html -------------------------------------------------------------------------------
 */

static const char head[] =
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
    "style-src 'unsafe-inline'\">\n"
    "<title>Chain of custody</title>\n<style>\n"
    "body{font:14px/1.45 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}\n"
    "table{border-collapse:collapse;width:100%;margin:0 0 1.5em}\n"
    "th,td{border:1px solid #999;padding:.3em .6em;text-align:left;vertical-align:top}\n"
    "th{background:#eee;font-weight:600;white-space:nowrap}\n"
    "td.n{text-align:right}\ncode{word-break:break-all}\n"
    ".warn{border:2px solid #a00;padding:.5em 1em}\n"
    "@media print{body{margin:0}}\n</style></head><body>\n";

static void row(hf_buf *out, const char *title, const char *text)
{
    if (text == NULL || text[0] == '\0')
        return;
    hf_buf_printf(out, "<tr><th>%s</th><td>", title);
    hf_html_text(out, hf_view_str(text));
    hf_buf_str(out, "</td></tr>\n");
}

static void row_time(hf_buf *out, const char *title, int64_t us)
{
    char text[40];

    if (us == HF_NO_TIME)
        return;
    hf_time_format(us, text);
    row(out, title, text);
}

static void row_list(hf_buf *out, const char *title, const char *const *list, size_t n)
{
    hf_buf all;

    hf_buf_init(&all, HF_BUF_UNBOUNDED);
    for (size_t i = 0; i < n; i++)
        hf_buf_printf(&all, "%s%s", i > 0 ? ", " : "", list[i]);
    row(out, title, hf_buf_cstr(&all));
    hf_buf_clear(&all);
}

static void who(const hf_package *p, hf_buf *out)
{
    const hf_package_facts *f = &p->facts;

    hf_buf_str(out, "<h2>Who and when</h2>\n<table>\n");
    row(out, "Operator", f->user);
    row(out, "Through sudo by", f->sudo_user);
    row(out, "Machine", f->host);
    row(out, "Reason", f->reason);
    row_time(out, "Started", f->started_us);
    row_time(out, "Payload complete", p->done_us);
    row(out, "Program", f->program);
    row(out, "Run", f->run_id);
    hf_buf_str(out, "</table>\n");
}

static void what(const hf_package *p, hf_buf *out)
{
    const hf_package_facts *f = &p->facts;
    char imports[96];

    hf_buf_str(out, "<h2>What was read</h2>\n<table>\n");
    row(out, "Source", f->source);
    row(out, "Format", f->source_format);
    row(out, "SHA-256 of the source", f->source_sha256);
    row(out, "Origin", f->origin);
    row(out, "Snapshot", f->snapshot);
    row(out, "Vault", f->vault_id);
    if (f->vault_id != NULL && f->last_import > 0) {
        snprintf(imports, sizeof(imports), "%lld to %lld", (long long)f->after_import + 1,
                 (long long)f->last_import);
        row(out, "Imports", imports);
    }
    if (hf_scope_withholds(f->scope)) {
        row_list(out, "Only conversations", f->scope->channels, f->scope->nchannels);
        row_list(out, "Only by", f->scope->users, f->scope->nusers);
        row_time(out, "Only since", f->scope->since_us);
        row_time(out, "Only before", f->scope->until_us);
        row(out, "Query", f->query);
        if (f->scope->kinds != 0)
            row(out, "Kinds", "some kinds of conversation only: see receipt.json");
    }
    if (f->series != NULL) {
        row(out, "Series", f->series);
        row_time(out, "Interval from", f->since_us);
        row_time(out, "Interval before", f->until_us);
        row(out, "Manifest of the package before", f->previous_manifest);
        if (f->previous_manifest == NULL)
            row(out, "Package before", "none: this is the first of its series");
    }
    hf_buf_str(out, "</table>\n");
}

static void cell(hf_buf *out, bool is_known, uint64_t n)
{
    if (is_known)
        hf_buf_printf(out, "<td class=\"n\">%llu</td>", (unsigned long long)n);
    else
        hf_buf_str(out, "<td>&ndash;</td>");
}

static void counts(const hf_package *p, hf_buf *out)
{
    hf_exceptions e = hf_exception_list_counts(p->exceptions);

    hf_buf_str(
        out, "<h2>What was written</h2>\n<table>\n<tr><th>Format</th><th>Messages read</th>"
             "<th>not in scope</th><th>written</th><th>read back</th><th>Values lost</th></tr>\n");
    for (size_t i = 0; i < p->nformat; i++) {
        const hf_package_format *f = &p->format[i];

        hf_buf_printf(out, "<tr><td>%s</td>", f->format->name);
        cell(out, true, f->read.messages);
        cell(out, true, f->read.messages - f->written.messages);
        cell(out, true, f->written.messages);
        cell(out, f->has_back, f->back.messages);
        cell(out, !f->format->is_transcript, f->states[HF_LOST] + f->states[HF_RAW_ONLY]);
        hf_buf_str(out, "</tr>\n");
    }
    hf_buf_printf(
        out,
        "</table>\n<p>Not exported: %llu unreadable records, %llu attachments that the "
        "source does not hold. They are listed in <code>data/exceptions.csv</code>.</p>\n",
        (unsigned long long)e.unreadable, (unsigned long long)e.missing);
}

static void digests(const hf_package *p, const hf_package_seal *seal, hf_buf *out)
{
    char hex[65];

    hf_buf_str(out, "<h2>Digests</h2>\n<table>\n<tr><th>Package</th><th>Files</th><th>Bytes</th>"
                    "<th>SHA-256 of its manifest</th></tr>\n");
    for (size_t i = 0; i < p->nvolume; i++) {
        hf_sha256_hex(&p->volume[i].digest, hex);
        hf_buf_str(out, "<tr><td>");
        hf_html_text(out, hf_view_str(p->volume[i].name));
        hf_buf_str(out, "</td>");
        cell(out, true, hf_bag_files(p->volume[i].bag));
        cell(out, true, hf_bag_bytes(p->volume[i].bag));
        hf_buf_printf(out, "<td><code>%s</code></td></tr>\n", hex);
    }
    hf_buf_str(out, "</table>\n<table>\n");
    hf_sha256_hex(&p->receipt_digest, hex);
    row(out, "SHA-256 of receipt.json", hex);
    if (seal->key != NULL) {
        hf_sha256 print = hf_key_fingerprint(hf_key_public(seal->key));

        hf_sha256_hex(&print, hex);
        row(out, "Signed by the key with SHA-256", hex);
    }
    row(out, "In the log of the vault",
        seal->entry.n > 0 ? "yes: entry.json, proof.tlog-proof" : "no");
    hf_buf_str(out, "</table>\n");
    if (seal->key == NULL)
        hf_buf_str(out, "<p class=\"warn\"><strong>UNSIGNED.</strong> No key vouches for this "
                        "package: whoever can change its files can change its lists.</p>\n");
}

void hf_package_custody(const hf_package *p, const hf_package_seal *seal, hf_buf *out)
{
    hf_buf_str(out, head);
    hf_buf_str(out, "<h1>Chain of custody: ");
    hf_html_text(out, hf_view_str(p->base));
    hf_buf_str(out, "</h1>\n");
    who(p, out);
    what(p, out);
    counts(p, out);
    digests(p, seal, out);
    hf_buf_str(out, "<h2>Handed over</h2>\n<table>\n<tr><th>Date</th><th>From</th><th>To</th>"
                    "<th>Purpose</th><th>Manifest compared</th></tr>\n");
    for (int i = 0; i < 4; i++)
        hf_buf_str(out, "<tr><td>&nbsp;</td><td></td><td></td><td></td><td></td></tr>\n");
    hf_buf_str(out, "</table>\n<p>This page is made from <code>receipt.json</code>, which counts "
                    "where the two differ.</p>\n</body></html>\n");
}

/* --- README.txt ---------------------------------------------------------------------------------
 */

static void fingerprint(const hf_key *key, hf_buf *out)
{
    hf_sha256 print = hf_key_fingerprint(hf_key_public(key));
    char hex[65];

    hf_sha256_hex(&print, hex);
    hf_buf_printf(out,
                  "Compare the key with one that you did not get from this package:\n\n"
                  "    openssl pkey -pubin -in key.pem -outform DER | sha256sum\n\n"
                  "must print %s\n"
                  "and the same number must come from the people who made the package, by another "
                  "way.\n\n",
                  hex);
}

static void readme_signed(const hf_package_seal *seal, hf_buf *out)
{
    if (seal->key == NULL) {
        hf_buf_str(
            out,
            "2. Who made it\n\n"
            "UNSIGNED. No key vouches for this package: whoever can change its files can "
            "change its lists.\nAsk for the SHA-256 of manifest-sha256.txt by another way.\n\n");
        return;
    }
    hf_buf_str(out, "2. Who made it\n\n"
                    "    openssl pkeyutl -verify -pubin -inkey key.pem -rawin \\\n"
                    "        -in tagmanifest-sha256.txt -sigfile tagmanifest-sha256.txt.sig\n"
                    "    openssl pkeyutl -verify -pubin -inkey key.pem -rawin \\\n"
                    "        -in manifest-sha256.txt -sigfile manifest-sha256.txt.sig\n"
                    "    openssl pkeyutl -verify -pubin -inkey key.pem -rawin \\\n"
                    "        -in receipt.json -sigfile receipt.json.sig\n\n"
                    "The tag manifest has the digests of every other file outside data/, that of "
                    "manifest-sha256.txt too.\n");
    fingerprint(seal->key, out);
}

static void readme_logged(const hf_package_seal *seal, hf_buf *out)
{
    if (seal->entry.n == 0) {
        hf_buf_str(out, "3. The log\n\nThis package stands in no log.\n\n");
        return;
    }
    hf_buf_str(
        out, "3. The log\n\n"
             "entry.json is an entry of the audit log of the vault that was read. It names the "
             "SHA-256 of\nreceipt.json and of manifest-sha256.txt. proof.tlog-proof proves that "
             "the log holds the entry\n(RFC 6962; https://c2sp.org/tlog-proof); it ends in the "
             "log's signed head, which is also in\ncheckpoint. A head that was kept elsewhere, or "
             "time-stamped, proves that the log was not\nrewritten since.\n\n"
             "    sha256sum receipt.json manifest-sha256.txt      # both numbers stand in "
             "entry.json\n\n"
             "The hashing of the proof is described in docs/verify-without-holdfast.md of "
             "holdfast, with a short\nscript that needs Python and openssl only.\n\n");
}

void hf_package_readme(const hf_package *p, const hf_package_seal *seal, hf_buf *out)
{
    hf_buf_str(out,
               "This is a package of chat records: a BagIt bag (RFC 8493). No program of its maker "
               "is needed to check it\nor to read it.\n\n"
               "1. Are the files what they were\n\n"
               "    sha256sum -c manifest-sha256.txt\n"
               "    sha256sum -c tagmanifest-sha256.txt\n\n"
               "In a .zip or .tar.zst: unpack it first (unzip, or tar --zstd -xf), and go into its "
               "folder. In the lists\n%0A, %0D and %25 in a name stand for line feed, carriage "
               "return and %.\n\n");
    readme_signed(seal, out);
    readme_logged(seal, out);
    hf_buf_str(out, "4. What is in it\n\n");
    for (size_t i = 0; i < p->nformat; i++)
        hf_buf_printf(out, "    data/%s/%s\n        %s\n", p->format[i].format->name,
                      p->format[i].format->file, p->format[i].format->title);
    hf_buf_str(out, "    data/*/fidelity.html, fidelity.json\n"
                    "        what each format carries, value by value, and what it does not\n"
                    "    data/exceptions.csv, exceptions.json\n"
                    "        what could not be exported, and why\n"
                    "    receipt.json\n"
                    "        who exported what, when, with which counts\n"
                    "    custody.html\n"
                    "        the same as a page, with room for those who hand it on\n");
    if (p->args.split_bytes > 0)
        hf_buf_str(out,
                   "\nThe package was split. Every volume is a bag of its own; a file that was "
                   "cut is joined by\n\n    cat NAME.part-* > NAME\n\nin the order of the "
                   "numbers. receipt.json lists the manifests of all volumes.\n");
}

/* A word of a shell, whatever is in it. */
static void put_word(hf_buf *out, const char *text)
{
    hf_buf_byte(out, '\'');
    for (; *text != '\0'; text++)
        if (*text == '\'')
            hf_buf_str(out, "'\\''");
        else
            hf_buf_byte(out, *text);
    hf_buf_byte(out, '\'');
}

void hf_package_readme_volumes(const hf_package *p, const hf_package_seal *seal, hf_buf *out)
{
    hf_buf_printf(
        out,
        "This folder holds %s in encrypted volumes.\n\n"
        "1. Are the volumes what they were\n\n"
        "    jq -r '.volumes[] | .sha256 + \"  \" + .file' volumes.json | sha256sum -c\n\n",
        p->volume[0].name);
    if (seal->key == NULL) {
        hf_buf_str(out, "UNSIGNED: no key vouches for volumes.json.\n\n");
    } else {
        hf_buf_str(out, "    openssl pkeyutl -verify -pubin -inkey key.pem -rawin \\\n"
                        "        -in volumes.json -sigfile volumes.json.sig\n\n");
        fingerprint(seal->key, out);
    }
    hf_buf_str(out, "2. How to open them\n\n"
                    "    for v in *.cms; do\n"
                    "        openssl cms -decrypt -inform DER -binary -in \"$v\" \\\n"
                    "            -inkey YOUR-KEY.pem -recip YOUR-CERTIFICATE.pem || break\n"
                    "    done > ");
    put_word(out, p->volume[0].name);
    hf_buf_str(out,
               "\n\nA changed volume is refused by openssl (AES-256-GCM). The result must have the "
               "SHA-256 that volumes.json\ncalls container_sha256. Inside is a package with a "
               "README.txt of its own.\n");
}
