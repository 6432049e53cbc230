-- index.sqlite of a vault, schema 1: the full-text index. Derived from records.sqlite; may be
-- deleted and is made again by 'holdfast vault reindex'. The table ft needs holdfast's tokenizer:
-- plain sqlite3 can read doc and meta.

CREATE TABLE meta (
    -- vault: as in records.sqlite; schema: 1; import: the last import it knows; tokenizer: what
    -- split the texts into words.
    key TEXT PRIMARY KEY,
    value NOT NULL
) WITHOUT ROWID;

CREATE TABLE doc (
    -- One row per message, whatever the number of its versions. docid = day * 16777216 + n, n counting from 1 within the
    -- UTC day, so that dates are ranges of docids; messages without a time stand in day 0.
    docid INTEGER PRIMARY KEY,
    rec INTEGER NOT NULL,      -- rec.id
    versions INTEGER NOT NULL, -- whose texts the row of ft has
    time_us INTEGER,
    channel INTEGER NOT NULL, -- name.id
    author INTEGER NOT NULL,  -- name.id
    traits INTEGER NOT NULL   -- of the message as it is now: 1 reply,
                              -- 2 root of a thread, 4 system, 8 by a bot, 16 deleted, 32 edited,
                              -- 64 pinned, 128 file, 256 image, 512 reaction, 1024 link,
                              -- 2048 mention, 4096 stands for something absent
);

-- Rows of ft that a newer one of the same message has taken the place of: FTS5 cannot delete from a
-- contentless table.
CREATE TABLE gone (
    docid INTEGER PRIMARY KEY
);

-- body: text and cards without markup; file: names and titles of files; earlier: the same of
-- earlier versions, and earlier texts that the source itself gives; mention: one word for each
-- mention: U+A78F, then u (user), c (channel), g (group) or b (everybody), then the native id, or x
-- and its bytes in hexadecimal when it is not made of letters and digits. Contentless.
CREATE VIRTUAL TABLE ft USING fts5(body, file, earlier, mention, content = '', tokenize = 'holdfast');
INSERT INTO ft(ft, rank) VALUES ('hashsize', 67108864);
INSERT INTO ft(ft, rank) VALUES ('automerge', 0);
INSERT INTO ft(ft, rank) VALUES ('crisismerge', 256);
