#!/usr/bin/env bash
# The format that docs/adding-a-format.md builds step by step is real: its code is taken out of the
# page, built into a holdfast of its own, tested by the page's own test, and run by its commands.
set -euo pipefail
build=${HOLDFAST_BUILD:?} source=${HOLDFAST_SOURCE:?}
command -v python3 >/dev/null || { echo "SKIP: no python3"; exit 77; }
[ -e "$build/libholdfast.a" ] && [ -e "$build/tests/libtest_support.a" ] && [ -e "$build/cli/holdfast" ] ||
    { echo "SKIP: the library is not built"; exit 77; }
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT

python3 "$source/tests/support/docs_code.py" "$source/docs/adding-a-format.md" "$T" >/dev/null
if command -v clang-format-14 >/dev/null; then
    cp "$source/.clang-format" "$T"
    (cd "$T" && clang-format-14 --dry-run -Werror formats/linelog/linelog.c tests/formats/linelog/test_linelog.c)
fi
cp "$source/formats/registry.c" "$T/formats/"
cat "$source/formats/registry.def" "$T/formats/registry.def" >"$T/formats/all" # all others, and the new one
mv "$T/formats/all" "$T/formats/registry.def"

sanitizers=""
if grep -q __asan_init "$build/libholdfast.a"; then
    sanitizers="-fsanitize=address,undefined"
fi
flags="-std=c17 -pedantic -Wall -Wextra -Wshadow -Wconversion -Werror $sanitizers -I$T/formats -I$source/lib
    -I$source/tests/support"
libraries="$build/libholdfast.a $(pkg-config --libs $(sed -n 's/^Requires.private: //p' "$build/holdfast.pc"))
    -pthread"
new="$T/formats/linelog/linelog.c $T/formats/registry.c"
# shellcheck disable=SC2086 # lists of words
cc $flags $new "$T/tests/formats/linelog/test_linelog.c" "$build/tests/libtest_support.a" $libraries \
    $(pkg-config --libs cmocka) -o "$T/test_linelog"
HOLDFAST_SOURCE=$source "$T/test_linelog" >"$T/out" 2>&1 || { cat "$T/out"; exit 1; }
# shellcheck disable=SC2086
cc $flags $new $(find "$build/cli/CMakeFiles" -name '*.c.o') $libraries -o "$T/holdfast"
HOLDFAST_BIN=$T/holdfast python3 "$source/tests/support/docs_run.py" "$source" docs/adding-a-format.md
