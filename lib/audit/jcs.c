/* audit/jcs.c: see jcs.h. */
#include "audit/jcs.h"

#include "util/json.h"
#include "util/utf8.h"

#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

/* --- numbers ------------------------------------------------------------------------------------
 */

enum { MOST_DIGITS = 17 }; /* tell any two doubles apart */

static pthread_once_t plain_once = PTHREAD_ONCE_INIT;
static locale_t plain; /* a decimal point, whatever the program's locale has */

static void make_plain(void)
{
    plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

/* The shortest digits that read as value (positive) again, without a point; value is
 * 0.DIGITS * 10^*point. Of several that are as short printf gives the nearest. */
static size_t shortest(double value, char digits[MOST_DIGITS + 1], int *point)
{
    char text[40] = "";
    size_t n = 0;
    char *e;

    for (int precision = 0; precision < MOST_DIGITS; precision++) {
        snprintf(text, sizeof(text), "%.*e", precision, value);
        if (strtod(text, NULL) == value)
            break;
    }
    e = strchr(text, 'e');
    *point = (int)strtol(e + 1, NULL, 10) + 1;
    for (const char *p = text; p < e; p++)
        if (*p != '.')
            digits[n++] = *p;
    while (n > 1 && digits[n - 1] == '0')
        n--;
    return n;
}

static void put_zeros(hf_buf *out, int n)
{
    while (n-- > 0)
        hf_buf_byte(out, '0');
}

static void put_positive(hf_buf *out, double value)
{
    char digits[MOST_DIGITS + 1];
    int point, n;

    n = (int)shortest(value, digits, &point);
    if (point >= n && point <= 21) {
        hf_buf_add(out, (hf_view){ digits, (size_t)n });
        put_zeros(out, point - n);
    } else if (point > 0 && point <= 21) {
        hf_buf_add(out, (hf_view){ digits, (size_t)point });
        hf_buf_byte(out, '.');
        hf_buf_add(out, (hf_view){ digits + point, (size_t)(n - point) });
    } else if (point > -6 && point <= 0) {
        hf_buf_str(out, "0.");
        put_zeros(out, -point);
        hf_buf_add(out, (hf_view){ digits, (size_t)n });
    } else {
        hf_buf_byte(out, digits[0]);
        if (n > 1)
            hf_buf_byte(out, '.');
        hf_buf_add(out, (hf_view){ digits + 1, (size_t)n - 1 });
        hf_buf_printf(out, "e%c%d", point > 0 ? '+' : '-', abs(point - 1));
    }
}

void hf_jcs_number(hf_buf *out, double value)
{
    locale_t before;

    pthread_once(&plain_once, make_plain);
    before = uselocale(plain);
    if (value < 0)
        hf_buf_byte(out, '-');
    if (fpclassify(value) == FP_ZERO) /* minus zero as well */
        hf_buf_byte(out, '0');
    else
        put_positive(out, fabs(value));
    uselocale(before);
}

static bool read_number(hf_view text, double *out)
{
    char *copy = hf_view_dup(text);
    locale_t before;

    pthread_once(&plain_once, make_plain);
    before = uselocale(plain);
    *out = strtod(copy, NULL);
    uselocale(before);
    hf_free(copy);
    return isfinite(*out) != 0;
}

/* --- values -------------------------------------------------------------------------------------
 */

typedef struct writer {
    const hf_tape *t;
    hf_buf *out;
    hf_arena *mem;
} writer;

typedef struct member {
    hf_view name;
    uint32_t key;
} member;

/* The UTF-16 code unit that a code point begins with. */
static uint32_t first_unit(uint32_t cp)
{
    return cp < 0x10000 ? cp : 0xD7C0 + (cp >> 10);
}

static int by_units(const void *left, const void *right)
{
    hf_view a = ((const member *)left)->name, b = ((const member *)right)->name;
    size_t i = 0, same = a.n < b.n ? a.n : b.n;
    uint32_t ca = 0, cb = 0;

    while (i < same && a.p[i] == b.p[i])
        i++;
    if (i == same)
        return a.n < b.n ? -1 : a.n > b.n;
    while (i > 0 && ((unsigned char)a.p[i] & 0xC0) == 0x80) /* back to where the character begins */
        i--;
    hf_utf8_at(a, i, &ca);
    hf_utf8_at(b, i, &cb);
    if (first_unit(ca) != first_unit(cb))
        return first_unit(ca) < first_unit(cb) ? -1 : 1;
    return ca < cb ? -1 : ca > cb;
}

static hf_status put_value(const writer *w, uint32_t tok, hf_err **err);

static hf_status put_object(const writer *w, uint32_t tok, hf_err **err)
{
    const hf_tape *t = w->t;
    hf_status rc = HF_OK;
    member *all;
    size_t n = 0, i = 0;

    for (uint32_t k = hf_tape_first(t, tok); k != HF_NO_TOK; k = hf_tape_after(t, tok, k))
        n++;
    all = hf_alloc0(n, sizeof(*all));
    for (uint32_t k = hf_tape_first(t, tok); k != HF_NO_TOK; k = hf_tape_after(t, tok, k))
        all[i++] = (member){ hf_tok_string(t, k, w->mem), k };
    if (n > 0)
        qsort(all, n, sizeof(*all), by_units);
    hf_buf_byte(w->out, '{');
    for (i = 0; i < n && rc == HF_OK; i++) {
        if (i > 0)
            hf_buf_byte(w->out, ',');
        rc = put_value(w, all[i].key, err);
        hf_buf_byte(w->out, ':');
        if (rc == HF_OK)
            rc = put_value(w, all[i].key + 1, err);
    }
    hf_buf_byte(w->out, '}');
    hf_free(all);
    return rc;
}

static hf_status put_array(const writer *w, uint32_t tok, hf_err **err)
{
    hf_status rc = HF_OK;

    hf_buf_byte(w->out, '[');
    for (uint32_t k = hf_tape_first(w->t, tok); k != HF_NO_TOK && rc == HF_OK;
         k = hf_tape_after(w->t, tok, k)) {
        if (k != tok + 1)
            hf_buf_byte(w->out, ',');
        rc = put_value(w, k, err);
    }
    hf_buf_byte(w->out, ']');
    return rc;
}

static hf_status refuse(const writer *w, uint32_t tok, const char *why, hf_err **err)
{
    hf_fail(err, HF_E_RECORD, "%s: there is no canonical form", why);
    return hf_err_at(err, NULL, (hf_view){ NULL, 0 }, w->t->tok[tok].at);
}

static hf_status put_string(const writer *w, uint32_t tok, hf_err **err)
{
    unsigned flags = w->t->tok[tok].flags;

    if ((flags & HF_TOK_SHADOWED) != 0)
        return refuse(w, tok, "the object has this key twice", err);
    if ((flags & HF_TOK_BAD_UTF8) != 0)
        return refuse(w, tok, "the string is not UTF-8", err);
    if ((flags & HF_TOK_LONE_SURROGATE) != 0)
        return refuse(w, tok, "the string has half a surrogate pair", err);
    hf_json_put_string(w->out, hf_tok_string(w->t, tok, w->mem), HF_JSON_PLAIN);
    return HF_OK;
}

static hf_status put_value(const writer *w, uint32_t tok, hf_err **err)
{
    double number;

    switch (hf_tok_type(w->t, tok)) {
    case HF_JSON_OBJECT:
        return put_object(w, tok, err);
    case HF_JSON_ARRAY:
        return put_array(w, tok, err);
    case HF_JSON_STRING:
        return put_string(w, tok, err);
    case HF_JSON_NUMBER:
        if (!read_number(hf_tok_raw(w->t, tok), &number))
            return refuse(w, tok, "the number is beyond a double", err);
        hf_jcs_number(w->out, number);
        return HF_OK;
    case HF_JSON_NULL:
    case HF_JSON_FALSE:
    case HF_JSON_TRUE:
    default:
        hf_buf_add(w->out, hf_tok_raw(w->t, tok));
        return HF_OK;
    }
}

hf_status hf_jcs_put(hf_buf *out, hf_view json, hf_err **err)
{
    writer w = { .out = out, .mem = hf_arena_new() };
    size_t start = out->n;
    hf_tape t = { 0 };
    hf_status rc = hf_tape_parse(&t, json, NULL, err);

    w.t = &t;
    if (rc == HF_OK)
        rc = put_value(&w, 0, err);
    if (rc != HF_OK)
        out->n = start;
    hf_tape_clear(&t);
    hf_arena_free(w.mem);
    return rc;
}
