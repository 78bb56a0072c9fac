package driver_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/ischia-ml/ischia/driver"
	"github.com/ischia-ml/ischia/internal/azure"
	"github.com/ischia-ml/ischia/internal/local"
)

// Here every request of a driver with --target azure goes wrong in turn, on the
// wire: over TLS, with the sign-in, the template of the workspace, the polls and
// the accounts' hosts. faults_test.go has the same for the client alone, which
// is quicker.

// mishap is what happens to a request on its way.
type mishap string

const (
	cutFirst  mishap = "cut before it is read"
	cutWithin mishap = "cut within it"
	cutAnswer mishap = "done, cut within the answer"
	cutLast   mishap = "done, cut before the answer"
	busy      mishap = "429"
	broken    mishap = "500"
	late      mishap = "done, and the answer is late"

	// The driver's process is killed.
	killFirst mishap = "killed before it is read"
	killLast  mishap = "done, killed before the answer"
)

func mishaps() []mishap {
	return []mishap{cutFirst, cutWithin, cutAnswer, cutLast, busy, broken, late}
}

// caller is the header that says which test sends a request.
const caller = "X-Test-Caller"

// spell makes the requests of one caller go wrong.
type spell struct {
	mu sync.Mutex // guards the rest
	// asked are requests in the order in which they came: what, and for the
	// how many a time.
	asked []string
	times map[string]int
	// wrong says what happens to a request: for the nth time.
	wrong func(what string, nth int) mishap
	// at is called when something happens; nil for nobody.
	at func()
}

