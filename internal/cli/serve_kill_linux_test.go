package cli_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/local"
)

// serveKills is how often the server is killed: ISCHIA_SERVE_KILLS, else a few.
func serveKills() int {
	if n, err := strconv.Atoi(os.Getenv("ISCHIA_SERVE_KILLS")); err == nil {
		return n
	}
	return 4
}

// loaded is a home whose server is killed under load.
type loaded struct {
	t     *testing.T
	home  string
	guid  string // the published pipeline
	r     *rand.Rand
	lock  sync.Mutex // guards the rest
	blobs map[string]string
	jobs  map[string]bool
	// refused are answers that are no success, of a server that was alive.
	refused map[string]int
}

const loadedScope = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/demo/providers/Microsoft.MachineLearningServices/workspaces/demo"

// A server that is killed at any moment keeps what it has acknowledged: files,
// and jobs, which all come to an end. No id is given twice.
func TestServeIsKilled(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("expected: it takes some seconds")
	}
	l := &loaded{
		t: t, home: filepath.Join(t.TempDir(), "home"), r: rand.New(rand.NewPCG(5, uint64(serveKills()))),
		blobs: map[string]string{}, jobs: map[string]bool{}, refused: map[string]int{},
	}
	l.publish()
	for range serveKills() {
		l.round(time.Duration(50+l.r.IntN(400)) * time.Millisecond)
	}
	l.settle()
	if len(l.jobs) == 0 || len(l.blobs) == 0 {
		t.Errorf("acknowledged: %d jobs, %d files: that is no load", len(l.jobs), len(l.blobs))
	}
	if len(l.refused) > 0 {
		t.Errorf("got these answers: %v", l.refused)
	}
	t.Logf("%d kills, %d jobs and %d files acknowledged", serveKills(), len(l.jobs), len(l.blobs))
}

// publish publishes the pipeline that is submitted.
func (l *loaded) publish() {
	l.t.Helper()
	dir := l.t.TempDir()
	writeText(l.t, filepath.Join(dir, "pipeline.yml"),
		"type: pipeline\njobs:\n  one: {type: command, command: echo one, environment: {image: x}}\n")
	cmd := exec.CommandContext(l.t.Context(), "ischia", "driver", "-f", "pipeline.yml", "--workspace_name", "demo", "--env", "dev", "--action", "publish-pipeline")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "ISCHIA_HOME="+l.home)
	out, err := cmd.CombinedOutput()
	if err != nil {
		l.t.Fatalf("%v: %s", err, out)
	}
	all := strings.Split(strings.TrimSpace(string(out)), "\n")
	l.guid = strings.TrimSpace(all[len(all)-1])
}

// serve starts a server and waits until it answers.
func (l *loaded) serve() (cmd *exec.Cmd, url, token string) {
	l.t.Helper()
	var errs strings.Builder
	cmd = exec.Command("ischia", "serve")
	cmd.Env, cmd.Stderr = append(os.Environ(), "ISCHIA_HOME="+l.home, "GORACE=atexit_sleep_ms=0"), &errs
	if err := cmd.Start(); err != nil {
		l.t.Fatal(err)
	}
	for deadline := time.Now().Add(killPatience); ; time.Sleep(5 * time.Millisecond) {
		if url, token, ok := local.Connect(l.t.Context(), l.home); ok {
			return cmd, url, token
		}
		if time.Now().After(deadline) {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			l.t.Fatalf("the server does not answer: %s", errs.String())
		}
	}
}

// round puts a server under load and kills it after a while.
func (l *loaded) round(after time.Duration) {
	l.t.Helper()
	cmd, url, token := l.serve()
	ctx, cancel := context.WithCancel(l.t.Context())
	var clients sync.WaitGroup
	for i := range 8 {
		clients.Go(func() { l.client(ctx, url, token, i) })
	}
	time.Sleep(after)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	cancel()
	clients.Wait()
}

