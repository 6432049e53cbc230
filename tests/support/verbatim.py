"""The sidecar holds no message text that its target carries verbatim: `verbatim.py TARGET.jsonl`."""
import json
import subprocess
import sys

target = sys.argv[1]
texts = set()
for line in open(target, encoding="utf-8"):
    line = json.loads(line)
    post = line[line["type"]] if isinstance(line.get(line["type"]), dict) else {}
    for p in [post] + (post.get("replies") or []) if "message" in post else []:
        if len(p["message"]) >= 8:
            texts.add(p["message"])
sidecar = subprocess.run(["zstd", "-dc", target + ".sidecar.zst"], capture_output=True, check=True).stdout
leaves = set()


def strings(value):
    if isinstance(value, str):
        leaves.add(value)
    elif isinstance(value, dict):
        for v in value.values():
            strings(v)
    elif isinstance(value, list):
        for v in value:
            strings(v)


for line in sidecar.splitlines():
    # A reference stands for a text that is not here: null in its place, the rest is the record's own JSON.
    pieces = [p if isinstance(p, str) else "null" for p in json.loads(line).get("raw", [])]
    if pieces:
        strings(json.loads("".join(pieces)))
repeated = [t for t in texts if t in leaves]
print("%d texts in the target, %d of them in the sidecar" % (len(texts), len(repeated)))
for t in repeated[:5]:
    print("  repeated:", repr(t[:80]))
sys.exit(1 if repeated else 0)
