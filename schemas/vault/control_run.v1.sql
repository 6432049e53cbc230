-- control.sqlite of a vault, schema 1: runs that read a live database, whatever they made of it.
-- Made with the vault; vaults from before get it with their first run.

CREATE TABLE IF NOT EXISTS run (
    id TEXT NOT NULL,            -- UUIDv7, as in the run's own output; a row for each source it read
    started_us INTEGER NOT NULL, -- microseconds UTC
    finished_us INTEGER,         -- NULL while it works, and for ever when it was killed
    command TEXT NOT NULL,       -- import, convert ...
    source TEXT NOT NULL,        -- the address without its password
    snapshot TEXT,               -- what the server calls the moment that was read
    outcome TEXT,                -- OK, PARTIAL, or the word of the error (docs/errors.md)
    counts TEXT,                 -- JSON object of record counts
    PRIMARY KEY (id, source)
) WITHOUT ROWID;
