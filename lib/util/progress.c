/* util/progress.c: see progress.h. */
#include "util/progress.h"
#include "util/util.h"

#include <errno.h>
#include <unistd.h>

#define REDRAW_SECONDS 0.1
#define JSON_SECONDS   1.0
#define PLAIN_SECONDS  60.0

struct hf_progress {
    hf_progress_mode mode;
    int fd;
    const char *phase, *unit;
    uint64_t done, total;
    double started; /* of the phase */
    double last;    /* when something was written last */
    bool is_drawn;  /* the line is on the screen */
    bool has_phase;
};

hf_progress *hf_progress_new(hf_progress_mode mode, int fd)
{
    hf_progress *p = HF_NEW(hf_progress);

    if (mode == HF_PROGRESS_AUTO && isatty(fd) == 0)
        mode = HF_PROGRESS_NONE;
    p->mode = mode;
    p->fd = fd;
    return p;
}

static void put(hf_progress *p, const hf_buf *b)
{
    hf_view rest = hf_buf_view(b);

    while (rest.n > 0) {
        ssize_t n = write(p->fd, rest.p, rest.n);

        if (n < 0 && errno != EINTR)
            return; /* progress is never worth an error */
        rest = hf_view_from(rest, n < 0 ? 0 : (size_t)n);
    }
}

void hf_progress_clear(hf_progress *p)
{
    hf_buf b;

    if (p == NULL || !p->is_drawn)
        return;
    hf_buf_init(&b, 64);
    hf_buf_str(&b, "\r\033[K");
    put(p, &b);
    hf_buf_clear(&b);
    p->is_drawn = false;
    p->last = 0;
}

void hf_progress_free(hf_progress *p)
{
    hf_progress_clear(p);
    hf_free(p);
}

/* A count with its unit; bytes as MiB, which suits every size that takes long. */
static void put_amount(hf_buf *b, const hf_progress *p, double n, bool with_unit)
{
    if (p->unit == NULL)
        hf_buf_printf(b, with_unit ? "%.1f MiB" : "%.1f", n / (1024 * 1024));
    else if (with_unit)
        hf_buf_printf(b, "%.0f %s", n, p->unit);
    else
        hf_buf_printf(b, "%.0f", n);
}

static void put_duration(hf_buf *b, double seconds)
{
    unsigned s = seconds > 359999 ? 359999 : (unsigned)seconds;

    if (s >= 3600)
        hf_buf_printf(b, "%u:%02u:%02u", s / 3600, s / 60 % 60, s % 60);
    else
        hf_buf_printf(b, "%u:%02u", s / 60, s % 60);
}

static void put_line(hf_buf *b, const hf_progress *p, double now)
{
    double elapsed = now - p->started;
    double rate = elapsed > 0 ? (double)p->done / elapsed : 0;

    hf_buf_printf(b, "%s  ", p->phase);
    put_amount(b, p, (double)p->done, p->total == 0);
    if (p->total > 0) {
        hf_buf_str(b, " of ");
        put_amount(b, p, (double)p->total, true);
        hf_buf_printf(b, "  %.0f %%", 100.0 * (double)p->done / (double)p->total);
    }
    if (rate > 0) {
        hf_buf_str(b, "  ");
        put_amount(b, p, rate, p->unit == NULL);
        hf_buf_str(b, "/s");
    }
    if (rate > 0 && p->total > p->done && elapsed >= 2) {
        hf_buf_str(b, "  ");
        put_duration(b, (double)(p->total - p->done) / rate);
        hf_buf_str(b, " left");
    }
}

static void put_json(hf_buf *b, const hf_progress *p, double now)
{
    hf_buf_printf(b, "{\"type\":\"progress\",\"phase\":\"%s\",\"done\":%llu,", p->phase,
                  (unsigned long long)p->done);
    if (p->total > 0)
        hf_buf_printf(b, "\"total\":%llu,", (unsigned long long)p->total);
    hf_buf_printf(b, "\"unit\":\"%s\",\"seconds\":%.1f}\n", p->unit == NULL ? "bytes" : p->unit,
                  now - p->started);
}

static void draw(hf_progress *p, double now)
{
    hf_buf b;

    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    if (p->mode == HF_PROGRESS_JSON) {
        put_json(&b, p, now);
    } else if (p->mode == HF_PROGRESS_PLAIN) {
        put_line(&b, p, now);
        hf_buf_byte(&b, '\n');
    } else {
        hf_buf_byte(&b, '\r');
        put_line(&b, p, now);
        hf_buf_str(&b, "\033[K");
        p->is_drawn = true;
    }
    put(p, &b);
    hf_buf_clear(&b);
    p->last = now;
}

static double interval(const hf_progress *p)
{
    return p->mode == HF_PROGRESS_AUTO   ? REDRAW_SECONDS
           : p->mode == HF_PROGRESS_JSON ? JSON_SECONDS
                                         : PLAIN_SECONDS;
}

void hf_progress_phase(hf_progress *p, const char *phase, uint64_t total, const char *unit)
{
    double now;

    if (p == NULL || p->mode == HF_PROGRESS_NONE)
        return;
    now = hf_mono_seconds();
    p->phase = phase;
    p->unit = unit;
    p->total = total;
    p->done = 0;
    p->started = now;
    /* On a terminal the phase shows at once; a log gets its first line when the time is over. */
    if (!p->has_phase)
        p->last = now;
    p->has_phase = true;
    if (p->mode == HF_PROGRESS_AUTO)
        draw(p, now);
}

static void step(hf_progress *p)
{
    double now = hf_mono_seconds();

    if (now - p->last >= interval(p))
        draw(p, now);
}

void hf_progress_add(hf_progress *p, uint64_t n)
{
    if (p == NULL || !p->has_phase)
        return;
    p->done += n;
    step(p);
}

void hf_progress_set(hf_progress *p, uint64_t n)
{
    if (p == NULL || !p->has_phase)
        return;
    p->done = n;
    step(p);
}

void hf_progress_report(void *self, const char *phase, uint64_t done, uint64_t total)
{
    hf_progress *p = self;

    if (p == NULL || p->mode == HF_PROGRESS_NONE)
        return;
    if (!p->has_phase || strcmp(p->phase, phase) != 0)
        hf_progress_phase(p, phase, total, NULL);
    p->total = total;
    hf_progress_set(p, done);
}
