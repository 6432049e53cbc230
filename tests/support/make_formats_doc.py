#!/usr/bin/env python3
"""Print docs/formats.md: what `holdfast formats` says, and what readers gave for the sample.

    make_formats_doc.py HOLDFAST SAMPLE
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HOLDFAST, SAMPLE = sys.argv[1:3]

HEAD = """# Formats

<!-- made by tests/support/make_formats_doc.py; HF_BLESS=1 tests/house/docs_formats.sh writes it -->

`holdfast formats` prints this list, `holdfast formats NAME` one format with its fields and options. FORMAT:PATH names a source's format when detection is not wanted.
"""

FIELDS = """
## Fields

**r**: the reader gave it for the sample export (`samples/slack-northwind`, and the Mattermost file made of it, read without its sidecar). **w**: the writer can say it. What a target cannot say goes into the
sidecar, and every value is accounted in the fidelity report; this table says what the target's own users will see. A reader takes more than stands here: values without a field of their own are kept raw, in a
vault, in JSON Lines and in the sidecar.
"""


def run(*words):
    done = subprocess.run([HOLDFAST, *words], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{words}: exit status {done.returncode}\n{done.stderr.decode()}")
    return done.stdout.decode("utf-8")


def fields_of(path):
    """The fields that occur in a JSON Lines file of ours."""
    seen = set()
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            for name, value in json.loads(line).get("values", {}).items():
                items = value if isinstance(value, list) else [value]
                for item in items:
                    seen.update(f"{name}.{part}" for part in item) if isinstance(item, dict) else seen.add(name)
    return seen


def what_readers_gave():
    with tempfile.TemporaryDirectory() as folder:
        bulk, a, b = (str(pathlib.Path(folder) / name) for name in ("mm.zip", "a.jsonl", "b.jsonl"))
        run("convert", SAMPLE, a, "--to", "jsonl")
        run("convert", SAMPLE, bulk, "--to", "mattermost-bulk", "--team", "northwind")
        run("convert", bulk, b, "--to", "jsonl", "--ignore-sidecar", "--origin", "sample")
        return {"slack": fields_of(a), "mattermost-bulk": fields_of(b)}


def options_table(form, key, title):
    rows = "".join(f"| `{o['name']}` | {o['value'] or ''} | {o['help']} |\n" for o in form.get(key) or [])
    return f"\n| {title} (`--set NAME=VALUE`) | Value | Meaning |\n|---|---|---|\n{rows}" if rows else ""


def main():
    formats = [json.loads(run("formats", f["format"], "--json")) for f in json.loads(run("formats", "--json"))["formats"]]
    formats.sort(key=lambda f: f["format"])
    read = what_readers_gave()
    out = [HEAD, "\n| Format | Reads | Writes | What it is | Described in |\n|---|---|---|---|---|\n"]
    for f in formats:
        spec = f["spec"]
        name, target = spec.split("/")[-1], spec if "://" in spec else os.path.relpath(spec, "docs")
        there = "://" in spec or (pathlib.Path(__file__).parents[2] / spec).exists()
        link = f"[{name}]({target})" if there else f"`{spec}`"
        out.append(f"| `{f['format']}` | {'yes' if f['reads'] else 'no'} | {'yes' if f['writes'] else 'no'} | "
                   f"{f['title']} | {link} |\n")
    for f in formats:
        table = options_table(f, "read_options", "Reading") + options_table(f, "write_options", "Writing")
        if table:
            out.append(f"\n## Options of {f['format']}\n{table}")
    shown = [f for f in formats if f["format"] in ("slack", "mattermost-bulk", "txt")]
    names = {"txt": "txt, md"}
    out.append(FIELDS)
    out.append("\n`jsonl` and `vault` can say all of them.\n\n| Field | Meaning | " +
               " | ".join(names.get(f["format"], f["format"]) for f in shown) + " |\n|---|---|" + "---|" * len(shown) + "\n")
    written = {f["format"]: {x["field"] for x in f["fields"] if x["is_written"]} for f in formats if f["writes"]}
    assert written["txt"] == written["md"], "txt and md differ: give each a column"
    for x in next(f for f in formats if f["format"] == "jsonl")["fields"]:
        marks = [("r" if x["field"] in read.get(f["format"], ()) else "") + ("w" if x["field"] in written[f["format"]] else "")
                 for f in shown]
        out.append(f"| `{x['field']}` | {x['meaning']} | " + " | ".join(marks) + " |\n")
    sys.stdout.write("".join(out))


main()
