/* audit/key.c: see key.h. */
#include "audit/key.h"

#include "audit/audit_priv.h"
#include "util/command.h"
#include "util/file.h"
#include "vault/vault.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_PASSPHRASE = 1024, MAX_PEM = 64 << 10 };

struct hf_key {
    EVP_PKEY *key;
    uint8_t public_key[HF_ED25519_KEY];
};

/* --- passphrases --------------------------------------------------------------------------------
 */

static hf_status read_fd(int fd, hf_buf *out, hf_err **err)
{
    char chunk[256];
    ssize_t n;

    while ((n = read(fd, chunk, sizeof(chunk))) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return hf_fail_sys(err, "cannot read the passphrase");
        hf_buf_add(out, (hf_view){ chunk, (size_t)n });
    }
    OPENSSL_cleanse(chunk, sizeof(chunk));
    return HF_OK;
}

static hf_status ask_command(const char *command, hf_buf *out, hf_err **err)
{
    char *line;
    hf_status rc = hf_command_secret(&line, command, "passphrase", err);

    if (rc == HF_OK) {
        hf_buf_str(out, line);
        OPENSSL_cleanse(line, strlen(line));
    }
    hf_free(line);
    return rc;
}

hf_status hf_passphrase_get(const hf_passphrase *from, hf_buf *out, hf_err **err)
{
    hf_status rc = HF_OK;
    size_t line;
    hf_buf b;

    if (from == NULL || (from->file == NULL && !from->has_fd && from->command == NULL))
        return HF_OK;
    if (from->file == NULL && !from->has_fd)
        return ask_command(from->command, out, err);
    hf_buf_init(&b, MAX_PASSPHRASE);
    if (from->file != NULL)
        rc = hf_file_read(from->file, MAX_PASSPHRASE, &b, err);
    else
        rc = read_fd(from->fd, &b, err);
    if (rc == HF_OK)
        rc = hf_buf_check(&b, "the passphrase", err);
    line = hf_view_find_byte(hf_buf_view(&b), '\n');
    if (rc == HF_OK && (b.n == 0 || line == 0))
        rc = hf_fail(err, HF_E_NO_KEY, "the passphrase is empty");
    if (rc == HF_OK)
        hf_buf_add(out, hf_view_sub(hf_buf_view(&b), 0, line));
    hf_buf_wipe(&b);
    return rc;
}

/* --- making and loading -------------------------------------------------------------------------
 */

static hf_key *take(EVP_PKEY *key)
{
    hf_key *k = HF_NEW(hf_key);
    size_t n = sizeof(k->public_key);

    k->key = key;
    EVP_PKEY_get_raw_public_key(key, k->public_key, &n);
    return k;
}

hf_key *hf_key_new(void)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

    return take(key);
}

void hf_key_free(hf_key *k)
{
    if (k == NULL)
        return;
    EVP_PKEY_free(k->key);
    hf_free(k);
}

typedef struct asked {
    const hf_passphrase *from;
    bool was_asked;
    hf_err **err;
    hf_status rc;
} asked;

/* OpenSSL asks only when the file is encrypted. */
static int give_passphrase(char *to, int size, int writing, void *self)
{
    asked *a = self;
    hf_buf b;
    int n = -1;

    (void)writing;
    a->was_asked = true;
    hf_buf_init(&b, MAX_PASSPHRASE);
    a->rc = hf_passphrase_get(a->from, &b, a->err);
    if (a->rc == HF_OK && b.n > 0 && b.n <= (size_t)size) {
        memcpy(to, b.p, b.n);
        n = (int)b.n;
    } else if (a->rc == HF_OK) {
        a->rc = hf_fail(a->err, HF_E_NO_KEY, "the key has a passphrase, and none was given");
        hf_hint(a->err, "give it with --passphrase-file, --passphrase-fd or --passphrase-command");
    }
    hf_buf_wipe(&b);
    return n;
}

static hf_status parse(hf_view pem, const hf_passphrase *passphrase, hf_key **out, hf_err **err)
{
    asked a = { .from = passphrase, .err = err };
    BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, give_passphrase, &a);

    BIO_free(bio);
    if (a.rc != HF_OK) {
        EVP_PKEY_free(key);
        return a.rc;
    }
    if (key == NULL)
        return a.was_asked ? hf_fail(err, HF_E_NO_KEY, "the passphrase of the key is wrong")
                           : hf_fail(err, HF_E_NO_KEY, "this is no private key in PEM");
    if (EVP_PKEY_get_base_id(key) != EVP_PKEY_ED25519) {
        EVP_PKEY_free(key);
        hf_fail(err, HF_E_NO_KEY, "the key is not an Ed25519 key");
        return hf_hint(err, "make one with `holdfast audit key new`");
    }
    *out = take(key);
    return HF_OK;
}

