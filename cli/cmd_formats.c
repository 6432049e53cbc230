/* cli/cmd_formats.c: "holdfast formats", what can be read and written, and what each can say. */
#include "job.h"

static const hf_cmd_arg args[] = {
    { "FORMAT", true, false, "show what this format can say, field by field" },
    { 0 },
};

static const hf_cmd_example examples[] = {
    { "formats", "list the formats" },
    { "formats mattermost-bulk", "what a Mattermost import file can say" },
    { 0 },
};

static void list_all(hf_out *out)
{
    static const hf_column columns[] = {
        { "Format", "format" },
        { "Reads", "reads" },
        { "Writes", "writes" },
        { "What it is", "title" },
    };

    hf_out_begin(out, "formats/1");
    hf_out_table(out, "formats", columns, 4);
    for (size_t i = 0; hf_formats[i] != NULL; i++) {
        const hf_format *f = hf_formats[i];
        const hf_cell cells[] = { HF_CELL_STR(f->name), HF_CELL_BOOL(f->open != NULL),
                                  HF_CELL_BOOL(f->create != NULL), HF_CELL_STR(f->title) };

        hf_out_row(out, cells);
    }
    hf_out_end(out);
}

static bool can_write(const hf_format *f, hf_field field)
{
    if (f->writes == NULL)
        return true;
    for (size_t i = 0; f->writes[i] != HF_F_NONE; i++)
        if (f->writes[i] == field)
            return true;
    return false;
}

static void put_options(hf_out *out, const char *table, const hf_opt_info *list)
{
    static const hf_column columns[] = { { "Option", "name" },
                                         { "Value", "value" },
                                         { "Meaning", "help" } };

    if (list == NULL)
        return;
    hf_out_table(out, table, columns, 3);
    for (; list->name != NULL; list++) {
        const hf_cell cells[] = { HF_CELL_STR(list->name), HF_CELL_STR(list->value),
                                  HF_CELL_STR(list->help) };

        hf_out_row(out, cells);
    }
}

static void show_one(hf_out *out, const hf_format *f)
{
    static const hf_column columns[] = { { "Field", "field" },
                                         { "Written", "is_written" },
                                         { "Meaning", "meaning" } };

    hf_out_begin(out, "format/1");
    hf_out_field(out, "Format", "format", HF_CELL_STR(f->name));
    hf_out_field(out, "What it is", "title", HF_CELL_STR(f->title));
    hf_out_field(out, "Described in", "spec", HF_CELL_STR(f->spec));
    hf_out_field(out, "Can be read", "reads", HF_CELL_BOOL(f->open != NULL));
    hf_out_field(out, "Can be written", "writes", HF_CELL_BOOL(f->create != NULL));
    if (f->create != NULL) {
        hf_out_table(out, "fields", columns, 3);
        for (int i = 1; i < HF_F_COUNT; i++) {
            const hf_field_info *info = hf_field_get((hf_field)i);
            const hf_cell cells[] = { HF_CELL_STR(info->path),
                                      HF_CELL_BOOL(can_write(f, info->field)),
                                      HF_CELL_STR(info->sentence) };

            hf_out_row(out, cells);
        }
    }
    put_options(out, "read_options", f->reads_opts);
    put_options(out, "write_options", f->writes_opts);
    hf_out_end(out);
}

static hf_status run_formats(hf_cli *cli, hf_err **err)
{
    const char *name = hf_cli_arg(cli, 0);
    const hf_format *f = NULL;
    hf_status rc = name == NULL ? HF_OK : hf_job_format(name, false, &f, err);

    if (rc != HF_OK)
        return rc;
    if (f == NULL)
        list_all(hf_cli_out(cli));
    else
        show_one(hf_cli_out(cli), f);
    return HF_OK;
}

const hf_cmd hf_cmd_formats = {
    .name = "formats",
    .group = HF_GROUP_LOOK,
    .summary = "List the formats, or say what one of them can carry",
    .args = args,
    .examples = examples,
    .run = run_formats,
};
