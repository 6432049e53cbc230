/* mattermost_audit/mattermost_audit.c: the file that a Mattermost server writes its audit records
 * to (ExperimentalAuditSettings.FileName, and targets of AdvancedLoggingJSON in format json).
 *
 * Line      {"timestamp": "2025-04-30 16:17:44.207 Z", "event_name": "login", "status": "success",
 *           "actor": {user_id, session_id, client, ip_address, x_forwarded_for},
 *           "event": {parameters, prior_state, resulting_state, object_type}, "meta": {...},
 *           "error": {...}}; up to 6.x flat: event, user_id, ip_address and so on at the top
 * Ids       none: a digest of the line
 * Origin    the file does not say which server it is of: --origin
 * Source    github.com/mattermost/mattermost, server/public/model/audit_record.go
 */
#include "event_common/events.h"

static uint32_t only_text(const hf_tape *t, uint32_t tok)
{
    return tok != HF_NO_TOK && hf_tok_type(t, tok) == HF_JSON_STRING ? tok : HF_NO_TOK;
}

/* A text at the top of the line. */
static uint32_t text_at(const hf_tape *t, const char *key)
{
    return only_text(t, hf_tape_get(t, 0, key));
}

/* The same value now and in files of old servers. */
static uint32_t either(const hf_tape *t, const char *object, const char *key, const char *flat)
{
    uint32_t tok = only_text(t, hf_tape_get_in(t, hf_tape_get(t, 0, object), key));

    return tok != HF_NO_TOK ? tok : text_at(t, flat);
}

static bool is_event(const hf_tape *t)
{
    bool is_old = text_at(t, "event") != HF_NO_TOK && text_at(t, "session_id") != HF_NO_TOK;
    bool is_new = text_at(t, "event_name") != HF_NO_TOK && hf_tape_get(t, 0, "actor") != HF_NO_TOK;

    return text_at(t, "timestamp") != HF_NO_TOK && text_at(t, "status") != HF_NO_TOK &&
           (is_old || is_new);
}

/* "2025-04-30 16:17:44.207 Z", or with +01:00: RFC 3339 but for its two blanks. */
static bool parse_time(hf_view text, int64_t *us)
{
    hf_buf b;
    bool ok;

    if (hf_time_parse_rfc3339(text, us))
        return true;
    hf_buf_init(&b, 64);
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] != ' ')
            hf_buf_byte(&b, text.p[i]);
        else if (i == 10)
            hf_buf_byte(&b, 'T');
    ok = !b.full && hf_time_parse_rfc3339(hf_buf_view(&b), us);
    hf_buf_clear(&b);
    return ok;
}

static void take_time(hf_batch *b, hf_record *r, hf_tape *t)
{
    uint32_t tok = text_at(t, "timestamp");
    int64_t us;

    if (tok == HF_NO_TOK || !parse_time(hf_tok_string(t, tok, b->mem), &us))
        return;
    r->time_us = us;
    hf_take_for(t, tok, hf_rec_num(b, r, HF_F_EVENT_TIME, 0, r->time_us));
}

static void fill(hf_batch *b, hf_record *r, hf_tape *t)
{
    take_time(b, r, t);
    hf_take_text(b, r, t, either(t, "actor", "user_id", "user_id"), HF_F_EVENT_USER, 0);
    hf_take_text(b, r, t,
                 text_at(t, "event_name") != HF_NO_TOK ? text_at(t, "event_name")
                                                       : text_at(t, "event"),
                 HF_F_EVENT_ACTION, 0);
    hf_take_text(b, r, t, text_at(t, "status"), HF_F_EVENT_OUTCOME, 0);
    hf_take_text(b, r, t, either(t, "event", "object_type", "api_path"), HF_F_EVENT_DETAIL, 0);
    hf_take_text(b, r, t, either(t, "actor", "ip_address", "ip_address"), HF_F_EVENT_ADDRESS, 0);
}

static const hf_event_format mattermost = { .name = "mattermost-audit",
                                            .product = "Mattermost audit log",
                                            .is_event = is_event,
                                            .fill = fill };

static int mattermost_audit_probe(const hf_peek *pk, const char **why)
{
    *why = "lines with timestamp, event_name, status and actor";
    return hf_events_probe(&mattermost, pk);
}

static hf_status mattermost_audit_open(hf_reader **out, const hf_reader_args *args, hf_err **err)
{
    return hf_events_open(&mattermost, out, args, err);
}

static hf_status mattermost_audit_parse(hf_batch *b, hf_record *r, hf_paths *paths, hf_err **err)
{
    return hf_events_parse(&mattermost, b, r, paths, err);
}

const hf_format hf_format_mattermost_audit = {
    .name = "mattermost-audit",
    .title = "Mattermost audit log (JSON lines)",
    .spec = "docs/formats/mattermost-audit.md",
    .probe = mattermost_audit_probe,
    .open = mattermost_audit_open,
    .parse = mattermost_audit_parse,
    .dialect = HF_DIALECT_PLAIN,
};
