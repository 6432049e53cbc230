/* util/uuid.c: UUID version 7, RFC 9562. */
#include "util/uuid.h"
#include "util/util.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

void hf_uuid7(char out[HF_UUID_SIZE])
{
    /* The last stamp given: milliseconds << 12 | counter. A clock that stands still or jumps back
     * only moves the counter on, which may borrow from the milliseconds (RFC 9562, 6.2). */
    static _Atomic uint64_t last;
    uint64_t stamp = (uint64_t)(hf_now_us() / 1000) << 12, seen = atomic_load(&last), next;
    uint8_t random[8];

    do
        next = stamp > seen ? stamp : seen + 1;
    while (!atomic_compare_exchange_weak(&last, &seen, next));
    if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
        abort(); /* fewer than 256 bytes are never cut short once the kernel's pool is ready */
    random[0] = (uint8_t)(0x80 | (random[0] & 0x3F));
    snprintf(out, HF_UUID_SIZE, "%08x-%04x-7%03x-%02x%02x-%02x%02x%02x%02x%02x%02x",
             (unsigned)(next >> 28), (unsigned)(next >> 12 & 0xFFFF), (unsigned)(next & 0xFFF),
             random[0], random[1], random[2], random[3], random[4], random[5], random[6],
             random[7]);
}
