#!/usr/bin/env python3
"""Verify a package without holdfast: verify_package.py PACKAGE [KEY.pem]

PACKAGE is an unpacked package or a .zip. KEY.pem is the maker's public key, which you have from
somebody else than the package. Needs Python 3.8 and openssl; docs/verify-without-holdfast.md.
"""
import base64, hashlib, json, os, pathlib, re, subprocess, sys, tempfile, unicodedata, zipfile

LISTS = ("manifest-sha256.txt", "tagmanifest-sha256.txt")
bad = []

def check(is_right, what):
    print(("ok     " if is_right else "WRONG  ") + what.rstrip())
    bad.extend([] if is_right else [what])

def digest_of(path):
    h = hashlib.sha256()
    with open(path, "rb") as f:
        while chunk := f.read(1 << 20):
            h.update(chunk)
    return h.hexdigest()

def listed(root, name):
    """Names and digests of a manifest (RFC 8493): of %, CR and LF in names the codes stand there."""
    lines = (root / name).read_bytes().decode().split("\n")
    check(lines.pop() == "", f"{name} ends with a whole line")
    for line in lines:
        digest, path = re.fullmatch("([0-9a-f]{64})  (.+)", line).groups()
        yield re.sub("%(0A|0D|25)", lambda code: chr(int(code[1], 16)), path), digest

def check_names(names):
    """No name twice, either, where letter case or the form of an accent does not count."""
    folded = [unicodedata.normalize("NFD", name.casefold()) for name in names]
    check(len(set(folded)) == len(folded), "no name is there twice")

def check_files(root):
    found = [p for p in sorted(root.rglob("*")) if p.is_symlink() or not p.is_dir()]
    there = {p.relative_to(root).as_posix(): p for p in found if p.is_file() and not p.is_symlink()}
    check(len(there) == len(found), "nothing but files and folders")
    lines = [list(listed(root, name)) for name in LISTS]
    check_names([name for name, _ in lines[0] + lines[1]])
    for name, digest in lines[0] + lines[1]:
        if name not in there or digest_of(there[name]) != digest:
            check(False, f"{name}: gone, or not what is listed")
    payload, tags = dict(lines[0]), dict(lines[1])
    loose = set(there) - set(payload) - set(tags) - {LISTS[1], LISTS[1] + ".sig"}
    check(not loose, f"nothing but what is listed {sorted(loose) or ''}")
    check(all(n.startswith("data/") for n in payload), f"{len(payload)} payload files, all below data/")
    check(not any(n.startswith("data/") for n in tags) and LISTS[0] in tags, "the tag manifest lists the manifest")
    check("bagit.txt" in tags and "fetch.txt" not in tags, "it is a bag, and has all its files")
    size = sum(there[n].stat().st_size for n in payload if n in there)
    info = (root / "bag-info.txt").read_text(encoding="utf-8").split("\n")
    check(f"Payload-Oxum: {size}.{len(payload)}" in info, f"the payload has {size} bytes, as it says")

def signed(key, data, signature):
    """Ed25519 (RFC 8032) by openssl, which wants both in files."""
    with tempfile.TemporaryDirectory() as d:
        pathlib.Path(d, "data").write_bytes(data)
        pathlib.Path(d, "sig").write_bytes(signature)
        argv = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", key, "-rawin", "-in", d + "/data", "-sigfile", d + "/sig"]
        return subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0

def check_signatures(root, key):
    if key is None:
        return print("NOTE   no key given: whoever can change the files can change the lists")
    for name in (LISTS[1], LISTS[0], "receipt.json"):
        sig = root / (name + ".sig")
        check(sig.exists() and signed(key, (root / name).read_bytes(), sig.read_bytes()), f"{name} is signed by {key}")

def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()

def root_of(leaf, index, size, path):
    """The root of a log of size entries (RFC 9162, 2.1.3.2); None when the path does not fit."""
    fn, sn, r = index, size - 1, hashlib.sha256(b"\x00" + leaf).digest()
    for p in path:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            r = node(p, r)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node(r, p)
        fn, sn = fn >> 1, sn >> 1
    return r if sn == 0 and index < size else None

def check_log(root, key):
    """c2sp.org/tlog-proof: header, index, hashes, empty line, checkpoint (c2sp.org/tlog-checkpoint)."""
    if not (root / "entry.json").exists() and not (root / "proof.tlog-proof").exists():
        return print("NOTE   the package stands in no log")
    entry = (root / "entry.json").read_bytes()
    head, checkpoint = (root / "proof.tlog-proof").read_bytes().split(b"\n\n", 1)
    lines = head.decode().split("\n")
    at = next(i for i, line in enumerate(lines) if line.startswith("index "))
    index, path = int(lines[at][6:]), [base64.b64decode(line, validate=True) for line in lines[at + 1:]]
    text, _, signatures = checkpoint.decode().partition("\n\n")
    origin, size, top = text.split("\n")[:3]
    check(lines[0] == "c2sp.org/tlog-proof@v1" and root_of(entry, index, int(size), path) == base64.b64decode(top),
          f"entry {index} is in the log {origin} of {size} entries")
    check(json.loads(entry)["digests"]["receipt_sha256"] == digest_of(root / "receipt.json"), "the entry commits to the receipt")
    by = [base64.b64decode(line.split(" ")[2])[4:] for line in signatures.splitlines()]
    if key is not None and not any(signed(key, text.encode() + b"\n", s) for s in by):
        print(f"NOTE   the head of the log is not signed by {key}")

def main(package, key=None):
    with tempfile.TemporaryDirectory() as d:
        root = pathlib.Path(package)
        if root.suffix == ".zip":
            with zipfile.ZipFile(root) as z:
                check_names(z.namelist())
                z.extractall(d)  # which keeps every name below d
            check(len(os.listdir(d)) == 1, "everything lies in one folder")
            root = next(p for p in sorted(pathlib.Path(d).iterdir()) if (p / LISTS[0]).exists())
        check_files(root)
        receipt, manifest = json.loads((root / "receipt.json").read_text(encoding="utf-8")), digest_of(root / LISTS[0])
        check(any(p["manifest_sha256"] == manifest for p in receipt["payload"]), f"the receipt names manifest {manifest}")
        check_signatures(root, key)
        check_log(root, key)
    print("NOT WHAT IT WAS" if bad else "the package is what its lists say")
    return 1 if bad else 0

if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    try:
        sys.exit(main(*sys.argv[1:]))
    except (OSError, ValueError, KeyError, AttributeError, StopIteration, zipfile.BadZipFile) as e:
        sys.exit(f"WRONG  something is missing or cannot be read: {e!r}")
