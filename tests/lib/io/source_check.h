/* tests/lib/io/source_check.h: reading members in tests. */
#ifndef HF_TESTS_SOURCE_CHECK_H
#define HF_TESTS_SOURCE_CHECK_H

#include "io/source.h"
#include "support.h"

/* The whole member, in b until its next use. */
static inline hf_view slurp(hf_source *s, uint32_t i, hf_buf *b)
{
    hf_err *err = NULL;

    hf_buf_reset(b);
    T_OK(err, hf_source_slurp(s, i, b, &err));
    return hf_buf_view(b);
}

/* The member must have this name and content; size must agree with what is read. */
static inline void expect(hf_source *s, uint32_t i, const char *name, const char *content)
{
    hf_buf b;

    hf_buf_init(&b, 1 << 20);
    assert_true(i < hf_source_count(s));
    T_VIEW(name, hf_source_member(s, i)->name);
    T_VIEW(content, slurp(s, i, &b));
    assert_int_equal(b.n, hf_source_member(s, i)->size);
    hf_buf_clear(&b);
}

#endif