hf_status hf_key_load(hf_key **out, const char *path, const hf_passphrase *passphrase, hf_err **err)
{
    hf_status rc;
    hf_buf pem;

    *out = NULL;
    hf_buf_init(&pem, MAX_PEM);
    rc = hf_file_read(path, MAX_PEM, &pem, err);
    if (rc == HF_OK)
        rc = parse(hf_buf_view(&pem), passphrase, out, err);
    if (rc != HF_OK)
        hf_err_at(err, path, (hf_view){ NULL, 0 }, HF_NO_OFFSET);
    hf_buf_wipe(&pem);
    return rc;
}

static hf_status parse_public(hf_view pem, uint8_t out[HF_ED25519_KEY], hf_err **err)
{
    BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
    EVP_PKEY *key = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
    size_t n = HF_ED25519_KEY;
    hf_status rc = HF_OK;

    if (key == NULL || EVP_PKEY_get_base_id(key) != EVP_PKEY_ED25519 ||
        EVP_PKEY_get_raw_public_key(key, out, &n) != 1)
        rc = hf_fail(err, HF_E_NO_KEY, "this is no Ed25519 key in PEM");
    EVP_PKEY_free(key);
    BIO_free(bio);
    return rc;
}

hf_status hf_key_load_public(const char *path, uint8_t out[HF_ED25519_KEY], hf_err **err)
{
    hf_key *k = NULL;
    hf_buf pem;
    hf_status rc;

    hf_buf_init(&pem, MAX_PEM);
    rc = hf_file_read(path, MAX_PEM, &pem, err);
    if (rc == HF_OK && hf_view_find(hf_buf_view(&pem), HF_V("PRIVATE KEY")) == HF_NPOS)
        rc = parse_public(hf_buf_view(&pem), out, err);
    else if (rc == HF_OK && (rc = parse(hf_buf_view(&pem), NULL, &k, err)) == HF_OK)
        memcpy(out, k->public_key, sizeof(k->public_key));
    if (rc != HF_OK)
        hf_err_at(err, path, (hf_view){ NULL, 0 }, HF_NO_OFFSET);
    hf_key_free(k);
    hf_buf_wipe(&pem);
    return rc;
}

/* --- saving -------------------------------------------------------------------------------------
 */

static hf_status make_folders(const char *path, hf_err **err)
{
    char *copy = hf_strdup(path);
    hf_status rc = HF_OK;

    for (char *slash = strchr(copy + 1, '/'); slash != NULL && rc == HF_OK;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(copy, 0700) != 0 && errno != EEXIST)
            rc = hf_fail_sys(err, "cannot make the folder %s", copy);
        *slash = '/';
    }
    hf_free(copy);
    return rc;
}

static hf_status write_all(int fd, hf_view bytes, hf_err **err)
{
    while (bytes.n > 0) {
        ssize_t n = write(fd, bytes.p, bytes.n);

        if (n < 0 && errno != EINTR)
            return hf_fail_sys(err, "cannot write the key");
        bytes = hf_view_from(bytes, n < 0 ? 0 : (size_t)n);
    }
    return fsync(fd) == 0 ? HF_OK : hf_fail_sys(err, "cannot sync the key");
}

static hf_status write_new(const char *path, mode_t mode, hf_view bytes, hf_err **err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    hf_status rc;

    if (fd < 0 && errno == EEXIST) {
        hf_fail(err, HF_E_EXISTS, "there is a file already; a key is never written over another");
        return hf_err_at(err, path, (hf_view){ NULL, 0 }, HF_NO_OFFSET);
    }
    rc = fd < 0 ? hf_fail_sys(err, "cannot make the key's file") : write_all(fd, bytes, err);
    if (fd >= 0 && close(fd) != 0 && rc == HF_OK)
        rc = hf_fail_sys(err, "cannot write the key");
    if (rc != HF_OK && fd >= 0)
        unlink(path);
    if (rc != HF_OK)
        hf_err_at(err, path, (hf_view){ NULL, 0 }, HF_NO_OFFSET);
    return rc;
}

