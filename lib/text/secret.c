/* text/secret.c: finding secrets; see secret.h. One pass, nothing is kept between calls. */
#include "text/secret.h"

#include "util/json.h"

static bool is_token_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

static bool ends_value(char c)
{
    return c <= ' ' || strchr("&;#\"'<>|)]}", c) != NULL;
}

/* The bytes at at that are a Slack token: those to keep in front, and all of them; 0 when none. */
static size_t slack_token(hf_view t, size_t at, size_t *keep)
{
    enum { SHORTEST = 10 };
    hf_view here = hf_view_sub(t, at, 5);
    size_t end = at + 5;

    if (here.n < 5 || here.p[4] != '-' || (at > 0 && is_token_char(t.p[at - 1])) ||
        !(hf_view_starts(here, HF_V("xox")) || hf_view_starts(here, HF_V("xapp"))))
        return 0;
    while (end < t.n && (is_token_char(t.p[end]) || t.p[end] == '.'))
        end++;
    *keep = 5;
    return end - at - 5 >= SHORTEST ? end - at : 0;
}

static bool same_letters(hf_view v, const char *word)
{
    if (v.n != strlen(word))
        return false;
    for (size_t i = 0; i < v.n; i++) {
        char c = v.p[i] >= 'A' && v.p[i] <= 'Z' ? (char)(v.p[i] + 32) : v.p[i];

        if (c != word[i])
            return false;
    }
    return true;
}

/* "?token=..." at at, which is the separator. */
static size_t query_value(hf_view t, size_t at, size_t *keep)
{
    static const char *const names[] = {
        "token",
        "access_token",
        "auth_token",
        "refresh_token",
        "id_token",
        "pub_secret",
        "secret",
        "client_secret",
        "password",
        "passwd",
        "pwd",
        "api_key",
        "apikey",
        "sig",
        "signature",
        "x-amz-signature",
        "x-amz-credential",
        "x-amz-security-token",
        "x-goog-signature",
    };
    size_t from = at + 1, eq = from, end;

    while (eq < t.n && (is_token_char(t.p[eq])))
        eq++;
    if (eq >= t.n || t.p[eq] != '=')
        return 0;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (!same_letters(hf_view_sub(t, from, eq - from), names[i]))
            continue;
        for (end = eq + 1; end < t.n && !ends_value(t.p[end]); end++)
            ;
        *keep = eq + 1 - at;
        return end > eq + 1 ? end - at : 0;
    }
    return 0;
}

/* "://user:password@" at at. */
static size_t user_password(hf_view t, size_t at, size_t *keep)
{
    size_t colon = HF_NPOS, i;

    if (!hf_view_starts(hf_view_from(t, at), HF_V("://")))
        return 0;
    for (i = at + 3; i < t.n && t.p[i] != '@'; i++) {
        if (ends_value(t.p[i]) || t.p[i] == '/' || t.p[i] == '?')
            return 0;
        if (t.p[i] == ':' && colon == HF_NPOS)
            colon = i;
    }
    if (i == t.n || colon == HF_NPOS || colon + 1 == i)
        return 0;
    *keep = colon + 1 - at;
    return i - at;
}

/* An incoming webhook at at, where its host or path begins. */
static size_t webhook(hf_view t, size_t at, size_t *keep)
{
    static const struct {
        const char *begin;
        bool has_id; /* a number stands before what is secret */
    } hooks[] = {
        { "hooks.slack.com/services/", false },      { "hooks.slack.com/workflows/", false },
        { "hooks.slack.com/triggers/", false },      { "hooks.slack-gov.com/services/", false },
        { "hooks.slack-gov.com/workflows/", false }, { "hooks.slack-gov.com/triggers/", false },
        { "discord.com/api/webhooks/", true },       { "discordapp.com/api/webhooks/", true },
        { "webhook.office.com/webhookb2/", false },
    };
    hf_view here = hf_view_from(t, at);

    for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
        size_t from = strlen(hooks[i].begin), end;

        if (!hf_view_starts(here, hf_view_str(hooks[i].begin)))
            continue;
        while (hooks[i].has_id && from < here.n && here.p[from] >= '0' && here.p[from] <= '9')
            from++;
        from += hooks[i].has_id && from < here.n && here.p[from] == '/';
        for (end = from; end < here.n && !ends_value(here.p[end]); end++)
            ;
        *keep = from;
        return end > from ? end : 0;
    }
    return 0;
}

