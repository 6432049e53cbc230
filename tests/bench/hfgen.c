/* tests/bench/hfgen.c: make a chat export of any size from a seed, and say what is in it.
 *
 * The same seed and number give the same messages in every format and the same bytes on every
 * machine. The manifest has what a test can ask for: counts, digests, the messages that carry the
 * code word, and how much each custodian wrote.
 */
#include "gen.h"
#include "util/jsonw.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char usage[] =
    "usage: hfgen --messages N --to FORMAT -o OUT [--seed S] [--schema old|new] [--manifest FILE]\n"
    "\n"
    "  --messages N     how many messages, answers and events included (1 to 1,000,000,000)\n"
    "  --seed S         another workspace for every number (default 1)\n"
    "  --to FORMAT      slack: OUT is a folder, or a ZIP when it ends in .zip\n"
    "                   mattermost-bulk: OUT ends in .jsonl or .zip\n"
    "                   mattermost-sql: OUT ends in .sql, a database as pg_dump writes it, with\n"
    "                   edits, deletions and other things that the messages alone do not have\n"
    "  --schema old|new mattermost-sql: tables of a 5.37 or an 11 server (default new)\n"
    "  -o, --output OUT must not exist\n"
    "  --manifest FILE  counts, digests and needles as JSON (replaced when it exists)\n";

typedef struct options {
    uint64_t messages, seed;
    const char *to, *out, *manifest, *schema;
} options;

typedef struct target {
    const char *name, *schema; /* NULL: there is but one */
    void (*write)(gen_world *w, gen_tally *t, gen_out *o);
    hf_sink_kind plain;       /* kind of OUT that is no ZIP */
    const char *plain_suffix; /* "" for a folder */
    bool may_zip;
} target;

static const target targets[] = {
    { "slack", NULL, gen_write_slack, HF_SINK_FOLDER, "", true },
    { "mattermost-bulk", NULL, gen_write_bulk, HF_SINK_FILE, ".jsonl", true },
    { "mattermost-sql", "new", gen_write_mmsql_new, HF_SINK_FILE, ".sql", false },
    { "mattermost-sql", "old", gen_write_mmsql_old, HF_SINK_FILE, ".sql", false },
};

static int refuse(const char *what, const char *value)
{
    fprintf(stderr, "hfgen: %s%s%s\n%s", what, value == NULL ? "" : ": ",
            value == NULL ? "" : value, usage);
    return 2;
}

static int read_options(int argc, char **argv, options *o)
{
    *o = (options){ .seed = 1 };
    for (int i = 1; i < argc; i += 2) {
        const char *name = argv[i], *value = i + 1 < argc ? argv[i + 1] : NULL;
        bool ok = true;
        if (value == NULL)
            return refuse("a value is missing after", name);
        if (strcmp(name, "--messages") == 0)
            ok = hf_view_u64(hf_view_str(value), &o->messages);
        else if (strcmp(name, "--seed") == 0)
            ok = hf_view_u64(hf_view_str(value), &o->seed);
        else if (strcmp(name, "--to") == 0)
            o->to = value;
        else if (strcmp(name, "-o") == 0 || strcmp(name, "--output") == 0)
            o->out = value;
        else if (strcmp(name, "--manifest") == 0)
            o->manifest = value;
        else if (strcmp(name, "--schema") == 0)
            o->schema = value;
        else
            return refuse("unknown option", name);
        if (!ok)
            return refuse("not a number", value);
    }
    if (o->messages < 1 || o->messages > 1000000000)
        return refuse("--messages must be 1 to 1,000,000,000", NULL);
    if (o->to == NULL || o->out == NULL)
        return refuse("--to and -o are needed", NULL);
    return 0;
}

/* --- manifest -----------------------------------------------------------------------------------
 */

