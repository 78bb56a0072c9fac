package driver

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/ischia-ml/ischia/internal/mask"
)

// progress shows what happens in a run, a line at a time.
type progress struct {
	out io.Writer
	// veil hides secrets.
	veil func(string) string
}

// Step tells that a step's state has changed.
func (p progress) Step(name, status string) {
	fmt.Fprintf(p.out, "%s: %s\n", clean(name), words(status))
}

// Line tells a line of a step's output.
func (p progress) Line(step, line string) {
	fmt.Fprintf(p.out, "%s | %s\n", clean(step), p.veil(clean(line)))
}

// clean is what a step wrote, without what would do more than be shown.
func clean(text string) string {
	text = mask.CleanTerminal(text)
	if os.Getenv("GITHUB_ACTIONS") != "" || os.Getenv("TF_BUILD") != "" {
		text = mask.CleanCI(text)
	}
	return text
}

// words is a state as prose: CancelRequested is "cancel requested".
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
