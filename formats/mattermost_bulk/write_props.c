/* mattermost_bulk/write_props.c: props and attachments of a post. */
#include "write_priv.h"

#include "mattermost_common/props.h"
#include "util/utf8.h"

/* Slack writes colours as "36a64f", the server as "#36a64f"; words like "good" are the same. */
static hf_view color_of(hf_view text, hf_arena *mem)
{
    bool hex = text.n == 6;

    for (size_t i = 0; i < text.n; i++)
        hex = hex && strchr("0123456789abcdefABCDEF", text.p[i]) != NULL && text.p[i] != '\0';
    return hex ? hf_arena_printf(mem, "#%.*s", (int)text.n, text.p) : text;
}

/* --- cards ---------------------------------------------------------------------------------------
 */

static void put_card(bulk_writer *w, hf_record *r, const bulk_table *cards, uint32_t item,
                     hf_buf *out, hf_arena *mem)
{
    hf_buf_byte(out, '{');
    for (const mm_card_key *k = mm_card_keys; k->key != NULL; k++) {
        hf_value *v = bulk_at(cards, k->field, item);
        bool markup = hf_field_get(k->field)->type == HF_TYPE_MARKUP;
        hf_view text;

        if (v == NULL || v->text.n == 0)
            continue;
        text = markup ? bulk_markup(w, r, v->text, HF_DIALECT_MARKDOWN, mem) : v->text;
        if (k->field == HF_F_MESSAGE_CARD_COLOR)
            text = color_of(text, mem);
        bulk_put_field(out, k->key, text);
        bulk_written(v, markup ? "markup as Markdown" : "as the server spells it");
    }
    hf_buf_byte(out, '}');
}

static void put_cards(bulk_writer *w, hf_record *r, bulk_items *items, hf_buf *out, hf_arena *mem)
{
    bulk_table cards = bulk_table_of(r, BULK_CARDS, mem);
    uint32_t n = items->ncard = cards.n;

    if (n == 0)
        return;
    items->card = hf_arena_alloc(mem, n * sizeof(*items->card));
    bulk_put_key(out, "attachments");
    hf_buf_byte(out, '[');
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0)
            hf_buf_byte(out, ',');
        put_card(w, r, &cards, i, out, mem);
        items->card[i] = i;
    }
    hf_buf_byte(out, ']');
}

/* --- files ---------------------------------------------------------------------------------------
 */

hf_view bulk_file_path(const bulk_writer *w, const hf_value *id)
{
    const hf_map_entry *e = id == NULL ? NULL : hf_map_get(w->files, id->text);

    return e == NULL ? HF_V("") : hf_view_str(e->v.p);
}

/* Who a file is of: the server has no place for it, but its post. */
static void settle_user(hf_record *r, const bulk_table *files, uint32_t item)
{
    hf_value *user = bulk_at(files, HF_F_MESSAGE_FILE_USER, item);

    if (user != NULL && hf_view_eq(user->text, hf_rec_get_text(r, HF_F_MESSAGE_AUTHOR))) {
        user->state = HF_CHANGED;
        user->how = "the author of the post";
    }
}

void bulk_put_files(bulk_writer *w, hf_record *r, bulk_items *items, hf_buf *out, hf_arena *mem)
{
    bulk_table files = bulk_table_of(r, BULK_FILES, mem);
    uint32_t n = items->nfile = files.n, count = 0;

    if (n == 0)
        return;
    items->file = hf_arena_alloc(mem, n * sizeof(*items->file));
    for (uint32_t i = 0; i < n; i++) {
        hf_value *id = bulk_at(&files, HF_F_MESSAGE_FILE_ID, i);
        hf_value *size = bulk_at(&files, HF_F_MESSAGE_FILE_SIZE, i);
        hf_view path = bulk_file_path(w, id);

        settle_user(r, &files, i);
        items->file[i] = UINT32_MAX;
        if (path.n == 0)
            continue;
        hf_buf_str(out, count == 0 ? ",\"attachments\":[{" : ",{");
        bulk_put_field(out, "path", path);
        hf_buf_byte(out, '}');
        items->file[i] = count++;
        bulk_written(id, "made safe for a path");
        bulk_written(bulk_at(&files, HF_F_MESSAGE_FILE_NAME, i), "made safe for a path");
        bulk_written(bulk_at(&files, HF_F_MESSAGE_FILE_PATH, i), "stands below data/");
        if (size != NULL) {
            size->state = HF_CHANGED;
            size->how = "the size of the file itself";
        }
    }
    if (count > 0)
        hf_buf_byte(out, ']');
}

/* Files whose bytes are not at hand are named in our mark, where no user sees them: the post's text
 * stays what it was, and what was attached can still be told. */
