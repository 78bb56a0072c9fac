package local

import (
	"encoding/json"
	"fmt"
	"maps"

	"github.com/ischia-ml/ischia/internal/mask"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// hideSubmission takes the secrets out of what is recorded of a job before it
// runs. Names of jobs, steps and places stay: they are addresses.
func hideSubmission(m *mask.Masker, s *workspace.Submission) {
	if m.Empty() {
		return
	}
	s.DisplayName, s.Description = m.String(s.DisplayName), m.String(s.Description)
	s.Tags, s.Properties = hideValues(m, s.Tags), hideValues(m, s.Properties)
	hideSpec(m, &s.Spec)
	for i := range s.Steps {
		st := &s.Steps[i]
		st.DisplayName, st.Description = m.String(st.DisplayName), m.String(st.Description)
		hideSpec(m, &st.Spec)
	}
}

func hideSpec(m *mask.Masker, s *workspace.Spec) {
	s.Command = m.String(s.Command)
	s.Inputs = hidePorts(m, s.Inputs)
	s.EnvironmentVariables = hideValues(m, s.EnvironmentVariables)
}

// hidePorts is for inputs. The address of an output is where it is looked for.
func hidePorts(m *mask.Masker, list []workspace.Port) []workspace.Port {
	if m.Empty() {
		return list
	}
	for i := range list {
		p := &list[i]
		p.URI, p.Binding = m.String(p.URI), m.String(p.Binding)
		if p.Value != nil {
			// A copy: the step itself gets the value.
			text := m.String(*p.Value)
			p.Value = &text
		}
	}
	return list
}

func hideValues(m *mask.Masker, values map[string]string) map[string]string {
	values = maps.Clone(values)
	for k, v := range values {
		values[k] = m.String(v)
	}
	return values
}

// hiddenJSON is v as JSON, without secrets. They are taken out of the texts in
// it, one by one: a secret such as "true" must not break the JSON.
func hiddenJSON(m *mask.Masker, v any) ([]byte, error) {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil || m.Empty() {
		return text, err
	}
	var plain any
	if err := json.Unmarshal(text, &plain); err != nil {
		return nil, fmt.Errorf("hide secrets: %w", err)
	}
	return json.MarshalIndent(hideAny(m, plain), "", "  ")
}

func hideAny(m *mask.Masker, v any) any {
	switch v := v.(type) {
	case string:
		return m.String(v)
	case []any:
		for i := range v {
			v[i] = hideAny(m, v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = hideAny(m, v[k])
		}
	}
	return v
}
