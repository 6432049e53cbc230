-- records.sqlite of a vault, schema 1: the evidence (members, blocks, extents) and the records.
--
-- Times are microseconds since 1970-01-01T00:00:00Z. Days are whole UTC days since then. Rows are
-- appended; what changes in place says so. "sum" columns are 32-bit checksums of their row.
-- Secondary indexes: records_indexes.v1.sql. For people: the views at the end. Comments stand inside
-- the statements, so that .schema of a vault shows them.

CREATE TABLE meta (
    -- vault: id of this vault; schema: 1; import: number of the last import. Everywhere: *_us is
    -- microseconds since 1970-01-01T00:00:00Z, a day is a whole UTC day since then.
    key TEXT PRIMARY KEY,
    value NOT NULL
) WITHOUT ROWID;

CREATE TABLE origin (
    -- The system instances that records come from.
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);

CREATE TABLE format (
    -- Data formats whose bytes are kept here, by the names of 'holdfast formats'.
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);

CREATE TABLE kind (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);
INSERT INTO kind VALUES (1, 'workspace'), (2, 'user'), (3, 'channel'), (4, 'message'),
    (5, 'emoji'), (6, 'event'), (7, 'opaque'), (8, 'membership'), (9, 'draft');

CREATE TABLE name (
    -- Native ids that many rows name: channels and authors. 0 is "none".
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
);
INSERT INTO name VALUES (0, '');

CREATE TABLE import (
    -- One row per finished import.
    n INTEGER PRIMARY KEY,
    origin INTEGER REFERENCES origin(id), -- NULL: it held no records
    format INTEGER NOT NULL REFERENCES format(id),
    source TEXT NOT NULL,                 -- path as given
    source_sha256 TEXT,                   -- of the container file; NULL when not computed
    started_us INTEGER NOT NULL,
    finished_us INTEGER NOT NULL,
    is_whole INTEGER NOT NULL,            -- 1: it holds every member of its source, byte for byte
    list_sha256 TEXT NOT NULL,            -- of its import_member rows, see README.txt
    members INTEGER NOT NULL,
    new_members INTEGER NOT NULL,         -- of these, not seen in any import before
    records INTEGER NOT NULL,
    new_records INTEGER NOT NULL,
    versions INTEGER NOT NULL,            -- added, the first of each new record included
    states INTEGER NOT NULL,              -- records of which only the current state changed
    blocks INTEGER NOT NULL,              -- added
    missing INTEGER NOT NULL,             -- records found missing
    quarantined INTEGER NOT NULL,
    last_content INTEGER NOT NULL,        -- highest content.id when it was finished: what is above came later
    bytes INTEGER NOT NULL,               -- sizes of its members
    mark_key TEXT,                        -- of a source that grows: its own name for itself
    mark TEXT                             -- and where a later import of it goes on; the source's own
);

-- --- evidence -------------------------------------------------------------------------------

CREATE TABLE content (
    -- A run of bytes kept once, however many imports have it.
    id INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL, -- 0 in blocks; 1 a file below blobs/; 2 in blocks, raw records of no member
    size INTEGER NOT NULL,
    sha256 BLOB NOT NULL
);
CREATE INDEX content_sha256 ON content(sha256);

CREATE TABLE import_member (
    -- The members of an import, in the order of its container.
    import INTEGER NOT NULL REFERENCES import(n),
    ordinal INTEGER NOT NULL,
    name BLOB NOT NULL,   -- raw bytes
    type INTEGER NOT NULL, -- 0 file, 1 folder, 2 link
    mtime_us INTEGER,     -- NULL: unknown
    mode INTEGER NOT NULL, -- permission bits, 0: unknown
    link BLOB,            -- target of a link
    is_opaque INTEGER NOT NULL, -- 1: holds no records that were read
    file TEXT,            -- native id of the attachment whose bytes these are
    content INTEGER REFERENCES content(id), -- NULL for folders and links
    is_set INTEGER NOT NULL DEFAULT 0, -- 1: rows of a table, in an order that means nothing
    PRIMARY KEY (import, ordinal)
) WITHOUT ROWID;

