/* audit/log_entry.c: what stands in an entry. */
#include "audit/jcs.h"
#include "audit/log_priv.h"
#include "util/file.h"
#include "util/jsonw.h"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

static const hf_view none = { NULL, 0 };

static const char *const phase_names[] = { "single", "start", "end" };

/* --- who ----------------------------------------------------------------------------------------
 */

/* The first line of a small file; the empty view when there is none. */
static hf_view line_of(const char *path, hf_buf *b)
{
    hf_buf_reset(b);
    (void)hf_file_read(path, 4096, b, NULL);
    return hf_view_sub(hf_buf_view(b), 0, hf_view_find_byte(hf_buf_view(b), '\n'));
}

static void put_some(hf_jsonw *w, const char *key, hf_view text)
{
    if (text.n > 0)
        hf_jsonw_text(w, key, text);
}

/* In a pod the host's name is the pod's, unless the pod is told its own. */
static void put_pod(hf_jsonw *w, const char *host, hf_buf *b)
{
    const char *pod = getenv("POD_NAME"), *space = getenv("POD_NAMESPACE");

    if (getenv("KUBERNETES_SERVICE_HOST") == NULL)
        return;
    put_some(w, "pod", hf_view_str(pod == NULL ? host : pod));
    put_some(w, "namespace",
             space != NULL ? hf_view_str(space)
                           : line_of("/var/run/secrets/kubernetes.io/serviceaccount/namespace", b));
}

char *hf_log_actor(const char *host)
{
    const struct passwd *who = getpwuid(getuid());
    const char *sudo = getenv("SUDO_USER");
    hf_buf out, b;
    hf_view login;
    hf_jsonw w;
    char *text;

    hf_buf_init(&out, HF_BUF_UNBOUNDED);
    hf_buf_init(&b, 4096);
    hf_jsonw_init(&w, &out, 0);
    hf_jsonw_object(&w, NULL);
    hf_jsonw_u64(&w, "uid", getuid());
    put_some(&w, "user", who == NULL ? none : hf_view_str(who->pw_name));
    /* Only root was made root by sudo; anybody can set a variable. */
    put_some(&w, "sudo", geteuid() == 0 ? hf_view_str(sudo) : none);
    /* Who logged in, which no su or sudo changes; -1: a service. audit(8), pam_loginuid(8). */
    login = line_of("/proc/self/loginuid", &b);
    if (!hf_view_is(login, "4294967295"))
        put_some(&w, "login", login);
    put_pod(&w, host, &b);
    hf_jsonw_end(&w, '}');
    text = hf_view_dup(hf_buf_view(&out));
    hf_buf_clear(&out);
    hf_buf_clear(&b);
    return text;
}

/* --- writing ------------------------------------------------------------------------------------
 */

hf_sha256 hf_log_commitment(const hf_log_salt *salt, hf_view value)
{
    hf_sha256_ctx *c = hf_sha256_new();
    hf_sha256 d;

    hf_sha256_begin(c);
    hf_sha256_add(c, (hf_view){ (const char *)salt->b, sizeof(salt->b) });
    hf_sha256_add(c, value);
    d = hf_sha256_finish(c);
    hf_sha256_free(c);
    return d;
}

/* RFC 3339 with all six digits, so that equal lengths sort as text. */
static void put_time(hf_jsonw *w, const char *key, int64_t us)
{
    hf_civil c = hf_us_to_civil(us);
    char *text = hf_sprintf("%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", c.year, c.month, c.day, c.hour,
                            c.minute, c.second, c.us);

    hf_jsonw_str(w, key, text);
    hf_free(text);
}

/* JSON numbers are exact up to 2^53 (RFC 8785, 3.2.2.3); beyond they stand as text. */
static void put_number(hf_jsonw *w, const char *key, uint64_t n)
{
    char text[24];
    hf_buf b;

    if (n < UINT64_C(1) << 53) {
        hf_jsonw_u64(w, key, n);
        return;
    }
    hf_buf_init(&b, sizeof(text));
    hf_buf_u64(&b, n);
    hf_jsonw_text(w, key, hf_buf_view(&b));
    hf_buf_clear(&b);
}

static void put_hash(hf_jsonw *w, const char *key, const hf_sha256 *d)
{
    char hex[65];

    hf_sha256_hex(d, hex);
    hf_jsonw_str(w, key, hex);
}

static void put_lists(hf_jsonw *w, const hf_act *act, const hf_log_salt *salts)
{
    if (act->nscope > 0) {
        hf_jsonw_object(w, "scope");
        for (size_t i = 0; i < act->nscope; i++) {
            hf_sha256 d = hf_log_commitment(&salts[i], act->scope[i].value);

            put_hash(w, act->scope[i].name, &d);
        }
        hf_jsonw_end(w, '}');
    }
    if (act->ncounts > 0) {
        hf_jsonw_object(w, "counts");
        for (size_t i = 0; i < act->ncounts; i++)
            put_number(w, act->counts[i].name, act->counts[i].n);
        hf_jsonw_end(w, '}');
    }
    if (act->ndigests > 0) {
        hf_jsonw_object(w, "digests");
        for (size_t i = 0; i < act->ndigests; i++)
            hf_jsonw_text(w, act->digests[i].name, act->digests[i].value);
        hf_jsonw_end(w, '}');
    }
}