/* "/hooks/" and the 26 letters and digits of a Mattermost id at at. */
static size_t mattermost_hook(hf_view t, size_t at, size_t *keep)
{
    enum { ID = 26 };
    static const hf_view path = { "/hooks/", 7 };
    hf_view here = hf_view_from(t, at);

    if (!hf_view_starts(here, path) || here.n < path.n + ID ||
        (here.n > path.n + ID && is_token_char(here.p[path.n + ID])))
        return 0;
    for (size_t i = path.n; i < path.n + ID; i++)
        if (!(here.p[i] >= 'a' && here.p[i] <= 'z') && !(here.p[i] >= '0' && here.p[i] <= '9'))
            return 0;
    *keep = path.n;
    return path.n + ID;
}

/* Bytes that a secret or what leads to it begins with, and the one that follows; 0: any. */
static const struct {
    bool is_first;
    char second, other;
} begins[256] = {
    ['x'] = { true, 'o', 'a' }, [':'] = { true, '/', '/' }, ['/'] = { true, 'h', 'h' },
    ['h'] = { true, 'o', 'o' }, ['d'] = { true, 'i', 'i' }, ['w'] = { true, 'e', 'e' },
    ['?'] = { true, 0, 0 },     ['&'] = { true, 0, 0 },     [';'] = { true, 0, 0 },
};

/* The first place at at or later where one may begin; t.n when there is none. */
static size_t may_begin(hf_view t, size_t at)
{
    for (; at + 1 < t.n; at++) {
        unsigned char c = (unsigned char)t.p[at];

        if (begins[c].is_first && (begins[c].second == 0 || t.p[at + 1] == begins[c].second ||
                                   t.p[at + 1] == begins[c].other))
            return at;
    }
    return t.n;
}

static size_t find_at(hf_view t, size_t at, size_t *keep)
{
    switch (t.p[at]) {
    case 'x':
        return slack_token(t, at, keep);
    case ':':
        return user_password(t, at, keep);
    case '/':
        return mattermost_hook(t, at, keep);
    case 'h':
    case 'd':
    case 'w':
        return webhook(t, at, keep);
    default:
        return query_value(t, at, keep);
    }
}

/* The next secret at *at or later that is not masked: *at becomes the place where it itself begins,
 * *end where it ends. */
static bool next_secret(hf_view t, size_t *at, size_t *end)
{
    for (size_t i = may_begin(t, *at); i < t.n;) {
        size_t keep = 0, n = find_at(t, i, &keep);

        if (n > 0 && !hf_view_is(hf_view_sub(t, i + keep, n - keep), "MASKED")) {
            *at = i + keep;
            *end = i + n;
            return true;
        }
        i = may_begin(t, i + (n > 0 ? n : 1));
    }
    return false;
}

bool hf_secret_is_in(hf_view text)
{
    size_t at = 0, end;

    return next_secret(text, &at, &end);
}

hf_view hf_secret_mask(hf_view text, hf_arena *mem, bool *found)
{
    size_t copied = 0, at = 0, end;
    hf_view out = text;
    hf_buf b;

    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    while (next_secret(text, &at, &end)) {
        hf_buf_add(&b, hf_view_sub(text, copied, at - copied));
        hf_buf_str(&b, "MASKED");
        copied = at = end;
    }
    if (found != NULL)
        *found = copied > 0;
    if (copied > 0) {
        hf_buf_add(&b, hf_view_from(text, copied));
        out = hf_arena_dup(mem, hf_buf_view(&b));
    }
    hf_buf_clear(&b);
    return out;
}

