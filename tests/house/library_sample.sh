#!/usr/bin/env bash
# samples/library compiles against an installed holdfast, by its headers and pkg-config file alone,
# with the shared and with the static library, and reads the sample export.
set -euo pipefail
build=${HOLDFAST_BUILD:?} source=${HOLDFAST_SOURCE:?}
[ -e "$build/libholdfast.so" ] && [ -e "$build/cli/holdfast" ] ||
    { echo "SKIP: the library is not built"; exit 77; }
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT

cmake --install "$build" --prefix "$T/usr" >/dev/null
package=$(find "$T/usr" -name holdfast.pc)
[ -n "$package" ] || { echo "no holdfast.pc was installed"; exit 1; }
PKG_CONFIG_PATH=$(dirname "$package")
export PKG_CONFIG_PATH
libdir=$(dirname "$PKG_CONFIG_PATH")
pc() {
    pkg-config --define-variable=prefix="$T/usr" "$@" holdfast
}
# A library with sanitizers needs a program with them.
sanitizers=""
if grep -q __asan_init "$libdir/libholdfast.a"; then
    sanitizers="-fsanitize=address,undefined"
fi
warnings="-std=c17 -pedantic -Wall -Wextra -Werror"

# Every installed header stands alone.
find "$T/usr/include" -name '*.h' | sort >"$T/headers"
[ -s "$T/headers" ] || { echo "no headers were installed"; exit 1; }
while read -r header; do
    printf '#include "%s"\n' "$header" >"$T/one.c"
    # shellcheck disable=SC2046,SC2086
    cc $warnings -fsyntax-only $(pc --cflags) "$T/one.c"
done <"$T/headers"

# shellcheck disable=SC2046,SC2086
cc $warnings $sanitizers "$source/samples/library/main.c" $(pc --cflags --libs) -o "$T/shared" 2>"$T/link" ||
    { head -20 "$T/link"; exit 1; }
# Our own library static, those it needs shared: their static forms need packages of their own.
# shellcheck disable=SC2046,SC2086
cc $warnings $sanitizers "$source/samples/library/main.c" $(pc --cflags) "$libdir/libholdfast.a" \
    $(pkg-config --libs $(pc --print-requires-private)) -pthread -o "$T/static" 2>"$T/link" ||
    { head -20 "$T/link"; exit 1; }

LD_LIBRARY_PATH=$libdir "$T/shared" "slack:$source/samples/slack-northwind" >"$T/out.shared"
"$T/static" "slack:$source/samples/slack-northwind" >"$T/out.static"
cmp "$T/out.shared" "$T/out.static"
[ -s "$T/out.shared" ] || { echo "no messages were printed"; exit 1; }
rc=0
LD_LIBRARY_PATH=$libdir "$T/shared" "$T/nowhere.zip" 2>"$T/err" || rc=$?
[ "$rc" = 2 ] && grep -q '^messages: ' "$T/err" || { echo "a missing file gives $rc"; exit 1; }
echo "$(wc -l <"$T/headers") headers, $(wc -l <"$T/out.shared") messages"
