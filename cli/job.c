/* cli/job.c: see job.h. */
#include "job.h"

#include "util/nearest.h"
#include "util/when.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static hf_status parse_kinds(const char *text, unsigned *kinds, hf_err **err)
{
    static const struct {
        const char *name;
        unsigned bit;
    } names[] = { { "public", 1 }, { "private", 2 }, { "dm", 4 }, { "group", 8 } };
    hf_view left = hf_view_str(text);

    while (left.n > 0) {
        size_t comma = hf_view_find_byte(left, ',');
        hf_view word = hf_view_sub(left, 0, comma == HF_NPOS ? left.n : comma);
        unsigned bit = 0;

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
            if (hf_view_is(word, names[i].name))
                bit = names[i].bit;
        if (bit == 0) {
            hf_fail(err, HF_E_USAGE, "\"%.*s\" is no kind of conversation", (int)word.n, word.p);
            return hf_hint(err, "--chan takes public, private, dm and group, joined by commas");
        }
        *kinds |= bit;
        left = hf_view_from(left, comma == HF_NPOS ? left.n : comma + 1);
    }
    return HF_OK;
}

hf_status hf_job_scope(hf_cli *cli, hf_scope *scope, hf_err **err)
{
    return hf_job_scope_since(cli, hf_cli_text(cli, "since"), scope, err);
}

hf_status hf_job_scope_since(hf_cli *cli, const char *since, hf_scope *scope, hf_err **err)
{
    const char *kinds = hf_cli_text(cli, "chan");
    const char *until = hf_cli_text(cli, "until");
    int64_t now = hf_now_us(), end;
    hf_status rc = HF_OK;

    *scope = (hf_scope){ .since_us = HF_NO_TIME, .until_us = HF_NO_TIME };
    scope->channels = hf_cli_list(cli, "channel", &scope->nchannels);
    scope->users = hf_cli_list(cli, "user", &scope->nusers);
    if (kinds != NULL)
        rc = parse_kinds(kinds, &scope->kinds, err);
    if (rc == HF_OK && since != NULL)
        rc = hf_when_parse(hf_view_str(since), hf_cli_tz(cli), now, &scope->since_us, &end, err);
    if (rc == HF_OK && until != NULL)
        rc = hf_when_parse(hf_view_str(until), hf_cli_tz(cli), now, &scope->until_us, &end, err);
    return rc;
}

hf_status hf_job_set(hf_cli *cli, hf_opts *opts, hf_err **err)
{
    size_t n;
    const char *const *list = hf_cli_list(cli, "set", &n);

    for (size_t i = 0; i < n; i++) {
        const char *equals = strchr(list[i], '=');
        char *name;

        if (equals == NULL) {
            hf_fail(err, HF_E_USAGE, "--set takes NAME=VALUE, not \"%s\"", list[i]);
            return hf_hint(err, "`holdfast formats FORMAT` lists a format's options");
        }
        name = hf_view_dup((hf_view){ list[i], (size_t)(equals - list[i]) });
        hf_opts_set(opts, name, equals + 1);
        hf_free(name);
    }
    return HF_OK;
}

hf_status hf_job_format(const char *name, bool needs_writer, const hf_format **out, hf_err **err)
{
    hf_buf all;

    *out = hf_format_find(hf_view_str(name));
    if (*out != NULL && (!needs_writer || (*out)->create != NULL))
        return HF_OK;
    hf_buf_init(&all, HF_BUF_UNBOUNDED);
    for (size_t i = 0; hf_formats[i] != NULL; i++)
        if (!needs_writer || hf_formats[i]->create != NULL)
            hf_buf_printf(&all, "%s%s", all.n == 0 ? "" : ", ", hf_formats[i]->name);
    hf_fail(err, HF_E_USAGE,
            *out != NULL ? "format \"%s\" can be read but not written"
                         : "there is no format \"%s\"",
            name);
    hf_hint(err, "formats: %s", hf_buf_cstr(&all));
    hf_buf_clear(&all);
    return HF_E_USAGE;
}

/* realpath of the deepest existing part of path; freed with free. */
static char *existing(const char *path)
{
    char *copy = hf_strdup(path), *real = realpath(copy, NULL);

    while (real == NULL && errno == ENOENT) {
        char *slash = strrchr(copy, '/');

        if (slash == NULL) {
            real = realpath(".", NULL);
            break;
        }
        slash[slash == copy ? 1 : 0] = '\0';
        real = realpath(copy, NULL);
        if (slash == copy)
            break;
    }
    hf_free(copy);
    return real;
}

hf_status hf_job_apart(const char *source, const char *target, hf_err **err)
{
    char *a = realpath(source, NULL), *b = existing(target);
    struct stat st;
    hf_status rc = HF_OK;

    if (a != NULL && b != NULL && stat(a, &st) == 0 && S_ISDIR(st.st_mode) &&
        strncmp(a, b, strlen(a)) == 0 && (b[strlen(a)] == '/' || b[strlen(a)] == '\0')) {
        hf_fail(err, HF_E_REFUSED, "the target lies inside the source");
        hf_err_at(err, target, (hf_view){ NULL, 0 }, HF_NO_OFFSET);
        rc = hf_hint(err, "write it somewhere else; sources are never changed");
    }
    hf_free(a);
    hf_free(b);
    return rc;
}

const char *hf_job_counts(const hf_counts *c, char *out, size_t n)
{
    char messages[32], users[32], channels[32];

    snprintf(out, n, "%s messages, %s users, %s conversations",
             hf_out_digits(c->messages, messages), hf_out_digits(c->users, users),
             hf_out_digits(c->channels + c->private_channels + c->dms + c->groups, channels));
    return out;
}

