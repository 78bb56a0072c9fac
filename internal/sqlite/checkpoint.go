package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// checkpointEvery is how often what was written is moved from the log into the
// file while [Store.TendLog] runs. What is moved at once is so little that the
// disk is not kept from the commits meanwhile.
const checkpointEvery = 300 * time.Millisecond

// longLog is how many pages the log may have before it is begun anew. As long as
// somebody writes all the time, it never happens by itself: then something was
// always written while the rest was moved. Of a process that was killed, the
// next one reads the whole log.
const longLog = 16_000

// commitsCheckpoint and commitsDoNot say whether a commit that finds the log
// long moves it into the file. The first is four times the default: steps of a
// run are all over the file, and to move them waits for the disk.
const (
	commitsCheckpoint = "wal_autocheckpoint(4000)"
	commitsDoNot      = "wal_autocheckpoint(0)"
)

// TendLog moves what is written from the log into the file on the side, until
// ctx ends, so that no commit of this process has to: that one would wait for
// the disk several times. It is for processes that live long and whose clients
// wait; others leave it to their commits. What survives what is the same.
func (s *Store) TendLog(ctx context.Context) error {
	t := &tender{Store: s, longest: longLog}
	return s.fault("tend the log", t.run(ctx, checkpointEvery))
}

// tender is a goroutine that checkpoints on a connection of its own.
type tender struct {
	*Store
	longest int // pages
	side    *sql.DB
	// seen is how many writes there were when the log was last in the file.
	seen int64
}

func (t *tender) run(ctx context.Context, every time.Duration) (err error) {
	if t.side, err = dial(t.path, tending); err != nil {
		return err
	}
	defer t.side.Close()
	if err := t.pragma(ctx, commitsDoNot); err != nil {
		return err
	}
	defer func() {
		if back := t.pragma(context.WithoutCancel(ctx), commitsCheckpoint); err == nil {
			err = back
		}
	}()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if err := t.checkpoint(context.WithoutCancel(ctx)); err != nil {
				return err
			}
		}
	}
}

// pragma sets a pragma of the writing connection.
func (t *tender) pragma(ctx context.Context, text string) error {
	select {
	case <-t.turn:
		defer func() { t.turn <- struct{}{} }()
	case <-ctx.Done():
		return ctx.Err()
	}
	_, err := t.writer.ExecContext(context.WithoutCancel(ctx), "PRAGMA "+text)
	return err
}

// checkpoint moves what nobody reads in the log any more, and begins the log
// anew when it is long.
func (t *tender) checkpoint(ctx context.Context) error {
	wrote := t.writes.Load()
	if wrote == t.seen {
		return nil
	}
	log, moved, err := t.move(ctx, "PASSIVE")
	if err != nil {
		return err
	}
	if moved == log {
		t.seen = wrote
	}
	if log < t.longest {
		return nil
	}
	// Once more, for what was written during the first, so that those who write
	// wait for as little as can be.
	if _, _, err := t.move(ctx, "PASSIVE"); err != nil {
		return err
	}
	<-t.turn
	defer func() { t.turn <- struct{}{} }()
	_, _, err = t.move(ctx, "RESTART")
	return err
}

// move checkpoints, and says how many pages the log has and how many of them are
// in the file. That another process is at it, or reads the log, is no fault: the
// next time will do.
func (t *tender) move(ctx context.Context, mode string) (log, moved int, err error) {
	var busy bool
	err = t.side.QueryRowContext(ctx, "PRAGMA wal_checkpoint("+mode+")").Scan(&busy, &log, &moved)
	if isBusy(err) {
		return 0, 0, nil
	}
	if err != nil {
		return 0, 0, fmt.Errorf("checkpoint: %w", err)
	}
	return log, moved, nil
}
