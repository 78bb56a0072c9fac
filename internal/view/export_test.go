package view

import (
	"strings"
	"time"
)

// Picture is a live view without a terminal.
type Picture struct {
	board *board
	look  look
}

// NewPicture starts a run.
func NewPicture(job string, steps []Step, at time.Time, color, ascii bool) *Picture {
	return &Picture{newBoard(job, steps, at), look{painter(color), ascii}}
}

// Event takes in what happened, and the current line of the step's log.
func (p *Picture) Event(e Event, line string) {
	p.board.event(e, e.Time)
	if line != "" {
		p.board.find(e.Step).line = line
	}
}

// Frame is what a terminal of this size shows.
func (p *Picture) Frame(width, height int, now time.Time) string {
	return strings.Join(p.look.frame(p.board, width, height, now), "\n") + "\n"
}

// Summary is what stays.
func (p *Picture) Summary(width int, now time.Time) string {
	return strings.Join(p.look.summary(p.board, width, now), "\n") + "\n"
}

// Ticking is how a running time is shown.
var Ticking = ticking
