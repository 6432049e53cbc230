/* mattermost/plan.c: which tables are read, in which order, as what. */
#include "read_priv.h"

/* --- steps ---------------------------------------------------------------------------------------
 */

static void plan(mm_reader *m, mm_act act, uint32_t table, mm_which which)
{
    mm_role role = table == MM_NO_TABLE ? MM_OPAQUE : m->table[table].table->role;

    m->step = hf_realloc(m->step, m->nstep + 1, sizeof(*m->step));
    m->step[m->nstep++] = (mm_step){ act, table, which, role };
    if (table != MM_NO_TABLE && which == MM_ROWS)
        m->table[table].member = m->nmember++;
}

/* The table of a role; MM_NO_TABLE when there is none. */
static uint32_t table_of(const mm_reader *m, mm_role role)
{
    for (uint32_t i = 0; i < m->feed->ntable; i++)
        if (m->feed->table[i].role == role && m->table[i].is_first)
            return i;
    return MM_NO_TABLE;
}

static void plan_role(mm_reader *m, mm_act act, mm_role role)
{
    uint32_t table = table_of(m, role);

    if (table != MM_NO_TABLE)
        plan(m, act, table, MM_ROWS);
}

static void plan_left(mm_reader *m, mm_role role)
{
    plan(m, MM_GIVE_LEFT, MM_NO_TABLE, MM_ROWS);
    m->step[m->nstep - 1].role = role;
}

static void plan_others(mm_reader *m, bool threads)
{
    for (uint32_t i = 0; i < m->feed->ntable; i++) {
        const mm_table *t = &m->feed->table[i];

        if (mm_role_is_unread(t->role) || m->table[i].is_threads != threads ||
            (t->role != MM_OPAQUE && m->table[i].is_first))
            continue;
        plan(m, MM_GIVE_OPAQUE, i, MM_ROWS);
    }
}

static void plan_all(mm_reader *m)
{
    static const mm_role joins[] = { MM_REACTIONS, MM_FILES,     MM_PRIORITIES,
                                     MM_ACKS,      MM_TEMPORARY, MM_TRANSLATIONS };
    uint32_t posts = table_of(m, MM_POSTS);

    plan_role(m, MM_GIVE, MM_TEAMS);
    plan_role(m, MM_KEEP, MM_BOTS);
    plan_role(m, MM_GIVE, MM_USERS);
    plan_left(m, MM_USERS);
    plan_role(m, MM_GIVE, MM_CHANNEL_MEMBERS);
    plan_role(m, MM_GIVE, MM_CHANNELS);
    plan_role(m, MM_GIVE, MM_CHANNEL_HISTORY);
    plan_role(m, MM_GIVE, MM_TEAM_MEMBERS);
    plan_role(m, MM_GIVE, MM_EMOJI);
    plan_others(m, true);
    for (size_t i = 0; i < sizeof(joins) / sizeof(joins[0]); i++)
        plan_role(m, MM_KEEP, joins[i]);
    if (posts != MM_NO_TABLE && (m->want & HF_WANT_RECORDS) != 0)
        plan(m, MM_KEEP, posts, MM_OLD_POSTS);
    plan_role(m, MM_GIVE, MM_POSTS);
    plan_left(m, MM_POSTS);
    plan_role(m, MM_GIVE, MM_DRAFTS);
    plan_role(m, MM_GIVE, MM_SCHEDULED);
    plan_role(m, MM_GIVE, MM_AUDITS);
    plan_others(m, false);
    if ((m->want & HF_WANT_RECORDS) == 0)
        return;
    plan(m, MM_GIVE_FILES, MM_NO_TABLE, MM_ROWS);
    plan(m, MM_CLAIM, MM_NO_TABLE, MM_ROWS);
}

/* --- tables --------------------------------------------------------------------------------------
 */

static void make_layouts(mm_reader *m, uint32_t i)
{
    mm_read_table *t = &m->table[i];
    const mm_table *in = t->table;
    const mm_shape *shape = mm_shape_of(in->role);
    hf_kind target = in->role == MM_BOTS ? HF_KIND_USER : HF_KIND_MESSAGE;

    if (!t->is_first || shape == &mm_shape_opaque)
        return;
    if (shape->kind != HF_KIND_NONE)
        mm_layout_make(&t->main, shape, in->schema, in->name, in->column, in->ncolumn, shape->kind,
                       false, m->x.paths, m->mem);
    if (shape->joins != NULL)
        mm_layout_make(&t->joined, shape, in->schema, in->name, in->column, in->ncolumn, target,
                       true, m->x.paths, m->mem);
    t->main.head = t->joined.head = in->head;
    t->main.rank = t->joined.rank = (uint16_t)in->role;
}

/* Of two tables with one role (in two schemas, say) the first has it. */
static bool is_first_of_role(const mm_feed *f, uint32_t table)
{
    for (uint32_t i = 0; i < table; i++)
        if (f->table[i].role == f->table[table].role)
            return false;
    return true;
}

hf_status mm_plan(mm_reader *m, const hf_reader_args *args, hf_err **err)
{
    hf_paths *paths = (m->want & HF_WANT_ACCOUNT) != 0 ? args->paths : NULL;
    uint16_t width = 1;

    m->base.origin =
        hf_arena_dup(m->mem, args->origin != NULL ? hf_view_str(args->origin) : m->feed->server_id);
    if (m->base.origin.n == 0 && (m->want & HF_WANT_RECORDS) != 0) {
        hf_fail(err, HF_E_ORIGIN, "this source does not say which server it is from");
        return hf_hint(err, "name it with --origin NAME");
    }
    m->table = hf_alloc0(m->feed->ntable + 1, sizeof(*m->table));
    for (uint32_t i = 0; i < m->feed->ntable; i++)
        if (m->feed->table[i].ncolumn > width)
            width = m->feed->table[i].ncolumn;
    mm_reading_init(&m->x, paths, width);
    for (uint32_t i = 0; i < m->feed->ntable; i++) {
        mm_read_table *t = &m->table[i];
        int id;

        t->table = &m->feed->table[i];
        t->member = HF_NO_MEMBER;
        t->is_first = is_first_of_role(m->feed, i);
        t->has_lines =
            t->table->head.n > 0 && hf_view_find_byte(t->table->head, '\n') + 1 < t->table->head.n;
        t->has_picture =
            t->table->role == MM_EMOJI || t->table->role == MM_USERS || t->table->role == MM_TEAMS;
        id = hf_view_is(t->table->name, "threads") ? mm_column_find(t->table, HF_V("postid")) : -1;
        t->is_threads = t->table->role == MM_OPAQUE && id >= 0;
        t->thread_id = (uint16_t)(id < 0 ? 0 : id);
        make_layouts(m, i);
    }
    if (hf_opts_get(args->opts, "days") != NULL)
        mm_claims_days(&m->claims, hf_opts_get(args->opts, "days"), m->mem);
    plan_all(m);
    return HF_OK;
}
