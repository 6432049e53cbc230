/* mattermost/dump_facts.c: what is worth knowing of a dump: who made it, what is not read. */
#include "dump_feed.h"

typedef struct telling {
    void (*say)(void *self, const hf_fact *fact);
    void *self;
    hf_buf text;
} telling;

static void tell(telling *t, const char *key, const char *label, bool is_warning)
{
    hf_fact fact = { key, label, hf_buf_view(&t->text), is_warning };

    if (t->text.n > 0)
        t->say(t->self, &fact);
    hf_buf_reset(&t->text);
}

static void put_name(hf_buf *b, hf_view name)
{
    if (b->n > 0)
        hf_buf_str(b, ", ");
    hf_buf_printable(b, name);
}

static void made_by(const mm_dump *d, telling *t)
{
    const mm_dump_db *db = d->picked.db;

    hf_buf_printable(&t->text, db->server);
    tell(t, "postgresql", "PostgreSQL", false);
    hf_buf_printable(&t->text, db->program);
    tell(t, "pg_dump", "pg_dump", false);
    hf_buf_printable(&t->text, d->version);
    tell(t, "mattermost", "Mattermost", false);
    if (d->migrations > 0)
        hf_buf_printf(&t->text, "%lld, %llu applied", (long long)d->last_migration,
                      (unsigned long long)d->migrations);
    tell(t, "migration", "Last migration", false);
}

static void without_rows(const mm_dump *d, telling *t)
{
    for (uint32_t i = 0; i < d->base.ntable; i++)
        if (!((const mm_dump_own *)d->base.table[i].own)->from->is_copied)
            put_name(&t->text, d->base.table[i].name);
    tell(t, "no_rows", "Tables whose rows are not in the dump", true);
}

static void withheld(const mm_dump *d, telling *t)
{
    for (uint32_t i = 0; i < d->base.ntable; i++) {
        const mm_dump_own *own = d->base.table[i].own;

        if (own->withheld == 0)
            continue;
        put_name(&t->text, d->base.table[i].name);
        hf_buf_printf(&t->text, " (%llu)", (unsigned long long)own->withheld);
    }
    tell(t, "withheld_rows",
         "Damaged rows that may hold credentials: only their first column is kept", true);
}

void mm_dump_facts(mm_feed *f, void (*say)(void *self, const hf_fact *fact), void *self)
{
    const mm_dump *d = (const mm_dump *)f;
    telling t = { .say = say, .self = self };

    hf_buf_init(&t.text, HF_BUF_UNBOUNDED);
    made_by(d, &t);
    mm_table_facts(f, say, self);
    without_rows(d, &t);
    withheld(d, &t);
    hf_buf_clear(&t.text);
}
