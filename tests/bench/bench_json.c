/* tests/bench/bench_json.c: how fast members are cut and taped, in MB (10^6 bytes) a second.
 *
 *     bench_json                  two invented members of 64 MB: a Slack-like day file,
 * pretty-printed by PHP rules, and Mattermost-like lines bench_json FILE [lines]     a file of your
 * own: a JSON array, or JSON Lines
 *
 * Every figure is the best of five runs over bytes that lie in memory.
 */
#include <stdio.h>
#include <stdlib.h>

#include "util/json.h"

enum { RUNS = 5, MEMBER_BYTES = 64 * 1000 * 1000, WINDOW = 1 << 20 };

/* xorshift64*, fixed seed: every run and machine measures the same bytes. */
static uint64_t seed = 88172645463325252U;

static uint64_t dice(uint64_t sides)
{
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return (seed * 2685821657736338717U >> 33) % sides;
}

static const char *const words[] = { "deploy",  "meeting", "on",       "Thursday", "the",  "server",
                                     "is",      "down",    "again",    "please",   "look", "at",
                                     "invoice", "42",      "für",      "Zoë",      "完了", "😀",
                                     "a/b",     "x > y",   "\"quote\"" };

static void sentence(hf_buf *b, hf_json_style style)
{
    hf_buf text;

    hf_buf_init(&text, 10000);
    for (uint64_t n = 3 + dice(30); n > 0; n--) {
        /* Four words of five are plain ASCII. */
        uint64_t plain = dice(5) > 0 ? 14 : sizeof(words) / sizeof(words[0]);

        hf_buf_str(&text, words[dice(plain)]);
        hf_buf_byte(&text, ' ');
    }
    hf_json_put_string(b, hf_buf_view(&text), style);
    hf_buf_clear(&text);
}

static void slack_message(hf_buf *b)
{
    unsigned user = (unsigned)dice(500);

    hf_buf_printf(b,
                  "    {\n        \"client_msg_id\": \"%08x-5f0a-4c1e-9d2b-%012x\",\n"
                  "        \"type\": \"message\",\n        \"text\": ",
                  (unsigned)dice(UINT32_MAX), (unsigned)dice(UINT32_MAX));
    sentence(b, HF_JSON_PHP);
    hf_buf_printf(
        b,
        ",\n        \"user\": \"U%08u\",\n        \"ts\": \"16%08u.%06u\",\n"
        "        \"team\": \"T00000001\",\n        \"user_team\": \"T00000001\",\n"
        "        \"source_team\": \"T00000001\",\n        \"user_profile\": {\n"
        "            \"avatar_hash\": \"g%011x\",\n"
        "            \"image_72\": \"https:\\/\\/secure.example.com\\/avatar\\/%u-72.png\","
        "\n            \"first_name\": \"User\",\n            \"real_name\": \"User %u\",\n"
        "            \"display_name\": \"user%u\",\n            \"team\": \"T00000001\",\n"
        "            \"name\": \"user%u\",\n            \"is_restricted\": false,\n"
        "            \"is_ultra_restricted\": false\n        },\n",
        user, (unsigned)dice(100000000), (unsigned)dice(1000000), (unsigned)dice(UINT32_MAX), user,
        user, user, user);
    hf_buf_str(b, "        \"blocks\": [\n            {\n                \"type\": \"rich_text\",\n"
                  "                \"block_id\": \"b1\",\n                \"elements\": [\n"
                  "                    {\n                        \"type\": "
                  "\"rich_text_section\",\n                        \"elements\": [\n"
                  "                            {\n                                \"type\": "
                  "\"text\",\n                                \"text\": ");
    sentence(b, HF_JSON_PHP);
    hf_buf_str(b, "\n                            }\n                        ]\n"
                  "                    }\n                ]\n            }\n        ]");
    if (dice(5) == 0)
        hf_buf_printf(
            b,
            ",\n        \"reactions\": [\n            {\n                \"name\": \"+1\","
            "\n                \"users\": [\n                    \"U%08u\"\n"
            "                ],\n                \"count\": 1\n            }\n        ]",
            user);
    hf_buf_str(b, "\n    }");
}

