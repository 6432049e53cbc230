/* mattermost/post.c: a post and the rows that join it as one message.
 *
 * Versions    rows of posts with an originalid: earlier texts, in the order of editat
 * Reactions   rows with a deleteat were taken back: no values
 * Files       those that fileids names, in its order; before 3.5: the paths in filenames
 * Burning     a burn-on-read post has its text and files in temporaryposts
 * Old schema  parentid where rootid is empty; no deleteat of reactions
 * Source      server/channels/store/sqlstore, server/public/model/post.go
 */
#include "mattermost_common/props.h"
#include "rows_priv.h"

/* --- columns -------------------------------------------------------------------------------------
 */

enum {
    P_ID,
    P_CREATE,
    P_UPDATE,
    P_EDIT,
    P_DELETE,
    P_USER,
    P_CHANNEL,
    P_ROOT,
    P_PARENT,
    P_ORIGINAL,
    P_MESSAGE,
    P_TYPE,
    P_PROPS,
    P_FILENAMES,
    P_FILEIDS,
    P_REACTIONS,
    P_PINNED
};

static const mm_shape_column post_columns[] = {
    [P_ID] = { "id", 0 },
    [P_CREATE] = { "createat", MM_DEFAULT },
    [P_UPDATE] = { "updateat", MM_DEFAULT },
    [P_EDIT] = { "editat", MM_DEFAULT },
    [P_DELETE] = { "deleteat", MM_DEFAULT },
    [P_USER] = { "userid", 0 },
    [P_CHANNEL] = { "channelid", 0 },
    [P_ROOT] = { "rootid", 0 },
    [P_PARENT] = { "parentid", 0 },
    [P_ORIGINAL] = { "originalid", 0 },
    [P_MESSAGE] = { "message", 0 },
    [P_TYPE] = { "type", 0 },
    [P_PROPS] = { "props", MM_JSON | MM_DEFAULT },
    [P_FILENAMES] = { "filenames", MM_JSON | MM_DEFAULT },
    [P_FILEIDS] = { "fileids", MM_JSON | MM_DEFAULT },
    [P_REACTIONS] = { "hasreactions", MM_DEFAULT },
    [P_PINNED] = { "ispinned", MM_DEFAULT },
    { NULL, 0 },
};

const mm_shape mm_shape_posts = { .table = "posts",
                                  .kind = HF_KIND_MESSAGE,
                                  .joins = "originalid",
                                  .order = { "editat", "updateat" },
                                  .column = post_columns,
                                  .required = "id" };

enum { R_POST, R_USER, R_NAME, R_CREATE, R_UPDATE, R_DELETE, R_CHANNEL };

static const mm_shape_column reaction_columns[] = {
    [R_POST] = { "postid", 0 },
    [R_USER] = { "userid", 0 },
    [R_NAME] = { "emojiname", 0 },
    [R_CREATE] = { "createat", MM_DEFAULT },
    [R_UPDATE] = { "updateat", MM_DEFAULT },
    [R_DELETE] = { "deleteat", MM_DEFAULT },
    [R_CHANNEL] = { "channelid", 0 },
    { NULL, 0 },
};

const mm_shape mm_shape_reactions = { .table = "reactions",
                                      .joins = "postid",
                                      .order = { "createat" },
                                      .column = reaction_columns,
                                      .required = "postid" };

enum { F_ID, F_CREATOR, F_POST, F_CREATE, F_UPDATE, F_PATH, F_NAME, F_SIZE, F_MIME, F_CHANNEL };