// client submits and uploads until the server is gone.
func (l *loaded) client(ctx context.Context, url, token string, i int) {
	account, container := l.store(ctx, url, token)
	for n := 0; ; n++ {
		name := fmt.Sprintf("c%d/%d-%d", i, time.Now().UnixNano(), n)
		status, _, err := call(ctx, "PUT", url+"/blob/"+account+"/"+container+"/"+name, token, name)
		if err != nil {
			return
		}
		l.note(status == http.StatusCreated, fmt.Sprint("upload: ", status), func() { l.blobs[name] = name })
		status, text, err := call(ctx, "POST", url+"/pipelines/v1.0"+loadedScope+"/PipelineRuns/PipelineSubmit/"+l.guid, token, `{"ExperimentName":"load"}`)
		if err != nil {
			return
		}
		var run struct{ ID string }
		good := status == http.StatusOK && json.Unmarshal([]byte(text), &run) == nil && run.ID != ""
		l.note(good, fmt.Sprint("submission: ", status, " ", text), func() {
			if l.jobs[run.ID] {
				l.refused["the id "+run.ID+" twice"]++
			}
			l.jobs[run.ID] = true
		})
	}
}

func (l *loaded) note(good bool, what string, keep func()) {
	l.lock.Lock()
	defer l.lock.Unlock()
	if good {
		keep()
	} else {
		l.refused[what]++
	}
}

// store is where the default datastore's files lie.
func (l *loaded) store(ctx context.Context, url, token string) (account, container string) {
	_, text, err := call(ctx, "GET", url+loadedScope+"/datastores/workspaceblobstore", token, "")
	if err != nil {
		return "", ""
	}
	var answer struct {
		Properties struct{ AccountName, ContainerName string }
	}
	_ = json.Unmarshal([]byte(text), &answer) // an empty name is refused below
	return answer.Properties.AccountName, answer.Properties.ContainerName
}

func call(ctx context.Context, method, address, token, body string) (int, string, error) {
	r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Ms-Version", "2021-12-02")
	r.Header.Set("X-Ms-Blob-Type", "BlockBlob")
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	return a.StatusCode, string(text), err
}

// settle serves once more, until all that was acknowledged is seen to be there
// and no job is under way.
func (l *loaded) settle() {
	l.t.Helper()
	cmd, url, token := l.serve()
	defer func() {
		_ = cmd.Process.Signal(os.Interrupt)
		if err := cmd.Wait(); err != nil {
			l.t.Errorf("the last server: %v", err)
		}
	}()
	account, container := l.store(l.t.Context(), url, token)
	for name, want := range l.blobs {
		if status, text, err := call(l.t.Context(), "GET", url+"/blob/"+account+"/"+container+"/"+name, token, ""); status != http.StatusOK || text != want {
			l.t.Errorf("file %s, which was acknowledged: got %d %q %v", name, status, text, err)
		}
	}
	deadline := time.Now().Add(3 * time.Minute)
	ended := map[string]int{}
	for job := range l.jobs {
		for state := ""; ; time.Sleep(20 * time.Millisecond) {
			if state = l.state(url, token, job); state == "Completed" || state == "Failed" || state == "Canceled" {
				ended[state]++
				break
			}
			if state == "" || time.Now().After(deadline) {
				l.t.Errorf("job %s, which was acknowledged: got status %q", job, state)
				break
			}
		}
	}
	l.t.Logf("jobs: %v", ended)
	if ended["Canceled"] > 0 {
		l.t.Errorf("got %d jobs that nobody canceled as Canceled", ended["Canceled"])
	}
}

func (l *loaded) state(url, token, job string) string {
	_, text, err := call(l.t.Context(), "GET", url+loadedScope+"/jobs/"+job, token, "")
	if err != nil {
		l.t.Error(err)
	}
	var answer struct{ Properties struct{ Status string } }
	_ = json.Unmarshal([]byte(text), &answer) // no status is told by the caller
	return answer.Properties.Status
}