CREATE TABLE block (
    -- A zstd frame of up to 64 KiB of bytes.
    id INTEGER PRIMARY KEY,
    size INTEGER NOT NULL, -- bytes when unpacked
    sha256 BLOB,           -- of these bytes, for blocks that hold one member only
    frame BLOB NOT NULL
);
CREATE UNIQUE INDEX block_sha256 ON block(sha256) WHERE sha256 IS NOT NULL;

CREATE TABLE extent (
    -- A content is its extents, one after the other by pos.
    content INTEGER NOT NULL REFERENCES content(id),
    pos INTEGER NOT NULL, -- of its first byte within the content
    block INTEGER NOT NULL REFERENCES block(id),
    off INTEGER NOT NULL, -- within the unpacked block
    len INTEGER NOT NULL,
    PRIMARY KEY (content, pos)
) WITHOUT ROWID;

-- --- records --------------------------------------------------------------------------------

CREATE TABLE rec (
    -- One row per record ever seen. Identity is (origin, kind, scope, native) and never changes;
    -- the rest is the current state.
    -- flags: 1 id derived from content, 2 stands for something absent, 4 time in whole seconds,
    --   8 time without zone, 16 invented by a conversion, 256 bytes in holdfast's own form (JSON),
    --   512 reply, 1024 root of a thread, 2048 system, 4096 by a bot, 8192 deleted in the source
    --   (of a membership: over), 16384 edited, 32768 pinned; bits 16 to 23: the format's own note on where the bytes stood.
    id INTEGER PRIMARY KEY,
    origin INTEGER NOT NULL REFERENCES origin(id),
    kind INTEGER NOT NULL REFERENCES kind(id),
    scope INTEGER NOT NULL REFERENCES name(id), -- the channel of a message, the place of a membership
    native TEXT NOT NULL,
    key INTEGER NOT NULL,     -- 64-bit hash of the identity
    flags INTEGER NOT NULL,
    time_us INTEGER,
    thread TEXT,              -- native id of the thread's root
    author INTEGER NOT NULL REFERENCES name(id), -- who wrote it, did it, or is the member
    reactions INTEGER NOT NULL,
    files INTEGER NOT NULL,
    versions INTEGER NOT NULL, -- rows in version
    current INTEGER NOT NULL, -- number of the current one
    content_digest INTEGER NOT NULL,
    state_digest INTEGER NOT NULL,
    format INTEGER NOT NULL REFERENCES format(id),
    content INTEGER NOT NULL REFERENCES content(id), -- its latest bytes: len bytes at off;
        -- of a row of a table the column list is the first line of the content (unless content.kind is 2)
    off INTEGER NOT NULL,
    len INTEGER NOT NULL,
    missing INTEGER REFERENCES import(n), -- an import whose coverage has it and which lacks it
    changed INTEGER NOT NULL REFERENCES import(n), -- the last import after which this row, or the
        -- versions of the record, were not as before
    sum INTEGER NOT NULL
);

CREATE TABLE version (
    -- The contents a record ever had. id = rec * 65536 + number, numbers from 1.
    id INTEGER PRIMARY KEY,
    import INTEGER NOT NULL REFERENCES import(n), -- first seen in
    digest INTEGER NOT NULL,
    time_us INTEGER,      -- of the edit, else of the record
    format INTEGER NOT NULL REFERENCES format(id),
    flags INTEGER NOT NULL, -- rec.flags when this was current
    content INTEGER NOT NULL REFERENCES content(id),
    off INTEGER NOT NULL,
    len INTEGER NOT NULL,
    text TEXT,            -- of a message, as stored by the source
    sum INTEGER NOT NULL
);

CREATE TABLE user_version (
    -- Versions of users, in columns; id is that of version.
    id INTEGER PRIMARY KEY REFERENCES version(id),
    origin INTEGER NOT NULL REFERENCES origin(id),
    ref INTEGER NOT NULL REFERENCES name(id), -- the user's native id
    is_current INTEGER NOT NULL,
    name TEXT,
    display_name TEXT,
    real_name TEXT,
    email TEXT,
    is_bot INTEGER NOT NULL,
    is_deactivated INTEGER NOT NULL
);
CREATE INDEX user_version_ref ON user_version(origin, ref);

