/* cli/cmd_search.c: "holdfast search", messages by their words, people, places and times. */
#include "search.h"
#include "text/token.h"

static const hf_cmd_arg args[] = {
    { "SOURCE", false, false,
      "an export, a server, a vault, or the name of a [source]; FORMAT:PATH names its format" },
    { "QUERY", false, false, "words, \"phrases\", word*, AND OR NOT, fields such as from:NAME" },
    { 0 },
};

static const hf_cmd_opt options[] = {
    { "limit", 0, HF_OPT_U64, "N", "100", "show this many hits; all are counted" },
    { "order", 0, HF_OPT_CHOICE, "newest|oldest", "newest", "which hits come first" },
    { "count", 0, HF_OPT_FLAG, NULL, NULL, "only say how many messages there are" },
    { "explain", 0, HF_OPT_FLAG, NULL, NULL,
      "show how the query was read and whom its names mean" },
    { "exit-code", 0, HF_OPT_FLAG, NULL, NULL, "end with 5 when nothing is found" },
    { "version", 0, HF_OPT_CHOICE, "any|current", "any",
      "search every text a message ever had, or the current one only" },
    HF_OPT_SINCE,
    HF_OPT_UNTIL,
    HF_OPT_CHANNEL,
    HF_OPT_USER,
    HF_OPT_KINDS,
    HF_OPT_SOURCE,
    HF_OPT_VAULT,
    { "import", 0, HF_OPT_TEXT, "N", NULL, "of a vault, only this import, as it was" },
    { 0 },
};

static const hf_cmd_example examples[] = {
    { "search samples/slack-northwind 'crane from:maren'", "what one person wrote about it" },
    { "search samples/slack-northwind '\"load test\" OR discount*' --since 2024-03-01",
      "a phrase or a beginning of a word, from a day on" },
    { "search samples/slack-northwind 'has:file -from:maren' --count", "how many there are" },
    { 0 },
};

static const char about[] =
    "Words are found in any case and with or without accents; several words must all be in the\n"
    "message. OR, NOT or -word, and parentheses combine them. \"Quotes\" make a phrase, word* is\n"
    "every word that begins so.\n"
    "\n"
    "Fields: from: in: (any name a person or channel ever had), chan: public private dm group,\n"
    "after: before: on: during: (2024-03-01, 2024-03, 2024-Q1), has: file image link reaction pin "
    "mention, is: edited "
    "deleted\n"
    "root reply bot system, type:, id:. A value with blanks is quoted; from:(ada OR grace) lists\n"
    "some. Dates are read in --tz.\n"
    "\n"
    "Texts are searched in all their versions, those of deleted messages too. A query that begins\n"
    "with a minus sign comes after --.";

enum { MAX_LIMIT = 1000000 };

/* --- the query ------------------------------------------------------------------------------ */

static hf_status parse(hf_cli *cli, hf_query **q, hf_err **err)
{
    const hf_query_args how = { .zone = hf_cli_tz(cli), .now_us = hf_now_us() };
    static const char *const kinds[] = { "public", "private", "dm", "group" }; /* by bit */
    const char *chosen[4];
    size_t nchosen = 0;
    hf_scope scope;
    hf_status rc = hf_query_parse(q, hf_view_str(hf_cli_arg(cli, 1)), &how, err);

    if (rc == HF_OK)
        rc = hf_job_scope(cli, &scope, err);
    if (rc != HF_OK)
        return rc;
    hf_query_narrow_names(*q, HF_Q_IN, scope.channels, scope.nchannels);
    hf_query_narrow_names(*q, HF_Q_FROM, scope.users, scope.nusers);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if ((scope.kinds & 1U << i) != 0)
            chosen[nchosen++] = kinds[i];
    hf_query_narrow_names(*q, HF_Q_CHAN, chosen, nchosen);
    hf_query_narrow_time(*q, scope.since_us, scope.until_us);
    for (size_t i = 0; i < hf_query_warnings(*q); i++)
        hf_cli_warn(cli, "%s", hf_query_warning(*q, i));
    return HF_OK;
}

/* --- the answer ----------------------------------------------------------------------------- */

static void put_meanings(hf_out *out, const hf_search *s, const hf_qnode *n)
{
    const hf_qid *id;
    hf_buf text;
    size_t count;

    for (size_t i = 0; i < n->nchild; i++)
        put_meanings(out, s, n->child[i]);
    if (n->kind != HF_Q_FROM && n->kind != HF_Q_IN)
        return;
    hf_buf_init(&text, HF_BUF_UNBOUNDED);
    hf_qnode_print(n, &text);
    id = hf_resolution_ids(s->names, n, &count);
    for (size_t i = 0; i < (count == 0 ? 1 : count); i++) {
        /* Nobody has the name: then it was the id itself that was found. */
        const hf_cell cells[] = { HF_CELL_TEXT(hf_buf_view(&text)),
                                  count == 0 ? HF_CELL_NONE : HF_CELL_TEXT(id[i].origin),
                                  HF_CELL_TEXT(count == 0 ? n->text : id[i].id) };

        hf_out_row(out, cells);
    }
    hf_buf_clear(&text);
}

