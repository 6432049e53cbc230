-- control.sqlite of a vault, schema 1: the audit log. Made with the vault; vaults from before get it
-- when they are opened for their first entry. Entries are only ever added; what may be erased are
-- rows of audit_value.

CREATE TABLE IF NOT EXISTS audit_entry (
    seq INTEGER PRIMARY KEY, -- from 0, without gaps
    leaf TEXT NOT NULL,      -- canonical JSON (RFC 8785); docs/audit.md says what it holds
    leaf_hash BLOB NOT NULL  -- SHA-256(0x00 || leaf), RFC 6962
);

CREATE TABLE IF NOT EXISTS audit_node (
    -- Complete subtrees of the Merkle tree, so that appending and proving read log2(n) rows. Derived
    -- from the leaves; verifying makes them again.
    level INTEGER NOT NULL, -- 1: of two leaves
    number INTEGER NOT NULL,
    hash BLOB NOT NULL,     -- SHA-256(0x01 || left || right)
    PRIMARY KEY (level, number)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS audit_value (
    -- What an entry commits to: its scope.NAME is the hex SHA-256(salt || value).
    seq INTEGER NOT NULL,
    name TEXT NOT NULL,
    salt BLOB NOT NULL, -- 32 bytes of chance
    value BLOB NOT NULL,
    PRIMARY KEY (seq, name)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS audit_checkpoint (
    id INTEGER PRIMARY KEY,
    size INTEGER NOT NULL, -- entries that it covers
    note TEXT NOT NULL     -- signed, c2sp.org/tlog-checkpoint
);

CREATE TABLE IF NOT EXISTS audit_anchor (
    -- Heads that somebody else has put a time on (RFC 3161).
    id INTEGER PRIMARY KEY,
    size INTEGER NOT NULL,
    checkpoint TEXT NOT NULL, -- the bytes that were stamped
    query BLOB NOT NULL,      -- the request; DER
    reply BLOB,               -- the answer; NULL while there is none
    time_us INTEGER           -- the moment that the authority states
);

CREATE TABLE IF NOT EXISTS audit_key (
    id INTEGER PRIMARY KEY, -- the last one is the current one
    vkey TEXT NOT NULL,     -- NAME+HEX8+BASE64, c2sp.org/signed-note
    since INTEGER NOT NULL, -- entries of the log when it came
    made_us INTEGER NOT NULL
);
