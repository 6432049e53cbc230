/* tests/bench/gen_mmsql.c: the workspace as a Mattermost server's PostgreSQL database, in the form
 * that pg_dump gives a plain dump without owners: it can be loaded with psql or read as a file.
 *
 * Rows are as COPY writes them after the load, byte for byte, so that a dump of the loaded database
 * has the same lines.
 */
#include "gen_mmsql.h"

#include "util/copytext.h"

/* --- ids ----------------------------------------------------------------------------------------
 */

void gen_mm_id(char out[27], uint64_t seed, gen_mm_kind kind, uint64_t n)
{
    static const char letter[] = "ybndrfg8ejkmcpqxot1uwisza345h769";
    gen_rng r = gen_rng_at(seed, GEN_F_MM_ID, (uint64_t)kind, n);
    uint64_t high = gen_next(&r), low = gen_next(&r);
    for (int i = 0; i < 13; i++, high >>= 5, low >>= 5) {
        out[i] = letter[high & 31];
        out[13 + i] = letter[low & 31];
    }
    out[26] = '\0';
}

void sql_other_id(gen_sql *k, sql_id table, uint64_t n)
{
    char id[27];
    gen_mm_id(id, k->w->seed, GEN_MM_OTHER, (uint64_t)table << 48 | n);
    sql_str(k, id);
}

/* --- rows ---------------------------------------------------------------------------------------
 */

static const char *type_of(const gen_sql *k, const sql_column *c)
{
    return k->is_new ? c->now : c->then;
}

static bool has_table(const gen_sql *k, const sql_table *t)
{
    for (uint32_t i = 0; i < t->columns; i++)
        if (type_of(k, &t->column[i]) != NULL)
            return true;
    return false;
}

static bool is_ordered(const gen_sql *k, uint32_t column)
{
    for (uint32_t i = 0; i < k->ordered; i++)
        if (k->order[i] == column)
            return true;
    return false;
}

/* Make table the current one and put its columns in the order of the schema. */
static void order_columns(gen_sql *k, const sql_table *t)
{
    hf_view rest = hf_view_str(k->is_new || t->then_order == NULL ? "" : t->then_order);
    k->table = t;
    k->ordered = 0;
    while (rest.n > 0) {
        size_t n = hf_view_find_byte(rest, ',');
        hf_view name = n == HF_NPOS ? rest : hf_view_sub(rest, 0, n);
        for (uint32_t i = 0; i < t->columns; i++)
            if (hf_view_eq(name, hf_view_str(t->column[i].name)))
                k->order[k->ordered++] = i;
        rest = n == HF_NPOS ? (hf_view){ 0 } : hf_view_from(rest, n + 1);
    }
    for (uint32_t i = 0; i < t->columns; i++)
        if (type_of(k, &t->column[i]) != NULL && !is_ordered(k, i))
            k->order[k->ordered++] = i;
}

/* "-- Name: posts; Type: TABLE; Schema: public; Owner: -" */
static void add_heading(hf_buf *b, const char *data, const char *name, const char *type)
{
    hf_buf_printf(b, "--\n-- %sName: %s; Type: %s; Schema: public; Owner: -\n--\n\n", data, name,
                  type);
}

void sql_copy_begin(gen_sql *k, sql_id table)
{
    hf_buf *b = &k->o->buf;
    order_columns(k, &sql_tables[table]);
    k->rows = 0;
    k->cells = 0;
    hf_buf_reset(&k->row);
    if (k->ordered == 0)
        return;
    add_heading(b, "Data for ", k->table->name, "TABLE DATA");
    hf_buf_printf(b, "COPY public.%s (", k->table->name);
    for (uint32_t i = 0; i < k->ordered; i++)
        hf_buf_printf(b, "%s%s", i == 0 ? "" : ", ", k->table->column[k->order[i]].name);
    hf_buf_str(b, ") FROM stdin;\n");
}

void sql_copy_end(gen_sql *k)
{
    gen_tally *t = k->tally;
    if (k->ordered == 0)
        return;
    hf_buf_str(&k->o->buf, "\\.\n\n\n");
    if (t->tables < sizeof(t->table) / sizeof(t->table[0]))
        t->table[t->tables++] = (gen_named){ k->table->name, k->rows };
}

