-- Jobs that were deleted. Their rows and events stay, and their names stay
-- taken: the record of what happened is append-only. They have 2 in the column
-- "archived", which every index of lists holds, and nothing tells of them any
-- more.

-- Root jobs that were deleted, and whose folders, which lie outside the ledger,
-- may be there still.
CREATE TABLE remains (
    scope INTEGER NOT NULL,
    job   TEXT NOT NULL,
    PRIMARY KEY (scope, job),
    FOREIGN KEY (scope, job) REFERENCES jobs (scope, name)
) STRICT, WITHOUT ROWID;
