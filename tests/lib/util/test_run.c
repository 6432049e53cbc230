/* tests/lib/util/test_run.c: what a run needs: ids, stopping, progress, guessing names. */
#include "support.h"
#include "util/nearest.h"
#include "util/progress.h"
#include "util/stop.h"
#include "util/uuid.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void distances(void **state)
{
    static const struct {
        const char *a, *b;
        size_t want;
    } cases[] = {
        { "", "", 0 },
        { "a", "", 1 },
        { "", "abc", 3 },
        { "import", "imprt", 1 },
        { "import", "improt", 1 }, /* neighbours swapped: one slip */
        { "kitten", "sitting", 3 },
        { "abc", "abc", 0 },
    };
    char *longest = hf_alloc(66);

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        hf_view a = hf_view_str(cases[i].a), b = hf_view_str(cases[i].b);

        assert_int_equal(cases[i].want, hf_edit_distance(a, b));
        assert_int_equal(cases[i].want, hf_edit_distance(b, a));
    }
    memset(longest, 'x', 65);
    longest[65] = '\0';
    assert_true(hf_edit_distance(hf_view_str(longest), HF_V("x")) == SIZE_MAX);
    hf_free(longest);
}

static void nearest(void **state)
{
    static const struct {
        const char *word, *want;
    } cases[] = {
        { "inspct", "inspect" }, { "imporrt", "import" },
        { "exprt", "export" },   { "insp", "inspect" }, /* the beginning of a word */
        { "frobnicate", NULL },                         /* near to nothing: no silly guess */
        { "x", NULL },           { "", NULL },
    };
    static const char *const words[] = { "inspect", "import", "export", "a" };

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        hf_nearest near = { .word = hf_view_str(cases[i].word) };

        for (size_t j = 0; j < T_COUNT(words); j++)
            hf_nearest_try(&near, words[j]);
        if (cases[i].want == NULL && near.best != NULL)
            fail_msg("%s: %s", cases[i].word, near.best);
        if (cases[i].want != NULL)
            assert_string_equal(cases[i].want, near.best == NULL ? "nothing" : near.best);
    }
}

/* RFC 9562, 5.7: version 7, variant 10, time in front; later ids sort later even inside one
 * millisecond. */
static void uuids(void **state)
{
    char last[HF_UUID_SIZE] = "", now[HF_UUID_SIZE];
    int64_t before = hf_now_us() / 1000;
    unsigned long long high, low;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        hf_uuid7(now);
        assert_int_equal(36, strlen(now));
        assert_int_equal('7', now[14]);
        assert_non_null(strchr("89ab", now[19]));
        assert_true(strcmp(last, now) < 0);
        memcpy(last, now, sizeof(last));
        if (i == 0) {
            high = strtoull(now, NULL, 16);
            low = strtoull(now + 9, NULL, 16);
            assert_in_range((uint64_t)(high << 16 | low), (uint64_t)before,
                            (uint64_t)before + 60000);
        }
    }
}

static void first_signal_asks_second_kills(void **state)
{
    pid_t child;
    int how;

    (void)state;
    child = fork();
    if (child == 0) {
        hf_err *err = NULL;

        hf_stop_install();
        if (hf_interrupted() != 0 || hf_stop_check(&err) != HF_OK)
            _exit(1);
        raise(SIGTERM);
        if (hf_interrupted() != SIGTERM || hf_stop_check(&err) != HF_E_INTERRUPTED)
            _exit(2);
        hf_err_free(err);
        raise(SIGINT); /* any second one */
        _exit(3);
    }
    assert_int_equal(child, waitpid(child, &how, 0));
    assert_true(WIFSIGNALED(how));
    assert_int_equal(SIGINT, WTERMSIG(how));
}

/* What a run of 100,000 steps writes into a pipe in this mode; freed by hf_free. */
static char *progress_of(hf_progress_mode mode)
{
    hf_progress *p;
    int ends[2];
    char chunk[512];
    hf_buf got;
    ssize_t n;

    hf_buf_init(&got, HF_BUF_UNBOUNDED);
    assert_int_equal(0, pipe(ends));
    p = hf_progress_new(mode, ends[1]);
    hf_progress_phase(p, "reading", 100000, "messages");
    for (int i = 0; i < 100000; i++)
        hf_progress_add(p, 1);
    hf_progress_free(p);
    close(ends[1]);
    while ((n = read(ends[0], chunk, sizeof(chunk))) > 0)
        hf_buf_add(&got, (hf_view){ chunk, (size_t)n });
    close(ends[0]);
    hf_buf_byte(&got, '\0');
    return got.p;
}

