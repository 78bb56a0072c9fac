package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/internal/step"
)

// pinnedPlan is the plan of a job as its folder holds it. It is made while the
// job runs, which takes the same content: nobody waits for it, but the end.
type pinnedPlan struct {
	mu sync.Mutex // held while the file is written; guards the rest
	// text is empty until it is known.
	text string
	// file is where it goes, once there is a folder.
	file string
	// err is the first fault of writing it there.
	err error
	// stop ends the pinning, and returns when it has ended; nil when there is
	// none.
	stop func()
}

// giveUp ends the pinning, which may be what takes all the room on the disk, and
// reports whether there was any.
func (p *pinnedPlan) giveUp() bool {
	p.mu.Lock()
	stop := p.stop
	p.stop = nil
	p.mu.Unlock()
	if stop != nil {
		stop()
	}
	return stop != nil
}

// known gives the plan its text.
func (p *pinnedPlan) known(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.text = text
	if p.file == "" {
		return
	}
	// Somebody may be reading what stands there.
	fresh := p.file + ".new"
	if p.err = writeText(fresh, text); p.err == nil {
		p.err = os.Rename(fresh, p.file)
	}
}

// describe writes the plan into a file: with meanwhile for a text as long as it
// is not known.
func (p *pinnedPlan) describe(file string, meanwhile func() (string, error)) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.file = file
	text := p.text
	if text == "" {
		var err error
		if text, err = meanwhile(); err != nil {
			return err
		}
	}
	return writeText(file, text)
}

func (p *pinnedPlan) fault() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// pinning starts to pin the plan of a job that is about to run. done returns when
// that is over; it goes no further when the run was canceled.
func (j *running) pinning(ctx context.Context, doer *step.Runner) (done func(canceled bool) error) {
	ctx, stop := context.WithCancel(ctx)
	over := make(chan struct{})
	j.pinned.mu.Lock()
	j.pinned.stop = func() { stop(); <-over }
	j.pinned.mu.Unlock()
	go func() {
		defer close(over)
		if text, err := j.pinnedText(ctx, known{doer.Pinner()}); err == nil {
			j.pinned.known(text)
		}
	}()
	return func(canceled bool) error {
		if canceled {
			j.pinned.giveUp()
		}
		<-over
		j.pinned.giveUp()
		if err := j.pinned.fault(); err != nil {
			return fmt.Errorf("describe job %s: %w", j.tree.Root.Name, err)
		}
		return nil
	}
}

// pinnedText is the text of the job's plan.
func (j *running) pinnedText(ctx context.Context, pinner plan.Pinner) (string, error) {
	if texts := j.req.Compiled; texts != nil && texts.planText != "" && j.hide.Empty() {
		if text, err := fill(ctx, texts.planText, texts.holes, pinner); err == nil {
			return text, nil
		}
	}
	p, err := plan.Pin(ctx, j.req.Plan, pinner)
	if err != nil {
		return "", err
	}
	text, err := hiddenJSON(j.hide, p)
	return string(text), err
}

// known is a pinner that says what is known. What cannot be taken, for which a
// step fails, keeps its name: a later attempt may find it mended.
type known struct{ plan.Pinner }

// Code implements plan.Pinner.
func (k known) Code(ctx context.Context, code string, includes []string, command string) (string, error) {
	return orNot(k.Pinner.Code(ctx, code, includes, command))
}

// Data implements plan.Pinner.
func (k known) Data(ctx context.Context, name string) (string, error) {
	return orNot(k.Pinner.Data(ctx, name))
}

// Conda implements plan.Pinner.
func (k known) Conda(ctx context.Context, name string) (string, error) {
	return orNot(k.Pinner.Conda(ctx, name))
}

func orNot(answer string, err error) (string, error) {
	var fault *step.Error
	if errors.As(err, &fault) && fault.Code == step.UserError {
		return "", fmt.Errorf("%w: %w", plan.ErrNotPinned, err)
	}
	return answer, err // when the machine fails, nothing more is tried
}