/* --- JSON ---------------------------------------------------------------------------------------
 */

/* text with its escapes decoded, in mem. */
static hf_view decoded(hf_view text, hf_arena *mem)
{
    hf_buf plain;

    if (hf_view_find_byte(text, '\\') == HF_NPOS)
        return text;
    hf_buf_init(&plain, HF_BUF_UNBOUNDED);
    hf_json_decode(&plain, text);
    text = hf_arena_dup(mem, hf_buf_view(&plain));
    hf_buf_clear(&plain);
    return text;
}

/* Append text spelled as raw, the string it was, is spelled. */
static void put_spelled(hf_buf *out, hf_view text, hf_view was, hf_view raw)
{
    hf_json_style style = HF_JSON_PHP;
    size_t start = out->n;

    for (; style <= HF_JSON_GO; style++) {
        out->n = start;
        hf_json_put_string(out, was, style);
        if (hf_view_eq(hf_view_from(hf_buf_view(out), start), raw))
            break;
    }
    out->n = start;
    hf_json_put_string(out, text, style <= HF_JSON_GO ? style : HF_JSON_PLAIN);
}

static hf_view mask_strings(const hf_tape *t, hf_arena *mem)
{
    hf_view json = t->text;
    size_t done = 0;
    hf_buf out;

    hf_buf_init(&out, HF_BUF_UNBOUNDED);
    for (uint32_t i = 0; i < t->n; i++) {
        hf_view text, masked;
        bool found;

        if (t->tok[i].type != HF_JSON_STRING)
            continue;
        text = hf_tok_string(t, i, mem);
        masked = hf_secret_mask(text, mem, &found);
        if (!found)
            continue;
        hf_buf_add(&out, hf_view_sub(json, done, t->tok[i].at - done));
        put_spelled(&out, masked, text, hf_tok_raw(t, i));
        done = (size_t)t->tok[i].at + t->tok[i].len;
    }
    if (done > 0) {
        hf_buf_add(&out, hf_view_from(json, done));
        json = hf_arena_dup(mem, hf_buf_view(&out));
    }
    hf_buf_clear(&out);
    return json;
}

/* As they stand, if that is enough. */
static hf_view mask_anything(hf_view bytes, hf_view plain, hf_arena *mem)
{
    hf_view masked = hf_secret_mask(bytes, mem, NULL);

    return hf_secret_is_in(decoded(masked, mem)) ? hf_secret_mask(plain, mem, NULL) : masked;
}

hf_view hf_secret_mask_json(hf_view json, hf_arena *mem, bool *found)
{
    hf_view plain = decoded(json, mem), masked = json;
    hf_tape t = { 0 };

    /* What stands in a string stands in all of it as well. */
    if (hf_secret_is_in(json) || hf_secret_is_in(plain)) {
        if (hf_tape_parse(&t, json, NULL, NULL) == HF_OK)
            masked = mask_strings(&t, mem);
        else
            masked = mask_anything(json, plain, mem);
        hf_tape_clear(&t);
    }
    if (found != NULL)
        *found = masked.p != json.p;
    return masked;
}

/* --- connection strings -------------------------------------------------------------------------
 */

/* "://user:password@": libpq takes everything up to the @ that stands before the first slash, be it
 * escaped or not. In a database's address a slash may also be one that ought to be escaped: then
 * the password goes on to the last @ before the parameters. */