CREATE TABLE channel_version (
    -- Versions of channels, in columns; id is that of version.
    id INTEGER PRIMARY KEY REFERENCES version(id),
    origin INTEGER NOT NULL REFERENCES origin(id),
    ref INTEGER NOT NULL REFERENCES name(id), -- the channel's native id
    is_current INTEGER NOT NULL,
    name TEXT,
    title TEXT,
    type TEXT, -- public, private, dm, group
    topic TEXT,
    purpose TEXT,
    created_us INTEGER,
    is_archived INTEGER NOT NULL
);
CREATE INDEX channel_version_ref ON channel_version(origin, ref);

-- Further names that a user or channel record ever gave: the second identity of a bot, which
-- messages name as their author, and previous names of a channel.
CREATE TABLE other_name (
    kind INTEGER NOT NULL REFERENCES kind(id),
    origin INTEGER NOT NULL REFERENCES origin(id),
    ref INTEGER NOT NULL REFERENCES name(id), -- the user's or channel's native id
    name TEXT NOT NULL,
    PRIMARY KEY (kind, origin, ref, name)
) WITHOUT ROWID;

CREATE TABLE quarantine (
    -- Bytes that are no readable record.
    id INTEGER PRIMARY KEY,
    key INTEGER NOT NULL UNIQUE, -- 64-bit hash of origin and bytes
    import INTEGER NOT NULL REFERENCES import(n), -- first seen in
    origin INTEGER REFERENCES origin(id),
    format INTEGER NOT NULL REFERENCES format(id),
    content INTEGER NOT NULL REFERENCES content(id),
    off INTEGER NOT NULL,
    len INTEGER NOT NULL,
    reason TEXT NOT NULL
);

-- --- for people -----------------------------------------------------------------------------

CREATE VIEW messages_readable AS
SELECT o.name AS origin,
       coalesce(nullif(c.name, ''), ch.text) AS channel,
       strftime('%Y-%m-%dT%H:%M:%fZ', r.time_us / 1e6, 'unixepoch') AS time,
       coalesce(nullif(u.display_name, ''), nullif(u.real_name, ''), nullif(u.name, ''), au.text)
           AS author,
       v.text AS text,
       r.native AS id,
       r.thread AS thread,
       (r.flags & 512) != 0 AS is_reply,
       (r.flags & 2048) != 0 AS is_system,
       (r.flags & 4096) != 0 AS is_bot,
       (r.flags & 8192) != 0 AS is_deleted,
       (r.flags & 16384) != 0 AS is_edited,
       r.reactions AS reactions,
       r.files AS files,
       r.versions AS versions,
       r.missing AS missing_since_import,
       r.id AS rec
FROM rec r
JOIN origin o ON o.id = r.origin
JOIN version v ON v.id = r.id * 65536 + r.current
JOIN name ch ON ch.id = r.scope
JOIN name au ON au.id = r.author
LEFT JOIN channel_version c ON c.origin = r.origin AND c.ref = r.scope AND c.is_current
LEFT JOIN user_version u ON u.origin = r.origin AND u.ref = r.author AND u.is_current
WHERE r.kind = 4;

CREATE VIEW message_versions_readable AS
-- Every text a message ever had.
SELECT o.name AS origin,
       ch.text AS channel_id,
       r.native AS id,
       v.id & 65535 AS version,
       (v.id & 65535) = r.current AS is_current,
       v.import AS first_seen_in_import,
       strftime('%Y-%m-%dT%H:%M:%fZ', v.time_us / 1e6, 'unixepoch') AS time,
       v.text AS text
FROM version v
JOIN rec r ON r.id = v.id >> 16
JOIN origin o ON o.id = r.origin
JOIN name ch ON ch.id = r.scope
WHERE r.kind = 4;

CREATE VIEW users_readable AS
SELECT o.name AS origin, n.text AS id, u.name AS name, u.display_name AS display_name,
       u.real_name AS real_name, u.email AS email, u.is_bot AS is_bot,
       u.is_deactivated AS is_deactivated,
       u.id & 65535 AS version, u.is_current AS is_current
