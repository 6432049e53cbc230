/* text/secret.h: tokens and passwords that stand in texts and addresses. */
#ifndef HF_TEXT_SECRET_H
#define HF_TEXT_SECRET_H

#include "util/util.h"

/* text with every secret replaced by MASKED, in mem; text itself, and *found false, when it has
 * none. Secrets are Slack's tokens (xoxb-, xoxe-, xoxp-, xapp- ... followed by ten characters at
 * least) wherever they stand, the values of token=, secret=, signature= and their like after a ? or
 * & or ;, and the password of an address's user:password@. found may be NULL. */
HF_API hf_view hf_secret_mask(hf_view text, hf_arena *mem, bool *found);

#endif
