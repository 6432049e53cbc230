"""Hostile Slack exports, the same bytes every time: `attacks.py FOLDER`.

Each is a small good export with one thing done to it. good.zip is the export itself: two people,
general (3 days of 3 messages) and random (2 messages). ZIPs are put together byte by byte, so that
any field can lie; PKWARE APPNOTE 6.3.10.
"""
import json
import os
import stat
import struct
import sys
import zipfile
import zlib

MIB = 1 << 20


def dumps(value):
    return json.dumps(value, indent=1).encode()


def message(n, day, **more):
    m = {"type": "message", "user": ["U0ANA", "U0BEN"][n % 2], "text": "message %d of day %d" % (n, day),
         "ts": "%d.%06d" % (1704153600 + day * 86400 + n * 60, n)}
    m.update(more)
    return m


def good():
    """Name to bytes, in order."""
    users = [{"id": i, "team_id": "T0ATTACK", "name": n, "profile": {"real_name": n.title()}}
             for i, n in (("U0ANA", "ana"), ("U0BEN", "ben"))]
    channels = [{"id": "C0GENERAL", "name": "general", "members": ["U0ANA", "U0BEN"]},
                {"id": "C0RANDOM", "name": "random", "members": ["U0ANA"]}]
    files = {"users.json": dumps(users), "channels.json": dumps(channels)}
    for day in range(3):
        files["general/2024-01-%02d.json" % (day + 2)] = dumps([message(n, day) for n in range(3)])
    files["random/2024-01-02.json"] = dumps([message(n, 0) for n in range(2)])
    return files


DAY = "general/2024-01-03.json"


def changed(name, data):
    files = good()
    files[name] = data
    return files


def day_with(raw):
    """The second day of general, where raw stands in place of the message in the middle."""
    first, last = dumps(message(0, 1)), dumps(message(2, 1))
    return changed(DAY, b"[" + first + b",\n" + raw + b",\n" + last + b"]")


# --- ZIP ------------------------------------------------------------------------------------------


def deflate(data):
    z = zlib.compressobj(9, zlib.DEFLATED, -15)
    return z.compress(data) + z.flush()


def zip_bytes(members, comment=b""):
    """members: dicts with name and data; or packed, size, crc, method, flags, mode, at (share the
    local header there)."""
    out, directory, count = bytearray(), bytearray(), 0
    for m in members:
        name = m["name"] if isinstance(m["name"], bytes) else m["name"].encode()
        data = m.get("data", b"")
        method = m.get("method", 8)
        packed = m.get("packed", deflate(data) if method == 8 else data)
        size, crc = m.get("size", len(data)), m.get("crc", zlib.crc32(data))
        flags = m.get("flags", 0 if name.isascii() else 0x800)
        fields = struct.pack("<HHHHHIIIHH", 20, flags, method, 0, 0x21, crc, len(packed),
                             size, len(name), 0)
        at = m.get("at", len(out))
        if "at" not in m:
            out += b"PK\x03\x04" + fields + name + packed
        directory += (b"PK\x01\x02" + struct.pack("<H", 3 << 8 | 20) + fields +
                      struct.pack("<HHHII", 0, 0, 0, m.get("mode", 0o100644) << 16, at) + name)
        count += 1
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), len(out), len(comment))
    return bytes(out + directory + b"PK\x05\x06" + end + comment)


def plain(files):
    return [{"name": n, "data": d} for n, d in files.items()]


def cut_central(data):
    """Without the end record and half of the directory."""
    return data[:data.index(b"PK\x01\x02") + 60]


def spoil_middle(data, name):
    """Change one bit in the packed bytes of a member, so that its CRC is wrong."""
    at = 0  # the first local header
    while True:
        packed, _, name_n, extra_n = struct.unpack_from("<IIHH", data, at + 18)
        start = at + 30 + name_n + extra_n
        if data[at + 30:at + 30 + name_n] == name.encode():
            break
        at = start + packed
    middle = start + packed // 2
    return data[:middle] + bytes([data[middle] ^ 0x10]) + data[middle + 1:]


def stored_with_bad_crc(name):
    members = plain(good())
    for m in members:
        if m["name"] == name:
            m.update(method=0, crc=zlib.crc32(m["data"]) ^ 1)
    return zip_bytes(members)


