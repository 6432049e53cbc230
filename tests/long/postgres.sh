#!/usr/bin/env bash
# a server of 3 million posts, read beside psql and pg_dump: [--messages N] [--runs R]
set -euo pipefail
exec bash "$HOLDFAST_SOURCE/tests/bench/postgres.sh" --aim "$@"
