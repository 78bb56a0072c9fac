package arm

import (
	"fmt"
	"strings"

	"github.com/ischia-ml/ischia/diag"
)

// Fault is what is wrong with a body, and where in it.
type Fault struct {
	// Path is that in the JSON: properties.jobs.train.inputs.lr.
	Path string
	Err  error
}

// Error is the fault with its path.
func (f *Fault) Error() string {
	if f.Path == "" {
		return f.Err.Error()
	}
	return f.Path + ": " + f.Err.Error()
}

// Unwrap is the cause.
func (f *Fault) Unwrap() error { return f.Err }

func faultf(path, format string, args ...any) error {
	return &Fault{Path: path, Err: fmt.Errorf(format, args...)}
}

// Invalid are the faults of a body that has the right form: those that the
// definition in it has. Their places are paths within the definition.
type Invalid struct{ Faults diag.List }

// Error is the first fault, and how many there are.
func (i *Invalid) Error() string {
	var errs []string
	for _, d := range i.Faults {
		if d.Severity != diag.Error {
			continue
		}
		text := d.Message
		if d.Path != "" {
			text = d.Path + ": " + text
		}
		errs = append(errs, text)
	}
	if len(errs) > 3 {
		errs = append(errs[:3], fmt.Sprintf("and %d more", len(errs)-3))
	}
	return strings.Join(errs, "; ")
}
