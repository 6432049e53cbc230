/* db/pg_error.c: what PostgreSQL says went wrong, as our errors.
 *
 * Texts of the server are translated and change; its SQLSTATE (PostgreSQL documentation, appendix
 * "Error Codes") does not, so that decides. Only the primary message is passed on: DETAIL and
 * CONTEXT quote rows.
 */
#include "db/pg_priv.h"
#include "util/stop.h"

typedef struct state_row {
    const char *prefix; /* of the SQLSTATE; the first row that fits counts */
    hf_status code;
    const char *hint;
} state_row;

static const state_row states[] = {
    { "28", HF_E_DENIED,
      "check role and password (PGPASSFILE, --password-command) and the server's pg_hba.conf" },
    { "42501", HF_E_DENIED,
      "grant the role what is missing; holdfast help grants prints what a reader needs" },
    { "3D000", HF_E_USAGE, "psql -l lists the databases of a server" },
    { "57014", HF_E_UNREACHABLE,
      "a statement ran longer than statement_timeout allows, or somebody cancelled it; give it "
      "more time or run again" },
    { "55P03", HF_E_LOCKED,
      "another session holds a lock on the table, a migration perhaps; run again later" },
    { "40001", HF_E_UNREACHABLE,
      "a standby cancels long readings: raise max_standby_streaming_delay, set "
      "hot_standby_feedback, or read the primary" },
    { "42P01", HF_E_UNREACHABLE, "a table was taken away since the reading began; run again" },
    { "42703", HF_E_UNREACHABLE, "a column was taken away since the reading began; run again" },
    { "08", HF_E_UNREACHABLE, "run again when the server answers" },
    { "57P", HF_E_UNREACHABLE, "the server was shut down or restarted; run again when it is up" },
    { "53300", HF_E_UNREACHABLE,
      "the server has no connection left; run again later, or with fewer --jobs" },
    { "25P", HF_E_UNREACHABLE, "the server ended the transaction for being open too long" },
    { "53100", HF_E_NO_SPACE, "the server's own disk is full" },
    { "XX001", HF_E_DAMAGED, "a table of the server is broken; restore it from a backup" },
    { "XX002", HF_E_DAMAGED, "an index of the server is broken; REINDEX it" },
};

static bool is_state(hf_view v)
{
    if (v.n < 5)
        return false;
    for (size_t i = 0; i < 5; i++)
        if (!(v.p[i] >= '0' && v.p[i] <= '9') && !(v.p[i] >= 'A' && v.p[i] <= 'Z'))
            return false;
    return true;
}

/* "connection to server at ... failed: FATAL:  28P01: text\nLOCATION:  ...": the severity is
 * translated, the two spaces after it and the code are not. libpq may have tried twice (with and
 * without TLS): the last word counts. */
bool hf_pg_message(const char *message, char state[6], hf_view *text)
{
    hf_view all = hf_view_str(message);
    bool found = false;

    for (size_t i = 0; i + 9 < all.n; i++)
        if (memcmp(all.p + i, ":  ", 3) == 0 && is_state(hf_view_from(all, i + 3)) &&
            memcmp(all.p + i + 8, ": ", 2) == 0) {
            memcpy(state, all.p + i + 3, 5);
            state[5] = '\0';
            *text = hf_view_from(all, i + 10);
            found = true;
        }
    if (!found)
        *text = all;
    else
        *text = hf_view_sub(*text, 0, hf_view_find_byte(*text, '\n'));
    while (text->n > 0 && text->p[text->n - 1] == '\n')
        text->n--;
    return found;
}

static const state_row *row_of(const char *state)
{
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
        if (strncmp(state, states[i].prefix, strlen(states[i].prefix)) == 0)
            return &states[i];
    return NULL;
}

/* One line, safe on a terminal. */
static void add_line(hf_buf *b, hf_view text)
{
    while (text.n > 0) {
        size_t end = hf_view_find_byte(text, '\n');
        hf_view line = hf_view_sub(text, 0, end);

        while (line.n > 0 && (line.p[0] == ' ' || line.p[0] == '\t'))
            line = hf_view_from(line, 1);
        hf_buf_printable(b, line);
        text = end == HF_NPOS ? hf_view_from(text, text.n) : hf_view_from(text, end + 1);
        if (text.n > 0)
            hf_buf_str(b, "; ");
    }
}

static hf_status without_state(const hf_pg *pg, const state_row **row)
{
    static const state_row password = {
        "", HF_E_DENIED, "give it in a password file (~/.pgpass) or with --password-command"
    };
    static const state_row silent = { "", HF_E_UNREACHABLE,
                                      "check host, port and network, and that the server is up" };

    static const state_row untrusted = { "", HF_E_UNREACHABLE,
                                         "it is another server, or sslrootcert names another "
                                         "authority than the one that signed for this host" };

    *row = pg->raw == NULL                                          ? &silent
           : PQconnectionNeedsPassword(pg->raw)                     ? &password
           : strstr(PQerrorMessage(pg->raw), "certificate") != NULL ? &untrusted
                                                                    : &silent;
    return (*row)->code;
}

hf_status hf_pg_fail(hf_pg *pg, const PGresult *res, const char *what, hf_err **err)
{
    const char *sqlstate = res == NULL ? NULL : PQresultErrorField(res, PG_DIAG_SQLSTATE);
    const char *primary = res == NULL ? NULL : PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
    hf_view text = hf_view_str(primary);
    hf_status code = hf_pg_stop_check(pg, err);
    const state_row *row = NULL;
    char state[6] = "";
    hf_buf b;

    if (code != HF_OK) /* we asked for it ourselves */
        goto done;
    hf_buf_init(&b, 4096);
    if (sqlstate != NULL)
        memcpy(state, sqlstate, strlen(sqlstate) == 5 ? 6 : 0);
    else if (!hf_pg_message(PQerrorMessage(pg->raw), state, &text))
        state[0] = '\0';
    if (state[0] != '\0') {
        row = row_of(state);
        code = row == NULL ? HF_E_DB : row->code;
    } else if (PQstatus(pg->raw) == CONNECTION_BAD) {
        code = without_state(pg, &row);
    } else {
        code = HF_E_DB;
    }
    add_line(&b, text);
    hf_fail(err, code, "%s: %s", what, b.n == 0 ? "the connection was lost" : hf_buf_cstr(&b));
    hf_buf_clear(&b);
    if (row != NULL)
        hf_hint(err, "%s", row->hint);
done:
    hf_err_at(err, pg->label, (hf_view){ NULL, 0 }, HF_NO_OFFSET);
    return code;
}

hf_status hf_pg_stop_check(const hf_pg *pg, hf_err **err)
{
    hf_status rc = hf_stop_check(err);

    if (rc == HF_OK && atomic_load_explicit(&pg->stop, memory_order_relaxed))
        rc = hf_fail(err, HF_E_INTERRUPTED, "the reading was given up");
    return rc;
}