static void put_entry(hf_jsonw *w, const hf_log *log, const hf_act *act, const hf_log_salt *salts,
                      uint64_t seq, const hf_sha256 *prev, int64_t us, int64_t clock_us)
{
    hf_jsonw_object(w, NULL);
    hf_jsonw_u64(w, "v", 1);
    hf_jsonw_str(w, "vault", hf_vault_id(log->vault));
    put_number(w, "seq", seq);
    put_hash(w, "prev", prev);
    put_time(w, "time", us);
    if (clock_us != us)
        put_time(w, "clock", clock_us);
    hf_jsonw_raw(w, "actor", hf_view_str(log->actor));
    hf_jsonw_str(w, "host", log->host);
    hf_jsonw_str(w, "tool", "holdfast/" HF_VERSION);
    hf_jsonw_str(w, "action", act->action);
    hf_jsonw_str(w, "phase", phase_names[act->phase]);
    put_some(w, "run", hf_view_str(act->run));
    if (act->object_kind != NULL) {
        hf_jsonw_object(w, "object");
        hf_jsonw_str(w, "kind", act->object_kind);
        put_some(w, "id", hf_view_str(act->object_id));
        hf_jsonw_end(w, '}');
    }
    put_lists(w, act, salts);
    put_some(w, "outcome", hf_view_str(act->outcome));
    hf_jsonw_end(w, '}');
}

hf_status hf_log_compose(const hf_log *log, const hf_act *act, const hf_log_salt *salts,
                         uint64_t seq, const hf_sha256 *prev, int64_t us, int64_t clock_us,
                         hf_buf *out, hf_err **err)
{
    hf_status rc;
    hf_jsonw w;
    hf_buf b;

    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    hf_jsonw_init(&w, &b, 0);
    put_entry(&w, log, act, salts, seq, prev, us, clock_us);
    rc = hf_jcs_put(out, hf_buf_view(&b), err);
    hf_buf_clear(&b);
    return rc;
}

/* --- reading ------------------------------------------------------------------------------------
 */

static hf_view text_of(const hf_tape *t, uint32_t obj, const char *key, hf_arena *mem)
{
    uint32_t tok = hf_tape_get_in(t, obj, key);

    if (tok == HF_NO_TOK)
        return none;
    return hf_tok_type(t, tok) == HF_JSON_NUMBER ? hf_tok_raw(t, tok) : hf_tok_string(t, tok, mem);
}

static hf_view object_of(const hf_tape *t, const char *key)
{
    uint32_t tok = hf_tape_get(t, 0, key);

    return tok == HF_NO_TOK || hf_tok_type(t, tok) != HF_JSON_OBJECT ? none : hf_tok_raw(t, tok);
}

bool hf_log_parse(hf_log_entry *e, hf_tape *t, hf_arena *mem)
{
    uint32_t actor, object;
    hf_view phase, time;

    if (hf_tape_parse(t, e->leaf, NULL, NULL) != HF_OK || hf_tok_type(t, 0) != HF_JSON_OBJECT)
        return false;
    actor = hf_tape_get(t, 0, "actor");
    object = hf_tape_get(t, 0, "object");
    time = hf_tok_string(t, hf_tape_get(t, 0, "time"), mem);
    if (!hf_time_parse_rfc3339(time, &e->time_us))
        e->time_us = HF_NO_TIME;
    phase = hf_tok_string(t, hf_tape_get(t, 0, "phase"), mem);
    e->phase = HF_LOG_SINGLE;
    for (unsigned i = 0; i < sizeof(phase_names) / sizeof(phase_names[0]); i++)
        if (hf_view_is(phase, phase_names[i]))
            e->phase = (hf_log_phase)i;
    e->action = hf_tok_string(t, hf_tape_get(t, 0, "action"), mem);
    e->run = hf_tok_string(t, hf_tape_get(t, 0, "run"), mem);
    e->host = hf_tok_string(t, hf_tape_get(t, 0, "host"), mem);
    e->tool = hf_tok_string(t, hf_tape_get(t, 0, "tool"), mem);
    e->outcome = hf_tok_string(t, hf_tape_get(t, 0, "outcome"), mem);
    e->user = text_of(t, actor, "user", mem);
    e->uid = text_of(t, actor, "uid", mem);
    e->sudo = text_of(t, actor, "sudo", mem);
    e->login = text_of(t, actor, "login", mem);
    e->pod = text_of(t, actor, "pod", mem);
    e->space = text_of(t, actor, "namespace", mem);
    e->object_kind = text_of(t, object, "kind", mem);
    e->object_id = text_of(t, object, "id", mem);
    e->scope = object_of(t, "scope");
    e->counts = object_of(t, "counts");
    e->digests = object_of(t, "digests");
    return true;
}
