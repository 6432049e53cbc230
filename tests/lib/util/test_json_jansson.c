/* tests/lib/util/test_json_jansson.c: generated documents, sound and damaged, read by us and by
 * jansson (a test dependency only): the same verdict and the same values, but for what jansson
 * cannot hold. */
#include "support.h"

#include "json_same.h"

enum { DOCUMENTS = 1000, DAMAGES = 12, MAX_DEPTH = 6 };

/* xorshift64*, seeded anew by each test: the same documents on every machine. */
static uint64_t state64;

static unsigned dice(unsigned sides)
{
    state64 ^= state64 >> 12;
    state64 ^= state64 << 25;
    state64 ^= state64 >> 27;
    return (unsigned)((state64 * 2685821657736338717U >> 33) % sides);
}

static void put_space(hf_buf *b)
{
    static const char *const gaps[] = {
        "", "", "", " ", "\n", "\t\r\n", "\n                      "
    };

    hf_buf_str(b, gaps[dice(T_COUNT(gaps))]);
}

static void put_character(hf_buf *b)
{
    static const char *const escapes[] = {
        "\\\"", "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t"
    };

    switch (dice(8)) {
    case 0:
        hf_buf_str(b, escapes[dice(T_COUNT(escapes))]);
        break;
    case 1: /* any character of the basic plane but NUL, which jansson refuses in keys */
        hf_buf_printf(b, dice(2) == 0 ? "\\u%04x" : "\\u%04X", 1 + dice(0xD7FF));
        break;
    case 2:
        hf_buf_printf(b, "\\uD8%02x\\uDC%02X", dice(256), dice(256));
        break;
    case 3:
        hf_buf_utf8(b, 0x80 + dice(0xD800 - 0x80));
        break;
    case 4:
        hf_buf_utf8(b, 0x10000 + dice(0x100000));
        break;
    default:
        hf_buf_str(b, dice(2) == 0 ? "plain text, longer than one vector; " : "e");
        break;
    }
}

static void put_string(hf_buf *b)
{
    hf_buf_byte(b, '"');
    for (unsigned n = dice(6); n > 0; n--)
        put_character(b);
    hf_buf_byte(b, '"');
}

static void put_number(hf_buf *b)
{
    hf_buf_str(b, dice(2) == 0 ? "-" : "");
    if (dice(4) == 0)
        hf_buf_byte(b, '0');
    else
        hf_buf_printf(b, "%u%0*u", 1 + dice(9), 1 + (int)dice(17), dice(10));
    if (dice(3) == 0)
        hf_buf_printf(b, ".%0*u", 1 + (int)dice(12), dice(10));
    if (dice(4) == 0)
        hf_buf_printf(b, "%c%s%u", "eE"[dice(2)], dice(2) == 0 ? "" : "+", dice(200));
    else if (dice(8) == 0)
        hf_buf_printf(b, "e-%u", dice(200));
}

static void put_value(hf_buf *b, int depth);

static void put_object(hf_buf *b, int depth)
{
    /* Few short keys, so that some are repeated; now and then a large object. */
    unsigned n = dice(40) == 0 ? 150 : dice(6);

    hf_buf_byte(b, '{');
    for (unsigned i = 0; i < n; i++) {
        hf_buf_byte(b, i == 0 ? ' ' : ',');
        put_space(b);
        if (dice(3) == 0)
            put_string(b);
        else
            hf_buf_printf(b, "\"key%u\"", dice(n * 4));
        put_space(b);
        hf_buf_byte(b, ':');
        put_value(b, depth + 1);
    }
    put_space(b);
    hf_buf_byte(b, '}');
}

static void put_array(hf_buf *b, int depth)
{
    hf_buf_byte(b, '[');
    for (unsigned i = 0, n = dice(6); i < n; i++) {
        hf_buf_byte(b, i == 0 ? ' ' : ',');
        put_value(b, depth + 1);
    }
    put_space(b);
    hf_buf_byte(b, ']');
}

static void put_value(hf_buf *b, int depth)
{
    static const char *const words[] = { "null", "true", "false" };
    unsigned what = dice(depth < MAX_DEPTH ? 8 : 4);

    put_space(b);
    if (what == 0)
        hf_buf_str(b, words[dice(T_COUNT(words))]);
    else if (what == 1)
        put_number(b);
    else if (what <= 3)
        put_string(b);
    else if (what <= 5)
        put_array(b, depth);
    else
        put_object(b, depth);
    put_space(b);
}

static json_t *by_jansson(hf_view text, json_error_t *error)
{
    return json_loadb(text.p, text.n, JSON_DECODE_ANY | JSON_ALLOW_NUL, error);
}

