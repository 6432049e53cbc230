#!/usr/bin/env bash
# P6 for export: kill -9 at every fault point and at random moments: the target is absent, or the old
# one, or a whole new one; the next run takes away what was left and succeeds.
. "$HOLDFAST_SOURCE/tests/support/cli.sh"
cd "$work" || exit 1
openssl req -x509 -newkey rsa:2048 -nodes -keyout reader.key -out reader.pem -subj /CN=r -days 9 2>/dev/null
openssl genpkey -algorithm ed25519 -out key.pem 2>/dev/null
cp -r "$HOLDFAST_SOURCE/samples/slack-northwind" in
expect 0 "$HOLDFAST_BIN" import in --into v.vault >/dev/null
open='--decrypt-key reader.key --decrypt-cert reader.pem'

# What stands at the target is whole, if anything does; a source is never harmed.
look() { # WHEN
    if [ -e "$target" ]; then
        # shellcheck disable=SC2086 # several words, or none
        run verify "$target" $3
        [ "$rc" = 0 ] || fail "$1: what is there is not whole: $(tail -1 "$T/err")"
        there=$((there + 1))
    elif [ "$2" = old ]; then
        fail "$1: the package before is gone"
    fi
}
points=0 there=0 random=0
one() { # TARGET HOW FAULTS
    local fault before ms
    target=$1
    for before in none old; do
        rm -rf "$target"
        # shellcheck disable=SC2086
        [ $before = none ] || expect 0 "$HOLDFAST_BIN" export v.vault -o "$4" $2 --to jsonl >/dev/null
        for fault in $3; do
            # shellcheck disable=SC2086
            { (HOLDFAST_FAULT=$fault exec "$HOLDFAST_BIN" export v.vault -o "$4" $2 --to jsonl,txt,slack --overwrite) >/dev/null; } 2>/dev/null
            [ $? = 137 ] && points=$((points + 1)) || fail "$4 $2: $fault is not passed"
            look "$4 $2 at $fault" $before "$5"
        done
        for ms in 0.02 0.05 0.1 0.15 0.2 0.3; do
            # shellcheck disable=SC2086
            { (exec timeout -s KILL $ms "$HOLDFAST_BIN" export v.vault -o "$4" $2 --to jsonl,txt,slack --overwrite) >/dev/null; } 2>/dev/null
            [ $? = 137 ] && random=$((random + 1))
            look "$4 $2 after $ms s" $before "$5"
        done
        # shellcheck disable=SC2086
        expect 0 "$HOLDFAST_BIN" export v.vault -o "$4" $2 --to jsonl,txt,slack --overwrite >/dev/null
        look "$4 $2 at the end" old "$5"
        ls -d ./*.partial >/dev/null 2>&1 && fail "$4 $2: left behind: $(ls -d ./*.partial)"
    done
}
bag="package.copied package.copied:3 package.done export.logged bag.member bag.member:5 package.written package.checked export.published"
one a "" "$bag" a ""
one b.zip "--key key.pem" "$bag" b.zip ""
one c "--encrypt-to reader.pem" "$bag volumes.volume package.sealed" c.tar.zst "$open"
one d "--split 1MiB" "$bag package.checked:2 package.sealed" d.zip ""
(cd in && find . -type f | sort | xargs -d '\n' sha256sum) | cmp - <(cd "$HOLDFAST_SOURCE/samples/slack-northwind" && find . -type f | sort | xargs -d '\n' sha256sum) ||
    fail "the source was changed"
run verify v.vault
want_rc 0
echo "$points kills at fault points, $random at random moments; $there times a package stood there"
[ $points -ge 70 ] && [ $random -gt 5 ] || fail "$points, $random"
finish
