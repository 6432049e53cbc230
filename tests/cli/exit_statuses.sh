# tests/cli/exit_statuses.sh: the statuses of docs/errors.md happen, with their words, and change what the page says.
. "${HOLDFAST_SOURCE}/tests/support/cli.sh"
for program in sqlite3 zip; do
    command -v $program >/dev/null || { echo "SKIP: no $program"; exit 77; }
done
sample=$HOLDFAST_SOURCE/samples/slack-northwind
cd "$work" || exit 1

# ends STATUS WORD: the last line on stderr has the word, and so has the page.
ends() {
    want_rc "$1"
    [ "$(tail -n 1 "$T/err" | cut -d' ' -f1)" = "$2" ] || fail "$last: the last line is: $(tail -n 1 "$T/err")"
    grep -qE "^\| ([0-9]+, )?$1(, [0-9]+)? \| $2 \|" "$HOLDFAST_SOURCE/docs/errors.md" ||
        fail "docs/errors.md: no row for $1 $2"
}

# fails STATUS CODE: an error of the three lines, its code word in the list of the page.
fails() {
    want_rc "$1"
    want err "   [$2]"
    grep -qE "^\| \`$2\` \| $1 \|" "$HOLDFAST_SOURCE/docs/errors.md" || fail "docs/errors.md: no code $2 with $1"
}

# absent NAME: nothing was published under the name, or beside it.
absent() {
    for left in "$1" "$1.partial" "$1.sidecar.zst" "$1.sidecar.zst.partial"; do
        [ ! -e "$left" ] || fail "$last leaves $left"
    done
}

run import "$sample" --into v
ends 0 OK
run import "$sample" --into v --quiet
want_rc 0
[ -s "$T/err" ] && fail "--quiet speaks with status 0"

run convert "$sample" out.zip --to mattermost-bulk
fails 2 USAGE
absent out.zip
run search "$sample" 'fron:maren'
fails 2 QUERY_INVALID
echo '[general' >bad.conf
run config check bad.conf
fails 2 CONFIG_INVALID
printf '{"type":"version","version":1}\n' >b.jsonl
run inspect b.jsonl
fails 2 ORIGIN_NEEDED

# One bad record: the rest is converted.
cp -r "$sample" bent
sed -i '0,/"ts"/s//"ts/' bent/general/2024-02-12.json
run convert bent bent.jsonl --to jsonl
ends 3 PARTIAL
[ -s bent.jsonl ] || fail "status 3 publishes nothing"

# A cut container: nothing is published, unless what is left is asked for.
(cd "$sample" && zip -qr "$work/whole.zip" .)
head -c 60000 whole.zip >cut.zip
run convert cut.zip cut.jsonl --to jsonl
fails 4 DAMAGED
absent cut.jsonl
run convert cut.zip cut.jsonl --to jsonl --salvage --origin T04NWHARB0
ends 3 PARTIAL
want err "warning: cut.zip is damaged"
[ -s cut.jsonl ] || fail "--salvage publishes nothing"
cp -r v broken
sqlite3 broken/records.sqlite 'UPDATE rec SET time_us = time_us + 1 WHERE id = 100'
run verify broken
ends 4 DAMAGED

cp -r "$sample" other
rm other/general/2024-02-12.json
run diff "$sample" other
ends 5 DIFFERENT
run search "$sample" 'zzzz' --exit-code
ends 5 DIFFERENT

run convert "$sample" taken.jsonl --to jsonl
run convert "$sample" taken.jsonl --to jsonl
fails 6 TARGET_EXISTS
run convert "$sample" strict.txt --to txt --strict
fails 6 LOSS_REFUSED
absent strict.txt

run inspect b.jsonl --format table --origin x
want_rc 0
echo hello >hello
run inspect hello
fails 7 UNSUPPORTED

if [ "$(id -u)" != 0 ]; then
    : >secret.jsonl
    chmod 0 secret.jsonl
    run inspect secret.jsonl
    fails 11 DENIED
fi

# Another writer holds the vault.
sqlite3 v/control.sqlite "INSERT INTO lease VALUES (1, '$(hostname)', '$(readlink /proc/self/ns/pid)', $$,
    $(awk '{print $22}' /proc/$$/stat), 0, $(date +%s)000000)"
run import "$sample" --into v
fails 12 LOCKED

last="convert to a full device"
"$HOLDFAST_BIN" convert "$sample" - --to jsonl >/dev/full 2>"$T/err"
rc=$?
fails 13 NO_SPACE
finish
