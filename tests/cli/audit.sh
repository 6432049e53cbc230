# tests/cli/audit.sh: what is done with a vault stands in its log, and others can check it: openssl the
# signature and the time stamp, jq the entries.
. "${HOLDFAST_SOURCE:?}/tests/support/cli.sh"
for program in openssl jq sqlite3; do
    command -v $program >/dev/null || { echo "SKIP: no $program"; exit 77; }
done
cd "$work" || exit 1
sample=$HOLDFAST_SOURCE/samples/slack-northwind
vault_id() { sqlite3 -readonly v/control.sqlite "SELECT value FROM meta WHERE key = 'vault'"; }
entries() { run audit list v --json "$@"; }

run import "$sample" --into v
want_rc 0
want err "its fingerprint: "
fingerprint=$(sed -n 's/.*its fingerprint: \([0-9a-f]*\).*/\1/p' "$T/err")
pem=$XDG_CONFIG_HOME/holdfast/keys/$(vault_id).pem
[ "$(stat -c %a "$pem")" = 600 ] || fail "the key has mode $(stat -c %a "$pem")"
[ "$(openssl pkey -in "$pem" -pubout -outform DER | sha256sum | cut -d ' ' -f 1)" = "$fingerprint" ] ||
    fail "the fingerprint is not SHA-256 of the public key"

# --- every act, with its beginning, its end, and what came of it ---------------------------------

other=$work/other
run search v 'crane from:maren' --since 2024-01-01
run search v 'crane AND' # wrong before anything is read
want_rc 2
run convert v out.txt --to txt
run convert v out.txt --to txt # refused
want_rc 6
run diff v "$sample"
run verify v
run vault reindex v
run vault copy v copy
run export v -o package --to jsonl
want_rc 0
run import "$sample" --into v
want_rc 0
entries
want_rc 0
cp "$T/out" all.json
acts=$(jq -r '[.entries[] | select(.phase == "end") | "\(.action):\(.outcome)"] | join(" ")' all.json)
want_acts="import:OK search:OK convert:OK convert:TARGET_EXISTS diff:OK verify:OK vault.reindex:OK vault.copy:OK export:OK import:OK"
[ "$acts" = "$want_acts" ] || fail "acts: $acts"
[ "$(jq '[.entries[] | select(.phase == "start")] | length' all.json)" = 11 ] || fail "starts" # and this list
jq -e '.entries[0] | .seq == 0 and .action == "vault.init"' all.json >/dev/null || fail "the first entry"
jq -e '[.entries[] | select(.action == "import" and .phase == "end") | .object] == ["import 1", "import 2"]' all.json >/dev/null ||
    fail "imports are not named"
jq -e '.entries[] | select(.action == "search" and .phase == "end") | .counts | fromjson | .hits > 0' all.json >/dev/null || fail "hits"
[ "$(jq -r '.entries[0].operator' all.json)" = "$(id -un)" ] || fail "operator"

# What was asked for is open to who may read the vault, and stands in no entry.
entries --values --action search
jq -e '.entries[0].asked | fromjson | .query == "crane from:maren" and .since == "2024-01-01"' "$T/out" >/dev/null || fail "values"
run audit export v -o log.jsonl
want_rc 0
for canary in maren crane slack-northwind out.txt 2024-01-01; do
    grep -F "$canary" log.jsonl && fail "an entry says $canary"
done
[ "$(jq -r '.leaf.seq' log.jsonl | paste -sd ' ')" = "$(seq -s ' ' 0 $(($(wc -l <log.jsonl) - 1)))" ] || fail "numbers"

# Passwords of connection strings are not even kept openly.
run convert "postgresql://reader:GEHEIM@127.0.0.1:1/x" gone.txt --to txt --vault v
grep -aF GEHEIM v/control.sqlite* && fail "a password is in the log"

# --- filters and forms ---------------------------------------------------------------------------

