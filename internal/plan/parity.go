package plan

import (
	"fmt"
	"strings"

	"github.com/ischia-ml/ischia/pipeline"
)

// Note says what of a definition is different on this machine from what it
// would be on Azure ML. The JSON is the parity file's.
type Note struct {
	// Path is where in the definition: "jobs.train.environment".
	Path    string `json:"path"`
	Feature string `json:"feature"`
	// Treatment is "ignored" or "approximated".
	Treatment string `json:"treatment"`
	Note      string `json:"note"`
}

// The treatments of a Note.
const (
	Ignored      = "ignored"
	Approximated = "approximated"
)

// Parity lists what a plan asks for that this machine does not do, in the
// order of the definition. It is never nil, so that it prints as a list.
func Parity(p *Plan) []Note {
	notes := []Note{}
	for _, field := range p.Ignored {
		notes = append(notes, Note{field, field, Ignored, "has no meaning on this machine"})
	}
	for _, n := range p.Nodes {
		notes = append(notes, n.parity()...)
	}
	return notes
}

func (n *Node) path(field string) string {
	if n.Path == "" {
		return field
	}
	return "jobs." + strings.ReplaceAll(n.Path, "/", ".jobs.") + "." + field
}

func (n *Node) parity() []Note {
	var notes []Note
	add := func(field, treatment, format string, args ...any) {
		notes = append(notes, Note{n.path(field), field, treatment, fmt.Sprintf(format, args...)})
	}
	for _, field := range n.Ignored {
		add(field, Ignored, "has no meaning on this machine")
	}
	if !n.IsAction() {
		return notes
	}
	if label := n.Environment.Label(); label != "" || n.Environment != nil {
		add("environment", Ignored, "%s is not built: the step runs with the programs and packages of this machine", quoteOr(label, "the environment"))
	}
	if n.Compute != "" && n.Compute != "local" && n.Compute != "azureml:local" {
		add("compute", Approximated, "%q is this machine", n.Compute)
	}
	n.parityOfScale(add)
	n.parityOfPorts(add)
	return notes
}

func quoteOr(s, instead string) string {
	if s == "" {
		return instead
	}
	return fmt.Sprintf("%q", s)
}

func (n *Node) parityOfScale(add func(field, treatment, format string, args ...any)) {
	if n.InstanceCount > 1 {
		add("resources.instance_count", Approximated, "one instance instead of %d", n.InstanceCount)
	}
	if d := n.Distribution; d != nil {
		add("distribution", Approximated, "one process of rank 0 instead of a %s launch", d.Type)
	}
}

func (n *Node) parityOfPorts(add func(field, treatment, format string, args ...any)) {
	for _, in := range n.Inputs {
		switch pipeline.Mode(in.Mode) {
		case pipeline.EvalMount, pipeline.EvalDownload, pipeline.RWMount:
			add("inputs."+in.Name+".mode", Approximated, "%s is a read-only copy", in.Mode)
		case pipeline.Direct:
			if in.From != nil || in.Local != "" {
				add("inputs."+in.Name+".mode", Approximated, "direct gives an address that only this workspace knows")
			}
		}
	}
	for _, out := range n.Outputs {
		if pipeline.Mode(out.Mode) == pipeline.Direct {
			add("outputs."+out.Name+".mode", Approximated, "direct is a folder of this machine")
		}
	}
}