static const mm_shape_column file_columns[] = {
    [F_ID] = { "id", 0 },
    [F_CREATOR] = { "creatorid", 0 },
    [F_POST] = { "postid", 0 },
    [F_CREATE] = { "createat", MM_DEFAULT },
    [F_UPDATE] = { "updateat", MM_DEFAULT },
    [F_PATH] = { "path", 0 },
    [F_NAME] = { "name", 0 },
    [F_SIZE] = { "size", 0 },
    [F_MIME] = { "mimetype", 0 },
    [F_CHANNEL] = { "channelid", 0 },
    { "deleteat", MM_DEFAULT },
    { "width", MM_DEFAULT },
    { "height", MM_DEFAULT },
    { "haspreviewimage", MM_DEFAULT },
    { "archived", MM_DEFAULT },
    { NULL, 0 },
};

const mm_shape mm_shape_files = { .table = "fileinfo",
                                  .joins = "postid",
                                  .order = { "createat" },
                                  .column = file_columns,
                                  .required = "postid" };

enum { Q_POST, Q_PRIORITY, Q_ACK, Q_CHANNEL };

static const mm_shape_column priority_columns[] = {
    [Q_POST] = { "postid", 0 },
    [Q_PRIORITY] = { "priority", 0 },
    [Q_ACK] = { "requestedack", MM_DEFAULT },
    [Q_CHANNEL] = { "channelid", 0 },
    { "persistentnotifications", MM_DEFAULT },
    { NULL, 0 },
};

const mm_shape mm_shape_priorities = {
    .table = "postspriority", .joins = "postid", .column = priority_columns, .required = "postid"
};

enum { K_POST, K_USER, K_AT, K_CHANNEL };

static const mm_shape_column ack_columns[] = {
    [K_POST] = { "postid", 0 },
    [K_USER] = { "userid", 0 },
    [K_AT] = { "acknowledgedat", MM_DEFAULT },
    [K_CHANNEL] = { "channelid", 0 },
    { NULL, 0 },
};

const mm_shape mm_shape_acks = { .table = "postacknowledgements",
                                 .joins = "postid",
                                 .order = { "acknowledgedat" },
                                 .column = ack_columns,
                                 .required = "postid" };

enum { B_POST, B_TYPE, B_EXPIRE, B_MESSAGE, B_FILEIDS };

static const mm_shape_column temporary_columns[] = {
    [B_POST] = { "postid", 0 },
    [B_TYPE] = { "type", 0 },
    [B_EXPIRE] = { "expireat", MM_DEFAULT },
    [B_MESSAGE] = { "message", 0 },
    [B_FILEIDS] = { "fileids", MM_JSON | MM_DEFAULT },
    { NULL, 0 },
};

const mm_shape mm_shape_temporary = {
    .table = "temporaryposts", .joins = "postid", .column = temporary_columns, .required = "postid"
};

enum { L_OBJECT, L_TYPE, L_LANG, L_TEXT, L_CHANNEL };

static const mm_shape_column translation_columns[] = {
    [L_OBJECT] = { "objectid", 0 },
    [L_TYPE] = { "objecttype", 0 },
    [L_LANG] = { "dstlang", 0 },
    [L_TEXT] = { "text", 0 },
    [L_CHANNEL] = { "channelid", 0 },
    { "meta", MM_JSON | MM_DEFAULT },
    { NULL, 0 },
};

const mm_shape mm_shape_translations = { .table = "translations",
                                         .joins = "objectid",
                                         .order = { "updateat" },
                                         .column = translation_columns,
                                         .required = "objectid" };

void mm_post_ids(const mm_row *row, hf_view *id, hf_view *original, hf_view *channel,
                 int64_t *create_us)
{
    *id = mm_raw(row, P_ID);
    *original = mm_raw(row, P_ORIGINAL);
    *channel = mm_raw(row, P_CHANNEL);
    *create_us = mm_moment(mm_raw(row, P_CREATE));
}

hf_view mm_post_author(const mm_row *row)
{
    return mm_raw(row, P_USER);
}

bool mm_file_of(const mm_row *row, hf_arena *mem, hf_view *id, hf_view *path, int64_t *size)
{
    *id = mm_decode(mm_raw(row, F_ID), mem);
    *path = mm_decode(mm_raw(row, F_PATH), mem);
    if (!hf_view_i64(mm_raw(row, F_SIZE), size))
        *size = -1;
    return id->n > 0;
}

