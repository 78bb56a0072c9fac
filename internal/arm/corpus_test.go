package arm_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/ischia-ml/ischia/internal/arm"
	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/load"
	"github.com/ischia-ml/ischia/pipeline"
)

// manifestEntry is what the manifest of the corpus says of one definition.
type manifestEntry struct {
	Path, Kind, Verdict string
	CodeRefs            []manifestRef `json:"code_refs"`
	DataRefs            []manifestRef `json:"data_refs"`
}

type manifestRef struct {
	Path, Type string
	Exists     bool
}

// corpus is the open corpus with stubs for what upstream has and it leaves out.
func corpus(t *testing.T) (fs.FS, []manifestEntry) {
	t.Helper()
	dir := os.Getenv("ISCHIA_CORPUS")
	if dir == "" {
		t.Skip("ISCHIA_CORPUS is not set")
	}
	base, err := fs.Sub(os.DirFS(dir), "open")
	if err != nil {
		t.Fatal(err)
	}
	data, err := fs.ReadFile(base, "manifest.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var list []manifestEntry
	stubs := fstest.MapFS{}
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e manifestEntry
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		list = append(list, e)
		for _, ref := range slices.Concat(e.CodeRefs, e.DataRefs) {
			name := path.Clean(ref.Path)
			if _, err := fs.Stat(base, name); err == nil || !ref.Exists || !fs.ValidPath(name) {
				continue
			}
			if ref.Type == "dir" {
				name += "/.stub"
			}
			stubs[name] = &fstest.MapFile{Data: []byte("x")}
		}
	}
	return overlay{base, stubs}, list
}

type overlay struct{ base, stubs fs.FS }

func (o overlay) Open(name string) (fs.File, error) {
	if f, err := o.base.Open(name); err == nil {
		return f, nil
	}
	return o.stubs.Open(name)
}

// TestCorpusPlans: the plan of a job that went over the wire is the plan of its
// file, byte for byte, once files are known by their digests.
func TestCorpusPlans(t *testing.T) {
	t.Parallel()
	fsys, list := corpus(t)
	counts := map[string]int{}
	for _, e := range list {
		if e.Verdict != "VALID" || !strings.HasSuffix(e.Kind, "Job") {
			continue
		}
		job, errs := load.Job(fsys, e.Path)
		if job == nil || errs.HasErrors() {
			continue
		}
		direct, _ := plan.Build(job)
		if direct == nil {
			counts["does not plan: "+e.Kind]++
			if err := encodesAgain(t.Context(), job, fsys); err != nil {
				if !strings.Contains(err.Error(), "as a step of a pipeline only") {
					t.Errorf("%s: %v", e.Path, err)
				}
				counts["cannot be sent alone: "+e.Kind]++
			}
			continue
		}
		counts["plans: "+e.Kind]++
		decoded, err := throughWire(t.Context(), job, fsys)
		if err != nil {
			t.Errorf("%s: %v", e.Path, err)
			continue
		}
		wired, errs := plan.Build(decoded)
		if wired == nil {
			t.Errorf("%s: what was decoded does not plan: %v", e.Path, errs.Err())
			continue
		}
		want, got := canonical(t, direct, fsys), canonical(t, wired, fsys)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: the plan differs (-file +wire):\n%s", e.Path, diff)
		}
		if err := encodesAgain(t.Context(), job, fsys); err != nil {
			t.Errorf("%s: %v", e.Path, err)
		}
	}
	t.Log(counts)
}

// throughWire encodes a job and decodes the text of its body.
func throughWire(ctx context.Context, job pipeline.Job, fsys fs.FS) (pipeline.Job, error) {
	s := newStore()
	base, err := arm.EncodeJob(ctx, job, arm.EncodeOptions{Scope: scope, Resolver: s, Files: fsys})
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(base)
	if err != nil {
		return nil, err
	}
	return arm.DecodeJob(ctx, body, arm.DecodeOptions{Scope: scope, Lookup: lookup{s}})
}

// encodesAgain: what is decoded of a body encodes to the same body.
func encodesAgain(ctx context.Context, job pipeline.Job, fsys fs.FS) error {
	s := newStore()
	var texts [2]string
	for i := range texts {
		options := arm.EncodeOptions{Scope: scope, Resolver: s, Files: fsys}
		base, err := arm.EncodeJob(ctx, job, options)
		if err != nil {
			return err
		}
		body, err := indented(base)
		if err != nil {
			return err
		}
		if job, err = arm.DecodeJob(ctx, body, arm.DecodeOptions{Scope: scope, Lookup: lookup{s}}); err != nil {
			return err
		}
		texts[i] = string(body) + s.dump()
		s = s.next()
	}
	if diff := cmp.Diff(texts[0], texts[1]); diff != "" {
		return fmt.Errorf("what was decoded encodes differently (-first +second):\n%s", diff)
	}
	return nil
}

// canonical is the text of a pinned plan. A label becomes the version that it
// stands for, which the encoder asks for.
func canonical(t *testing.T, p *plan.Plan, fsys fs.FS) string {
	t.Helper()
	p, err := plan.Resolve(t.Context(), p, assets{})
	if err != nil {
		t.Fatal(err)
	}
	if p, err = plan.Pin(t.Context(), p, pinner{fsys}); err != nil {
		t.Fatal(err)
	}
	text, err := indented(p)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// assets has labels for versions, as store does. Those of environments are left
// to the service.
type assets struct{}

func (assets) Version(_ context.Context, kind plan.AssetKind, _, label string) (string, error) {
	if kind == plan.EnvironmentAsset {
		return "", nil
	}
	return label, nil
}

func (assets) Content(context.Context, plan.AssetKind, string) (string, error) { return "", nil }

// pinner knows code and data as store does.
type pinner struct{ fsys fs.FS }

func (pinner) Code(_ context.Context, code string, includes []string, _ string) (string, error) {
	if strings.HasPrefix(code, "code/") {
		return code, nil
	}
	return codeName(code, includes), nil
}

func (pinner) Data(_ context.Context, name string) (string, error) {
	if strings.HasPrefix(name, "data/") {
		return name, nil
	}
	return dataName(name), nil
}

func (p pinner) Conda(_ context.Context, name string) (string, error) {
	text, err := fs.ReadFile(p.fsys, name)
	return plan.Conda(string(text)), err
}
