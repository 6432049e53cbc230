#!/usr/bin/env bash
# Formatting by .clang-format, length of files, the names at the top of the tree.
set -uo pipefail
cd "${HOLDFAST_SOURCE:?}" || exit 1
command -v clang-format-14 >/dev/null || { echo "SKIP: no clang-format-14"; exit 77; }
failed=0

find lib formats cli tests samples -name '*.[ch]' | sort >"${TMPDIR:-/tmp}/style.$$"
trap 'rm -f "${TMPDIR:-/tmp}/style.$$"' EXIT
[ -s "${TMPDIR:-/tmp}/style.$$" ] || { echo "no files"; exit 1; }
if ! xargs clang-format-14 --dry-run -Werror <"${TMPDIR:-/tmp}/style.$$"; then
    echo "run: clang-format-14 -i FILE"
    failed=1
fi
while read -r file; do
    lines=$(wc -l <"$file")
    if [ "$lines" -gt 900 ]; then
        echo "$file has $lines lines; 900 is the end, 250 the aim"
        failed=1
    fi
done <"${TMPDIR:-/tmp}/style.$$"

# Exactly these, files with a dot in front and build folders aside.
want="CMakeLists.txt README.md cli docs formats lib samples schemas tests"
have=$(find . -mindepth 1 -maxdepth 1 ! -name '.*' ! -name 'build*' -printf '%f\n' | LC_ALL=C sort |
    tr '\n' ' ')
if [ "$have" != "$want " ]; then
    echo "top of the tree: $have"
    echo "     and not:    $want"
    failed=1
fi
exit $failed
