#!/usr/bin/env bash
# docs/errors.md lists every code of lib/util/err.def, word for word, and every exit status that the
# program gives. HF_BLESS=1 writes the list.
set -euo pipefail
command -v python3 >/dev/null || { echo "SKIP: no python3"; exit 77; }
exec python3 - "${HOLDFAST_SOURCE:-$(dirname "$0")/../..}" <<'PYTHON'
import os, pathlib, re, sys

root = pathlib.Path(sys.argv[1])
page = root / "docs/errors.md"
text = page.read_text(encoding="utf-8")
definitions = re.findall(r'HF_ERR\((\w+), (-?\d+), (\d+), "(\w+)",\s*"([^"]+)"\)',
                         (root / "lib/util/err.def").read_text(encoding="utf-8"))
rows = "".join(f"| `{word}` | {status} | {sentence} |\n" for _, _, status, word, sentence in definitions)
head, rest = text.split("writes it -->\n", 1)
_, tail = rest.split("<!-- end -->", 1)
new = (head + "writes it -->\n| Code | Exit status | Meaning |\n|---|---|---|\n" + rows +
       "<!-- end -->" + tail)
bad = []
if new != text:
    if os.environ.get("HF_BLESS") == "1":
        page.write_text(new, encoding="utf-8")
    else:
        bad.append("docs/errors.md: the codes differ from lib/util/err.def; run it with HF_BLESS=1")
documented = {}
for row in re.findall(r"^\| ([\d, ]+) \| (\w+) \|", text.split("## Codes")[0], re.M):
    documented.update({int(n): row[1] for n in row[0].split(",")})
report = (root / "cli/report.c").read_text(encoding="utf-8")
given = {int(n): word for n, word in re.findall(r"\{ (\d+), \"(\w+)\", (?:true|false) \}", report)}
for n in sorted(given.keys() | documented.keys()):
    if given.get(n) != documented.get(n):
        bad.append(f"exit status {n}: {documented.get(n)} in docs, {given.get(n)} in cli/report.c")
for _, _, status, word, _ in definitions:
    if int(status) not in documented:
        bad.append(f"{word}: exit status {status} is not in docs/errors.md")
print("\n".join(bad) if bad else f"{len(definitions)} codes, {len(documented)} exit statuses")
sys.exit(1 if bad or not definitions or not given else 0)
PYTHON
