package cli_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/local"
	"github.com/ischia-ml/ischia/internal/workspace"
)

const (
	// restartClients load the server at once.
	restartClients = 8
	// restartJobs is how many jobs each submits in one life of the server: not
	// more than can be run afterwards.
	restartJobs = 5
	// restartPatience is for what has to happen at once.
	restartPatience = 30 * time.Second
)

// restarts is how often the server is killed: ISCHIA_RESTARTS, else a few.
func restarts(t *testing.T) int {
	t.Helper()
	text := os.Getenv("ISCHIA_RESTARTS")
	if text == "" {
		return 3
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("ISCHIA_RESTARTS: %v", err)
	}
	return n
}

// TestRestart kills the server at any moment while clients submit jobs and
// pipelines, publish, register and upload. Whatever was acknowledged is there
// afterwards; no id is given twice; what waited is run, once, and what ran is
// told to be lost.
func TestRestart(t *testing.T) {
	t.Parallel()
	r := newRestarted(t)
	r.prepare()
	for round := range restarts(t) {
		r.round(round)
	}
	r.settle()
	for _, fault := range r.faults {
		t.Error(fault)
	}
	t.Logf("%d kills; acknowledged: %d jobs, %d files (%d overwritten, %d deleted), %d models, %d publications; the slowest start took %s",
		restarts(t), len(r.jobs), len(r.files), r.overwritten, r.deleted, len(r.models), len(r.published), r.slowest.Round(time.Millisecond))
}

// restarted is a home whose server is killed under load.
type restarted struct {
	t         *testing.T
	home, dir string
	scope     workspace.Scope
	base      string // of the workspace's paths
	container string // the path of the default datastore's files
	slowest   time.Duration
	answered  int // lives of the server

	mu sync.Mutex // guards the rest
	acknowledged
	faults []string
}

// acknowledged is what clients were told to be done.
type acknowledged struct {
	// jobs are the names of jobs, with whether the job makes a model.
	jobs map[string]bool
	// files have a size by their name, from which their content follows; -1
	// when they were deleted.
	files map[string]int
	// counters are files that are overwritten all the time: what was
	// acknowledged last, and what was tried last.
	counters map[string][2]int
	// models has the address that was registered under a version, grown the
	// step of which a version was seen to be.
	models, grown map[string]string
	// published has the definition of each GUID.
	published            map[string]int
	guids                []string
	overwritten, deleted int
}

func newRestarted(t *testing.T) *restarted {
	t.Helper()
	scope := workspace.Scope{Subscription: "11111111-1111-4111-8111-111111111111", ResourceGroup: "group", Workspace: "restart"}
	dir := t.TempDir()
	return &restarted{
		t: t, dir: dir, home: filepath.Join(dir, "home"), scope: scope, base: scope.ARMID(),
		acknowledged: acknowledged{
			jobs: map[string]bool{}, files: map[string]int{}, counters: map[string][2]int{},
			models: map[string]string{}, grown: map[string]string{}, published: map[string]int{},
		},
	}
}

// ran is the file in which each step notes that it was begun.
func (r *restarted) ran() string { return filepath.Join(r.dir, "ran") }

func (r *restarted) fault(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	const enough = 20
	if len(r.faults) < enough {
		r.faults = append(r.faults, fmt.Sprintf(format, args...))
	}
}

// life is a server from its start to its end.
type life struct {
	*restarted
	cmd        *exec.Cmd
	errs       bytes.Buffer // once it has ended
	url, token string
	http       *http.Client
	killed     atomic.Bool
	round      int
}

// begin starts a server.
func (r *restarted) begin(round int) *life {
	r.t.Helper()
	l := &life{restarted: r, round: round, http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: restartClients}}}
	l.cmd = exec.Command("ischia", "serve")
	// The race detector would keep each process for a second.
	l.cmd.Env = append(os.Environ(), "ISCHIA_HOME="+r.home, "GORACE=atexit_sleep_ms=0")
	l.cmd.Stderr = &l.errs
	if err := l.cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	return l
}

