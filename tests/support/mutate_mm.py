"""Change a generated Mattermost database (hfgen --to mattermost-sql, new schema) as its server would.

    mutate_mm.py once DATABASE REPORT [--seed S] [--changes N]
        N changes (1,000), no message twice; REPORT gets JSON: what was done, and the ids of the
        records that a second reading must bring, by what should be said of them
    mutate_mm.py run DATABASE [--seed S] [--rate R]
        R changes a second (500) until its standard input ends; then prints how many were made, and
        how long that took

The server is the one of tests/support/pg.sh (HF_PG_SOCKET). Statements go through one psql.
"""
import argparse
import collections
import json
import os
import random
import select
import subprocess
import sys
import time

LETTERS = "ybndrfg8ejkmcpqxot1uwisza345h769"
SHARES = {  # of a thousand
    "edit": 270, "post": 140, "reply": 80, "delete": 120, "delete thread": 10, "undelete": 30,
    "react": 150, "unreact": 60, "react again": 20, "pin": 40, "rename channel": 10, "rename user": 5,
    "deactivate": 5, "join": 15, "leave": 15, "silent edit": 20, "erase": 10,
}


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


class Database:
    def __init__(self, name):
        self.psql = subprocess.Popen(
            ["psql", "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-h",
             os.environ["HF_PG_SOCKET"], "-U", "postgres", "-d", name],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")

    def run(self, *statements):
        """Run in one transaction, return the rows."""
        self.psql.stdin.write("BEGIN;\n%s;\nCOMMIT;\n\\echo done\n" % ";\n".join(statements))
        self.psql.stdin.flush()
        rows = []
        for line in self.psql.stdout:
            if line == "done\n":
                return rows
            rows.append(line.rstrip("\n").split("\t"))
        sys.exit("psql ended")

    def close(self):
        self.psql.stdin.close()
        if self.psql.wait() != 0:
            sys.exit("psql: exit status %d" % self.psql.returncode)


class Changes:
    def __init__(self, database, seed):  # two runs on one database need two seeds
        self.db, self.random = database, random.Random(seed)
        self.done = collections.Counter()
        self.ids = collections.defaultdict(list)
        self.used, self.last_ms = set(), 0
        ask = database.run
        self.posts = [r[0] for r in ask(
            "SELECT id FROM posts p WHERE originalid = '' AND rootid = '' AND deleteat = 0 AND type = ''"
            " AND NOT EXISTS (SELECT FROM threads t WHERE t.postid = p.id) ORDER BY id")]
        self.roots = [r[0] for r in ask(
            "SELECT id FROM posts WHERE originalid = '' AND rootid = '' AND deleteat = 0 AND type = ''"
            " AND id IN (SELECT postid FROM threads) ORDER BY id")]
        self.gone = [r[0] for r in ask(
            "SELECT id FROM posts p WHERE originalid = '' AND rootid = '' AND deleteat <> 0"
            " AND NOT EXISTS (SELECT FROM threads t WHERE t.postid = p.id) ORDER BY id")]
        self.reacted = [r for r in ask(
            "SELECT r.postid, r.userid, r.emojiname, r.deleteat <> 0 FROM reactions r JOIN posts p ON"
            " p.id = r.postid WHERE p.deleteat = 0 AND p.type = '' AND p.rootid = '' AND r.deleteat"
            " IS NOT NULL AND NOT EXISTS (SELECT FROM threads t WHERE t.postid = p.id) ORDER BY 1, 2, 3")]
        self.members = ask("SELECT channelid, userid FROM channelmembers ORDER BY 1, 2")
        self.channels = [r[0] for r in ask(
            "SELECT id FROM channels WHERE type IN ('O', 'P') AND deleteat = 0 ORDER BY id")]
        self.users = [r[0] for r in ask(
            "SELECT id FROM users WHERE deleteat = 0 AND id NOT IN (SELECT userid FROM bots) ORDER BY id")]
        for pool in (self.posts, self.roots, self.gone, self.reacted, self.members):
            self.random.shuffle(pool)

    def new_id(self):
        return "".join(self.random.choices(LETTERS, k=26))

    def now(self):
        self.last_ms = max(self.last_ms + 1, int(time.time() * 1000))
        return self.last_ms

    def take(self, pool):
        """One that no change was made to yet; None when there is none left."""
        while pool:
            item = pool.pop()
            key = item if isinstance(item, str) else item[0]
            if key not in self.used:
                self.used.add(key)
                return item
        return None

    def text(self):
        return "Changed %d: '%s' \\ \t tide\n%s" % (
            self.done.total(), self.random.choice(["berth", "crane", "buoy", "\u6e2f"]), self.random.random())

    # --- what the server does -----------------------------------------------------------------------

    def history(self, post, now):
        columns = ("createat, userid, channelid, rootid, message, type, props, hashtags, filenames,"
                   " fileids, hasreactions, editat, ispinned, remoteid")
        return ("INSERT INTO posts (id, originalid, updateat, deleteat, %s) SELECT '%s', id, %d, %d, %s"
                " FROM posts WHERE id = '%s'" % (columns, self.new_id(), now, now, columns, post))

    def edit(self):
        post, now = self.take(self.posts), self.now()
        if post is None:
            return False
        self.db.run(self.history(post, now),
                    "UPDATE posts SET message = %s, editat = %d, updateat = %d WHERE id = '%s'" % (
                        quoted(self.text()), now, now, post))
        self.ids["versions"].append(post)
        return True

    def silent_edit(self):
        """By hand, in SQL: no column says that or when it was."""
        post = self.take(self.posts)
        if post is None:
            return False
        self.db.run("UPDATE posts SET message = message || ' (by hand)' WHERE id = '%s'" % post)
        self.ids["versions"].append(post)
        return True

    def post(self, root=""):
        now, post = self.now(), self.new_id()
        channel, user = self.random.choice(self.members)
        add = ["INSERT INTO posts (id, createat, updateat, deleteat, userid, channelid, rootid, originalid,"
               " message, type, props, hashtags, filenames, fileids, hasreactions, editat, ispinned) SELECT"
               " '%s', %d, %d, 0, '%s', %s, '%s', '', %s, '', '{}', '', '[]', '[]', false, 0, false%s" % (
                   post, now, now, user, "channelid" if root else quoted(channel), root,
                   quoted(self.text()), " FROM posts WHERE id = '%s'" % root if root else "")]
        if root:
            add.append("UPDATE posts SET updateat = %d WHERE id = '%s'" % (now, root))
            add.append("UPDATE threads SET replycount = replycount + 1, lastreplyat = %d"
                       " WHERE postid = '%s'" % (now, root))
        else:
            add.append("UPDATE channels SET lastpostat = %d, totalmsgcount = totalmsgcount + 1"
                       " WHERE id = '%s'" % (now, channel))
        self.db.run(*add)
        self.ids["new"].append(post)
        return True

    def reply(self):
        root = self.take(self.roots)
        return root is not None and self.post(root)

    def delete_rows(self, post, now):
        return self.db.run(
            "UPDATE posts SET deleteat = %d, updateat = %d, props = jsonb_set(props, '{deleteBy}',"
            " to_jsonb(userid)) WHERE id = '%s' OR rootid = '%s' RETURNING id, originalid" % (
                now, now, post, post),
            "UPDATE fileinfo SET deleteat = %d WHERE postid = '%s'" % (now, post),
            "UPDATE threads SET threaddeleteat = %d WHERE postid = '%s'" % (now, post))

    def delete(self):
        post = self.take(self.posts)
        if post is None:
            return False
        rows = self.delete_rows(post, self.now())
        self.ids["versions"] += [r[0] for r in rows if r[1] == ""]  # answers that no thread counts, too
        return True

    def delete_thread(self):
        root = self.take(self.roots)
        if root is None:
            return False
        rows = self.delete_rows(root, self.now())
        self.ids["versions"] += [r[0] for r in rows if r[1] == ""]
        return True

    def undelete(self):
        post, now = self.take(self.gone), self.now()
        if post is None:
            return False
        self.db.run("UPDATE posts SET deleteat = 0, updateat = %d, props = props - 'deleteBy'"
                    " WHERE id = '%s'" % (now, post))
        self.ids["versions"].append(post)
        return True

    def touch(self, post, now):
        return ("UPDATE posts SET updateat = %d, hasreactions = EXISTS (SELECT FROM reactions WHERE postid ="
                " '%s' AND coalesce(deleteat, 0) = 0) WHERE id = '%s'" % (now, post, post))

    def react(self):
        post, now = self.take(self.posts), self.now()
        if post is None:
            return False
        self.db.run("INSERT INTO reactions SELECT '%s', id, 'late_bell', %d, %d, 0, NULL, channelid FROM posts"
                    " WHERE id = '%s'" % (self.random.choice(self.users), now, now, post),
                    self.touch(post, now))
        self.ids["states"].append(post)
        return True

    def take_reaction(self, is_gone):
        rest = [r for r in self.reacted if (r[3] == "t") == is_gone]
        found = self.take(rest)
        return found

    def unreact(self):
        found, now = self.take_reaction(False), self.now()
        if found is None:
            return False
        self.db.run("UPDATE reactions SET updateat = %d, deleteat = %d WHERE postid = '%s' AND userid = '%s'"
                    " AND emojiname = '%s'" % (now, now, *found[:3]), self.touch(found[0], now))
        self.ids["states"].append(found[0])
        return True

    def react_again(self):
        found, now = self.take_reaction(True), self.now()
        if found is None:
            return False
        self.db.run("UPDATE reactions SET updateat = %d, deleteat = 0 WHERE postid = '%s' AND userid = '%s'"
                    " AND emojiname = '%s'" % (now, *found[:3]), self.touch(found[0], now))
        self.ids["states"].append(found[0])
        return True

    def pin(self):
        """Leaves a version with the same text, as every change of the row by its author does."""
        post, now = self.take(self.posts), self.now()
        if post is None:
            return False
        self.db.run(self.history(post, now), "UPDATE posts SET ispinned = NOT ispinned, updateat = %d"
                    " WHERE id = '%s'" % (now, post))
        self.ids["versions"].append(post)
        return True

    def rename_channel(self):
        channel, now = self.take(self.channels), self.now()
        if channel is None:
            return False
        self.db.run("UPDATE channels SET displayname = 'Renamed %d', updateat = %d WHERE id = '%s'" % (
            now % 100000, now, channel))
        self.ids["channels"].append(channel)
        return True

    def rename_user(self):
        user, now = self.take(self.users), self.now()
        if user is None:
            return False
        self.db.run("UPDATE users SET username = 'renamed.%d', updateat = %d WHERE id = '%s'" % (
            now % 100000, now, user))
        self.ids["users"].append(user)
        return True

    def deactivate(self):
        user, now = self.take(self.users), self.now()
        if user is None:
            return False
        self.db.run("UPDATE users SET deleteat = %d, updateat = %d WHERE id = '%s'" % (now, now, user))
        self.ids["user states"].append(user)
        return True

    def join(self):
        channel, user, now = self.random.choice(self.channels), self.random.choice(self.users), self.now()
        rows = self.db.run(
            "INSERT INTO channelmembers (channelid, userid, roles, lastviewedat, msgcount, mentioncount,"
            " notifyprops, lastupdateat, schemeuser, schemeadmin, schemeguest) VALUES ('%s', '%s', '', 0, 0, 0,"
            " '{}', %d, true, false, false) ON CONFLICT DO NOTHING RETURNING 1" % (channel, user, now))
        if not rows:
            return self.join()
        self.db.run("INSERT INTO channelmemberhistory VALUES ('%s', '%s', %d, NULL)" % (channel, user, now))
        self.ids["joined"].append([channel, user])
        return True

    def leave(self):
        found, now = self.take(self.members), self.now()
        if found is None:
            return False
        self.db.run("DELETE FROM channelmembers WHERE channelid = '%s' AND userid = '%s'" % tuple(found),
                    "UPDATE channelmemberhistory SET leavetime = %d WHERE channelid = '%s' AND userid = '%s'"
                    " AND leavetime IS NULL" % (now, *found))
        self.ids["left"].append(found)
        return True

    def erase(self):
        """By SQL or a retention job: nothing stays."""
        post = self.take(self.posts)
        if post is None:
            return False
        self.db.run("DELETE FROM posts WHERE id = '%s' OR originalid = '%s'" % (post, post),
                    "DELETE FROM reactions WHERE postid = '%s'" % post,
                    "DELETE FROM fileinfo WHERE postid = '%s'" % post)
        self.ids["erased"].append(post)
        return True

    def make(self, name):
        if not getattr(self, name.replace(" ", "_"))():
            return False
        self.done[name] += 1
        return True


def once(changes, arguments):
    plan = [name for name, share in SHARES.items() for _ in range(share * arguments.changes // 1000)]
    changes.random.shuffle(plan)
    for name in plan:
        if not changes.make(name):
            sys.exit("nothing left to %s: make a larger database" % name)
    with open(arguments.report, "w", encoding="utf-8") as f:
        json.dump({"done": changes.done, "total": len(plan), "ids": changes.ids}, f, indent=1)


def run(changes, arguments):
    names = [n for n in SHARES if n not in ("rename channel", "rename user", "deactivate", "delete thread")]
    weights = [SHARES[n] for n in names]
    start = time.monotonic()
    while not select.select([sys.stdin], [], [], 0)[0]:
        for name in changes.random.choices(names, weights, k=10):
            if not changes.make(name):
                changes.make("post")
        ahead = changes.done.total() / arguments.rate - (time.monotonic() - start)
        if ahead > 0:
            time.sleep(ahead)
    print(changes.done.total(), round(time.monotonic() - start, 2))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("mode", choices=("once", "run"))
    parser.add_argument("database")
    parser.add_argument("report", nargs="?")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--changes", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=500)
    arguments = parser.parse_args()
    database = Database(arguments.database)
    changes = Changes(database, "%s %d" % (arguments.mode, arguments.seed))
    (once if arguments.mode == "once" else run)(changes, arguments)
    database.close()


if __name__ == "__main__":
    main()
