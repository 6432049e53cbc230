/* text/fold.c: NFKC, case folding and the dropping of diacritics, one cluster at a time.
 *
 * utf8proc refuses a whole string for one bad byte and can only drop all marks or none (which
 * breaks Hindi, Thai and Japanese), so text is walked here and utf8proc is asked about characters.
 */
#include "text/fold_priv.h"
#include "text/token.h"

#include <pthread.h>
#include <stdio.h>
#include <utf8proc.h>

static const utf8proc_option_t FOLDING =
    (utf8proc_option_t)(UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);

typedef struct range {
    int32_t from, to;
} range;

static bool is_in(const range *ranges, size_t n, int32_t cp)
{
    size_t low = 0, high = n;

    while (low < high) {
        size_t mid = (low + high) / 2;

        if (cp > ranges[mid].to)
            low = mid + 1;
        else
            high = mid;
    }
    return low < n && cp >= ranges[low].from;
}

#define IS_IN(ranges, cp) is_in(ranges, sizeof(ranges) / sizeof((ranges)[0]), cp)

static bool is_unspaced(int32_t cp)
{
    static const range ranges[] = {
        { 0x0E00, 0x0EFF },   /* Thai, Lao */
        { 0x1000, 0x109F },   /* Burmese */
        { 0x1100, 0x11FF },   /* Hangul letters */
        { 0x1780, 0x17FF },   /* Khmer */
        { 0x3005, 0x3007 },   /* Han iteration mark, closing mark, zero */
        { 0x3021, 0x3029 },   /* Hangzhou numerals */
        { 0x3031, 0x303B },   /* kana repeat marks */
        { 0x3041, 0x312F },   /* kana, Bopomofo */
        { 0x3131, 0x31FF },   /* compatibility Hangul, Bopomofo and kana extensions */
        { 0x3400, 0x4DBF },   /* Han */
        { 0x4E00, 0x9FFF },   /* Han */
        { 0xA960, 0xA97F },   /* Hangul letters */
        { 0xA9E0, 0xA9FF },   /* Burmese */
        { 0xAA60, 0xAA7F },   /* Burmese */
        { 0xAC00, 0xD7FF },   /* Hangul syllables and letters */
        { 0xF900, 0xFAFF },   /* Han, compatibility */
        { 0xFF66, 0xFFDC },   /* half-width kana and Hangul */
        { 0x1AFF0, 0x1B16F }, /* kana supplements */
        { 0x20000, 0x3FFFF }, /* Han */
    };

    return IS_IN(ranges, cp);
}

bool hf_char_is_plain_base(int32_t cp)
{
    static const range ranges[] = {
        { '0', '9' },       { 'A', 'Z' },       { 'a', 'z' },       { 0x00AA, 0x00AA },
        { 0x00BA, 0x00BA }, { 0x00C0, 0x02AF }, { 0x0370, 0x052F }, /* Greek, Cyrillic */
        { 0x1C80, 0x1C8F }, { 0x1D00, 0x1DBF }, { 0x1E00, 0x1FFF }, /* Latin, Greek */
        { 0x2C60, 0x2C7F }, { 0xA640, 0xA69F }, { 0xA720, 0xA7FF }, { 0xAB30, 0xAB6F },
    };

    return IS_IN(ranges, cp);
}

bool hf_char_is_diacritic(int32_t cp)
{
    static const range ranges[] = {
        { 0x0300, 0x036F }, { 0x0483, 0x0487 }, { 0x1AB0, 0x1AFF },
        { 0x1DC0, 0x1DFF }, { 0x20D0, 0x20FF }, { 0xFE20, 0xFE2F },
    };

    return IS_IN(ranges, cp);
}

static hf_char_kind kind_of_category(int32_t cp, int category)
{
    switch (category) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
        return is_unspaced(cp) ? HF_CHAR_UNSPACED : HF_CHAR_WORD;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC: /* Thai vowel signs are characters of their run */
        return is_unspaced(cp) ? HF_CHAR_UNSPACED : HF_CHAR_MARK;
    default: /* enclosing marks too: a keycap's digit stays a digit */
        return HF_CHAR_SPLIT;
    }
}

