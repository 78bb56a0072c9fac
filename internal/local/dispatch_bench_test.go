package local_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/ischia-ml/ischia/internal/local"
	"github.com/ischia-ml/ischia/internal/workspace"
	"github.com/ischia-ml/ischia/load"
)

// acceptRate is how many jobs a second the open loop hands in.
const acceptRate = 200

// BenchmarkAccept hands in pipelines of eight steps at a fixed rate, however
// long each takes, while all wait for a cluster without nodes, and says how long
// one took from the moment at which it was due. -benchtime 2000x is ten seconds
// of it.
func BenchmarkAccept(b *testing.B) {
	l, err := local.Open(b.Context(), local.Options{Home: filepath.Join(b.TempDir(), "home")})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	putCluster(b, l, "held", 0, 0, 0)
	d, err := l.NewDispatcher(b.Context(), local.DispatchOptions{Adopt: true, Environ: os.Environ()})
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close(b.Context())
	job, errs := load.Job(fstest.MapFS{"p.yml": {Data: []byte(eightSteps("held"))}}, "p.yml")
	if errs.Err() != nil {
		b.Fatal(errs.Err())
	}
	accept := func() {
		if _, err := d.Accept(b.Context(), workspace.BuiltIn(), workspace.Order{Job: job, Body: []byte(`{}`)}); err != nil {
			b.Error(err)
		}
	}
	accept()
	b.ResetTimer()
	took := make([]time.Duration, b.N)
	var clients sync.WaitGroup
	begun := time.Now()
	for i := range b.N {
		due := begun.Add(time.Duration(i) * time.Second / acceptRate)
		time.Sleep(time.Until(due))
		clients.Go(func() {
			accept()
			took[i] = time.Since(due)
		})
	}
	clients.Wait()
	slices.Sort(took)
	for name, part := range map[string]int{"p50-us": 50, "p99-us": 99} {
		b.ReportMetric(float64(took[(b.N-1)*part/100].Microseconds()), name)
	}
}

// BenchmarkAcceptAll hands them in one after the other.
func BenchmarkAcceptAll(b *testing.B) {
	l, err := local.Open(b.Context(), local.Options{Home: filepath.Join(b.TempDir(), "home")})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	putCluster(b, l, "held", 0, 0, 0)
	d, err := l.NewDispatcher(b.Context(), local.DispatchOptions{Adopt: true, Environ: os.Environ()})
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close(b.Context())
	job, errs := load.Job(fstest.MapFS{"p.yml": {Data: []byte(eightSteps("held"))}}, "p.yml")
	if errs.Err() != nil {
		b.Fatal(errs.Err())
	}
	for b.Loop() {
		if _, err := d.Accept(b.Context(), workspace.BuiltIn(), workspace.Order{Job: job}); err != nil {
			b.Fatal(err)
		}
	}
}

// eightSteps is a pipeline in which each step needs the one before it.
func eightSteps(compute string) string {
	var text strings.Builder
	fmt.Fprintf(&text, "type: pipeline\nsettings: {default_compute: azureml:%s}\ninputs: {use_test_dataset: 'True', ratio: 0.6}\njobs:\n", compute)
	for i := range 8 {
		fmt.Fprintf(&text, "  s%d:\n    command: python main.py --n ${{inputs.n}} --out ${{outputs.o}}\n    environment: {image: x}\n", i)
		fmt.Fprintf(&text, "    inputs:\n      n: ${{parent.inputs.ratio}}\n")
		if i > 0 {
			fmt.Fprintf(&text, "      before: ${{parent.jobs.s%d.outputs.o}}\n", i-1)
		}
		fmt.Fprintf(&text, "    outputs: {o: {type: uri_folder}}\n")
	}
	return text.String()
}