static void cell_end(gen_sql *k)
{
    if (k->cells < SQL_MAX_COLUMNS)
        k->at[++k->cells] = (uint32_t)k->row.n;
}

void sql_null(gen_sql *k)
{
    hf_buf_str(&k->row, "\\N");
    cell_end(k);
}

void sql_text(gen_sql *k, hf_view v)
{
    hf_copy_encode(&k->row, v);
    cell_end(k);
}

void sql_str(gen_sql *k, const char *v)
{
    if (v == NULL)
        sql_null(k);
    else
        sql_text(k, hf_view_str(v));
}

void sql_i64(gen_sql *k, int64_t n)
{
    hf_buf_i64(&k->row, n);
    cell_end(k);
}

void sql_bool(gen_sql *k, bool b)
{
    hf_buf_byte(&k->row, b ? 't' : 'f');
    cell_end(k);
}

void sql_blanks(gen_sql *k, uint32_t n)
{
    while (n-- > 0)
        cell_end(k);
}

void sql_zeros(gen_sql *k, uint32_t n)
{
    while (n-- > 0)
        sql_i64(k, 0);
}

void sql_json(gen_sql *k, const char *json)
{
    if (k->is_new || json == NULL) {
        sql_str(k, json);
        return;
    }
    bool in_string = false;
    hf_buf_reset(&k->json);
    for (const char *c = json; *c != '\0'; c++) {
        if (!in_string && *c == ' ')
            continue;
        hf_buf_byte(&k->json, *c);
        if (*c == '"')
            in_string = !in_string;
        else if (*c == '\\' && c[1] != '\0')
            hf_buf_byte(&k->json, *++c);
    }
    sql_text(k, hf_buf_view(&k->json));
}

void sql_row_end(gen_sql *k)
{
    hf_buf *b = &k->o->buf;
    if (k->cells != k->table->columns && k->o->err == NULL)
        (void)hf_fail(&k->o->err, HF_E_INTERNAL, "%s: %u of %u columns", k->table->name, k->cells,
                      k->table->columns);
    if (k->ordered > 0 && k->o->err == NULL) {
        for (uint32_t i = 0; i < k->ordered; i++) {
            uint32_t c = k->order[i], from = k->at[c];
            if (i > 0)
                hf_buf_byte(b, '\t');
            hf_buf_add(b, hf_view_sub(hf_buf_view(&k->row), from, k->at[c + 1] - from));
        }
        hf_buf_byte(b, '\n');
        gen_out_flush(k->o);
        k->rows++;
    }
    hf_buf_reset(&k->row);
    k->cells = 0;
}

/* --- the schema ---------------------------------------------------------------------------------
 */

static const char preamble[] =
    "--\n-- PostgreSQL database dump\n--\n\n"
    "-- Dumped from database version 15.8\n-- Dumped by pg_dump version 15.8\n\n"
    "SET statement_timeout = 0;\n"
    "SET lock_timeout = 0;\n"
    "SET idle_in_transaction_session_timeout = 0;\n"
    "SET client_encoding = 'UTF8';\n"
    "SET standard_conforming_strings = on;\n"
    "SELECT pg_catalog.set_config('search_path', '', false);\n"
    "SET check_function_bodies = false;\n"
    "SET xmloption = content;\n"
    "SET client_min_messages = warning;\n"
    "SET row_security = off;\n\n";

static void add_type(hf_buf *b, const char *name, const char *values)
{
    add_heading(b, "", name, "TYPE");
    hf_buf_printf(b, "CREATE TYPE public.%s AS ENUM (\n    %s\n);\n\n\n", name, values);
}

static void add_tables(gen_sql *k)
{
    hf_buf *b = &k->o->buf;
    hf_buf_str(b, preamble);
    if (k->is_new) {
        add_type(b, "channel_bookmark_type", "'link',\n    'file'");
        add_type(b, "channel_type", "'P',\n    'G',\n    'O',\n    'D',\n    'BO',\n    'BP'");
        add_type(b, "team_type", "'I',\n    'O'");
    }
    hf_buf_str(b, "SET default_tablespace = '';\n\nSET default_table_access_method = heap;\n\n");
    for (uint32_t t = 0; t < SQL_TABLES; t++) {
        if (!has_table(k, &sql_tables[t]))
            continue;
        order_columns(k, &sql_tables[t]);
        add_heading(b, "", k->table->name, "TABLE");
        hf_buf_printf(b, "CREATE TABLE public.%s (", k->table->name);
        for (uint32_t i = 0; i < k->ordered; i++)
            hf_buf_printf(b, "%s\n    %s %s", i == 0 ? "" : ",", k->table->column[k->order[i]].name,
                          type_of(k, &k->table->column[k->order[i]]));
        hf_buf_str(b, "\n);\n\n\n");
    }
}