hf_char_kind hf_char_kind_of(int32_t cp)
{
    const utf8proc_property_t *p = utf8proc_get_property(cp);

    switch (cp) {
    case 0x02BB: /* the okina, and the letter apostrophe: as the other apostrophes */
    case 0x02BC:
    case 0x200B: /* zero width space: ignorable to Unicode, but it is there to part words */
        return HF_CHAR_SPLIT;
    case '_':
    case 0xFF3F: /* full-width underscore */
        return HF_CHAR_WORD;
    default:
        break;
    }
    if (p->ignorable)
        return HF_CHAR_IGNORED;
    if (cp >= 0x1F1E6 && cp <= 0x1F1FF)
        return HF_CHAR_FLAG;
    /* Below the arrows stand signs that are pictographs by name only: (c), (R), tm, !!. */
    if (cp >= 0x2190 && p->boundclass == UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC)
        return HF_CHAR_EMOJI;
    return kind_of_category(cp, p->category);
}

size_t hf_char_read(hf_view v, size_t at, int32_t *cp)
{
    size_t left = v.n - at;
    utf8proc_ssize_t n;

    if (left == 0)
        return 0;
    n = utf8proc_iterate((const utf8proc_uint8_t *)v.p + at, left > 4 ? 4 : (utf8proc_ssize_t)left,
                         cp);
    return n < 0 ? 0 : (size_t)n;
}

static bool is_vowel_or_final(int32_t cp)
{
    return (cp >= 0x1160 && cp <= 0x11FF) || (cp >= 0xD7B0 && cp <= 0xD7FF);
}

/* Hangul letters of the compatibility and half-width blocks fold to such as compose. */
static bool is_like_vowel_or_final(int32_t cp)
{
    int32_t folded[HF_CHAR_OUT];
    int boundary = 0;

    if (!((cp >= 0x3131 && cp <= 0x318E) || (cp >= 0xFFA0 && cp <= 0xFFDC)))
        return false;
    return utf8proc_decompose_char(cp, folded, HF_CHAR_OUT, FOLDING, &boundary) > 0 &&
           is_vowel_or_final(folded[0]);
}

/* Does cp fold together with the character before it? Ignored characters do, so that marks around
 * them still come into order. */
static bool is_extending(int32_t cp)
{
    const utf8proc_property_t *p;

    if (cp < 0x300)
        return cp == 0xAD; /* soft hyphen */
    if (is_vowel_or_final(cp) || is_like_vowel_or_final(cp))
        return true;
    if (cp == 0xFF9E || cp == 0xFF9F)
        return true; /* half-width voicing marks */
    p = utf8proc_get_property(cp);
    return p->category == UTF8PROC_CATEGORY_MN || p->category == UTF8PROC_CATEGORY_MC ||
           hf_char_kind_of(cp) == HF_CHAR_IGNORED;
}

/* Canonical order: marks sorted by combining class, equal ones in place. */
static void reorder(int32_t *cp, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        int32_t moved = cp[i];
        int rank = utf8proc_get_property(moved)->combining_class;
        size_t j = i;

        if (rank == 0)
            continue;
        while (j > 0 && utf8proc_get_property(cp[j - 1])->combining_class > rank) {
            cp[j] = cp[j - 1];
            j--;
        }
        cp[j] = moved;
    }
}

static size_t drop_diacritics(int32_t *cp, size_t n)
{
    bool is_plain = false;
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        if (hf_char_is_diacritic(cp[i])) {
            if (is_plain)
                continue;
        } else {
            is_plain = hf_char_is_plain_base(cp[i]);
        }
        cp[kept++] = cp[i];
    }
    return kept;
}

