#!/usr/bin/env bash
# Sources with a name: what [source NAME] says, what a command's options change of it, the vault it is
# bound to; and that no password is ever shown.
. "$HOLDFAST_SOURCE/tests/support/cli.sh"

sample=$HOLDFAST_SOURCE/samples/slack-northwind
cat >"$T/holdfast.conf" <<EOF
[source sample]
path = $sample
[source chat]
url = slack:$sample
origin = T0OTHER000
[source kept]
path = $sample
vault = $work/kept.vault
[source two]
path = $sample
url = $sample
[source nothing]
origin = x
[source svc]
service = chatprod
[source wrong]
kind = slak
path = $sample
[source remote]
url = postgresql://ann:hunter2@127.0.0.1:1/mm
EOF
export HOLDFAST_CONFIG=$T/holdfast.conf

# --- what a name stands for ------------------------------------------------------------------------

run inspect "$sample" --json
jq 'del(.run_id)' "$T/out" >"$T/by-path"
run inspect sample --json
want_rc 0
jq 'del(.run_id)' "$T/out" | cmp -s - "$T/by-path" || fail "a name gives another answer than its path"
run diff sample "$sample"
want_rc 0
run search sample 'from:maren' --count
want_rc 0
run convert sample "$work/named.zip" --to slack
want_rc 0
want err 'every member byte for byte'
run inspect chat --json
want_rc 0
[ "$(jq -r .origin "$T/out")" = T0OTHER000 ] || fail "the section's origin was not used"
run inspect chat --json --origin T0CHOSEN00
[ "$(jq -r .origin "$T/out")" = T0CHOSEN00 ] || fail "an option does not win over the section"
run diff sample chat # each side has its own section: one origin each, which is not compared
want_rc 0

run inspect sampel
want_rc 2
want err 'no [source sampel]'
want err 'did you mean sample?'
run inspect ./sample # a path is no name
want_rc 2
want err 'there is no such file or folder'
run inspect two
want_rc 2
want err 'more than one of url, path and service'
run inspect nothing
want_rc 2
want err 'none of url, path and service'
run inspect svc
want_rc 2
want err 'kind = mattermost'
run inspect wrong # slak:/... is neither a format nor a file
want_rc 2

# A file of that name is what the user sees; the section is not meant, and that is said.
cd "$work" && cp -r "$sample" sample
run inspect sample
want_rc 0
want err 'sample is read, not [source sample]'
cd "$T"

# --- the vault of a source --------------------------------------------------------------------------

run import sample # no --into, none bound, none configured
want_rc 2
want err 'which vault?'
run import kept
want_rc 0
want err "made the vault $work/kept.vault"
id=$(sqlite3 "$work/kept.vault/control.sqlite" "SELECT value FROM meta WHERE key = 'vault'")
{
    printf '[source bound]\npath = %s\nvault = %s\nvault-id = %s\n' "$sample" "$work/kept.vault" "$id"
    printf '[source moved]\npath = %s\nvault = %s\nvault-id = %s\n' "$sample" "$work/away.vault" "$id"
} >>"$T/holdfast.conf"
run import bound
want_rc 0
want err 'import 2 of'
run import moved # its disk is not mounted: a new vault in its place would be a second truth
want_rc 6
want err 'is not there'
[ ! -e "$work/away.vault" ] || fail "a vault was made in place of the bound one"
run vault init "$work/away.vault"
run import moved
want_rc 6
want err "bound to vault $id"
run import bound --into "$work/away.vault" # the binding holds whatever the command line says
want_rc 6

# --- passwords --------------------------------------------------------------------------------------

hidden() {
    refuse out hunter2
    refuse err hunter2
}
run inspect 'postgresql://ann:hunter2@127.0.0.1:1/mm'
[ "$rc" != 0 ] || fail "nobody listens on port 1"
want err 'a password on the command line is seen by everybody'
hidden
run inspect 'nowhere:host=/nowhere password=hunter2'
want_rc 2
hidden
for half in ann:hunter2@db/mm 'ann:hunter2@db:5432/mm?sslmode=require' ann:hunter2@db 'ann:hunter2@db:x'; do
    run inspect "$half"
    want_rc 2
    want err postgresql://
    hidden
    run import "$half" --into "$T/half"
    want_rc 2
    hidden
done
run inspect remote
[ "$rc" != 0 ] || fail "nobody listens on port 1"
want err '[source remote] holds a password'
hidden
run inspect remote --json
hidden
run inspect "$sample" 'postgresql://ann:hunter2@h/mm' # one argument too many, quoted in the message
want_rc 2
want err MASKED
hidden
run config show
want out 'postgresql://ann:MASKED@127.0.0.1:1/mm'
hidden
run config show --json
hidden

# ps shows what the program's own memory of its arguments says.
mkfifo "$T/pipe"
exec 9<>"$T/pipe" # held open: the program waits for its source
"$HOLDFAST_BIN" convert slack:- 'password=hunter2' --to slack <"$T/pipe" >/dev/null 2>&1 &
pid=$!
for _ in $(seq 100); do
    shown=$(tr '\0' ' ' <"/proc/$pid/cmdline")
    case $shown in *xxxxxxx*) break ;; esac
    sleep 0.05
done
case $shown in *xxxxxxx*) ;; *) fail "ps shows: $shown" ;; esac
kill -9 "$pid" # it waits in read(2)
wait "$pid" 2>/dev/null

finish