FROM user_version u
JOIN origin o ON o.id = u.origin
JOIN name n ON n.id = u.ref;

CREATE VIEW channels_readable AS
SELECT o.name AS origin, n.text AS id, c.name AS name, c.title AS title, c.type AS type,
       c.topic AS topic, c.purpose AS purpose,
       strftime('%Y-%m-%dT%H:%M:%SZ', c.created_us / 1e6, 'unixepoch') AS created,
       c.is_archived AS is_archived,
       c.id & 65535 AS version, c.is_current AS is_current
FROM channel_version c
JOIN origin o ON o.id = c.origin
JOIN name n ON n.id = c.ref;

CREATE VIEW imports_readable AS
SELECT i.n AS import, o.name AS origin, f.name AS format, i.source AS source,
       strftime('%Y-%m-%dT%H:%M:%SZ', i.started_us / 1e6, 'unixepoch') AS started,
       strftime('%Y-%m-%dT%H:%M:%SZ', i.finished_us / 1e6, 'unixepoch') AS finished,
       i.members AS members, i.new_members AS new_members, i.records AS records,
       i.new_records AS new_records, i.versions AS versions, i.missing AS missing,
       i.quarantined AS quarantined, i.bytes AS bytes
FROM import i
JOIN format f ON f.id = i.format
LEFT JOIN origin o ON o.id = i.origin;

CREATE VIEW members_readable AS
SELECT m.import AS import, m.ordinal AS ordinal, CAST(m.name AS TEXT) AS name,
       CASE m.type WHEN 0 THEN 'file' WHEN 1 THEN 'folder' ELSE 'link' END AS type,
       c.size AS size, lower(hex(c.sha256)) AS sha256, c.kind = 1 AS is_blob
FROM import_member m
LEFT JOIN content c ON c.id = m.content;

CREATE VIEW counts AS
-- The counts that every command prints, per origin. Stand-ins and inventions are apart.
SELECT o.name AS origin,
       sum(r.kind = 1 AND r.flags & 18 = 0) AS workspaces,
       sum(r.kind = 2 AND r.flags & 18 = 0) AS users,
       sum(r.kind = 3 AND r.flags & 18 = 0 AND coalesce(c.type, '') NOT IN ('private', 'dm', 'group'))
           AS channels,
       sum(r.kind = 3 AND r.flags & 18 = 0 AND c.type IS 'private') AS private_channels,
       sum(r.kind = 3 AND r.flags & 18 = 0 AND c.type IS 'dm') AS dms,
       sum(r.kind = 3 AND r.flags & 18 = 0 AND c.type IS 'group') AS groups,
       sum(r.kind = 4 AND r.flags & 18 = 0) AS messages,
       sum(r.kind = 4 AND r.flags & 18 = 0 AND r.flags & 512 != 0) AS replies,
       sum(r.kind = 4 AND r.flags & 18 = 0 AND r.flags & 1024 != 0) AS roots,
       sum(r.kind = 4 AND r.flags & 18 = 0 AND r.flags & 2048 != 0) AS system,
       sum(r.kind = 4 AND r.flags & 18 = 0 AND r.flags & 4096 != 0) AS bot,
       sum(r.kind = 4 AND r.flags & 18 = 0 AND r.flags & 8192 != 0) AS deleted,
       sum(r.kind = 4 AND r.flags & 18 = 0 AND r.flags & 16384 != 0) AS edited,
       sum((r.kind = 4 AND r.flags & 18 = 0) * r.reactions) AS reactions,
       sum((r.kind = 4 AND r.flags & 18 = 0) * r.files) AS files,
       sum(r.kind = 5 AND r.flags & 18 = 0) AS emoji,
       sum(r.kind = 6 AND r.flags & 18 = 0) AS events,
       sum(r.flags & 18 != 0) AS stubs,
       sum(r.versions) AS versions,
       sum(r.missing IS NOT NULL) AS missing
FROM rec r
JOIN origin o ON o.id = r.origin
LEFT JOIN channel_version c ON r.kind = 3 AND c.id = r.id * 65536 + r.current
GROUP BY r.origin;
