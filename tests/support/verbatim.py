"""The sidecar holds no message text that its target carries verbatim: `verbatim.py TARGET.jsonl`."""
import json
import subprocess
import sys

target = sys.argv[1]
texts = set()
for line in open(target, encoding="utf-8"):
    line = json.loads(line)
    post = line.get(line["type"], {})
    for p in [post] + (post.get("replies") or []) if "message" in post else []:
        if len(p["message"]) >= 8:
            texts.add(p["message"])
sidecar = subprocess.run(["zstd", "-dc", target + ".sidecar.zst"], capture_output=True, check=True).stdout
leaves = []


def strings(value):
    if isinstance(value, str):
        try:
            strings(json.loads(value))
        except ValueError:
            leaves.append(value)
    elif isinstance(value, dict):
        for v in value.values():
            strings(v)
    elif isinstance(value, list):
        for v in value:
            strings(v)


for line in sidecar.splitlines():
    entry = json.loads(line)
    # Literal pieces of a record: a text that stands whole in one of them, quoted, is a leaf.
    for piece in entry.get("raw", []):
        if isinstance(piece, str):
            leaves.append(piece)
blob = "\n".join(leaves)
repeated = [t for t in texts if json.dumps(t)[1:-1] in blob or t in blob]
print("%d texts in the target, %d of them in the sidecar" % (len(texts), len(repeated)))
for t in repeated[:5]:
    print("  repeated:", repr(t[:80]))
sys.exit(1 if repeated else 0)
