#!/usr/bin/env bash
# P3: change any one value of the sample, and the output, the account of its path or the quarantine shows it.
# Every eleventh pair of path and operator; tests/long/mutations.sh tries them all.
. "$HOLDFAST_SOURCE/tests/support/cli.sh"

sample=$HOLDFAST_SOURCE/samples/slack-northwind
mutations=$HOLDFAST_SOURCE/tests/support/mutations.py
export ASAN_OPTIONS=detect_leaks=0 # many short runs; leaks are looked for elsewhere
python3 "$mutations" "$HOLDFAST_BIN" "$sample" --sidecar none --part 0/11 || fail "without a sidecar"
python3 "$mutations" "$HOLDFAST_BIN" "$sample" --sidecar auto --part 5/11 || fail "with a sidecar"
# The control: a ledger that ignores a path is found out.
python3 "$mutations" "$HOLDFAST_BIN" "$sample" --blind message.client_msg_id || fail "the blind control"
pass
