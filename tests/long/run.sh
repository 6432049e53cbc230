#!/usr/bin/env bash
# tests/long/run.sh NAME [ARG]...: a test too long for ctest, tests/long/NAME.sh, against a release
# build in build-long/. Without a name it lists what there is.
set -euo pipefail
cd "$(dirname "$0")/../.."
export HOLDFAST_SOURCE=$PWD
if [ $# -eq 0 ]; then
    echo "Usage: tests/long/run.sh NAME [ARGUMENT]..."
    for file in tests/long/*.sh; do
        name=$(basename "$file" .sh)
        [ "$name" = run ] || printf '  %-16s %s\n' "$name" "$(sed -n '2s/^# *//p' "$file")"
    done
    exit 0
fi
name=$1
shift
if [[ ! $name =~ ^[a-z0-9_-]+$ || $name = run || ! -f tests/long/$name.sh ]]; then
    echo "tests/long/run.sh: there is no test \"$name\"; without a name it lists them" >&2
    exit 2
fi
export HOLDFAST_BUILD=${HOLDFAST_BUILD:-$PWD/build-long}
export HOLDFAST_BIN=$HOLDFAST_BUILD/cli/holdfast
cmake -S . -B "$HOLDFAST_BUILD" -G Ninja -DCMAKE_BUILD_TYPE=Release >/dev/null
ninja -C "$HOLDFAST_BUILD"
exec bash "tests/long/$name.sh" "$@"
