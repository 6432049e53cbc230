"""What a script does before it does anything: inflate every member and json.loads it. `parse.py ZIP`"""
import json
import sys
import zipfile

n = 0
with zipfile.ZipFile(sys.argv[1]) as z:
    for info in z.infolist():
        if info.filename.endswith(".json"):
            value = json.loads(z.read(info))
            n += len(value) if "/" in info.filename else 0
print(n, "messages")
