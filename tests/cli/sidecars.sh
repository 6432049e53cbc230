#!/usr/bin/env bash
# The sidecar beside a file: which one may lie there, and what is said of one that is damaged or another's.
. "$HOLDFAST_SOURCE/tests/support/cli.sh"

sample=$HOLDFAST_SOURCE/samples/slack-northwind
convert() { expect_any "0 3" "$HOLDFAST_BIN" -q convert "$@"; }

# A target that is written again must not be read with the sidecar of the one before.
convert "$sample" "$work/all.jsonl" --to mattermost-bulk --team acme
cp "$work/all.jsonl.sidecar.zst" "$work/sidecar"
convert "$sample" "$work/all.jsonl" --to mattermost-bulk --team acme --channel random --sidecar none --overwrite
[ -e "$work/all.jsonl.sidecar.zst" ] && fail "the sidecar of the file before lies beside the new one"

# Nor a new one with a sidecar that happens to lie there.
cp "$work/sidecar" "$work/new.jsonl.sidecar.zst"
run convert "$sample" "$work/new.jsonl" --to mattermost-bulk --team acme --sidecar none
want_rc 6
want err "new.jsonl.sidecar.zst exists"
[ -e "$work/new.jsonl" ] && fail "a file was written beside a sidecar of another"

# When the target does not come, the earlier pair stays as it was.
convert "$sample" "$work/pair.jsonl" --to mattermost-bulk --team acme
sha256sum "$work"/pair.jsonl* >"$work/sums"
run convert "$sample" "$work/pair.jsonl" --to mattermost-bulk --team acme --sidecar none --strict --overwrite
want_rc 6
sha256sum --quiet -c "$work/sums" || fail "a refused run changed the pair"
find "$work" -name '*.old' -o -name '*.partial*' | grep . && fail "left behind"

# One that is damaged, or belongs to another file: 4, and nothing is written. A sidecar is input like any other.
python3 - "$HOLDFAST_BIN" "$work" <<'P' || fail "sidecars that are not as they should be"
import json, os, shutil, subprocess, sys

program, work = sys.argv[1:]
target, copy, out = work + "/pair.jsonl", work + "/hostile.jsonl", work + "/hostile.back"
packed = open(target + ".sidecar.zst", "rb").read()
lines = subprocess.run(["zstd", "-dcq"], input=packed, capture_output=True, check=True).stdout.splitlines()
head, entries = lines[0], [json.loads(x) for x in lines[1:]]
chosen = next(i for i, e in enumerate(entries) if e["k"] == "message" and "t" in e and any(isinstance(x, list) for x in e["raw"]))
failed = []


def attempt(name, sidecar, allowed):
    shutil.copy(target, copy)
    open(copy + ".sidecar.zst", "wb").write(sidecar)
    p = subprocess.run([program, "-q", "convert", copy, out, "--to", "slack"], capture_output=True, timeout=300)
    if p.returncode not in allowed or (p.returncode not in (0, 3) and os.path.exists(out)):
        failed.append((name, p.returncode, p.stderr.decode(errors="replace")[:1000]))
    shutil.rmtree(out, ignore_errors=True)
    if os.path.exists(out + ".sidecar.zst"):
        os.remove(out + ".sidecar.zst")


def pack(parts):
    return subprocess.run(["zstd", "-cq"], input=b"\n".join(parts) + b"\n", capture_output=True, check=True).stdout


def changed(**keys):
    new = dict(entries[chosen], **keys)
    new = {k: v for k, v in new.items() if v is not None}
    return pack([head] + lines[1:chosen + 1] + [json.dumps(new).encode()] + lines[chosen + 2:])


def referring(*items):
    return changed(raw=['{"type":"message","ts":"1.0","a":', list(items), "}"])


bound = entries[chosen]["t"]
for name, sidecar in [
    ("empty", b""), ("no zstd", b"hello"), ("cut", packed[:len(packed) // 2]), ("cut in the head", packed[:5]),
    ("changed byte", packed[:500] + bytes([packed[500] ^ 255]) + packed[501:]),
    ("no head", pack([])), ("no JSON", pack(lines + [b"nonsense"])), ("blank line", pack(lines + [b""])),
    ("no object", pack(lines + [b"7"])), ("no kind", pack(lines + [b"{}"])), ("unknown kind", changed(k="thing")),
    ("number as kind", changed(k=4)), ("container with target", changed(k="bytes")),
    ("raw a number", changed(raw=5)), ("raw no JSON", changed(raw=["{no"])), ("raw no object", changed(raw=["[]"])),
    ("target a list", changed(t=[1])), ("digests a list", changed(t=dict(bound, f=[1]))),
    # a record of far more bytes than any may have
    ("bomb", changed(raw=['{"a":"'] + ["x" * (1 << 20)] * 80 + ['"}'])),
]:
    attempt(name, sidecar, (4,))
for name, sidecar in [
    ("reference without end", referring("message.text")), ("negative", referring("message.text", -1, -5, -9, 0)),
    ("far", referring("message.text", 2**63 - 1, 2**63 - 1, 2**63 - 1, 2)), ("style", referring("message.text", 0, 0, 4, 99)),
    ("odd items", referring({}, [], "x", None, True)), ("elsewhere", referring("message.text", 0, 0, 0, 1, {"b": 1}, [])),
    ("no digests", changed(t={k: v for k, v in bound.items() if k != "f"})),
    ("digests of other types", changed(t=dict(bound, f={"message.text": 1, "message.time": [], "message.author.user": None}))),
    ("no raw", changed(raw=None)), ("flags", changed(g=2**31)), ("unknown format", changed(x="thing")),
    ("name out of the folder", pack(lines + [b'{"k":"member","ordinal":99999,"name":"../../x","type":0,"size":3,"mode":420}',
                                             b'{"k":"bytes","data":"abc"}'])),
]:
    attempt(name, sidecar, (0, 3, 4))
attempt("another's", pack([head, json.dumps(dict(entries[chosen], t=dict(bound, i="another"))).encode()]), (4,))
attempt("another format's", pack([head.replace(b'"mattermost-bulk"', b'"slack"')] + lines[1:]), (4,))
for f in failed:
    print("   ", *f)
sys.exit(1 if failed else 0)
P

# A part of an export has records whose bytes the scope took away: some of them the target has no place for.
expect_any "0 3" "$HOLDFAST_BIN" convert "$HOLDFAST_SOURCE/samples/slack-northwind" "$work/part" --to mattermost-bulk --team acme --since 2000-01-01 >/dev/null
expect_any "0 3" "$HOLDFAST_BIN" inspect "$work/part" >/dev/null

pass
