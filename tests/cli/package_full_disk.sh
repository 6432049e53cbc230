#!/usr/bin/env bash
# A disk that is full at any moment of an export: status 13, nothing published, nothing left behind; with
# room the package is whole. Needs to mount a small file system.
. "$HOLDFAST_SOURCE/tests/support/cli.sh"
cd "$work" || exit 1
mkdir disk
mount -t tmpfs -o size=64k none disk 2>/dev/null || { echo "SKIP: cannot mount"; exit 77; }
trap 'cd /; umount "$work/disk" 2>/dev/null; rm -rf "$T"' EXIT
openssl req -x509 -newkey rsa:2048 -nodes -keyout reader.key -out reader.pem -subj /CN=r -days 9 2>/dev/null
cp -r "$HOLDFAST_SOURCE/samples/slack-northwind" in
expect 0 "$HOLDFAST_BIN" import in --into v.vault >/dev/null
full=0 whole=0
for how in "-o disk/p" "-o disk/p.zip" "-o disk/p.tar.zst" "-o disk/p.zip --encrypt-to reader.pem" "-o disk/p.zip --split 1MiB" \
    "-o disk/p --series s --since last"; do
    size=40
    while [ $size -lt 9000 ]; do
        mount -o remount,size=${size}k disk
        # shellcheck disable=SC2086 # several words
        run export v.vault $how --to jsonl,txt,slack
        case $rc in
        13)
            full=$((full + 1))
            [ -z "$(ls disk)" ] || fail "$how, ${size}k: $(ls disk) is left"
            ;;
        0)
            whole=$((whole + 1))
            for p in disk/*; do
                [ -e "$p/p.001.zip" ] && p=$p/p.001.zip
                run verify "$p"
                want_rc 0
            done
            rm -rf disk/*
            size=9000
            ;;
        *) fail "$how, ${size}k: status $rc: $(tail -3 "$T/err")" && size=9000 ;;
        esac
        size=$((size * 5 / 4))
    done
done
[ $full -gt 60 ] && [ $whole = 6 ] || fail "$full full disks, $whole whole packages"
# What a full disk stopped moved no series: the whole one is the first.
[ "$(sqlite3 v.vault/control.sqlite 'SELECT count(*), min(number), count(published_us) FROM series_package')" = "1|1|1" ] ||
    fail "the series: $(sqlite3 v.vault/control.sqlite 'SELECT * FROM series_package')"
# A temporary folder that is full is a full disk too.
mount -o remount,size=64k disk
TMPDIR=$work/disk run export v.vault -o elsewhere --to slack,jsonl
[ "$rc" = 13 ] || [ "$rc" = 0 ] || fail "a full temporary folder: $rc"
[ "$rc" = 0 ] || [ ! -e elsewhere ] || fail "published with a full temporary folder"
finish