bool hf_cluster_fold(hf_view v, size_t at, hf_cluster *out)
{
    int boundary = 0;
    int32_t cp;
    size_t len;
    size_t n = 0;

    out->n = out->bytes = 0;
    len = hf_char_read(v, at, &cp);
    if (len == 0)
        return false;
    for (int i = 0; i < HF_CLUSTER_MAX && len > 0; i++) {
        utf8proc_ssize_t got;

        if (i > 0 && !is_extending(cp))
            break;
        got = utf8proc_decompose_char(cp, out->cp + n, (utf8proc_ssize_t)(HF_CLUSTER_OUT - n),
                                      FOLDING, &boundary);
        /* The room always suffices; the check is for tables to come. */
        if (got > 0 && n + (size_t)got <= HF_CLUSTER_OUT)
            n += (size_t)got;
        out->bytes += len;
        len = hf_char_read(v, at + out->bytes, &cp);
    }
    reorder(out->cp, n);
    n = drop_diacritics(out->cp, n);
    out->n = n;
    if (n > 1) {
        utf8proc_ssize_t composed = utf8proc_normalize_utf32(
            out->cp, (utf8proc_ssize_t)n, (utf8proc_option_t)(UTF8PROC_COMPOSE | UTF8PROC_STABLE));

        if (composed >= 0)
            out->n = (size_t)composed;
    }
    return true;
}

/* --- the table of small characters --------------------------------------------------------- */

static hf_small small[HF_SMALL_END];
static char tokenizer_id[64];

/* Can the folded cluster stand in the table: words only, and short? */
static bool fits(const hf_cluster *c, hf_small *entry)
{
    size_t n = 0;

    for (size_t i = 0; i < c->n; i++) {
        utf8proc_uint8_t bytes[4];
        size_t len = (size_t)utf8proc_encode_char(c->cp[i], bytes);

        if (hf_char_kind_of(c->cp[i]) != HF_CHAR_WORD || n + len > sizeof(entry->text))
            return false;
        memcpy(entry->text + n, bytes, len);
        n += len;
    }
    entry->n = (uint8_t)n;
    entry->is_plain = c->n > 0 && hf_char_is_plain_base(c->cp[c->n - 1]);
    return true;
}

static void fill_small(void)
{
    for (int32_t cp = 0; cp < HF_SMALL_END; cp++) {
        utf8proc_uint8_t bytes[4];
        size_t len = (size_t)utf8proc_encode_char(cp, bytes);
        hf_cluster c;

        small[cp].kind = (uint8_t)hf_char_kind_of(cp);
        hf_cluster_fold((hf_view){ (const char *)bytes, len }, 0, &c);
        if (small[cp].kind == HF_CHAR_WORD && !fits(&c, &small[cp]))
            small[cp].n = 0;
    }
    snprintf(tokenizer_id, sizeof(tokenizer_id), "holdfast %d, Unicode %s", HF_TOKENIZER_VERSION,
             utf8proc_unicode_version());
}

static void fill_once(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, fill_small);
}

const hf_small *hf_small_table(void)
{
    fill_once();
    return small;
}

const char *hf_tokenizer_id(void)
{
    fill_once();
    return tokenizer_id;
}

/* --- whole texts --------------------------------------------------------------------------- */

void hf_fold(hf_view text, hf_buf *out)
{
    size_t at = 0;

    while (at < text.n) {
        unsigned char c = (unsigned char)text.p[at];
        hf_cluster cluster;

        if (c < 0x80 && (at + 1 == text.n || (unsigned char)text.p[at + 1] < 0x80)) {
            hf_buf_byte(out, (char)(c >= 'A' && c <= 'Z' ? c + 32 : c));
            at++;
        } else if (hf_cluster_fold(text, at, &cluster)) {
            for (size_t i = 0; i < cluster.n; i++)
                hf_buf_utf8(out, (uint32_t)cluster.cp[i]);
            at += cluster.bytes;
        } else {
            hf_buf_byte(out, (char)c);
            at++;
        }
    }
}
