#!/usr/bin/env bash
# P11 for packages: whatever narrows an export, no byte of the package (containers opened, what was
# encrypted decrypted) tells of what was left out. And the log's entries say no name or word.
. "$HOLDFAST_SOURCE/tests/support/cli.sh"
command -v openssl >/dev/null || { echo "SKIP: no openssl"; exit 77; }
canaries=$HOLDFAST_SOURCE/tests/support/canaries.py
cd "$work" || exit 1
python3 "$canaries" plant "$HOLDFAST_SOURCE/samples/slack-northwind" planted || fail plant
expect 0 "$HOLDFAST_BIN" import planted --into v.vault >/dev/null
openssl req -x509 -newkey rsa:2048 -nodes -keyout reader.key -out reader.pem -subj /CN=r -days 9 2>/dev/null
all=jsonl,txt,md,slack,mattermost-bulk
clean() { # CHANNEL PACKAGE
    python3 "$canaries" check planted "$1" "$2" >"$T/found" || fail "$2: $(cat "$T/found")"
}
# The search finds what there is to be found.
expect_any "0 3" "$HOLDFAST_BIN" export v.vault -o whole --to jsonl >/dev/null
python3 "$canaries" check planted berth-bookings whole >/dev/null && fail "the canaries are not found where they stand"

for channel in berth-bookings finance-private D04MARPRI1; do
    for source in planted v.vault; do
        name=$(basename $source).$channel
        expect_any "0 3" "$HOLDFAST_BIN" export $source -o "$name.a" --to $all --set team=acme --channel $channel >/dev/null
        clean $channel "$name.a"
        expect_any "0 3" "$HOLDFAST_BIN" export $source -o "$name.b" --to $all --set team=acme --query "in:$channel" >/dev/null
        clean $channel "$name.b"
    done
    expect_any "0 3" "$HOLDFAST_BIN" export v.vault -o "s.$channel" --to jsonl,txt --series "s-$channel" --since last --channel $channel >/dev/null
    clean $channel "s.$channel"
done
channel=berth-bookings
expect_any "0 3" "$HOLDFAST_BIN" export v.vault -o c.tar.zst --to $all --set team=acme --channel $channel >/dev/null
clean $channel c.tar.zst
expect_any "0 3" "$HOLDFAST_BIN" export v.vault -o d.tar.zst --encrypt-to reader.pem --channel $channel >/dev/null
for v in d/*.cms; do openssl cms -decrypt -inform DER -binary -in "$v" -inkey reader.key -recip reader.pem; done >d.tar.zst
clean $channel d.tar.zst
# In the clear beside them: no word of anybody, insiders neither.
mkdir beside
cp d/volumes.json d/README.txt beside
! grep -rq zq beside || fail "volumes.json tells of the content"
# The second night: an edit of a message that the series does not export must not show.
sed -i 's/Good morning everyone/Good evening everyone zqsecret/' planted/general/2024-02-12.json
expect 0 "$HOLDFAST_BIN" import planted --into v.vault >/dev/null
expect_any "0 3" "$HOLDFAST_BIN" export v.vault -o second --to jsonl,txt --series "s-$channel" --since last --channel $channel >/dev/null
! grep -rq 'zqsecret\|evening' second || fail "an edit elsewhere stands in the package"
grep -q . second/data/changes.jsonl && fail "changes of what is not exported: $(cat second/data/changes.jsonl)"

# The log: no name, no query, no path in any entry; all of it where it can be erased.
sqlite3 v.vault/control.sqlite 'SELECT leaf FROM audit_entry' >leaves 2>/dev/null ||
    sqlite3 v.vault/control.sqlite .dump | grep -i 'INSERT INTO audit' | grep -v audit_value >leaves
[ "$(grep -c '"action":"export"' leaves)" -ge 10 ] || fail "entries: $(wc -l <leaves)"
! grep -q 'berth-bookings\|finance\|planted\|zq' leaves || fail "a name in an entry"
finish