entries --action vault
jq -e '[.entries[].action] | unique == ["vault.copy", "vault.init", "vault.reindex"]' "$T/out" >/dev/null || fail "--action"
entries --outcome TARGET_EXISTS
jq -e '.entries | length == 1' "$T/out" >/dev/null || fail "--outcome"
entries --operator nobody-here
jq -e '.entries | length == 0' "$T/out" >/dev/null || fail "--operator"
entries --until 2024-01-01
jq -e '.entries | length == 0' "$T/out" >/dev/null || fail "--until"
entries --run "$(jq -r '.entries[] | select(.action == "diff") | .run' all.json | head -n 1)"
jq -e '[.entries[].action] == ["diff", "diff"]' "$T/out" >/dev/null || fail "--run"
run audit list v --format csv
head -n 1 "$T/out" | grep -q '^seq,time,operator,action,' || fail "csv"

# RFC 5424, by its grammar; values are escaped.
run audit export v --to syslog
want_rc 0
grep -cavE '^<1(10|08|07)>1 [0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{6}Z [!-~]+ holdfast - [!-~]{1,32} \[holdfast@32473( [a-z]+="([^]"\\]|\\[]"\\])*")+\] '$'\xef\xbb\xbf''\{.*\}$' \
    "$T/out" | grep -qx 0 || fail "syslog: $(head -n 1 "$T/out")"

# --- a kill leaves a start without an end --------------------------------------------------------

{ HOLDFAST_FAULT=records "$HOLDFAST_BIN" import "$sample" --into v -q >/dev/null; } 2>/dev/null
run audit list v --action import
want out "did not finish"
run audit verify v --json
want_rc 0
jq -e '.unfinished == 1 and .findings_total == 0' "$T/out" >/dev/null || fail "unfinished: $(jq .unfinished "$T/out")"
run import "$sample" --into v # the next writer completes what was left
want_rc 0

# An entry that was written by hand begins no line of its own in what is sent elsewhere.
rm -rf w && cp -r v w
line='<104>1 - - holdfast - vault.init - forged'
sqlite3 w/control.sqlite "UPDATE audit_entry SET leaf = '{\"action\":\"x\",' || char(10) || '\"object\":{\"id\":\"a\\n$line\"},\"v\":1}' WHERE seq = 2;
    UPDATE audit_entry SET leaf = 'no JSON' || char(10) || char(27) || '$line' WHERE seq = 3"
for to in syslog jsonl; do
    run audit export w --to $to
    want_rc 0
    grep -q '^<104>' "$T/out" && fail "an entry of two lines in $to"
    grep -q "$(printf '\033')" "$T/out" && fail "an escape in $to"
done
jq -es 'map(.leaf | type) | .[2] == "string" and .[3] == "string" and .[4] == "object"' "$T/out" >/dev/null || fail "no JSON in jsonl"

# --- signatures and stamps, checked by openssl alone ---------------------------------------------

run audit checkpoint v -o head.note
want_rc 0
# A note: text, empty line, "- NAME BASE64" with four bytes of key number before the signature.
sed '/^$/,$d' head.note >head.txt
sed -n 's/^— [^ ]* //p' head.note | base64 -d | tail -c 64 >head.sig
openssl pkey -in "$pem" -pubout -out pub.pem
# It is never written over, and lies outside of what it is for.
run audit checkpoint v -o head.note
want_rc 6
want err "never written over"
run audit checkpoint v -o v/objects.note
want_rc 6
want err "inside the vault"
openssl pkeyutl -verify -pubin -inkey pub.pem -rawin -in head.txt -sigfile head.sig >/dev/null || fail "openssl refuses the checkpoint"
[ "$(sed -n 1p head.txt)" = "holdfast/$(vault_id)" ] || fail "origin"
sed -i 's/^holdfast/Holdfast/' head.txt
openssl pkeyutl -verify -pubin -inkey pub.pem -rawin -in head.txt -sigfile head.sig >/dev/null 2>&1 && fail "openssl takes another text"

