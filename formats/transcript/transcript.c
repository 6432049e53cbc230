/* formats/transcript/transcript.c: conversations for people, as plain text ("txt") and Markdown
 * ("md").
 *
 * One heading a conversation, one a day; replies stand indented under their root; what was edited,
 * deleted or attached is said. Times are in --tz and labelled. Nothing reads a transcript back:
 * every value shown is settled CHANGED, never EXACT. Memory  one name per user and conversation.
 */
#include "format/format.h"
#include "format/ledger.h"

#include <stdio.h>

typedef struct look {
    hf_dialect dialect;
    const char *reply; /* what stands before a reply's first line */
    const char *root;  /* before a root's first line */
    bool is_markdown;
} look;

static const look txt_look = { HF_DIALECT_PLAIN, "        ", "", false };
static const look md_look = { HF_DIALECT_MARKDOWN, "  - ", "- ", true };

typedef struct transcript {
    hf_writer base; /* must stay first */
    const look *look;
    hf_sink *sink;
    hf_ledger *ledger;
    hf_map *users, *channels; /* id: name, owned by mem */
    hf_arena *mem;
    hf_arena *scratch;
    hf_zone *zone;
    const char *zone_name;
    hf_buf out, text, channel;
    int64_t day; /* local day number of the last heading */
    bool has_channel, had_any;
} transcript;

static hf_view name_of(hf_map *names, hf_view id)
{
    hf_map_entry *e = hf_map_get(names, id);

    return e == NULL ? id : *(hf_view *)e->v.p;
}

static void note_name(transcript *t, hf_map *names, hf_view id, hf_view name)
{
    hf_view *own = hf_arena_alloc(t->mem, sizeof(*own));

    *own = hf_arena_dup(t->mem, name);
    hf_map_put(names, id, NULL)->v.p = own;
}

static void note_user(transcript *t, const hf_record *r)
{
    static const hf_field by_liking[] = { HF_F_USER_DISPLAY_NAME, HF_F_USER_REAL_NAME,
                                          HF_F_USER_NAME };
    hf_view bot = hf_rec_get_text(r, HF_F_USER_BOT_ID);

    for (size_t i = 0; i < sizeof(by_liking) / sizeof(by_liking[0]); i++) {
        hf_view name = hf_rec_get_text(r, by_liking[i]);

        if (name.n == 0)
            continue;
        note_name(t, t->users, r->id, name);
        if (bot.n > 0)
            note_name(t, t->users, bot, name);
        return;
    }
}

static void note_channel(transcript *t, const hf_record *r)
{
    hf_view name = hf_rec_get_text(r, HF_F_CHANNEL_NAME),
            kind = hf_rec_get_text(r, HF_F_CHANNEL_KIND);
    uint32_t at = 0;
    bool is_first = true;

    if (!hf_view_is(kind, "dm") && !hf_view_is(kind, "group")) {
        note_name(t, t->channels, r->id, name);
        return;
    }
    hf_buf_reset(&t->text);
    for (const hf_value *v = hf_rec_next(r, HF_F_CHANNEL_MEMBER, 0, &at); v != NULL;
         v = hf_rec_next(r, HF_F_CHANNEL_MEMBER, at + 1, &at)) {
        hf_buf_str(&t->text, is_first ? "" : ", ");
        hf_buf_add(&t->text, name_of(t->users, v->text));
        is_first = false;
    }
    note_name(t, t->channels, r->id, t->text.n > 0 ? hf_buf_view(&t->text) : r->id);
}

/* Add text with every line after the first led by lead. */
static void put_lines(transcript *t, hf_view text, const char *lead)
{
    while (text.n > 0) {
        size_t end = hf_view_find_byte(text, '\n');
        hf_view line = hf_view_sub(text, 0, end == HF_NPOS ? text.n : end);

        hf_buf_printable(&t->out, line);
        if (end == HF_NPOS)
            return;
        hf_buf_byte(&t->out, '\n');
        hf_buf_str(&t->out, lead);
        text = hf_view_from(text, end + 1);
    }
}

static hf_view user_name(void *self, hf_view id)
{
    return name_of(((transcript *)self)->users, id);
}

static hf_view channel_name(void *self, hf_view id)
{
    return name_of(((transcript *)self)->channels, id);
}

static hf_view shown(transcript *t, const hf_record *r, hf_view markup)
{
    const hf_names names = { t, user_name, channel_name };
    hf_spans spans;

    hf_arena_reset(t->scratch);
    hf_markup_parse(r->dialect, markup, t->scratch, &spans);
    hf_buf_reset(&t->text);
    hf_markup_print(t->look->dialect, &spans, &names, &t->text);
    return hf_buf_view(&t->text);
}

