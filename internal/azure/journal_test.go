package azure_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/ischia-ml/ischia/internal/azure"
)

// sender submits one definition again and again, with one journal.
type sender struct {
	*service
	t       *testing.T
	src     azure.Source
	journal string
}

func newSender(t *testing.T) *sender {
	return &sender{newService(t), t, source(t, project()), filepath.Join(t.TempDir(), "submissions")}
}

func (s *sender) client(way policy.Transporter) *azure.Client {
	s.t.Helper()
	c, err := azure.Dial(azure.Target{
		Endpoint: s.URL, Credential: azure.Token("the-token"), Scope: azure.Scope{Subscription: "s", ResourceGroup: "g", Workspace: "w"},
		Journal: s.journal, Transport: way, Retry: &policy.RetryOptions{MaxRetries: -1},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// submit submits as a process does that tells the name, or does not come to.
func (s *sender) submit(way policy.Transporter, told bool) (azure.Run, error) {
	s.t.Helper()
	c := s.client(way)
	run, err := c.Submit(s.t.Context(), s.src, read(s.t, s.src), "", "w-dev")
	if told {
		c.Told()
	}
	return run, err
}

func (s *sender) jobs() int { return s.service.count("PUT " + base + "/jobs/") }

// way is a way to the service.
type way func(*http.Request) (*http.Response, error)

func (w way) Do(r *http.Request) (*http.Response, error) { return w(r) }

// Two that were on their way at once and had no answer are two jobs, and stay
// two, however often the same is submitted until both are known.
func TestJournalOfTwo(t *testing.T) {
	t.Parallel()
	s := newSender(t)
	var both sync.WaitGroup
	both.Add(2)
	held := way(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/jobs/") {
			both.Done()
			both.Wait() // the other one is on its way too
		}
		return lost{}.Do(r)
	})
	ends := make(chan error, 2)
	for range 2 {
		go func() {
			_, err := s.client(held).Submit(t.Context(), s.src, read(t, s.src), "", "w-dev")
			ends <- err
		}()
	}
	for range 2 {
		if err := <-ends; !errors.Is(err, azure.ErrUnreachable) {
			t.Fatalf("error %v", err)
		}
	}
	names := map[string]bool{}
	for range 2 {
		run, err := s.submit(http.DefaultClient, true)
		if err != nil || !run.Found {
			t.Errorf("%+v, %v", run, err)
		}
		names[run.Name] = true
	}
	if len(names) != 2 || s.jobs() != 2 {
		t.Errorf("found %v of %d jobs", names, s.jobs())
	}
	if run, err := s.submit(http.DefaultClient, true); err != nil || run.Found || s.jobs() != 3 {
		t.Errorf("a third one: %+v, %v", run, err)
	}
}

// An answer came, and the process was killed before anybody had read the name.
func TestJournalUntilTold(t *testing.T) {
	t.Parallel()
	s := newSender(t)
	first, err := s.submit(http.DefaultClient, false)
	if err != nil {
		t.Fatal(err)
	}
	// What a killed process leaves is its note, without a lock.
	files := list(t, s.journal)
	text, err := os.ReadFile(filepath.Join(s.journal, files[0]))
	if err != nil {
		t.Fatal(err)
	}
	s.journal = filepath.Join(t.TempDir(), "left")
	if err := errors.Join(os.Mkdir(s.journal, 0o700), os.WriteFile(filepath.Join(s.journal, files[0]), text, 0o600)); err != nil {
		t.Fatal(err)
	}
	second, err := s.submit(http.DefaultClient, true)
	if err != nil || !second.Found || second.Name != first.Name || s.jobs() != 1 {
		t.Errorf("%+v, then %+v, %v", first, second, err)
	}
	if left := list(t, s.journal); len(left) > 0 {
		t.Errorf("the journal still has %v", left)
	}
}

// The first try of a request was accepted, its answer got lost, and the next try
// is refused.
func TestJournalRefusedAfterwards(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusConflict, http.StatusBadRequest, http.StatusForbidden} {
		s := newSender(t)
		refusing := way(func(r *http.Request) (*http.Response, error) {
			res, err := http.DefaultClient.Do(r)
			if err == nil && r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/jobs/") {
				res.StatusCode = status
			}
			return res, err
		})
		if run, err := s.submit(refusing, true); err != nil || !run.Found || s.jobs() != 1 {
			t.Errorf("%d: %+v, %v", status, run, err)
		}
		refused := way(func(r *http.Request) (*http.Response, error) {
			if r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/jobs/") {
				r.Header.Del("Authorization")
			}
			return http.DefaultClient.Do(r)
		})
		if _, err := s.submit(refused, true); !errors.Is(err, azure.ErrDenied) {
			t.Errorf("refused: %v", err)
		}
		if left := list(t, s.journal); len(left) > 0 {
			t.Errorf("after a refusal the journal still has %v", left)
		}
	}
}

