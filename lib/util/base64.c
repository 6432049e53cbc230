/* util/base64.c: see base64.h. */
#include "util/base64.h"

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void hf_base64_put(hf_buf *b, hf_view bytes)
{
    const unsigned char *p = (const unsigned char *)bytes.p;

    for (size_t i = 0; i < bytes.n; i += 3) {
        size_t left = bytes.n - i;
        uint32_t w = (uint32_t)p[i] << 16 | (left > 1 ? (uint32_t)p[i + 1] << 8 : 0) |
                     (left > 2 ? p[i + 2] : 0);

        hf_buf_byte(b, letters[w >> 18]);
        hf_buf_byte(b, letters[w >> 12 & 63]);
        hf_buf_byte(b, left > 1 ? letters[w >> 6 & 63] : '=');
        hf_buf_byte(b, left > 2 ? letters[w & 63] : '=');
    }
}

static int value_of(char c)
{
    const char *at = c == '\0' ? NULL : strchr(letters, c);

    return at == NULL ? -1 : (int)(at - letters);
}

bool hf_base64_get(hf_buf *b, hf_view text)
{
    size_t start = b->n;

    for (size_t i = 0; i < text.n; i += 4) {
        bool last = i + 4 == text.n;
        int pad = !last || text.n - i < 4 ? 0
                  : text.p[i + 2] == '='  ? 2
                  : text.p[i + 3] == '='  ? 1
                                          : 0;
        uint32_t w = 0;

        for (size_t k = 0; k < 4; k++) {
            int v = i + k >= text.n ? -1 : k >= 4 - (size_t)pad ? 0 : value_of(text.p[i + k]);

            if (v < 0 || (k >= 4 - (size_t)pad && text.p[i + k] != '=')) {
                b->n = start;
                return false;
            }
            w = w << 6 | (uint32_t)v;
        }
        hf_buf_byte(b, (char)(w >> 16));
        if (pad < 2)
            hf_buf_byte(b, (char)(w >> 8));
        if (pad < 1)
            hf_buf_byte(b, (char)w);
    }
    return true;
}
