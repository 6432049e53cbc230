/* util/stop.c: one flag, set by signal handlers. */
#include "util/stop.h"

#include <signal.h>
#include <stdatomic.h>

static atomic_int reason;

void hf_stop_request(int signal_number)
{
    int none = 0;

    atomic_compare_exchange_strong(&reason, &none, signal_number);
}

static void on_signal(int signal_number)
{
    /* From now on either signal has its default action: the second one kills. */
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    hf_stop_request(signal_number);
}

void hf_stop_install(void)
{
    /* SA_RESTART: only the loops that look at the flag stop; no read anywhere sees EINTR. */
    struct sigaction act = { .sa_handler = on_signal, .sa_flags = SA_RESTART };

    sigemptyset(&act.sa_mask);
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
    signal(SIGPIPE, SIG_IGN);
}

int hf_interrupted(void)
{
    return atomic_load_explicit(&reason, memory_order_relaxed);
}

hf_status hf_stop_check(hf_err **err)
{
    switch (hf_interrupted()) {
    case 0:
        return HF_OK;
    case SIGPIPE:
        return hf_fail(err, HF_E_INTERRUPTED, "the reader of the output went away");
    case SIGTERM:
        return hf_fail(err, HF_E_INTERRUPTED, "stopped by SIGTERM");
    default:
        return hf_fail(err, HF_E_INTERRUPTED, "interrupted");
    }
}
