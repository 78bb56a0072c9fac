package armapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// nodeRecord is a node of a pipeline, of what the step's record says. The words
// are those that azure-ai-ml sends: see package arm.
type nodeRecord struct {
	Name        string            `json:"name"`
	Type        string            `json:"type"`
	DisplayName string            `json:"display_name,omitempty"`
	ComponentID string            `json:"componentId,omitempty"`
	ComputeID   string            `json:"computeId,omitempty"`
	Inputs      map[string]node   `json:"inputs"`
	Outputs     map[string]node   `json:"outputs"`
	Variables   map[string]string `json:"environment_variables,omitempty"`
	Limits      map[string]string `json:"limits,omitempty"`
	Resources   map[string]int    `json:"resources,omitempty"`
	// Properties name the job that the step became.
	Properties map[string]string `json:"properties"`
}

// node is an input or output of a node.
type node struct {
	InputType  string  `json:"job_input_type,omitempty"`
	OutputType string  `json:"job_output_type,omitempty"`
	Type       string  `json:"type,omitempty"`
	Value      *string `json:"value,omitempty"`
	URI        string  `json:"uri,omitempty"`
	Mode       string  `json:"mode,omitempty"`
}

// nodeRecords are the steps of one level as an object, in their order.
func nodeRecords(scope workspace.Scope, steps []*workspace.Job) (json.RawMessage, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, s := range steps {
		if i > 0 {
			b.WriteByte(',')
		}
		n := newNodeRecord(scope, s)
		name, err := json.Marshal(n.Name)
		if err != nil {
			return nil, fmt.Errorf("write step %s: %w", s.Step, err)
		}
		text, err := json.Marshal(n)
		if err != nil {
			return nil, fmt.Errorf("write step %s: %w", s.Step, err)
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(text)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func newNodeRecord(scope workspace.Scope, s *workspace.Job) nodeRecord {
	n := nodeRecord{
		Name: path.Base(s.Step), Type: s.Type, DisplayName: s.DisplayName, ComponentID: componentID(scope, s.Spec.Component),
		ComputeID: computeID(scope, s.Spec.Compute), Variables: s.Spec.EnvironmentVariables,
		Inputs: map[string]node{}, Outputs: map[string]node{}, Properties: map[string]string{"ischia.job": s.Name},
	}
	for _, p := range s.Spec.Inputs {
		n.Inputs[p.Name] = inputNode(p)
	}
	for _, p := range s.Spec.Outputs {
		n.Outputs[p.Name] = outputNode(p)
	}
	if s.Spec.TimeoutSeconds > 0 {
		n.Limits = map[string]string{"job_limits_type": "Command", "timeout": fmt.Sprintf("PT%gS", s.Spec.TimeoutSeconds)}
	}
	if s.Spec.InstanceCount > 0 {
		n.Resources = map[string]int{"instance_count": s.Spec.InstanceCount}
	}
	return n
}

func inputNode(p workspace.Port) node {
	switch {
	case p.Binding != "":
		return node{InputType: "literal", Value: &p.Binding}
	case p.Value != nil:
		return node{InputType: "literal", Value: p.Value}
	}
	return node{InputType: firstText(p.Type, "uri_folder"), URI: address(p.URI), Mode: modeWord(p.Mode)}
}

func outputNode(p workspace.Port) node {
	if p.Binding != "" {
		return node{Type: "literal", Value: &p.Binding}
	}
	return node{OutputType: firstText(p.Type, "uri_folder"), Mode: modeWord(p.Mode)}
}
