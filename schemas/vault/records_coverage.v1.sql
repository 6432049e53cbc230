-- Part of records.sqlite: what imports claim to hold, and where the vault does not agree with what a
-- source counted. In a file of its own, because vaults made before get these tables from here.

CREATE TABLE coverage (
    -- Of messages: all of a channel that stand strictly between first_day and last_day. Of other
    -- kinds (the days are 0 then): all of that scope, of every scope when it is 0. What is covered
    -- and was not in the import is missing since then.
    import INTEGER NOT NULL REFERENCES import(n),
    kind INTEGER NOT NULL DEFAULT 4 REFERENCES kind(id),
    scope INTEGER NOT NULL REFERENCES name(id),
    first_day INTEGER NOT NULL,
    last_day INTEGER NOT NULL,
    PRIMARY KEY (import, kind, scope, first_day)
) WITHOUT ROWID;

CREATE TABLE gap (
    -- Days of a channel of which the source counted another number of messages than the vault has
    -- (missing ones not counted) when the import was complete.
    import INTEGER NOT NULL REFERENCES import(n),
    scope INTEGER NOT NULL REFERENCES name(id),
    day INTEGER NOT NULL,
    source_rows INTEGER NOT NULL,
    kept_rows INTEGER NOT NULL,
    PRIMARY KEY (import, scope, day)
) WITHOUT ROWID;