# An authority of our own: a root, and a certificate for time stamps.
cat >tsa.cnf <<'CONFIG'
[req]
distinguished_name = dn
[dn]
[tsa_ext]
extendedKeyUsage = critical,timeStamping
[tsa]
default_tsa = tsa1
[tsa1]
serial = serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha1, sha256
ess_cert_id_chain = no
CONFIG
echo 01 >serial
openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 30 -subj /CN=root 2>/dev/null
openssl req -newkey rsa:2048 -nodes -keyout tsa.key -out tsa.csr -subj "/CN=a stamp" -config tsa.cnf 2>/dev/null
openssl x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile tsa.cnf -extensions tsa_ext -out tsa.pem 2>/dev/null
openssl req -x509 -newkey rsa:2048 -nodes -keyout other.key -out other-ca.pem -days 30 -subj /CN=stranger 2>/dev/null
# Certificates that may not stamp: for servers as well; of an authority whose time is over.
printf '[both]\nextendedKeyUsage = critical,timeStamping,serverAuth\n' >both.cnf
openssl x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -days 30 -extfile both.cnf -extensions both -out both.pem 2>/dev/null
openssl x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -days -1 -extfile tsa.cnf -extensions tsa_ext -out over.pem 2>/dev/null
stamp() { openssl ts -reply -queryfile "$1" -signer "${3:-tsa.pem}" -inkey tsa.key -config tsa.cnf -out "$2" 2>/dev/null; }

run audit anchor v -o head.tsq
want_rc 0
stamp head.tsq head.tsr || fail "openssl does not understand the request"
openssl ts -verify -queryfile head.tsq -in head.tsr -CAfile ca.pem >/dev/null 2>&1 || fail "openssl ts"
run audit anchor v --reply head.tsr --tsa-ca other-ca.pem
want_rc 4
if stamp head.tsq over.tsr over.pem; then
    run audit anchor v --reply over.tsr --tsa-ca ca.pem
    want_rc 4
    want err "expired"
fi
stamp head.tsq both.tsr both.pem && fail "a server's certificate stamps: is it looked for?"
openssl ts -query -digest "$(printf '%064d' 0)" -sha256 -cert -out foreign.tsq 2>/dev/null
stamp foreign.tsq foreign.tsr
run audit anchor v --reply foreign.tsr --tsa-ca ca.pem
want_rc 2
want err "answers no request of this log"
run audit anchor v --reply ca.pem --tsa-ca ca.pem
want_rc 2
run audit anchor v --reply head.tsr --tsa-ca ca.pem
want_rc 0
want err "entries are anchored since 20"
run audit verify v --tsa-ca ca.pem --anchors --json
want_rc 0
jq -e '.stamps == 1 and .stamps_good == 1 and .stamped > 40 and .anchored == .stamped and .signed >= .stamped' "$T/out" >/dev/null ||
    fail "anchored: $(cat "$T/out")"
run audit verify v --tsa-ca other-ca.pem
want_rc 4
want out "stamp"
run search v crane
run audit verify v --tsa-ca ca.pem --anchors
want_rc 5
want err "needs an anchor"
# The stamped bytes are in the vault, so that openssl alone can check them against the reply.
sqlite3 -readonly v/control.sqlite 'SELECT checkpoint FROM audit_anchor' | head -c -1 >stamped
sqlite3 -readonly v/control.sqlite "SELECT writefile('kept.tsr', reply) FROM audit_anchor" >/dev/null
openssl ts -verify -data stamped -in kept.tsr -CAfile ca.pem >/dev/null 2>&1 || fail "openssl does not take what was kept"