bool mm_is_of_post(const mm_row *row)
{
    return row->l->shape != &mm_shape_translations || row->l->at[L_TYPE] < 0 ||
           hf_view_is(mm_raw(row, L_TYPE), "post");
}

/* --- the post itself -----------------------------------------------------------------------------
 */

enum { ANCHOR = 0 }; /* the message's moment carries what only repeats or says nothing */

typedef struct post {
    mm_reading *x;
    hf_view *file;         /* ids of its files, in their order */
    uint32_t nfile, nitem; /* of these; of the list of files */
    uint32_t nreaction, nversion, nack, ntranslation;
    uint32_t first_reaction; /* value; MM_NO_VALUE */
} post;

/* What an object of props says: the tape holds it. */
static void read_props(post *p, mm_row *row)
{
    mm_reading *x = p->x;
    hf_tape *t = &x->tape;
    uint32_t mark, own;

    if (!mm_json(x, row, P_PROPS))
        return;
    mark = mm_props_mark(t, 0);
    own = hf_tape_get_in(t, mark, "type");
    if (own != HF_NO_TOK && hf_take_text(x->b, x->r, t, own, HF_F_MESSAGE_TYPE, 0))
        mm_carry(row, P_TYPE, x->r->nvalue - 1);
    mm_props_read(x->b, x->r, t, 0, ANCHOR);
    hf_take_text(x->b, x->r, t, hf_tape_get(t, 0, "deleteBy"), HF_F_MESSAGE_DELETED_BY, 0);
    hf_take_time(x->b, x->r, t, hf_tape_get(t, 0, "expire_at"), HF_F_MESSAGE_EXPIRES, 0, 1000,
                 false);
    mm_props_files(x->b, x->r, t, mark, p->nitem);
    mm_json_done(x, row, P_PROPS);
}

static void read_type(post *p, mm_row *row)
{
    mm_reading *x = p->x;

    if (hf_rec_get(x->r, HF_F_MESSAGE_TYPE) == NULL)
        mm_take_text(x, row, P_TYPE, HF_F_MESSAGE_TYPE, 0);
    if (hf_view_starts(mm_raw(row, P_TYPE), HF_V("system_")))
        hf_rec_num(x->b, x->r, HF_F_MESSAGE_IS_SYSTEM, 0, 1);
}

/* A reply names its root; up to 5.x some name it in parentid alone. That a root has replies stands
 * in no row of it: the reader notes it in the record's flags. */
static void read_thread(post *p, mm_row *row)
{
    mm_reading *x = p->x;

    if (mm_take_text(x, row, P_ROOT, HF_F_MESSAGE_THREAD, 0))
        mm_carry_equal(row, P_PARENT, mm_raw(row, P_ROOT), x->r->nvalue - 1);
    else if (!mm_take_text(x, row, P_PARENT, HF_F_MESSAGE_THREAD, 0) &&
             (x->r->flags & HF_REC_PLACE) == MM_HAS_REPLIES)
        hf_rec_text(x->b, x->r, HF_F_MESSAGE_THREAD, 0, x->r->id);
}

static void read_deletion(post *p, mm_row *row)
{
    mm_reading *x = p->x;

    if (mm_take_time(x, row, P_DELETE, HF_F_MESSAGE_DELETED_AT, 0) &&
        !hf_rec_get_bool(x->r, HF_F_MESSAGE_IS_DELETED))
        hf_rec_num(x->b, x->r, HF_F_MESSAGE_IS_DELETED, 0, 1);
}

