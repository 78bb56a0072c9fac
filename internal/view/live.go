package view

import (
	"errors"
	"os"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/ischia-ml/ischia/internal/mask"
)

// LiveOptions say how a live view looks.
type LiveOptions struct {
	// Color asks for colours; the caller has looked at NO_COLOR.
	Color bool
	// ASCII avoids other characters, for terminals that lack them.
	ASCII bool
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Mask hides secrets in the lines of logs; nil hides nothing.
	Mask *mask.Masker
	// Size is the terminal's width and height; nil asks the terminal.
	Size func() (width, height int)
}

const (
	// tick is how often the picture is drawn when nothing happens, and how
	// often logs are looked at.
	tick = 250 * time.Millisecond
	// breath is the least time between two pictures.
	breath = 100 * time.Millisecond
	// patience is how long Close waits for a terminal that takes no output.
	patience = 5 * time.Second
)

var errStuck = errors.New("the terminal takes no output: the summary is not shown")

// live draws on a terminal. Event changes the board; one goroutine draws it.
type live struct {
	look   look
	now    func() time.Time
	screen *screen
	logs   logReader
	modes  func() // puts the terminal's modes back

	changed chan struct{} // holds one
	stop    chan struct{}
	done    chan struct{}
	closing sync.Once

	mu    sync.Mutex // guards board
	board *board
}

// NewLive is a View that draws the run on a terminal and redraws it in place:
// the job's line, the steps as a tree with state and elapsed time, the current
// line of the log of those that run. It neither reads from the terminal nor
// changes how it treats keys, and leaves a summary behind. On a Windows console
// that knows no control sequences it is a [Plain].
func NewLive(w *os.File, o LiveOptions) View {
	if o.Now == nil {
		o.Now = time.Now
	}
	modes, err := prepare(w)
	if err != nil {
		plain := NewPlain(w, o.Now)
		plain.Color = false // it would be control sequences again
		return plain
	}
	if o.Size == nil {
		o.Size = sizeOf(w)
	}
	v := &live{
		look: look{painter(o.Color), o.ASCII}, now: o.Now, modes: modes,
		screen: &screen{w: w, size: o.Size}, logs: logReader{mask: o.Mask, seen: map[string]seenLog{}},
		changed: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{}),
		board: newBoard("", nil, o.Now()),
	}
	go v.run()
	return v
}

// sizeOf asks the terminal, each time, which works on every system and needs
// no signal.
func sizeOf(w *os.File) func() (int, int) {
	fd := int(w.Fd())
	return func() (int, int) {
		width, height, err := term.GetSize(fd)
		if err != nil || width <= 0 || height <= 0 {
			return 80, 24
		}
		return width, height
	}
}

// Start implements View.
func (v *live) Start(job string, steps []Step) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.board = newBoard(job, steps, v.now())
	v.poke()
}

// Event implements View.
func (v *live) Event(e Event) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.board.event(e, v.now())
	v.poke()
}

// poke asks for a new picture; that one is asked for already is as good.
func (v *live) poke() {
	select {
	case v.changed <- struct{}{}:
	default:
	}
}

// Close implements View.
func (v *live) Close() error {
	v.closing.Do(func() { close(v.stop) })
	select {
	case <-v.done:
		return nil
	case <-time.After(patience):
		return errStuck
	}
}

func (v *live) run() {
	defer close(v.done)
	defer v.modes()
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		select {
		case <-v.stop:
			v.finish()
			return
		case <-ticker.C:
			v.readLogs()
		case <-v.changed:
		}
		v.draw()
		if !v.rest() {
			v.finish()
			return
		}
	}
}

// rest keeps a burst of events from becoming a burst of pictures; false when
// it is time to stop.
func (v *live) rest() bool {
	select {
	case <-v.stop:
		return false
	case <-time.After(breath):
		return true
	}
}

func (v *live) draw() {
	width, height := v.screen.size()
	v.mu.Lock()
	notes := v.board.notes
	v.board.notes = nil
	lines := v.look.frame(v.board, width, height, v.now())
	v.mu.Unlock()
	v.screen.draw(notes, lines, width)
}

func (v *live) finish() {
	width, _ := v.screen.size()
	v.mu.Lock()
	lines := append(v.board.notes, v.look.summary(v.board, width, v.now())...)
	v.mu.Unlock()
	v.screen.draw(lines, nil, width)
}

// readLogs looks at the logs of the steps that run, without holding up events.
func (v *live) readLogs() {
	v.mu.Lock()
	paths := map[int]string{}
	for i, it := range v.board.items {
		if active(it.status) && it.logPath != "" && len(paths) < maxLogs {
			paths[i] = it.logPath
		}
	}
	b := v.board
	v.mu.Unlock()

	lines := v.logs.read(paths)
	v.mu.Lock()
	defer v.mu.Unlock()
	for i, line := range lines {
		b.items[i].line = line
	}
}
