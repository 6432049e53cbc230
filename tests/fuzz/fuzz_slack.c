/* tests/fuzz/fuzz_slack.c: any bytes as a file of a Slack export: cut, parsed, composed again, read
 * back; masked; and as a member's name.
 *
 * The first byte of the input chooses the file: modulo SLACK_ROLES a slack_role.
 */
#include "check.h"

#include "format/mask.h"
#include "slack/compose.h"
#include "text/secret.h"

static bool lies_in(hf_view inner, hf_view outer)
{
    return inner.p >= outer.p && inner.p + inner.n <= outer.p + outer.n;
}

static hf_kind kind_of(slack_role role)
{
    return role == SLACK_USERS                             ? HF_KIND_USER
           : role >= SLACK_CHANNELS && role <= SLACK_MPIMS ? HF_KIND_CHANNEL
           : role == SLACK_DAY                             ? HF_KIND_MESSAGE
           : role == SLACK_EVENTS                          ? HF_KIND_EVENT
                                                           : HF_KIND_OPAQUE;
}

static hf_record *new_record(hf_batch *b, slack_role role, hf_view raw)
{
    hf_record *r = hf_batch_add(b, kind_of(role));

    r->format = "slack";
    r->origin = HF_V("T1");
    r->scope = role == SLACK_DAY ? HF_V("C1") : HF_V("");
    r->flags = (unsigned)role << HF_REC_PLACE_SHIFT;
    r->raw.bytes = raw;
    return r;
}

/* Compose r as if its bytes were gone; what comes must be readable and settle. */
static void check_composed(hf_batch *b, hf_record *r, slack_role role, const slack_names *names)
{
    slack_message m = { .ts = HF_V("1.000001"), .channel = HF_V("C1") };
    slack_shape shape = { 0 };
    hf_record *back;
    hf_buf json;

    hf_buf_init(&json, HF_BUF_UNBOUNDED);
    if (r->kind == HF_KIND_USER)
        slack_compose_user(r, b->mem, &json);
    else if (r->kind == HF_KIND_CHANNEL)
        slack_compose_channel(names, r, HF_V("C1"), HF_V("c"), b->mem, &json);
    else if (r->kind == HF_KIND_EVENT)
        slack_compose_event(r, b->mem, &json);
    else
        slack_compose_message(names, r, &m, b->mem, &json, &shape);
    CHECK(shape.tail <= json.n);
    back = new_record(b, role, hf_buf_view(&json));
    CHECK(slack_parse(b, back, NULL, NULL) == HF_OK);
    slack_settle(r, back, &shape);
    hf_buf_clear(&json);
}

static void check_record(slack_role role, hf_view raw, hf_paths *paths, const slack_names *names)
{
    static const hf_dialect dialects[] = { HF_DIALECT_MRKDWN, HF_DIALECT_MARKDOWN,
                                           HF_DIALECT_PLAIN };
    hf_batch *b = hf_batch_new();
    hf_record *r = new_record(b, role, raw), *masked;

    if (slack_parse(b, r, paths, NULL) == HF_OK) {
        for (uint32_t i = 0; i < r->nleaf; i++) {
            CHECK(lies_in(r->leaf[i].raw, raw));
            CHECK(r->leaf[i].value <= r->nvalue);
        }
        masked = new_record(b, role, hf_secret_mask_json(raw, b->mem, NULL));
        CHECK(slack_parse(b, masked, NULL, NULL) == HF_OK);
        CHECK(hf_secret_mask_json(masked->raw.bytes, b->mem, NULL).p == masked->raw.bytes.p);
        for (size_t i = 0; r->kind != HF_KIND_OPAQUE && i < 3; i++) {
            r->dialect = dialects[i];
            r->format = i == 0 ? "slack" : "other";
            check_composed(b, r, role, names);
        }
        hf_mask_settle(b, r);
    }
    hf_batch_free(b);
}

static void check_member(slack_role role, hf_view bytes)
{
    hf_json_split *split = hf_json_split_new(HF_SPLIT_ARRAY, NULL);
    hf_paths *paths = hf_paths_new();
    slack_names names;
    hf_split_result got;
    hf_piece piece;

    slack_names_init(&names);
    do {
        size_t used = 0;

        got = hf_json_split_next(split, bytes, true, &used, &piece);
        CHECK(used <= bytes.n);
        if (got == HF_SPLIT_PIECE && !piece.is_bad)
            check_record(role, hf_view_sub(bytes, piece.at, piece.len), paths, &names);
        bytes = hf_view_from(bytes, used);
    } while (got == HF_SPLIT_PIECE);
    slack_names_clear(&names);
    hf_paths_free(paths);
    hf_json_split_free(split);
}

static void check_name(hf_view name)
{
    slack_place p = slack_place_of(name, (hf_view){ "", 0 });

    CHECK(p.folder.n == 0 || lies_in(p.folder, name));
    CHECK(p.workspace.n == 0 || lies_in(p.workspace, name));
    CHECK(p.file_id.n == 0 || lies_in(p.file_id, name));
    CHECK((p.role == SLACK_DAY) == (p.folder.n > 0 || hf_view_is(p.word, "message")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    hf_view bytes = { (const char *)data, n };

    if (n == 0)
        return 0;
    check_name(bytes);
    check_member((slack_role)(data[0] % SLACK_ROLES), hf_view_from(bytes, 1));
    return 0;
}