/* Names of files, ["id", ..]: one value each, numbered as they stand. */
static void read_file_ids(post *p, mm_row *row, int k)
{
    mm_reading *x = p->x;
    hf_tape *t = &x->tape;
    uint32_t n = 0;

    if (!mm_json(x, row, k))
        return;
    if (hf_tok_type(t, 0) == HF_JSON_ARRAY) {
        p->file = hf_arena_alloc(x->b->mem, t->n * sizeof(*p->file));
        for (uint32_t i = hf_tape_first(t, 0); i != HF_NO_TOK; i = hf_tape_after(t, 0, i)) {
            p->file[n] = hf_tok_string(t, i, x->b->mem);
            if (hf_take_text(x->b, x->r, t, i, HF_F_MESSAGE_FILE_ID, n))
                n++;
        }
        p->nfile = p->nitem = n;
    }
    mm_json_done(x, row, k);
}

/* Before 3.5: paths "/channel/user/file/name". */
static void read_file_names(post *p, mm_row *row)
{
    mm_reading *x = p->x;
    hf_tape *t = &x->tape;
    uint32_t n = 0;

    if (p->nfile > 0 || !mm_json(x, row, P_FILENAMES))
        return;
    for (uint32_t i = hf_tok_type(t, 0) == HF_JSON_ARRAY ? hf_tape_first(t, 0) : HF_NO_TOK;
         i != HF_NO_TOK; i = hf_tape_after(t, 0, i)) {
        hf_view path = hf_tok_string(t, i, x->b->mem), folder;
        size_t slash = hf_view_find_last(path, '/');

        if (slash == HF_NPOS)
            continue;
        folder = hf_view_sub(path, 0, slash);
        slash = hf_view_find_last(folder, '/');
        if (slash != HF_NPOS)
            hf_rec_text(x->b, x->r, HF_F_MESSAGE_FILE_ID, n, hf_view_from(folder, slash + 1));
        hf_take_for(
            t, i,
            hf_rec_text(x->b, x->r, HF_F_MESSAGE_FILE_NAME, n, hf_view_from(path, folder.n + 1)));
        n++;
    }
    p->nitem = n;
    mm_json_done(x, row, P_FILENAMES);
}

static void read_main(post *p)
{
    mm_reading *x = p->x;
    mm_row *row = &x->main;

    if (mm_take_time(x, row, P_CREATE, HF_F_MESSAGE_TIME, 0))
        x->r->time_us = x->r->value[0].num;
    mm_take_text(x, row, P_ID, HF_F_MESSAGE_ID, 0);
    mm_take_text(x, row, P_USER, HF_F_MESSAGE_AUTHOR, 0);
    mm_carry(row, P_CHANNEL, x->r->nvalue > 0 ? ANCHOR : MM_NO_VALUE);
    mm_take_text(x, row, P_MESSAGE, HF_F_MESSAGE_TEXT, 0);
    read_file_ids(p, row, P_FILEIDS);
    read_file_names(p, row);
    read_props(p, row);
    read_type(p, row);
    read_thread(p, row);
    mm_take_time(x, row, P_EDIT, HF_F_MESSAGE_EDITED_AT, 0);
    mm_take_time(x, row, P_UPDATE, HF_F_MESSAGE_UPDATED, 0);
    read_deletion(p, row);
    mm_take_true(x, row, P_PINNED, HF_F_MESSAGE_IS_PINNED);
}

/* --- rows that join it ---------------------------------------------------------------------------
 */

static void read_version(post *p, mm_row *row)
{
    static const int same[] = { P_CHANNEL, P_USER,  P_ROOT,    P_PARENT,
                                P_TYPE,    P_PROPS, P_FILEIDS, P_FILENAMES };
    mm_reading *x = p->x;
    uint32_t n = p->nversion++;

    mm_take_text(x, row, P_MESSAGE, HF_F_MESSAGE_VERSION_TEXT, n);
    if (!mm_take_time(x, row, P_EDIT, HF_F_MESSAGE_VERSION_AT, n))
        mm_take_time(x, row, P_CREATE, HF_F_MESSAGE_VERSION_AT, n);
    mm_carry(row, P_ORIGINAL, ANCHOR);
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
        mm_carry_equal(row, same[i], mm_raw(&x->main, same[i]), ANCHOR);
    if (hf_view_eq(mm_raw(row, P_CREATE), mm_raw(&x->main, P_CREATE)) &&
        mm_moment(mm_raw(row, P_EDIT)) != 0)
        mm_carry(row, P_CREATE, ANCHOR);
}

