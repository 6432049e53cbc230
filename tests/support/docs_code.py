#!/usr/bin/env python3
"""Take the files out of a document: blocks marked "c PATH", joined per path.

    docs_code.py PAGE FOLDER        writes FOLDER/PATH, prints each PATH
"""
import pathlib
import re
import sys

text = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")
folder = pathlib.Path(sys.argv[2])
files = {}
for path, code in re.findall(r"^```c (\S+)\n(.*?)^```$", text, re.M | re.S):
    files.setdefault(path, []).append(code)
for path, parts in files.items():
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("\n".join(parts), encoding="utf-8")
    print(path)
sys.exit(0 if files else 1)
