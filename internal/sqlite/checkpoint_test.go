package sqlite_test

import (
	"context"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

func TestCheckpointBeginsLogAnew(t *testing.T) {
	t.Parallel()
	s := openAt(t, filepath.Join(t.TempDir(), "ledger.db"))
	const longest = 200
	tend := s.Tender(t, longest)
	most := 0
	for i := range 100 {
		create(t, s, tree("a"+strconv.Itoa(i), 20, time.Now()))
		log, err := tend(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		most = max(most, log)
	}
	// A tree is far less than longest pages, and the log is begun anew after it.
	if most == 0 || most > 2*longest {
		t.Errorf("the log had up to %d pages", most)
	}
	checkLedger(t, s)
}

// TestCheckpointWaitsForNobody has a reader that does not end.
func TestCheckpointWaitsForNobody(t *testing.T) {
	t.Parallel()
	s := openAt(t, filepath.Join(t.TempDir(), "ledger.db"))
	tend := s.Tender(t, 1)
	create(t, s, tree("a", 20, time.Now()))
	release := s.Read(t)
	create(t, s, tree("b", 20, time.Now()))
	began := time.Now()
	if _, err := tend(t.Context()); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("a checkpoint waited %v for a reader", took)
	}
	create(t, s, tree("c", 20, time.Now()))
	release()
	if _, err := tend(t.Context()); err != nil {
		t.Error(err)
	}
	checkLedger(t, s)
}

// TestTendLog: commits leave the log alone while somebody else tends it, and no
// longer.
func TestTendLog(t *testing.T) {
	t.Parallel()
	s := openAt(t, filepath.Join(t.TempDir(), "ledger.db"))
	want := func(pages string) {
		t.Helper()
		if got, err := s.Pragma(t.Context(), "wal_autocheckpoint"); err != nil || got != pages {
			t.Errorf("commits checkpoint at %s pages, %v; want %s", got, err, pages)
		}
	}
	want("4000")
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- s.TendLog(ctx) }()
	for range 1000 {
		if got, err := s.Pragma(t.Context(), "wal_autocheckpoint"); err != nil || got == "0" {
			break
		}
	}
	want("0")
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	want("4000")
}
