/* cli/cmd_audit_anchor.c: "holdfast audit anchor", the log's head where nobody in the house can
 * change it. */
#include "audit.h"

#include "audit/anchor.h"
#include "util/file.h"

enum { MAX_REPLY = 1 << 20 };

static void put_paper(hf_cli *cli, const hf_log *log, const hf_log_head *head)
{
    hf_out *out = hf_cli_out(cli);
    char hex[65], spaced[80], *typed;
    size_t at = 0;

    hf_sha256_hex(&head->root, hex);
    for (size_t i = 0; i < 64; i++) {
        if (i > 0 && i % 4 == 0)
            spaced[at++] = ' ';
        spaced[at++] = hex[i];
    }
    spaced[at] = '\0';
    typed = hf_sprintf("%llu:%s", (unsigned long long)head->size, hex);
    hf_out_begin(out, "audit-head/1");
    hf_out_field(out, "Log", "origin", HF_CELL_STR(hf_log_origin(log)));
    hf_out_field(out, "Time", "time", HF_CELL_TIME(hf_now_us()));
    hf_out_field(out, "Entries", "size", HF_CELL_U64(head->size));
    hf_out_field(out, "Root", "root", HF_CELL_STR(spaced));
    hf_out_field(out, "For --head", "head", HF_CELL_STR(typed));
    hf_out_end(out);
    hf_free(typed);
}

static hf_status print_head(hf_cli *cli, hf_log *log, hf_err **err)
{
    hf_log_head head;
    hf_status rc = hf_log_get_head(log, &head, err);

    if (rc == HF_OK) {
        put_paper(cli, log, &head);
        hf_cli_last_line(cli, "print this, and keep the paper");
    }
    return rc;
}

static hf_status take_reply(hf_cli *cli, hf_log *log, const char *path, hf_err **err)
{
    const char *ca = hf_cli_text(cli, "tsa-ca");
    hf_log_head head;
    int64_t us = HF_NO_TIME;
    char text[32];
    hf_buf reply;
    hf_status rc = HF_OK;

    hf_buf_init(&reply, MAX_REPLY);
    if (ca == NULL) {
        rc = hf_fail(err, HF_E_USAGE, "--tsa-ca FILE is missing");
        hf_hint(err, "a reply is kept when its chain ends at a root that you trust");
    }
    if (rc == HF_OK)
        rc = hf_file_read(path, MAX_REPLY, &reply, err);
    if (rc == HF_OK)
        rc = hf_log_keep_anchor(log, hf_buf_view(&reply), ca, hf_cli_run_id(cli), &head, &us, err);
    if (rc == HF_OK) {
        hf_time_format(us, text);
        hf_cli_last_line(cli, "%llu entries are anchored since %s", (unsigned long long)head.size,
                         text);
    } else {
        hf_err_at(err, path, (hf_view){ NULL, 0 }, HF_NO_OFFSET);
    }
    hf_buf_clear(&reply);
    return rc;
}

static hf_status ask(hf_cli *cli, hf_log *log, hf_err **err)
{
    const char *path = hf_cli_text(cli, "output");
    hf_key *key = NULL;
    hf_buf query;
    hf_status rc;

    if (path == NULL) {
        hf_fail(err, HF_E_USAGE, "-o FILE is missing");
        return hf_hint(err, "the request for a time stamp is written there; --reply takes the "
                            "answer, --print gives a head for paper");
    }
    hf_buf_init(&query, HF_BUF_UNBOUNDED);
    rc = hf_cli_key_load(cli, log, &key, err);
    if (rc == HF_OK)
        rc = hf_log_ask_anchor(log, key, hf_cli_run_id(cli), &query, err);
    if (rc == HF_OK)
        rc = hf_cli_write(cli, hf_buf_view(&query), err);
    if (rc == HF_OK) {
        hf_cli_note(cli, "next, where there is a network:");
        hf_cli_note(cli,
                    "  curl -sS -H 'Content-Type: application/timestamp-query' --data-binary @%s "
                    "TSA-URL -o reply.tsr",
                    path);
        hf_cli_note(cli, "  holdfast audit anchor VAULT --reply reply.tsr --tsa-ca ROOT.pem");
        hf_cli_last_line(cli, "a request for a time stamp is in %s%s", path,
                         key == NULL ? "; the head is UNSIGNED" : "");
    }
    hf_key_free(key);
    hf_buf_clear(&query);
    return rc;
}

static hf_status run_anchor(hf_cli *cli, hf_err **err)
{
    const char *reply = hf_cli_text(cli, "reply");
    hf_cli_log l;
    hf_status rc = hf_cli_log_open(&l, cli, hf_cli_arg(cli, 0), "audit.anchor", HF_ACT_WRITE,
                                   HF_VAULT_CONTROL_ONLY, err);

    if (rc == HF_OK && hf_cli_flag(cli, "print") > 0)
        rc = print_head(cli, l.log, err);
    else if (rc == HF_OK && reply != NULL)
        rc = take_reply(cli, l.log, reply, err);
    else if (rc == HF_OK)
        rc = ask(cli, l.log, err);
    return hf_cli_log_close(&l, rc, err);
}

static const hf_cmd_opt anchor_options[] = {
    HF_OPT_OUTPUT,
    HF_OPT_KEY,
    { "reply", 0, HF_OPT_TEXT, "FILE", NULL, "the authority's reply: verify and keep it" },
    { "tsa-ca", 0, HF_OPT_TEXT, "FILE", NULL, "PEM file with the roots of time stamps to trust" },
    { "print", 0, HF_OPT_FLAG, NULL, NULL, "print the head for paper instead" },
    { 0 },
};

static const hf_cmd_example anchor_examples[] = {
    { "audit anchor northwind.vault -o head.tsq", "write a request for a time stamp" },
    { "audit anchor northwind.vault --reply head.tsr --tsa-ca tsa-root.pem",
      "verify the reply and keep it" },
    { "audit anchor northwind.vault --print", "a head to print and lock away" },
    { 0 },
};

const hf_cmd hf_cmd_audit_anchor = {
    .name = "audit anchor",
    .group = HF_GROUP_PROVE,
    .summary = "Put the head of a vault's log where its operator cannot reach it",
    .about = "A time stamp authority (RFC 3161) that nobody in the house controls states when the "
             "head existed. The\n"
             "program sends nothing: it writes the request, and takes the reply. A head on paper "
             "does the same.",
    .args = hf_audit_vault_arg,
    .options = anchor_options,
    .examples = anchor_examples,
    .run = run_anchor,
};
