package studio

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// step is one step of a job on its page.
type step struct {
	*workspace.Job
	Took   time.Duration
	Reused bool
	// Line is one line of why: "41s", "reused", "exit 1".
	Line string
	// Depth is how many pipelines it lies in.
	Depth    int
	Selected bool
	// Start and Width of its bar, in per cent of the job's time.
	Start, Width float64
}

// Title is what the step is called: its display name, or the last part of its
// path.
func (s step) Title() string {
	return cmp.Or(s.DisplayName, s.Step[strings.LastIndexByte(s.Step, '/')+1:])
}

type jobPage struct {
	shell
	Root  *workspace.Job
	Took  time.Duration
	Steps []step
	// Tally says how many steps are where.
	Tally string
	Graph graph
	// Failed is the step that failed first.
	Failed *step
	// Shown is the step, or the job itself, that the panel tells of.
	Shown     *workspace.Job
	ShownTook time.Duration
	IsStep    bool
	Tab       string
	Log       logView
	Inputs    []port
	Outputs   []port
	Models    []modelRow
	Parity    []parityNote
}

// Live reports whether the page will change.
func (p jobPage) Live() bool { return !p.Root.Status.Terminal() }

// At is the address of this page with another step or tab.
func (p jobPage) At(stepPath, tab string) string {
	q := url.Values{}
	if stepPath != "" {
		q.Set("step", stepPath)
	}
	if tab != "" {
		q.Set("tab", tab)
	}
	return p.To("/jobs/" + url.PathEscape(p.Root.Name) + "?" + q.Encode())
}

// Tabs are those of the panel; one with nothing in it stays and says why.
func (p jobPage) Tabs() []string { return []string{"overview", "logs", "io", "models"} }

// parityNote is what the definition asks for and this machine does not do.
type parityNote struct{ Path, Feature, Treatment, Note string }

// job is the page of one job: graph, steps, and a panel about one of them.
func (h *Handler) job(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	root, err := h.find(ctx, r)
	if err != nil {
		return err
	}
	if root.Parent != "" { // a step has no page of its own
		p := jobPage{shell: h.shell(r, ""), Root: &workspace.Job{Name: root.Root}}
		http.Redirect(w, r, p.At(root.Step, ""), http.StatusFound)
		return nil
	}
	recorded, err := h.Ledger.Steps(ctx, root.Scope, root.Name)
	if err != nil {
		return fmt.Errorf("list the steps of %s: %w", root.Name, err)
	}
	page := jobPage{shell: h.shell(r, cmp.Or(root.DisplayName, root.Name)), Root: root, Took: h.lasted(root)}
	page.Here = "jobs"
	for _, j := range recorded {
		page.Steps = append(page.Steps, h.step(root, j))
	}
	page.Tally = tally(page.Steps)
	page.choose(r.URL.Query())
	page.ShownTook = h.lasted(page.Shown)
	plan := h.plan(ctx, root)
	page.Graph = layOut(page.Steps, plan, page.Shown)
	page.Parity = h.parity(root.Name)
	if err := h.fill(ctx, &page, plan.names()); err != nil {
		return err
	}
	return h.show(w, r, http.StatusOK, "job.html", page)
}

// step is a recorded step as the page shows it.
func (h *Handler) step(root, j *workspace.Job) step {
	s := step{Job: j, Took: h.lasted(j), Reused: j.Properties["azureml.isreused"] == "true", Depth: strings.Count(j.Step, "/")}
	switch {
	case s.Reused:
		s.Line = "reused"
	case j.Status == workspace.Failed && j.ExitCode != nil:
		s.Line = fmt.Sprintf("exit %d", *j.ExitCode)
	case s.Took >= 0:
		s.Line = took(s.Took)
	default:
		s.Line = strings.ToLower(string(j.Status))
	}
	whole := h.lasted(root)
	if whole > 0 && !j.Started.IsZero() && !root.Started.IsZero() {
		s.Start = share(j.Started.Sub(root.Started), whole)
		s.Width = max(0.5, min(100-s.Start, share(s.Took, whole)))
	}
	return s
}

func share(part, whole time.Duration) float64 {
	return min(100, max(0, 100*float64(part)/float64(whole)))
}

// tally counts the steps: "6 reused, 4 completed, 1 failed".
func tally(steps []step) string {
	count := map[string]int{}
	for _, s := range steps {
		word := strings.ToLower(string(s.Status))
		if s.Reused {
			word = "reused"
		}
		count[word]++
	}
	var parts []string
	for _, word := range []string{"reused", "completed", "failed", "running", "preparing", "finalizing", "queued", "cancelrequested", "canceled", "notstarted"} {
		if n := count[word]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, strings.ReplaceAll(word, "notstarted", "not started")))
		}
	}
	return strings.Join(parts, ", ")
}

