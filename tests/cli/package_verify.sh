#!/usr/bin/env bash
# Packages are verified without holdfast (coreutils, openssl, unzip, tar, samples/verify_package.py)
# and with it, and both find what was done to them. Every command of docs/verify-without-holdfast.md
# stands there with its output, run by docs_commands.
. "$HOLDFAST_SOURCE/tests/support/cli.sh"
for program in openssl python3 unzip zstd jq; do
    command -v $program >/dev/null || { echo "SKIP: no $program"; exit 77; }
done
script=$HOLDFAST_SOURCE/samples/verify_package.py
cd "$work" || exit 1
openssl genpkey -algorithm ed25519 -out key.pem 2>/dev/null
openssl pkey -in key.pem -pubout -out pub.pem
openssl genpkey -algorithm ed25519 -out other.key 2>/dev/null
openssl pkey -in other.key -pubout -out other.pem
openssl req -x509 -newkey rsa:2048 -nodes -keyout reader.key -out reader.pem -subj /CN=r -days 9 2>/dev/null
cp -r "$HOLDFAST_SOURCE/samples/slack-northwind" in
expect 0 "$HOLDFAST_BIN" import in --into v.vault >/dev/null
expect 0 "$HOLDFAST_BIN" export v.vault -o p --key key.pem --to jsonl,txt >/dev/null
expect 0 "$HOLDFAST_BIN" export v.vault -o p.zip --key key.pem --to jsonl,txt >/dev/null
expect 0 "$HOLDFAST_BIN" export v.vault -o other --key other.key --to txt >/dev/null

# Both agree on what is right...
agree() { # WANT WHAT PACKAGE [KEY]
    python3 "$script" "$3" ${4:+"$4"} >"$T/python"
    local python=$?
    # shellcheck disable=SC2086 # no key: no words
    run verify "$3" ${4:+--key $4}
    [ $python = $((${1} != 0)) ] || fail "$2: the script says $python: $(tail -3 "$T/python")"
    want_rc "$1"
}
agree 0 "a folder" p pub.pem
agree 0 "a zip" p.zip pub.pem
agree 0 "without a key" p
agree 0 "the other one" other other.pem
# ... and on what is wrong.
agree 4 "another key" p other.pem
change() { # WHAT COMMAND
    rm -rf q
    cp -r p q
    (cd q && eval "$2") || fail "$1: $2"
    agree 4 "$1" q pub.pem
    agree 4 "$1, no key" q
}
relist='sha256sum $(find . -type f ! -path "./data/*" ! -name "tagmanifest*" -printf "%P\n" | sort) >tagmanifest-sha256.txt'
change "a byte of the payload" 'sed -i "1s/e/x/" data/txt/conversations.txt'
change "a file gone" 'rm data/exceptions.csv'
change "a file more" 'echo x >data/more'
change "a tag file more" 'echo x >READ-ME'
change "a list more, which nobody signed" 'echo pay >NOTE.txt; md5sum *.* >../md5; mv ../md5 tagmanifest-md5.txt'
change "a file that is called like a list" 'echo x >tagmanifest-notes.html'
change "a name that folds to another" 'cp README.txt readme.TXT'
change "a link in place of a file" 'cp data/exceptions.csv ../file; ln -sf ../../file data/exceptions.csv'
change "a link in place of the payload" 'rm -rf ../payload; mv data ../payload; ln -s ../payload data'
change "the declaration gone" 'rm bagit.txt'
change "a line twice" "head -n 1 manifest-sha256.txt >>manifest-sha256.txt; $relist"
change "an address to fetch from" "echo 'http://127.0.0.1/x 1 data/x' >fetch.txt; $relist"
change "a byte-order mark" "sed -i '1s/^/\xef\xbb\xbf/' manifest-sha256.txt; $relist"
change "a name that leaves" "echo \"$(printf %064d 0)  data/../../etc/passwd\" >>manifest-sha256.txt; $relist"
change "the receipt" 'sed -i s/406/407/ receipt.json'
change "the receipt, listed" "sed -i s/406/407/ receipt.json; $relist"
change "the entry" "sed -i s/406/407/ entry.json; $relist"
change "the proof" "sed -i 's/^index .*/index 0/' proof.tlog-proof; $relist"
change "the head" "sed -i 's/^[0-9][0-9]*$/20/' proof.tlog-proof; $relist"
change "another payload, listed" 'sed -i "1s/e/x/" data/txt/conversations.txt; sha256sum $(find data -type f | sort) >manifest-sha256.txt; '"$relist"
change "the receipt of another package" "cp ../other/receipt.json .; $relist"
change "the proof of another package" "cp ../other/entry.json ../other/proof.tlog-proof .; $relist"

