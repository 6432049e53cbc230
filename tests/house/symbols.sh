#!/usr/bin/env bash
# Every function declared with HF_API is exported by the shared library, and nothing else is.
set -euo pipefail
library=${HOLDFAST_BUILD:?}/libholdfast.so
[ -e "$library" ] || { echo "SKIP: $library is not built"; exit 77; }
command -v python3 >/dev/null || { echo "SKIP: no python3"; exit 77; }
exec python3 - "${HOLDFAST_SOURCE:?}" "$library" <<'PYTHON'
import pathlib, re, subprocess, sys

root, library = pathlib.Path(sys.argv[1]), sys.argv[2]
declared = {}
for top in ("lib", "formats"):
    for path in sorted((root / top).rglob("*.h")):
        text = re.sub(r"/\*.*?\*/", " ", path.read_text(encoding="utf-8"), flags=re.S)
        text = re.sub(r"^\s*#\s*define\b.*$", "", text, flags=re.M)
        for m in re.finditer(r"\bHF_API\b([^;{]*)[;{]", text):
            what = re.sub(r"__attribute__\s*\(\(.*?\)\)\s*", "", m[1], flags=re.S)
            name = re.search(r"\b(\w+)\s*(\(|\[|$)", what.strip())
            declared[name[1]] = path.relative_to(root)
listed = subprocess.run(["nm", "-D", "--defined-only", library], check=True, text=True,
                        capture_output=True).stdout
# Sanitizers and the linker add names of their own.
own = re.compile(r"^(__|_init$|_fini$|_edata$|_end$)")
exported = {line.split()[-1] for line in listed.splitlines()}
exported = {name for name in exported if not own.match(name)}
bad = [f"{declared[n]}: {n} is declared and not exported" for n in sorted(declared.keys() - exported)]
bad += [f"{n} is exported and not declared with HF_API" for n in sorted(exported - declared.keys())]
print("\n".join(bad) if bad else f"{len(declared)} names declared and exported")
sys.exit(1 if bad or not declared else 0)
PYTHON
