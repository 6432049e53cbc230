/* A vault with a log, and a home of its own for its last head, for the tests of lib/audit. */
#ifndef HF_TESTS_AUDIT_WORLD_H
#define HF_TESTS_AUDIT_WORLD_H

#include "audit/log.h"
#include "support.h"

#include <stdlib.h>

typedef struct world {
    char *folder, *vault, *state;
    hf_vault *v;
    hf_log *log;
} world;

static inline void open_world(world *w, hf_vault_mode mode)
{
    hf_err *err = NULL;

    T_OK(err, hf_vault_open(&w->v, w->vault, mode, HF_VAULT_NETWORK_FS, &err));
    T_OK(err, hf_log_open(&w->log, w->v, &err));
}

static inline void close_world(world *w)
{
    hf_log_close(w->log);
    hf_vault_close(w->v);
    w->log = NULL;
    w->v = NULL;
}

/* Several in one test: the last one made or given here keeps heads. */
static inline void use_state(const world *w)
{
    setenv("XDG_STATE_HOME", w->state, 1);
}

static inline world make_world(void)
{
    world w = { .folder = hf_strdup(t_folder()) };
    hf_err *err = NULL;

    w.state = hf_sprintf("%s/state", w.folder);
    w.vault = hf_sprintf("%s/v.vault", w.folder);
    use_state(&w);
    T_OK(err, hf_vault_init(w.vault, HF_VAULT_NETWORK_FS, &err));
    open_world(&w, HF_VAULT_CONTROL);
    return w;
}

static inline void free_world(world *w)
{
    close_world(w);
    hf_free(w->vault);
    hf_free(w->state);
    hf_free(w->folder);
}

static inline void sql(const world *w, const char *text)
{
    hf_err *err = NULL;

    T_OK(err, hf_db_exec(hf_vault_control(w->v), text, &err));
}

#endif
