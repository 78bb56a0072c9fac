package view

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/ischia-ml/ischia/internal/mask"
)

// The states, in ARM's words.
const (
	notStarted      = "NotStarted"
	queued          = "Queued"
	preparing       = "Preparing"
	running         = "Running"
	finalizing      = "Finalizing"
	cancelRequested = "CancelRequested"
	completed       = "Completed"
	failed          = "Failed"
	canceled        = "Canceled"
)

// active: something of ours is at work on it.
func active(status string) bool {
	switch status {
	case preparing, running, finalizing, cancelRequested:
		return true
	}
	return false
}

// terminal: the state will not change any more.
func terminal(status string) bool {
	return status == completed || status == failed || status == canceled
}

// words are states as prose: "CancelRequested" is "cancel requested".
func words(status string) string {
	var b strings.Builder
	for i, r := range status {
		if r >= 'A' && r <= 'Z' {
			if i > 0 {
				b.WriteByte(' ')
			}
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Duration is d as people say it: "1.2 s", "2 m 03 s", "1 h 02 m".
func Duration(d time.Duration) string {
	d = max(d, 0)
	switch {
	case d < 59950*time.Millisecond:
		return fmt.Sprintf("%.1f s", d.Seconds())
	default:
		return long(d.Round(time.Second))
	}
}

// ticking is d while it grows: in whole seconds, so that the screen is calm.
func ticking(d time.Duration) string {
	d = max(d, 0).Truncate(time.Second)
	if d < time.Minute {
		return strconv.Itoa(int(d.Seconds())) + " s"
	}
	return long(d)
}

func long(d time.Duration) string {
	seconds := int(d.Seconds())
	if seconds < 3600 {
		return fmt.Sprintf("%d m %02d s", seconds/60, seconds%60)
	}
	return fmt.Sprintf("%d h %02d m", seconds/3600, seconds/60%60)
}

// oneLine is text from outside on one line, without colours or tricks.
func oneLine(s string) string {
	s = ansi.Strip(mask.CleanTerminal(s))
	return mask.CleanCI(strings.Join(strings.Fields(s), " "))
}

// reason says why something failed, with the exit status if there is one;
// empty if nothing is known.
func reason(message string, exitCode *int) string {
	message = oneLine(message)
	switch {
	case exitCode == nil || *exitCode == 0 && message != "":
		return message
	case message == "":
		return fmt.Sprintf("exit status %d", *exitCode)
	case strings.Contains(message, strconv.Itoa(*exitCode)):
		return message // says so itself
	}
	return fmt.Sprintf("%s (exit status %d)", message, *exitCode)
}

// The colours, as parameters of SGR.
const (
	bold   = "1"
	faint  = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
	cyan   = "36"
)

// painter colours text, or does not.
type painter bool

func (p painter) paint(color, text string) string {
	if !p || color == "" || text == "" {
		return text
	}
	return "\x1b[" + color + "m" + text + "\x1b[0m"
}

// colorOf is the colour of a state.
func colorOf(status string) string {
	switch status {
	case completed:
		return green
	case failed:
		return red
	case canceled, cancelRequested:
		return yellow
	case preparing, running, finalizing:
		return cyan
	}
	return faint
}
