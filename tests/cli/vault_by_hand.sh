#!/usr/bin/env bash
# The vault's README holds: members come back with sqlite3, zstd and sha256sum alone, every one of
# them, and the digest over the list of members can be computed again.
set -euo pipefail
for tool in sqlite3 zstd sha256sum; do
    command -v "$tool" >/dev/null || { echo "SKIP: no $tool"; exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

"${HOLDFAST_BIN:?}" import "${HOLDFAST_SOURCE:?}/samples/slack-northwind" --into v >/dev/null 2>&1
cp v/records.sqlite copy.sqlite # a copy: plain sqlite3 is to leave the vault alone

member() { # ORDINAL: the commands of README.txt
    set +o pipefail # head stops reading when it has its bytes
    sqlite3 copy.sqlite "SELECT e.block, e.off, e.len FROM import_member m JOIN extent e
      ON e.content = m.content WHERE m.import = 1 AND m.ordinal = $1 ORDER BY e.pos" -separator ' ' |
    while read -r block off len; do
        sqlite3 copy.sqlite "SELECT writefile('block.zst', frame) FROM block WHERE id = $block" >/dev/null
        zstd -dcq block.zst | tail -c +$((off + 1)) | head -c "$len"
    done
}

n=0
while IFS='|' read -r ordinal type sha256 is_blob; do
    [ "$type" = file ] || continue
    if [ "$is_blob" = 1 ]; then
        got=$(sha256sum <"v/blobs/${sha256:0:2}/${sha256:2}")
    else
        got=$( (member "$ordinal") | sha256sum)
    fi
    [ "${got%% *}" = "$sha256" ] || { echo "member $ordinal: $got, not $sha256"; exit 1; }
    n=$((n + 1))
done < <(sqlite3 copy.sqlite "SELECT ordinal, type, sha256, is_blob FROM members_readable WHERE import = 1")
[ "$n" -gt 100 ] || { echo "only $n members"; exit 1; }

list=$(sqlite3 copy.sqlite "SELECT m.ordinal || ' ' || m.type || ' ' || coalesce(m.mtime_us, '-') ||
    ' ' || m.mode || ' ' || length(m.name) || ' ' || CAST(m.name AS TEXT) || ' ' ||
    coalesce(length(m.link), 0) || ' ' || coalesce(CAST(m.link AS TEXT), '') || ' ' ||
    coalesce(lower(hex(c.sha256)), '-') FROM import_member m LEFT JOIN content c ON c.id = m.content
    WHERE m.import = 1 ORDER BY m.ordinal" | sha256sum)
[ "${list%% *}" = "$(sqlite3 copy.sqlite 'SELECT list_sha256 FROM import')" ] ||
    { echo "the list of members has another digest"; exit 1; }

for view in messages_readable message_versions_readable users_readable channels_readable \
    imports_readable members_readable counts; do
    [ "$(sqlite3 -readonly copy.sqlite "SELECT count(*) FROM $view")" -gt 0 ] ||
        { echo "$view is empty"; exit 1; }
done
[ -f v/README.txt ] || { echo "no README.txt"; exit 1; }
echo "OK: $n members by hand"