// own is what requests to one workspace have in them that others do not.
var own = regexp.MustCompile(`sub-[a-z0-9-]+|isch[a-z0-9]{8,}|upload-[0-9a-f-]{36}|/jobs/[a-z0-9_]+|\b[0-9a-f]{16}\b|ischia-[0-9a-f]{20}|` +
	`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

func (s *spell) look(r *http.Request) mishap {
	s.mu.Lock()
	defer s.mu.Unlock()
	what := r.Method + " " + own.ReplaceAllString(r.Host+r.URL.Path, "*")
	if s.times == nil {
		s.times = map[string]int{}
	}
	s.times[what]++
	s.asked = append(s.asked, fmt.Sprintf("%s #%d", what, s.times[what]))
	if s.wrong == nil {
		return ""
	}
	return s.wrong(what, s.times[what])
}

// latest is how long an answer is late.
const latest = 20 * time.Second

func (s *spell) serve(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
	wrong := s.look(r)
	if wrong != "" && wrong != killLast && s.at != nil {
		s.at()
	}
	switch wrong {
	case "":
		next(w, r)
	case cutFirst, killFirst:
		cutOff(w, nil)
	case killLast:
		_ = dump(next, r)
		s.at()
		cutOff(w, nil)
	case cutWithin:
		_, _ = io.CopyN(io.Discard, r.Body, r.ContentLength/2)
		cutOff(w, nil)
	case busy, broken:
		status := map[mishap]int{busy: http.StatusTooManyRequests, broken: http.StatusInternalServerError}[wrong]
		w.Header().Set("Retry-After-Ms", "1")
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		fmt.Fprint(w, `{"error":{"code":"Busy","message":"try later"}}`)
	case late:
		_ = dump(next, r)
		_, _ = io.Copy(io.Discard, r.Body) // else it is not noticed that the client goes away
		select {
		case <-r.Context().Done():
		case <-time.After(latest):
		}
		cutOff(w, nil)
	case cutAnswer:
		text := dump(next, r)
		cutOff(w, text[:len(text)/2])
	case cutLast:
		_ = dump(next, r)
		cutOff(w, nil)
	}
}

// dump is an answer as it is on the wire.
func dump(next http.HandlerFunc, r *http.Request) []byte {
	rec := httptest.NewRecorder()
	next(rec, r)
	res := rec.Result()
	defer res.Body.Close()
	var text bytes.Buffer
	res.ContentLength, res.TransferEncoding = int64(rec.Body.Len()), nil
	_ = res.Write(&text)
	return text.Bytes()
}

func cutOff(w http.ResponseWriter, text []byte) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		_, _ = conn.Write(text)
		_ = conn.Close()
	}
}

// named says in requests who sends them.
type named struct {
	*http.Client
	name string
}

func (n named) Do(r *http.Request) (*http.Response, error) {
	r.Header.Set(caller, n.name)
	res, err := n.Client.Do(r)
	if err == nil && res.Header.Get("Retry-After") != "" { // the clock is fast here
		res.Header.Del("Retry-After")
		res.Header.Set("Retry-After-Ms", "1")
	}
	return res, err
}

// try is a driver that is run once, and again.
type try struct {
	*sky
	name    string
	program driver.Program
	args    []string
	codes   map[string]bool // that were asked for
}

func configOf(name string) string {
	return strings.Replace(onAzure, `"sub"`, `"sub-`+name+`", "resource_group": "g"`, 1)
}

func (s *sky) try(t *testing.T, name string, args ...string) *try {
	t.Helper()
	dir := folder(t, map[string]string{
		"pipeline.yml": project, "table.csv": "a,b\n", "src/run.sh": "#!/bin/sh\n", "src/more.txt": "more", "default_ischia_config.json": configOf(name),
	})
	return &try{s, name, driver.Program{Pipeline: driver.FromFile("pipeline.yml"), Home: t.TempDir(), Dir: dir}, args, map[string]bool{}}
}

func argsOf(verb string) []string {
	if verb == "publish" {
		return []string{"--action", "publish-pipeline", "--publish_datastore_path", "markers"}
	}
	return []string{"--action", "submit-experiment", "--no_wait"}
}

// patient and hasty are how often and how long is tried: by the process that is
// to complete, and by the one that is to fail.
func patient() *policy.RetryOptions {
	return &policy.RetryOptions{MaxRetries: 3, RetryDelay: time.Millisecond, MaxRetryDelay: time.Second, TryTimeout: time.Minute}
}

func hasty(wrong mishap) *policy.RetryOptions {
	o := &policy.RetryOptions{MaxRetries: -1, RetryDelay: time.Millisecond, TryTimeout: time.Minute}
	if wrong == late {
		o.TryTimeout = 700 * time.Millisecond
	}
	return o
}

// run runs the driver under a spell.
func (y *try) run(ctx context.Context, under *spell, retry *policy.RetryOptions) result {
	y.spells.Store(y.name, under)
	defer y.spells.Delete(y.name)
	var out, errs bytes.Buffer
	getenv := func(name string) string { return map[string]string{"THE_SECRET": canary, "CI": "true"}[name] }
	args := append([]string{"--workspace_name", "w", "--env", "e"}, y.args...)
	status := driver.RunTrying(ctx, args, driver.Streams{Out: &out, Err: &errs}, y.program, getenv, named{y.client, y.name}, retry)
	for _, asked := range under.asked {
		if m := codeForm.FindStringSubmatch(asked + "/"); m != nil {
			y.codes[m[1]] = true
		}
	}
	return result{status, out.String(), errs.String()}
}

// list is what the server has at a path below the subscription.
func (y *try) list(ctx context.Context, path string) ([]map[string]any, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, y.serving.URL+"/subscriptions/sub-"+y.name+"/"+path+"?api-version=2024-04-01", nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+y.serving.Token)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	var list struct{ Value []map[string]any }
	err = json.NewDecoder(res.Body).Decode(&list)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", path, res.Status)
	}
	return list.Value, err
}

const inWorkspace = "resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces"

// once reports what the workspace has more than one of, or lacks. jobs is how
// many there should be.
func (y *try) once(ctx context.Context, jobs int, last result) error {
	want := map[string]int{
		"resourcegroups": 1, inWorkspace: 1, inWorkspace + "/w/computes": 1,
		inWorkspace + "/w/components/azureml_anonymous/versions": 2, inWorkspace + "/w/environments/CliV2AnonymousEnvironment/versions": 2,
		inWorkspace + "/w/jobs": jobs, inWorkspace + "/w/batchEndpoints": 0,
	}
	if len(y.codes) != 1 {
		return fmt.Errorf("there are %d codes", len(y.codes))
	}
	for code := range y.codes {
		want[inWorkspace+"/w/codes/"+code+"/versions"] = 1
	}
	files := 1
	published := strings.Contains(strings.Join(y.args, " "), "publish")
	if published {
		files, want[inWorkspace+"/w/jobs"], want[inWorkspace+"/w/batchEndpoints"] = 2, 0, 1
		want[inWorkspace+"/w/batchEndpoints/w-e/deployments"], want[inWorkspace+"/w/components/w-e/versions"] = 1, 1
	}
	var all error
	for path, n := range want {
		got, err := y.list(ctx, path)
		if err == nil && len(got) != n {
			err = fmt.Errorf("%d of %s, not %d", len(got), path, n)
		}
		all = errors.Join(all, err)
	}
	return errors.Join(all, y.stored(ctx, files, published, last))
}

// stored checks the files on the datastore: the data, and the marker with the
// GUID that was told.
func (y *try) stored(ctx context.Context, files int, published bool, last result) error {
	c, err := azure.Dial(azure.Target{
		Endpoint: y.serving.URL, Credential: azure.Token(y.serving.Token),
		Scope: azure.Scope{Subscription: "sub-" + y.name, ResourceGroup: "g", Workspace: "w"},
	})
	if err != nil {
		return err
	}
	d, err := c.Datastore(ctx, "")
	if err != nil {
		return err
	}
	var names []string
	err = d.List(ctx, "", func(s azure.Stored) error {
		names = append(names, s.Path)
		return nil
	})
	if err == nil && len(names) != files {
		err = fmt.Errorf("the datastore has %v", names)
	}
	if err != nil || !published {
		return err
	}
	dir, err := os.MkdirTemp(y.t.TempDir(), "")
	if err != nil {
		return err
	}
	if _, err := d.Download(ctx, "markers/w-e.csv", dir); err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(dir, "w-e.csv"))
	lines := strings.Fields(last.out)
	if guid := lines[len(lines)-1]; err == nil && string(text) != "id\n"+guid+"\n" {
		err = fmt.Errorf("the marker is %q, and the GUID %s", text, guid)
	}
	return err
}

// thorough says whether everything is tried, as CI does.
func thorough() bool { return os.Getenv("ISCHIA_FAULTS") != "" }

// trial is a request that goes wrong, and how.
type trial struct {
	verb, what string
	nth, index int
	wrong      mishap
}

func (r trial) String() string {
	return fmt.Sprintf("%s: %s #%d, %s", r.verb, r.what, r.nth, r.wrong)
}

// trials are the requests of a verb, each with what happens to it.
func (s *sky) trials(t *testing.T, verb string) []trial {
	t.Helper()
	y, calm := s.try(t, verb, argsOf(verb)...), &spell{}
	if got := y.run(t.Context(), calm, patient()); got.status != 0 {
		t.Fatalf("%+v", got)
	} else if err := y.once(t.Context(), 1, got); err != nil {
		t.Fatal(err)
	}
	var all []trial
	for i, asked := range calm.asked {
		what, nth, _ := strings.Cut(asked, " #")
		n, err := strconv.Atoi(nth)
		if err != nil {
			t.Fatal(err)
		}
		for j, wrong := range mishaps() {
			if !thorough() && (j != i%len(mishaps()) || testing.Short() && i%3 != 0) {
				continue
			}
			all = append(all, trial{verb, what, n, len(all), wrong})
		}
	}
	t.Logf("%s: %d requests, of which %d go wrong", verb, len(calm.asked), len(all))
	if thorough() {
		t.Logf("%s", strings.Join(calm.asked, "\n"))
	}
	return all
}

// atOnce is how many trials are made at once: they mostly wait.
const atOnce = 8

// Each request of a submission and of a publication goes wrong for good; then
// the very same command completes, and nothing is there twice.
func TestAzureFailsInTurn(t *testing.T) {
	t.Parallel()
	s := newSkyThat(t, local.DispatchOptions{Parallel: 1, MaxJobs: 1})
	trials := append(s.trials(t, "submit"), s.trials(t, "publish")...)
	var group sync.WaitGroup
	free := make(chan struct{}, atOnce)
	for _, r := range trials {
		y := s.try(t, fmt.Sprintf("%s-%d", r.verb, r.index), argsOf(r.verb)...)
		group.Add(1)
		free <- struct{}{}
		go func() {
			defer func() { <-free; group.Done() }()
			if err := y.failThenAgain(t.Context(), r); err != nil {
				t.Errorf("%s: %v", r, err)
			}
		}()
	}
	group.Wait()
}

func (y *try) failThenAgain(ctx context.Context, r trial) error {
	doomed := &spell{wrong: func(what string, nth int) mishap {
		if what == r.what && nth >= r.nth {
			return r.wrong
		}
		return ""
	}}
	within, end := context.WithCancel(ctx)
	defer end()
	want := []int{4}
	if r.wrong == busy || r.wrong == broken {
		want = []int{1, 4} // whoever signs in cannot be told by whom
	}
	if r.wrong == late && strings.Contains(r.what, "login.microsoftonline.com") {
		// Signing in has a patience of its own; somebody interrupts.
		doomed.at, want = func() { time.AfterFunc(100*time.Millisecond, end) }, []int{130}
	}
	first := y.run(within, doomed, hasty(r.wrong))
	if !slices.Contains(want, first.status) || strings.Count(first.errs, "ERROR") > 1 {
		return fmt.Errorf("the first one: %+v", first)
	}
	again := y.run(ctx, &spell{}, patient())
	if again.status != 0 {
		return fmt.Errorf("the next one: %+v, after %+v", again, first)
	}
	if err := y.once(ctx, 1, again); err != nil {
		return fmt.Errorf("%w\nfirst %+v\nthen %+v", err, first, again)
	}
	if left, err := os.ReadDir(filepath.Join(y.program.Home, "submissions")); err == nil && len(left) > 0 {
		return fmt.Errorf("the journal still has %v", left)
	}
	return nil
}

// Every request goes wrong when it is sent first; one command does it.
func TestAzureTriesAgain(t *testing.T) {
	t.Parallel()
	s := newSkyThat(t, local.DispatchOptions{Parallel: 1, MaxJobs: 1})
	var group sync.WaitGroup
	for _, verb := range []string{"submit", "publish"} {
		for i, wrong := range []mishap{cutFirst, cutWithin, cutLast, busy, broken} {
			y := s.try(t, fmt.Sprintf("%s-%d", verb, i), argsOf(verb)...)
			group.Go(func() {
				got := y.run(t.Context(), &spell{wrong: func(_ string, nth int) mishap {
					if nth == 1 {
						return wrong
					}
					return ""
				}}, patient())
				if got.status != 0 {
					t.Errorf("%s, %s: %+v", verb, wrong, got)
				} else if err := y.once(t.Context(), 1, got); err != nil {
					t.Errorf("%s, %s: %v", verb, wrong, err)
				}
			})
		}
	}
	group.Wait()
}

// Two people, or two terminals, submit the same at once from one home: two
// jobs, as they want.
func TestAzureTwoAtOnce(t *testing.T) {
	t.Parallel()
	s := newSkyThat(t, local.DispatchOptions{Parallel: 1, MaxJobs: 1})
	y := s.try(t, "both", argsOf("submit")...)
	ends := make(chan result, 2)
	shared := &spell{}
	for range 2 {
		go func() { ends <- y.run(t.Context(), shared, patient()) }()
	}
	one, other := <-ends, <-ends
	if one.status != 0 || other.status != 0 {
		t.Fatalf("%+v\n%+v", one, other)
	}
	if err := y.once(t.Context(), 2, one); err != nil {
		t.Errorf("%v\n%+v\n%+v", err, one, other)
	}
}

// An interrupt while a busy service is waited for ends the command at once.
func TestAzureInterruptedWhileItWaits(t *testing.T) {
	t.Parallel()
	s := newSkyThat(t, local.DispatchOptions{Parallel: 1, MaxJobs: 1})
	y := s.try(t, "waits", argsOf("submit")...)
	ctx, end := context.WithCancel(t.Context())
	defer end()
	var begun time.Time
	under := &spell{at: func() {
		begun = time.Now()
		time.AfterFunc(100*time.Millisecond, end)
	}, wrong: func(what string, _ int) mishap {
		if strings.HasPrefix(what, http.MethodPut) && strings.HasSuffix(what, "/workspaces/w*") { // the job
			return cutFirst
		}
		return ""
	}}
	slowly := &policy.RetryOptions{MaxRetries: 5, RetryDelay: time.Minute, MaxRetryDelay: time.Minute}
	got := y.run(ctx, under, slowly)
	if took := time.Since(begun); got.status != 130 || begun.IsZero() || took > 10*time.Second {
		t.Errorf("it took %s: %+v", took, got)
	}
	if again := y.run(t.Context(), &spell{}, patient()); again.status != 0 {
		t.Errorf("%+v", again)
	} else if err := y.once(t.Context(), 1, again); err != nil {
		t.Error(err)
	}
}
