/* tests/fuzz/fuzz_note.c: any bytes as a signed note, a checkpoint, a key, and as a text to sign:
 * what is read is spelled again in the same bytes, and a signed note with one byte changed is
 * signed by nobody.
 */

#include "audit/note.h"
#include "check.h"
#include "util/base64.h"

static const uint8_t seed[HF_ED25519_KEY] = "thirty-two bytes, known to all!";
static hf_note note;

static hf_vkey own_key(void)
{
    uint8_t key[HF_ED25519_KEY];

    hf_ed25519_public(seed, key);
    return hf_vkey_of(HF_V("log.example"), HF_NOTE_ED25519, key);
}

/* A note is its text, an empty line, and its signatures. */
static void check_note(hf_view bytes, hf_buf *again)
{
    hf_vkey key = own_key();
    hf_err *err = NULL;
    hf_status rc = hf_note_parse(bytes, &note, &err);

    CHECK((rc == HF_OK) == (err == NULL));
    CHECK(rc == HF_OK || rc == HF_E_DAMAGED);
    hf_err_free(err);
    if (rc != HF_OK)
        return;
    hf_buf_reset(again);
    hf_buf_add(again, note.text);
    hf_buf_byte(again, '\n');
    CHECK(note.n > 0);
    for (size_t i = 0; i < note.n; i++) {
        CHECK(hf_note_is_name(note.sig[i].name) && !note.sig[i].is_verified);
        hf_buf_str(again, "\xE2\x80\x94 ");
        hf_buf_add(again, note.sig[i].name);
        hf_buf_byte(again, ' ');
        hf_buf_add(again, note.sig[i].base64);
        hf_buf_byte(again, '\n');
    }
    CHECK(hf_view_eq(hf_buf_view(again), bytes));
    (void)hf_note_verify(&note, &key, 1, NULL);
}

static void check_checkpoint(hf_view text, hf_buf *again)
{
    hf_checkpoint c;
    hf_err *err = NULL;

    if (hf_checkpoint_parse(text, &c, &err) == HF_OK) {
        hf_buf_reset(again);
        hf_checkpoint_put(again, &c);
        CHECK(err == NULL && hf_view_eq(hf_buf_view(again), text));
        CHECK(hf_checkpoint_read(text, &c, NULL) == HF_OK);
    } else {
        CHECK(err != NULL);
    }
    hf_err_free(err);
    (void)hf_checkpoint_read(text, &c, NULL);
}

static void check_keys(hf_view text, hf_buf *again)
{
    uint8_t own[HF_ED25519_KEY];
    hf_vkey key;

    hf_buf_reset(again);
    if (hf_vkey_parse(text, &key, NULL) == HF_OK) {
        hf_vkey_put(again, &key);
        CHECK(hf_view_eq(hf_buf_view(again), text));
    }
    hf_buf_reset(again);
    if (hf_skey_parse(text, &key, own, NULL) == HF_OK) {
        hf_skey_put(again, &key, own);
        CHECK(hf_view_eq(hf_buf_view(again), text));
    }
}

/* Sign text; the note holds, and with byte at changed by flip it does not. */
static void check_signed(hf_view text, size_t at, char flip, hf_buf *bytes)
{
    uint8_t sig[HF_ED25519_SIG];
    hf_vkey key = own_key();

    hf_buf_reset(bytes);
    hf_buf_add(bytes, text);
    if (text.n == 0 || text.p[text.n - 1] != '\n')
        hf_buf_byte(bytes, '\n');
    hf_ed25519_sign(seed, hf_buf_view(bytes), sig);
    text.n = bytes->n;
    hf_buf_byte(bytes, '\n');
    hf_note_put_sig(bytes, &key, sig);
    if (hf_note_parse(hf_buf_view(bytes), &note, NULL) != HF_OK)
        return; /* no text that a note can have */
    CHECK(note.n == 1 && note.text.n == text.n);
    CHECK(hf_note_verify(&note, &key, 1, NULL) == HF_OK && note.sig[0].is_verified);
    bytes->p[at % bytes->n] = (char)(bytes->p[at % bytes->n] ^ flip);
    CHECK(hf_note_parse(hf_buf_view(bytes), &note, NULL) != HF_OK ||
          hf_note_verify(&note, &key, 1, NULL) != HF_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    hf_view bytes = { (const char *)data, n };
    hf_buf b;

    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    check_note(bytes, &b);
    check_checkpoint(bytes, &b);
    check_keys(bytes, &b);
    if (n >= 3)
        check_signed(hf_view_from(bytes, 3), (size_t)data[0] << 8 | data[1],
                     (char)(1 << data[2] % 8), &b);
    hf_buf_clear(&b);
    return 0;
}
