-- control.sqlite of a vault, schema 1: what happens to the vault. Short transactions only; never
-- bulk-loaded, never purged. Audit log, holds, policies and runs add their own tables.

CREATE TABLE meta (
    -- vault: as in records.sqlite; schema: 1.
    key TEXT PRIMARY KEY,
    value NOT NULL
) WITHOUT ROWID;

CREATE TABLE lease (
    -- The one writer of records.sqlite and index.sqlite; no row: nobody.
    id INTEGER PRIMARY KEY CHECK (id = 1),
    host TEXT NOT NULL,
    namespace TEXT NOT NULL,      -- of process ids; with host it says where pid means something
    pid INTEGER NOT NULL,
    pid_started INTEGER NOT NULL, -- clock ticks after boot, against reuse of the number
    started_us INTEGER NOT NULL,
    heartbeat_us INTEGER NOT NULL
);

CREATE TABLE intent (
    -- Work on the other two files that is not complete. A row that its writer left behind is
    -- finished or undone by the next one.
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,  -- load: both files are written anew beside the old ones; import: in place
    import INTEGER NOT NULL,
    state TEXT NOT NULL, -- open; ready: the new files are complete and only to be renamed
    started_us INTEGER NOT NULL
);
