/* cli/cmd_completion.c: "holdfast completion", scripts for three shells, printed from the table.
 *
 * Nothing is asked of the program or the network on Tab: all words are in the script.
 */
#include "cli_priv.h"

static const hf_cmd_arg args[] = {
    { "SHELL", false, false, "bash, zsh or fish" },
    { 0 },
};

static const hf_cmd_example examples[] = {
    { "completion bash > /etc/bash_completion.d/holdfast", "install for everybody" },
    { "completion fish > ~/.config/fish/completions/holdfast.fish", "install for yourself" },
    { 0 },
};

/* text for a single-quoted word of a shell, with a backslash before each byte of also. */
static void put_quoted(hf_buf *b, const char *text, const char *also)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'') {
            hf_buf_str(b, "'\\''");
            continue;
        }
        if (strchr(also, *text) != NULL)
            hf_buf_byte(b, '\\');
        hf_buf_byte(b, *text);
    }
}

/* The words of a choice, "a|b|c" as "a b c". */
static void put_choices(hf_buf *b, const char *value)
{
    for (; *value != '\0'; value++)
        hf_buf_byte(b, *value == '|' ? ' ' : *value);
}

/* The first word of a name that no earlier command starts with; false when one did. */
static bool is_first_of_noun(size_t i, hf_view *noun)
{
    hf_view name = hf_view_str(hf_command_at(i)->name);

    *noun = hf_view_sub(name, 0, hf_view_find_byte(name, ' '));
    for (size_t j = 0; j < i; j++) {
        hf_view other = hf_view_str(hf_command_at(j)->name);

        if (hf_view_eq(hf_view_sub(other, 0, hf_view_find_byte(other, ' ')), *noun))
            return false;
    }
    return true;
}

/* The second word of a name; NULL when it has one word. */
static const char *verb_of(const hf_cmd *cmd)
{
    const char *space = strchr(cmd->name, ' ');

    return space == NULL ? NULL : space + 1;
}

static bool has_noun(const hf_cmd *cmd, hf_view noun)
{
    return verb_of(cmd) != NULL && strncmp(cmd->name, noun.p, noun.n) == 0 &&
           cmd->name[noun.n] == ' ';
}

/* --- bash ------------------------------------------------------------------------------------- */

static void bash_options(hf_buf *b, const hf_cmd_opt *options)
{
    for (const hf_cmd_opt *o = options; o != NULL && o->name != NULL; o++)
        hf_buf_printf(b, " --%s", o->name);
}

static void bash_choices(hf_buf *b, const char *command, const hf_cmd_opt *options)
{
    for (const hf_cmd_opt *o = options; o != NULL && o->name != NULL; o++) {
        if (o->type == HF_OPT_CHOICE) {
            hf_buf_printf(b, "    %s:--%s) words='", command, o->name);
            put_choices(b, o->value);
            hf_buf_str(b, "' ;;\n");
        } else if (o->type != HF_OPT_FLAG) {
            hf_buf_printf(b, "    %s:--%s) return ;;\n", command, o->name);
        }
    }
}

static void bash_nouns(hf_buf *b)
{
    hf_view noun;

    hf_buf_str(b, "    '') words='");
    for (size_t i = 0; hf_command_at(i) != NULL; i++)
        if (is_first_of_noun(i, &noun))
            hf_buf_printf(b, "%.*s ", (int)noun.n, noun.p);
    hf_buf_str(b, "' ;;\n");
    for (size_t i = 0; hf_command_at(i) != NULL; i++) {
        if (!is_first_of_noun(i, &noun) || verb_of(hf_command_at(i)) == NULL)
            continue;
        hf_buf_printf(b, "    '%.*s') words='", (int)noun.n, noun.p);
        for (size_t j = i; hf_command_at(j) != NULL; j++)
            if (has_noun(hf_command_at(j), noun))
                hf_buf_printf(b, "%s ", verb_of(hf_command_at(j)));
        hf_buf_str(b, "' ;;\n");
    }
}

