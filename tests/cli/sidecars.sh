#!/usr/bin/env bash
# The sidecar beside a file: which one may lie there, and what is said of one that is damaged or another's.
. "$HOLDFAST_SOURCE/tests/support/cli.sh"

sample=$HOLDFAST_SOURCE/samples/slack-northwind
convert() { expect_any "0 3" "$HOLDFAST_BIN" -q convert "$@"; }

# A target that is written again must not be read with the sidecar of the one before.
convert "$sample" "$work/all.jsonl" --to mattermost-bulk --team acme
cp "$work/all.jsonl.sidecar.zst" "$work/sidecar"
convert "$sample" "$work/all.jsonl" --to mattermost-bulk --team acme --channel random --sidecar none --overwrite
[ -e "$work/all.jsonl.sidecar.zst" ] && fail "the sidecar of the file before lies beside the new one"

# Nor a new one with a sidecar that happens to lie there.
cp "$work/sidecar" "$work/new.jsonl.sidecar.zst"
run convert "$sample" "$work/new.jsonl" --to mattermost-bulk --team acme --sidecar none
want_rc 6
want err "new.jsonl.sidecar.zst exists"
[ -e "$work/new.jsonl" ] && fail "a file was written beside a sidecar of another"

# When the target does not come, the earlier pair stays as it was.
convert "$sample" "$work/pair.jsonl" --to mattermost-bulk --team acme
sha256sum "$work"/pair.jsonl* >"$work/sums"
run convert "$sample" "$work/pair.jsonl" --to mattermost-bulk --team acme --sidecar none --strict --overwrite
want_rc 6
sha256sum --quiet -c "$work/sums" || fail "a refused run changed the pair"
find "$work" -name '*.old' -o -name '*.partial*' | grep . && fail "left behind"

pass
