#!/usr/bin/env bash
# P10, hostile input is safe: each export of tests/support/attacks.py through inspect, import and
# convert: the exit status of design.md section 13, a message that names the place, nothing half
# written, and what could be read is kept.
. "$HOLDFAST_SOURCE/tests/support/cli.sh"

python3 "$HOLDFAST_SOURCE/tests/support/attacks.py" "$work/in" || fail "attacks.py"
export TMPDIR=$work/tmp
mkdir "$TMPDIR"
out=$work/out
touch "$work/start"

members() { python3 "$HOLDFAST_SOURCE/tests/support/members.py" "$1"; }
sql() { sqlite3 -readonly "$1" "$2"; }

# run, and look for a pattern on stderr: check STATUS PATTERN COMMAND...
check() {
    local status=$1 pattern=$2
    shift 2
    run "$@"
    want_rc "$status"
    grep -qE -- "$pattern" "$T/err" && return
    fail "$last: stderr has no $pattern"
    sed 's/^/    /' "$T/err" | head -5
}

# Nothing may lie there: no vault, no output, no .partial, no temporary file.
nothing_left() {
    local found
    found=$(find "$out" "$TMPDIR" -mindepth 1 | head -5)
    [ -z "$found" ] || fail "$1: left behind: $found"
    rm -rf "${out:?}" "${TMPDIR:?}"
    mkdir "$out" "$TMPDIR"
}
mkdir "$out"

