/* mattermost/dump_text.c: SQL text cut into statements, comments and the rows of COPY.
 *
 * The rules are psql's (PostgreSQL 15 documentation, "Lexical Structure", and psql's own scanner):
 * a semicolon, COPY or comment inside of a text, a name in quotes or the body of a function is
 * none.
 */
#include "dump_priv.h"
#include "util/stop.h"

enum { WINDOW_BYTES = 1024 * 1024, STATEMENT_BYTES = 1024 * 1024, TAG_BYTES = 64 };

void mm_text_init(mm_text *t, hf_spool *spool, hf_view head)
{
    *t = (mm_text){ .spool = spool, .carriage = HF_NO_OFFSET };
    hf_buf_init(&t->piece, STATEMENT_BYTES);
    if (spool == NULL) {
        t->window = head.p;
        t->n = head.n;
    } else {
        t->own = hf_alloc(WINDOW_BYTES);
        t->window = t->own;
    }
}

void mm_text_clear(mm_text *t)
{
    hf_buf_clear(&t->piece);
    hf_free(t->own);
    hf_err_free(t->err);
    *t = (mm_text){ .carriage = HF_NO_OFFSET };
}

/* --- bytes ---------------------------------------------------------------------------------------
 */

/* The window on from where it ends; false at the end of the text, and when it cannot be read. */
static bool refill(mm_text *t)
{
    if (t->spool == NULL || t->rc != HF_OK)
        return false;
    t->at += t->n;
    t->n = t->pos = 0;
    t->rc = hf_stop_check(&t->err);
    if (t->rc == HF_OK)
        t->rc = hf_spool_read(t->spool, t->at, t->own, WINDOW_BYTES, &t->n, &t->err);
    return t->rc == HF_OK && t->n > 0;
}

/* The next byte, not taken; -1 at the end. */
static int look(mm_text *t)
{
    if (t->pos == t->n && !refill(t))
        return -1;
    return (unsigned char)t->window[t->pos];
}

static int take(mm_text *t)
{
    int c = look(t);

    if (c >= 0)
        t->pos++;
    return c;
}

static uint64_t offset_of(const mm_text *t)
{
    return t->at + t->pos;
}

static void note_carriage(mm_text *t)
{
    if (t->carriage == HF_NO_OFFSET)
        t->carriage = offset_of(t) - 1;
}

static void keep(mm_text *t, int c)
{
    if (t->piece.n < t->piece.max)
        hf_buf_byte(&t->piece, (char)c);
}

