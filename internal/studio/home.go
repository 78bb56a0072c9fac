package studio

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// row is a job in a list.
type row struct {
	*workspace.Job
	Took time.Duration
	// Why is the first line of what went wrong.
	Why string
}

type homePage struct {
	shell
	// Sentence says how things stand.
	Sentence                   string
	Attention, Running, Recent []row
	Models                     []modelRow
}

// recently is how many jobs the first page looks at.
const recently = 50

// home says what failed and why, what runs, and what was recent.
func (h *Handler) home(w http.ResponseWriter, r *http.Request) error {
	page := homePage{shell: h.shell(r, "Home")}
	jobs, err := h.Ledger.Jobs(r.Context(), workspace.Filter{Scope: page.Scope, Limit: recently})
	if err != nil {
		return fmt.Errorf("list the jobs: %w", err)
	}
	page.sort(h.rows(jobs))
	if page.Models, err = h.latestModels(r.Context(), page.Scope, 4); err != nil {
		return err
	}
	return h.show(w, r, http.StatusOK, "home.html", page)
}

// sort puts each job where it belongs. A failure needs attention until a later
// job of that name has completed, and the same one is told once.
func (p *homePage) sort(rows []row) {
	settled := map[string]bool{}
	queued := 0
	for _, j := range rows {
		title := j.Experiment + "\x00" + j.DisplayName
		switch {
		case !j.Status.Terminal():
			p.Running = append(p.Running, j)
			if j.Status == workspace.Queued || j.Status == workspace.NotStarted {
				queued++
			}
		case j.Status == workspace.Failed && !settled[title]:
			p.Attention = append(p.Attention, j)
			settled[title] = true
		case j.Status == workspace.Completed:
			settled[title] = true
		}
		p.Recent = append(p.Recent, j)
	}
	p.Sentence = sentence(len(p.Attention), len(p.Running)-queued, queued)
}

func sentence(failed, running, queued int) string {
	var parts []string
	for _, part := range []struct {
		n    int
		word string
	}{{failed, "failed"}, {running, "running"}, {queued, "queued"}} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.word))
		}
	}
	if len(parts) == 0 {
		return "Nothing failed, nothing runs."
	}
	return strings.Join(parts, ", ") + "."
}

func (h *Handler) rows(jobs []*workspace.Job) []row {
	rows := make([]row, len(jobs))
	for i, j := range jobs {
		rows[i] = row{Job: j, Took: h.lasted(j)}
		if j.Error != nil {
			rows[i].Why, _, _ = strings.Cut(j.Error.Message, "\n")
		}
	}
	return rows
}

type jobsPage struct {
	shell
	Rows        []row
	Status      string
	First, Last int
	Newer       string
	Older       string
}

// perPage is how many jobs a page of the list has.
const perPage = 100

// jobs is the list of all jobs, newest first.
func (h *Handler) jobs(w http.ResponseWriter, r *http.Request) error {
	page := jobsPage{shell: h.shell(r, "Jobs"), Status: r.URL.Query().Get("status")}
	skip, _ := strconv.Atoi(r.URL.Query().Get("skip")) // what is no number is the first page
	skip = max(skip, 0)
	filter := workspace.Filter{Scope: page.Scope, Limit: perPage + 1, Skip: skip, Experiment: r.URL.Query().Get("experiment")}
	if page.Status != "" {
		filter.Statuses = []workspace.Status{workspace.Status(page.Status)}
	}
	jobs, err := h.Ledger.Jobs(r.Context(), filter)
	if err != nil {
		return fmt.Errorf("list the jobs: %w", err)
	}
	at := func(skip int) string {
		q := r.URL.Query()
		q.Set("skip", strconv.Itoa(skip))
		return "/jobs?" + q.Encode()
	}
	if len(jobs) > perPage {
		jobs, page.Older = jobs[:perPage], at(skip+perPage)
	}
	if skip > 0 {
		page.Newer = at(max(0, skip-perPage))
	}
	page.Rows, page.First, page.Last = h.rows(jobs), skip+1, skip+len(jobs)
	return h.show(w, r, http.StatusOK, "jobs.html", page)
}
