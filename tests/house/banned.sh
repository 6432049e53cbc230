#!/usr/bin/env bash
# Functions that are not called here, and SQL that is not built from text. Comments and string
# literals are taken out first, so that prose may say "system (...)".
set -euo pipefail
command -v python3 >/dev/null || { echo "SKIP: no python3"; exit 77; }
exec python3 - "${HOLDFAST_SOURCE:?}" <<'PYTHON'
import pathlib, re, sys

def names(text):
    return re.compile(r"(?<![\w.>])(" + "|".join(text.split()) + r")\s*\(")

RULES = [  # (what, pattern over code, folders it is allowed in)
    ("is banned everywhere",
     names("strcpy strcat sprintf vsprintf gets strtok atoi atol atoll sscanf strncpy alloca "
           "localtime gmtime ctime asctime localtime_r gmtime_r system popen tmpfile tmpnam tempnam mktemp"), ()),
    ("belongs to lib/util (hf_alloc, hf_free)", names("malloc calloc realloc reallocarray"),
     ("lib/util/",)),
    ("belongs to lib/util (hf_free)", names("free"), ("lib/util/", "tests/support/")),
    ("belongs to cli and tests",
     names("printf vprintf puts putchar perror"), ("cli/", "tests/", "samples/")),
]
# PRAGMA is left out: SQLite binds no values there.
SQL = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE|CREATE|ATTACH|DROP|ALTER|WHERE|VALUES)\b"
                 r".*%(\.\*)?[sqQw]", re.S)
TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)

root = pathlib.Path(sys.argv[1])
bad, count = [], 0
for top in ("lib", "formats", "cli", "tests", "samples"):
    for path in sorted((root / top).rglob("*.[ch]")):
        count += 1
        where = str(path.relative_to(root))
        text = path.read_text(encoding="utf-8")
        # Blank comments and literals, keeping the line ends.
        code = TOKEN.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)
        for what, pattern, allowed in RULES:
            if where.startswith(allowed):
                continue
            for m in pattern.finditer(code):
                line = code.count("\n", 0, m.start()) + 1
                bad.append(f"{where}:{line}: {m[1]}() {what}")
        # Adjacent literals are one text to the compiler.
        no_comments = re.sub(r"/\*.*?\*/", lambda m: re.sub(r"[^\n]", " ", m[0]), text, flags=re.S)
        for m in re.finditer(r'(?:"(?:\\.|[^"\\\n])*"\s*)+', no_comments):
            if SQL.search(m[0]) and not where.startswith(("cli/", "tests/")):
                line = text.count("\n", 0, m.start()) + 1
                bad.append(f"{where}:{line}: SQL made from text: bind the value")
print("\n".join(bad) if bad else f"{count} files, nothing banned")
sys.exit(1 if bad or count == 0 else 0)
PYTHON