static void read_reaction(post *p, mm_row *row)
{
    mm_reading *x = p->x;

    mm_carry(row, R_POST, ANCHOR);
    mm_carry_equal(row, R_CHANNEL, mm_raw(&x->main, P_CHANNEL), ANCHOR);
    if (mm_moment(mm_raw(row, R_DELETE)) != 0)
        return;
    if (mm_take_text(x, row, R_NAME, HF_F_MESSAGE_REACTION_NAME, p->nreaction) && p->nreaction == 0)
        p->first_reaction = x->r->nvalue - 1;
    mm_take_text(x, row, R_USER, HF_F_MESSAGE_REACTION_USER, p->nreaction);
    if (mm_take_time(x, row, R_CREATE, HF_F_MESSAGE_REACTION_AT, p->nreaction))
        mm_carry_equal(row, R_UPDATE, mm_raw(row, R_CREATE), x->r->nvalue - 1);
    p->nreaction++;
}

static void read_file(post *p, mm_row *row)
{
    mm_reading *x = p->x;
    hf_view id = mm_decode(mm_raw(row, F_ID), x->b->mem), path;
    uint32_t n = 0;

    mm_carry(row, F_POST, ANCHOR);
    mm_carry_equal(row, F_CHANNEL, mm_raw(&x->main, P_CHANNEL), ANCHOR);
    while (n < p->nfile && !hf_view_eq(p->file[n], id))
        n++;
    if (n == p->nfile) /* an edit took it from the post */
        return;
    mm_carry(row, F_ID, ANCHOR);
    mm_take_text(x, row, F_NAME, HF_F_MESSAGE_FILE_NAME, n);
    mm_take_text(x, row, F_MIME, HF_F_MESSAGE_FILE_MIME, n);
    mm_take_int(x, row, F_SIZE, HF_F_MESSAGE_FILE_SIZE, n);
    if (mm_take_time(x, row, F_CREATE, HF_F_MESSAGE_FILE_AT, n))
        mm_carry_equal(row, F_UPDATE, mm_raw(row, F_CREATE), x->r->nvalue - 1);
    mm_take_text(x, row, F_CREATOR, HF_F_MESSAGE_FILE_USER, n);
    path = mm_decode(mm_raw(row, F_PATH), x->b->mem);
    if (path.n > 0)
        mm_carry(row, F_PATH,
                 hf_rec_text(x->b, x->r, HF_F_MESSAGE_FILE_PATH, n,
                             hf_arena_printf(x->b->mem, "data/%.*s", (int)path.n, path.p)));
}

static void read_priority(post *p, mm_row *row)
{
    mm_reading *x = p->x;

    mm_carry(row, Q_POST, ANCHOR);
    mm_carry_equal(row, Q_CHANNEL, mm_raw(&x->main, P_CHANNEL), ANCHOR);
    mm_take_text(x, row, Q_PRIORITY, HF_F_MESSAGE_PRIORITY, 0);
    mm_take_true(x, row, Q_ACK, HF_F_MESSAGE_ACK_WANTED);
}

static void read_ack(post *p, mm_row *row)
{
    mm_reading *x = p->x;

    mm_carry(row, K_POST, ANCHOR);
    mm_carry_equal(row, K_CHANNEL, mm_raw(&x->main, P_CHANNEL), ANCHOR);
    if (mm_moment(mm_raw(row, K_AT)) == 0) /* withdrawn */
        return;
    mm_take_text(x, row, K_USER, HF_F_MESSAGE_ACK_USER, p->nack);
    mm_take_time(x, row, K_AT, HF_F_MESSAGE_ACK_AT, p->nack++);
}

