"""Edit a Mattermost import file by hand: one text changed, one root deleted with its replies, one post added.

usage: edit_bulk.py IN OUT; prints how many replies went with the root.
"""
import json
import sys

lines = [json.loads(l) for l in open(sys.argv[1], encoding="utf-8")]
posts = [l for l in lines if l["type"] == "post"]
plain = lambda p: not p["post"].get("props") and not p["post"].get("type")
edited = next(p for p in posts if plain(p) and not p["post"].get("replies") and len(p["post"]["message"]) > 20)
edited["post"]["message"] = "a text edited in Mattermost, with **bold** & <angles>"
root = next(p for p in posts if plain(p) and p["post"].get("replies") and p is not edited)
added = json.loads(json.dumps(edited))
added["post"].update(message="a post added in Mattermost", create_at=max(p["post"]["create_at"] for p in posts) + 60000)
for key in ("edit_at", "reactions", "attachments", "is_pinned"):
    added["post"].pop(key, None)
out = []
for line in lines:
    if line is root:
        continue
    out.append(line)
    if line is edited:
        out.append(added)
with open(sys.argv[2], "w", encoding="utf-8") as f:
    for line in out:
        f.write(json.dumps(line, ensure_ascii=False) + "\n")
print(len(root["post"]["replies"]))