static bool address_password(hf_view t, size_t at, size_t *begin, size_t *end)
{
    size_t colon = HF_NPOS, sign = HF_NPOS;
    bool is_past = false; /* the first slash */
    hf_view scheme = hf_view_sub(t, 0, at);
    bool is_database =
        hf_view_ends(scheme, HF_V("postgresql")) || hf_view_ends(scheme, HF_V("postgres"));

    if (!hf_view_starts(hf_view_from(t, at), HF_V("://")))
        return false;
    for (size_t i = at + 3; i < t.n && !(is_past && (t.p[i] == '?' || t.p[i] <= ' ')); i++) {
        if (t.p[i] == '/' && !is_database)
            break;
        is_past = is_past || t.p[i] == '/';
        if (t.p[i] == '@')
            sign = i;
        if (t.p[i] == ':' && colon == HF_NPOS)
            colon = i;
    }
    if (sign == HF_NPOS || colon == HF_NPOS || colon + 1 >= sign)
        return false;
    *begin = colon + 1;
    *end = sign;
    return true;
}

/* "user:password@host/database" as a word of its own: an address that lacks its beginning. */
static bool bare_password(hf_view t, size_t at, size_t *begin, size_t *end)
{
    size_t user = at, sign = HF_NPOS, i;

    while (user > 0 && (is_token_char(t.p[user - 1]) || t.p[user - 1] == '.'))
        user--;
    if (user == at || (user > 0 && t.p[user - 1] > ' ') ||
        hf_view_starts(hf_view_from(t, at), HF_V("://")))
        return false;
    for (i = at + 1; i < t.n && t.p[i] > ' ' && t.p[i] != '?'; i++)
        if (t.p[i] == '@')
            sign = i;
    if (sign == HF_NPOS || sign == at + 1 ||
        hf_view_find_byte(hf_view_sub(t, sign, i - sign), '/') == HF_NPOS)
        return false;
    *begin = at + 1;
    *end = sign;
    return true;
}

static size_t skip_blanks(hf_view t, size_t at)
{
    while (at < t.n && (t.p[at] == ' ' || t.p[at] == '\t' || t.p[at] == '\n'))
        at++;
    return at;
}

/* "password = 'it''s'" or "&password=x" at at, which begins the word. */
static bool named_password(hf_view t, size_t at, size_t *begin, size_t *end)
{
    hf_view here = hf_view_from(t, at);
    size_t i = hf_view_starts(here, HF_V("password"))      ? at + 8
               : hf_view_starts(here, HF_V("sslpassword")) ? at + 11
                                                           : 0;
    char quote;

    if (i == 0 || (at > 0 && is_token_char(t.p[at - 1])))
        return false;
    i = skip_blanks(t, i);
    if (i >= t.n || t.p[i] != '=')
        return false;
    i = skip_blanks(t, i + 1);
    quote = i < t.n && t.p[i] == '\'' ? '\'' : '\0';
    *begin = i += quote != '\0';
    for (; i < t.n && (quote != '\0' ? t.p[i] != quote : t.p[i] > ' ' && t.p[i] != '&'); i++)
        i += t.p[i] == '\\' && i + 1 < t.n;
    *end = i < t.n ? i : t.n;
    return *end > *begin;
}

bool hf_secret_password(hf_view text, size_t from, size_t *begin, size_t *end)
{
    for (size_t at = from; at < text.n; at++)
        if ((text.p[at] == ':' &&
             (address_password(text, at, begin, end) || bare_password(text, at, begin, end))) ||
            ((text.p[at] == 'p' || text.p[at] == 's') && named_password(text, at, begin, end)))
            return true;
    return false;
}

hf_view hf_secret_mask_passwords(hf_view text, hf_arena *mem)
{
    size_t copied = 0, begin, end;
    hf_view out = text;
    hf_buf b;

    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    while (hf_secret_password(text, copied, &begin, &end)) {
        hf_buf_add(&b, hf_view_sub(text, copied, begin - copied));
        hf_buf_str(&b, "MASKED");
        copied = end;
    }
    if (copied > 0) {
        hf_buf_add(&b, hf_view_from(text, copied));
        out = hf_arena_dup(mem, hf_buf_view(&b));
    }
    hf_buf_clear(&b);
    return out;
}
