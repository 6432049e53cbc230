/* slack/place.c: what a member's name says about its content. */
#include "slack/slack.h"

typedef struct index_file {
    const char *name;
    slack_role role;
    const char *word;
} index_file;

/* Entries with one role stand in order of preference: slack_index_name gives the first. */
static const index_file index_files[] = {
    { "users.json", SLACK_USERS, "user" },
    { "org_users.json", SLACK_USERS, "user" }, /* of a Grid organisation */
    { "channels.json", SLACK_CHANNELS, "channel" },
    { "groups.json", SLACK_GROUPS, "channel" },
    { "dms.json", SLACK_DMS, "channel" },
    { "mpims.json", SLACK_MPIMS, "channel" },
    { "integration_logs.json", SLACK_EVENTS, "event" },
    { "canvases.json", SLACK_LIST, "canvas" },
    { "lists.json", SLACK_LIST, "list" },
    { "huddle_transcripts.json", SLACK_LIST, "huddle_transcript" },
    { "content_flags.json", SLACK_LIST, "content_flag" },
    { "file_conversations.json", SLACK_LIST, "file_conversation" },
};

enum { NINDEX = sizeof(index_files) / sizeof(index_files[0]) };

static const index_file *index_of(hf_view name)
{
    for (size_t i = 0; i < NINDEX; i++)
        if (hf_view_is(name, index_files[i].name))
            return &index_files[i];
    return NULL;
}

const char *slack_index_name(slack_role role)
{
    for (size_t i = 0; i < NINDEX; i++)
        if (index_files[i].role == role && role != SLACK_LIST)
            return index_files[i].name;
    return NULL;
}

const char *slack_list_name(hf_view word)
{
    for (size_t i = 0; i < NINDEX; i++)
        if (index_files[i].role == SLACK_LIST && hf_view_is(word, index_files[i].word))
            return index_files[i].name;
    return NULL;
}

const char *slack_channel_kind(slack_role role)
{
    static const char *const kinds[SLACK_ROLES] = {
        [SLACK_CHANNELS] = "public",
        [SLACK_GROUPS] = "private",
        [SLACK_DMS] = "dm",
        [SLACK_MPIMS] = "group",
    };

    return kinds[role];
}

/* Cut the part up to the next slash off *rest; false when there is no slash. */
static bool cut_folder(hf_view *rest, hf_view *folder)
{
    size_t slash = hf_view_find_byte(*rest, '/');

    if (slash == HF_NPOS)
        return false;
    *folder = hf_view_sub(*rest, 0, slash);
    *rest = hf_view_from(*rest, slash + 1);
    return true;
}

/* Index files that an export cannot be without. */
static bool is_anchor(hf_view name)
{
    const index_file *f = index_of(name);

    return f != NULL && f->role >= SLACK_USERS && f->role <= SLACK_MPIMS;
}

hf_view slack_root(const hf_source *s, bool *found)
{
    hf_view root = { "", 0 };

    *found = false;
    for (uint32_t i = 0; i < hf_source_count(s); i++) {
        hf_view name = hf_source_member(s, i)->name, rest = name, folder;

        if (is_anchor(name)) {
            *found = true;
            return (hf_view){ "", 0 };
        }
        if (!*found && cut_folder(&rest, &folder) && is_anchor(rest) &&
            !hf_view_is(folder, "__MACOSX")) {
            *found = true;
            root = hf_view_sub(name, 0, folder.n + 1);
        }
    }
    return root;
}

static bool is_digits(hf_view v, size_t from, size_t n)
{
    for (size_t i = from; i < from + n; i++)
        if (v.p[i] < '0' || v.p[i] > '9')
            return false;
    return true;
}

/* "2016-01-15.json" */
static bool is_day_file(hf_view v)
{
    return v.n == 15 && is_digits(v, 0, 4) && v.p[4] == '-' && is_digits(v, 5, 2) &&
           v.p[7] == '-' && is_digits(v, 8, 2) && hf_view_ends(v, HF_V(".json"));
}

/* Letters and digits, as Slack's ids are. */
static bool is_plain_id(hf_view v)
{
    for (size_t i = 0; i < v.n; i++) {
        char c = v.p[i];

        if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')))
            return false;
    }
    return v.n > 0;
}

/* The two places that tools outside Slack put file bodies in: __uploads/ID/NAME and
 * CONVERSATION/attachments/ID-NAME. */
static hf_view file_id_of(hf_view name)
{
    hf_view rest = name, first, second, id = { NULL, 0 };
    size_t dash;

    if (!cut_folder(&rest, &first) || !cut_folder(&rest, &second) || rest.n == 0)
        return id;
    if (hf_view_is(first, "__uploads"))
        return second;
    if (!hf_view_is(second, "attachments") || hf_view_find_byte(rest, '/') != HF_NPOS)
        return id;
    dash = hf_view_find_byte(rest, '-');
    if (dash != HF_NPOS && is_plain_id(hf_view_sub(rest, 0, dash)))
        id = hf_view_sub(rest, 0, dash);
    return id;
}

slack_place slack_place_of(hf_view name, hf_view root)
{
    slack_place p = { .role = SLACK_OPAQUE, .word = HF_V("opaque") };
    hf_view rest = name, folder, below;
    const index_file *f;

    if (!hf_view_starts(name, root))
        return p;
    rest = hf_view_from(name, root.n);
    below = rest;
    if (cut_folder(&below, &folder) && hf_view_is(folder, "teams") && cut_folder(&below, &folder) &&
        !hf_view_is(folder, "attachments")) {
        p.workspace = folder;
        rest = below;
    }
    f = index_of(rest);
    if (f != NULL) {
        p.role = f->role;
        p.word = hf_view_str(f->word);
        return p;
    }
    p.file_id = file_id_of(rest);
    below = rest;
    if (cut_folder(&below, &folder) && is_day_file(below) && !hf_view_is(folder, "__MACOSX")) {
        p.role = SLACK_DAY;
        p.folder = folder;
        p.word = HF_V("message");
    }
    return p;
}
