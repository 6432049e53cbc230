/* mattermost/table_facts.c: which tables and columns are not read, and which nobody understands. */
#include "mm_priv.h"

typedef struct telling {
    const mm_feed *feed;
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

static void put_column(hf_buf *b, const mm_table *t, hf_view column)
{
    put_name(b, t->name);
    hf_buf_byte(b, '.');
    hf_buf_printable(b, column);
}

static void unread_tables(telling *t, mm_role role, const char *key, const char *label)
{
    for (uint32_t i = 0; i < t->feed->ntable; i++) {
        const mm_table *table = &t->feed->table[i];

        if (table->role != role)
            continue;
        put_name(&t->text, table->name);
        if (t->feed->is_counted)
            hf_buf_printf(&t->text, " (%llu)", (unsigned long long)table->rows);
    }
    tell(t, key, label, false);
}

static void unread_columns(telling *t)
{
    for (uint32_t i = 0; i < t->feed->ntable; i++) {
        const mm_table *table = &t->feed->table[i];

        for (uint16_t k = 0; k < table->nleft_out && !mm_role_is_unread(table->role); k++)
            put_column(&t->text, table, table->left_out[k]);
    }
    tell(t, "columns_not_read", "Columns not read (credentials)", false);
}

/* Tables of plugins that we know by name are no news. */
static void unknown_tables(telling *t)
{
    for (int plugins = 1; plugins >= 0; plugins--) {
        for (uint32_t i = 0; i < t->feed->ntable; i++) {
            const mm_table *table = &t->feed->table[i];

            if (table->known == NULL && !mm_role_is_unread(table->role) &&
                (mm_plugin_find(table->name) != NULL) == (plugins == 1))
                put_name(&t->text, table->name);
        }
        if (plugins == 1)
            tell(t, "plugin_tables", "Tables of plugins, kept raw", false);
        else
            tell(t, "unknown_tables", "Unknown tables, kept raw", true);
    }
}

static void unknown_columns(telling *t)
{
    for (uint32_t i = 0; i < t->feed->ntable; i++) {
        const mm_table *table = &t->feed->table[i];

        if (table->known == NULL || mm_role_is_unread(table->role))
            continue;
        for (uint16_t k = 0; k < table->ncolumn; k++)
            if (!table->column[k].is_known)
                put_column(&t->text, table, table->column[k].name);
    }
    tell(t, "unknown_columns", "Unknown columns, kept raw", true);
}

void mm_table_facts(const mm_feed *f, void (*say)(void *self, const hf_fact *fact), void *self)
{
    telling t = { .feed = f, .say = say, .self = self };

    hf_buf_init(&t.text, HF_BUF_UNBOUNDED);
    unread_tables(&t, MM_SECRET, "tables_not_read", "Tables not read (credentials)");
    unread_tables(&t, MM_SYSTEMS, "system_tables", "Tables not read (server state, keys)");
    unread_tables(&t, MM_DERIVED, "derived_tables", "Tables not read (made from others)");
    unread_columns(&t);
    unknown_tables(&t);
    unknown_columns(&t);
    hf_buf_clear(&t.text);
}