// answers waits until the server does.
func (l *life) answers() {
	l.t.Helper()
	begun := time.Now()
	for ok := false; !ok; time.Sleep(2 * time.Millisecond) {
		l.url, l.token, ok = local.Connect(l.t.Context(), l.home)
		if time.Since(begun) > restartPatience {
			l.kill()
			l.t.Fatalf("the server does not answer: %s", &l.errs)
		}
	}
	l.slowest = max(l.slowest, time.Since(begun))
	l.answered++
}

func (l *life) kill() {
	l.killed.Store(true)
	_ = l.cmd.Process.Kill()
	_ = l.cmd.Wait() // killed
	l.http.CloseIdleConnections()
}

// prepare makes a workspace with a cluster of one node, registers a component,
// and publishes a pipeline.
func (r *restarted) prepare() {
	r.t.Helper()
	l := r.begin(-1)
	l.answers()
	defer l.kill()
	made := func(path, body string) {
		if status, text, err := l.send("PUT", path, body); err != nil || status >= 300 {
			r.t.Fatalf("PUT %s: %d %s %v", path, status, text, err)
		}
	}
	made("/subscriptions/"+r.scope.Subscription+"/resourcegroups/"+r.scope.ResourceGroup, `{"location":"local"}`)
	made(r.base, `{"location":"local","properties":{}}`)
	made(r.base+"/computes/one", `{"location":"local","properties":{"computeType":"AmlCompute","properties":{"vmSize":"Standard_DS3_v2","scaleSettings":{"minNodeCount":0,"maxNodeCount":1}}}}`)
	// The file comes last: who is killed half way has not made it.
	command := "echo $AZUREML_RUN_ID >> " + r.ran() + "; sleep 0.02; echo ${{inputs.word}} > ${{outputs.out}}/word"
	made(r.base+"/components/work/versions/1", sent(wire{"properties": wire{"componentSpec": wire{
		"name": "work", "version": "1", "type": "command", "command": command, "environment": "azureml:any@latest", "is_deterministic": false,
		"inputs": wire{"word": wire{"type": "string"}}, "outputs": wire{"out": wire{"type": "custom_model"}},
	}}}))
	made(r.base+"/batchEndpoints/flow", `{"location":"local","properties":{"authMode":"AADToken"}}`)
	_, answer, _ := l.send("GET", r.base+"/datastores/workspaceblobstore", "")
	var store struct {
		Properties struct{ AccountName, ContainerName string }
	}
	if err := json.Unmarshal([]byte(answer), &store); err != nil {
		r.t.Fatal(err)
	}
	r.container = "/blob/" + store.Properties.AccountName + "/" + store.Properties.ContainerName + "/"
	if l.publish(0) != nil || len(r.guids) == 0 {
		r.t.Fatal("nothing was published")
	}
}

// round is one life of the server. Every fifth is ended before anybody came.
func (r *restarted) round(round int) {
	r.t.Helper()
	l := r.begin(round)
	defer l.kill()
	if round%5 == 4 {
		time.Sleep(time.Duration(rand.IntN(120)) * time.Millisecond)
		return
	}
	l.answers()
	// However slow the machine, there is something to lose before the kill.
	for _, work := range []func(string) error{l.upload, l.submit} {
		if err := work(fmt.Sprintf("%d-first", round)); err != nil {
			r.t.Errorf("before the load: %v", err)
		}
	}
	var clients sync.WaitGroup
	for i := range restartClients {
		clients.Go(func() { l.load(i) })
	}
	time.Sleep(time.Duration(20+rand.IntN(580)) * time.Millisecond)
	l.kill()
	clients.Wait()
}

// errAnswer says that the server gave an answer that it should not have.
var errAnswer = errors.New("not what was asked for")

// load does what a client does, until the server is gone.
func (l *life) load(client int) {
	jobs := 0
	for n := 0; ; n++ {
		id := fmt.Sprintf("%d-%d-%d", l.round, client, n)
		work := []func(string) error{l.upload, l.uploadBlocks, l.overwrite(client), l.uploadAndDelete, l.register, l.look}
		if jobs < restartJobs {
			work = append(work, l.submit, l.submitPublished)
		}
		if client == 0 && n == 1 {
			work = []func(string) error{func(string) error { return l.publish(l.round + 1) }}
		}
		pick := rand.IntN(len(work))
		if pick >= 6 {
			jobs++
		}
		if err := work[pick](id); err != nil {
			if !errors.Is(err, errAnswer) && !l.killed.Load() {
				l.fault("before the kill: %v", err)
			}
			return
		}
	}
}

