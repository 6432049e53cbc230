"""P3, no silent loss: change any one value of the sample, and the conversion shows it.

Every (path, operator) pair of the sample export is applied once, to one record in an export that holds the index
files and that record only. After converting to Mattermost the native output must differ, or the fidelity
report's rows of that very path must differ in count or digest, or more records must be in quarantine.

usage: mutations.py HOLDFAST SAMPLE [--sidecar none|auto] [--part K/N] [--blind PATH]
--part 0/5 takes every fifth pair, from the first; the operators of a path fall into different parts.
With --blind the ledger is told to ignore PATH; the program must then find that PATH goes unnoticed (exit 0 when it
does): the control that shows that this test can fail.
"""
import concurrent.futures
import copy
import json
import os
import shutil
import subprocess
import sys
import tempfile

ROOTS = {"users.json": "user", "channels.json": "channel", "groups.json": "channel", "dms.json": "channel",
         "mpims.json": "channel", "integration_logs.json": "event"}
MAPS = {"user.profile.fields", "message.files[].shares.public", "message.files[].shares.private",
        "message.file.shares.public", "message.file.shares.private"}
OPERATORS = ("change", "add", "remove", "rename", "retype")


def walk(value, path, place, out):
    """Every value below: its path in the report's words and its place as a list of keys."""
    out.append((path, place, value))
    if isinstance(value, dict):
        for k, v in value.items():
            walk(v, path + "." + ("*" if path in MAPS else k), place + [k], out)
    elif isinstance(value, list):
        for i, v in enumerate(value):
            walk(v, path + "[]", place + [i], out)


def parent_of(record, place):
    for k in place[:-1]:
        record = record[k]
    return record


def mutate(record, place, operator):
    """A changed copy of record, or None where the operator does not apply."""
    record = copy.deepcopy(record)
    if operator == "add":
        target = record
        for k in place:
            target = target[k]
        if not isinstance(target, dict):
            return None
        target["zz_added"] = "value that was not there"
        return record
    if not place:
        return None
    owner, key = parent_of(record, place), place[-1]
    value = owner[key]
    if operator == "remove":
        del owner[key]
    elif operator == "rename":
        if not isinstance(owner, dict):
            return None
        items = [(k + "_zz" if k == key else k, v) for k, v in owner.items()]
        owner.clear()
        owner.update(items)
    elif operator == "change":
        if isinstance(value, bool):
            owner[key] = not value
        elif isinstance(value, str):
            owner[key] = value + "7" if value[-1:].isdigit() else value + "x"
        elif isinstance(value, int):
            owner[key] = value + 1
        elif value is None:
            owner[key] = "not null"
        else:
            return None
    elif operator == "retype":
        if isinstance(value, bool):
            owner[key] = "true" if value else "false"
        elif isinstance(value, str):
            owner[key] = int(value) if value.isdigit() else 7
        elif isinstance(value, (int, float)):
            owner[key] = str(value)
        elif value is None:
            owner[key] = False
        else:
            owner[key] = "was a container"
    return record


def load(sample):
    """(root word, file, index, record) of every record; and every JSON member."""
    members, records = {}, []
    for folder, _, names in os.walk(sample):
        for name in sorted(names):
            rel = os.path.relpath(os.path.join(folder, name), sample)
            if not name.endswith(".json") or "canvas_in" in name:
                continue
            with open(os.path.join(sample, rel), encoding="utf-8", errors="surrogateescape") as f:
                try:
                    members[rel] = json.load(f)
                except ValueError:
                    continue
            root = ROOTS.get(rel, "message" if os.sep in rel else None)
            if root is None:
                continue
            for i, r in enumerate(members[rel]):
                if isinstance(r, dict):
                    records.append((root, rel, i, r))
    return members, records