static void put_bash(hf_buf *b)
{
    hf_buf_str(b, "# bash completion for holdfast; printed by \"holdfast completion bash\"\n"
                  "_holdfast()\n{\n"
                  "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
                  "    local command='' words='' noun=0 i\n"
                  "    for ((i = 1; i < COMP_CWORD && noun < 2; i++)); do\n"
                  "        case ${COMP_WORDS[i]} in\n"
                  "        -*) ;;\n"
                  "        *) command=${command:+$command }${COMP_WORDS[i]}; ((noun++)) ;;\n"
                  "        esac\n"
                  "    done\n"
                  "    case $command in\n");
    for (size_t i = 0; hf_command_at(i) != NULL; i++)
        if (verb_of(hf_command_at(i)) == NULL)
            hf_buf_printf(b, "    '%s '*) command='%s' ;;\n", hf_command_at(i)->name,
                          hf_command_at(i)->name);
    hf_buf_str(b, "    esac\n    case $command:$prev in\n");
    for (size_t i = 0; hf_command_at(i) != NULL; i++) {
        hf_buf name;

        hf_buf_init(&name, HF_BUF_UNBOUNDED);
        hf_buf_printf(&name, "'%s'", hf_command_at(i)->name);
        bash_choices(b, hf_buf_cstr(&name), hf_command_at(i)->options);
        hf_buf_clear(&name);
    }
    bash_choices(b, "*", hf_global_options);
    hf_buf_str(b, "    esac\n"
                  "    [[ -z $words && $cur == -* ]] && case $command in\n");
    for (size_t i = 0; hf_command_at(i) != NULL; i++) {
        hf_buf_printf(b, "    '%s') words='", hf_command_at(i)->name);
        bash_options(b, hf_command_at(i)->options);
        bash_options(b, hf_global_options);
        hf_buf_str(b, "' ;;\n");
    }
    hf_buf_str(b, "    *) words='");
    bash_options(b, hf_global_options);
    hf_buf_str(b, "' ;;\n    esac\n"
                  "    [[ -z $words && $cur != -* ]] && case $command in\n");
    bash_nouns(b);
    hf_buf_str(b, "    esac\n"
                  "    [[ -n $words ]] && COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
                  "}\ncomplete -o default -F _holdfast holdfast\n");
}

/* --- zsh -------------------------------------------------------------------------------------- */

static void zsh_options(hf_buf *b, const hf_cmd_opt *options)
{
    for (const hf_cmd_opt *o = options; o != NULL && o->name != NULL; o++) {
        bool again = o->type == HF_OPT_LIST || strcmp(o->name, "verbose") == 0;

        hf_buf_printf(b, "            '%s--%s%s[", again ? "*" : "", o->name,
                      o->type == HF_OPT_FLAG ? "" : "=");
        put_quoted(b, o->help, "[]:\\");
        hf_buf_byte(b, ']');
        if (o->type == HF_OPT_CHOICE) {
            hf_buf_str(b, ":value:(");
            put_choices(b, o->value);
            hf_buf_byte(b, ')');
        } else if (o->type != HF_OPT_FLAG) {
            hf_buf_printf(b, ":%s:%s", o->value, strcmp(o->value, "FILE") == 0 ? "_files" : "");
        }
        hf_buf_str(b, "' \\\n");
    }
}

static void zsh_describe(hf_buf *b, const char *name, const char *summary)
{
    hf_buf_printf(b, "            '%s:", name);
    put_quoted(b, summary, "\\");
    hf_buf_str(b, "'\n");
}

static void zsh_nouns(hf_buf *b)
{
    hf_view noun;

    hf_buf_str(b, "    if (( CURRENT == 2 )); then\n        list=(\n");
    for (size_t i = 0; hf_command_at(i) != NULL; i++) {
        char *word;

        if (!is_first_of_noun(i, &noun))
            continue;
        word = hf_view_dup(noun);
        zsh_describe(b, word, hf_command_at(i)->summary);
        hf_free(word);
    }
    hf_buf_str(b, "        )\n        _describe command list\n        return\n    fi\n");
    for (size_t i = 0; hf_command_at(i) != NULL; i++) {
        if (!is_first_of_noun(i, &noun) || verb_of(hf_command_at(i)) == NULL)
            continue;
        hf_buf_printf(b,
                      "    if (( CURRENT == 3 )) && [[ $words[2] == %.*s ]]; then\n"
                      "        list=(\n",
                      (int)noun.n, noun.p);
        for (size_t j = i; hf_command_at(j) != NULL; j++)
            if (has_noun(hf_command_at(j), noun))
                zsh_describe(b, verb_of(hf_command_at(j)), hf_command_at(j)->summary);
        hf_buf_str(b, "        )\n        _describe verb list\n        return\n    fi\n");
    }
}

