/* cli/report.c: what goes to stderr: messages, the closing line, errors. */
#include "cli_priv.h"
#include "text/secret.h"
#include "util/jsonw.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static const struct {
    int status;
    const char *word;
    bool is_resumable; /* running the same command again goes on where it stopped */
} exits[] = {
    /* In the order of badness for hf_exit_worse; the statuses that only errors give come last. */
    { 0, "OK", false },          { 5, "DIFFERENT", false },    { 3, "PARTIAL", false },
    { 7, "UNSUPPORTED", false }, { 6, "REFUSED", false },      { 15, "NO_KEY", false },
    { 10, "UNREACHABLE", true }, { 11, "DENIED", false },      { 13, "NO_SPACE", true },
    { 4, "DAMAGED", false },     { 1, "FAILED", false },       { 2, "USAGE", false },
    { 12, "LOCKED", false },     { 14, "STOPPED", true },      { 130, "INTERRUPTED", true },
    { 141, "PIPE", false },      { 143, "INTERRUPTED", true },
};

enum { N_EXITS = sizeof(exits) / sizeof(exits[0]) };

static size_t rank(int status)
{
    for (size_t i = 0; i < N_EXITS; i++)
        if (exits[i].status == status)
            return i;
    return N_EXITS;
}

const char *hf_exit_word(int status)
{
    return rank(status) < N_EXITS ? exits[rank(status)].word : "FAILED";
}

int hf_exit_worse(int a, int b)
{
    return rank(b) > rank(a) ? b : a;
}

int hf_exit_of(const hf_err *err)
{
    if (err->code == HF_E_INTERRUPTED && hf_interrupted() != 0)
        return 128 + hf_interrupted();
    if (err->sys == EPIPE)
        return 128 + SIGPIPE;
    return hf_status_exit(err->code);
}

/* One write per line, so that lines of several processes do not mix. */
static void to_stderr(hf_cli *cli, const hf_buf *line)
{
    hf_view rest = hf_buf_view(line);

    hf_progress_clear(cli->progress);
    while (rest.n > 0) {
        ssize_t n = write(STDERR_FILENO, rest.p, rest.n);

        if (n < 0 && errno != EINTR)
            return; /* nobody is left to be told */
        rest = hf_view_from(rest, n < 0 ? 0 : (size_t)n);
    }
}

/* Whatever a message quotes: no password of a connection is printed. */
static hf_view masked(const hf_cli *cli, const char *text)
{
    return hf_secret_mask_passwords(hf_view_str(text), cli->mem);
}

/* Escaped, as messages may hold names of files and members. */
static void put_formatted(const hf_cli *cli, hf_buf *b, const char *fmt, va_list ap)
{
    char *text = NULL;

    if (vasprintf(&text, fmt, ap) < 0)
        return;
    hf_buf_printable(b, masked(cli, text));
    hf_free(text);
}

static void say(hf_cli *cli, const char *kind, int colour, const char *fmt, va_list ap)
{
    hf_buf line;

    hf_buf_init(&line, HF_BUF_UNBOUNDED);
    if (kind != NULL && cli->colour)
        hf_buf_printf(&line, "holdfast: \033[1;%dm%s:\033[0m ", colour, kind);
    else if (kind != NULL)
        hf_buf_printf(&line, "holdfast: %s: ", kind);
    put_formatted(cli, &line, fmt, ap);
    hf_buf_byte(&line, '\n');
    to_stderr(cli, &line);
    hf_buf_clear(&line);
}

void hf_cli_note(hf_cli *cli, const char *fmt, ...)
{
    va_list ap;

    if (cli->quiet)
        return;
    va_start(ap, fmt);
    say(cli, NULL, 0, fmt, ap);
    va_end(ap);
}

void hf_cli_detail(hf_cli *cli, const char *fmt, ...)
{
    va_list ap;

    if (hf_cli_flag(cli, "verbose") == 0)
        return;
    va_start(ap, fmt);
    say(cli, NULL, 0, fmt, ap);
    va_end(ap);
}

void hf_cli_warn(hf_cli *cli, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    say(cli, "warning", 33, fmt, ap);
    va_end(ap);
}

