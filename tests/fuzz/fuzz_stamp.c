/* tests/fuzz/fuzz_stamp.c: any bytes as the reply of a time stamp authority to a request of ours.
 *
 * Nobody has the authority's key any more, so a reply that is believed says what the one seed that
 * it signed says: its moment and its name. No reply stamps other bytes.
 */
#include "check.h"
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "audit/anchor.h"

/* The root, its certificate valid for a hundred years; what was stamped; the request for it. */
static const char root[] = "-----BEGIN CERTIFICATE-----\n"
                           "MIIBdTCCARugAwIBAgIUFvOUlBc3CdXUAOoUEJZOMXH1elAwCgYIKoZIzj0EAwIw\n"
                           "DzENMAsGA1UEAwwEcm9vdDAgFw0yNjExMjQxMjIyNTBaGA8yMTI2MTAzMTEyMjI1\n"
                           "MFowDzENMAsGA1UEAwwEcm9vdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABJxk\n"
                           "Jt+ut9CTYj9i98QHUqfEUVFEeRMa190N9YqojaNydd0s/AwQ3yOiFrD+bQRWUrvX\n"
                           "n5mGb5DafGM+W9hUG0CjUzBRMB0GA1UdDgQWBBQO2NzmsfhzayFNw1+dF03LsGim\n"
                           "szAfBgNVHSMEGDAWgBQO2NzmsfhzayFNw1+dF03LsGimszAPBgNVHRMBAf8EBTAD\n"
                           "AQH/MAoGCCqGSM49BAMCA0gAMEUCID06aiCnBZx+OX1aqNdfZQ3sXdtBNXetAhtc\n"
                           "s4RK+dpvAiEAoyn+EwqJ2LvRjzYmYEc2EoCIRPqEKMWF1ynmKFO1pKI=\n"
                           "-----END CERTIFICATE-----\n";
static const char head[] = "log.example/7\n5\nqL1bTyLCWKT5SIdQvnwGbnVXr2LBnzvAo4gLb9TQ1Qw=\n";
static const char query[] =
    "\x30\x44\x02\x01\x01\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01"
    "\x05\x00\x04\x20\xd6\x5e\x45\x12\xd5\x67\x38\x56\xf6\xb7\xb6\x5d\x30\x5e\xdc\x13"
    "\xac\x79\xe2\x19\x63\xd3\xe8\x19\x92\x5e\xf5\x54\x7a\xb1\xb4\x64\x02\x09\x00\xea"
    "\x96\xdf\xec\x24\x24\x02\x72\x01\x01\xff";

static const int64_t moment = INT64_C(1795522970) * HF_SECOND_US; /* 2026-11-24 12:22:50 UTC */

static char root_path[64];

static void keep_root(void)
{
    int fd = memfd_create("root", MFD_CLOEXEC);

    CHECK(fd >= 0 && write(fd, root, sizeof(root) - 1) == (ssize_t)sizeof(root) - 1);
    snprintf(root_path, sizeof(root_path), "/proc/self/fd/%d", fd);
}

static hf_status check(hf_view text, hf_view reply, const char *ca, int64_t *us, hf_buf *who)
{
    const hf_view request = { query, sizeof(query) - 1 };
    hf_err *err = NULL;
    hf_status rc = hf_stamp_check(text, request, reply, ca, us, who, &err);

    CHECK((rc == HF_OK) == (err == NULL));
    CHECK(rc == HF_OK || rc == HF_E_DAMAGED || rc == HF_E_VERIFY);
    hf_err_free(err);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    hf_view reply = { (const char *)data, n };
    int64_t us = 0, same = 0;
    hf_buf who;

    if (root_path[0] == '\0')
        keep_root();
    hf_buf_init(&who, HF_BUF_UNBOUNDED);
    CHECK(check(HF_V("other bytes"), reply, NULL, &us, NULL) != HF_OK);
    if (check(hf_view_str(head), reply, root_path, &us, &who) == HF_OK) {
        CHECK(us == moment && hf_view_is(hf_buf_view(&who), "CN=a stamp"));
        CHECK(check(hf_view_str(head), reply, NULL, &same, NULL) == HF_OK && same == us);
    }
    hf_buf_reset(&who);
    (void)check(hf_view_str(head), reply, NULL, &us, &who);
    hf_buf_clear(&who);
    return 0;
}
