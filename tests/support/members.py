"""Members of a folder or ZIP with their SHA-256, one a line, sorted: `members.py PATH`."""
import hashlib
import os
import sys
import zipfile


def members(path):
    if os.path.isdir(path):
        for folder, folders, names in os.walk(path):
            for name in names:
                full = os.path.join(folder, name)
                with open(full, "rb") as f:
                    yield os.path.relpath(full, path), f.read()
            if not folders and not names and folder != path:
                yield os.path.relpath(folder, path) + "/", b""
    else:
        with zipfile.ZipFile(path) as z:
            for info in z.infolist():
                yield info.filename, z.read(info)


lines = sorted("%s  %s" % (hashlib.sha256(data).hexdigest(), name) for name, data in members(sys.argv[1]))
print("\n".join(lines))