static void read_temporary(post *p, mm_row *row)
{
    mm_reading *x = p->x;
    int64_t expires = mm_moment(mm_raw(row, B_EXPIRE));
    const hf_value *known = hf_rec_get(x->r, HF_F_MESSAGE_EXPIRES);

    mm_carry(row, B_POST, ANCHOR);
    mm_carry_equal(row, B_TYPE, mm_raw(&x->main, P_TYPE), ANCHOR);
    if (hf_rec_get(x->r, HF_F_MESSAGE_TEXT) == NULL)
        mm_take_text(x, row, B_MESSAGE, HF_F_MESSAGE_TEXT, 0);
    if (known == NULL)
        mm_take_time(x, row, B_EXPIRE, HF_F_MESSAGE_EXPIRES, 0);
    else if (known->num == expires)
        mm_carry(row, B_EXPIRE, (uint32_t)(known - x->r->value));
    if (p->nfile == 0)
        read_file_ids(p, row, B_FILEIDS);
}

static void read_translation(post *p, mm_row *row)
{
    mm_reading *x = p->x;

    mm_carry(row, L_OBJECT, ANCHOR);
    mm_carry(row, L_TYPE, ANCHOR);
    mm_carry_equal(row, L_CHANNEL, mm_raw(&x->main, P_CHANNEL), ANCHOR);
    if (mm_raw(row, L_TEXT).n == 0) /* not made yet, or it failed */
        return;
    mm_take_text(x, row, L_LANG, HF_F_MESSAGE_TRANSLATION_LANG, p->ntranslation);
    mm_take_text(x, row, L_TEXT, HF_F_MESSAGE_TRANSLATION_TEXT, p->ntranslation++);
}

static const struct {
    const mm_shape *shape;
    void (*read)(post *p, mm_row *row);
} joins[] = {
    { &mm_shape_posts, read_version },
    { &mm_shape_reactions, read_reaction },
    { &mm_shape_files, read_file },
    { &mm_shape_priorities, read_priority },
    { &mm_shape_acks, read_ack },
    { &mm_shape_temporary, read_temporary },
    { &mm_shape_translations, read_translation },
};

static bool read_joined(post *p, const mm_join *s)
{
    mm_row *row = &p->x->joined;

    if (!mm_row_split(row, s->l, s->line))
        return false;
    for (size_t i = 0; i < sizeof(joins) / sizeof(joins[0]); i++)
        if (joins[i].shape == s->l->shape)
            joins[i].read(p, row);
    mm_leaves(p->x, row);
    return true;
}

const char *mm_read_post(mm_reading *x, const mm_join *joined, size_t n)
{
    post p = { .x = x, .first_reaction = MM_NO_VALUE };
    hf_view id = mm_raw(&x->main, P_ID), channel = mm_raw(&x->main, P_CHANNEL);
    bool ok = true;

    if (id.n == 0 || channel.n == 0)
        return "a post without id or channel";
    x->r->id = mm_decode(id, x->b->mem);
    x->r->scope = mm_decode(channel, x->b->mem);
    read_main(&p);
    /* What burns first: it may name the files. */
    for (size_t i = 0; i < n && ok; i++)
        if (joined[i].l->shape == &mm_shape_temporary)
            ok = read_joined(&p, &joined[i]);
    for (size_t i = 0; i < n && ok; i++)
        if (joined[i].l->shape != &mm_shape_temporary)
            ok = read_joined(&p, &joined[i]);
    if (p.first_reaction != MM_NO_VALUE && mm_is_true(mm_raw(&x->main, P_REACTIONS)))
        mm_carry(&x->main, P_REACTIONS, p.first_reaction);
    mm_leaves(x, &x->main);
    return ok ? NULL : "a row that joins it has another number of columns";
}