static hf_status write_public(const hf_key *k, const char *path, hf_err **err)
{
    char *beside = hf_sprintf("%s.pub", path);
    hf_status rc;
    hf_buf pem;

    hf_buf_init(&pem, MAX_PEM);
    hf_key_put_public(&pem, k->public_key);
    rc = write_new(beside, 0644, hf_buf_view(&pem), err);
    if (rc != HF_OK)
        unlink(path);
    hf_buf_clear(&pem);
    hf_free(beside);
    return rc;
}

hf_status hf_key_save(const hf_key *k, const char *path, const hf_passphrase *passphrase,
                      hf_err **err)
{
    BIO *bio = BIO_new(BIO_s_secmem());
    hf_buf secret;
    hf_status rc;
    char *p = NULL;
    long n;

    hf_buf_init(&secret, MAX_PASSPHRASE);
    rc = hf_passphrase_get(passphrase, &secret, err);
    if (rc == HF_OK)
        rc = hf_key_outside_vaults(path, err);
    if (rc == HF_OK && PEM_write_bio_PKCS8PrivateKey(
                           bio, k->key, secret.n > 0 ? EVP_aes_256_cbc() : NULL,
                           secret.n > 0 ? secret.p : NULL, (int)secret.n, NULL, NULL) != 1)
        rc = hf_fail(err, HF_E_INTERNAL, "OpenSSL cannot write the key");
    if (rc == HF_OK)
        rc = make_folders(path, err);
    n = BIO_get_mem_data(bio, &p);
    if (rc == HF_OK)
        rc = write_new(path, 0600, (hf_view){ p, (size_t)n }, err);
    if (rc == HF_OK)
        rc = write_public(k, path, err);
    hf_buf_wipe(&secret);
    BIO_free(bio);
    return rc;
}

hf_status hf_key_outside_vaults(const char *path, hf_err **err)
{
    char *vault = hf_vault_around(path);
    hf_status rc = HF_OK;

    if (vault != NULL) {
        hf_fail(err, HF_E_REFUSED, "the key would lie inside the vault %s", vault);
        hf_hint(err, "keep it elsewhere: who can change the log must not hold its key");
        rc = HF_E_REFUSED;
    }
    hf_free(vault);
    return rc;
}

char *hf_key_default_path(const char *name)
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

    if (config != NULL && config[0] == '/') /* others are to be ignored: XDG base directories */
        return hf_sprintf("%s/holdfast/keys/%s.pem", config, name);
    return hf_sprintf("%s/.config/holdfast/keys/%s.pem", home == NULL ? "" : home, name);
}

/* --- using --------------------------------------------------------------------------------------
 */

const uint8_t *hf_key_public(const hf_key *k)
{
    return k->public_key;
}

/* RFC 8410: what stands before the 32 bytes in the SubjectPublicKeyInfo of every Ed25519 key. */
static const uint8_t spki_head[] = { 0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
                                     0x2b, 0x65, 0x70, 0x03, 0x21, 0x00 };

static void put_spki(hf_buf *out, const uint8_t key[HF_ED25519_KEY])
{
    hf_buf_add(out, (hf_view){ (const char *)spki_head, sizeof(spki_head) });
    hf_buf_add(out, (hf_view){ (const char *)key, HF_ED25519_KEY });
}

void hf_key_put_public(hf_buf *out, const uint8_t key[HF_ED25519_KEY])
{
    EVP_PKEY *k = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key, HF_ED25519_KEY);
    BIO *bio = BIO_new(BIO_s_mem());
    char *p = NULL;
    long n;

    PEM_write_bio_PUBKEY(bio, k);
    n = BIO_get_mem_data(bio, &p);
    hf_buf_add(out, (hf_view){ p, (size_t)n });
    BIO_free(bio);
    EVP_PKEY_free(k);
}

hf_sha256 hf_key_fingerprint(const uint8_t key[HF_ED25519_KEY])
{
    hf_sha256 d;
    hf_buf b;

    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    put_spki(&b, key);
    d = hf_sha256_of(hf_buf_view(&b));
    hf_buf_clear(&b);
    return d;
}

void hf_key_sign(const hf_key *k, hf_view bytes, uint8_t sig[HF_ED25519_SIG])
{
    hf_audit_sign(k->key, bytes, sig);
}

void hf_key_sign_note(const hf_key *k, hf_view name, hf_view text, hf_buf *out)
{
    hf_vkey key = hf_vkey_of(name, HF_NOTE_ED25519, k->public_key);
    uint8_t sig[HF_ED25519_SIG];

    hf_key_sign(k, text, sig);
    hf_buf_add(out, text);
    hf_buf_byte(out, '\n');
    hf_note_put_sig(out, &key, sig);
}
