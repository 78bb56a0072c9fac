package sqlite

import (
	"context"
	"database/sql"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	driver "modernc.org/sqlite"
)

// purpose is what connections are for.
type purpose int

const (
	writing purpose = iota
	reading
	tending // the log, see [Store.TendLog]
)

// readConns is how many reads go on at once in one process. Each connection
// has a page cache of its own, and a command needs one.
const readConns = 4

// Waiting for the lock of another process is SQLite's (busy_timeout). A write
// waits a second at a time; in between we look at its context. A read waits
// only while another process repairs the file after a crash, and its context
// ends the wait. Who tends the log keeps others from writing while it waits, and
// comes again. patience is when we give up: so long that only a process that
// hangs inside a transaction makes us.
const (
	writerWaits = "busy_timeout(1000)"
	readerWaits = "busy_timeout(60000)"
	tenderWaits = "busy_timeout(10)"
	patience    = 60 * time.Second
)

// dial opens connections to the file at path. busy_timeout comes first: the
// pragmas after it may themselves find the file locked.
func dial(path string, p purpose) (*sql.DB, error) {
	q := url.Values{}
	switch p {
	case writing:
		q["_pragma"] = []string{
			writerWaits,
			"journal_mode(wal)",
			// A kill -9 loses nothing with NORMAL; a power cut may lose the
			// last transactions, never the file. See [Store.write] for those
			// that a power cut must not take.
			"synchronous(normal)",
			// On macOS fsync alone does not reach the disk.
			"fullfsync(1)",
			"foreign_keys(1)",
			commitsCheckpoint,
			"journal_size_limit(67108864)",
			// 16 MB instead of 2: a transaction of a thousand steps fits, and need
			// not be written to the log in pieces, some of them twice.
			"cache_size(-16384)",
		}
	case reading:
		q["_pragma"] = []string{readerWaits, "query_only(1)"}
	case tending:
		q["_pragma"] = []string{tenderWaits, "synchronous(normal)", "fullfsync(1)", commitsDoNot}
	}
	c, err := driver.NewConnector(fileURI(path) + "?" + q.Encode())
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(c)
	conns := 1
	if p == reading {
		conns = readConns
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

// fileURI is an absolute path as SQLite wants it when options follow: a "?" or
// "%" of the path must not be taken for one.
func fileURI(path string) string {
	p := filepath.ToSlash(path)
	if !strings.HasPrefix(p, "/") {
		p = "/" + p // C:/... on Windows
	}
	return "file://" + (&url.URL{Path: p}).EscapedPath()
}

// untilFree calls f again as long as another process has the file locked, ctx
// lives and patience lasts. f runs without the end of ctx: an interrupted
// statement would leave the connection in doubt, and f waits a second at most.
func untilFree(ctx context.Context, f func(ctx context.Context) error) error {
	deadline := time.Now().Add(patience)
	calm := context.WithoutCancel(ctx)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := f(calm)
		if !isBusy(err) || time.Now().After(deadline) {
			return err
		}
	}
}
