package plan

import (
	"fmt"
	"strings"

	"github.com/ischia-ml/ischia/internal/expr"
)

// Render is a command with its references replaced. inputs holds the text for
// each input that has a value; outputs for each output. A $[[ ]] group
// vanishes when an input in it has no value; without that, such an input is
// an error.
func Render(command string, inputs, outputs map[string]string) (string, error) {
	parts, errs := expr.Parse(command)
	if len(errs) > 0 {
		return "", errs[0]
	}
	r := renderer{inputs, outputs}
	var b strings.Builder
	for _, p := range parts {
		if p.Group == nil {
			text, ok := r.text(p)
			if !ok {
				return "", fmt.Errorf("%s has no value", p.Text)
			}
			b.WriteString(text)
			continue
		}
		b.WriteString(r.group(p.Group))
	}
	return b.String(), nil
}

type renderer struct{ inputs, outputs map[string]string }

// group is the text of a group, or nothing.
func (r renderer) group(parts []expr.Part) string {
	var b strings.Builder
	for _, p := range parts {
		text, ok := r.text(p)
		if !ok {
			return ""
		}
		b.WriteString(text)
	}
	return b.String()
}

func (r renderer) text(p expr.Part) (string, bool) {
	if p.Ref == nil {
		return p.Text, true
	}
	name := strings.Join(p.Ref.Path[1:], ".")
	var text string
	var ok bool
	switch p.Ref.Path[0] {
	case "inputs":
		text, ok = r.inputs[name]
	case "outputs":
		text, ok = r.outputs[name]
	}
	return text, ok
}
