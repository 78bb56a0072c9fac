-- What the storage protocol says of files, besides their content.

-- Properties of a file. They are those of one version of it: a step that puts
-- another file at the path knows nothing of this table, so a row counts only
-- while digest and modified are the file's.
CREATE TABLE blobs (
    scope      INTEGER NOT NULL,
    datastore  TEXT NOT NULL,
    path       TEXT NOT NULL,
    digest     TEXT NOT NULL,
    modified   INTEGER NOT NULL,
    created    INTEGER NOT NULL,
    properties TEXT NOT NULL, -- JSON
    blocks     TEXT,          -- JSON: what the content was made of
    PRIMARY KEY (scope, datastore, path),
    FOREIGN KEY (scope, datastore, path) REFERENCES files (scope, datastore, path) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- Blocks that were uploaded and are in no file yet. Their content lies in a
-- store of its own, to which only these rows refer.
CREATE TABLE staged_blocks (
    scope     INTEGER NOT NULL REFERENCES scopes (id),
    datastore TEXT NOT NULL,
    path      TEXT NOT NULL,
    id        TEXT NOT NULL,
    digest    TEXT NOT NULL,
    size      INTEGER NOT NULL,
    staged    INTEGER NOT NULL,
    PRIMARY KEY (scope, datastore, path, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX staged_blocks_digest ON staged_blocks (digest);
CREATE INDEX staged_blocks_old ON staged_blocks (staged);

-- Containers of a workspace's storage account, besides those of its datastores.
CREATE TABLE containers (
    scope     INTEGER NOT NULL REFERENCES scopes (id),
    name      TEXT NOT NULL,
    datastore TEXT NOT NULL,
    created   INTEGER NOT NULL,
    modified  INTEGER NOT NULL,
    metadata  TEXT NOT NULL, -- JSON
    PRIMARY KEY (scope, name)
) STRICT, WITHOUT ROWID;
