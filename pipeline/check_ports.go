package pipeline

import (
	"strings"

	"github.com/ischia-ml/ischia/diag"
)

// ports finds the inputs and outputs of one component or pipeline by name. A
// definition may have many thousands, so nothing looks through the lists.
type ports struct {
	inputs  map[string]*Input
	groups  map[string]bool // "grp" of "grp.size"
	outputs map[string]*Output
	// Names in the order of the definition, for hints.
	inputNames, outputNames []string
}

func newPorts(inputs []*Input, outputs []*Output) *ports {
	p := &ports{
		inputs: make(map[string]*Input, len(inputs)), groups: map[string]bool{}, outputs: make(map[string]*Output, len(outputs)),
		inputNames: inputNames(inputs), outputNames: outputNames(outputs),
	}
	for _, in := range inputs {
		if p.inputs[in.Name] == nil {
			p.inputs[in.Name] = in
		}
		for _, group := range groupsOf(in.Name) {
			p.groups[group] = true
		}
	}
	for _, out := range outputs {
		if p.outputs[out.Name] == nil {
			p.outputs[out.Name] = out
		}
	}
	return p
}

// groupsOf are the groups that an input is in: "a" and "a.b" of "a.b.c".
func groupsOf(name string) []string {
	var out []string
	for i, c := range name {
		if c == '.' {
			out = append(out, name[:i])
		}
	}
	return out
}

// sameButForCapitals reports ports that only their capitals tell apart.
// Source: azure-ai-ml: entities/_component/component.py, _validate_io_names.
func (c *checker) sameButForCapitals(comp *Component) {
	type port struct {
		name string
		at   diag.Range
	}
	seen := make(map[string]port, len(comp.Inputs))
	look := func(noun, name string, at diag.Range) {
		lower := noun + strings.ToLower(name)
		first, found := seen[lower]
		seen[lower] = port{name, at}
		if !found || first.name == name { // which is another fault
			return
		}
		d := c.errorf(at, diag.CodeDuplicateName, noun+"s."+name, "%s %q differs from another one by its capitals only", noun, name)
		d.Hint = "rename one of them"
		d.Related = append(d.Related, diag.Related{Range: first.at, Message: "the other"})
	}
	for _, in := range comp.Inputs {
		look("input", in.Name, in.NameRange)
	}
	for _, out := range comp.Outputs {
		look("output", out.Name, out.NameRange)
	}
}

// portsOf are the ports of comp. That of no component are none.
func (c *checker) portsOf(comp *Component) *ports {
	if comp == nil {
		return newPorts(nil, nil)
	}
	if p := c.ports[comp]; p != nil {
		return p
	}
	p := newPorts(comp.Inputs, comp.Outputs)
	c.ports[comp] = p
	return p
}

// output is the declared output of step by name. `artifacts` is made by every
// command on Azure ML: the run's own outputs folder.
func (c *checker) output(step *Step, name string) *Output {
	if out := c.portsOf(step.Component).outputs[name]; out != nil {
		return out
	}
	if name == ArtifactsOutput && step.Type == CommandStep {
		return &Output{Name: name, Type: URIFolder, NameRange: step.NameRange}
	}
	return nil
}

// ArtifactsOutput is the output that every command has without declaring it:
// the folder that holds its outputs/, logs/ and user_logs/.
const ArtifactsOutput = "artifacts"

// givenTo are the names that step binds.
func givenTo(step *Step) map[string]bool {
	names := make(map[string]bool, len(step.Inputs))
	for _, b := range step.Inputs {
		names[b.Name] = true
	}
	return names
}

// isGiven: the input itself is bound, or a whole group that it is in.
func isGiven(bound map[string]bool, name string) bool {
	if bound[name] {
		return true
	}
	for _, group := range groupsOf(name) {
		if bound[group] {
			return true
		}
	}
	return false
}

// maxCompared bounds the words that are compared to find what was meant: ten
// thousand misspelt names among ten thousand must not cost their product.
const maxCompared = 200_000

// knownHint is "did you mean", or else the list of what there is.
func (c *checker) knownHint(word string, known []string, lead string) string {
	if c.compared += len(known); c.compared > maxCompared {
		return ""
	}
	if hint := diag.DidYouMean(word, known); hint != "" {
		return hint
	}
	switch {
	case len(known) == 0:
		return lead + " none: it has to be declared first"
	case len(known) > 12:
		return ""
	}
	return lead + " " + strings.Join(known, ", ")
}
