/* tests/bench/gen_mmsql_server.c: what the server keeps beside the conversations: audits, settings,
 * jobs, plugins' data, credentials. */
#include "gen_mmsql.h"

#include <stdio.h>

static int64_t start_ms(const gen_sql *k)
{
    return k->w->start / 1000;
}

static void write_audits(gen_sql *k)
{
    static const char *const action[] = { "/api/v4/users/login", "/api/v4/channels/create",
                                          "/api/v4/posts/delete", "/api/v4/users/sessions" };
    const gen_world *w = k->w;
    uint64_t n = w->messages / 20 + 5;
    sql_copy_begin(k, SQL_AUDITS);
    for (uint64_t i = 0; i < n; i++) {
        gen_rng r = gen_rng_at(w->seed, GEN_F_MM_EXTRA, UINT64_MAX - 1, i);
        char extra[96], address[32];
        uint32_t user = w->bots + (uint32_t)gen_below(&r, w->users - w->bots);
        snprintf(extra, sizeof(extra), "attempt - login_id=%s\tdevice=\"%llu\\web\"",
                 w->user[user].handle, (unsigned long long)i);
        snprintf(address, sizeof(address), "10.7.%u.%u", (unsigned)gen_below(&r, 256),
                 (unsigned)gen_below(&r, 256));
        sql_other_id(k, SQL_AUDITS, i);
        sql_i64(k, start_ms(k) + (int64_t)gen_below(&r, (uint64_t)(w->end - w->start) / 1000));
        sql_str(k, i % 13 == 4 ? "" : k->user[user]); /* nobody was logged in yet */
        sql_str(k, action[gen_below(&r, 4)]);
        sql_str(k, extra);
        sql_str(k, i % 17 == 2 ? "2001:db8::7" : address);
        sql_blanks(k, 1);
        sql_row_end(k);
    }
    sql_copy_end(k);
}

static void write_systems(gen_sql *k)
{
    char server[27];
    gen_mm_id(server, k->w->seed, GEN_MM_SERVER, 0);
    const char *const row[][2] = {
        { "DiagnosticId", server },
        { "Version", "5.37.0" },
        { "InstallationDate", "1672444800000" },
        { "AsymmetricSigningKey",
          "{\"ecdsa_key\":{\"curve\":\"P-256\",\"d\":\"" GEN_MM_SECRET "\"}}" },
        { "PostActionCookieSecret", "{\"key\":\"" GEN_MM_SECRET "\"}" },
    };
    sql_copy_begin(k, SQL_SYSTEMS);
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        if (k->is_new && i == 1) /* newer servers go by db_migrations */
            continue;
        sql_str(k, row[i][0]);
        sql_str(k, row[i][1]);
        sql_row_end(k);
    }
    sql_copy_end(k);
}

static void write_migrations(gen_sql *k)
{
    sql_copy_begin(k, SQL_DB_MIGRATIONS);
    for (int i = 1; i <= 159 && k->is_new; i++) {
        char name[32];
        snprintf(name, sizeof(name), "migration_%d", i);
        if (i == 110) /* there never was one */
            continue;
        sql_i64(k, i);
        sql_str(k, name);
        sql_row_end(k);
    }
    sql_copy_end(k);
}

static void write_jobs(gen_sql *k)
{
    static const char *const type[] = { "data_retention", "message_export", "plugins", "recap" };
    sql_copy_begin(k, SQL_JOBS);
    for (int i = 0; i < 4; i++) {
        sql_other_id(k, SQL_JOBS, (uint64_t)i);
        sql_str(k, type[i]);
        sql_zeros(k, 1);
        for (int t = 0; t < 3; t++)
            sql_i64(k, start_ms(k) + 86400000 + i * 1000 + t);
        sql_str(k, i == 2 ? "error" : "success");
        sql_i64(k, 100);
        sql_json(k, i == 2 ? "{\"error\": \"no \\\"plugin\\\"\"}" : "{}");
        sql_row_end(k);
    }
    sql_copy_end(k);
    sql_copy_begin(k, SQL_RETENTIONPOLICIES);
    sql_other_id(k, SQL_RETENTIONPOLICIES, 0);
    sql_str(k, "Harbor office, 7 years");
    sql_i64(k, 2557);
    sql_row_end(k);
    sql_copy_end(k);
}

/* What a login needs, and a hook's address. */
static void write_credentials(gen_sql *k)
{
    sql_copy_begin(k, SQL_SESSIONS);
    for (uint32_t i = 0; i < 20; i++) {
        sql_other_id(k, SQL_SESSIONS, i);
        sql_str(k, GEN_MM_SECRET);
        sql_i64(k, start_ms(k));
        sql_i64(k, start_ms(k) + 86400000);
        sql_i64(k, start_ms(k) + 1000);
        sql_str(k, k->user[k->w->bots + i % (k->w->users - k->w->bots)]);
        sql_str(k, "");
        sql_str(k, "system_user");
        sql_bool(k, false);
        sql_json(k, "{\"os\": \"Linux\", \"csrf\": \"" GEN_MM_SECRET "\"}");
        sql_bool(k, false);
        sql_row_end(k);
    }
    sql_copy_end(k);
    sql_copy_begin(k, SQL_INCOMINGWEBHOOKS);
    sql_str(k, GEN_MM_SECRET); /* its id is what a caller must know */
    sql_i64(k, start_ms(k));
    sql_i64(k, start_ms(k));
    sql_zeros(k, 1);
    sql_str(k, k->user[k->w->bots]);
    sql_str(k, k->channel[0]);
    sql_str(k, k->team);
    sql_str(k, "Berth hook");
    sql_blanks(k, 3);
    sql_bool(k, false);
    sql_row_end(k);
    sql_copy_end(k);
}