# What the operator can do to stamps: a weaker digest, of which one stamp would do for two heads;
# take one away; say that it is of another head.
openssl ts -query -data stamped -sha1 -cert -out weak.tsq 2>/dev/null
stamp weak.tsq weak.tsr
spoil() { # SQL WORDS
    rm -rf w && cp -r v w
    sqlite3 w/control.sqlite "$1" >/dev/null || fail "$1"
    run audit verify w --tsa-ca ca.pem
    want_rc 4
    want out "$2"
}
spoil "UPDATE audit_anchor SET query = readfile('weak.tsq'), reply = readfile('weak.tsr')" "a digest that is not relied on"
spoil "DELETE FROM audit_anchor" "kept is gone"
spoil "UPDATE audit_anchor SET reply = NULL" "kept is gone"
spoil "UPDATE audit_anchor SET checkpoint = replace(checkpoint, char(10) || char(10), char(10) || 'x' || char(10) || char(10))" "does not hold"

# --- heads and proofs ----------------------------------------------------------------------------

run audit anchor v --print --json
head=$(jq -r .head "$T/out")
run audit verify v --head head.note --head "$head" --key "$fingerprint" --json
want_rc 0
jq -e ".kept == ${head%%:*} and .is_key_known" "$T/out" >/dev/null || fail "heads"
run audit verify v --head "${head%?}$(tr '0-9a-f' '1-9a-f0' <<<"${head: -1}")"
want_rc 4
want out "history"
run audit verify v --head 99999:"${head#*:}"
want_rc 4
want out "shorter"
run audit verify v --key "$(printf '%064d' 0)"
want_rc 4

run audit prove v 1 -o entry.tlog-proof
want_rc 0
run audit verify --proof entry.tlog-proof --json
want_rc 0
jq -e '.seq == 1 and (.leaf | fromjson | .action == "import")' "$T/out" >/dev/null || fail "proof"
(cd / && "$HOLDFAST_BIN" audit verify --proof "$work/entry.tlog-proof" --key "$work/pub.pem") >/dev/null 2>&1 || fail "proof elsewhere"
sed 's/^index 1$/index 2/' entry.tlog-proof >wrong.tlog-proof
run audit verify --proof wrong.tlog-proof
want_rc 4
XDG_CONFIG_HOME=$T/empty run audit verify --proof entry.tlog-proof
want_rc 15

# --- erasing --------------------------------------------------------------------------------------

seq=$(jq '.entries[] | select(.action == "search" and .phase == "start") | .seq' all.json)
run audit erase-value v "$seq" query
want_rc 2
run audit erase-value v "$seq" query --reason 'request 7'
want_rc 0
grep -aF 'from:maren' v/control.sqlite* && fail "an erased value is still in the file"
run audit verify v
want_rc 0
run audit verify --proof entry.tlog-proof
want_rc 0

# --- keys -----------------------------------------------------------------------------------------

run audit key rotate v
want_rc 0
run audit checkpoint v
want_rc 0
run audit verify v --key pub.pem # who knows the first key knows the second
want_rc 0
second=$(run audit key show v --json; jq -r '.keys[1].fingerprint' "$T/out")
run audit verify v --key "$second" # and who knows the second, the one that it came after
want_rc 0
run audit key show v --json
jq -e '.keys | length == 2 and ([.[].is_current] == [false, true]) and all(.[]; .is_here)' "$T/out" >/dev/null || fail "keys"
run audit key new v
want_rc 6
openssl pkey -in "$pem" -out stranger.pem 2>/dev/null
run audit checkpoint v --key stranger.pem # the key before
want_rc 15
run vault init unsigned --unsigned
want_rc 0
run audit checkpoint unsigned
want_rc 15
want err "UNSIGNED"
run audit key new unsigned --key unsigned/key.pem
want_rc 6
want err "inside the vault"
echo 'correct horse' >secret
run audit key new unsigned --key here.pem --passphrase-file secret
want_rc 0
grep -q 'BEGIN ENCRYPTED PRIVATE KEY' here.pem || fail "the key has no passphrase"
run audit checkpoint unsigned --key here.pem
want_rc 15
run audit checkpoint unsigned --key here.pem --passphrase-command 'echo correct horse'
want_rc 0
run audit checkpoint unsigned --key here.pem --passphrase-fd 7 7<secret
want_rc 0
"$HOLDFAST_BIN" audit checkpoint unsigned --key here.pem --passphrase-fd 0 <secret >/dev/null 2>&1 || fail "a passphrase from standard input"
run audit checkpoint unsigned --key here.pem --passphrase-fd 4294967303 7<secret # not 7
want_rc 1
run vault init unsigned2 --unsigned
"$HOLDFAST_BIN" audit key new unsigned2 --key stdin.pem --passphrase-fd 0 <secret 2>/dev/null || fail "a new key's from there"
grep -q 'BEGIN ENCRYPTED PRIVATE KEY' stdin.pem || fail "the key from standard input has no passphrase"

