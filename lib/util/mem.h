/* util/mem.h: the one allocator, and arenas.
 *
 * Allocation never returns NULL: when the system has no memory left the process says so and ends
 * with status 1. Every output is complete or absent at any moment (promise P6), so this is a safe
 * way to die; what input can make us allocate is bounded by hf_buf maxima and the budget, not by
 * luck.
 */
#ifndef HF_UTIL_MEM_H
#define HF_UTIL_MEM_H

#include "util/view.h"

/* n bytes, uninitialised; n 0 gives a unique pointer. Free with hf_free. */
HF_API void *hf_alloc(size_t n) __attribute__((malloc, returns_nonnull));

/* count items of size bytes, zeroed; the product is checked. */
HF_API void *hf_alloc0(size_t count, size_t size) __attribute__((malloc, returns_nonnull));

/* Grow or shrink p (NULL: allocate) to count items of size bytes; the old content stays. */
HF_API void *hf_realloc(void *p, size_t count, size_t size) __attribute__((returns_nonnull));

/* Free p; NULL is fine. */
HF_API void hf_free(void *p);

/* A NUL-terminated copy of s or v, to be freed by hf_free; NULL s gives NULL. */
HF_API char *hf_strdup(const char *s);
HF_API char *hf_view_dup(hf_view v) __attribute__((returns_nonnull));

/* A formatted string, to be freed by hf_free. */
HF_API char *hf_sprintf(const char *fmt, ...)
    __attribute__((format(printf, 1, 2), returns_nonnull));

#define HF_NEW(type) ((type *)hf_alloc0(1, sizeof(type)))

typedef struct hf_arena hf_arena;

/* An arena whose memory is given back as a whole by hf_arena_free; NULL is fine there. */
HF_API hf_arena *hf_arena_new(void);
HF_API void hf_arena_free(hf_arena *a);

/* Forget everything allocated, keep one chunk for reuse. */
HF_API void hf_arena_reset(hf_arena *a);

/* n bytes aligned for any type, uninitialised / zeroed; valid until reset or free. */
HF_API void *hf_arena_alloc(hf_arena *a, size_t n) __attribute__((malloc, returns_nonnull));
HF_API void *hf_arena_alloc0(hf_arena *a, size_t count, size_t size)
    __attribute__((malloc, returns_nonnull));

/* A copy of v in the arena, with a NUL after its last byte. */
HF_API hf_view hf_arena_dup(hf_arena *a, hf_view v);
HF_API hf_view hf_arena_printf(hf_arena *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Bytes handed out since the last reset. */
HF_API size_t hf_arena_used(const hf_arena *a);

#endif