// send sends a request as clients of the ARM door do.
func (l *life) send(method, path, body string) (int, string, error) {
	status, text, err := l.ask(method, path, []byte(body), nil)
	return status, string(text), err
}

func (l *life) ask(method, path string, body []byte, header map[string]string) (int, []byte, error) {
	ctx, cancel := context.WithTimeout(l.t.Context(), restartPatience)
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, method, l.url+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	q.Header.Set("Authorization", "Bearer "+l.token)
	q.Header.Set("Content-Type", "application/json")
	for name, value := range header {
		q.Header.Set(name, value)
	}
	a, err := l.http.Do(q)
	if err != nil {
		return 0, nil, err
	}
	defer a.Body.Close()
	// An answer counts only when it is whole.
	text, err := io.ReadAll(a.Body)
	return a.StatusCode, text, err
}

// wants notes an answer that is no success.
func (l *life) wants(want, got int, what string, text []byte) error {
	if got == want {
		return nil
	}
	l.fault("%s: got %d %.300s, want %d", what, got, text, want)
	return errAnswer
}

// content is what the file of a name consists of.
func content(name string, size int) []byte {
	var seed [32]byte
	copy(seed[:], name)
	b := make([]byte, size)
	_, _ = rand.NewChaCha8(seed).Read(b) // it cannot fail
	return b
}

func aSize() int {
	sizes := []int{0, 1, 700, 700, 70_000, 70_000, 70_000, 1_300_000}
	return sizes[rand.IntN(len(sizes))]
}

// put uploads a blob.
func (l *life) put(name, query string, body []byte) error {
	status, text, err := l.ask("PUT", l.container+name+query, body, map[string]string{
		"X-Ms-Blob-Type": "BlockBlob", "X-Ms-Version": "2021-12-02", "Content-Type": "application/octet-stream",
	})
	if err != nil {
		return err
	}
	return l.wants(http.StatusCreated, status, "upload of "+name+query, text)
}

func (l *life) upload(id string) error {
	name, size := "whole/"+id, aSize()
	if err := l.put(name, "", content(name, size)); err != nil {
		return err
	}
	l.note(func() { l.files[name] = size })
	return nil
}

func (l *life) note(what func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	what()
}

// uploadBlocks uploads a file in up to four pieces.
func (l *life) uploadBlocks(id string) error {
	name, size := "blocks/"+id, aSize()
	body, list := content(name, size), ""
	for i, pieces := 0, 1+rand.IntN(4); i < pieces; i++ {
		piece := body[i*size/pieces : (i+1)*size/pieces]
		if len(piece) == 0 {
			continue // a block has at least one byte
		}
		block := base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%04d", i))
		if err := l.put(name, "?comp=block&blockid="+block, piece); err != nil {
			return err
		}
		list += "<Latest>" + block + "</Latest>"
	}
	if err := l.put(name, "?comp=blocklist", []byte("<BlockList>"+list+"</BlockList>")); err != nil {
		return err
	}
	l.note(func() { l.files[name] = size })
	return nil
}

// overwrite counts on in a file of the client's own.
func (l *life) overwrite(client int) func(string) error {
	return func(string) error {
		name, try := fmt.Sprintf("counter/%d", client), 0
		l.note(func() {
			c := l.counters[name]
			try = c[1] + 1
			l.counters[name] = [2]int{c[0], try}
		})
		if err := l.put(name, "", []byte(strconv.Itoa(try))); err != nil {
			return err
		}
		l.note(func() {
			l.counters[name] = [2]int{try, try}
			l.overwritten++
		})
		return nil
	}
}

func (l *life) uploadAndDelete(id string) error {
	name := "gone/" + id
	if err := l.put(name, "", content(name, aSize())); err != nil {
		return err
	}
	status, text, err := l.ask("DELETE", l.container+name, nil, map[string]string{"X-Ms-Version": "2021-12-02"})
	if err != nil {
		return err
	}
	if err := l.wants(http.StatusAccepted, status, "deletion of "+name, text); err != nil {
		return err
	}
	l.note(func() { l.files[name], l.deleted = -1, l.deleted+1 })
	return nil
}