# --- rolled back ----------------------------------------------------------------------------------

cp v/control.sqlite before
run search v crane
cp before v/control.sqlite
run import "$sample" --into v
want_rc 6
want err "accept-restore"
run search v crane # who only reads is told
want_rc 0
want err "was it restored"
run verify v
want_rc 4
run vault accept-restore v
want_rc 2
run vault accept-restore v --reason 'disk failed'
want_rc 0
run import "$sample" --into v
want_rc 0
run verify v
want_rc 0

run audit verify v --json # that it was done stays to be seen
jq -e '.restores == 1' "$T/out" >/dev/null || fail "restores"

# --- a log begun anew -----------------------------------------------------------------------------

# By somebody without the key, on his own machine: it agrees with itself, and the key that is known
# here did not sign it. `verify` looks at the log as well.
all_tables="SELECT group_concat('DELETE FROM ' || name, ';') FROM sqlite_schema WHERE type = 'table' AND name LIKE 'audit%'"
rm -rf w && cp -r v w
sqlite3 w/control.sqlite "$(sqlite3 -readonly v/control.sqlite "$all_tables")"
mkdir thief
XDG_STATE_HOME=$work/thief XDG_CONFIG_HOME=$work/thief run audit key new w
want_rc 0
XDG_STATE_HOME=$work/thief XDG_CONFIG_HOME=$work/thief run audit checkpoint w
want_rc 0
for how in "audit verify" verify; do
    # shellcheck disable=SC2086
    run $how w
    want_rc 4
    want out "none of its 1 signatures is by a known key"
    want out "the vault has import 1, of which the log says nothing"
done
# With no table left, and nobody's key: what the vault holds has no beginning in the log.
rm -rf w && cp -r v w
sqlite3 w/control.sqlite "$(sqlite3 -readonly v/control.sqlite "$all_tables" | sed 's/DELETE FROM/DROP TABLE/g')"
XDG_STATE_HOME=$work/nowhere XDG_CONFIG_HOME=$work/nowhere run audit verify w
want_rc 4
want out "the vault has import 1, of which the log says nothing"

# --- where no entry can be made -------------------------------------------------------------------

# Somebody who may only read: the check goes on and says so, the search does not.
reader=()
if [ "$(id -u)" = 0 ]; then
    command -v setpriv >/dev/null || { finish; exit; }
    chmod 755 "$T" && chmod -R a+rX v
    reader=(setpriv --reuid=65534 --regid=65534 --clear-groups)
else
    chmod -R a-w v
fi
"${reader[@]}" "$HOLDFAST_BIN" audit verify v >"$T/out" 2>"$T/err"
[ $? = 0 ] || fail "audit verify without the right to write: $(cat "$T/err")"
want err "this is not noted in the vault's log"
"${reader[@]}" "$HOLDFAST_BIN" search v crane >"$T/out" 2>"$T/err"
[ $? = 11 ] || fail "a search that leaves no entry ends with $?: $(cat "$T/err")"
[ -s "$T/out" ] && fail "it gives hits"
chmod -R u+w v
finish
