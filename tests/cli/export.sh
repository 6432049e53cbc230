#!/usr/bin/env bash
# Packages: what is in them, that two of one state are equal, that sha256sum, openssl, unzip and tar
# accept them, encrypted and split ones, and what is refused.
. "$HOLDFAST_SOURCE/tests/support/cli.sh"
for program in openssl jq unzip zstd; do
    command -v $program >/dev/null || { echo "SKIP: no $program"; exit 77; }
done
sample=$HOLDFAST_SOURCE/samples/slack-northwind
cd "$work" || exit 1
openssl genpkey -algorithm ed25519 -out key.pem 2>/dev/null
openssl req -x509 -newkey rsa:2048 -nodes -keyout reader.key -out reader.pem -subj /CN=r -days 9 2>/dev/null

# The lists and signatures of an unpacked package, by coreutils and openssl alone.
by_hand() {
    (cd "$1" && sha256sum -c --quiet manifest-sha256.txt tagmanifest-sha256.txt) || fail "$1: sha256sum"
    for f in manifest-sha256.txt tagmanifest-sha256.txt receipt.json; do
        [ -e "$1/key.pem" ] || continue
        (cd "$1" && openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in $f -sigfile $f.sig) \
            >/dev/null || fail "$1: signature of $f"
    done
    jq -e --arg m "$(sha256sum <"$1/manifest-sha256.txt" | cut -c1-64)" \
        'any(.payload[]; .manifest_sha256 == $m)' "$1/receipt.json" >/dev/null || fail "$1: the receipt's manifest"
}