// hole is a place in the text of a plan that a pinner fills.
type hole struct {
	kind holeKind
	// name is that of the file or folder.
	name string
	// includes and command belong to code.
	includes []string
	command  string
}

type holeKind int

const (
	codeHole holeKind = iota
	dataHole
	condaHole
)

func (h hole) ask(ctx context.Context, p plan.Pinner) (string, error) {
	switch h.kind {
	case codeHole:
		return p.Code(ctx, h.name, h.includes, h.command)
	case condaHole:
		return p.Conda(ctx, h.name)
	}
	return p.Data(ctx, h.name)
}

// mark stands in a text for a hole, on both sides of its number: a NUL, as JSON
// writes it.
const mark = `\u0000`

var errMarked = errors.New("the plan holds what marks a hole")

// template is the text of a plan that is pinned but for its holes.
func template(ctx context.Context, p *plan.Plan) (string, []hole, error) {
	plain, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return "", nil, fmt.Errorf("print the plan: %w", err)
	}
	if strings.Contains(string(plain), mark) {
		return "", nil, errMarked
	}
	m := &marker{seen: map[string]int{}}
	p, err = plan.Pin(ctx, p, m)
	if err != nil {
		return "", nil, err
	}
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return "", nil, fmt.Errorf("print the plan: %w", err)
	}
	return string(text), m.holes, nil
}

// marker is the pinner that leaves the holes.
type marker struct {
	mu    sync.Mutex // guards the rest
	seen  map[string]int
	holes []hole
}

func (m *marker) mark(h hole) (string, error) {
	key := strings.Join(append([]string{strconv.Itoa(int(h.kind)), h.name, h.command}, h.includes...), "\x00")
	m.mu.Lock()
	defer m.mu.Unlock()
	i, ok := m.seen[key]
	if !ok {
		i = len(m.holes)
		m.seen[key] = i
		m.holes = append(m.holes, h)
	}
	return "\x00" + strconv.Itoa(i) + "\x00", nil
}

// Code implements plan.Pinner.
func (m *marker) Code(_ context.Context, code string, includes []string, command string) (string, error) {
	return m.mark(hole{codeHole, code, slices.Clone(includes), command})
}

// Data implements plan.Pinner.
func (m *marker) Data(_ context.Context, name string) (string, error) {
	return m.mark(hole{kind: dataHole, name: name})
}

// Conda implements plan.Pinner.
func (m *marker) Conda(_ context.Context, name string) (string, error) {
	return m.mark(hole{kind: condaHole, name: name})
}

// fill is a template with its holes filled. It fails when one stays empty: then
// the text would have another form.
func fill(ctx context.Context, text string, holes []hole, pinner plan.Pinner) (string, error) {
	answers, err := answer(ctx, holes, pinner)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	out.Grow(len(text) + 64*strings.Count(text, mark))
	for {
		before, rest, found := strings.Cut(text, mark)
		out.WriteString(before)
		if !found {
			return out.String(), nil
		}
		number, after, _ := strings.Cut(rest, mark)
		i, err := strconv.Atoi(number)
		if err != nil || i < 0 || i >= len(answers) {
			return "", errMarked
		}
		out.WriteString(answers[i])
		text = after
	}
}

// answer are the answers to what holes ask, as they stand within a text of JSON.
func answer(ctx context.Context, holes []hole, pinner plan.Pinner) ([]string, error) {
	answers := make([]string, len(holes))
	group, ctx := errgroup.WithContext(ctx)
	parts := max(1, runtime.GOMAXPROCS(0)/2) // as in plan.Pin
	for part := range parts {
		group.Go(func() error {
			for i := len(holes) * part / parts; i < len(holes)*(part+1)/parts; i++ {
				got, err := holes[i].ask(ctx, pinner)
				if err == nil && got == "" {
					err = plan.ErrNotPinned
				}
				if err != nil {
					return err
				}
				text, err := json.Marshal(got)
				if err != nil {
					return err
				}
				answers[i] = string(text[1 : len(text)-1])
			}
			return nil
		})
	}
	return answers, group.Wait()
}
