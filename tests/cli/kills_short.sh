#!/usr/bin/env bash
# P6, crash-safe: kill -9 at every fault point once, and at a few random moments, of small imports.
# tests/long/kills.sh does the same at size.
. "$HOLDFAST_SOURCE/tests/support/cli.sh"
. "$HOLDFAST_SOURCE/tests/support/kills.sh"
kills 3000 edit=12,8,5 4
pass
