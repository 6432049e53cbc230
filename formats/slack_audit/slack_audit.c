/* slack_audit/slack_audit.c: what Slack's Audit Logs API gives (Enterprise Grid).
 *
 * Forms     pages {"entries": [...], "response_metadata": {...}}, or entries alone, as an array or
 * one a line, as collectors of logs write them Entry     {id, date_create (seconds), action,
 * actor{type, user{id, name, email, team}}, entity{type, TYPE{id, ...}}, context{location{type, id,
 * name, domain}, ua, ip_address}, details{...}}; details are open-ended Origin context.location.id,
 * the workspace or organisation; one file may hold several Source
 * api.slack.com/admins/audit-logs-call; github.com/slack-go/slack, audit.go
 */
#include "event_common/events.h"

static bool is_event(const hf_tape *t)
{
    return hf_tape_get(t, 0, "date_create") != HF_NO_TOK &&
           hf_tape_get(t, 0, "action") != HF_NO_TOK && hf_tape_get(t, 0, "actor") != HF_NO_TOK &&
           hf_tape_get(t, 0, "context") != HF_NO_TOK;
}

/* entity{"type": "channel", "channel": {"id": ...}}: the id of what it was done to. */
static uint32_t entity_id(const hf_tape *t, hf_arena *mem)
{
    uint32_t entity = hf_tape_get(t, 0, "entity");
    uint32_t type = hf_tape_get_in(t, entity, "type");
    hf_view name = type == HF_NO_TOK ? HF_V("") : hf_tok_string(t, type, mem);
    char *key = hf_view_dup(name);
    uint32_t id = hf_tape_get_in(t, hf_tape_get_in(t, entity, key), "id");

    hf_free(key);
    return id;
}

static void fill(hf_batch *b, hf_record *r, hf_tape *t)
{
    uint32_t actor = hf_tape_get(t, 0, "actor");
    uint32_t user = hf_tape_get_in(t, hf_tape_get_in(t, actor, "user"), "id");
    uint32_t context = hf_tape_get(t, 0, "context");
    uint32_t where = hf_tape_get_in(t, hf_tape_get_in(t, context, "location"), "id");
    uint32_t id = hf_tape_get(t, 0, "id");

    if (hf_take_time(b, r, t, hf_tape_get(t, 0, "date_create"), HF_F_EVENT_TIME, 0, HF_SECOND_US,
                     false))
        r->time_us = r->value[r->nvalue - 1].num;
    r->flags |= HF_REC_WHOLE_SECONDS;
    hf_take_text(b, r, t, id, HF_F_EVENT_ID, 0);
    hf_take_text(b, r, t, user, HF_F_EVENT_USER, 0);
    hf_take_text(b, r, t, hf_tape_get(t, 0, "action"), HF_F_EVENT_ACTION, 0);
    hf_take_text(b, r, t, entity_id(t, b->mem), HF_F_EVENT_DETAIL, 0);
    hf_take_text(b, r, t, hf_tape_get_in(t, context, "ip_address"), HF_F_EVENT_ADDRESS, 0);
    if (r->id.n == 0 && id != HF_NO_TOK)
        r->id = hf_tok_string(t, id, b->mem);
    if (r->origin.n == 0 && where != HF_NO_TOK)
        r->origin = hf_tok_string(t, where, b->mem);
}

static const hf_event_format slack = { .name = "slack-audit",
                                       .pages = "entries",
                                       .product = "Slack audit log",
                                       .is_event = is_event,
                                       .fill = fill };

static int slack_audit_probe(const hf_peek *pk, const char **why)
{
    *why = "entries with date_create, action, actor and context";
    return hf_events_probe(&slack, pk);
}

static hf_status slack_audit_open(hf_reader **out, const hf_reader_args *args, hf_err **err)
{
    return hf_events_open(&slack, out, args, err);
}

static hf_status slack_audit_parse(hf_batch *b, hf_record *r, hf_paths *paths, hf_err **err)
{
    return hf_events_parse(&slack, b, r, paths, err);
}

const hf_format hf_format_slack_audit = {
    .name = "slack-audit",
    .title = "Slack audit log (Audit Logs API, JSON)",
    .spec = "docs/formats/slack-audit.md",
    .probe = slack_audit_probe,
    .open = slack_audit_open,
    .parse = slack_audit_parse,
    .dialect = HF_DIALECT_PLAIN,
};
