#!/usr/bin/env bash
# An encrypted package of 2 GB (or $1 MiB): made, verified, opened volume by volume; our peak is 256 MiB
set -uo pipefail
mib=${1:-2100}
folder=${2:-$(mktemp -d)}
[ $# -ge 2 ] || trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
export XDG_CONFIG_HOME=$folder/no XDG_STATE_HOME=$folder/no TMPDIR=$folder
status=0
fail() { echo "FAILED: $*"; status=1; }
measured() { # NAME LIMIT COMMAND...
    local name=$1 limit=$2
    shift 2
    python3 "$HOLDFAST_SOURCE/tests/support/measure.py" "$name.json" --disk "$folder" -- "$@" >/dev/null 2>"$name.err" ||
        fail "$name: status $?: $(tail -3 "$name.err")"
    jq -r --arg n "$name" '"\($n): \(.seconds) s, \(.cpu_seconds) s of CPU, peak \(.rss_mib) MiB, disk \(.disk_mib) MiB"' "$name.json"
    jq -e ".rss_mib <= $limit" "$name.json" >/dev/null || fail "$name: more than $limit MiB"
}

# An export whose attachments no compression makes smaller.
mkdir -p in/general
echo '[{"id":"U1","team_id":"T1","name":"ada","profile":{}}]' >in/users.json
echo '[{"id":"C1","name":"general","members":["U1"]}]' >in/channels.json
for i in $(seq $((mib / 50))); do
    mkdir -p "in/__uploads/F$i"
    head -c $((50 << 20)) /dev/urandom >"in/__uploads/F$i/data.bin" # base64 makes 67 MiB of it
    echo "{\"type\":\"message\",\"user\":\"U1\",\"ts\":\"1704153600.$(printf %06d "$i")\",\"text\":\"number $i\",\"files\":[{\"id\":\"F$i\",\"name\":\"data.bin\",\"mode\":\"hosted\"}]}"
done | paste -sd, | sed 's/.*/[&]/' >in/general/2024-01-02.json
openssl req -x509 -newkey rsa:3072 -nodes -keyout reader.key -out reader.pem -subj /CN=r -days 9 2>/dev/null
openssl genpkey -algorithm ed25519 -out key.pem
openssl pkey -in key.pem -pubout -out pub.pem

measured export 256 "$HOLDFAST_BIN" export in -o big.zip --to jsonl --encrypt-to reader.pem --key key.pem
bytes=$(jq .container_bytes big/volumes.json)
[ "$bytes" -gt $((mib * 1000000)) ] || fail "the package has $bytes bytes only"
find big -name '*.cms' -size +64M | grep . && fail "volumes of more than 64 MiB"
measured verify 256 "$HOLDFAST_BIN" verify big --key pub.pem
measured open 256 "$HOLDFAST_BIN" verify big --key pub.pem --decrypt-key reader.key --decrypt-cert reader.pem
# By openssl, one after the other.
for v in big/*.cms; do
    openssl cms -decrypt -inform DER -binary -in "$v" -inkey reader.key -recip reader.pem || fail "openssl: $v"
done | sha256sum | cut -c1-64 | cmp - <(jq -r .container_sha256 big/volumes.json) || fail "what the volumes make together"
# One byte of one volume in the middle.
volumes=(big/*.cms)
bad=${volumes[$((${#volumes[@]} / 2))]}
printf '\001' | dd of="$bad" bs=1 seek=33000000 conv=notrunc status=none
openssl cms -decrypt -inform DER -binary -in "$bad" -inkey reader.key -recip reader.pem -out clear 2>/dev/null &&
    fail "openssl opens a volume with a changed byte"
[ -s clear ] && fail "openssl gave out $(wc -c <clear) bytes of a volume with a changed byte"
for more in "" "--decrypt-key reader.key --decrypt-cert reader.pem"; do
    # shellcheck disable=SC2086 # several words, or none
    "$HOLDFAST_BIN" verify big $more >found 2>&1
    [ $? = 4 ] && grep -q "$(basename "$bad")" found || fail "a changed byte: $(tail -2 found)"
done
echo "${#volumes[@]} volumes, $bytes bytes"
exit $status