static void write_plugins(gen_sql *k)
{
    sql_copy_begin(k, SQL_PLUGINKEYVALUESTORE);
    for (uint32_t i = 0; i < 12; i++) {
        char key[32];
        snprintf(key, sizeof(key), "hold_%u\\%u", i, i * 7);
        sql_str(k, i % 2 == 0 ? "com.northgate.calls" : "com.northgate.legal");
        sql_str(k, key);
        sql_str(k, i == 3 ? NULL : i == 4 ? "\\x" : "\\x00ff0a5c09");
        sql_i64(k, i % 3 == 0 ? 0 : start_ms(k) / 1000);
        sql_row_end(k);
    }
    sql_copy_end(k);
    sql_copy_begin(k, SQL_CALLS);
    for (uint32_t i = 0; i < 5; i++) {
        sql_other_id(k, SQL_CALLS, i);
        sql_str(k, k->channel[i]);
        sql_i64(k, start_ms(k) + i);
        sql_str(k, i == 0 ? NULL : "Call about the\ttide");
        sql_json(k, "{\"hosts\": [], \"recording\": null}");
        sql_row_end(k);
    }
    sql_copy_end(k);
    sql_copy_begin(k, SQL_LINKMETADATA);
    for (uint32_t i = 0; i < 4; i++) {
        sql_i64(k, (int64_t)i * INT64_C(-1152921504606846) + 17);
        sql_str(k, "https://wiki.example.com/plan?x=1&y=\\2");
        sql_i64(k, start_ms(k));
        sql_str(k, i == 0 ? "none" : "opengraph");
        sql_json(k, i == 0 ? NULL : "{\"url\": \"https://wiki.example.com\", \"title\": \"Plan\"}");
        sql_row_end(k);
    }
    sql_copy_end(k);
}

static void write_compliance(gen_sql *k)
{
    sql_copy_begin(k, SQL_COMPLIANCES);
    sql_other_id(k, SQL_COMPLIANCES, 0);
    sql_i64(k, start_ms(k) + 500);
    sql_str(k, k->user[k->w->bots]);
    sql_str(k, "finished");
    sql_i64(k, 12);
    sql_str(k, "Case 7: \"tide\"");
    sql_str(k, "adhoc");
    sql_i64(k, start_ms(k));
    sql_i64(k, start_ms(k) + 400);
    sql_str(k, "tide,crane");
    sql_str(k, "solo.sam@northgate.example.com");
    sql_row_end(k);
    sql_copy_end(k);
}

static void write_properties(gen_sql *k)
{
    sql_copy_begin(k, SQL_PROPERTYVALUES);
    for (uint32_t i = 0; i < 6 && k->is_new; i++) {
        char post[27];
        gen_mm_id(post, k->w->seed, GEN_MM_POST, i);
        sql_other_id(k, SQL_PROPERTYVALUES, i);
        sql_str(k, i % 2 == 0 ? post : k->user[k->w->bots]);
        sql_str(k, i % 2 == 0 ? "post" : "user");
        sql_other_id(k, SQL_PROPERTYVALUES, 100);
        sql_other_id(k, SQL_PROPERTYVALUES, 101 + i);
        sql_str(k, i == 2 ? "\"Somebody said: \\\"no\\\"\"" : "[\"a\", 1, null]");
        sql_i64(k, start_ms(k));
        sql_i64(k, start_ms(k));
        sql_zeros(k, 1);
        sql_row_end(k);
    }
    sql_copy_end(k);
    sql_copy_begin(k, SQL_FORK_CASE_NOTES);
    for (uint32_t i = 0; i < 9 && k->is_new; i++) { /* without a key, two rows alike */
        sql_str(k, i == 1 ? NULL : "2023-05-01 10:20:30.5+00");
        sql_str(k, i == 2 ? "{}" : "{7,NULL,9}");
        sql_str(k, i == 3 ? "" : i == 4 ? "line\none \\N \t" : "Same note");
        sql_str(k, i == 5 ? NULL : "1.500");
        sql_row_end(k);
    }
    sql_copy_end(k);
}

void sql_write_server(gen_sql *k)
{
    write_audits(k);
    write_systems(k);
    write_migrations(k);
    write_jobs(k);
    write_credentials(k);
    write_plugins(k);
    write_compliance(k);
    write_properties(k);
}
