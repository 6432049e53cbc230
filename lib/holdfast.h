/* holdfast.h: what programs built against an installed holdfast start from: reading any source,
 * converting it with an account of every value, comparing two. The areas' own headers are installed
 * beside it ("text/token.h" and so on).
 *
 *     cc -std=c17 program.c $(pkg-config --cflags --libs holdfast)
 *
 * Example   samples/library/main.c.
 * State     none is global but the flag of util/stop.h; threads may work on sources of their own.
 */
#ifndef HF_HOLDFAST_H
#define HF_HOLDFAST_H

#include "format/copy.h"
#include "format/diff.h"
#include "util/util.h"

#endif
