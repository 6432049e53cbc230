/* tests/support/support.h: cmocka with thin helpers of our own. */
#ifndef HF_TESTS_SUPPORT_H
#define HF_TESTS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "util/util.h"

/* gcc cannot know that a failed cmocka assertion does not return. */
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wnull-dereference"
#endif

#define T_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The call must return HF_OK; otherwise its error is printed and the test fails. */
#define T_OK(err, call) t_ok((call), &(err), #call, __FILE__, __LINE__)
void t_ok(hf_status rc, hf_err **err, const char *call, const char *file, int line);

/* The call must fail with this status and set an error, which is freed. */
#define T_FAILS(err, want, call) t_fails((call), (want), &(err), #call, __FILE__, __LINE__)
void t_fails(hf_status rc, hf_status want, hf_err **err, const char *call, const char *file,
             int line);

/* The view must hold exactly these bytes; a NULL want means empty. */
#define T_VIEW(want, got) t_view(hf_view_str(want), (got), __FILE__, __LINE__)
void t_view(hf_view want, hf_view got, const char *file, int line);

/* A new empty folder for this test, removed at exit unless HF_KEEP is set. */
const char *t_folder(void);

/* Path below the source tree / below the corpus (HOLDFAST_CORPUS, default ../shared/corpus of the
 * source). t_corpus ends the program with ctest's skip status 77 when the corpus is absent. Both
 * strings are owned by the helper and stay valid. */
const char *t_source(const char *below);
const char *t_corpus(const char *below);

/* Write bytes to folder/name; read a whole file (freed with hf_free). */
void t_write(const char *folder, const char *name, hf_view bytes);
hf_view t_read(const char *path);

#endif