static void put_moment(transcript *t, int64_t us, bool with_day)
{
    int64_t local = us + hf_zone_offset(t->zone, us) * HF_SECOND_US;
    hf_civil c = hf_us_to_civil(local);

    if (with_day)
        hf_buf_printf(&t->out, "%04d-%02d-%02d ", c.year, c.month, c.day);
    hf_buf_printf(&t->out, "%02d:%02d:%02d", c.hour, c.minute, c.second);
}

static void put_headings(transcript *t, const hf_record *r)
{
    static const char *const weekdays[] = { "Monday", "Tuesday",  "Wednesday", "Thursday",
                                            "Friday", "Saturday", "Sunday" };
    int64_t local, day;
    char date[64];
    hf_civil c;

    if (!t->has_channel || !hf_view_eq(hf_buf_view(&t->channel), r->scope)) {
        hf_buf name;

        hf_buf_init(&name, HF_BUF_UNBOUNDED);
        hf_buf_printable(&name, name_of(t->channels, r->scope));
        hf_buf_str(&t->out, t->had_any ? "\n\n" : "");
        hf_buf_printf(&t->out, t->look->is_markdown ? "# %s\n" : "=== %s ===\n",
                      hf_buf_cstr(&name));
        hf_buf_printf(&t->out, "Times are in %s.\n", t->zone_name);
        hf_buf_clear(&name);
        hf_buf_reset(&t->channel);
        hf_buf_add(&t->channel, r->scope);
        t->has_channel = t->had_any = true;
        t->day = INT64_MIN;
    }
    if (r->time_us == HF_NO_TIME)
        return;
    local = r->time_us + hf_zone_offset(t->zone, r->time_us) * HF_SECOND_US;
    day = hf_day_of(local);
    if (day == t->day)
        return;
    t->day = day;
    c = hf_us_to_civil(local);
    snprintf(date, sizeof(date), "%04d-%02d-%02d, %s", c.year, c.month, c.day,
             weekdays[((day + 3) % 7 + 7) % 7]);
    hf_buf_printf(&t->out, t->look->is_markdown ? "\n## %s\n\n" : "\n--- %s ---\n", date);
}

static void put_extra(transcript *t, const char *lead, const char *label)
{
    hf_buf_byte(&t->out, '\n');
    hf_buf_str(&t->out, lead);
    hf_buf_printf(&t->out, "[%s", label);
}

static void put_cards(transcript *t, const hf_record *r, const char *lead)
{
    static const hf_field parts[] = { HF_F_MESSAGE_CARD_PRETEXT, HF_F_MESSAGE_CARD_AUTHOR,
                                      HF_F_MESSAGE_CARD_TITLE, HF_F_MESSAGE_CARD_TEXT,
                                      HF_F_MESSAGE_CARD_LINK };
    uint32_t last = UINT32_MAX;

    for (uint32_t i = 0; i < r->nvalue; i++) {
        uint32_t item = r->value[i].item;

        if (r->value[i].field < HF_F_MESSAGE_CARD_TEXT ||
            r->value[i].field > HF_F_MESSAGE_CARD_IMAGE || item == last)
            continue;
        last = item;
        put_extra(t, lead, "card:");
        for (size_t k = 0; k < sizeof(parts) / sizeof(parts[0]); k++) {
            const hf_value *v = hf_rec_item(r, parts[k], item);

            if (v == NULL || v->text.n == 0)
                continue;
            hf_buf_byte(&t->out, ' ');
            put_lines(
                t, hf_field_get(parts[k])->type == HF_TYPE_MARKUP ? shown(t, r, v->text) : v->text,
                lead);
        }
        hf_buf_byte(&t->out, ']');
    }
}

static void put_files(transcript *t, const hf_record *r, const char *lead)
{
    uint32_t last = UINT32_MAX;

    for (uint32_t i = 0; i < r->nvalue; i++) {
        uint32_t item = r->value[i].item;
        const hf_value *v, *mode;

        if (r->value[i].field < HF_F_MESSAGE_FILE_ID ||
            r->value[i].field > HF_F_MESSAGE_FILE_PATH || item == last)
            continue;
        last = item;
        put_extra(t, lead, "file: ");
        v = hf_rec_item(r, HF_F_MESSAGE_FILE_NAME, item);
        if (v == NULL)
            v = hf_rec_item(r, HF_F_MESSAGE_FILE_ID, item);
        if (v != NULL)
            put_lines(t, v->text, lead);
        v = hf_rec_item(r, HF_F_MESSAGE_FILE_SIZE, item);
        if (v != NULL)
            hf_buf_printf(&t->out, ", %lld bytes", (long long)v->num);
        mode = hf_rec_item(r, HF_F_MESSAGE_FILE_MODE, item);
        if (mode != NULL && hf_view_is(mode->text, "tombstone"))
            hf_buf_str(&t->out, ", deleted");
        hf_buf_byte(&t->out, ']');
    }
}