static void add_indexes(gen_sql *k)
{
    hf_buf *b = &k->o->buf;
    for (uint32_t t = 0; t < SQL_TABLES; t++) {
        const sql_table *table = &sql_tables[t];
        if (!has_table(k, table) || table->key == NULL)
            continue;
        hf_buf_printf(b,
                      "--\n-- Name: %s %s_pkey; Type: CONSTRAINT; Schema: public; Owner: -\n--\n\n",
                      table->name, table->name);
        hf_buf_printf(
            b, "ALTER TABLE ONLY public.%s\n    ADD CONSTRAINT %s_pkey PRIMARY KEY (%s);\n\n\n",
            table->name, table->name, table->key);
    }
    for (uint32_t t = 0; t < SQL_TABLES; t++) {
        const char *const *index = sql_tables[t].index;
        for (; index != NULL && *index != NULL && has_table(k, &sql_tables[t]); index++) {
            const char *text = *index;
            if (*text == '+' && !k->is_new)
                continue;
            text += *text == '+';
            hf_buf_printf(b, "--\n-- Name: %.*s; Type: INDEX; Schema: public; Owner: -\n--\n\n",
                          (int)strcspn(text, " "), text);
            hf_buf_printf(b, "CREATE INDEX %s;\n\n\n", text);
        }
    }
    hf_buf_str(b, "--\n-- PostgreSQL database dump complete\n--\n\n");
}

/* --- the run ------------------------------------------------------------------------------------
 */

static void make_ids(gen_sql *k)
{
    uint32_t users = k->w->users + XU_COUNT + 1, channels = k->w->channels + XC_COUNT;
    k->user = hf_alloc0(users, sizeof(*k->user));
    k->channel = hf_alloc0(channels, sizeof(*k->channel));
    for (uint32_t i = 0; i < users; i++)
        gen_mm_id(k->user[i], k->w->seed, GEN_MM_USER, i);
    for (uint32_t i = 0; i < channels; i++)
        gen_mm_id(k->channel[i], k->w->seed, GEN_MM_CHANNEL, i);
    gen_mm_id(k->team, k->w->seed, GEN_MM_TEAM, 0);
    gen_mm_id(k->old_team, k->w->seed, GEN_MM_TEAM, 1);
}

static void write_database(gen_world *w, gen_tally *t, gen_out *o, bool is_new)
{
    gen_sql k = { .w = w, .tally = t, .o = o, .is_new = is_new };
    hf_buf *buf[] = { &k.neutral, &k.markdown, &k.text,  &k.json,
                      &k.row,     &k.props,    &k.files, &k.more_files };
    for (size_t i = 0; i < sizeof(buf) / sizeof(buf[0]); i++)
        hf_buf_init(buf[i], HF_BUF_UNBOUNDED);
    k.rounds = w->messages / 2000 + 1;
    if (k.rounds > w->channels)
        k.rounds = w->channels;
    gen_stream_init(&k.s, w);
    make_ids(&k);
    gen_out_begin(o, "mattermost.sql");
    add_tables(&k);
    sql_write_people(&k);
    sql_write_posts(&k);
    sql_write_extras(&k);
    sql_write_server(&k);
    add_indexes(&k);
    gen_out_end(o);
    gen_stream_clear(&k.s);
    hf_free(k.user);
    hf_free(k.channel);
    for (size_t i = 0; i < sizeof(buf) / sizeof(buf[0]); i++)
        hf_buf_clear(buf[i]);
}

void gen_write_mmsql_old(gen_world *w, gen_tally *t, gen_out *o)
{
    write_database(w, t, o, false);
}

void gen_write_mmsql_new(gen_world *w, gen_tally *t, gen_out *o)
{
    write_database(w, t, o, true);
}