def encrypted():
    """Traditional encryption as to flags and length; nobody has the key."""
    members = plain(good())
    for m in members:
        if m["name"] == DAY:
            m.update(flags=1, packed=bytes(12) + deflate(m["data"]))
    return zip_bytes(members)


def overlapping():
    """Fifty more members, each sharing the local header of the first."""
    members = plain(good())
    first = dict(members[0], at=0)
    return zip_bytes(members + [dict(first, name="general/2024-02-%02d.json" % i) for i in range(1, 29)])


def straddling():
    """A member whose data reaches over the next member's header."""
    files = plain(good())
    files[0].update(method=0)
    data = bytearray(zip_bytes(files))
    longer = struct.pack("<II", len(files[0]["data"]) + 50, len(files[0]["data"]) + 50)
    data[18:26] = longer
    central = data.index(b"PK\x01\x02")
    data[central + 20:central + 28] = longer
    return bytes(data)


def bomb(size, lie=None):
    """A day file of size blanks: about 1000:1. lie: the size that both headers say."""
    z = zlib.compressobj(6, zlib.DEFLATED, -15)
    crc, chunk, left, packed = 0, b" " * MIB, size, b""
    while left > 0:
        piece = chunk[:min(left, MIB)]
        crc, left = zlib.crc32(piece, crc), left - len(piece)
        packed += z.compress(piece)
    packed += z.flush()
    return zip_bytes(plain(good()) + [{"name": "general/2024-01-05.json", "packed": packed, "crc": crc,
                                       "size": size if lie is None else lie}])


def many_bombs():
    """Each member keeps within a ratio of its own; all together are past the limit."""
    z = deflate(b" " * (60 * MIB))
    crc = zlib.crc32(b" " * (60 * MIB))
    return zip_bytes(plain(good()) + [{"name": "general/2024-03-%02d.json" % i, "packed": z, "crc": crc,
                                       "size": 60 * MIB} for i in range(1, 29)])


