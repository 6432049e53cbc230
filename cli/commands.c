/* cli/commands.c: the table of commands, and finding the one that was meant. */
#include "cli_priv.h"

#include "util/nearest.h"

static const hf_cmd *const commands[] = {
#define HF_CMD(id) &hf_cmd_##id,
#include "commands.def"
#undef HF_CMD
    NULL,
};

const hf_cmd *hf_command_at(size_t i)
{
    return i < sizeof(commands) / sizeof(commands[0]) ? commands[i] : NULL;
}

const hf_cmd *hf_command_find(const char *name)
{
    for (size_t i = 0; commands[i] != NULL; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

/* The verbs of a noun as "init, info, check"; false when no command starts with the word. */
static bool verbs_of(const char *noun, hf_buf *list)
{
    size_t n = strlen(noun);

    for (size_t i = 0; commands[i] != NULL; i++) {
        const char *name = commands[i]->name;

        if (strncmp(name, noun, n) != 0 || name[n] != ' ')
            continue;
        hf_buf_str(list, list->n == 0 ? "" : ", ");
        hf_buf_str(list, name + n + 1);
    }
    return list->n > 0;
}

static void wrong_verb(const char *noun, const char *verb, hf_buf *verbs, hf_err **err)
{
    hf_buf both;
    hf_nearest near = { 0 };

    if (verb == NULL) {
        hf_fail(err, HF_E_USAGE, "\"%s\" needs a verb", noun);
        hf_hint(err, "one of: %s", hf_buf_cstr(verbs));
        return;
    }
    hf_buf_init(&both, HF_BUF_UNBOUNDED);
    hf_buf_printf(&both, "%s %s", noun, verb);
    near.word = hf_buf_view(&both);
    for (size_t i = 0; commands[i] != NULL; i++)
        if (strncmp(commands[i]->name, noun, strlen(noun)) == 0)
            hf_nearest_try(&near, commands[i]->name);
    hf_fail(err, HF_E_USAGE, "\"%s\" is no command", hf_buf_cstr(&both));
    if (near.best != NULL)
        hf_hint(err, "did you mean \"%s\"?", near.best);
    else
        hf_hint(err, "verbs of %s: %s", noun, hf_buf_cstr(verbs));
    hf_buf_clear(&both);
}

/* The nearest first word of any command, in a buffer: "vualt" is near to the noun of "vault init".
 */
static void wrong_word(const char *word, hf_err **err)
{
    hf_nearest near = { .word = hf_view_str(word) };
    hf_arena *mem = hf_arena_new();

    for (size_t i = 0; commands[i] != NULL; i++) {
        hf_view name = hf_view_str(commands[i]->name);
        size_t space = hf_view_find_byte(name, ' ');

        hf_nearest_try(&near, commands[i]->name);
        if (space != HF_NPOS)
            hf_nearest_try(&near, hf_arena_dup(mem, hf_view_sub(name, 0, space)).p);
    }
    hf_fail(err, HF_E_USAGE, "\"%s\" is no command", word);
    if (near.best != NULL)
        hf_hint(err, "did you mean \"%s\"?", near.best);
    else
        hf_hint(err, "\"holdfast help\" says which command is for which job");
    hf_arena_free(mem);
}

size_t hf_command_match(const char *const *words, size_t n, const hf_cmd **cmd, hf_err **err)
{
    hf_buf text;

    *cmd = NULL;
    hf_buf_init(&text, HF_BUF_UNBOUNDED);
    if (n >= 2) {
        hf_buf_printf(&text, "%s %s", words[0], words[1]);
        *cmd = hf_command_find(hf_buf_cstr(&text));
        hf_buf_reset(&text);
    }
    if (*cmd != NULL) {
        hf_buf_clear(&text);
        return 2;
    }
    *cmd = hf_command_find(words[0]);
    if (*cmd == NULL && verbs_of(words[0], &text))
        wrong_verb(words[0], n >= 2 ? words[1] : NULL, &text, err);
    else if (*cmd == NULL)
        wrong_word(words[0], err);
    hf_buf_clear(&text);
    return *cmd == NULL ? 0 : 1;
}
