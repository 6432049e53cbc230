/* util/command.c: see command.h. */
#include "util/command.h"

#include "util/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

/* Standard input is ours (it may be data), standard error is the user's: that is where a command
 * says why it failed. */
static int spawn(pid_t *pid, const char *command, int out)
{
    char shell[] = "/bin/sh", dash_c[] = "-c";
    char *text = hf_strdup(command);
    char *argv[] = { shell, dash_c, text, NULL };
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    sigset_t defaults;
    int rc;

    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
    posix_spawnattr_init(&attr);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_setsigdefault(&attr, &defaults);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF);
    rc = posix_spawn(pid, shell, &files, &attr, argv, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attr);
    hf_free(text);
    return rc;
}

/* All of the output is read, so that the command never fails for writing more than a line. */
static bool read_all(int fd, hf_buf *b)
{
    char block[1024];
    ssize_t n;

    while ((n = read(fd, block, sizeof(block))) != 0) {
        if (n < 0 && errno != EINTR)
            return false;
        if (n > 0)
            hf_buf_add(b, (hf_view){ block, (size_t)n });
    }
    explicit_bzero(block, sizeof(block));
    return true;
}

static bool ended_well(pid_t pid)
{
    int status = 0;

    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return false;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Everything that the command prints; false when it did not end well. */
static bool run(const char *command, hf_buf *out, hf_err **err)
{
    int fd[2], sys;
    pid_t pid = -1;
    bool was_read;

    if (pipe2(fd, O_CLOEXEC) != 0) {
        hf_fail_sys(err, "cannot make a pipe");
        return false;
    }
    sys = spawn(&pid, command, fd[1]);
    close(fd[1]);
    was_read = sys == 0 && read_all(fd[0], out);
    close(fd[0]);
    return sys == 0 && ended_well(pid) && was_read;
}

hf_status hf_command_secret(char **out, const char *command, const char *what, hf_err **err)
{
    hf_status rc = HF_OK;
    hf_view line;
    hf_buf b;

    *out = NULL;
    hf_buf_init(&b, HF_SECRET_MAX);
    if (!run(command, &b, err)) {
        hf_fail(err, HF_E_NO_KEY, "the %s command failed", what);
        rc = hf_hint(err,
                     "run it by hand: it must write the %s to its standard output and end with "
                     "status 0",
                     what);
    }
    line = hf_view_sub(hf_buf_view(&b), 0, hf_view_find_byte(hf_buf_view(&b), '\n'));
    if (line.n > 0 && line.p[line.n - 1] == '\r')
        line.n--;
    if (rc == HF_OK &&
        (line.n == 0 || (line.n == b.n && b.full) || hf_view_find_byte(line, '\0') != HF_NPOS)) {
        hf_fail(err, HF_E_NO_KEY, "the %s command gave no %s", what, what);
        rc = hf_hint(err, "its first line of output must be the %s, up to %d bytes", what,
                     HF_SECRET_MAX);
    }
    if (rc == HF_OK)
        *out = hf_view_dup(line);
    hf_buf_wipe(&b);
    return rc;
}
