#!/usr/bin/env bash
# The committed sample is what its program writes, byte for byte, in two locales and two time zones.
set -euo pipefail
source_tree=${HOLDFAST_SOURCE:?}
command -v python3 >/dev/null || exit 77
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
TZ=Asia/Tokyo LC_ALL=C PYTHONHASHSEED=1 \
    python3 "$source_tree/tests/support/make_northwind.py" "$work/a"
TZ=America/St_Johns LC_ALL=C.UTF-8 PYTHONHASHSEED=2 \
    python3 "$source_tree/tests/support/make_northwind.py" "$work/b"
diff -r "$work/a" "$work/b"
diff -r "$source_tree/samples/slack-northwind" "$work/a"