static void put_counts(hf_jsonw *j, const gen_world *w, const gen_tally *t)
{
    static const char *const kinds[] = { "public", "private", "dm", "group" };
    const gen_counts *c = &t->counts;
    uint64_t channels[4] = { 0 }, gone = 0, guests = 0, legacy = 0;
    for (uint32_t i = 0; i < w->channels; i++)
        channels[w->channel[i].kind]++;
    for (uint32_t i = 0; i < w->users; i++) {
        gone += w->user[i].gone != INT64_MAX;
        guests += w->user[i].is_guest;
        legacy += w->user[i].is_legacy_bot;
    }
    hf_jsonw_object(j, "counts");
    hf_jsonw_u64(j, "messages", c->messages);
    hf_jsonw_u64(j, "replies", c->replies);
    hf_jsonw_u64(j, "roots", c->roots);
    hf_jsonw_u64(j, "system", c->system);
    hf_jsonw_u64(j, "bot", c->bot);
    hf_jsonw_u64(j, "deleted", c->deleted);
    hf_jsonw_u64(j, "edited", c->edited);
    hf_jsonw_u64(j, "broadcast", c->broadcast);
    hf_jsonw_u64(j, "reactions", c->reactions);
    hf_jsonw_u64(j, "files", c->files);
    hf_jsonw_u64(j, "people", w->users - w->bots);
    hf_jsonw_u64(j, "deactivated", gone);
    hf_jsonw_u64(j, "guests", guests);
    hf_jsonw_u64(j, "bots", w->bots);
    hf_jsonw_u64(j, "bots_without_account", legacy);
    hf_jsonw_object(j, "channels");
    for (int k = 0; k < 4; k++)
        hf_jsonw_u64(j, kinds[k], channels[k]);
    hf_jsonw_end(j, '}');
    hf_jsonw_object(j, "messages_in");
    for (int k = 0; k < 4; k++)
        hf_jsonw_u64(j, kinds[k], t->by_kind[k]);
    hf_jsonw_end(j, '}');
    hf_jsonw_end(j, '}');
}

static void put_mm_id(hf_jsonw *j, const char *key, const gen_world *w, gen_mm_kind kind,
                      uint64_t n)
{
    char id[27];
    gen_mm_id(id, w->seed, kind, n);
    hf_jsonw_str(j, key, id);
}

static void put_named(hf_jsonw *j, const char *key, const gen_named *list, uint32_t n)
{
    hf_jsonw_object(j, key);
    for (uint32_t i = 0; i < n; i++)
        hf_jsonw_u64(j, list[i].name, list[i].n);
    hf_jsonw_end(j, '}');
}

/* What only a database has. */
static void put_database(hf_jsonw *j, const gen_world *w, const gen_tally *t)
{
    put_mm_id(j, "server_id", w, GEN_MM_SERVER, 0);
    hf_jsonw_str(j, "secret", GEN_MM_SECRET);
    put_named(j, "extras", t->extra, t->extras);
    put_named(j, "tables", t->table, t->tables);
}

static void put_needles(hf_jsonw *j, const gen_world *w, bool is_database)
{
    hf_jsonw_object(j, "needles");
    hf_jsonw_str(j, "word", GEN_CODE_WORD);
    hf_jsonw_array(j, "messages");
    for (uint32_t i = 0; i < w->needles; i++) {
        const gen_needle *n = &w->needle[i];
        const gen_channel *c = &w->channel[n->channel];
        char ts[32];
        snprintf(ts, sizeof(ts), "%lld.%06lld", (long long)(n->us / HF_SECOND_US),
                 (long long)(n->us % HF_SECOND_US));
        hf_jsonw_object(j, NULL);
        hf_jsonw_str(j, "channel", c->id);
        hf_jsonw_str(j, "channel_name", c->name);
        hf_jsonw_str(j, "ts", ts);
        hf_jsonw_str(j, "user", w->user[n->user].id);
        hf_jsonw_str(j, "username", w->user[n->user].handle);
        if (is_database) {
            put_mm_id(j, "post_id", w, GEN_MM_POST, n->ordinal);
            put_mm_id(j, "channel_id", w, GEN_MM_CHANNEL, n->channel);
            put_mm_id(j, "user_id", w, GEN_MM_USER, n->user);
        }
        hf_jsonw_end(j, '}');
    }
    hf_jsonw_end(j, ']');
    hf_jsonw_end(j, '}');
}

