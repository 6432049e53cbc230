/* util/ini.c: see ini.h. inih cuts section names at 49 bytes without a word and gives no line
 * numbers; here a name that merges with another would decide what is deleted. */
#include "util/ini.h"
#include "util/file.h"
#include "util/util.h"

#include <stdarg.h>
#include <stdio.h>

enum { MAX_FILE = 1 << 20 };

struct hf_ini {
    hf_arena *mem;
    hf_map *seen; /* "section" and "section\0key" to the line they stand on */
    hf_ini_entry *entries;
    size_t n, cap;
};

hf_status hf_ini_fail(hf_err **err, const char *file, uint64_t line, const char *fmt, ...)
{
    char *text = NULL;
    hf_status rc;
    va_list ap;

    va_start(ap, fmt);
    if (vasprintf(&text, fmt, ap) < 0)
        text = NULL;
    va_end(ap);
    rc = hf_fail(err, HF_E_CONFIG, "%s", text == NULL ? "the line cannot be read" : text);
    hf_free(text);
    hf_err_at(err, file, HF_V(""), line);
    if (err != NULL && *err != NULL)
        (*err)->unit = "line";
    return rc;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static hf_view trim(hf_view v)
{
    while (v.n > 0 && is_blank(v.p[0]))
        v = hf_view_from(v, 1);
    while (v.n > 0 && is_blank(v.p[v.n - 1]))
        v.n--;
    return v;
}

/* The line without its comment and the blanks around it. */
static hf_view without_comment(hf_view line)
{
    for (size_t i = 0; i < line.n; i++)
        if ((line.p[i] == ';' || line.p[i] == '#') && (i == 0 || is_blank(line.p[i - 1])))
            return trim(hf_view_sub(line, 0, i));
    return trim(line);
}

/* The file's own bytes as far as messages go: what cannot be shown cannot be meant. */
static bool has_control_or_bad_utf8(hf_view line)
{
    hf_buf shown;
    bool differs = false;

    for (size_t i = 0; i < line.n && !differs; i++)
        differs = (unsigned char)line.p[i] < 0x20 && line.p[i] != '\t';
    hf_buf_init(&shown, HF_BUF_UNBOUNDED);
    for (hf_view rest = line; rest.n > 0 && !differs;) {
        size_t tab = hf_view_find_byte(rest, '\t');
        hf_view part = hf_view_sub(rest, 0, tab);

        hf_buf_reset(&shown);
        hf_buf_printable(&shown, part);
        differs = !hf_view_eq(hf_buf_view(&shown), part);
        rest = hf_view_from(rest, tab == HF_NPOS ? rest.n : tab + 1);
    }
    hf_buf_clear(&shown);
    return differs;
}

static void add(hf_ini *ini, hf_ini_entry entry)
{
    if (ini->n == ini->cap) {
        ini->cap = ini->cap == 0 ? 32 : ini->cap * 2;
        ini->entries = hf_realloc(ini->entries, ini->cap, sizeof(*ini->entries));
    }
    ini->entries[ini->n++] = entry;
}

/* The line where the section (key empty) or key was seen first, or 0 and it is noted now. */
static uint64_t seen_before(hf_ini *ini, hf_view section, hf_view key, uint64_t line)
{
    hf_map_entry *e;
    hf_buf name;
    bool fresh;

    hf_buf_init(&name, HF_BUF_UNBOUNDED);
    hf_buf_add(&name, section);
    if (key.n > 0) {
        hf_buf_byte(&name, '\0'); /* refused inside names, so no two pairs look alike */
        hf_buf_add(&name, key);
    }
    e = hf_map_put(ini->seen, hf_buf_view(&name), &fresh);
    hf_buf_clear(&name);
    if (!fresh)
        return e->v.u;
    e->v.u = line;
    return 0;
}

static hf_status section_line(hf_ini *ini, const char *file, hf_view line, uint64_t at,
                              const char **section, hf_err **err)
{
    hf_view name;
    uint64_t first;

    if (line.p[line.n - 1] != ']')
        return hf_ini_fail(err, file, at, "a section line ends with ]");
    name = trim(hf_view_sub(line, 1, line.n - 2));
    if (name.n == 0)
        return hf_ini_fail(err, file, at, "a section needs a name");
    if (hf_view_find_byte(name, ']') != HF_NPOS || hf_view_find_byte(name, '[') != HF_NPOS)
        return hf_ini_fail(err, file, at, "a section's name has no brackets");
    first = seen_before(ini, name, HF_V(""), at);
    if (first != 0)
        return hf_ini_fail(err, file, at, "section [%.*s] stands on line %llu already", (int)name.n,
                           name.p, (unsigned long long)first);
    *section = hf_arena_dup(ini->mem, name).p;
    add(ini, (hf_ini_entry){ .section = *section, .line = at });
    return HF_OK;
}

static hf_status key_line(hf_ini *ini, const char *file, hf_view line, uint64_t at,
                          const char *section, hf_err **err)
{
    size_t equals = hf_view_find_byte(line, '=');
    hf_view key = trim(hf_view_sub(line, 0, equals));
    uint64_t first;

    if (equals == HF_NPOS)
        return hf_ini_fail(err, file, at, "the line is neither [section] nor key = value");
    if (key.n == 0)
        return hf_ini_fail(err, file, at, "a value needs a key before its =");
    if (section == NULL)
        return hf_ini_fail(err, file, at, "key \"%.*s\" stands before any [section]", (int)key.n,
                           key.p);
    first = seen_before(ini, hf_view_str(section), key, at);
    if (first != 0)
        return hf_ini_fail(err, file, at, "key \"%.*s\" of [%s] stands on line %llu already",
                           (int)key.n, key.p, section, (unsigned long long)first);
    add(ini,
        (hf_ini_entry){ .section = section,
                        .key = hf_arena_dup(ini->mem, key).p,
                        .value = hf_arena_dup(ini->mem, trim(hf_view_from(line, equals + 1))).p,
                        .line = at });
    return HF_OK;
}

static hf_status parse_lines(hf_ini *ini, const char *file, hf_view text, hf_err **err)
{
    const char *section = NULL;
    hf_status rc = HF_OK;

    if (hf_view_starts(text, HF_V("\xEF\xBB\xBF")))
        text = hf_view_from(text, 3);
    for (uint64_t at = 1; text.n > 0 && rc == HF_OK; at++) {
        size_t end = hf_view_find_byte(text, '\n');
        hf_view line = hf_view_sub(text, 0, end);

        text = hf_view_from(text, end == HF_NPOS ? text.n : end + 1);
        if (line.n > 0 && line.p[line.n - 1] == '\r')
            line.n--;
        if (has_control_or_bad_utf8(line))
            return hf_ini_fail(err, file, at,
                               "the line holds a control character or bytes that are not UTF-8");
        line = without_comment(line);
        if (line.n == 0)
            continue;
        if (line.p[0] == '[')
            rc = section_line(ini, file, line, at, &section, err);
        else
            rc = key_line(ini, file, line, at, section, err);
    }
    return rc;
}

hf_status hf_ini_parse(const char *file, hf_view text, hf_ini **out, hf_err **err)
{
    hf_ini *ini = HF_NEW(hf_ini);
    hf_status rc;

    ini->mem = hf_arena_new();
    ini->seen = hf_map_new();
    rc = parse_lines(ini, file, text, err);
    if (rc == HF_OK)
        *out = ini;
    else
        hf_ini_free(ini);
    return rc;
}

hf_status hf_ini_read(const char *file, hf_ini **out, hf_err **err)
{
    hf_buf text;
    hf_status rc;

    hf_buf_init(&text, HF_BUF_UNBOUNDED);
    rc = hf_file_read(file, MAX_FILE, &text, err);
    if (rc == HF_OK)
        rc = hf_ini_parse(file, hf_buf_view(&text), out, err);
    hf_buf_clear(&text);
    return rc;
}

void hf_ini_free(hf_ini *ini)
{
    if (ini == NULL)
        return;
    hf_arena_free(ini->mem);
    hf_map_free(ini->seen);
    hf_free(ini->entries);
    hf_free(ini);
}

size_t hf_ini_count(const hf_ini *ini)
{
    return ini->n;
}

const hf_ini_entry *hf_ini_at(const hf_ini *ini, size_t i)
{
    return &ini->entries[i];
}

const char *hf_ini_get(const hf_ini *ini, const char *section, const char *key)
{
    for (size_t i = 0; i < ini->n; i++) {
        const hf_ini_entry *e = &ini->entries[i];

        if (e->key != NULL && strcmp(e->section, section) == 0 && strcmp(e->key, key) == 0)
            return e->value;
    }
    return NULL;
}
