"""Do two JSON Lines files of holdfast say the same of the records that they have in common?

    same_records.py A B [--also-in-b TYPE=N]... [--without FILE] [--ignore FIELD]...

Records are known by type, scope and id; their values are compared, and not their bytes. Every record
of A must be in B, but for those in FILE (a line each: an id, or scope and id), which B must not have. B may have N further
records of a type, no more and no fewer. --ignore leaves values out; opaque records are left out.
"""
import argparse
import collections
import json
import sys


def read(path, ignored):
    records = {}
    with open(path, encoding="utf-8", newline="\n") as f:
        for line in f:
            r = json.loads(line)
            if "values" not in r or r["type"] == "opaque":
                continue
            values = {k: v for k, v in r["values"].items() if k not in ignored}
            flags = r.get("flags", 0) & 0xffff
            key = (r["type"], r["scope"], r["id"])
            if key in records:
                sys.exit("%s: two records of %s" % (path, key))
            # The moment of any other record is one of its values.
            records[key] = (r.get("time") if r["type"] == "message" else None, flags, values)
    return records


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("a")
    parser.add_argument("b")
    parser.add_argument("--also-in-b", action="append", default=[])
    parser.add_argument("--without")
    parser.add_argument("--ignore", action="append", default=[])
    arguments = parser.parse_args()
    a, b = read(arguments.a, set(arguments.ignore)), read(arguments.b, set(arguments.ignore))
    without, wrong = set(), []
    if arguments.without:
        with open(arguments.without, encoding="utf-8") as f:
            without = set(f.read().splitlines())
    for key, record in a.items():
        if key[2] in without or "%s %s" % key[1:] in without:
            if key in b:
                wrong.append("%s should not be in %s" % (key, arguments.b))
        elif key not in b:
            wrong.append("%s is not in %s" % (key, arguments.b))
        elif b[key] != record:
            differ = [f for f in record[2].keys() | b[key][2].keys() if record[2].get(f) != b[key][2].get(f)]
            wrong.append("%s differs in %s: %r, %r" % (
                key, differ or "time or flags", [record[2].get(f) for f in differ] or record[:2],
                [b[key][2].get(f) for f in differ] or b[key][:2]))
    want = {}
    for text in arguments.also_in_b:
        kind, n = text.split("=")
        want[kind] = want.get(kind, 0) + int(n)
    also = collections.Counter(key[0] for key in b.keys() - a.keys())
    for kind in want.keys() | also.keys():
        if also[kind] != want.get(kind, 0):
            first = sorted(k for k in b.keys() - a.keys() if k[0] == kind)[:3]
            wrong.append("%d further records of %s in %s, not %d: %s" % (
                also[kind], kind, arguments.b, want.get(kind, 0), first))
    for line in wrong[:20]:
        print(line[:1000])
    kinds = collections.Counter(key[0] for key in a.keys() & b.keys())
    print("%d records in common (%s), %d wrong" % (
        sum(kinds.values()), ", ".join("%s %d" % k for k in sorted(kinds.items())), len(wrong)))
    sys.exit(1 if wrong or not kinds else 0)


if __name__ == "__main__":
    main()
