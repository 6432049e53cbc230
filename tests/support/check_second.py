"""Did the imports after a vault's first bring exactly what mutate_mm.py did? `check_second.py VAULT REPORT GONE`

A server's days that do not agree with what is kept are read again, by an import of their own.

GONE gets the records that the source no longer has, for same_records.py --without.
"""
import json
import sqlite3
import sys

db = sqlite3.connect("file:%s/records.sqlite?mode=ro" % sys.argv[1], uri=True)
with open(sys.argv[2], encoding="utf-8") as report:
    ids = json.load(report)["ids"]
wrong = 0
FIRST = "(SELECT import FROM version WHERE id = r.id * 65536 + 1)"
CURRENT = "(SELECT import FROM version WHERE id = r.id * 65536 + r.current)"
NEW = FIRST + " > 1"
CHANGED = FIRST + " = 1 AND " + CURRENT + " > 1"
STATE = FIRST + " = 1 AND " + CURRENT + " = 1 AND r.changed > 1 AND r.missing IS NULL"


def check(what, want, kind, condition, name="r.native"):
    global wrong
    got = [r[0] for r in db.execute(
        "SELECT %s FROM rec r JOIN kind k ON k.id = r.kind JOIN name n ON n.id = r.scope WHERE k.name = ? AND %s" % (
            name, condition), (kind,))]
    want = want if isinstance(want, int) else list(want)
    if isinstance(want, int):
        want, got = [str(want)], [str(len(got))]
    if set(want) == set(got) and len(set(got)) == len(got):
        return
    wrong += 1
    print("%s: %d, not %d; lacks %s; has too many %s" % (
        what, len(got), len(want), sorted(set(want) - set(got))[:5], sorted(set(got) - set(want))[:5]))


check("new messages", ids["new"], "message", NEW)
check("messages with a new version", ids["versions"], "message", CHANGED)
check("messages with a new state", ids["states"], "message", STATE)
check("messages that are missing", ids["erased"], "message", "r.missing > 1")
check("users with a new version", ids["users"], "user", CHANGED)
check("users with a new state", ids["user states"], "user", STATE)
check("channels with a new version", ids["channels"], "channel", CHANGED)
check("new memberships", 2 * len(ids["joined"]), "membership", NEW)  # a row of members, one of history
check("memberships that are missing", map(" ".join, ids["left"]), "membership", "r.missing > 1",
      "n.text || ' ' || r.native")
check("new users", 0, "user", NEW)
check("new channels", 0, "channel", NEW)
check("new events", 0, "event", NEW)
print("after import 1: %d new records, %d versions, %d states, %d missing" % db.execute(
    "SELECT sum(new_records), sum(versions), sum(states), sum(missing) FROM import WHERE n > 1").fetchone())
with open(sys.argv[3], "w", encoding="utf-8") as gone:
    print(*ids["erased"], *map(" ".join, ids["left"]), sep="\n", file=gone)
sys.exit(wrong)