/* Three people: the one who writes most, and two further down. */
static void put_custodians(hf_jsonw *j, const gen_world *w, const gen_tally *t)
{
    static const uint32_t rank[] = { 0, 2, 6 };
    hf_jsonw_array(j, "custodians");
    for (size_t k = 0; k < sizeof(rank) / sizeof(rank[0]); k++) {
        uint32_t user = w->bots + rank[k];
        uint64_t needles = 0;
        for (uint32_t i = 0; i < w->needles; i++)
            needles += w->needle[i].user == user;
        hf_jsonw_object(j, NULL);
        hf_jsonw_str(j, "user", w->user[user].id);
        hf_jsonw_str(j, "username", w->user[user].handle);
        hf_jsonw_u64(j, "messages", t->by_user[user]);
        hf_jsonw_u64(j, "needles", needles);
        hf_jsonw_end(j, '}');
    }
    hf_jsonw_end(j, ']');
}

/* SHA-256 of a file in hexadecimal; false when it cannot be read. */
static bool hash_file(const char *path, char hex[65])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    static char chunk[1 << 18];
    hf_sha256_ctx *sha = hf_sha256_new();
    hf_sha256_begin(sha);
    ssize_t n;
    while ((n = read(fd, chunk, sizeof(chunk))) > 0 || (n < 0 && errno == EINTR))
        if (n > 0)
            hf_sha256_add(sha, (hf_view){ chunk, (size_t)n });
    hf_sha256 digest = hf_sha256_finish(sha);
    hf_sha256_hex(&digest, hex);
    hf_sha256_free(sha);
    (void)close(fd);
    return n == 0;
}

static hf_status write_manifest(const options *opt, const target *to, const gen_world *w,
                                const gen_tally *t, const gen_out *o, bool is_file, hf_err **err)
{
    char hex[65];
    hf_buf b;
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    hf_jsonw j;
    hf_jsonw_init(&j, &b, 2);
    hf_jsonw_object(&j, NULL);
    hf_jsonw_str(&j, "generator", "hfgen");
    hf_jsonw_u64(&j, "version", GEN_VERSION);
    hf_jsonw_u64(&j, "messages", opt->messages);
    hf_jsonw_u64(&j, "seed", opt->seed);
    hf_jsonw_str(&j, "to", opt->to);
    if (to->schema != NULL)
        hf_jsonw_str(&j, "schema", to->schema);
    hf_jsonw_time(&j, "start", w->start);
    hf_jsonw_u64(&j, "days", w->days);
    put_counts(&j, w, t);
    hf_setdigest_hex(&t->logical, hex);
    hf_jsonw_str(&j, "logical", hex);
    if (t->ntexts > 0) {
        hf_setdigest_hex(&t->texts, hex);
        hf_jsonw_str(&j, "texts", hex);
    }
    hf_jsonw_object(&j, "output");
    hf_jsonw_u64(&j, "members", o->members);
    hf_jsonw_u64(&j, "bytes", o->bytes);
    hf_setdigest_hex(&o->content, hex);
    hf_jsonw_str(&j, "content", hex);
    if (is_file && hash_file(opt->out, hex))
        hf_jsonw_str(&j, "sha256", hex);
    hf_jsonw_end(&j, '}');
    if (t->tables > 0)
        put_database(&j, w, t);
    put_custodians(&j, w, t);
    put_needles(&j, w, t->tables > 0);
    hf_jsonw_end(&j, '}');
    hf_buf_byte(&b, '\n');

    hf_sink *sink = NULL;
    hf_status rc = hf_sink_open(&sink, opt->manifest, HF_SINK_FILE, true, err);
    if (rc == HF_OK)
        rc = hf_sink_member(sink, HF_V("manifest.json"), err);
    if (rc == HF_OK)
        rc = hf_sink_write(sink, hf_buf_view(&b), err);
    if (rc == HF_OK)
        rc = hf_sink_commit(sink, err);
    else
        hf_sink_abort(sink);
    hf_buf_clear(&b);
    return rc;
}

