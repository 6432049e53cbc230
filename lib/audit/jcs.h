/* audit/jcs.h: the one spelling of a JSON value (RFC 8785, JCS), which digests and signatures need.
 *
 * Keys in the order of their UTF-16 code units, no white space, numbers as ECMAScript writes the
 * nearest double, only the escapes that are needed.
 */
#ifndef HF_AUDIT_JCS_H
#define HF_AUDIT_JCS_H

#include "util/util.h"

/* Append the canonical form of json, one value. HF_E_RECORD, with the offset, for what RFC 8785
 * gives no form: no JSON, a key twice in one object, half surrogates, bytes that are not UTF-8, a
 * number beyond double. Nothing is appended then. */
HF_API hf_status hf_jcs_put(hf_buf *out, hf_view json, hf_err **err);

/* Append a finite number as ECMAScript does (ECMA-262, Number::toString). */
HF_API void hf_jcs_number(hf_buf *out, double value);

#endif