# --- a folder, a ZIP, a tar: the same payload ----------------------------------------------------
for name in a.zip a.tar.zst folder; do
    run export "$sample" -o $name --key key.pem --reason 'case 17 <b>' --secrets keep
    want_rc 0
    ls -d ./*.partial >/dev/null 2>&1 && fail "$name: something was left behind"
done
mkdir zip tar
unzip -q a.zip -d zip
tar --zstd -xf a.tar.zst -C tar
if command -v bsdtar >/dev/null; then bsdtar -tf a.tar.zst >/dev/null || fail bsdtar; fi
for package in zip/a tar/a folder; do
    by_hand $package
    cmp -s $package/manifest-sha256.txt folder/manifest-sha256.txt || fail "$package: another manifest"
    cmp -s $package/manifest-sha256.txt.sig folder/manifest-sha256.txt.sig || fail "$package: another signature"
done
# Only the files that say who and when may differ.
(cd zip/a && find . -type f | sort) >in-zip
(cd folder && find . -type f | sort) >in-folder
cmp in-zip in-folder || fail "other files"
while read -r f; do
    cmp -s "zip/a/$f" "folder/$f" && continue
    case $f in
    ./receipt.json | ./receipt.json.sig | ./custody.html | ./bag-info.txt) ;;
    ./tagmanifest-sha256.txt | ./tagmanifest-sha256.txt.sig) ;;
    *) fail "$f differs between two exports of one state" ;;
    esac
done <in-zip
grep -q 'case 17 &lt;b&gt;' folder/custody.html || fail "the custody page is not escaped"
grep -q '<b>' folder/custody.html && fail "markup from outside"

# --- what the receipt says ----------------------------------------------------------------------
jq -e '.formats[0] | .read == .written and .written == .read_back and .read.messages == 406' \
    folder/receipt.json >/dev/null || fail "three counts"
jq -e '.exceptions.missing_attachments == 17 and .operator.user != ""' folder/receipt.json >/dev/null ||
    fail "receipt"
[ "$(grep -c '^"missing attachment"' folder/data/exceptions.csv)" = 17 ] || fail "exceptions.csv"
[ "$(jq '.exceptions | length' folder/data/exceptions.json)" = 17 ] || fail "exceptions.json"
cmp -s <(jq -r '.messages' <("$HOLDFAST_BIN" inspect folder/data/jsonl/records.jsonl --json)) <(echo 406) ||
    fail "the payload is not the source"

# --- unsigned says so ---------------------------------------------------------------------------
run export "$sample" -o plain
want_rc 0
want err UNSIGNED
grep -q UNSIGNED plain/README.txt || fail "README.txt"
grep -q UNSIGNED plain/custody.html || fail "custody.html"
[ -e plain/key.pem ] && fail "a key from nowhere"
by_hand plain

# --- encrypted, split ---------------------------------------------------------------------------
run export "$sample" -o secret.tar.zst --encrypt-to reader.pem --key key.pem
want_rc 0
[ "$(find secret | sort | tr '\n' ' ')" = \
    "secret secret/README.txt secret/key.pem secret/secret.001.cms secret/volumes.json secret/volumes.json.sig " ] ||
    fail "volumes: $(find secret)"
grep -rlq 'Good morning everyone' secret && fail "clear text in an encrypted package"
openssl cms -decrypt -inform DER -binary -in secret/secret.001.cms -inkey reader.key -recip reader.pem \
    -out secret.tar.zst || fail "openssl cms"
[ "$(sha256sum <secret.tar.zst | cut -c1-64)" = "$(jq -r .container_sha256 secret/volumes.json)" ] ||
    fail "what the volumes make together"
tar --zstd -xf secret.tar.zst -C tar && by_hand tar/secret
(cd secret && jq -r '.volumes[] | .sha256 + "  " + .file' volumes.json | sha256sum -c --quiet) || fail "the list"

# What its README.txt says to do works, whatever the package is called, and is listed.
odd="it's \$(touch ran) 5"
run export "$sample" -o "$odd" --encrypt-to reader.pem --to jsonl
want_rc 0
sed -n '/^    for v/,/done >/p' "$odd/README.txt" | sed 's/YOUR-KEY.pem/..\/reader.key/; s/YOUR-CERTIFICATE.pem/..\/reader.pem/' >open.sh
(cd "$odd" && bash ../open.sh) || fail "README.txt: $(cat open.sh)"
[ "$(sha256sum <"$odd/$odd.zip" | cut -c1-64)" = "$(jq -r .container_sha256 "$odd/volumes.json")" ] || fail "README.txt opens something else"
[ -e "$odd/ran" ] && fail "README.txt runs what the package is called"
[ "$(jq -r '.readme_sha256 + "  README.txt"' "$odd/volumes.json" | (cd "$odd" && sha256sum -c --quiet) 2>&1)" = "" ] || fail "README.txt is not listed"

run export "$sample" -o parts.zip --split 1MiB --to jsonl,txt,slack
want_rc 0
for v in parts/*.zip; do
    unzip -q "$v" -d split && by_hand "split/$(basename "$v" .zip)"
done
[ "$(find parts -name '*.zip' | wc -l)" -ge 2 ] || fail "not split"

# Only root was made root by sudo; anybody can set a variable.
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
    mkdir -m 777 open
    cp -r "$sample" readable
    chmod 755 "$T" && chmod -R a+rX readable
    SUDO_USER=chief setpriv --reuid=65534 --regid=65534 --clear-groups "$HOLDFAST_BIN" export readable -o open/p --to jsonl >/dev/null 2>"$T/err" ||
        fail "not root: $(cat "$T/err")"
    jq -e '.operator | has("sudo_user") | not' open/p/receipt.json >/dev/null || fail "a variable says who asked for it"
    SUDO_USER=chief run export "$sample" -o sudo --to jsonl
    jq -e '.operator.sudo_user == "chief"' sudo/receipt.json >/dev/null || fail "sudo_user"
fi

# --- parts of a source ---------------------------------------------------------------------------
run export "$sample" -o query --query 'crane from:maren.lindqvist' --to jsonl
want_rc 0
jq -e '.scope.query != null and .formats[0].read.messages == 406' query/receipt.json >/dev/null || fail "scope"
grep -o '"message.author.user":"[^"]*"' query/data/jsonl/records.jsonl | sort -u >authors
[ "$(cat authors)" = '"message.author.user":"U04MAREN01"' ] || fail "authors: $(cat authors)"

# --- a package is a source: by the format inside that loses nothing, or the one named ---------------
expect_any "0 3" "$HOLDFAST_BIN" export "$sample" -o all.zip --to txt,slack,mattermost-bulk,jsonl --set team=acme --secrets keep --key key.pem >/dev/null
expect_any "0 3" "$HOLDFAST_BIN" export "$sample" -o some.tar.zst --to txt,mattermost-bulk --set team=acme --secrets keep >/dev/null
for package in folder a.zip a.tar.zst all.zip slack:all.zip mattermost-bulk:all.zip some.tar.zst; do
    run diff "$sample" $package # with what a format cannot say, which stands in its sidecar
    want_rc 0
    want err "0 changed, 0 missing, 0 extra"
done
run inspect all.zip
want out "a package with data/jsonl/records.jsonl"
run search all.zip 'crane from:leon' --count
want out "Messages:  2"
run import some.tar.zst --into again.vault
want_rc 0
run diff "$sample" again.vault
want_rc 0
run export all.zip -o again --to jsonl --secrets keep # and of a package a package
want_rc 0
run inspect jsonl:some.tar.zst
want_rc 7
run inspect secret
want_rc 15
expect 0 "$HOLDFAST_BIN" export "$sample" -o onlytxt --to txt >/dev/null
run inspect onlytxt
want_rc 7
run convert folder folder/inside.jsonl --to jsonl
want_rc 6

# --- names ----------------------------------------------------------------------------------------
run export "$sample" -o 'day-%Y%m%d-100%%' --to txt
want_rc 0
ls -d day-20[0-9][0-9][0-9][0-9][0-9][0-9]-100% >/dev/null || fail "names: $(ls)"
for wrong in 'x-%Q' '.' '/'; do
    run export "$sample" -o "$wrong"
    want_rc 2
done

# --- refused ---------------------------------------------------------------------------------------
run export "$sample" -o folder
want_rc 6
run export "$sample" -o a.zip
want_rc 6
run export "$sample" -o a.zip --overwrite
want_rc 0
run export "$sample" -o "$sample/inside"
want_rc 6
run export "$sample"
want_rc 2
run export "$sample" -o n --to null
want_rc 2
run export "$sample" -o n --to jsonl,jsonl
want_rc 2
run export "$sample" -o n --to jsonl,heron
want_rc 2
run export "$sample" -o n --split 5
want_rc 2
run export "$sample" -o n --split 1MiB --encrypt-to reader.pem
want_rc 2
run export "$sample" -o n --encrypt-to key.pem
want_rc 15
run export "$sample" -o n --key reader.key
want_rc 15
run export "$sample" -o n --series nightly --since last
want_rc 2
run export "$sample" -o n --since last
want_rc 2
run export "$sample" -o n --query 'from:('
want_rc 2
run export "$sample" -o n --query 'from:nobody-of-this-name'
want_rc 2
[ -e n ] && fail "something was published"
ls -d ./*.partial >/dev/null 2>&1 && fail "something was left behind"
finish