static void put_reactions(transcript *t, const hf_record *r, const char *lead)
{
    bool any = false;

    for (uint32_t i = 0; i < r->nvalue; i++) {
        const hf_value *name = &r->value[i], *user;

        if (name->field != HF_F_MESSAGE_REACTION_NAME)
            continue;
        if (!any)
            put_extra(t, lead, "reactions:");
        any = true;
        user = hf_rec_item(r, HF_F_MESSAGE_REACTION_USER, name->item);
        hf_buf_str(&t->out, " :");
        put_lines(t, name->text, lead);
        hf_buf_str(&t->out, ": ");
        if (user != NULL)
            put_lines(t, name_of(t->users, user->text), lead);
        hf_buf_byte(&t->out, ';');
    }
    if (any)
        t->out.p[t->out.n - 1] = ']';
}

/* Earlier texts, in the order in which the source gives them. */
static void put_versions(transcript *t, const hf_record *r, const char *lead)
{
    uint32_t at = 0;

    for (const hf_value *v = hf_rec_next(r, HF_F_MESSAGE_VERSION_TEXT, 0, &at); v != NULL;
         v = hf_rec_next(r, HF_F_MESSAGE_VERSION_TEXT, at + 1, &at)) {
        const hf_value *when = hf_rec_item(r, HF_F_MESSAGE_VERSION_AT, v->item);

        put_extra(t, lead, "earlier text");
        if (when != NULL) {
            hf_buf_str(&t->out, " of ");
            put_moment(t, when->num, true);
        }
        hf_buf_str(&t->out, ": ");
        put_lines(t, shown(t, r, v->text), lead);
        hf_buf_byte(&t->out, ']');
    }
}

static void put_acks(transcript *t, const hf_record *r, const char *lead)
{
    bool any = false;
    uint32_t at = 0;

    for (const hf_value *v = hf_rec_next(r, HF_F_MESSAGE_ACK_USER, 0, &at); v != NULL;
         v = hf_rec_next(r, HF_F_MESSAGE_ACK_USER, at + 1, &at)) {
        const hf_value *when = hf_rec_item(r, HF_F_MESSAGE_ACK_AT, v->item);

        if (!any)
            put_extra(t, lead, "acknowledged by");
        hf_buf_str(&t->out, any ? "; " : " ");
        any = true;
        put_lines(t, name_of(t->users, v->text), lead);
        if (when != NULL) {
            hf_buf_byte(&t->out, ' ');
            put_moment(t, when->num, true);
        }
    }
    if (any)
        hf_buf_byte(&t->out, ']');
}

static void put_mark(transcript *t, const char *words, int64_t us)
{
    hf_buf_printf(&t->out, " [%s", words);
    if (us != HF_NO_TIME) {
        hf_buf_byte(&t->out, ' ');
        put_moment(t, us, true);
    }
    hf_buf_byte(&t->out, ']');
}

/* What is to be known of the message as a whole. A deleted one keeps its text here: whoever reads a
 * transcript must see what was said, and that it was taken back. */
static void put_marks(transcript *t, const hf_record *r)
{
    int64_t deleted = hf_rec_get_num(r, HF_F_MESSAGE_DELETED_AT, HF_NO_TIME);
    int64_t edited = hf_rec_get_num(r, HF_F_MESSAGE_EDITED_AT, HF_NO_TIME);
    int64_t expires = hf_rec_get_num(r, HF_F_MESSAGE_EXPIRES, HF_NO_TIME);
    hf_view by = hf_rec_get_text(r, HF_F_MESSAGE_DELETED_BY);
    hf_view priority = hf_rec_get_text(r, HF_F_MESSAGE_PRIORITY);

    if (hf_rec_get_bool(r, HF_F_MESSAGE_IS_DELETED)) {
        put_mark(t, "deleted", deleted);
        if (by.n > 0) {
            t->out.n--;
            hf_buf_str(&t->out, " by ");
            hf_buf_printable(&t->out, name_of(t->users, by));
            hf_buf_byte(&t->out, ']');
        }
    }
    if (hf_rec_get_bool(r, HF_F_MESSAGE_IS_BROADCAST))
        put_mark(t, "also sent to the channel", HF_NO_TIME);
    if (edited != HF_NO_TIME)
        put_mark(t, "edited", edited);
    if (hf_rec_get_bool(r, HF_F_MESSAGE_IS_PINNED))
        put_mark(t, "pinned", HF_NO_TIME);
    if (priority.n > 0) {
        hf_buf_str(&t->out, " [priority: ");
        hf_buf_printable(&t->out, priority);
        hf_buf_byte(&t->out, ']');
    }
    if (expires != HF_NO_TIME)
        put_mark(t, "to be read once, until", expires);
}

