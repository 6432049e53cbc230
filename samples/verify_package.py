#!/usr/bin/env python3
"""Verify a package without holdfast: verify_package.py PACKAGE [KEY.pem]

PACKAGE is an unpacked package or a .zip. KEY.pem is the maker's public key, which you have from
somebody else than the package. Needs Python 3.8 and the openssl program, nothing else. Every check
is a few lines, so that you can read what it does: docs/verify-without-holdfast.md.
"""
import base64, hashlib, json, pathlib, subprocess, sys, tempfile, zipfile

bad = []


def check(is_right, what):
    print(("ok     " if is_right else "WRONG  ") + what.rstrip())
    if not is_right:
        bad.append(what)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def listed(root, name):
    """Names and digests of a manifest (RFC 8493): of %, CR and LF in names the codes stand there."""
    for line in (root / name).read_text(encoding="utf-8").splitlines():
        digest, path = line.split(None, 1)
        for code, char in (("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
            path = path.replace(code, char)
        yield path, digest.lower()


def digest_of(path):
    h = hashlib.sha256()
    with open(path, "rb") as f:
        while chunk := f.read(1 << 20):
            h.update(chunk)
    return h.hexdigest()


def signed(key, data, signature):
    """Ed25519 (RFC 8032) by openssl, which wants both in files."""
    with tempfile.TemporaryDirectory() as d:
        pathlib.Path(d, "data").write_bytes(data)
        pathlib.Path(d, "sig").write_bytes(signature)
        argv = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", str(key), "-rawin", "-in", d + "/data",
                "-sigfile", d + "/sig"]
        return subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def check_files(root):
    payload, tags = dict(listed(root, "manifest-sha256.txt")), dict(listed(root, "tagmanifest-sha256.txt"))
    there = {p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file()}
    for name, digest in sorted({**payload, **tags}.items()):
        safe = not name.startswith("/") and ".." not in name.split("/")
        if not safe or name not in there or digest_of(root / name) != digest:
            check(False, f"{name}: gone, or not what is listed")
    loose = there - set(payload) - set(tags) - {"tagmanifest-sha256.txt", "tagmanifest-sha256.txt.sig"}
    check(not loose, f"nothing but what is listed {sorted(loose) or ''}")
    check({n for n in payload if n.startswith("data/")} == set(payload), f"{len(payload)} payload files, all below data/")
    check("manifest-sha256.txt" in tags, "the tag manifest lists the manifest")


def check_signatures(root, key):
    names = ("tagmanifest-sha256.txt", "manifest-sha256.txt", "receipt.json")
    if key is None:
        return print("NOTE   no key given: whoever can change the files can change the lists")
    for name in names:
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
    if not (root / "entry.json").exists():
        return print("NOTE   the package stands in no log")
    entry, receipt = (root / "entry.json").read_bytes(), (root / "receipt.json").read_bytes()
    head, checkpoint = (root / "proof.tlog-proof").read_bytes().split(b"\n\n", 1)
    lines = head.decode().split("\n")
    index = int(next(line for line in lines if line.startswith("index "))[6:])
    path = [base64.b64decode(line) for line in lines[lines.index(f"index {index}") + 1:]]
    text, _, signatures = checkpoint.decode().partition("\n\n")
    origin, size, top = text.split("\n")[:3]
    check(lines[0] == "c2sp.org/tlog-proof@v1" and root_of(entry, index, int(size), path) == base64.b64decode(top),
          f"entry {index} is in the log {origin} of {size} entries")
    check(json.loads(entry)["digests"]["receipt_sha256"] == sha256(receipt), "the entry commits to the receipt")
    if key is not None and signatures:
        by = [base64.b64decode(line.split(" ")[2])[4:] for line in signatures.splitlines()]
        check(any(signed(key, text.encode() + b"\n", s) for s in by), f"the head of the log is signed by {key}")


def main(package, key=None):
    with tempfile.TemporaryDirectory() as d:
        root = pathlib.Path(package)
        if root.suffix == ".zip":
            zipfile.ZipFile(root).extractall(d)  # which keeps every name below d
            root = next(pathlib.Path(d).iterdir())
        check_files(root)
        receipt = json.loads((root / "receipt.json").read_text(encoding="utf-8"))
        manifest = sha256((root / "manifest-sha256.txt").read_bytes())
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
    except (OSError, ValueError, KeyError, StopIteration, zipfile.BadZipFile) as e:
        sys.exit(f"WRONG  something is missing or cannot be read: {e!r}")
