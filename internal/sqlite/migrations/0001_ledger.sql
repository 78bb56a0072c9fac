-- The ledger of one home. Times are microseconds since 1970, UTC. Columns that
-- hold JSON say so; everything that is searched or sorted is a column of its
-- own.

-- Every row belongs to a workspace. ARM compares its names ignoring case; the
-- spelling that came first is kept.
CREATE TABLE scopes (
    id             INTEGER PRIMARY KEY,
    subscription   TEXT NOT NULL COLLATE NOCASE,
    resource_group TEXT NOT NULL COLLATE NOCASE,
    workspace      TEXT NOT NULL COLLATE NOCASE,
    UNIQUE (subscription, resource_group, workspace)
) STRICT;

-- Experiments exist for their number.
CREATE TABLE experiments (
    id    INTEGER PRIMARY KEY,
    scope INTEGER NOT NULL REFERENCES scopes (id),
    name  TEXT NOT NULL,
    UNIQUE (scope, name)
) STRICT;

-- Root jobs (parent is null) and their steps.
CREATE TABLE jobs (
    id               INTEGER PRIMARY KEY,
    scope            INTEGER NOT NULL REFERENCES scopes (id),
    name             TEXT NOT NULL,
    root             TEXT NOT NULL,
    parent           TEXT,
    step             TEXT NOT NULL,
    idx              INTEGER NOT NULL,
    type             TEXT NOT NULL,
    status           TEXT NOT NULL,
    experiment       TEXT NOT NULL,
    archived         INTEGER NOT NULL,
    created          INTEGER NOT NULL,
    started          INTEGER,
    ended            INTEGER,
    cancel_requested INTEGER,
    exit_code        INTEGER,
    created_by       TEXT NOT NULL,
    display_name     TEXT NOT NULL,
    description      TEXT NOT NULL,
    error            TEXT,          -- JSON
    tags             TEXT NOT NULL, -- JSON
    properties       TEXT NOT NULL, -- JSON
    spec             TEXT NOT NULL, -- JSON
    UNIQUE (scope, name),
    FOREIGN KEY (scope, root) REFERENCES jobs (scope, name),
    FOREIGN KEY (scope, parent) REFERENCES jobs (scope, name)
) STRICT;

-- The newest root jobs, and what they are filtered by, without touching jobs
-- (parent, always null here, only because SQLite would look it up there).
CREATE INDEX jobs_newest ON jobs (scope, created, id, archived, status, type, experiment, parent)
    WHERE parent IS NULL;
CREATE INDEX jobs_experiment ON jobs (scope, experiment, created, id, archived, status, type, parent)
    WHERE parent IS NULL;
-- Root jobs that have not ended: few, and every process that opens the home
-- looks at them.
CREATE INDEX jobs_live ON jobs (scope, created, id, archived, status, type, experiment, parent)
    WHERE parent IS NULL AND status NOT IN ('Completed', 'Failed', 'Canceled');
-- The steps of a job, as the definition orders them.
CREATE INDEX jobs_root ON jobs (scope, root, idx);
CREATE INDEX jobs_parent ON jobs (scope, parent, idx) WHERE parent IS NOT NULL;

-- What happened, for ever.
CREATE TABLE events (
    seq    INTEGER PRIMARY KEY,
    scope  INTEGER NOT NULL,
    root   TEXT NOT NULL,
    job    TEXT NOT NULL,
    step   TEXT NOT NULL,
    time   INTEGER NOT NULL,
    kind   TEXT NOT NULL,
    status TEXT NOT NULL,
    data   TEXT, -- JSON
    FOREIGN KEY (scope, job) REFERENCES jobs (scope, name)
) STRICT;

CREATE INDEX events_root ON events (scope, root, seq);

CREATE TRIGGER events_no_update BEFORE UPDATE ON events
BEGIN
    SELECT RAISE(ABORT, 'events are append-only');
END;

CREATE TRIGGER events_no_delete BEFORE DELETE ON events
BEGIN
    SELECT RAISE(ABORT, 'events are append-only');
END;

-- Which path of a datastore holds which blob. There is no index of digests:
-- they are listed as a whole, by the rare collection of blobs, and an index would
-- cost every step that ends.
CREATE TABLE files (
    scope     INTEGER NOT NULL REFERENCES scopes (id),
    datastore TEXT NOT NULL,
    path      TEXT NOT NULL,
    digest    TEXT NOT NULL,
    size      INTEGER NOT NULL,
    mode      INTEGER NOT NULL,
    modified  INTEGER NOT NULL,
    PRIMARY KEY (scope, datastore, path)
) STRICT, WITHOUT ROWID;

-- What the home remembers by name, such as the workspace used last.
CREATE TABLE memory (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL -- JSON
) STRICT, WITHOUT ROWID;
