#!/usr/bin/env bash
# What the program writes as JSON is what schemas/ says, key by key; every schema that a source names
# is there, and every one that is there is named.
. "${HOLDFAST_SOURCE:?}/tests/support/cli.sh"
for program in python3 zstd jq; do
    command -v $program >/dev/null || { echo "SKIP: no $program"; exit 77; }
done
schemas=$HOLDFAST_SOURCE/schemas
cd "$work" || exit 1

# The sample, with a record that cannot be read and bytes that are not UTF-8.
cp -r "$HOLDFAST_SOURCE/samples/slack-northwind" in
sed -i '0,/"ts"/s//"ts/' in/general/2024-02-12.json
sed -i '0,/"text": "/s//&\xff/' in/random/2024-02-14.json
printf 'not \xfe UTF-8' >"in/$(printf 'caf\xe9').bin"

fits() {
    python3 "$HOLDFAST_SOURCE/tests/support/json_schema.py" "$schemas/$1" "$2" >"$T/why" || fail "$2, $1: $(cat "$T/why")"
}

run inspect in --json
want_rc 3
cp "$T/out" inspect.json
fits counts.v1.json inspect.json
run convert in in.jsonl --to jsonl
want_rc 3
fits jsonl.v1.json in.jsonl
grep -q '"raw_base64"' in.jsonl || fail "in.jsonl: no record with bytes that are not UTF-8"
grep -q '"name_base64"' in.jsonl || fail "in.jsonl: no member with such a name"
run convert in mm.zip --to mattermost-bulk --team northwind --report report
want_rc 3
fits fidelity.v1.json report/fidelity.json
zstd -dcq mm.zip.sidecar.zst >sidecar.jsonl
fits sidecar.v1.json sidecar.jsonl
for kind in sidecar message user made member bytes quarantine; do
    grep -q "^{\"k\":\"$kind\"" sidecar.jsonl || fail "sidecar.jsonl: no line of kind $kind"
done

# A package: its receipt, exceptions, changes; and an encrypted one.
run import in --into v.vault
run export in -o package --query '*' --to jsonl,slack --reason why
want_rc 3
fits receipt.v1.json package/receipt.json
fits exceptions.v1.json package/data/exceptions.json
run export v.vault -o first --series s --since last
want_rc 3
fits receipt.v1.json first/receipt.json
jq -e '.exceptions | map(.what) | unique == ["missing attachment", "unreadable record"]' first/data/exceptions.json >/dev/null ||
    fail "exceptions: $(jq -c '.exceptions | map(.what) | unique' first/data/exceptions.json)"
fits exceptions.v1.json first/data/exceptions.json
sed -i 's/Agenda stays/Agenda changes/' in/general/2024-03-04.json
run import in --into v.vault
run export v.vault -o second --series s --since last
fits receipt.v1.json second/receipt.json
fits changes.v1.json second/data/changes.jsonl
grep -q '"change":\["version"\]' second/data/changes.jsonl || fail "changes.jsonl: no new version"
if command -v openssl >/dev/null; then
    openssl req -x509 -newkey rsa:2048 -nodes -keyout /dev/null -out cert.pem -subj /CN=r -days 9 2>/dev/null
    run export in -o secret --encrypt-to cert.pem
    fits volumes.v1.json secret/volumes.json
fi

# The checker finds what is wrong: a key too much, one too few, a wrong type.
for change in '.extra = 1' 'del(.rows)' '.made = "10"' '.rows[0].state = "gone"' '.rows[0].digest = "xyz"'; do
    jq "$change" report/fidelity.json >changed.json
    python3 "$HOLDFAST_SOURCE/tests/support/json_schema.py" "$schemas/fidelity.v1.json" changed.json >"$T/why" &&
        fail "the checker takes $change"
done

cd "$HOLDFAST_SOURCE" || exit 1
grep -rhoE 'schemas/[a-z0-9_/.]+\.(json|sql|txt)' lib formats cli docs README.md | sort -u >"$T/named"
while read -r name; do
    [ -e "$name" ] || fail "$name is named, and not there"
done <"$T/named"
for file in schemas/*.json; do
    grep -qx "$file" "$T/named" || fail "$file is named nowhere"
done
finish
