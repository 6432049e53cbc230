"""The messages of a vault for floor.c: `texts.py VAULT TSV`: id, microseconds, text, by time.

Tabs and line ends in a text become blanks: words stay words.
"""
import sqlite3
import sys

db = sqlite3.connect("file:%s/records.sqlite?mode=ro" % sys.argv[1], uri=True)
db.text_factory = bytes
blanks = bytes.maketrans(b"\t\n\r\0", b"    ")
with open(sys.argv[2], "wb") as out:
    for native, us, text in db.execute(
            "SELECT r.native, r.time_us, v.text FROM rec r JOIN version v ON v.id = r.id * 65536 + r.current "
            "WHERE r.kind = 4 ORDER BY r.time_us"):
        out.write(b"%s\t%d\t%s\n" % (native, us or 0, (text or b"").translate(blanks)))