static void put_absent_files(bulk_writer *w, hf_record *r, hf_buf *out, hf_arena *mem)
{
    static const struct {
        const char *key;
        hf_field field;
    } keys[] = {
        { "id", HF_F_MESSAGE_FILE_ID },       { "name", HF_F_MESSAGE_FILE_NAME },
        { "title", HF_F_MESSAGE_FILE_TITLE }, { "mime", HF_F_MESSAGE_FILE_MIME },
        { "size", HF_F_MESSAGE_FILE_SIZE },   { "mode", HF_F_MESSAGE_FILE_MODE },
    };
    bulk_table files = bulk_table_of(r, BULK_FILES, mem);
    uint32_t count = 0;

    for (uint32_t i = 0; i < files.n; i++) {
        if (bulk_file_path(w, bulk_at(&files, HF_F_MESSAGE_FILE_ID, i)).n > 0)
            continue;
        if (count++ == 0)
            bulk_put_key(out, "files");
        hf_buf_str(out, count == 1 ? "[{" : ",{");
        for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
            hf_value *v = bulk_at(&files, keys[k].field, i);

            if (v == NULL)
                continue;
            if (keys[k].field == HF_F_MESSAGE_FILE_SIZE) {
                bulk_put_key(out, keys[k].key);
                hf_buf_i64(out, v->num);
            } else {
                bulk_put_field(out, keys[k].key, v->text);
            }
            v->state = HF_CHANGED;
            v->how = "in the post's props; the file is not in the export";
        }
        hf_buf_byte(out, '}');
    }
    if (count > 0)
        hf_buf_byte(out, ']');
}

/* --- marks and props -----------------------------------------------------------------------------
 */

static void put_true(hf_buf *out, const char *key)
{
    bulk_put_key(out, key);
    hf_buf_str(out, "true");
}

static void put_marks(bulk_writer *w, hf_record *r, const bulk_marks *m, hf_buf *out, hf_arena *mem)
{
    size_t start = out->n, empty;

    bulk_put_key(out, MM_PROPS_MARK);
    hf_buf_byte(out, '{');
    empty = out->n;
    if (m->stub)
        put_true(out, "stub");
    if (m->again)
        put_true(out, "again");
    if (m->of > 0) {
        bulk_put_key(out, "part");
        hf_buf_u64(out, m->part);
        bulk_put_key(out, "of");
        hf_buf_u64(out, m->of);
    }
    if (m->broadcast)
        put_true(out, "broadcast");
    if (m->deleted)
        put_true(out, "deleted");
    if (m->type.n > 0)
        bulk_put_field(out, "type", m->type);
    if (r != NULL)
        put_absent_files(w, r, out, mem);
    if (out->n == empty)
        out->n = start;
    else
        hf_buf_byte(out, '}');
}

/* The web client writes these posts' lines from props.username. */
static bool names_its_user(const char *type)
{
    static const char *const types[] = { "system_join_channel", "system_leave_channel",
                                         "system_channel_deleted", "system_channel_restored" };

    for (size_t i = 0; type != NULL && i < sizeof(types) / sizeof(types[0]); i++)
        if (strcmp(type, types[i]) == 0)
            return true;
    return false;
}

void bulk_put_props(bulk_writer *w, hf_record *r, const bulk_marks *marks, const char *post_type,
                    hf_view author, bulk_items *items, hf_buf *out, hf_arena *mem)
{
    hf_value *shown = r == NULL ? NULL : hf_rec_get(r, HF_F_MESSAGE_AUTHOR_NAME);
    size_t start = out->n, inside, cards;

    bulk_put_key(out, "props");
    hf_buf_byte(out, '{');
    inside = out->n;
    if (shown != NULL && shown->text.n > 0) {
        bulk_put_field(out, "from_webhook", HF_V("true"));
        bulk_put_field(out, "override_username", shown->text);
        bulk_written(shown, NULL);
    }
    if (names_its_user(post_type))
        bulk_put_field(out, "username", author);
    put_marks(w, r, marks, out, mem);
    cards = out->n;
    if (r != NULL)
        put_cards(w, r, items, out, mem);
    if (r != NULL && hf_utf8_count(hf_view_from(hf_buf_view(out), inside)) + 2 > BULK_PROPS_RUNES) {
        out->n = cards;
        for (int f = HF_F_MESSAGE_CARD_TEXT; f <= HF_F_MESSAGE_CARD_IMAGE; f++)
            bulk_state(r, (hf_field)f, HF_LOST,
                       "more than the server's 800,000 characters of props");
    }
    if (out->n == inside)
        out->n = start;
    else
        hf_buf_byte(out, '}');
}
