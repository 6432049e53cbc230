#!/usr/bin/env bash
# What inspect counts in a generated export is what the generator's manifest says.
. "$HOLDFAST_SOURCE/tests/support/cli.sh"
command -v python3 >/dev/null || exit 77

compare() { # fields that the target can carry
    run inspect "$T/$1" --origin there --format json
    want_rc 0
    python3 - "$T/out" "$T/$1.json" "${@:2}" <<'PYTHON' || fail "counts of $1"
import json, sys
got, counts = json.load(open(sys.argv[1])), json.load(open(sys.argv[2]))["counts"]
channels = counts["channels"]
want = {k: counts[k] for k in sys.argv[3:]}
want.update(channels=channels["public"], private_channels=channels["private"],
            dms=channels["dm"], groups=channels["group"], quarantined=0)
wrong = [(k, n, got.get(k)) for k, n in want.items() if got.get(k) != n]
for k, n, g in wrong:
    print("%s: the manifest says %s, inspect says %s" % (k, n, g))
sys.exit(1 if wrong else 0)
PYTHON
}

for seed in 3 4; do
    "$HFGEN" --messages 6000 --seed $seed --to slack -o "$T/s$seed.zip" \
        --manifest "$T/s$seed.zip.json" 2>/dev/null || fail "hfgen slack"
    "$HFGEN" --messages 6000 --seed $seed --to mattermost-bulk -o "$T/b$seed.jsonl" \
        --manifest "$T/b$seed.jsonl.json" 2>/dev/null || fail "hfgen mattermost-bulk"
    compare "s$seed.zip" messages replies roots system bot deleted edited reactions files
    # A bulk file cannot say that a post was deleted, and a call is a post of a plug-in.
    compare "b$seed.jsonl" messages replies roots edited reactions files
done
finish
