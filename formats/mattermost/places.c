/* mattermost/places.c: channels. Who is in them stands in other tables; a direct channel's name is
 * its two people, "ID__ID", and the same one twice for notes to oneself. */
#include "rows_priv.h"

enum { C_ID, C_CREATE, C_DELETE, C_TEAM, C_TYPE, C_TITLE, C_NAME, C_HEADER, C_PURPOSE, C_CREATOR };

static const mm_shape_column channel_columns[] = {
    [C_ID] = { "id", 0 },
    [C_CREATE] = { "createat", MM_DEFAULT },
    [C_DELETE] = { "deleteat", MM_DEFAULT },
    [C_TEAM] = { "teamid", 0 },
    [C_TYPE] = { "type", 0 },
    [C_TITLE] = { "displayname", 0 },
    [C_NAME] = { "name", 0 },
    [C_HEADER] = { "header", 0 },
    [C_PURPOSE] = { "purpose", 0 },
    [C_CREATOR] = { "creatorid", 0 },
    { "updateat", MM_DEFAULT },
    { "lastpostat", MM_DEFAULT },
    { "totalmsgcount", MM_DEFAULT },
    { "extraupdateat", MM_DEFAULT },
    { "groupconstrained", MM_DEFAULT },
    { "shared", MM_DEFAULT },
    { "totalmsgcountroot", MM_DEFAULT },
    { "lastrootpostat", MM_DEFAULT },
    { "bannerinfo", MM_JSON | MM_DEFAULT },
    { "autotranslation", MM_DEFAULT },
    { "discoverable", MM_DEFAULT },
    { NULL, 0 },
};

const mm_shape mm_shape_channels = {
    .table = "channels", .kind = HF_KIND_CHANNEL, .column = channel_columns, .required = "id"
};

static const struct {
    const char *type, *kind;
} kinds[] = { { "O", "public" }, { "P", "private" }, { "D", "dm" }, { "G", "group" } };

static void read_kind(mm_reading *x, mm_row *row)
{
    hf_view type = mm_raw(row, C_TYPE);

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (hf_view_is(type, kinds[i].type)) {
            mm_take_word(x, row, C_TYPE, HF_F_CHANNEL_KIND, kinds[i].kind);
            return;
        }
    mm_take_text(x, row, C_TYPE, HF_F_CHANNEL_KIND, 0); /* the source's own word */
}

/* The two people of a direct channel, in the order of their ids. */
static void read_pair(mm_reading *x, mm_row *row)
{
    hf_view name = mm_decode(mm_raw(row, C_NAME), x->b->mem);
    size_t at = hf_view_find(name, HF_V("__"));
    hf_view one = hf_view_sub(name, 0, at == HF_NPOS ? 0 : at);
    hf_view two = hf_view_from(name, at == HF_NPOS ? name.n : at + 2);

    if (one.n == 0 || two.n == 0)
        return;
    mm_carry(row, C_NAME, hf_rec_text(x->b, x->r, HF_F_CHANNEL_MEMBER, 0, one));
    hf_rec_text(x->b, x->r, HF_F_CHANNEL_MEMBER, 1, two);
}

const char *mm_read_channel(mm_reading *x)
{
    mm_row *row = &x->main;
    hf_view id = mm_raw(row, C_ID), type = mm_raw(row, C_TYPE);

    if (id.n == 0)
        return "a channel without an id";
    x->r->id = mm_decode(id, x->b->mem);
    /* Direct and group channels have made-up names that nobody sees. */
    if (!hf_view_is(type, "D") && !hf_view_is(type, "G"))
        mm_take_text(x, row, C_NAME, HF_F_CHANNEL_NAME, 0);
    read_kind(x, row);
    mm_take_text(x, row, C_ID, HF_F_CHANNEL_ID, 0);
    mm_take_text(x, row, C_TITLE, HF_F_CHANNEL_TITLE, 0);
    mm_take_text(x, row, C_TEAM, HF_F_CHANNEL_WORKSPACE, 0);
    mm_take_time(x, row, C_CREATE, HF_F_CHANNEL_CREATED, 0);
    mm_take_text(x, row, C_CREATOR, HF_F_CHANNEL_CREATOR, 0);
    if (mm_take_time(x, row, C_DELETE, HF_F_CHANNEL_ARCHIVED_AT, 0))
        hf_rec_num(x->b, x->r, HF_F_CHANNEL_IS_ARCHIVED, 0, 1);
    if (hf_view_is(type, "O") && hf_view_is(mm_raw(row, C_NAME), "town-square"))
        hf_rec_num(x->b, x->r, HF_F_CHANNEL_IS_GENERAL, 0, 1);
    mm_take_text(x, row, C_HEADER, HF_F_CHANNEL_TOPIC, 0);
    mm_take_text(x, row, C_PURPOSE, HF_F_CHANNEL_PURPOSE, 0);
    if (hf_view_is(type, "D"))
        read_pair(x, row);
    mm_leaves(x, row);
    return NULL;
}
