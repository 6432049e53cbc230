/* util/fault.c: kill ourselves where a test asks for it. */
#include "util/fault.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

void hf_fault(const char *name)
{
    static atomic_ulong passes;
    const char *wanted = getenv("HOLDFAST_FAULT");
    size_t n = strlen(name);
    uint64_t nth = 1;

    if (wanted == NULL || strncmp(wanted, name, n) != 0)
        return;
    if (wanted[n] == ':' && !hf_view_u64(hf_view_str(wanted + n + 1), &nth))
        return;
    if (wanted[n] != ':' && wanted[n] != '\0')
        return;
    if (atomic_fetch_add(&passes, 1) + 1 == nth)
        raise(SIGKILL);
}
