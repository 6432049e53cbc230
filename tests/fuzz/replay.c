/* tests/fuzz/replay.c: run a fuzz target over files, without a fuzzer: plain ctest replays the
 * seeds, and every input that once broke something, in every build.
 *
 *     fuzz_NAME PATH...      each a file, or a folder of files
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "util/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static bool run_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    struct stat st;
    uint8_t *data;
    size_t n;

    if (f == NULL || fstat(fileno(f), &st) != 0) {
        perror(path);
        return false;
    }
    /* Exactly as large as the input, so that the sanitizer sees every read past it. */
    n = (size_t)st.st_size;
    data = hf_alloc(n);
    if (fread(data, 1, n, f) != n) {
        perror(path);
        return false;
    }
    fclose(f);
    printf("%s\n", path); /* the last line printed names the input that broke it */
    fflush(stdout);
    LLVMFuzzerTestOneInput(data, n);
    hf_free(data);
    return true;
}

/* Returns the number of files run, negative when one cannot be read. */
static long run_path(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *entry;
    long count = 0;

    if (dir == NULL)
        return run_file(path) ? 1 : -1;
    while (count >= 0 && (entry = readdir(dir)) != NULL) {
        char *file = hf_sprintf("%s/%s", path, entry->d_name);

        if (entry->d_name[0] != '.')
            count = run_file(file) ? count + 1 : -1;
        hf_free(file);
    }
    closedir(dir);
    return count;
}

int main(int argc, char **argv)
{
    long total = 0;

    for (int i = 1; i < argc; i++) {
        long count = run_path(argv[i]);

        if (count < 0)
            return EXIT_FAILURE;
        total += count;
    }
    printf("%ld inputs\n", total);
    return total > 0 ? EXIT_SUCCESS : EXIT_FAILURE; /* a target without seeds is a mistake */
}
