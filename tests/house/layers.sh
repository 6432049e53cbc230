#!/usr/bin/env bash
# Who may include whom: reads every #include "..." below lib, formats and cli, and fails on an arrow
# that the table lacks. "Knows" is transitive: who knows a folder may include what that one knows.
# A folder that is not in the table fails as well: it needs a row, and a line in docs/decisions.md.
set -euo pipefail
command -v python3 >/dev/null || { echo "SKIP: no python3"; exit 77; }
exec python3 - "${HOLDFAST_SOURCE:?}" <<'PYTHON'
import pathlib, re, sys

KNOWS = {
    "lib/util": [],
    "lib/text": ["lib/util"],
    "lib/io": ["lib/util"],
    "lib/db": ["lib/text"],  # fts.c hands our tokenizer to SQLite
    "lib/model": ["lib/text"],
    "lib/query": ["lib/model"],
    "lib/format": ["lib/query", "lib/io", "lib/db"],
    "lib/vault": ["lib/format"],
    "lib/audit": ["lib/vault"],
    "lib/hold": ["lib/audit"],
    "lib/package": ["lib/audit"],
    "lib/retention": ["lib/hold"],
    "lib/subject": ["lib/hold"],
    "formats": ["lib/format"],
    "formats/mattermost": ["formats/mattermost_common"],
    "formats/mattermost_bulk": ["formats/mattermost_common"],
    "formats/mattermost_common": ["lib/format"],
    "formats/mattermost_audit": ["formats/event_common"],
    "formats/slack_audit": ["formats/event_common"],
    "formats/event_common": ["lib/format"],
    "formats/vault": ["lib/vault"],
    "cli": ["lib/retention", "lib/subject", "lib/package", "formats"],
}

root = pathlib.Path(sys.argv[1])
bad = []

def closure(layer, seen=None):
    seen = seen if seen is not None else set()
    for below in KNOWS[layer]:
        if below not in seen:
            seen.add(below)
            closure(below, seen)
    return seen

def layer_of(path):
    parts = path.relative_to(root).parts
    if parts[0] == "cli":
        return "cli"
    if parts[0] == "lib":
        return "/".join(parts[:2]) if len(parts) > 2 else "lib"
    return "/".join(parts[:2]) if len(parts) > 2 else "formats"

def resolve(path, name):
    for folder in (path.parent, root / "lib", root / "formats", root / "cli"):
        if (folder / name).is_file():
            return (folder / name).resolve()
    return None

count = 0
for top in ("lib", "formats", "cli"):
    for path in sorted((root / top).rglob("*.[ch]")):
        here = layer_of(path)
        if here == "lib":  # lib/holdfast.h is what programs include: it may name every layer
            continue
        row = here if here in KNOWS else "formats" if here.startswith("formats/") else None
        where = path.relative_to(root)
        if row is None:
            bad.append(f"{where}: folder {here} is not in the table")
            continue
        allowed = closure(row)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            found = re.match(r'\s*#\s*include\s*"([^"]+)"', line)
            if not found:
                continue
            count += 1
            target = resolve(path, found[1])
            if target is None:
                bad.append(f"{where}:{number}: no file {found[1]}")
                continue
            there = layer_of(target)
            if there != here and there not in allowed:
                bad.append(f"{where}:{number}: {here} must not include {there} ({found[1]})")

print("\n".join(bad) if bad else f"{count} includes, none against the table")
sys.exit(1 if bad or count == 0 else 0)
PYTHON