static void put_hits(hf_out *out, const hf_search *s)
{
    /* People get what they read, programs the ids as well. */
    static const hf_column brief[] = {
        { "Time", "time" },       { "Channel", "channel" }, { "Author", "author" },
        { "Version", "version" }, { "Id", "id" },           { "Text", "snippet" },
    };
    static const hf_column whole[] = {
        { "Time", "time" },
        { "Channel", "channel" },
        { "Author", "author" },
        { "Version", "version" },
        { "Id", "id" },
        { "Text", "snippet" },
        { "Channel id", "channel_id" },
        { "Author id", "author_id" },
        { "Origin", "origin" },
    };
    bool is_brief = hf_out_format(out) == HF_OUT_TABLE;
    size_t n;
    const hf_hit *const *hit = hf_hits_sorted(s->hits, &n);

    hf_out_table(out, "hits", is_brief ? brief : whole,
                 is_brief ? sizeof(brief) / sizeof(brief[0]) : sizeof(whole) / sizeof(whole[0]));
    for (size_t i = 0; i < n; i++) {
        const hf_hit *h = hit[i];
        const hf_cell cells[] = {
            HF_CELL_TIME(h->time_us),
            HF_CELL_TEXT(h->channel_name.n > 0 ? h->channel_name : h->channel),
            HF_CELL_TEXT(h->author_name.n > 0 ? h->author_name : h->author),
            HF_CELL_U64(h->version),
            HF_CELL_TEXT(h->id),
            HF_CELL_TEXT(h->snippet),
            HF_CELL_TEXT(h->channel),
            HF_CELL_TEXT(h->author),
            HF_CELL_TEXT(h->origin),
        };

        hf_out_row(out, cells);
    }
}

static void put_reading(hf_cli *cli, hf_out *out, const hf_search *s)
{
    hf_buf text;

    hf_buf_init(&text, HF_BUF_UNBOUNDED);
    hf_query_print(s->query, &text);
    hf_out_field(out, "Read as", "query", HF_CELL_TEXT(hf_buf_view(&text)));
    hf_out_field(out, "Dates in", "tz", HF_CELL_STR(hf_cli_tz_name(cli)));
    hf_out_field(out, "Words by", "tokenizer", HF_CELL_STR(hf_tokenizer_id()));
    hf_buf_clear(&text);
}

static void answer(hf_cli *cli, const hf_search *s)
{
    static const hf_column names[] = { { "Name", "name" }, { "Origin", "origin" }, { "Id", "id" } };
    hf_out *out = hf_cli_out(cli);
    bool is_explained = hf_cli_flag(cli, "explain") > 0;
    uint64_t total = hf_hits_total(s->hits);
    char all[32], shown[32];
    size_t n;

    hf_out_begin(out, "search/1");
    if (is_explained || hf_out_format(out) != HF_OUT_TABLE)
        put_reading(cli, out, s);
    hf_out_field(out, "Messages", "messages", HF_CELL_U64(total));
    if (hf_cli_flag(cli, "count") == 0)
        put_hits(out, s);
    if (is_explained) {
        hf_out_table(out, "names", names, sizeof(names) / sizeof(names[0]));
        put_meanings(out, s, hf_query_root(s->query));
    }
    hf_out_end(out);
    if (s->quarantined > 0)
        hf_cli_exit(cli, 3);
    if (total == 0 && hf_cli_flag(cli, "exit-code") > 0)
        hf_cli_exit(cli, 5);
    hf_hits_sorted(s->hits, &n);
    hf_out_digits(total, all);
    if (hf_cli_flag(cli, "count") > 0 || n == total)
        hf_cli_last_line(cli, "%s messages found", all);
    else
        hf_cli_last_line(cli, "%s messages found, %s shown; --limit shows more", all,
                         hf_out_digits(n, shown));
}

static hf_status search(hf_cli *cli, hf_search *s, hf_err **err)
{
    hf_cli_source in;
    hf_status rc = hf_cli_source_open(cli, 0, &in, err);

    /* One import or origin of a vault has no index of its own: it is read. */
    bool is_read = rc != HF_OK || strcmp(in.in.format->name, "vault") != 0 ||
                   hf_cli_text(cli, "import") != NULL || in.origin != NULL;

    hf_cli_run run = { .cli = cli };

    if (rc == HF_OK)
        rc = hf_cli_run_begin(&run, cli, "search", &in, NULL, 0, err);
    if (rc == HF_OK)
        rc = is_read ? hf_search_stream(cli, s, &in, &run, err)
                     : hf_search_vault(cli, s, &in.in, &run, err);
    if (rc == HF_OK)
        hf_cli_act_count(&run.act, "hits", hf_hits_total(s->hits));
    rc = hf_cli_run_end(&run, rc, NULL, err);
    hf_cli_source_clear(&in);
    return rc;
}

static hf_status run_search(hf_cli *cli, hf_err **err)
{
    uint64_t limit = hf_cli_u64(cli, "limit", NULL);
    hf_search s = { .current_only = strcmp(hf_cli_text(cli, "version"), "current") == 0,
                    .oldest_first = strcmp(hf_cli_text(cli, "order"), "oldest") == 0,
                    .limit = hf_cli_flag(cli, "count") > 0 ? 0 : (size_t)limit };
    hf_query *q = NULL;
    hf_status rc;

    if (limit > MAX_LIMIT) {
        hf_fail(err, HF_E_USAGE, "--limit is at most %d", MAX_LIMIT);
        return hf_hint(err, "--since and --until cut a large answer into parts");
    }
    rc = parse(cli, &q, err);
    if (rc == HF_OK) {
        s.query = q;
        s.directory = hf_directory_new();
        s.hits = hf_hits_new(s.limit, s.oldest_first);
        rc = search(cli, &s, err);
    }
    if (rc == HF_OK)
        answer(cli, &s);
    hf_resolution_free(s.names);
    hf_directory_free(s.directory);
    hf_hits_free(s.hits);
    hf_query_free(q);
    return rc;
}

const hf_cmd hf_cmd_search = {
    .name = "search",
    .group = HF_GROUP_LOOK,
    .summary = "Find messages by words, people, places and times",
    .about = about,
    .args = args,
    .options = options,
    .examples = examples,
    .run = run_search,
};
