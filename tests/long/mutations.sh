#!/usr/bin/env bash
# P3, all of it: every operator on every path of the sample, with and without a sidecar (about 7,000 conversions).
set -euo pipefail
cd "$(dirname "$0")/../.."
build=${HOLDFAST_BUILD_RELEASE:-build-long}
[ -x "$build/cli/holdfast" ] || {
    cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release >/dev/null
    ninja -C "$build" holdfast
}
for sidecar in none auto; do
    echo "sidecar $sidecar:"
    python3 tests/support/mutations.py "$build/cli/holdfast" samples/slack-northwind --sidecar "$sidecar"
done
