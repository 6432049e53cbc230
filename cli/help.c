/* cli/help.c: help pages, printed from the table. */
#include "cli_priv.h"

enum { LINE = 80, INDENT = 2, GAP = 2, MAX_LEFT = 30 };

static const struct {
    hf_cmd_group group;
    const char *title;
} groups[] = {
    { HF_GROUP_LOOK, "Look at an export or a vault" },
    { HF_GROUP_MOVE, "Bring records in, move them to another system, hand them out" },
    { HF_GROUP_KEEP, "Keep what must be kept, delete what must go" },
    { HF_GROUP_PROVE, "Prove that it is complete and unchanged" },
    { HF_GROUP_HOUSE, "Vaults, configuration and this program" },
};

static void spaces(hf_buf *b, size_t n)
{
    while (n-- > 0)
        hf_buf_byte(b, ' ');
}

/* text broken at spaces; the first line goes on at column at, the others start at indent. Ends with
 * a line end. */
static void put_wrapped(hf_buf *b, const char *text, size_t at, size_t indent)
{
    hf_view rest = hf_view_str(text);
    bool is_first = true;

    while (rest.n > 0) {
        size_t space = hf_view_find_byte(rest, ' ');
        hf_view word = hf_view_sub(rest, 0, space);

        rest = hf_view_from(rest, space == HF_NPOS ? rest.n : space + 1);
        if (!is_first && at + 1 + word.n > LINE) {
            hf_buf_byte(b, '\n');
            spaces(b, indent);
            at = indent;
        } else if (!is_first) {
            hf_buf_byte(b, ' ');
            at++;
        }
        hf_buf_add(b, word);
        at += word.n;
        is_first = false;
    }
    hf_buf_byte(b, '\n');
}

/* "  left   right", right in its own column and wrapped there. */
static void put_pair(hf_buf *b, const char *left, const char *right, size_t width)
{
    size_t n = strlen(left), column = INDENT + width + GAP;

    spaces(b, INDENT);
    hf_buf_str(b, left);
    if (n > width) {
        hf_buf_byte(b, '\n');
        spaces(b, column);
    } else {
        spaces(b, width - n + GAP);
    }
    put_wrapped(b, right, column, column);
}

void hf_help_overview(hf_buf *b)
{
    size_t width = 0;

    for (size_t i = 0; hf_command_at(i) != NULL; i++)
        if (strlen(hf_command_at(i)->name) > width)
            width = strlen(hf_command_at(i)->name);
    hf_buf_str(b, "holdfast reads chat exports, keeps them byte for byte, moves them to other\n"
                  "systems, and accounts for every value on the way.\n\n"
                  "Usage: holdfast COMMAND [ARGUMENT]... [OPTION]...\n");
    for (size_t g = 0; g < sizeof(groups) / sizeof(groups[0]); g++) {
        bool is_first = true;

        for (size_t i = 0; hf_command_at(i) != NULL; i++) {
            const hf_cmd *c = hf_command_at(i);

            if (c->group != groups[g].group)
                continue;
            if (is_first)
                hf_buf_printf(b, "\n%s:\n", groups[g].title);
            is_first = false;
            put_pair(b, c->name, c->summary, width);
        }
    }
    hf_buf_str(b, "\n\"holdfast COMMAND --help\" describes one command, with examples.\n");
}

static void put_usage(hf_buf *b, const hf_cmd *cmd)
{
    hf_buf_printf(b, "Usage: holdfast %s", cmd->name);
    for (const hf_cmd_arg *a = cmd->args; a != NULL && a->name != NULL; a++)
        hf_buf_printf(b, " %s%s%s%s", a->optional ? "[" : "", a->name, a->optional ? "]" : "",
                      a->repeated ? "..." : "");
    hf_buf_str(b, " [OPTION]...\n");
}

static void option_left(hf_buf *b, const hf_cmd_opt *o)
{
    if (o->alias != 0)
        hf_buf_printf(b, "-%c, ", o->alias);
    else
        hf_buf_str(b, "    ");
    hf_buf_printf(b, "--%s", o->name);
    if (o->value != NULL)
        hf_buf_printf(b, " %s", o->value);
}

static void put_option(hf_buf *b, const hf_cmd_opt *o, size_t width)
{
    hf_buf left, right;

    hf_buf_init(&left, HF_BUF_UNBOUNDED);
    hf_buf_init(&right, HF_BUF_UNBOUNDED);
    option_left(&left, o);
    hf_buf_str(&right, o->help);
    if (o->fallback != NULL)
        hf_buf_printf(&right, " (default %s)", o->fallback);
    put_pair(b, hf_buf_cstr(&left), hf_buf_cstr(&right), width);
    hf_buf_clear(&left);
    hf_buf_clear(&right);
}

static void put_options(hf_buf *b, const char *title, const hf_cmd_opt *options)
{
    size_t width = 0;
    hf_buf left;

    if (options == NULL || options->name == NULL)
        return;
    hf_buf_init(&left, HF_BUF_UNBOUNDED);
    for (const hf_cmd_opt *o = options; o->name != NULL; o++) {
        hf_buf_reset(&left);
        option_left(&left, o);
        if (left.n > width && left.n <= MAX_LEFT)
            width = left.n;
    }
    hf_buf_clear(&left);
    hf_buf_printf(b, "\n%s:\n", title);
    for (const hf_cmd_opt *o = options; o->name != NULL; o++)
        put_option(b, o, width);
}

static void put_args(hf_buf *b, const hf_cmd_arg *args)
{
    size_t width = 0;

    if (args == NULL || args->name == NULL)
        return;
    for (const hf_cmd_arg *a = args; a->name != NULL; a++)
        if (strlen(a->name) > width)
            width = strlen(a->name);
    hf_buf_str(b, "\nArguments:\n");
    for (const hf_cmd_arg *a = args; a->name != NULL; a++)
        put_pair(b, a->name, a->help, width);
}

/* Paragraphs are kept apart by an empty line; a single line end is a space. */
static void put_about(hf_buf *b, const char *about)
{
    hf_view rest = hf_view_str(about);

    while (rest.n > 0) {
        size_t end = hf_view_find(rest, HF_V("\n\n"));
        char *text = hf_view_dup(hf_view_sub(rest, 0, end));

        for (char *p = strchr(text, '\n'); p != NULL; p = strchr(p, '\n'))
            *p = ' ';
        hf_buf_byte(b, '\n');
        put_wrapped(b, text, 0, 0);
        hf_free(text);
        rest = hf_view_from(rest, end == HF_NPOS ? rest.n : end + 2);
    }
}

void hf_help_command(hf_buf *b, const hf_cmd *cmd)
{
    put_usage(b, cmd);
    hf_buf_printf(b, "\n%s.\n", cmd->summary);
    if (cmd->about != NULL)
        put_about(b, cmd->about);
    put_args(b, cmd->args);
    put_options(b, "Options", cmd->options);
    put_options(b, "Options of every command", hf_global_options);
    if (cmd->examples != NULL && cmd->examples->line != NULL)
        hf_buf_str(b, "\nExamples:\n");
    for (const hf_cmd_example *e = cmd->examples; e != NULL && e->line != NULL; e++) {
        hf_buf_printf(b, "  holdfast %s\n      ", e->line);
        put_wrapped(b, e->does, 6, 6);
    }
}