static void put_zsh(hf_buf *b)
{
    hf_buf_str(b, "#compdef holdfast\n# printed by \"holdfast completion zsh\"\n"
                  "_holdfast()\n{\n    local -a list\n");
    zsh_nouns(b);
    hf_buf_str(b, "    case \"$words[2] $words[3]\" in\n");
    for (size_t i = 0; hf_command_at(i) != NULL; i++) {
        const hf_cmd *c = hf_command_at(i);
        int words = verb_of(c) == NULL ? 1 : 2;

        hf_buf_printf(b, words == 2 ? "    '%s')\n" : "    '%s '*)\n", c->name);
        hf_buf_printf(b, "        shift %d words; (( CURRENT -= %d ))\n        _arguments \\\n",
                      words, words);
        zsh_options(b, c->options);
        zsh_options(b, hf_global_options);
        hf_buf_str(b, "            '*:argument:_files'\n        ;;\n");
    }
    hf_buf_str(b, "    esac\n}\n"
                  "if [[ $funcstack[1] == _holdfast ]]; then\n    _holdfast \"$@\"\n"
                  "else\n    compdef _holdfast holdfast\nfi\n");
}

/* --- fish ------------------------------------------------------------------------------------- */

static void fish_options(hf_buf *b, const char *condition, const hf_cmd_opt *options)
{
    for (const hf_cmd_opt *o = options; o != NULL && o->name != NULL; o++) {
        hf_buf_printf(b, "complete -c holdfast%s -l %s", condition, o->name);
        if (o->alias != 0)
            hf_buf_printf(b, " -s %c", o->alias);
        if (o->type == HF_OPT_CHOICE) {
            hf_buf_str(b, " -x -a '");
            put_choices(b, o->value);
            hf_buf_byte(b, '\'');
        } else if (o->type != HF_OPT_FLAG) {
            hf_buf_str(b, " -r");
        }
        hf_buf_str(b, " -d '");
        /* In fish a quote inside single quotes is \', so '\'' reads as two strings and one quote.
         */
        put_quoted(b, o->help, "\\");
        hf_buf_str(b, "'\n");
    }
}

static void fish_word(hf_buf *b, const char *condition, hf_view word, const char *summary)
{
    hf_buf_printf(b, "complete -c holdfast -n '%s' -f -a %.*s -d '", condition, (int)word.n,
                  word.p);
    put_quoted(b, summary, "\\");
    hf_buf_str(b, "'\n");
}

static void put_fish(hf_buf *b)
{
    hf_view noun;

    hf_buf_str(b, "# fish completion for holdfast; printed by \"holdfast completion fish\"\n");
    for (size_t i = 0; hf_command_at(i) != NULL; i++)
        if (is_first_of_noun(i, &noun))
            fish_word(b, "__fish_use_subcommand", noun, hf_command_at(i)->summary);
    fish_options(b, "", hf_global_options);
    for (size_t i = 0; hf_command_at(i) != NULL; i++) {
        const hf_cmd *c = hf_command_at(i);
        const char *verb = verb_of(c);
        char *first = hf_view_dup(hf_view_sub(hf_view_str(c->name), 0, strcspn(c->name, " ")));
        char *condition = hf_sprintf("__fish_seen_subcommand_from %s", first);

        if (verb != NULL)
            fish_word(b, condition, hf_view_str(verb), c->summary);
        hf_free(condition);
        condition = hf_sprintf(" -n '__fish_seen_subcommand_from %s%s%s'", first,
                               verb == NULL ? "" : "; and __fish_seen_subcommand_from ",
                               verb == NULL ? "" : verb);
        fish_options(b, condition, c->options);
        hf_free(condition);
        hf_free(first);
    }
}

static hf_status run_completion(hf_cli *cli, hf_err **err)
{
    static const struct {
        const char *shell;
        void (*put)(hf_buf *b);
    } shells[] = { { "bash", put_bash }, { "zsh", put_zsh }, { "fish", put_fish } };
    const char *shell = hf_cli_arg(cli, 0);
    hf_buf script;

    for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
        if (strcmp(shell, shells[i].shell) != 0)
            continue;
        hf_buf_init(&script, HF_BUF_UNBOUNDED);
        shells[i].put(&script);
        hf_out_text(hf_cli_out(cli), hf_buf_view(&script));
        hf_buf_clear(&script);
        return HF_OK;
    }
    hf_fail(err, HF_E_USAGE, "there is no completion for \"%s\"", shell);
    return hf_hint(err, "shells are bash, zsh and fish");
}

const hf_cmd hf_cmd_completion = {
    .name = "completion",
    .group = HF_GROUP_HOUSE,
    .summary = "Print the completion script of a shell",
    .args = args,
    .examples = examples,
    .without_config = true,
    .run = run_completion,
};