static void put_message(transcript *t, const hf_record *r)
{
    hf_view root = hf_rec_get_text(r, HF_F_MESSAGE_THREAD),
            author = hf_rec_get_text(r, HF_F_MESSAGE_AUTHOR_NAME);
    bool is_reply = root.n > 0 && !hf_view_eq(root, r->id);
    const char *lead = t->look->is_markdown ? (is_reply ? "    " : "  ")
                       : is_reply           ? "                  "
                                            : "          ";

    put_headings(t, r);
    hf_buf_str(&t->out, is_reply ? t->look->reply : t->look->root);
    if (r->time_us != HF_NO_TIME)
        put_moment(t, r->time_us, false);
    if (author.n == 0)
        author = name_of(t->users, hf_rec_get_text(r, HF_F_MESSAGE_AUTHOR));
    if (author.n == 0)
        author = name_of(t->users, hf_rec_get_text(r, HF_F_MESSAGE_AUTHOR_BOT));
    hf_buf_str(&t->out, t->look->is_markdown ? " **" : "  ");
    hf_buf_printable(&t->out, author.n > 0 ? author : HF_V("(unknown)"));
    hf_buf_str(&t->out, t->look->is_markdown ? "**: " : ": ");
    put_lines(t, shown(t, r, hf_rec_get_text(r, HF_F_MESSAGE_TEXT)), lead);
    put_marks(t, r);
    put_versions(t, r, lead);
    put_cards(t, r, lead);
    put_files(t, r, lead);
    put_reactions(t, r, lead);
    put_acks(t, r, lead);
    hf_buf_byte(&t->out, '\n');
}

static const hf_field writes[] = {
    HF_F_USER_NAME,
    HF_F_USER_DISPLAY_NAME,
    HF_F_USER_REAL_NAME,
    HF_F_CHANNEL_NAME,
    HF_F_CHANNEL_MEMBER,
    HF_F_MESSAGE_TIME,
    HF_F_MESSAGE_AUTHOR,
    HF_F_MESSAGE_AUTHOR_BOT,
    HF_F_MESSAGE_AUTHOR_NAME,
    HF_F_MESSAGE_TEXT,
    HF_F_MESSAGE_THREAD,
    HF_F_MESSAGE_IS_BROADCAST,
    HF_F_MESSAGE_IS_DELETED,
    HF_F_MESSAGE_DELETED_AT,
    HF_F_MESSAGE_DELETED_BY,
    HF_F_MESSAGE_EXPIRES,
    HF_F_MESSAGE_PRIORITY,
    HF_F_MESSAGE_ACK_USER,
    HF_F_MESSAGE_ACK_AT,
    HF_F_MESSAGE_IS_PINNED,
    HF_F_MESSAGE_EDITED_AT,
    HF_F_MESSAGE_VERSION_TEXT,
    HF_F_MESSAGE_VERSION_AT,
    HF_F_MESSAGE_REACTION_NAME,
    HF_F_MESSAGE_REACTION_USER,
    HF_F_MESSAGE_FILE_ID,
    HF_F_MESSAGE_FILE_NAME,
    HF_F_MESSAGE_FILE_SIZE,
    HF_F_MESSAGE_FILE_MODE,
    HF_F_MESSAGE_CARD_TEXT,
    HF_F_MESSAGE_CARD_TITLE,
    HF_F_MESSAGE_CARD_LINK,
    HF_F_MESSAGE_CARD_AUTHOR,
    HF_F_MESSAGE_CARD_PRETEXT,
    HF_F_NONE,
};

static void settle(hf_record *r)
{
    for (uint32_t i = 0; i < r->nvalue; i++)
        for (size_t k = 0; writes[k] != HF_F_NONE; k++)
            if (r->value[i].field == writes[k]) {
                r->value[i].state = HF_CHANGED;
                r->value[i].how = "shown for people";
            }
}

