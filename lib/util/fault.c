/* util/fault.c: kill or stop ourselves where a test asks for it. */
#include "util/fault.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

/* Is this the passage of the place that wanted (NULL: none) names? */
static bool is_due(const char *wanted, const char *name, atomic_ulong *passes)
{
    size_t n = strlen(name);
    uint64_t nth = 1;

    if (wanted == NULL || strncmp(wanted, name, n) != 0)
        return false;
    if (wanted[n] == ':' && !hf_view_u64(hf_view_str(wanted + n + 1), &nth))
        return false;
    if (wanted[n] != ':' && wanted[n] != '\0')
        return false;
    return atomic_fetch_add(passes, 1) + 1 == nth;
}

void hf_fault(const char *name)
{
    static atomic_ulong kills, stops;

    if (is_due(getenv("HOLDFAST_FAULT"), name, &kills))
        raise(SIGKILL);
    if (is_due(getenv("HOLDFAST_STOP"), name, &stops))
        raise(SIGSTOP);
}