/* --- the run ------------------------------------------------------------------------------------
 */

/* The first one of the name when no schema is asked for. */
static const target *find_target(const char *name, const char *schema)
{
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        const target *t = &targets[i];
        if (strcmp(t->name, name) == 0 &&
            (schema == NULL || (t->schema != NULL && strcmp(t->schema, schema) == 0)))
            return t;
    }
    return NULL;
}

static int fail(hf_err *err)
{
    int status = hf_status_exit(err == NULL ? HF_E_INTERNAL : err->code);
    fprintf(stderr, "hfgen: %s%s%s\n", err == NULL ? "internal error" : err->message,
            err != NULL && err->file != NULL ? ": " : "",
            err != NULL && err->file != NULL ? err->file : "");
    hf_err_free(err);
    return status;
}

static int generate(const options *opt, const target *to, hf_sink_kind kind)
{
    gen_world w;
    gen_out o = { .sha = hf_sha256_new() };
    hf_buf_init(&o.buf, HF_BUF_UNBOUNDED);
    if (hf_sink_open(&o.sink, opt->out, kind, false, &o.err) != HF_OK) {
        hf_sha256_free(o.sha);
        return fail(o.err);
    }
    double began = hf_mono_seconds();
    gen_world_init(&w, opt->messages, opt->seed);
    gen_tally t = { .sha = hf_sha256_new() };
    hf_buf_init(&t.storable, HF_BUF_UNBOUNDED);
    t.by_user = hf_alloc0(w.users, sizeof(*t.by_user));
    to->write(&w, &t, &o);
    if (o.err == NULL)
        (void)hf_sink_commit(o.sink, &o.err);
    else
        hf_sink_abort(o.sink);
    if (o.err == NULL && opt->manifest != NULL)
        (void)write_manifest(opt, to, &w, &t, &o, kind != HF_SINK_FOLDER, &o.err);
    double seconds = hf_mono_seconds() - began;
    if (o.err == NULL)
        fprintf(stderr,
                "hfgen: %llu messages, %llu members, %llu bytes in %.1f s (%.0f a second)\n",
                (unsigned long long)t.counts.messages, (unsigned long long)o.members,
                (unsigned long long)o.bytes, seconds, (double)t.counts.messages / seconds);
    gen_world_clear(&w);
    hf_free(t.by_user);
    hf_buf_clear(&t.storable);
    hf_sha256_free(t.sha);
    hf_sha256_free(o.sha);
    hf_buf_clear(&o.buf);
    return o.err == NULL ? 0 : fail(o.err);
}

int main(int argc, char **argv)
{
    options opt;
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        fputs(usage, stdout);
        return 0;
    }
    int status = read_options(argc, argv, &opt);
    if (status != 0)
        return status;
    const target *to = find_target(opt.to, NULL);
    if (to == NULL)
        return refuse("no such target", opt.to);
    to = find_target(opt.to, opt.schema);
    if (to == NULL)
        return refuse("no such schema of the target", opt.schema);
    hf_view out = hf_view_str(opt.out);
    bool is_zip = to->may_zip && hf_view_ends(out, HF_V(".zip"));
    if (!is_zip && !hf_view_ends(out, hf_view_str(to->plain_suffix)))
        return refuse(to->may_zip ? "OUT must end in .jsonl or .zip" : "OUT must end in .sql",
                      opt.out);
    return generate(&opt, to, is_zip ? HF_SINK_ZIP : to->plain);
}