# Signed by another key, with that key beside it: who does not know the key cannot know.
rm -rf q
cp -r p q
openssl pkey -in other.key -pubout -out q/key.pem
sign() { openssl pkeyutl -sign -inkey other.key -rawin -in q/$1 -out q/$1.sig; }
sign manifest-sha256.txt
sign receipt.json
(cd q && eval "$relist")
sign tagmanifest-sha256.txt
agree 4 "signed again" q pub.pem
run verify q
want_rc 0
want err "which nobody compared"
# Unsigned, everywhere and plainly.
rm q/*.sig q/key.pem
(cd q && eval "$relist")
agree 4 "signatures removed" q pub.pem
run verify q
want_rc 0
want err UNSIGNED
# With nobody's signature, other lists are still no answer to the receipt's.
rm -rf q
cp -r p q
(cd q && rm -- *.sig key.pem tagmanifest-sha256.txt && sed -i '1s/e/x/' data/txt/conversations.txt &&
    md5sum $(find data -type f) >manifest-md5.txt && rm manifest-sha256.txt)
agree 4 "MD5 in place of SHA-256" q
# A container with more in it than the package, or a name twice.
mkdir zip
cp -r p zip/p
(cd zip && echo x >more && zip -qr ../more.zip p more)
agree 4 "a file beside the package" more.zip pub.pem
python3 -W ignore - <<'EOF'
import zipfile
with zipfile.ZipFile("p.zip") as a, zipfile.ZipFile("twice.zip", "w") as b:
    for name in [*a.namelist(), "p/receipt.json"]:
        b.writestr(name, a.read(name))
EOF
agree 4 "a name twice" twice.zip pub.pem
# The digest that somebody noted.
digest=$(sha256sum <p/manifest-sha256.txt | cut -c1-64)
run verify p --manifest "$digest"
want_rc 0
run verify other --manifest "$digest"
want_rc 4
run verify p --manifest 17
want_rc 2

# Single pieces.
run verify p/receipt.json --key pub.pem
want_rc 0
run verify p/proof.tlog-proof
want_rc 0
run verify p/proof.tlog-proof --key pub.pem # the log's key is another one than the package's
want_rc 4
expect 0 "$HOLDFAST_BIN" export v.vault -o own --to jsonl >/dev/null
run verify own/proof.tlog-proof --key own/key.pem
want_rc 0
want err "signed"
# One letter of the head's signature.
python3 -c 'import sys; s = sys.stdin.read(); print(s[:-30] + chr(ord(s[-30]) ^ 3 if s[-30].isalpha() else 65) + s[-29:], end="")' <own/proof.tlog-proof >forged.tlog-proof
cmp -s own/proof.tlog-proof forged.tlog-proof && fail "nothing was forged"
run verify forged.tlog-proof --entry own/entry.json --key own/key.pem
want_rc 4
want out "the signature of its head is wrong"
run verify p/proof.tlog-proof --entry other/entry.json
want_rc 4
run verify p/receipt.json --key other.pem
want_rc 4
cp p/proof.tlog-proof alone
run verify alone
want_rc 2
want err --entry

# Volumes, encrypted and not.
expect 0 "$HOLDFAST_BIN" export v.vault -o e.zip --encrypt-to reader.pem --key key.pem --to jsonl >/dev/null
expect 0 "$HOLDFAST_BIN" export v.vault -o s.zip --split 1MiB --key key.pem --to jsonl >/dev/null
[ -e s/s.002.zip ] || fail "not split"
open='--decrypt-key reader.key --decrypt-cert reader.pem'
run verify e --key pub.pem
want_rc 0
want err "not opened"
# shellcheck disable=SC2086
run verify e --key pub.pem $open
want_rc 0
want err "signed by a key that was given"
for at in 200 100000; do
    printf '\377' | dd of=e/e.001.cms bs=1 seek=$at conv=notrunc status=none
    run verify e
    want_rc 4
    want out "e.001.cms"
    # shellcheck disable=SC2086
    run verify e $open
    want_rc 4
    openssl cms -decrypt -inform DER -binary -in e/e.001.cms -inkey reader.key -recip reader.pem -out clear 2>/dev/null &&
        fail "openssl opens a volume with a changed byte"
done
run verify e --decrypt-key reader.key
want_rc 2
run verify s --key pub.pem
want_rc 0
run verify s/s.001.zip --key pub.pem
want_rc 0
want out "this is one of 2 volumes"
mv s/s.002.zip second.zip
cp s/s.001.zip s/s.002.zip # as many as the receipt lists, and each of them genuine
run verify s --key pub.pem
want_rc 4
want out "there already"
mv second.zip s/s.002.zip
rm s/s.001.zip
run verify s --key pub.pem
want_rc 4
cp p.zip s/s.001.zip
run verify s --key pub.pem
want_rc 4
want out "another package"
printf x >>s/s.002.zip
run verify s --key pub.pem
want_rc 4
# What is no package says what it is looked for as.
run verify "$HOLDFAST_SOURCE/README.md"
want_rc 7
finish
