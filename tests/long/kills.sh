#!/usr/bin/env bash
# kill -9 at every fault point and at 20 random moments of imports of 200,000 messages (or $1)
. "$HOLDFAST_SOURCE/tests/support/cli.sh"
. "$HOLDFAST_SOURCE/tests/support/kills.sh"
kills "${1:-200000}" edit=500,300,200 "${2:-20}"
pass
