/* util/mem.c: the checked allocator, and arenas made of doubling chunks. */
#include "util/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static _Noreturn void out_of_memory(void)
{
    static const char text[] =
        "holdfast: error: out of memory   [INTERNAL]\n"
        "  fix:   nothing half-written was published; free memory and run again\n";
    ssize_t ignored = write(STDERR_FILENO, text, sizeof(text) - 1);

    (void)ignored;
    _exit(1);
}

void *hf_alloc(size_t n)
{
    void *p = malloc(n == 0 ? 1 : n);

    if (p == NULL)
        out_of_memory();
    return p;
}

void *hf_alloc0(size_t count, size_t size)
{
    void *p = calloc(count == 0 ? 1 : count, size == 0 ? 1 : size);

    if (p == NULL)
        out_of_memory();
    return p;
}

void *hf_realloc(void *p, size_t count, size_t size)
{
    size_t n;

    if (__builtin_mul_overflow(count, size, &n))
        out_of_memory();
    p = realloc(p, n == 0 ? 1 : n);
    if (p == NULL)
        out_of_memory();
    return p;
}

void hf_free(void *p)
{
    free(p);
}

char *hf_strdup(const char *s)
{
    return s == NULL ? NULL : hf_view_dup(hf_view_str(s));
}

char *hf_view_dup(hf_view v)
{
    char *s = hf_alloc(v.n + 1);

    if (v.n > 0)
        memcpy(s, v.p, v.n);
    s[v.n] = '\0';
    return s;
}

char *hf_sprintf(const char *fmt, ...)
{
    char *text = NULL;
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vasprintf(&text, fmt, ap);
    va_end(ap);
    if (n < 0)
        out_of_memory();
    return text;
}

enum { FIRST_CHUNK = 16 * 1024, LARGEST_CHUNK = 4 * 1024 * 1024 };

typedef struct chunk {
    struct chunk *next; /* older */
    size_t cap, used;
    _Alignas(max_align_t) char data[];
} chunk;

struct hf_arena {
    chunk *top; /* never NULL */
    size_t used;
};

static chunk *chunk_new(size_t cap, chunk *next)
{
    chunk *c;
    size_t n;

    if (__builtin_add_overflow(sizeof(chunk), cap, &n))
        out_of_memory();
    c = hf_alloc(n);
    c->next = next;
    c->cap = cap;
    c->used = 0;
    return c;
}

hf_arena *hf_arena_new(void)
{
    hf_arena *a = HF_NEW(hf_arena);

    a->top = chunk_new(FIRST_CHUNK, NULL);
    return a;
}

static void free_chunks(chunk *c)
{
    while (c != NULL) {
        chunk *next = c->next;

        hf_free(c);
        c = next;
    }
}

void hf_arena_free(hf_arena *a)
{
    if (a == NULL)
        return;
    free_chunks(a->top);
    hf_free(a);
}

void hf_arena_reset(hf_arena *a)
{
    /* The newest chunk is kept unless one huge record made it larger than any chunk should be. */
    if (a->top->cap > LARGEST_CHUNK) {
        free_chunks(a->top);
        a->top = chunk_new(FIRST_CHUNK, NULL);
    } else {
        free_chunks(a->top->next);
        a->top->next = NULL;
        a->top->used = 0;
    }
    a->used = 0;
}

void *hf_arena_alloc(hf_arena *a, size_t n)
{
    size_t step = (n + _Alignof(max_align_t) - 1) & ~(_Alignof(max_align_t) - 1);
    void *p;

    if (step < n)
        out_of_memory();
    if (a->top->cap - a->top->used < step) {
        size_t cap = a->top->cap < LARGEST_CHUNK ? a->top->cap * 2 : LARGEST_CHUNK;

        a->top = chunk_new(cap < step ? step : cap, a->top);
    }
    p = a->top->data + a->top->used;
    a->top->used += step;
    a->used += step;
    return p;
}

void *hf_arena_alloc0(hf_arena *a, size_t count, size_t size)
{
    size_t n;
    void *p;

    if (__builtin_mul_overflow(count, size, &n))
        out_of_memory();
    p = hf_arena_alloc(a, n);
    memset(p, 0, n);
    return p;
}

hf_view hf_arena_dup(hf_arena *a, hf_view v)
{
    char *p = hf_arena_alloc(a, v.n + 1);

    if (v.n > 0)
        memcpy(p, v.p, v.n);
    p[v.n] = '\0';
    return (hf_view){ p, v.n };
}

hf_view hf_arena_printf(hf_arena *a, const char *fmt, ...)
{
    va_list ap, again;
    char *p;
    int n;

    va_start(ap, fmt);
    va_copy(again, ap);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0)
        out_of_memory();
    p = hf_arena_alloc(a, (size_t)n + 1);
    vsnprintf(p, (size_t)n + 1, fmt, again);
    va_end(again);
    return (hf_view){ p, (size_t)n };
}

size_t hf_arena_used(const hf_arena *a)
{
    return a->used;
}
