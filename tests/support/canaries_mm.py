"""P11 for Mattermost's database: what is withheld stays withheld.

canaries_mm.py plant [FOLDER]      SQL on standard output: every text of a generated database says whose it is;
                                   with FOLDER also the attachments, from the lines "path|id" on standard input
canaries_mm.py check DATABASE CHANNEL SINCE USER FILE...
    FILE holds, decompressed, no word of anybody who is not in CHANNEL, of other places, of messages
    other than those since SINCE (milliseconds) by USER (empty: anybody), of what is no message; and
    the words of all that were kept, except where a format has no place for some (.zip)
The server is the one of tests/support/pg.sh (HF_PG_SOCKET).
"""
import gzip
import io
import os
import re
import subprocess
import sys
import zipfile

WHOSE = "id || '-' || channelid || '-' || coalesce(nullif(originalid, ''), id)"
PLANT = """
UPDATE users SET username = 'zqu' || id, nickname = 'zqu' || id, firstname = 'zqu' || id, lastname = 'zqu' || id,
    position = 'zqu' || id, email = 'zqu' || id || '@example.org', props = jsonb_build_object('customStatus', 'zqu' || id),
    notifyprops = jsonb_build_object('mention_keys', 'zqu' || id);
UPDATE bots SET description = 'zqu' || userid;
UPDATE channels SET displayname = 'zqc' || id, header = 'zqc' || id, purpose = 'zqc' || id,
    name = CASE WHEN type IN ('O', 'P') THEN 'zqc' || id ELSE name END;
UPDATE posts SET message = message || ' zqm' || {0}, hashtags = '#zqm' || {0},
    props = coalesce(props, '{{}}') || jsonb_build_object('zq', 'zqm' || {0});
UPDATE fileinfo SET name = 'zqf' || postid || '.txt', content = 'zqf' || postid, size = 29 WHERE postid <> '';
UPDATE fileinfo SET name = 'zqo-file.txt', content = 'zqo-file' WHERE coalesce(postid, '') = '';
UPDATE translations SET text = 'zqt' || objectid;
UPDATE temporaryposts SET message = 'zqb' || postid;
UPDATE drafts SET message = 'zqo-draft';
UPDATE scheduledposts SET message = 'zqo-scheduled';
UPDATE preferences SET value = 'zqo-preference';
UPDATE audits SET extrainfo = 'zqo-audit';
UPDATE recapchannels SET highlights = 'zqo-recap';
UPDATE channelbookmarks SET displayname = 'zqo-bookmark';
UPDATE linkmetadata SET data = '{{"zqo": "zqo-link"}}';
UPDATE pluginkeyvaluestore SET pvalue = 'zqo-plugin';
UPDATE propertyvalues SET value = '"zqo-property"';
UPDATE fork_case_notes SET note = 'zqo-fork';
""".format(WHOSE)
WORD = re.compile(rb"zq(?:([ucftb])([a-z0-9]{26})|(m)[a-z0-9]{26}-([a-z0-9]{26})-([a-z0-9]{26})|(o)-[a-z]+)")


def rows(database, sql):
    out = subprocess.run(["psql", "-X", "-At", "-h", os.environ["HF_PG_SOCKET"], "-U", "postgres", "-d", database,
                          "-c", sql], stdout=subprocess.PIPE, text=True, check=True)
    return set(out.stdout.split())


def texts(data, depth=0):
    yield data
    if depth == 3:
        return
    inner = []
    if data[:2] == b"PK":
        z = zipfile.ZipFile(io.BytesIO(data))
        inner = [n.encode() for n in z.namelist()] + [z.read(n) for n in z.namelist()]
    elif data[:4] == b"\x28\xb5\x2f\xfd":
        inner = [subprocess.run(["zstd", "-dcq"], input=data, stdout=subprocess.PIPE, check=True).stdout]
    elif data[:2] == b"\x1f\x8b":
        inner = [gzip.decompress(data)]
    for one in inner:
        yield from texts(one, depth + 1)


def check(database, channel, since, user, files):
    chosen = "channelid = '%s' AND createat >= %d AND originalid = ''" % (channel, int(since))
    if user:
        chosen += " AND userid = '%s'" % user
    kept = rows(database, "SELECT id FROM posts WHERE " + chosen)
    insiders = rows(database, "SELECT userid FROM channelmembers WHERE channelid = '{0}' UNION SELECT userid FROM"
                    " channelmemberhistory WHERE channelid = '{0}' UNION SELECT userid FROM posts WHERE channelid ="
                    " '{0}' UNION SELECT r.userid FROM reactions r JOIN posts p ON p.id = r.postid WHERE p.channelid ="
                    " '{0}' UNION SELECT creatorid FROM channels WHERE id = '{0}'".format(channel))
    others = rows(database, "SELECT count(*) FROM posts WHERE channelid = '%s' AND originalid = ''" % channel)
    wrong = len(kept) < 5 or (others == {str(len(kept))} and (user or int(since)))
    if wrong:
        print("the choice proves nothing:", len(kept), others)
    for path in files:
        outsiders, seen = set(), set()
        with open(path, "rb") as f:
            data = f.read()
        for text in texts(data):
            for found in WORD.finditer(text):
                kind, own, is_message, place, message, is_other = (g and g.decode() for g in found.groups())
                good = not is_other and (
                    message in kept and place == channel if is_message else
                    own in insiders if kind == "u" else own == channel if kind == "c" else own in kept)
                if not good:
                    outsiders.add(found.group().decode())
                elif is_message:
                    seen.add(message)
        if outsiders:
            print(path, "has", sorted(outsiders)[:5])
        lacks = kept - seen if not path.endswith((".zip", ".zst")) else set() if seen or path.endswith(".zst") else kept
        if lacks:
            print(path, "lacks", len(lacks), sorted(lacks)[:5])
        wrong = wrong or outsiders or lacks
    return 1 if wrong else 0


def plant(folder):
    print(PLANT)
    for line in sys.stdin if folder else ():
        path, message = line.rstrip("\n").split("|")
        path = os.path.join(folder, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="ascii") as f:
            f.write("zqf" + message)


if __name__ == "__main__":
    if sys.argv[1] == "plant":
        plant(sys.argv[2] if len(sys.argv) > 2 else None)
    else:
        sys.exit(check(*sys.argv[2:6], sys.argv[6:]))
