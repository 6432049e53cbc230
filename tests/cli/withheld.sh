#!/usr/bin/env bash
# P11: output narrowed to a channel carries nothing of anybody who is not in it.
. "$HOLDFAST_SOURCE/tests/support/cli.sh"

canaries=$HOLDFAST_SOURCE/tests/support/canaries.py
python3 "$canaries" plant "$HOLDFAST_SOURCE/samples/slack-northwind" "$work/planted" || fail plant
expect 0 "$HOLDFAST_BIN" import "$work/planted" --into "$work/v.vault"

for channel in berth-bookings finance-private D04MARPRI1; do
    for source in "$work/planted" "$work/v.vault"; do
        dir=$work/$(basename "$source").$channel
        mkdir "$dir"
        expect_any "0 3" "$HOLDFAST_BIN" convert "$source" "$dir/mm.jsonl" --to mattermost-bulk --team acme --channel "$channel"
        expect_any "0 3" "$HOLDFAST_BIN" convert "$source" "$dir/mm.zip" --to mattermost-bulk --team acme --channel "$channel"
        expect_any "0 3" "$HOLDFAST_BIN" convert "$source" "$dir/slack.zip" --to slack --channel "$channel"
        expect_any "0 3" "$HOLDFAST_BIN" convert "$source" "$dir/out.jsonl" --to jsonl --channel "$channel"
        expect_any "0 3" "$HOLDFAST_BIN" convert "$source" "$dir/out.txt" --to txt --channel "$channel"
        expect_any "0 3" "$HOLDFAST_BIN" convert "$source" "$dir/out.md" --to md --channel "$channel"
        for out in "$dir"/*.jsonl "$dir"/*.zip "$dir"/*.txt "$dir"/*.md; do
            side=$out.sidecar.zst
            [ -e "$side" ] || side=
            # shellcheck disable=SC2086 # no sidecar: no word
            python3 "$canaries" check "$work/planted" "$channel" "$out" $side || fail "$channel in $out"
        done
    done
done

# A kept broadcast copies its root, a kept notice the message it is about: not when these were left out.
sample=$HOLDFAST_SOURCE/samples/slack-northwind
late=$work/late
mkdir "$late"
for to in slack jsonl mattermost-bulk txt; do
    expect_any "0 3" "$HOLDFAST_BIN" convert "$sample" "$late/$to" --to "$to" --team acme --channel engineering --since 2024-03-10
    expect_any "0 3" "$HOLDFAST_BIN" convert "$sample" "$late/b-$to" --to "$to" --team acme --channel board --since 2024-03-01T20:04
done
for side in "$late"/*.zst; do zstd -dqf "$side" -o "$side.plain"; done
grep -rq "Cake on Monday\|clock change" "$late/slack" || fail "nothing of the channel itself"
if grep -rl "Who watches the servers\|Minutes are final" "$late"; then
    fail "a message that was left out stands in a copy of it"
fi
pass