const char *hf_job_states(const hf_ledger *l, char *out, size_t n)
{
    static const struct {
        hf_state state;
        const char *words;
    } states[] = {
        { HF_EXACT, "exact" },
        { HF_CHANGED, "changed" },
        { HF_SIDECAR, "in the sidecar" },
        { HF_MASKED, "masked" },
        { HF_RAW_ONLY, "unknown and lost" },
        { HF_LOST, "lost" },
    };
    size_t at = 0;

    out[0] = '\0';
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]) && at < n; i++) {
        uint64_t count = hf_ledger_total(l, states[i].state);
        char digits[32];
        int put;

        if (count == 0)
            continue;
        put = snprintf(out + at, n - at, "%s%s %s", at == 0 ? "" : ", ",
                       hf_out_digits(count, digits), states[i].words);
        at += put < 0 ? 0 : (size_t)put;
    }
    return out;
}

void hf_job_put_counts(hf_out *out, const hf_counts *c)
{
    hf_out_field(out, "Users", "users", HF_CELL_U64(c->users));
    hf_out_field(out, "Public channels", "channels", HF_CELL_U64(c->channels));
    hf_out_field(out, "Private channels", "private_channels", HF_CELL_U64(c->private_channels));
    hf_out_field(out, "Direct messages", "dms", HF_CELL_U64(c->dms));
    hf_out_field(out, "Group messages", "groups", HF_CELL_U64(c->groups));
    hf_out_field(out, "Messages", "messages", HF_CELL_U64(c->messages));
    hf_out_field(out, "  of which replies", "replies", HF_CELL_U64(c->replies));
    hf_out_field(out, "  of which thread roots", "roots", HF_CELL_U64(c->roots));
    hf_out_field(out, "  of which system", "system", HF_CELL_U64(c->system));
    hf_out_field(out, "  of which by bots", "bot", HF_CELL_U64(c->bot));
    hf_out_field(out, "  of which deleted", "deleted", HF_CELL_U64(c->deleted));
    hf_out_field(out, "Edited messages", "edited", HF_CELL_U64(c->edited));
    hf_out_field(out, "Reactions", "reactions", HF_CELL_U64(c->reactions));
    hf_out_field(out, "Files", "files", HF_CELL_U64(c->files));
    hf_out_field(out, "Custom emoji", "emoji", HF_CELL_U64(c->emoji));
    hf_out_field(out, "Log entries", "events", HF_CELL_U64(c->events));
    hf_out_field(out, "Unreadable records", "quarantined", HF_CELL_U64(c->quarantined));
    hf_out_field(out, "Stubs", "stubs", HF_CELL_U64(c->stubs));
    hf_out_field(out, "First message", "first", HF_CELL_TIME(c->first_us));
    hf_out_field(out, "Last message", "last", HF_CELL_TIME(c->last_us));
}

enum { UNREADABLE_SHOWN = 20 };

void hf_job_unreadable_one(void *self, const hf_source *s, const hf_record *r)
{
    hf_job_unreadable *u = self;
    hf_view member = HF_V("");
    const char *reason = r->u.quarantine.reason;

    if (u->n++ >= UNREADABLE_SHOWN)
        return;
    if (s != NULL && hf_source_get_kind(s) != HF_SOURCE_FILE && r->raw.member < hf_source_count(s))
        member = hf_source_member(s, r->raw.member)->name;
    hf_cli_warn(u->cli, "unreadable record: %s%.*s%sbyte %llu: %s", member.n > 0 ? "member " : "",
                (int)member.n, member.n > 0 ? member.p : "", member.n > 0 ? ", " : "",
                (unsigned long long)r->raw.offset, reason == NULL ? "unreadable" : reason);
}

void hf_job_unreadable_rest(const hf_job_unreadable *u)
{
    if (u->n > UNREADABLE_SHOWN)
        hf_cli_warn(u->cli, "%llu more unreadable records",
                    (unsigned long long)(u->n - UNREADABLE_SHOWN));
}

static hf_status write_file(const char *folder, const char *name, const hf_buf *text, hf_err **err)
{
    char *path = hf_sprintf("%s/%s", folder, name);
    hf_sink *s = NULL;
    hf_status rc = hf_sink_open(&s, path, HF_SINK_FILE, true, err);

    if (rc == HF_OK)
        rc = hf_sink_member(s, hf_view_str(name), err);
    if (rc == HF_OK)
        rc = hf_sink_write(s, hf_buf_view(text), err);
    if (rc == HF_OK)
        rc = hf_sink_commit(s, err);
    else
        hf_sink_abort(s);
    hf_free(path);
    return rc;
}

hf_status hf_job_report(const char *folder, const hf_ledger *l, const char *title, hf_err **err)
{
    hf_buf text;
    hf_status rc;

    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        hf_fail_sys(err, "cannot make the report folder");
        return hf_err_at(err, folder, (hf_view){ NULL, 0 }, HF_NO_OFFSET);
    }
    hf_buf_init(&text, HF_BUF_UNBOUNDED);
    hf_ledger_json(l, &text);
    rc = write_file(folder, "fidelity.json", &text, err);
    hf_buf_reset(&text);
    hf_ledger_html(l, title, &text);
    if (rc == HF_OK)
        rc = write_file(folder, "fidelity.html", &text, err);
    hf_buf_clear(&text);
    return rc;
}

void hf_job_verdict(hf_cli *cli, const hf_format *target, const hf_copy_result *r)
{
    uint64_t lost = 0;

    /* A transcript is a view for people: what it leaves out is in the report and harms no copy. */
    if (r->ledger != NULL && !target->is_transcript)
        lost = hf_ledger_total(r->ledger, HF_LOST) + hf_ledger_total(r->ledger, HF_RAW_ONLY);
    if (lost > 0 || r->counts.quarantined > 0)
        hf_cli_exit(cli, 3);
}
