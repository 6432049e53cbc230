#!/usr/bin/env bash
# P3, all of it: every operator on every path of the sample, with and without a sidecar (about 7,000 conversions)
set -euo pipefail
for sidecar in none auto; do
    echo "sidecar $sidecar:"
    python3 "$HOLDFAST_SOURCE/tests/support/mutations.py" "$HOLDFAST_BIN" "$HOLDFAST_SOURCE/samples/slack-northwind" \
        --sidecar "$sidecar"
done