/* Short runs stay silent where nobody watches. */
static void progress_without_terminal(void **state)
{
    static const hf_progress_mode modes[] = { HF_PROGRESS_AUTO, HF_PROGRESS_PLAIN, HF_PROGRESS_JSON,
                                              HF_PROGRESS_NONE };

    (void)state;
    for (size_t i = 0; i < T_COUNT(modes); i++) {
        char *got = progress_of(modes[i]);

        assert_string_equal("", got);
        hf_free(got);
    }
    hf_progress_phase(NULL, "x", 0, NULL); /* commands need not ask */
    hf_progress_add(NULL, 1);
    hf_progress_set(NULL, 1);
    hf_progress_clear(NULL);
    hf_progress_free(NULL);
}

static void progress_as_json(void **state)
{
    hf_progress *p;
    int ends[2];
    char line[256] = "";
    double start;

    (void)state;
    assert_int_equal(0, pipe(ends));
    p = hf_progress_new(HF_PROGRESS_JSON, ends[1]);
    hf_progress_phase(p, "reading", 0, NULL);
    for (start = hf_mono_seconds(); hf_mono_seconds() - start < 1.2;)
        hf_progress_set(p, 77);
    hf_progress_free(p);
    assert_true(read(ends[0], line, sizeof(line) - 1) > 0);
    assert_ptr_equal(line,
                     strstr(line, "{\"type\":\"progress\",\"phase\":\"reading\",\"done\":77,"));
    assert_non_null(strstr(line, "\"unit\":\"bytes\""));
    close(ends[0]);
    close(ends[1]);
}

/* All that was drawn up to the line's end being wiped: a terminal may hand it over in pieces. */
static void read_drawn(int host, char *got, size_t size)
{
    static const char wiped[] = "\r\033[K";
    struct pollfd wait = { .fd = host, .events = POLLIN };
    size_t n = 0;

    while (n + 1 < size && poll(&wait, 1, 5000) > 0) {
        ssize_t more = read(host, got + n, size - 1 - n);

        if (more <= 0)
            break;
        n += (size_t)more;
        got[n] = '\0';
        if (n >= 4 && strcmp(got + n - 4, wiped) == 0)
            break;
    }
}

/* On a terminal: the phase at once, redrawn at most ten times a second, wiped at the end. */
static void progress_on_a_terminal(void **state)
{
    int host = posix_openpt(O_RDWR | O_NOCTTY), terminal;
    char got[4096] = "";
    double start;
    size_t lines = 0;
    hf_progress *p;

    (void)state;
    if (host < 0)
        skip(); /* a container without /dev/pts */
    assert_int_equal(0, grantpt(host) + unlockpt(host));
    terminal = open(ptsname(host), O_RDWR | O_NOCTTY);
    assert_true(terminal >= 0);
    p = hf_progress_new(HF_PROGRESS_AUTO, terminal);
    hf_progress_phase(p, "reading", 1000, "messages");
    for (start = hf_mono_seconds(); hf_mono_seconds() - start < 0.5;)
        hf_progress_set(p, 250);
    hf_progress_free(p);
    read_drawn(host, got, sizeof(got));
    assert_ptr_equal(got, strstr(got, "\rreading  0 of 1000 messages  0 %"));
    assert_non_null(strstr(got, "\rreading  250 of 1000 messages  25 %"));
    assert_string_equal("\r\033[K", got + strlen(got) - 4);
    for (const char *at = got; (at = strstr(at, "\rreading")) != NULL; at++)
        lines++;
    assert_in_range(lines, 2, 6);
    close(terminal);
    close(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances),
        cmocka_unit_test(nearest),
        cmocka_unit_test(uuids),
        cmocka_unit_test(first_signal_asks_second_kills),
        cmocka_unit_test(progress_without_terminal),
        cmocka_unit_test(progress_as_json),
        cmocka_unit_test(progress_on_a_terminal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
