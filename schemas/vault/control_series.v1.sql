-- Series of packages, each continuing where the one before ended; in control.sqlite of a vault.

CREATE TABLE IF NOT EXISTS series_package (
    -- A package of a series, written when its run begins. One that was never published (its run
    -- died, or is under way) is the last of its series and is taken away or completed by the next run.
    series TEXT NOT NULL,
    number INTEGER NOT NULL,       -- from 1, without gaps
    run TEXT NOT NULL,             -- UUID
    scope_sha256 TEXT NOT NULL,    -- of what the series exports: the same for all of them
    after_import INTEGER NOT NULL, -- imports after_import + 1 to last_import were exported
    last_import INTEGER NOT NULL,
    since_us INTEGER,              -- [since, until): NULL at the beginning
    until_us INTEGER NOT NULL,     -- when last_import was finished
    target TEXT NOT NULL,          -- path of the package
    begun_us INTEGER NOT NULL,
    manifest_sha256 TEXT,          -- of the package; NULL until its payload was complete
    receipt_sha256 TEXT,
    published_us INTEGER,          -- NULL: not, or nobody knows yet
    PRIMARY KEY (series, number)
);