static void sound_documents_say_the_same(void **unused)
{
    uint64_t objects = 0, shadowed = 0;
    hf_tape t = { 0 };
    hf_buf b;

    (void)unused;
    state64 = 0x5EED;
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    for (int i = 0; i < DOCUMENTS; i++) {
        hf_arena *mem = hf_arena_new();
        hf_err *err = NULL;
        json_error_t error;
        json_t *v;

        hf_buf_reset(&b);
        put_value(&b, 0);
        v = by_jansson(hf_buf_view(&b), &error);
        if (v == NULL)
            print_error("jansson: %s at %d\n%s\n", error.text, error.position, hf_buf_cstr(&b));
        assert_non_null(v);
        T_OK(err, hf_tape_parse(&t, hf_buf_view(&b), NULL, &err));
        if (!same_value(&t, 0, v, mem))
            print_error("different:\n%s\n", hf_buf_cstr(&b));
        assert_true(same_value(&t, 0, v, mem));
        for (uint32_t k = 0; k < t.n; k++) {
            objects += t.tok[k].type == HF_JSON_OBJECT;
            shadowed += (t.tok[k].flags & HF_TOK_SHADOWED) != 0;
        }
        json_decref(v);
        hf_arena_free(mem);
    }
    /* The generator reaches what it is meant to reach. */
    assert_true(objects > DOCUMENTS && shadowed > 100);
    hf_buf_clear(&b);
    hf_tape_clear(&t);
}

/* What we keep and jansson refuses: flagged strings, numbers too large for it, NUL in keys. */
static bool is_beyond_jansson(const hf_tape *t, const json_error_t *error)
{
    enum json_error_code code = json_error_code(error);
    unsigned flags = 0;

    for (uint32_t i = 0; i < t->n; i++)
        flags |= t->tok[i].flags;
    return (flags & (HF_TOK_BAD_UTF8 | HF_TOK_LONE_SURROGATE)) != 0 ||
           code == json_error_numeric_overflow || code == json_error_null_byte_in_key;
}

/* NUL is not among the bytes put in: jansson 2.14 takes one outside of a string for the end. */
static void damage(hf_buf *b)
{
    static const char bytes[] = "\"\\{}[]:,0123456789-+.eEtrufalsn/ \n\x01\x80\xC3\xED\xFF";
    size_t at = dice((unsigned)b->n);

    switch (dice(3)) {
    case 0:
        b->p[at] = bytes[dice(sizeof(bytes) - 1)];
        break;
    case 1:
        memmove(b->p + at, b->p + at + 1, b->n - at - 1);
        b->n--;
        break;
    default:
        hf_buf_byte(b, ' ');
        memmove(b->p + at + 1, b->p + at, b->n - at - 1);
        b->p[at] = bytes[dice(sizeof(bytes) - 1)];
        break;
    }
}

static void damaged_documents_get_the_same_verdict(void **unused)
{
    uint64_t good = 0, bad = 0, beyond = 0;
    hf_tape t = { 0 };
    hf_buf b, copy;

    (void)unused;
    state64 = 0xBAD5EED;
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    hf_buf_init(&copy, HF_BUF_UNBOUNDED);
    for (int i = 0; i < DOCUMENTS * DAMAGES; i++) {
        hf_arena *mem = hf_arena_new();
        json_error_t error;
        bool ours, agree;
        json_t *v;

        if (i % DAMAGES == 0) {
            hf_buf_reset(&copy);
            put_value(&copy, 2);
        }
        hf_buf_reset(&b);
        hf_buf_add(&b, hf_buf_view(&copy));
        damage(&b);
        v = by_jansson(hf_buf_view(&b), &error);
        ours = hf_tape_parse(&t, hf_buf_view(&b), NULL, NULL) == HF_OK;
        if (ours && v == NULL) {
            agree = is_beyond_jansson(&t, &error);
            beyond++;
        } else {
            agree = ours == (v != NULL) && (!ours || same_value(&t, 0, v, mem));
            good += ours;
            bad += !ours;
        }
        if (!agree) {
            hf_buf_reset(&copy);
            hf_buf_printable(&copy, hf_buf_view(&b));
            print_error("we %s, jansson: %s\n%s\n", ours ? "take it" : "refuse",
                        v == NULL ? error.text : "ok", hf_buf_cstr(&copy));
        }
        assert_true(agree);
        json_decref(v);
        hf_arena_free(mem);
    }
    assert_true(good > 1000 && bad > 1000 && beyond > 100);
    hf_buf_clear(&b);
    hf_buf_clear(&copy);
    hf_tape_clear(&t);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(sound_documents_say_the_same),
        cmocka_unit_test(damaged_documents_get_the_same_verdict),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