// Whatever lies in the folder of notes, a submission goes on, or says why not
// and sends nothing.
func TestJournalDamaged(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(file string) error{
		"empty":     func(file string) error { return os.Truncate(file, 0) },
		"cut short": func(file string) error { return os.Truncate(file, 40) },
		"no note":   func(file string) error { return os.WriteFile(file, []byte("[1,2"), 0o600) },
		"huge":      func(file string) error { return os.Truncate(file, 1<<20) },
		"an address": func(file string) error {
			text, err := os.ReadFile(file)
			return errors.Join(err, os.WriteFile(file, []byte(strings.Replace(string(text), `"name":"`, `"name":"../x/`, 1)), 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSender(t)
			if _, err := s.submit(lost{}, true); err == nil {
				t.Fatal("the answer was not lost")
			}
			file := noteOf(t, s.journal)
			if err := damage(file); err != nil {
				t.Fatal(err)
			}
			if run, err := s.submit(http.DefaultClient, true); err != nil || run.Found {
				t.Errorf("%+v, %v", run, err)
			}
			if left := list(t, s.journal); len(left) > 0 {
				t.Errorf("the journal still has %v", left)
			}
		})
	}
}

func noteOf(t *testing.T, journal string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(journal, "*.json"))
	if err != nil || len(found) != 1 {
		t.Fatalf("notes %v, %v", found, err)
	}
	return found[0]
}

// What cannot be noted is not sent: nobody could find it again.
func TestJournalCannotBeWritten(t *testing.T) {
	t.Parallel()
	s := newSender(t)
	if err := os.WriteFile(s.journal, nil, 0o600); err != nil { // a file in the folder's place
		t.Fatal(err)
	}
	if _, err := s.submit(http.DefaultClient, true); err == nil || !strings.Contains(err.Error(), "note the submission") {
		t.Errorf("error %v", err)
	}
	if err := os.Remove(s.journal); err != nil {
		t.Fatal(err)
	}
	if _, err := s.submit(lost{}, true); err == nil {
		t.Fatal("the answer was not lost")
	}
	file := noteOf(t, s.journal)
	if err := errors.Join(os.Remove(file), os.MkdirAll(filepath.Join(file, "x"), 0o700)); err != nil { // a folder in the note's place
		t.Fatal(err)
	}
	if _, err := s.submit(http.DefaultClient, true); err == nil || !strings.Contains(err.Error(), "note the submission") {
		t.Errorf("error %v", err)
	}
	if s.jobs() != 1 {
		t.Errorf("%d jobs were sent", s.jobs())
	}
}

// Notes are for a day. Then the same submission is another one, and what is
// left of old ones goes away.
func TestJournalOld(t *testing.T) {
	t.Parallel()
	s := newSender(t)
	if _, err := s.submit(lost{}, true); err == nil {
		t.Fatal("the answer was not lost")
	}
	file := noteOf(t, s.journal)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	day := time.Now().Add(-25 * time.Hour)
	long := []string{".note-123", strings.Repeat("a", 64) + "-0.json", strings.Repeat("b", 64) + "-0.json.lock", strings.Repeat("c", 64) + ".json"}
	for i := range 100 {
		long = append(long, fmt.Sprintf("%064d-0.json", i))
	}
	for _, name := range long {
		err = errors.Join(err, os.WriteFile(filepath.Join(s.journal, name), text, 0o600), os.Chtimes(filepath.Join(s.journal, name), day, day))
	}
	if err != nil {
		t.Fatal(err)
	}
	var aged map[string]any
	if err := json.Unmarshal(text, &aged); err != nil {
		t.Fatal(err)
	}
	aged["time"] = day
	if text, err = json.Marshal(aged); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(file, text, 0o600), os.WriteFile(filepath.Join(s.journal, "notes.txt"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	if run, err := s.submit(http.DefaultClient, true); err != nil || run.Found || s.jobs() != 2 {
		t.Errorf("%+v, %v", run, err)
	}
	if left := list(t, s.journal); len(left) != 1 { // the one that is not ours
		t.Errorf("the journal still has %d files: %.5q", len(left), left)
	}
}

// A service that is busy says how long to wait, and is waited for, within
// limits and as long as nobody interrupts.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	busy := func(seconds string, times int) (way, *[]time.Time) {
		var asked []time.Time
		return func(r *http.Request) (*http.Response, error) {
			if asked = append(asked, time.Now()); len(asked) > times {
				return http.DefaultClient.Do(r)
			}
			return &http.Response{
				StatusCode: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {seconds}}, Body: http.NoBody, Request: r,
			}, nil
		}, &asked
	}
	s := newService(t)
	dial := func(w way) *azure.Client {
		c, err := azure.Dial(azure.Target{
			Endpoint: s.URL, Credential: azure.Token("the-token"), Scope: azure.Scope{Subscription: "s", ResourceGroup: "g", Workspace: "w"},
			Location: "local", Transport: w, Retry: &policy.RetryOptions{MaxRetries: 2, RetryDelay: time.Millisecond},
		})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	way, asked := busy("1", 1)
	if _, err := dial(way).EnsureGroup(t.Context()); err != nil || (*asked)[1].Sub((*asked)[0]) < time.Second {
		t.Errorf("it did not wait: %v, %v", *asked, err)
	}
	way, asked = busy("3600", 100)
	_, err := dial(way).EnsureGroup(t.Context())
	if err == nil || len(*asked) != 1 || !strings.Contains(err.Error(), "1h0m0s") {
		t.Errorf("an hour is waited for, or not told: %v", err)
	}
}
