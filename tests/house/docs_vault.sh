#!/usr/bin/env bash
# A vault can be read without holdfast, by sqlite3, zstd and sha256sum: the commands of docs/vault.md
# run as they stand, and so do those of the README.txt that lies in every vault; all members of an
# import come back; the digest of the member list is what the pages say.
. "${HOLDFAST_SOURCE:?}/tests/support/cli.sh"
for program in sqlite3 zstd sha256sum python3; do
    command -v $program >/dev/null || { echo "SKIP: no $program"; exit 77; }
done
python3 "$HOLDFAST_SOURCE/tests/support/docs_run.py" "$HOLDFAST_SOURCE" docs/vault.md || fail "docs/vault.md"

# README.txt: its indented lines are two scripts; they are run from within a vault.
sample=$HOLDFAST_SOURCE/samples/slack-northwind
run import "$sample" --into "$work/v"
want_rc 0
cd "$work/v" || exit 1
sed -n '/^Look around/,/^Get a member/s/^  //p' README.txt >"$T/look.sh"
sed -n '/^Get a member/,/^When/s/^  //p' README.txt >"$T/member.sh"
bash -e "$T/look.sh" >"$T/out" 2>"$T/err" || { fail "README.txt: look around"; cat "$T/err"; }
want out "T04NWHARB0|slack|$sample"
want out "Good morning everyone."
want out "maren.lindqvist"
want out "A zstd frame of up to 64 KiB"
bash -e -o pipefail "$T/member.sh" >"$T/out" 2>"$T/err" || { fail "README.txt: get a member"; cat "$T/err"; }
[ "$(wc -l <"$T/out")" = 2 ] && [ "$(cut -c1-64 "$T/out" | sort -u | wc -l)" = 1 ] ||
    fail "README.txt: the member has another digest: $(cat "$T/out")"
[ -z "$(find . -newer README.txt -type f ! -name '*.sqlite*')" ] || fail "README.txt leaves files in the vault"

# The script of README.txt for every member, not only for the one that it names.
names=$(sqlite3 -readonly records.sqlite "SELECT count(*) FROM members_readable WHERE import = 1 AND type = 'file'")
[ "$names" -gt 100 ] || fail "only $names members"
for ((n = 0; n < names; n++)); do
    sed "s/ordinal = 3/ordinal = $n/" "$T/member.sh" >"$T/one.sh"
    bash -e -o pipefail "$T/one.sh" >"$T/out" 2>"$T/err" || fail "member $n: $(cat "$T/err")"
    [ "$(cut -c1-64 "$T/out" | sort -u | wc -l)" = 1 ] || fail "member $n has another digest"
done

# list_sha256, as both pages describe it.
python3 - records.sqlite <<'PYTHON' || fail "import.list_sha256 is not what README.txt says"
import hashlib, sqlite3, sys
db = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
digest = hashlib.sha256()
for n, kind, mtime, mode, name, link, content in db.execute(
        "SELECT m.ordinal, m.type, m.mtime_us, m.mode, m.name, coalesce(m.link, x''), c.sha256 "
        "FROM import_member m LEFT JOIN content c ON c.id = m.content WHERE m.import = 1 ORDER BY m.ordinal"):
    time = "-" if mtime is None else str(mtime)
    digest.update(f"{n} {kind} {time} {mode} {len(name)} ".encode() + name + f" {len(link)} ".encode() + link +
                  b" " + (b"-" if content is None else content.hex().encode()) + b"\n")
sys.exit(digest.hexdigest() != db.execute("SELECT list_sha256 FROM import WHERE n = 1").fetchone()[0])
PYTHON
pass
