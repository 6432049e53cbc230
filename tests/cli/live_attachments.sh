#!/usr/bin/env bash
# An archive for another chat holds the bytes of what its messages have attached, and no others: what hung on deleted or
# burnt messages, on no message at all, or is a picture that no line names, travels beside it.
. "$HOLDFAST_SOURCE/tests/support/cli.sh"
. "$HOLDFAST_SOURCE/tests/support/pg.sh"
command -v python3 >/dev/null && command -v zstd >/dev/null || { echo "SKIP: no python3 or zstd"; exit 77; }
pg_need
"$HFGEN" --messages 600 --seed 11 --to mattermost-sql -o "$T/base.sql" 2>/dev/null || fail hfgen
pg_db attached && pg_sql attached -f "$T/base.sql" >/dev/null || fail psql
pg_sql attached -c "UPDATE fileinfo SET size = 30, path = '20230301/' || id || '/a.txt'" -c "
    WITH gone AS (SELECT postid FROM fileinfo f JOIN posts p ON p.id = f.postid WHERE p.rootid = '' AND p.deleteat = 0
        AND originalid = '' ORDER BY f.id LIMIT 3)
    UPDATE posts SET deleteat = updateat + 1, updateat = updateat + 1 WHERE id IN (SELECT postid FROM gone)" -c "
    UPDATE fileinfo SET deleteat = 1 WHERE postid IN (SELECT id FROM posts WHERE deleteat <> 0)" -c "
    UPDATE emoji SET deleteat = 1 WHERE id = (SELECT min(id) FROM emoji)" || fail prepare
pg_sql attached -At -c "
    SELECT f.path, coalesce((SELECT p.deleteat = 0 AND p.type <> 'burn_on_read' AND strpos(p.fileids, f.id) > 0 AND c.type IN
        ('O', 'P', 'D', 'G') FROM posts p JOIN channels c ON c.id = p.channelid WHERE p.id = f.postid), false),
        f.id FROM fileinfo f
    UNION ALL SELECT 'emoji/' || id || '/image', deleteat = 0, id FROM emoji
    UNION ALL SELECT 'users/' || id || '/profile.png', false, id FROM users
    UNION ALL SELECT 'teams/' || id || '/teamIcon.png', false, id FROM teams" >"$T/files"
mkdir "$T/data"
while IFS='|' read -r path _ id; do
    mkdir -p "$T/data/$(dirname "$path")" && printf 'zq%s..' "$id" >"$T/data/$path"
done <"$T/files"
mkdir -p "$T/data/plugins/com.example" && echo zqplugin >"$T/data/plugins/com.example/secret"

cat >"$T/check.py" <<'PY'
import json, re, subprocess, sys, zipfile
form, archive, files, sidecar = sys.argv[1:5]
rows = [line.rstrip("\n").split("|") for line in open(files)]
live = {i for _, is_live, i in rows if is_live == "t"}
if form == "slack":
    live = {i for p, is_live, i in rows if is_live == "t" and not p.startswith("emoji/")}
other = {i for _, _, i in rows} - live
assert len(live) > 10 and len(other) > 10, (len(live), len(other))
z = zipfile.ZipFile(archive)
inside, named = set(), set()
for name in z.namelist():
    data = z.read(name)
    if name.startswith(("data/", "__uploads/")):
        inside |= {w.decode() for w in re.findall(rb"^zq([a-z0-9]{26})\.\.$", data)}
        assert inside, (name, data)
    elif form == "mattermost-bulk":
        for line in data.decode().splitlines():
            named |= set(re.findall(r'"(?:path|image)":"([^"]*)"', line))
assert inside == live, (sorted(inside - live)[:3], sorted(live - inside)[:3])
if form == "mattermost-bulk":
    members = {n[5:] for n in z.namelist() if n.startswith("data/")}
    assert named == members, (named ^ members)
plain = subprocess.run(["zstd", "-dcq", sidecar], stdout=subprocess.PIPE, check=True).stdout.decode()
beside = set(re.findall(r"zq([a-z0-9]{26})\.\.", plain)) | {
    i for i in other if __import__("base64").b64encode(("zq%s.." % i).encode()).decode() in plain}
assert beside >= other, sorted(other - beside)[:3]
assert not beside & live, sorted(beside & live)[:3]
assert "zqplugin" not in plain
PY

run import "$(pg_url attached)" --into "$T/v" --files "$T/data"
want_rc 0
for source in "$(pg_url attached)" "$T/v"; do
    for to in mattermost-bulk slack; do
        set -- --to "$to" --overwrite
        [ "$source" = "$T/v" ] || set -- "$@" --vault "$T/v" --files "$T/data"
        run convert "$source" "$T/out.zip" "$@"
        want_rc 0
        python3 "$T/check.py" "$to" "$T/out.zip" "$T/files" "$T/out.zip.sidecar.zst" || fail "$source to $to"
        run import "$T/out.zip" --into "$T/back.$to" --origin back
        want_rc 0
    done
done

# The archive's own order has attachments before its lines, and none of what is outside a part.
run convert "$(pg_url attached)" "$T/whole.zip" --to mattermost-bulk --vault "$T/v" --files "$T/data"
rm "$T/whole.zip.sidecar.zst"
mkdir "$T/made"
(cd "$T/made" && python3 - "$T/whole.zip" <<'PY'
import sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
with zipfile.ZipFile("mixed.zip", "w") as out:
    for name in sorted(z.namelist(), key=lambda n: n == "import.jsonl"):
        out.writestr(name, z.read(name))
    out.writestr("data/nobody/orphan.txt", "zqorphan")
PY
)
run convert "$T/made/mixed.zip" "$T/made/slack.zip" --to slack --origin x
want_rc 0
unzip -Z1 "$T/made/slack.zip" >"$T/out"
want out __uploads/
refuse out orphan
finish
