/* format/report.c: the fidelity report as JSON (schemas/fidelity.v1.json) and as a page for people.
 */
#include "format/ledger_priv.h"

#include "util/html.h"
#include "util/jsonw.h"

void hf_ledger_json(const hf_ledger *l, hf_buf *out)
{
    hf_jsonw w;

    hf_jsonw_init(&w, out, 2);
    hf_jsonw_object(&w, NULL);
    hf_jsonw_str(&w, "schema", "fidelity/1");
    hf_jsonw_str(&w, "source_format", l->source);
    hf_jsonw_str(&w, "target_format", l->target);
    hf_jsonw_object(&w, "values");
    for (int s = 0; s < HF_STATE_COUNT; s++)
        hf_jsonw_u64(&w, hf_state_name((hf_state)s), l->total[s]);
    hf_jsonw_end(&w, '}');
    hf_jsonw_object(&w, "records");
    for (int k = HF_KIND_WORKSPACE; k < HF_KIND_COUNT; k++)
        hf_jsonw_u64(&w, hf_kind_name((hf_kind)k), l->entered[k]);
    hf_jsonw_end(&w, '}');
    hf_jsonw_u64(&w, "quarantined", l->quarantined);
    hf_jsonw_u64(&w, "made", l->made);
    hf_jsonw_array(&w, "rows");
    for (size_t i = 0; i < l->nrow; i++) {
        const hf_ledger_row *row = &l->row[i];
        char hex[33];

        hf_jsonw_object(&w, NULL);
        hf_jsonw_text(&w, "path", row->path);
        hf_jsonw_str(&w, "field", row->field == HF_F_NONE ? NULL : hf_field_get(row->field)->path);
        hf_jsonw_str(&w, "state", hf_state_name(row->state));
        if (row->how != NULL)
            hf_jsonw_str(&w, "how", row->how);
        hf_jsonw_u64(&w, "count", row->count);
        if (row->state != HF_EXACT) {
            hf_setdigest_hex(&row->digest, hex);
            hf_jsonw_str(&w, "digest", hex);
        }
        hf_jsonw_end(&w, '}');
    }
    hf_jsonw_end(&w, ']');
    hf_jsonw_end(&w, '}');
    hf_buf_byte(out, '\n');
}

/* The states in the order a reader cares: what is gone first. */
static const struct {
    hf_state state;
    const char *title, *meaning;
} sections[] = {
    { HF_LOST, "Lost", "The target cannot say it and nothing else holds it." },
    { HF_RAW_ONLY, "Unknown to holdfast", "No reader took it and nothing else holds it." },
    { HF_MASKED, "Masked", "Secrets, left out on purpose." },
    { HF_CHANGED, "Changed", "The target says it in another form." },
    { HF_SIDECAR, "In the sidecar",
      "The target cannot say it; it travels beside it and comes back." },
    { HF_EXACT, "Exact", "The target says the same." },
};

static void put_section(const hf_ledger *l, size_t which, hf_buf *out)
{
    hf_buf_printf(out, "<h2 id=\"%s\">%s</h2>\n<p>%s</p>\n", hf_state_name(sections[which].state),
                  sections[which].title, sections[which].meaning);
    hf_buf_str(out, "<table><thead><tr><th>Source path<th>Meaning<th>How<th "
                    "class=\"n\">Values</tr></thead><tbody>\n");
    for (size_t i = 0; i < l->nrow; i++) {
        const hf_ledger_row *row = &l->row[i];

        if (row->state != sections[which].state)
            continue;
        hf_buf_str(out, "<tr><td><code>");
        hf_html_text(out, row->path);
        hf_buf_str(out, "</code><td>");
        hf_html_text(
            out, hf_view_str(row->field == HF_F_NONE ? "" : hf_field_get(row->field)->sentence));
        hf_buf_str(out, "<td>");
        hf_html_text(out, hf_view_str(row->how));
        hf_buf_printf(out, "<td class=\"n\">%llu</tr>\n", (unsigned long long)row->count);
    }
    hf_buf_str(out, "</tbody></table>\n");
}

static const char style[] =
    "body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 "
    "1rem;color:#1b1b1b;background:#fff}"
    "table{border-collapse:collapse;width:100%;margin-bottom:2rem}"
    "th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ddd;vertical-align:top}"
    "th{border-bottom:2px solid #666}.n{text-align:right;font-variant-numeric:tabular-nums}"
    "code{font-size:.9em;overflow-wrap:anywhere}.sum td:first-child{font-weight:600}";

void hf_ledger_html(const hf_ledger *l, const char *title, hf_buf *out)
{
    hf_buf_str(out, "<!doctype html>\n<html lang=\"en\"><head><meta "
                    "charset=\"utf-8\"><title>Fidelity report</title><style>");
    hf_buf_str(out, style);
    hf_buf_str(out, "</style></head><body>\n<h1>Fidelity report</h1>\n<p>");
    hf_html_text(out, hf_view_str(title));
    hf_buf_str(out, "</p>\n<table class=\"sum\"><thead><tr><th>State<th>Meaning<th "
                    "class=\"n\">Values</tr></thead><tbody>\n");
    for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
        hf_buf_printf(out, "<tr><td><a href=\"#%s\">%s</a><td>%s<td class=\"n\">%llu</tr>\n",
                      hf_state_name(sections[i].state), sections[i].title, sections[i].meaning,
                      (unsigned long long)l->total[sections[i].state]);
    hf_buf_printf(
        out,
        "</tbody></table>\n<p>Records that could not be read and are kept as bytes: %llu</p>\n",
        (unsigned long long)l->quarantined);
    for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
        if (l->total[sections[i].state] > 0)
            put_section(l, i, out);
    hf_buf_str(out, "</body></html>\n");
}
