/* mattermost_bulk/options.c: what the writer can be told, and what it can say. */
#include "write_priv.h"

const hf_opt_info bulk_write_opts[] = {
    { "team", "NAME", "put everything into this team (default: each into its own)" },
    { "team-title", "TITLE", "its name for people (default: the source's)" },
    { "email-domain", "DOMAIN", "give people without an address USERNAME@DOMAIN, open accounts" },
    { "bot-owner", "USERNAME", "who owns the bots (default: the first administrator)" },
    { "max-post", "N", "longest message in characters (default 16383, the server's own)" },
    { "file-notes", "yes", "name files that are not in the export in their post's text" },
    { NULL, NULL, NULL },
};

const hf_field bulk_writes[] = {
    HF_F_WORKSPACE_NAME,
    HF_F_WORKSPACE_TITLE,
    HF_F_WORKSPACE_KIND,
    HF_F_WORKSPACE_ABOUT,
    HF_F_WORKSPACE_ARCHIVED_AT,
    HF_F_USER_NAME,
    HF_F_USER_DISPLAY_NAME,
    HF_F_USER_REAL_NAME,
    HF_F_USER_FIRST_NAME,
    HF_F_USER_LAST_NAME,
    HF_F_USER_EMAIL,
    HF_F_USER_TITLE,
    HF_F_USER_LOCALE,
    HF_F_USER_WORKSPACE,
    HF_F_USER_IS_BOT,
    HF_F_USER_BOT_OWNER,
    HF_F_USER_GUEST,
    HF_F_USER_ROLE,
    HF_F_USER_IS_DEACTIVATED,
    HF_F_USER_DEACTIVATED_AT,
    HF_F_CHANNEL_NAME,
    HF_F_CHANNEL_TITLE,
    HF_F_CHANNEL_KIND,
    HF_F_CHANNEL_WORKSPACE,
    HF_F_CHANNEL_IS_ARCHIVED,
    HF_F_CHANNEL_ARCHIVED_AT,
    HF_F_CHANNEL_TOPIC,
    HF_F_CHANNEL_PURPOSE,
    HF_F_CHANNEL_MEMBER,
    HF_F_CHANNEL_PIN_MESSAGE,
    HF_F_MESSAGE_TIME,
    HF_F_MESSAGE_AUTHOR,
    HF_F_MESSAGE_AUTHOR_BOT,
    HF_F_MESSAGE_AUTHOR_NAME,
    HF_F_MESSAGE_TEXT,
    HF_F_MESSAGE_TYPE,
    HF_F_MESSAGE_IS_SYSTEM,
    HF_F_MESSAGE_THREAD,
    HF_F_MESSAGE_IS_BROADCAST,
    HF_F_MESSAGE_IS_DELETED,
    HF_F_MESSAGE_IS_PINNED,
    HF_F_MESSAGE_EDITED_AT,
    HF_F_MESSAGE_REACTION_NAME,
    HF_F_MESSAGE_REACTION_USER,
    HF_F_MESSAGE_REACTION_AT,
    HF_F_MESSAGE_FILE_ID,
    HF_F_MESSAGE_FILE_NAME,
    HF_F_MESSAGE_FILE_SIZE,
    HF_F_MESSAGE_FILE_PATH,
    HF_F_MESSAGE_CARD_TEXT,
    HF_F_MESSAGE_CARD_TITLE,
    HF_F_MESSAGE_CARD_LINK,
    HF_F_MESSAGE_CARD_FALLBACK,
    HF_F_MESSAGE_CARD_AUTHOR,
    HF_F_MESSAGE_CARD_PRETEXT,
    HF_F_MESSAGE_CARD_COLOR,
    HF_F_MESSAGE_CARD_FOOTER,
    HF_F_MESSAGE_CARD_IMAGE,
    HF_F_EMOJI_NAME,
    HF_F_EMOJI_PATH,
    HF_F_MEMBERSHIP_USER,
    HF_F_MEMBERSHIP_CHANNEL,
    HF_F_MEMBERSHIP_WORKSPACE,
    HF_F_MEMBERSHIP_ROLE,
    HF_F_NONE,
};

static hf_view option(const bulk_writer *w, const hf_opts *o, const char *name)
{
    return hf_arena_dup(w->mem, hf_view_str(hf_opts_get(o, name)));
}

hf_status bulk_needs_team(const char *source_format, hf_err **err)
{
    static const char *const without[] = { "slack" }; /* a workspace has no definition there */

    for (size_t i = 0; source_format != NULL && i < sizeof(without) / sizeof(without[0]); i++) {
        if (strcmp(source_format, without[i]) != 0)
            continue;
        hf_fail(err, HF_E_USAGE, "a Mattermost import file is for a team, and none is named");
        return hf_hint(err, "name it with --team NAME");
    }
    return HF_OK;
}

static hf_status check_team(hf_view team, hf_err **err)
{
    const char *reserved = bulk_team_reserved(team);

    if (reserved != NULL)
        return hf_fail(err, HF_E_USAGE, "no team can be called '%s': names do not begin with '%s'",
                       team.p, reserved);
    if (!bulk_team_name_ok(team)) {
        hf_fail(err, HF_E_USAGE, "no team can be called '%s'", team.p);
        return hf_hint(err, "2 to 64 letters a-z, digits and hyphens, a letter or digit first "
                            "and last");
    }
    return HF_OK;
}

static hf_status check_domain(const bulk_writer *w, hf_err **err)
{
    enum { LONGEST = 60 }; /* with a username of 64 bytes it fits into an address */
    hf_view address = hf_arena_printf(w->mem, "a@%s", w->email_domain.p);

    if (w->email_domain.n > LONGEST || !bulk_email_ok(address))
        return hf_fail(err, HF_E_USAGE, "'%s' is no domain for e-mail addresses",
                       w->email_domain.p);
    return HF_OK;
}

hf_status bulk_read_options(bulk_writer *w, const hf_opts *o, hf_err **err)
{
    hf_view max = option(w, o, "max-post"), notes = option(w, o, "file-notes");
    uint64_t n = BULK_MESSAGE_RUNES;
    hf_status rc = HF_OK;

    w->team = option(w, o, "team");
    w->team_title = option(w, o, "team-title");
    w->email_domain = option(w, o, "email-domain");
    w->bot_owner = option(w, o, "bot-owner");
    w->file_notes = notes.n > 0 && !hf_view_is(notes, "no");
    if (max.n > 0 && (!hf_view_u64(max, &n) || n < 100 || n > BULK_MESSAGE_RUNES))
        return hf_fail(err, HF_E_USAGE, "max-post must be a number from 100 to %d",
                       (int)BULK_MESSAGE_RUNES);
    w->max_post = (size_t)n;
    if (w->is_exact) /* copied as it is: nothing to choose */
        return HF_OK;
    if (w->team.n > 0)
        rc = check_team(w->team, err);
    if (rc == HF_OK && w->email_domain.n > 0)
        rc = check_domain(w, err);
    if (rc == HF_OK && w->bot_owner.n > 0 && !bulk_username_ok(w->bot_owner))
        rc = hf_fail(err, HF_E_USAGE, "no user can be called '%s'", w->bot_owner.p);
    return rc;
}