static void slack_member(hf_buf *b)
{
    hf_buf_str(b, "[\n");
    while (b->n < MEMBER_BYTES) {
        slack_message(b);
        hf_buf_str(b, ",\n");
    }
    slack_message(b);
    hf_buf_str(b, "\n]");
}

static void mattermost_member(hf_buf *b)
{
    while (b->n < MEMBER_BYTES) {
        hf_buf_printf(b,
                      "{\"type\":\"post\",\"post\":{\"team\":\"main\",\"channel\":\"town-square\","
                      "\"user\":\"user%u\",\"type\":\"\",\"message\":",
                      (unsigned)dice(500));
        sentence(b, HF_JSON_GO);
        hf_buf_printf(b,
                      ",\"props\":{},\"create_at\":16%08u000,\"edit_at\":0,\"reactions\":null,"
                      "\"replies\":[{\"user\":\"user%u\",\"type\":null,\"message\":",
                      (unsigned)dice(100000000), (unsigned)dice(500));
        sentence(b, HF_JSON_GO);
        hf_buf_printf(b,
                      ",\"create_at\":16%08u000,\"edit_at\":null,\"flagged_by\":null,"
                      "\"reactions\":[],\"attachments\":[]}],\"attachments\":[],"
                      "\"is_pinned\":false}}\n",
                      (unsigned)dice(100000000));
    }
}

/* Cut and tape the whole member once, in windows as a reader would have. */
static uint64_t cut(hf_view member, hf_split_mode mode, hf_tape *t, uint64_t *tokens, uint64_t *bad)
{
    hf_json_split *s = hf_json_split_new(mode, NULL);
    size_t base = 0, have = WINDOW < member.n ? WINDOW : member.n;
    uint64_t records = 0;

    *tokens = *bad = 0;
    for (;;) {
        hf_view window = hf_view_sub(member, base, have - base);
        hf_piece piece;
        size_t used;
        hf_split_result r = hf_json_split_tape(s, window, have == member.n, &used, &piece, t);

        base += used;
        if (r == HF_SPLIT_DONE)
            break;
        if (r == HF_SPLIT_MORE) {
            have = member.n - have < WINDOW ? member.n : have + WINDOW;
            continue;
        }
        records++;
        *tokens += t->n;
        *bad += piece.is_bad;
    }
    hf_json_split_free(s);
    return records;
}

static void measure(const char *name, hf_view member, hf_split_mode mode)
{
    uint64_t records = 0, tokens = 0, bad = 0;
    hf_tape t = { 0 };
    double best = 0;

    for (int run = 0; run < RUNS; run++) {
        double start = hf_mono_seconds(), took;

        records = cut(member, mode, &t, &tokens, &bad);
        took = hf_mono_seconds() - start;
        if (run == 0 || took < best)
            best = took;
    }
    printf("%-12s %8.1f MB  %9llu records (%llu bad)  %5.1f bytes a token  %7.1f MB/s\n", name,
           (double)member.n / 1e6, (unsigned long long)records, (unsigned long long)bad,
           tokens == 0 ? 0.0 : (double)member.n / (double)tokens, (double)member.n / 1e6 / best);
    hf_tape_clear(&t);
}

static bool read_file(hf_buf *b, const char *path)
{
    FILE *f = fopen(path, "rb");
    size_t got = 1;

    while (f != NULL && got > 0) {
        hf_buf_reserve(b, WINDOW);
        got = fread(b->p + b->n, 1, WINDOW, f);
        b->n += got;
    }
    if (f == NULL || ferror(f)) {
        perror(path);
        return false;
    }
    fclose(f);
    return true;
}

int main(int argc, char **argv)
{
    hf_buf b;

    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    if (argc > 1) {
        if (!read_file(&b, argv[1]))
            return EXIT_FAILURE;
        measure("file", hf_buf_view(&b),
                argc > 2 && strcmp(argv[2], "lines") == 0 ? HF_SPLIT_LINES : HF_SPLIT_ARRAY);
    } else {
        slack_member(&b);
        measure("slack", hf_buf_view(&b), HF_SPLIT_ARRAY);
        hf_buf_reset(&b);
        mattermost_member(&b);
        measure("mattermost", hf_buf_view(&b), HF_SPLIT_LINES);
    }
    hf_buf_clear(&b);
    return EXIT_SUCCESS;
}
