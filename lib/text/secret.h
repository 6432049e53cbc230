/* text/secret.h: tokens and passwords that stand in texts and addresses. */
#ifndef HF_TEXT_SECRET_H
#define HF_TEXT_SECRET_H

#include "util/util.h"

/* text with every secret replaced by MASKED, in mem; text itself, and *found false, when it has
 * none. Secrets are Slack's tokens (xoxb-, xoxe-, xoxp-, xapp- ... followed by ten characters at
 * least) wherever they stand, the values of token=, secret=, signature= and their like after a ? or
 * & or ;, the password of an address's user:password@, and what follows the host of an incoming
 * webhook (of Slack, Mattermost, Discord, Microsoft): who knows it can post. found may be NULL. */
HF_API hf_view hf_secret_mask(hf_view text, hf_arena *mem, bool *found);

/* Whether text holds one that is not masked. */
HF_API bool hf_secret_is_in(hf_view text);

/* The same for the bytes of a JSON value: string by string, decoded and spelled again in the way
 * they were, keys too. Bytes that are no JSON are masked as they stand, or decoded first when only
 * that shows the secret. */
HF_API hf_view hf_secret_mask_json(hf_view json, hf_arena *mem, bool *found);

/* Where the next password of a connection string begins and ends, at from or later: the one of
 * postgresql://user:password@host, also of a user:password@host/database that is a word of its own,
 * and the values of password= and sslpassword=, quoted or not, as libpq reads them. False when
 * there is none. */
HF_API bool hf_secret_password(hf_view text, size_t from, size_t *begin, size_t *end);

/* text with these passwords replaced by MASKED, in mem; text itself when it has none. */
HF_API hf_view hf_secret_mask_passwords(hf_view text, hf_arena *mem);

#endif
