#!/usr/bin/env bash
# Tokens, passwords in addresses and webhooks do not leave: not in any target, not in any file of a package, not in what the
# program prints. --secrets keep leaves them, the vault has them, and a sidecar beside a conversion gives them back.
. "$HOLDFAST_SOURCE/tests/support/cli.sh"
for program in python3 openssl zstd jq; do
    command -v $program >/dev/null || { echo "SKIP: no $program"; exit 77; }
done
tool=$HOLDFAST_SOURCE/tests/support/secrets.py
cd "$work" || exit 1
openssl genpkey -algorithm ed25519 -out maker.pem 2>/dev/null
python3 "$tool" plant "$HOLDFAST_SOURCE/samples/slack-northwind" planted || fail plant
formats=$("$HOLDFAST_BIN" formats --json | jq -r '.formats[] | select(.writes and .format != "vault" and .format != "null") | .format')
[ "$(echo "$formats" | wc -w)" -ge 5 ] || fail "targets: $formats"

# no_secret WHAT PATH...: none of the secrets in the paths, and what stood beside them is there.
no_secret() {
    python3 "$tool" search "${@:2}" >"$T/found" || fail "$1: $(head -3 "$T/found")"
}

# --- conversions ---------------------------------------------------------------------------------
expect_any "0 3" "$HOLDFAST_BIN" import planted --into v.vault >/dev/null
mkdir out
for source in planted v.vault; do
    for to in $formats; do
        name=out/${source%.vault}.$to
        case $source.$to in planted.slack | v.vault.slack) scope='--chan public,private,dm,group --since 2000-01-01' ;; *) scope= ;; esac
        # shellcheck disable=SC2086
        run convert $source "$name" --to "$to" --team acme --report "$name.report" $scope
        case $rc in 0 | 3) ;; *) fail "convert $source --to $to: $rc: $(cat "$T/err")" ;; esac
        cp "$T/out" "$T/err" "$name.report/"
        no_secret "$name" "$name" "$name.report"
        jq -e '.values.masked > 0' "$name.report/fidelity.json" >/dev/null || fail "$name: the account says nothing of what is masked"
        # shellcheck disable=SC2086
        expect_any "0 3" "$HOLDFAST_BIN" convert $source "$name.keep" --to "$to" --team acme --secrets keep --report "$name.keep.report" $scope >/dev/null
        python3 "$tool" search "$name.keep" >/dev/null && fail "$name: --secrets keep keeps none"
        jq -e '.values.masked == 0' "$name.keep.report/fidelity.json" >/dev/null || fail "$name: masked, though kept"
    done
done
# To a pipe nothing lies beside.
"$HOLDFAST_BIN" convert planted - --to jsonl --quiet >piped.jsonl 2>/dev/null
no_secret "a pipe" piped.jsonl

# With its sidecar a conversion gives everything back; without it the masked texts.
[ -e out/planted.jsonl.sidecar.zst ] || fail "no sidecar beside what was masked"
run diff planted out/planted.jsonl
want_rc 0
run diff planted out/planted.mattermost-bulk
want_rc 0
expect_any "0 3" "$HOLDFAST_BIN" convert out/planted.jsonl back --to slack --secrets keep >/dev/null
run diff planted back
want_rc 0
mv out/planted.jsonl.sidecar.zst aside
run diff planted out/planted.jsonl
want_rc 5
mv aside out/planted.jsonl.sidecar.zst
# Nothing masked: nothing to lay beside it.
[ ! -e out/planted.jsonl.keep.sidecar.zst ] || fail "a sidecar beside a file that lacks nothing"

# --- packages ------------------------------------------------------------------------------------
# A whole export in its own format is rebuilt byte for byte; of a part nothing is exact.
all=$(echo "$formats" | grep -vx slack | paste -sd,)
for source in planted v.vault; do
    run export $source -o "p.$source" --to "$all" --set team=acme --key maker.pem
    case $rc in 0 | 3) ;; *) fail "export $source: $rc: $(cat "$T/err")" ;; esac
    no_secret "a package of $source" "p.$source" "$T/out" "$T/err"
    [ -e "p.$source/data/mattermost-bulk/import.zip.sidecar.zst" ] || fail "no sidecar in the package"
    jq -e '.values.masked > 0' "p.$source/data/jsonl/fidelity.json" >/dev/null || fail "the package's account"
    run verify "p.$source"
    want_rc 0
done
run export v.vault -o part --to "$all,slack" --set team=acme --since 2000-01-01 --key maker.pem
no_secret "a package of a part" part
run export v.vault -o whole --to slack --key maker.pem
python3 "$tool" search whole >/dev/null && fail "an exact rebuild is not exact"
run export v.vault -o k --to jsonl --secrets keep --key maker.pem
python3 "$tool" search k/data >/dev/null && fail "--secrets keep keeps none in a package"
run diff v.vault k
want_rc 0
# Earlier texts, in a series.
run export v.vault -o s1 --series n --since last --key maker.pem
python3 "$tool" edit planted
expect_any "0 3" "$HOLDFAST_BIN" import planted --into v.vault >/dev/null
run export v.vault -o s2 --series n --since last --to "$all" --set team=acme --key maker.pem
grep -q '"version"' s2/data/changes.jsonl || fail "no edit in the second package: $(cat s2/data/changes.jsonl)"
no_secret "a series" s2

# --- what is said and logged ---------------------------------------------------------------------
sqlite3 v.vault/control.sqlite .dump >control.sql
! grep -q CANARY control.sql || fail "a secret in the log"
run inspect planted
refuse out CANARY
run audit list v.vault
refuse out CANARY

# --- rows of a Mattermost server -----------------------------------------------------------------
[ -x "$HFGEN" ] || finish
expect 0 "$HFGEN" --messages 200 --schema new --to mattermost-sql -o mm.sql --manifest mm.json
python3 "$tool" plant-rows mm.sql planted.sql || fail "plant-rows"
expect_any "0 3" "$HOLDFAST_BIN" import planted.sql --into mm.vault >/dev/null
for source in planted.sql mm.vault; do
    for to in $formats; do
        run convert $source "out/$source.$to" --to "$to" --team acme
        case $rc in 0 | 3) ;; *) fail "convert $source --to $to: $rc: $(cat "$T/err")" ;; esac
        no_secret "$source to $to" "out/$source.$to"
    done
    run diff $source "out/$source.jsonl"
    want_rc 0
done
run export mm.vault -o p.mm --to "$all" --set team=acme --key maker.pem
case $rc in 0 | 3) ;; *) fail "export mm.vault: $rc: $(cat "$T/err")" ;; esac
no_secret "a package of rows" p.mm
finish
