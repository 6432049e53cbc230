/* tests/bench/gen_slack_index.c: users.json, channels.json and the other lists of the export. */
#include "gen_slack.h"

/* --- users --------------------------------------------------------------------------------------
 */

static void add_user_entry(hf_buf *b, const gen_user *u)
{
    static const char *const zones[5][2] = { { "America/Los_Angeles", "-28800" },
                                             { "America/New_York", "-18000" },
                                             { "Europe/Berlin", "3600" },
                                             { "Asia/Kolkata", "19800" },
                                             { "Asia/Tokyo", "32400" } };
    bool is_gone = u->gone != INT64_MAX;
    char *real = hf_sprintf("%s %s", u->first, u->last);
    hf_buf_printf(b,
                  "    {\n        \"id\": \"%s\",\n        \"team_id\": \"" GEN_TEAM_ID "\",\n"
                  "        \"name\": \"%s\",\n        \"deleted\": %s",
                  u->id, u->handle, is_gone ? "true" : "false");
    if (!is_gone) {
        ADD(b, ",\n        \"color\": \"9f69e7\",\n        \"real_name\": ");
        gen_slack_string(b, real);
        ADD(b, ",\n        \"tz\": ");
        gen_slack_string(b, zones[u->zone][0]);
        hf_buf_printf(b, ",\n        \"tz_offset\": %s", zones[u->zone][1]);
    }
    ADD(b, ",\n        \"profile\": {\n            \"title\": \"\",\n            \"phone\": \"\",\n"
           "            \"real_name\": ");
    gen_slack_string(b, real);
    ADD(b, ",\n            \"display_name\": ");
    gen_slack_string(b, u->first);
    if (u->is_bot)
        hf_buf_printf(b, ",\n            \"bot_id\": \"%s\"", u->bot_id);
    else
        hf_buf_printf(b, ",\n            \"email\": \"%s@northgate.example.com\"", u->handle);
    ADD(b, ",\n            \"first_name\": ");
    gen_slack_string(b, u->first);
    ADD(b, ",\n            \"last_name\": ");
    gen_slack_string(b, u->last);
    ADD(b, ",\n            \"fields\": null,\n            \"team\": \"" GEN_TEAM_ID
           "\"\n        },\n");
    if (!is_gone)
        hf_buf_printf(b,
                      "        \"is_admin\": false,\n        \"is_owner\": false,\n"
                      "        \"is_restricted\": %s,\n        \"is_ultra_restricted\": %s,\n",
                      u->is_guest ? "true" : "false", u->is_single_guest ? "true" : "false");
    hf_buf_printf(b, "        \"is_bot\": %s,\n        \"updated\": 1672531200\n    }",
                  u->is_bot ? "true" : "false");
    hf_free(real);
}

static void write_users(gen_slack *k)
{
    hf_buf *b = &k->o->buf;
    gen_out_begin(k->o, "users.json");
    ADD(b, "[\n");
    bool is_first = true;
    for (uint32_t i = 0; i < k->w->users; i++) {
        if (k->w->user[i].is_legacy_bot)
            continue;
        if (!is_first)
            ADD(b, ",\n");
        is_first = false;
        add_user_entry(b, &k->w->user[i]);
        gen_out_flush(k->o);
    }
    ADD(b, "\n]");
    gen_out_end(k->o);
}

/* --- conversations ------------------------------------------------------------------------------
 */

static void add_members(gen_slack *k, const gen_channel *c)
{
    hf_buf *b = &k->o->buf;
    ADD(b, "        \"members\": [\n");
    for (uint32_t i = 0; i < c->members; i++)
        hf_buf_printf(b, "%s            \"%s\"", i == 0 ? "" : ",\n",
                      k->w->user[gen_members(k->w, c)[i]].id);
    ADD(b, "\n        ]");
}

static void add_channel_entry(gen_slack *k, const gen_channel *c)
{
    hf_buf *b = &k->o->buf;
    const char *creator = k->w->user[c->creator].id;
    long long created = c->created / HF_SECOND_US;
    hf_buf_printf(b, "    {\n        \"id\": \"%s\",\n", c->id);
    if (c->kind != GEN_DM) {
        ADD(b, "        \"name\": ");
        gen_slack_string(b, c->shown);
        ADD(b, ",\n");
    }
    hf_buf_printf(b, "        \"created\": %lld,\n", created);
    if (c->kind == GEN_DM) {
        add_members(k, c);
        ADD(b, "\n    }");
        return;
    }
    hf_buf_printf(b, "        \"creator\": \"%s\",\n        \"is_archived\": %s,\n", creator,
                  c->is_archived ? "true" : "false");
    if (c->kind == GEN_PUBLIC)
        hf_buf_printf(b, "        \"is_general\": %s,\n",
                      strcmp(c->name, "general") == 0 ? "true" : "false");
    add_members(k, c);
    if (c->old_name != NULL)
        hf_buf_printf(b, ",\n        \"previous_names\": [\n            \"%s\"\n        ]",
                      c->old_name);
    hf_buf_printf(
        b,
        ",\n        \"topic\": {\n            \"value\": \"\",\n"
        "            \"creator\": \"\",\n            \"last_set\": 0\n        },\n"
        "        \"purpose\": {\n            \"value\": \"%s%s\",\n"
        "            \"creator\": \"%s\",\n            \"last_set\": %lld\n        }\n    }",
        c->kind == GEN_GROUP ? "Group messaging with: " : "About ", c->name, creator, created);
}

static void write_channels(gen_slack *k, const char *name, gen_kind kind)
{
    hf_buf *b = &k->o->buf;
    gen_out_begin(k->o, name);
    ADD(b, "[");
    bool is_first = true;
    for (uint32_t i = 0; i < k->w->channels; i++) {
        if (k->w->channel[i].kind != kind)
            continue;
        hf_buf_str(b, is_first ? "\n" : ",\n");
        is_first = false;
        add_channel_entry(k, &k->w->channel[i]);
        gen_out_flush(k->o);
    }
    ADD(b, "\n]");
    gen_out_end(k->o);
}

static void write_integrations(gen_slack *k)
{
    hf_buf *b = &k->o->buf;
    gen_out_begin(k->o, "integration_logs.json");
    ADD(b, "[");
    for (uint32_t i = 0; i < k->w->bots; i++)
        hf_buf_printf(b,
                      "%s    {\n        \"user_id\": \"%s\",\n        \"user_name\": \"%s\",\n"
                      "        \"date\": \"1672531200\",\n        \"change_type\": \"added\",\n"
                      "        \"app_type\": \"%s\",\n        \"app_id\": \"A%s\"\n    }",
                      i == 0 ? "\n" : ",\n", k->w->user[k->w->bots].id,
                      k->w->user[k->w->bots].handle, k->w->user[i].handle, k->w->user[i].id + 1);
    ADD(b, "\n]");
    gen_out_end(k->o);
}

void gen_slack_index(gen_slack *k)
{
    write_users(k);
    write_channels(k, "channels.json", GEN_PUBLIC);
    write_channels(k, "groups.json", GEN_PRIVATE);
    write_channels(k, "dms.json", GEN_DM);
    write_channels(k, "mpims.json", GEN_GROUP);
    write_integrations(k);
}