// choose decides what the panel shows: what the address says, else the step
// that failed first, else the one that runs, else the job.
func (p *jobPage) choose(q url.Values) {
	p.Shown, p.Tab = p.Root, "overview"
	for i := range p.Steps {
		s := &p.Steps[i]
		if s.Status == workspace.Failed && (p.Failed == nil || s.Ended.Before(p.Failed.Ended)) && s.Type != "pipeline" {
			p.Failed = s
		}
	}
	pick := func(s *step) { p.Shown, p.IsStep, p.Tab, s.Selected = s.Job, true, "logs", true }
	asked := q.Get("step")
	at := slices.IndexFunc(p.Steps, func(s step) bool { return s.Step == asked })
	running := slices.IndexFunc(p.Steps, func(s step) bool { return s.Status == workspace.Running && s.Type != "pipeline" })
	switch {
	case at >= 0:
		pick(&p.Steps[at])
	case p.Failed != nil:
		pick(p.Failed)
	case running >= 0:
		pick(&p.Steps[running])
	case p.Root.Type == "command":
		p.Tab = "logs"
	}
	if tab := q.Get("tab"); slices.Contains(p.Tabs(), tab) {
		p.Tab = tab
	}
}

// fill reads what the open tab needs.
func (h *Handler) fill(ctx context.Context, p *jobPage, named []string) error {
	var err error
	p.Inputs, p.Outputs = h.ports(p.shell, p.Shown, p.Shown.Spec.Inputs), h.ports(p.shell, p.Shown, p.Shown.Spec.Outputs)
	if p.Tab == "logs" {
		p.Log, err = h.readLog(p.Shown.Name, !p.Shown.Status.Terminal())
		// What runs has a log, though nothing may be in it yet.
		p.Log.Exists = p.Log.Exists || p.Shown.Status == workspace.Running && p.Shown.Type != "pipeline"
	}
	if err == nil {
		p.Models, err = h.modelsOf(ctx, p.Root, named)
	}
	return err
}

// planned is what the page needs of a plan.
type planned struct {
	Nodes []struct {
		Index  int    `json:"index"`
		Path   string `json:"path"`
		Parent int    `json:"parent"`
		Type   string `json:"type"`
		Needs  []int  `json:"needs"`

		Outputs []plannedOutput `json:"outputs"`
	} `json:"nodes"`
	Outputs []plannedOutput `json:"outputs"`
}

// plannedOutput is an output that is registered under a name.
type plannedOutput struct {
	AssetName string `json:"asset_name"`
}

// names are those that the job's outputs are registered under.
func (p planned) names() []string {
	var names []string
	add := func(outputs []plannedOutput) {
		for _, o := range outputs {
			if o.AssetName != "" && !slices.Contains(names, o.AssetName) {
				names = append(names, o.AssetName)
			}
		}
	}
	add(p.Outputs)
	for _, n := range p.Nodes {
		add(n.Outputs)
	}
	return names
}

// plan is the job's plan; of one that is not there, no step needs another.
func (h *Handler) plan(ctx context.Context, root *workspace.Job) planned {
	var p planned
	text, err := h.file(root.Name, "plan.json")
	if err != nil {
		d, err := h.Ledger.Queue().Definition(ctx, root.Scope, root.Name)
		if err != nil {
			return p
		}
		text = d.Plan
	}
	if err := json.Unmarshal(text, &p); err != nil {
		h.Log.WarnContext(ctx, "a plan cannot be read", "job", root.Name, "error", err)
	}
	return p
}

func (h *Handler) parity(job string) []parityNote {
	text, err := h.file(job, "parity.json")
	if err != nil {
		return nil
	}
	var notes []parityNote
	if err := json.Unmarshal(text, &notes); err != nil {
		h.Log.Warn("parity notes cannot be read", "job", job, "error", err)
	}
	return notes
}

// file is a small file of a job's folder.
func (h *Handler) file(job, name string) ([]byte, error) {
	folder, err := h.Folder(job)
	if err != nil {
		return nil, err
	}
	defer func() { _ = folder.Close() }()
	text, err := fs.ReadFile(folder.FS(), name)
	if err != nil {
		return nil, fmt.Errorf("read %s of job %s: %w", name, job, err)
	}
	return text, nil
}

// cancel asks whoever runs the job to end it.
func (h *Handler) cancel(w http.ResponseWriter, r *http.Request) error {
	root, err := h.find(r.Context(), r)
	if err != nil {
		return err
	}
	if err := h.Ledger.RequestCancel(r.Context(), root.Scope, root.Name); err != nil && !errors.Is(err, workspace.ErrConflict) {
		return fmt.Errorf("cancel %s: %w", root.Name, err)
	}
	http.Redirect(w, r, h.shell(r, "").To("/jobs/"+url.PathEscape(root.Name)), http.StatusSeeOther)
	return nil
}