static bool is_blank(int c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

static bool is_name(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c >= 0x80;
}

/* --- parts of statements: each returns false when the text ends inside of it ---------------------
 */

/* The rest of the line, kept when wanted, without its line feed. */
static bool line(mm_text *t, bool wanted)
{
    int c;

    while ((c = take(t)) >= 0 && c != '\n') {
        if (c == '\r' && look(t) == '\n')
            note_carriage(t);
        else if (wanted)
            keep(t, c);
    }
    return c >= 0;
}

/* From after its first slash and star; such comments nest. */
static bool block_comment(mm_text *t)
{
    uint64_t depth = 1;
    int before = 0, c;

    while (depth > 0 && (c = take(t)) >= 0) {
        bool ends = before == '*' && c == '/', begins = before == '/' && c == '*';

        depth = ends ? depth - 1 : begins ? depth + 1 : depth;
        before = ends || begins ? 0 : c;
    }
    return depth == 0;
}

/* From after the first quote; a doubled one does not end it. With escapes (E'...') a backslash
 * takes the next byte with it. */
static bool quoted(mm_text *t, int quote, bool has_escapes)
{
    int c;

    keep(t, quote);
    while ((c = take(t)) >= 0) {
        keep(t, c);
        if (c == quote && look(t) != quote)
            return true;
        if (c == quote || (c == '\\' && has_escapes)) {
            c = take(t);
            if (c >= 0)
                keep(t, c);
        }
    }
    return false;
}

/* From after the first dollar: $tag$ text $tag$, or no text at all but a parameter. */
static bool dollar(mm_text *t)
{
    char tag[TAG_BYTES];
    size_t n = 0, match = 0;
    int c;

    keep(t, '$');
    while (n < sizeof(tag) && is_name(look(t)) && !(n == 0 && look(t) >= '0' && look(t) <= '9')) {
        tag[n] = (char)take(t);
        keep(t, (unsigned char)tag[n++]);
    }
    if (n == sizeof(tag) || look(t) != '$')
        return true;
    keep(t, take(t));
    while ((c = take(t)) >= 0) { /* match: bytes of "$tag" seen, counted from the dollar */
        keep(t, c);
        if (c == '$' && match == n + 1)
            return true;
        if (c == '$')
            match = 1;
        else if (match > 0 && match <= n && c == (unsigned char)tag[match - 1])
            match++;
        else
            match = 0;
    }
    return false;
}

/* Take in a byte of a statement, and what it begins; before is the byte before it. */
static bool part(mm_text *t, int c, int before)
{
    if (c == '\'')
        return quoted(t, c, before == 'E' || before == 'e');
    if (c == '"')
        return quoted(t, c, false);
    if (c == '$' && !is_name(before))
        return dollar(t);
    if (c == '-' && look(t) == '-') {
        keep(t, ' ');
        return line(t, false);
    }
    if (c == '/' && look(t) == '*') {
        take(t);
        keep(t, ' ');
        return block_comment(t);
    }
    if (c == '\r' && look(t) == '\n')
        note_carriage(t);
    keep(t, c);
    return true;
}

/* The byte before the last one kept, when that one ends a name: E in E'...'; a name that ends in E
 * is none. */
static int prefix_of(const mm_text *t)
{
    const hf_buf *b = &t->piece;
    int last = b->n > 0 ? (unsigned char)b->p[b->n - 1] : 0;

    if ((last == 'E' || last == 'e') && b->n > 1 && is_name((unsigned char)b->p[b->n - 2]))
        return 'x';
    return last;
}

static bool statement(mm_text *t)
{
    int c;

    while ((c = take(t)) >= 0 && c != ';')
        if (!part(t, c, prefix_of(t)))
            return false;
    return c == ';';
}

/* --- pieces --------------------------------------------------------------------------------------
 */

/* False when the text ends inside of a statement. */
static bool piece(mm_text *t, mm_piece *out)
{
    bool is_whole = true;
    int c = take(t);

    hf_buf_reset(&t->piece);
    *out = (mm_piece){ .kind = MM_PIECE_STATEMENT, .at = offset_of(t) - 1 };
    if (c == '\\') {
        out->kind = MM_PIECE_COMMAND;
        line(t, true);
    } else if (c == '-' && look(t) == '-') {
        out->kind = MM_PIECE_COMMENT;
        take(t);
        line(t, true);
    } else if (c != ';') {
        is_whole = part(t, c, 0) && statement(t);
    }
    out->text = hf_buf_view(&t->piece);
    return is_whole;
}

/* What an editor of Windows puts before UTF-8; psql steps over it as well. */
static void skip_mark(mm_text *t)
{
    hf_view mark = HF_V("\xef\xbb\xbf");

    if (look(t) >= 0 && offset_of(t) == 0 && hf_view_starts((hf_view){ t->window, t->n }, mark))
        t->pos = mark.n;
}

hf_status mm_text_next(mm_text *t, mm_piece *out, hf_err **err)
{
    skip_mark(t);
    while (look(t) >= 0) {
        if (is_blank(look(t))) {
            if (take(t) == '\r' && look(t) == '\n')
                note_carriage(t);
            continue;
        }
        if (piece(t, out))
            return HF_OK;
    }
    if (t->rc != HF_OK) {
        if (err != NULL && *err == NULL) {
            *err = t->err;
            t->err = NULL;
        }
        return t->rc;
    }
    return HF_END;
}

/* --- rows ----------------------------------------------------------------------------------------
 */

/* Step over a line; *head has its first two bytes, *n its length without the line feed. False when
 * the text ends before the line feed. */
static bool skip_line(mm_text *t, char head[2], uint64_t *n)
{
    *n = 0;
    while (look(t) >= 0) {
        hf_view rest = { t->window + t->pos, t->n - t->pos };
        size_t end = hf_view_find_byte(rest, '\n');
        size_t got = end == HF_NPOS ? rest.n : end;

        for (size_t i = 0; i < got && *n + i < 2; i++)
            head[*n + i] = rest.p[i];
        *n += got;
        t->pos += end == HF_NPOS ? got : got + 1;
        if (end != HF_NPOS)
            return true;
    }
    return false;
}

hf_status mm_text_rows(mm_text *t, mm_section *out, hf_err **err)
{
    char head[2] = { 0, 0 };
    uint64_t n;

    *out = (mm_section){ .is_cut = true };
    line(t, false); /* the rest of the statement's own line */
    out->at = offset_of(t);
    for (;;) {
        bool is_whole;

        out->end = offset_of(t);
        is_whole = skip_line(t, head, &n);
        if (n == 2 && head[0] == '\\' && head[1] == '.') {
            out->is_cut = false;
            break;
        }
        if (!is_whole)
            break;
        out->rows++;
    }
    if (t->rc != HF_OK && err != NULL && *err == NULL) {
        *err = t->err;
        t->err = NULL;
    }
    return t->rc;
}