class Runner:
    def __init__(self, holdfast, members, sidecar, blind):
        self.holdfast, self.members, self.sidecar, self.blind = holdfast, members, sidecar, blind
        self.index = {n: m for n, m in members.items() if os.sep not in n}
        self.baselines = {}

    def convert(self, rel, index, record):
        """Native bytes, rows by path, records in quarantine of an export with this record."""
        with tempfile.TemporaryDirectory() as work:
            export = os.path.join(work, "export")
            os.mkdir(export)
            files = dict(self.index)
            if os.sep in rel:
                os.makedirs(os.path.join(export, os.path.dirname(rel)))
                files[rel] = [record]
            else:
                files[rel] = list(files[rel])
                files[rel][index] = record
            for name, content in files.items():
                with open(os.path.join(export, name), "w", encoding="utf-8", errors="surrogateescape") as f:
                    json.dump(content, f)
            out, report = os.path.join(work, "out.jsonl"), os.path.join(work, "report")
            command = [self.holdfast, "convert", "slack:" + export, out, "--to", "mattermost-bulk", "--team", "acme",
                       "--origin", "T0", "--sidecar", self.sidecar, "--report", report, "-q", "--secrets", "keep"]
            if self.blind:
                command += ["--test-blind", self.blind]
            done = subprocess.run(command, capture_output=True)
            if done.returncode not in (0, 3):
                return ("refused", done.returncode, done.stderr), {}, 0
            with open(out, "rb") as f:
                native = f.read()
            with open(os.path.join(report, "fidelity.json"), encoding="utf-8") as f:
                fidelity = json.load(f)
            rows = {}
            for row in fidelity["rows"]:
                rows.setdefault(row["path"], []).append(
                    (row["field"], row["state"], row.get("how"), row["count"], row.get("digest")))
            return native, rows, fidelity["quarantined"]

    def baseline(self, rel, index, record):
        if (rel, index) not in self.baselines:
            self.baselines[rel, index] = self.convert(rel, index, record)
        return self.baselines[rel, index]

    def noticed(self, job):
        path, operator, rel, index, record, place, mutated = job
        native, rows, quarantined = self.baseline(rel, index, record)
        native2, rows2, quarantined2 = self.convert(rel, index, mutated)
        if isinstance(native2, tuple):
            return job, True  # refused aloud is not silent
        if not self.blind and native != native2:
            return job, True
        if quarantined2 != quarantined:
            return job, True
        below = lambda r: sorted((p, v) for p, v in r.items() if p == path or p.startswith((path + ".", path + "[")))
        changed = below(rows) != below(rows2)
        if operator == "add" and rows.get(path + ".zz_added") != rows2.get(path + ".zz_added"):
            changed = True
        return job, changed


def jobs_of(records):
    seen = set()
    for root, rel, index, record in records:
        places = []
        walk(record, root, [], places)
        for path, place, _ in places:
            for operator in OPERATORS:
                if (path, operator) in seen:
                    continue
                mutated = mutate(record, place, operator)
                if mutated is None:
                    continue
                seen.add((path, operator))
                yield path, operator, rel, index, record, place, mutated


def main():
    holdfast, sample = sys.argv[1:3]
    options = dict(zip(sys.argv[3::2], sys.argv[4::2]))
    blind = options.get("--blind")
    members, records = load(sample)
    runner = Runner(holdfast, members, options.get("--sidecar", "none"), blind)
    part, parts = (int(n) for n in options.get("--part", "0/1").split("/"))
    jobs = [j for i, j in enumerate(jobs_of(records)) if i % parts == part and blind in (None, j[0])]
    silent = []
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        for job, noticed in pool.map(runner.noticed, jobs):
            if not noticed:
                silent.append(job)
    for path, operator, rel, index, *_ in silent[:40]:
        print("silent: %s of %s (%s, element %d)" % (operator, path, rel, index))
    print("%d mutations over %d paths, %d unnoticed" % (len(jobs), len({j[0] for j in jobs}), len(silent)))
    if blind is not None:
        sys.exit(0 if jobs and silent else 1)
    sys.exit(1 if silent or not jobs else 0)


main()
