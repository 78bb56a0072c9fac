-- What a workspace keeps besides jobs and files, and the jobs that came through
-- a door.

-- Everything that is registered, under its collection. The container of an
-- asset is a row like that of a version, with an empty version.
CREATE TABLE resources (
    id         INTEGER PRIMARY KEY,
    scope      INTEGER NOT NULL REFERENCES scopes (id),
    collection TEXT NOT NULL,
    key        TEXT NOT NULL, -- the name as it is compared
    name       TEXT NOT NULL,
    version    TEXT NOT NULL,
    number     INTEGER,       -- the version, if it is a decimal number
    created    INTEGER NOT NULL,
    modified   INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    archived   INTEGER NOT NULL,
    anonymous  INTEGER NOT NULL,
    body       TEXT NOT NULL, -- JSON, as it came
    digests    TEXT NOT NULL, -- JSON
    UNIQUE (scope, collection, key, version)
) STRICT;

-- The newest of a collection: the next one has to be newer.
CREATE INDEX resources_created ON resources (scope, collection, created);
-- Containers of assets, and resources without versions, in both orders of lists,
-- with what they are filtered by.
CREATE INDEX resources_named ON resources (scope, collection, name COLLATE NOCASE, id, archived, anonymous)
    WHERE version = '';
CREATE INDEX resources_newest ON resources (scope, collection, created, id, archived, anonymous)
    WHERE version = '';
-- The versions of an asset; those that are active, whose last one is the latest;
-- and the highest number. (The version, and that it is not archived, only because
-- SQLite would look them up in the row.)
CREATE INDEX resources_versions ON resources (scope, collection, key, created, id, archived, anonymous, version)
    WHERE version <> '';
CREATE INDEX resources_latest ON resources (scope, collection, key, created, id, anonymous, archived, version)
    WHERE version <> '' AND archived = 0;
CREATE INDEX resources_number ON resources (scope, collection, key, number)
    WHERE number IS NOT NULL;

-- What a root job was submitted as. It stays as long as the job.
CREATE TABLE definitions (
    accepted INTEGER PRIMARY KEY, -- microseconds, no two the same
    scope    INTEGER NOT NULL,
    job      TEXT NOT NULL,
    body     TEXT,          -- JSON, as it came
    plan     TEXT NOT NULL, -- JSON
    UNIQUE (scope, job),
    FOREIGN KEY (scope, job) REFERENCES jobs (scope, name)
) STRICT;

-- The jobs among them that have not ended.
CREATE TABLE queue (
    accepted INTEGER PRIMARY KEY REFERENCES definitions (accepted),
    scope    INTEGER NOT NULL,
    job      TEXT NOT NULL,
    started  INTEGER NOT NULL, -- a step has
    UNIQUE (scope, job)
) STRICT;
