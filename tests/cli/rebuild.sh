#!/usr/bin/env bash
# P1, lossless: import an export, rebuild it, and every member comes back byte for byte.
. "$HOLDFAST_SOURCE/tests/support/cli.sh"

members() { python3 "$HOLDFAST_SOURCE/tests/support/members.py" "$1"; }

# rebuild NAME SOURCE: into a vault and out again, into the kind of container it came from.
rebuild() {
    local name=$1 source=$2 out
    out=$work/$name.out
    case $source in *.zip) out=$out.zip ;; esac
    expect 0 "$HOLDFAST_BIN" import "$source" --into "$work/$name.vault" "${@:3}"
    expect 0 "$HOLDFAST_BIN" convert "$work/$name.vault" "$out" --to slack
    members "$source" >"$work/want"
    members "$out" >"$work/got"
    diff "$work/want" "$work/got" || fail "$name: members differ"
    [ -s "$work/want" ] || fail "$name: no members at all"
    expect 0 "$HOLDFAST_BIN" verify "$work/$name.vault"
}

rebuild sample "$HOLDFAST_SOURCE/samples/slack-northwind"
"$HFGEN" --messages 5000 --seed 7 --to slack -o "$work/gen.zip" --manifest "$work/gen.json" || fail "hfgen"
rebuild generated "$work/gen.zip"

need_corpus
slack=$corpus/slack
rebuild houston "$slack/houstondatavis"
rebuild testarchive "$slack/slack-export-viewer/testarchive.zip"
assets=$slack/slackdump/internal/fixtures/assets
rebuild dumpzip "$assets/source_export.zip" --origin T0
rebuild dumpdir "$assets/source_export_dir" --origin T0
rebuild export "$assets/export" --origin T0

# What is no export is said to be none.
for other in chunks.jsonl.gz source_database.db source_database source_unknown; do
    expect 7 "$HOLDFAST_BIN" import "$assets/$other" --into "$work/no.vault"
    [ ! -e "$work/no.vault" ] || fail "$other: a vault was made"
done
pass