static hf_status transcript_put(hf_writer *base, hf_batch *b, hf_err **err)
{
    transcript *t = (transcript *)base;
    hf_status rc = HF_OK;

    for (size_t i = 0; i < b->n && rc == HF_OK; i++) {
        hf_record *r = b->rec[i];

        if (r->kind == HF_KIND_MEMBER && t->ledger != NULL)
            rc = hf_ledger_member(t->ledger, r, HF_LOST, err);
        if (!hf_kind_is_record(r->kind))
            continue;
        if (r->kind == HF_KIND_USER)
            note_user(t, r);
        else if (r->kind == HF_KIND_CHANNEL)
            note_channel(t, r);
        else if (r->kind == HF_KIND_MESSAGE)
            put_message(t, r);
        settle(r);
        if (t->ledger != NULL)
            rc = hf_ledger_done(t->ledger, r, NULL, err);
    }
    if (rc == HF_OK)
        rc = hf_sink_write(t->sink, hf_buf_view(&t->out), err);
    hf_buf_reset(&t->out);
    hf_batch_free(b);
    return rc;
}

static hf_status transcript_finish(hf_writer *base, hf_err **err)
{
    transcript *t = (transcript *)base;
    hf_sink *sink = t->sink;

    t->sink = NULL;
    return hf_sink_commit(sink, err);
}

static void transcript_close(hf_writer *base)
{
    transcript *t = (transcript *)base;

    hf_sink_abort(t->sink);
    hf_map_free(t->users);
    hf_map_free(t->channels);
    hf_arena_free(t->mem);
    hf_arena_free(t->scratch);
    hf_zone_free(t->zone);
    hf_buf_clear(&t->out);
    hf_buf_clear(&t->text);
    hf_buf_clear(&t->channel);
    hf_free(t);
}

static const hf_writer_ops transcript_ops = { transcript_put, transcript_finish, transcript_close };

static hf_status create(const look *as, hf_writer **out, const hf_writer_args *args, hf_err **err)
{
    transcript *t = HF_NEW(transcript);
    bool to_stdout = strcmp(args->path, "-") == 0;
    const char *zone = hf_opts_get(args->opts, "tz");
    hf_status rc;

    t->base.ops = &transcript_ops;
    t->look = as;
    t->ledger = args->ledger;
    t->users = hf_map_new();
    t->channels = hf_map_new();
    t->mem = hf_arena_new();
    t->scratch = hf_arena_new();
    t->zone_name = hf_arena_dup(t->mem, hf_view_str(zone == NULL ? "UTC" : zone)).p;
    hf_buf_init(&t->out, HF_BUF_UNBOUNDED);
    hf_buf_init(&t->text, HF_BUF_UNBOUNDED);
    hf_buf_init(&t->channel, HF_BUF_UNBOUNDED);
    rc = hf_zone_open(t->zone_name, &t->zone, err);
    if (rc == HF_OK)
        rc = hf_sink_open(&t->sink, args->path, to_stdout ? HF_SINK_STDOUT : HF_SINK_FILE,
                          args->overwrite, err);
    if (rc == HF_OK)
        rc = hf_sink_member(t->sink, HF_V("transcript"), err);
    if (rc != HF_OK) {
        transcript_close(&t->base);
        return rc;
    }
    *out = &t->base;
    return HF_OK;
}

static hf_status create_txt(hf_writer **out, const hf_writer_args *args, hf_err **err)
{
    return create(&txt_look, out, args, err);
}

static hf_status create_md(hf_writer **out, const hf_writer_args *args, hf_err **err)
{
    return create(&md_look, out, args, err);
}

static const hf_opt_info options[] = {
    { "tz", "ZONE", "the zone times are shown in (default UTC)" }, { 0 }
};

const hf_format hf_format_txt = {
    .name = "txt",
    .title = "Transcript as plain text, for people",
    .spec = "formats/transcript/transcript.c",
    .create = create_txt,
    .file = "conversations.txt",
    .wants_order = HF_ORDER_THREAD_TIME,
    .dialect = HF_DIALECT_PLAIN,
    .is_transcript = true,
    .writes = writes,
    .writes_opts = options,
};

const hf_format hf_format_md = {
    .name = "md",
    .title = "Transcript as Markdown, for people",
    .spec = "formats/transcript/transcript.c",
    .create = create_md,
    .file = "conversations.md",
    .wants_order = HF_ORDER_THREAD_TIME,
    .dialect = HF_DIALECT_MARKDOWN,
    .is_transcript = true,
    .writes = writes,
    .writes_opts = options,
};
