#!/usr/bin/env bash
# docs/formats.md says what `holdfast formats` says. HF_BLESS=1 writes it.
set -euo pipefail
command -v python3 >/dev/null || { echo "SKIP: no python3"; exit 77; }
page=${HOLDFAST_SOURCE:?}/docs/formats.md
made=$(mktemp)
trap 'rm -f "$made"' EXIT

python3 "$HOLDFAST_SOURCE/tests/support/make_formats_doc.py" "${HOLDFAST_BIN:?}" \
    "$HOLDFAST_SOURCE/samples/slack-northwind" >"$made"
if [ "${HF_BLESS:-0}" = 1 ]; then
    cp "$made" "$page"
fi
diff -u "$page" "$made" || { echo "docs/formats.md: run this test with HF_BLESS=1"; exit 1; }
[ "$(grep -c '^| `message\.' "$page")" -gt 20 ] || { echo "docs/formats.md lists no fields"; exit 1; }