void hf_cli_last_line(hf_cli *cli, const char *fmt, ...)
{
    hf_buf text;
    va_list ap;

    hf_buf_init(&text, HF_BUF_UNBOUNDED);
    va_start(ap, fmt);
    put_formatted(cli, &text, fmt, ap);
    va_end(ap);
    cli->last_line = hf_arena_printf(cli->mem, "%s", hf_buf_cstr(&text)).p;
    hf_buf_clear(&text);
}

void hf_report_last_line(hf_cli *cli)
{
    hf_buf line;

    if (cli->last_line == NULL || (cli->quiet && cli->exit == 0))
        return;
    hf_buf_init(&line, HF_BUF_UNBOUNDED);
    hf_buf_printf(&line, "%s  %s\n", hf_exit_word(cli->exit), cli->last_line);
    to_stderr(cli, &line);
    hf_buf_clear(&line);
}

/* "FILE, member M, line 12", each part when known; nothing when none is. */
static void put_where(const hf_cli *cli, hf_buf *b, const hf_err *err)
{
    if (err->file != NULL)
        hf_buf_printable(b, masked(cli, err->file));
    if (err->member != NULL)
        hf_buf_printf(b, "%smember %s", b->n > 0 ? ", " : "", err->member);
    if (err->offset != HF_NO_OFFSET)
        hf_buf_printf(b, "%s%s %llu", b->n > 0 ? ", " : "", err->unit == NULL ? "byte" : err->unit,
                      (unsigned long long)err->offset);
}

static void text_error(const hf_cli *cli, hf_buf *b, const hf_err *err)
{
    hf_buf where;

    hf_buf_str(b, cli->colour ? "holdfast: \033[1;31merror:\033[0m " : "holdfast: error: ");
    hf_buf_printable(b, masked(cli, err->message));
    hf_buf_printf(b, "   [%s]\n", hf_status_word(err->code));
    hf_buf_init(&where, HF_BUF_UNBOUNDED);
    put_where(cli, &where, err);
    if (where.n > 0) {
        hf_buf_str(b, "  where: ");
        hf_buf_add(b, hf_buf_view(&where));
        hf_buf_byte(b, '\n');
    }
    hf_buf_clear(&where);
    if (err->hint != NULL) {
        hf_buf_str(b, "  fix:   ");
        hf_buf_printable(b, masked(cli, err->hint));
        hf_buf_byte(b, '\n');
    }
}

static void json_error(const hf_cli *cli, hf_buf *b, const hf_err *err, int status)
{
    bool resumable = rank(status) < N_EXITS && exits[rank(status)].is_resumable;
    hf_jsonw w;

    hf_jsonw_init(&w, b, 0);
    hf_jsonw_object(&w, NULL);
    hf_jsonw_str(&w, "schema", "error/1");
    hf_jsonw_i64(&w, "exit_code", status);
    hf_jsonw_str(&w, "code", hf_status_word(err->code));
    hf_jsonw_str(&w, "message", masked(cli, err->message).p);
    hf_jsonw_object(&w, "where");
    if (err->file != NULL)
        hf_jsonw_str(&w, "file", masked(cli, err->file).p);
    if (err->member != NULL)
        hf_jsonw_str(&w, "member", err->member);
    if (err->offset != HF_NO_OFFSET)
        hf_jsonw_u64(&w, err->unit == NULL ? "byte" : err->unit, err->offset);
    hf_jsonw_end(&w, '}');
    hf_jsonw_str(&w, "fix", err->hint == NULL ? NULL : masked(cli, err->hint).p);
    hf_jsonw_bool(&w, "changed", cli->changed);
    hf_jsonw_bool(&w, "resumable", resumable);
    hf_jsonw_str(&w, "run_id", cli->run_id);
    hf_jsonw_end(&w, '}');
    hf_buf_byte(b, '\n');
}

void hf_report_error(hf_cli *cli, const hf_err *err, int status)
{
    hf_buf b;

    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    if (cli->json)
        json_error(cli, &b, err, status);
    else
        text_error(cli, &b, err);
    to_stderr(cli, &b);
    hf_buf_clear(&b);
}
