/* util/html.c: see html.h. */
#include "util/html.h"

void hf_html_text(hf_buf *out, hf_view text)
{
    hf_buf safe;

    hf_buf_init(&safe, HF_BUF_UNBOUNDED);
    hf_buf_printable(&safe, text);
    for (size_t i = 0; i < safe.n; i++)
        switch (safe.p[i]) {
        case '<':
            hf_buf_str(out, "&lt;");
            break;
        case '>':
            hf_buf_str(out, "&gt;");
            break;
        case '&':
            hf_buf_str(out, "&amp;");
            break;
        case '"':
            hf_buf_str(out, "&quot;");
            break;
        case '\'':
            hf_buf_str(out, "&#39;");
            break;
        default:
            hf_buf_byte(out, safe.p[i]);
        }
    hf_buf_clear(&safe);
}