# A vault that refused imports must not change: it gets one good import first.
check 0 OK import "$work/in/good.zip" --into "$work/old.vault"
state() { sql "$work/old.vault/records.sqlite" "SELECT (SELECT count(*) FROM import), (SELECT count(*) FROM rec),
    (SELECT count(*) FROM version), (SELECT count(*) FROM block), (SELECT count(*) FROM content),
    (SELECT count(*) FROM quarantine)"; }
before=$(state)

# refused NAME STATUS PATTERN [EXPORT]: nothing of it is read, whatever the command.
refused() {
    local name=$1 status=$2 pattern=$3 export=$work/in/${4:-$1.zip}
    check "$status" "$pattern" import "$export" --into "$out/v.vault"
    nothing_left "$name, import"
    check "$status" "$pattern" import "$export" --into "$work/old.vault"
    [ "$(state)" = "$before" ] || fail "$name: the vault was changed: $before, now $(state)"
    check "$status" "$pattern" convert "$export" "$out/o.jsonl" --to jsonl
    nothing_left "$name, convert"
    # inspect reads what holds records only: the rows that are about something else say so.
    check "${inspect_status:-$status}" "${inspect_pattern:-$pattern}" inspect "$export"
    nothing_left "$name, inspect"
}

# kept NAME STATUS MESSAGES QUARANTINED PATTERN [EXPORT]: read as far as it goes; the vault has it,
# verifies, and gives every byte back into a ZIP.
kept() {
    local name=$1 status=$2 messages=$3 quarantined=$4 pattern=$5 export=$work/in/${6:-$1.zip} db=$out/v.vault/records.sqlite got
    check "$status" "$pattern" inspect "$export" --json
    got=$(jq -r '"\(.messages) \(.quarantined)"' "$T/out")
    [ "$got" = "$messages $quarantined" ] || fail "$name: inspect counts $got, not $messages $quarantined"
    check "$status" "$pattern" convert "$export" "$out/o.jsonl" --to jsonl
    check "$status" "$pattern" import "$export" --into "$out/v.vault"
    got=$(sql "$db" "SELECT messages || ' ' || (SELECT count(*) FROM quarantine) FROM counts")
    [ "$got" = "$messages $quarantined" ] || fail "$name: the vault has $got, not $messages $quarantined"
    check 0 OK verify "$out/v.vault"
    check "$status" "$pattern" convert "$out/v.vault" "$out/back.zip" --to slack
    diff <(members "$export") <(members "$out/back.zip") >"$T/diff" || { fail "$name: members differ"; head -5 "$T/diff"; }
    "${after_import:-:}" "$name"
    find "$out" "$TMPDIR" -name '*.partial*' | grep . && fail "$name: partial files"
    rm -rf "${out:?}" "${TMPDIR:?}"
    mkdir "$out" "$TMPDIR"
}

kept good 0 11 0 'OK  .*11 messages'

# --- containers: 4, 15, 7 -------------------------------------------------------------------------

day=general/2024-01-03.json
refused cut_middle 4 'cut_middle.zip, byte [0-9]+'
refused cut_directory 4 'cut_directory.zip, byte [0-9]+'
refused cut_last_byte 4 'cut_last_byte.zip, byte [0-9]+'
refused bad_crc 4 "member $day, byte [0-9]+"
refused bad_bit 4 "member $day, byte [0-9]+"
inspect_status=0 inspect_pattern='OK  ' refused bad_crc_opaque 4 'member notes.bin, byte [0-9]+'
refused overlapping 4 'member general/2024-02-01.json, byte [0-9]+'
refused straddling 4 'member channels.json, byte [0-9]+'
refused encrypted 15 "member $day, byte [0-9]+"
refused empty 7 'empty.zip'
refused no_export 7 'no_export.zip'
refused no_zip 7 'no_zip.zip'
refused nothing 7 'nothing.zip'

# A bomb is refused by what it says of itself, by what it gives, and by the sum; a stream while it
# is unpacked. Half a GiB each; the limits of design.md section 13 leave 64 MiB.
bomb_day=general/2024-01-05.json
refused bomb 4 "member $bomb_day, byte [0-9]+"
refused bomb_lying 4 "member $bomb_day, byte 1000"
refused bomb_many 4 'expand.*past the limit'
refused bomb_tar 4 "member $bomb_day, byte [0-9]+" bomb.tar.gz

# --- what a bomb costs while it is refused ---------------------------------------------------------

disk=$work/disk
mkdir "$disk"
mount -t tmpfs -o size=300m none "$disk" 2>/dev/null && trap 'umount "$disk"; rm -rf "$T"' EXIT
mkdir -p "$disk/tmp"
for bomb in bomb.zip bomb_lying.zip bomb_many.zip bomb.tar.gz; do
    TMPDIR=$disk/tmp python3 "$HOLDFAST_SOURCE/tests/support/measure.py" "$work/cost" --disk "$disk" -- \
        "$HOLDFAST_BIN" import "$work/in/$bomb" --into "$disk/v.vault" >"$T/out" 2>"$T/err"
    jq -r --arg bomb "$bomb" '"\($bomb): refused with \(.status) in \(.seconds) s, peak \(.rss_mib) MiB memory, \(.disk_mib) MiB disk"' "$work/cost"
    # 64 MiB of output are free of the ratio; the rest is one buffer. Sanitizers take memory of their own.
    jq -e '.status == 4 and .disk_mib <= 80 and .rss_mib <= 512' "$work/cost" >"$T/jq" || fail "$bomb: $(cat "$work/cost")"
    find "$disk" -mindepth 2 | grep . && fail "$bomb: left behind"
done

# --- names: kept in the vault, refused in a folder --------------------------------------------------

# Also: nothing outside the output was written.
unsafe() {
    check 6 "\[UNSAFE_NAME\]" convert "$out/v.vault" "$out/folder" --to slack
    grep -qF -- "$bad" "$T/err" || { fail "$1: stderr does not name $bad"; cat "$T/err"; }
    [ ! -e "$out/folder" ] && [ ! -e "$out/folder.partial" ] || fail "$1: a folder was written"
}
# /tmp is everybody's: only the one path that an absolute name asks for is looked at there.
outside() {
    find "$work" "$T" \( -name '*escaped*' -o -name 2024-01-09.json \) -not -path "$work/in/*"
    find /tmp/holdfast-escaped.json -newer "$work/start" 2>/dev/null
}
after_import=unsafe
bad='../../escaped.json' kept name_dotdot 0 11 0 'OK'
bad='general/../../../2024-01-09.json' kept name_dotdot_day 0 11 0 'OK'
bad='/tmp/holdfast-escaped.json' kept name_absolute 0 11 0 'OK'
bad='..\..\escaped.json' kept name_backslash 0 11 0 'OK'
bad='C:\escaped.json' kept name_drive 0 11 0 'OK'
after_import=
# A ZIP cannot be written with this name at all.
run import "$work/in/name_nul.zip" --into "$out/v.vault"
want_rc 0
check 6 "\[UNSAFE_NAME\]" convert "$out/v.vault" "$out/o.zip" --to slack
check 6 "\[UNSAFE_NAME\]" convert "$out/v.vault" "$out/folder" --to slack
rm -rf "$out/v.vault"
nothing_left name_nul
after_import=unsafe
bad='notes.json' kept symlink 0 11 0 'OK'
bad=$day kept duplicate_names 0 12 0 'OK'
after_import=
[ -z "$(outside)" ] || fail "written outside: $(outside)"

# Links of a folder: listed with their target, never followed.
check 0 OK import "$work/in/linked" --into "$out/v.vault"
got=$(sql "$out/v.vault/records.sqlite" "SELECT group_concat(CAST(name AS TEXT) || '>' || CAST(link AS TEXT), ' ') FROM
    (SELECT * FROM import_member WHERE type = 2 ORDER BY ordinal)")
[ "$got" = 'notes.json>../outside.txt up>..' ] || fail "links kept as: $got"
check 0 OK convert "$out/v.vault" "$out/back.zip" --to slack
unzip -p "$out/back.zip" >"$T/all" 2>/dev/null
grep -q CANARY-OUTSIDE "$T/all" && fail "a link was followed"
bad=notes.json unsafe linked
rm -rf "${out:?}"/*

# --- records: 3, the rest is imported ---------------------------------------------------------------

at="member $day, byte"
kept broken_json 3 10 1 "$at 102: "
kept broken_cut 3 10 1 "$at 217: "
kept deep 3 10 1 "$at 102: nested deeper"
kept deep_inside 3 10 1 "$at 102: nested deeper"
kept tokens 3 10 1 "$at 102: more tokens"
kept day_object 3 8 1 "$at 0: not a JSON array"
kept day_string 3 8 1 "$at 0: not a JSON array"
kept day_scalars 3 10 4 "$at 102: not a JSON object"
kept users_broken 3 11 1 'member users.json, byte [0-9]+: '

# Odd but readable: kept as they are. What the person wrote stays in sight.
text_of() { sql "$out/v.vault/records.sqlite" "SELECT hex(text) FROM messages_readable WHERE time LIKE '2024-01-03T00:01%'"; }
odd_text() {
    local hex
    hex=$(text_of)
    case $hex in *$want_hex*) ;; *) fail "$1: text is $hex, without $want_hex" ;; esac
}
after_import=odd_text
want_hex=$(printf message | xxd -p -u) kept surrogates 0 11 0 'OK'
want_hex=$(printf ' 1 of day 1' | xxd -p -u) kept bad_utf8 0 11 0 'OK'
want_hex=$(printf 'of day 1' | xxd -p -u) kept numeric_user 0 11 0 'OK'
want_hex=$(printf 'second text' | xxd -p -u) kept duplicate_keys 0 11 0 'OK'
after_import=

# No control character reaches the terminal, whatever prints the name.
no_escape() {
    LC_ALL=C grep -aqP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80\xae' "$T/out" "$T/err" &&
        { fail "$last: control characters"; od -c "$T/out" | grep -m3 -E '033|\\a'; }
}
# As run, with a terminal as stdout; its own line ends are taken out.
run_on_terminal() {
    last="on a terminal: holdfast $*"
    python3 -c 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))' \
        "$HOLDFAST_BIN" "$@" --progress none --color never </dev/null 2>"$T/err" | tr -d '\r' >"$T/out"
    rc=${PIPESTATUS[0]}
}
shown() {
    local form
    for form in table json jsonl csv tsv; do
        run_on_terminal inspect "$work/in/escapes.zip" --channels --format $form; want_rc 0; no_escape
        run_on_terminal search "$out/v.vault" cleared --format $form; want_rc 0; no_escape
        run_on_terminal search "$out/v.vault" message --format $form; want_rc 0; no_escape
    done
    run inspect "$work/in/escapes.zip" --channels; no_escape
    run inspect "$out/v.vault" --channels; no_escape
    run convert "$work/in/escapes.zip" - --to txt; want_rc 0; no_escape
    run convert "$work/in/escapes.zip" - --to md; want_rc 0; no_escape
    run convert "$work/in/escapes.zip" "$out/nowhere/o.txt" --to txt --channel "$(printf 'no\033[31mchannel')"; no_escape
}
after_import=shown
kept escapes 0 12 0 'OK'
after_import=

# --- this machine says no ---------------------------------------------------------------------------

# Unreadable, as somebody whom permissions bind.
chmod 755 "$T" "$work" "$work/in"
cp -r "$work/in/linked" "$work/closed"
cp "$work/in/good.zip" "$work/closed.zip"
install -m 755 "$HOLDFAST_BIN" "$work/holdfast"
as=()
[ "$(id -u)" = 0 ] && as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
mkdir -m 777 "$work/open"
# denied NAME WHERE: of the source $work/NAME
denied() {
    last="import $1"
    "${as[@]}" "$work/holdfast" import "$work/$1" --into "$work/open/v.vault" >"$T/out" 2>"$T/err" </dev/null
    rc=$?
    want_rc 11
    want err "$2"
    find "$work/open" -mindepth 1 | grep . && fail "$1: left behind"
    rm -rf "$work/open/"*
}
chmod 000 "$work/closed.zip"
denied closed.zip closed.zip
chmod 000 "$work/closed/$day"
denied closed "$day"
chmod 000 "$work/closed/general"
denied closed general
chmod 000 "$work/closed"
denied closed closed
chmod -R u+rwX "$work/closed" "$work/closed.zip"
chmod 700 "$T"

# A full disk: import, import into a vault that was good, convert.
"$HFGEN" --messages 20000 --seed 9 --to slack -o "$work/big.zip" 2>"$T/err" || fail hfgen
full=$work/full
mkdir "$full"
if mount -t tmpfs -o size=1500k none "$full" 2>/dev/null; then
    trap 'umount "$disk"; umount "$full"; rm -rf "$T"' EXIT
    TMPDIR=$work/tmp
    check 13 'NO_SPACE' import "$work/big.zip" --into "$full/v.vault"
    find "$full" -mindepth 1 | grep . && fail "full disk, first import: left behind"
    rm -rf "${full:?}"/*
    check 13 'NO_SPACE' convert "$work/big.zip" "$full/o.jsonl" --to jsonl
    find "$full" -mindepth 1 | grep . && fail "full disk, convert: left behind"
    rm -rf "${full:?}"/*
    check 0 OK import "$work/in/good.zip" --into "$full/v.vault"
    check 13 'NO_SPACE' import "$work/big.zip" --into "$full/v.vault" --origin T0OTHER
    check 0 OK verify "$full/v.vault"
    got=$(sql "$full/v.vault/records.sqlite" 'SELECT count(*) FROM import')
    [ "$got" = 1 ] || fail "full disk, second import: $got imports"
    run search "$full/v.vault" message --count
    want_rc 0
    # With room again the same command does it.
    mount -o remount,size=200m "$full"
    check 0 'OK' import "$work/big.zip" --into "$full/v.vault" --origin T0OTHER
    check 0 OK verify "$full/v.vault"
else
    echo "no tmpfs may be mounted here: files of at most 1 MiB instead"
    (ulimit -f 1024; trap '' XFSZ; "$HOLDFAST_BIN" import "$work/big.zip" --into "$out/v.vault") >"$T/out" 2>"$T/err"
    rc=$? last="import with small files"
    want_rc 13
    nothing_left "small files"
fi
finish