def tar_gz_bomb():
    """A tar of 512 MiB of blanks as one member, in about 1 MiB of gzip."""
    gz = zlib.compressobj(6, zlib.DEFLATED, 31)
    out, size = b"", 512 * MIB

    def header(name, n):
        h = bytearray(512)
        h[0:len(name)] = name.encode()
        h[100:108], h[108:116], h[116:124] = b"0000644\0", b"0000000\0", b"0000000\0"
        h[124:136], h[136:148], h[156:157] = b"%011o\0" % n, b"%011o\0" % 0, b"0"
        h[257:265], h[148:156] = b"ustar\x0000", b" " * 8  # blanks while the sum is taken
        h[148:156] = b"%06o\0 " % sum(h)
        return bytes(h)

    for name, data in good().items():
        out += gz.compress(header(name, len(data)) + data + bytes(-len(data) % 512))
    out += gz.compress(header("general/2024-01-05.json", size))
    for _ in range(size // MIB):
        out += gz.compress(b" " * MIB)
    return out + gz.compress(bytes(1024)) + gz.flush()


# --- the list -------------------------------------------------------------------------------------


def zips():
    good_zip = zip_bytes(plain(good()))
    yield "good", good_zip
    # Containers.
    yield "cut_middle", good_zip[:len(good_zip) // 3]
    yield "cut_directory", cut_central(good_zip)
    yield "cut_last_byte", good_zip[:-1]
    yield "bad_crc", stored_with_bad_crc(DAY)
    yield "bad_bit", spoil_middle(good_zip, DAY)
    yield "bad_crc_opaque", zip_bytes(plain(good()) + [
        {"name": "notes.bin", "data": b"notes", "crc": 1, "method": 0}])
    yield "overlapping", overlapping()
    yield "straddling", straddling()
    yield "encrypted", encrypted()
    yield "empty", zip_bytes([])
    yield "no_export", zip_bytes([{"name": "readme.txt", "data": b"hello"}])
    yield "no_zip", b"This is a text that somebody named export.zip.\n" * 20
    yield "nothing", b""
    yield "bomb", bomb(512 * MIB)
    yield "bomb_lying", bomb(512 * MIB, lie=1000)
    yield "bomb_many", many_bombs()
    # Names.
    for name, bad in (("dotdot", "../../escaped.json"), ("dotdot_day", "general/../../../2024-01-09.json"),
                      ("absolute", "/tmp/holdfast-escaped.json"), ("backslash", "..\\..\\escaped.json"),
                      ("drive", "C:\\escaped.json"), ("nul", b"esc\0aped.json")):
        yield "name_" + name, zip_bytes(plain(good()) + [{"name": bad, "data": b"[]"}])
    yield "symlink", zip_bytes(plain(good()) + [
        {"name": "notes.json", "data": b"/etc/passwd", "mode": stat.S_IFLNK | 0o777, "method": 0},
        {"name": "general/2024-01-06.json", "data": b"../../../etc/passwd", "mode": stat.S_IFLNK | 0o777}])
    twice = plain(good())
    again = [m for m in twice if m["name"] == DAY][0]
    other = dumps([message(7, 1, text="only in the second of the same name")])
    yield "duplicate_names", zip_bytes(twice + [dict(again, data=other)])
    # Records.
    text = dumps(message(1, 1))
    yield "broken_json", zip_bytes(plain(day_with(text.replace(b'"text":', b'"text" '))))
    yield "broken_cut", zip_bytes(plain(changed(DAY, good()[DAY][:-40])))
    deep = b"[" * 100000 + b"]" * 100000
    yield "deep", zip_bytes(plain(day_with(deep)))
    yield "deep_inside", zip_bytes(plain(day_with(text[:-2] + b',"blocks":' + deep + b"}")))
    yield "tokens", zip_bytes(plain(day_with(text[:-2] + b',"x":[' + b"0," * 2000000 + b"0]}")))
    yield "surrogates", zip_bytes(plain(day_with(text.replace(b"message 1", b"\\ud83d message \\udc00 1"))))
    yield "bad_utf8", zip_bytes(plain(day_with(text.replace(b"message 1", b"\xff\xc0\xaf message \xed\xa0\x80 1"))))
    yield "duplicate_keys", zip_bytes(plain(day_with(text[:-2] + b',"text":"the second text"}')))
    yield "day_object", zip_bytes(plain(changed(DAY, dumps({"messages": [message(1, 1)]}))))
    yield "day_string", zip_bytes(plain(changed(DAY, b'"nothing here"')))
    yield "day_scalars", zip_bytes(plain(day_with(b'17, "text", null, true')))
    yield "numeric_user", zip_bytes(plain(day_with(text.replace(b'"U0BEN"', b"12345"))))
    yield "users_broken", zip_bytes(plain(changed("users.json", good()["users.json"].replace(b'"U0BEN"', b'"U0BEN'))))
    channels = json.loads(good()["channels.json"])
    channels[1]["name"] = "ran\x1b]0;owned\x07\x1b[31mdom\x9b2J\u202e"
    users = json.loads(good()["users.json"])
    users[0]["profile"]["real_name"] = "Ana\x1b[2J\x9b31m\u202e"
    files = changed("channels.json", dumps(channels))
    files["users.json"] = dumps(users)
    files[channels[1]["name"] + "/2024-01-04.json"] = dumps([message(1, 2, text="\x1b[2Jcleared \x1b]52;c;aGk=\x07")])
    yield "escapes", zip_bytes(plain(files))


def folders(top):
    """A folder with a link to a file and one to a folder outside, and what a link must not show."""
    with open(os.path.join(top, "outside.txt"), "w", encoding="utf-8") as f:
        f.write("CANARY-OUTSIDE the export\n")
    folder = os.path.join(top, "linked")
    for name, data in good().items():
        full = os.path.join(folder, name)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "wb") as f:
            f.write(data)
    os.symlink("../outside.txt", os.path.join(folder, "notes.json"))
    os.symlink("..", os.path.join(folder, "up"))


def main():
    top = sys.argv[1]
    os.makedirs(top, exist_ok=True)
    for name, data in zips():
        with open(os.path.join(top, name + ".zip"), "wb") as f:
            f.write(data)
    with open(os.path.join(top, "bomb.tar.gz"), "wb") as f:
        f.write(tar_gz_bomb())
    folders(top)
    with zipfile.ZipFile(os.path.join(top, "good.zip")) as z:
        assert z.testzip() is None


if __name__ == "__main__":
    main()
