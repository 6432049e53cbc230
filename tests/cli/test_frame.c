/* tests/cli/test_frame.c: the frame as a whole, from arguments to exit status, in child processes.
 */
#include "cli_priv.h"
#include "support.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char bulk[] =
    "{\"type\":\"version\",\"version\":1}\n"
    "{\"type\":\"team\",\"team\":{\"name\":\"acme\",\"display_name\":\"Acme\",\"type\":\"O\"}}\n";

/* Run the program in a child that was asked to stop by a signal before it began (0: was not). What
 * it wrote to stderr stands in folder/err. */
static int run(const char *folder, int signal_number, char **argv)
{
    char *err = hf_sprintf("%s/err", folder);
    int argc = 0, how;
    pid_t child;

    while (argv[argc] != NULL)
        argc++;
    child = fork();
    if (child == 0) {
        int fd = open(err, O_WRONLY | O_CREAT | O_TRUNC, 0600), null = open("/dev/null", O_WRONLY);

        dup2(fd, STDERR_FILENO);
        dup2(null, STDOUT_FILENO);
        if (signal_number != 0)
            hf_stop_request(signal_number);
        _exit(hf_cli_main(argc, argv));
    }
    assert_int_equal(child, waitpid(child, &how, 0));
    hf_free(err);
    assert_true(WIFEXITED(how));
    return WEXITSTATUS(how);
}

static char *text_of(const char *folder, const char *name)
{
    char *path = hf_sprintf("%s/%s", folder, name), *text;
    hf_view v = t_read(path);

    text = hf_view_dup(v);
    hf_free((void *)(uintptr_t)v.p);
    hf_free(path);
    return text;
}

/* The run ends before its first record, says so, and leaves nothing behind. */
static void stopped_runs(void **state)
{
    static const struct {
        int signal_number, exit;
        const char *says;
    } cases[] = {
        { SIGINT, 130, "[INTERRUPTED]" },
        { SIGTERM, 143, "[INTERRUPTED]" },
        { SIGPIPE, 141, "" }, /* quiet, as other filters are */
    };
    const char *folder = t_folder();
    char *in = hf_sprintf("mattermost-bulk:%s/in.jsonl", folder);
    char *out = hf_sprintf("%s/out.jsonl", folder);
    char *argv[] = {
        (char[]){ "holdfast" },      (char[]){ "convert" }, in,  out, (char[]){ "--to=jsonl" },
        (char[]){ "--origin=acme" }, (char[]){ "-q" },      NULL
    };
    struct stat st;

    (void)state;
    t_write(folder, "in.jsonl", HF_V(bulk));
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        char *says;

        assert_int_equal(cases[i].exit, run(folder, cases[i].signal_number, argv));
        says = text_of(folder, "err");
        if (cases[i].says[0] == '\0')
            assert_string_equal("", says);
        else
            assert_non_null(strstr(says, cases[i].says));
        hf_free(says);
        assert_int_equal(-1, stat(out, &st));
    }
    assert_int_equal(0, run(folder, 0, argv)); /* the same command, not stopped */
    assert_int_equal(0, stat(out, &st));
    hf_free(in);
    hf_free(out);
}

static void the_worse_status(void **state)
{
    static const int worst_first[] = { 1, 4, 13, 11, 10, 15, 6, 7, 3, 5, 0 };

    (void)state;
    for (size_t i = 0; i < T_COUNT(worst_first); i++)
        for (size_t j = i; j < T_COUNT(worst_first); j++) {
            assert_int_equal(worst_first[i], hf_exit_worse(worst_first[i], worst_first[j]));
            assert_int_equal(worst_first[i], hf_exit_worse(worst_first[j], worst_first[i]));
        }
    assert_string_equal("PARTIAL", hf_exit_word(3));
    assert_string_equal("FAILED", hf_exit_word(99)); /* a status nobody declared */
}

/* "where" and "fix" stand only when there is something to say; names from data stay harmless. */
static void errors_of_every_shape(void **state)
{
    static const struct {
        const char *file, *member, *hint;
        uint64_t offset;
        const char *want;
    } cases[] = {
        { NULL, NULL, NULL, HF_NO_OFFSET, "holdfast: error: it broke   [DAMAGED]\n" },
        { "a.zip", "b/c.json", "look", 12,
          "holdfast: error: it broke   [DAMAGED]\n  where: a.zip, member b/c.json, byte 12\n"
          "  fix:   look\n" },
        { NULL, "m", NULL, HF_NO_OFFSET,
          "holdfast: error: it broke   [DAMAGED]\n  where: member m\n" },
        { "\x1b[2J.zip", "\x1b]0;x\x07", NULL, HF_NO_OFFSET,
          "holdfast: error: it broke   [DAMAGED]\n"
          "  where: \\x1B[2J.zip, member \\x1B]0;x\\x07\n" },
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        const char *folder = t_folder();
        char *path = hf_sprintf("%s/err", folder), *says;
        hf_cli cli = { .mem = hf_arena_new() };
        hf_err *err = NULL;
        int fd = open(path, O_WRONLY | O_CREAT, 0600), kept = dup(STDERR_FILENO);

        hf_fail(&err, HF_E_DAMAGED, "it broke");
        hf_err_at(&err, cases[i].file, hf_view_str(cases[i].member), cases[i].offset);
        if (cases[i].hint != NULL)
            hf_hint(&err, "%s", cases[i].hint);
        dup2(fd, STDERR_FILENO);
        hf_report_error(&cli, err, hf_exit_of(err));
        dup2(kept, STDERR_FILENO);
        close(fd);
        close(kept);
        says = text_of(folder, "err");
        assert_string_equal(cases[i].want, says);
        hf_free(says);
        hf_free(path);
        hf_err_free(err);
        hf_arena_free(cli.mem);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stopped_runs),
        cmocka_unit_test(the_worse_status),
        cmocka_unit_test(errors_of_every_shape),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
