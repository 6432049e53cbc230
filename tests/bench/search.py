"""How long a search takes as a whole process, from start to exit, in the vault of a generated export.

usage: search.py HOLDFAST VAULT MANIFEST [--runs N] [--export ZIP --check N] [--files FOLDER] [--limit-ms MS]

Six classes of queries, N runs in all (200), each another query, drawn from the vault's own texts by a
fixed seed: a rare word; a common word, newest first; a phrase; a prefix; words with OR and NOT; a
word with person and days. Every run gives the exact count and the first 100 hits as JSON; beside the
clock stands the CPU time, which other work on the machine does not change much. With
--check, so many queries of each class are asked of the export itself as well, where the count comes
from reading every message. With --files, ripgrep looks for the same words in the unzipped files.
Ends with 1 when a count differs, or when the 95th percentile is above --limit-ms.
"""
import argparse
import collections
import json
import os
import random
import re
import resource
import sqlite3
import subprocess
import sys
import time

WORD = re.compile(r"[a-z]{4,12}")


def sample(vault, n):
    """Words of n messages drawn from all, as lists."""
    db = sqlite3.connect("file:%s/records.sqlite?mode=ro" % vault, uri=True)
    last = db.execute("SELECT max(id) FROM rec").fetchone()[0]
    draw, out = random.Random(1), []
    while len(out) < n:
        row = db.execute("SELECT v.text FROM rec r JOIN version v ON v.id = r.id * 65536 + r.current "
                         "WHERE r.kind = 4 AND r.id >= ? LIMIT 1", (draw.randint(1, last),)).fetchone()
        if row and row[0] and "<" not in row[0] and "`" not in row[0]:
            out.append(row[0].lower())
    return out


def make_queries(vault, manifest, n):
    draw, texts = random.Random(2), sample(vault, 6000)
    count = collections.Counter(w for t in texts for w in set(WORD.findall(t)))
    by_rank = [w for w, _ in count.most_common()]
    common, middle, rare = by_rank[:60], by_rank[60:400], [w for w in by_rank if count[w] == 1]
    pairs = [p for t in texts for p in re.findall(r"(?<![\w&;])([a-z]{3,12}) (?=([a-z]{3,12})\b)", t)]
    people = [c["username"] for c in manifest["custodians"]]
    year, days = int(manifest["start"][:4]), manifest["days"]
    start = time.mktime((year, 1, 1, 0, 0, 0, 0, 0, 0)) - time.timezone
    day = lambda d: time.strftime("%Y-%m-%d", time.gmtime(start + d * 86400))
    word = manifest["needles"]["word"]

    def with_person():
        a = draw.randrange(days - 1)
        b = min(days, a + draw.randint(1, 90))
        return "%s from:%s after:%s before:%s" % (draw.choice(common), draw.choice(people), day(a), day(b))

    kinds = {
        "rare word": lambda: draw.choice(rare + [word]),
        "common word, newest first": lambda: draw.choice(common),
        "phrase": lambda: '"%s %s"' % draw.choice(pairs),
        "prefix": lambda: draw.choice(middle + rare)[:draw.randint(3, 4)] + "*",
        "boolean": lambda: "(%s OR %s) %s -%s" % (draw.choice(middle), draw.choice(middle), draw.choice(common), draw.choice(common)),
        "word with person and days": with_person,
    }
    return {kind: [make() for _ in range(n // 6 + (i < n % 6))] for i, (kind, make) in enumerate(kinds.items())}


def cpu_ms():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (used.ru_utime + used.ru_stime) * 1000


def run(command):
    """((milliseconds by the clock, of CPU time), process)"""
    start, before = time.perf_counter(), cpu_ms()
    p = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    return ((time.perf_counter() - start) * 1000, cpu_ms() - before), p


def ask(holdfast, source, query, limit=100):
    ms, p = run([holdfast, "search", source, "--json", "--limit", str(limit), "--", query])
    if p.returncode != 0:
        sys.exit("search %r of %s: %d %s" % (query, source, p.returncode, p.stderr.decode()))
    answer = json.loads(p.stdout)
    return ms, answer["messages"], [(h["channel_id"], h["id"]) for h in answer["hits"]]


def percentile(values, p):
    return sorted(values)[min(len(values) - 1, int(len(values) * p / 100))]


def line(title, values, more=""):
    clock, cpu = zip(*values)
    print("%-28s %5d %8.1f %8.1f %8.1f %8.1f %8.1f  %s" % (title, len(values), percentile(clock, 50), percentile(clock, 95), max(clock),
                                                          percentile(cpu, 50), percentile(cpu, 95), more))


def ripgrep(kind, query, folder):
    """The nearest thing: lines with the first word, or the phrase."""
    words = WORD.findall(query)
    pattern = query.strip('"') if kind == "phrase" else query.rstrip("*") if kind == "prefix" else words[0]
    return run(["rg", "-i", "-c", "--no-messages", ("" if kind == "prefix" else r"\b") + pattern, folder])[0]


def main():
    args = argparse.ArgumentParser()
    for name in ("holdfast", "vault", "manifest"):
        args.add_argument(name)
    args.add_argument("--runs", type=int, default=200)
    args.add_argument("--export")
    args.add_argument("--check", type=int, default=0)
    args.add_argument("--files")
    args.add_argument("--limit-ms", type=float, default=0)
    a = args.parse_args()
    with open(a.manifest, encoding="utf-8") as f:
        queries = make_queries(a.vault, json.load(f), a.runs)
    everything, bad = [], 0
    ask(a.holdfast, a.vault, "warm")
    print("%-28s %5s %8s %8s %8s %8s %8s" % ("milliseconds", "runs", "p50", "p95", "max", "CPU p50", "CPU p95"))
    line("start alone (version)", [run([a.holdfast, "version"])[0] for _ in range(20)])
    for kind, list_of in queries.items():
        times, slowest = [], (0, "")
        for query in list_of:
            ms, count, _ = ask(a.holdfast, a.vault, query)
            times.append(ms)
            slowest = max(slowest, (ms[1], "%s: %d" % (query, count)))
        line(kind, times, slowest[1])
        everything += times
    line("all", everything)
    for kind, list_of in queries.items() if a.files else ():
        line("rg: " + kind, [ripgrep(kind, q, a.files) for q in list_of[:3]])
    for kind, list_of in queries.items() if a.export else ():
        for query in list_of[:a.check]:
            _, count, hits = ask(a.holdfast, a.vault, query)
            ms, want, want_hits = ask(a.holdfast, a.export, query)
            if (count, hits) != (want, want_hits):
                bad += 1
                print("%s: %s: the vault finds %d, the export %d%s" % (kind, query, count, want, "" if count != want else ", other hits first"))
    if a.export:
        print("%d queries asked of the export too: %d differ" % (6 * a.check, bad))
    p95 = percentile([clock for clock, _ in everything], 95)
    if a.limit_ms and p95 > a.limit_ms:
        print("p95 is %.1f ms, above %.0f (load %.1f on %d processors)" % (p95, a.limit_ms, os.getloadavg()[0], os.cpu_count()))
        bad += 1
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
