package pipelinesapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/pipeline"
)

// submission is what a client says of one run.
type submission struct {
	// Name is of the job; only batch endpoints take one.
	Name                                 string
	Experiment, DisplayName, Description string
	RunSource, ParentRunID               string
	Tags                                 map[string]string
	// Version selects one of an endpoint's pipelines.
	Version               string
	ContinueOnStepFailure *bool
	// Given are the values of the parameters, by name.
	Given map[string]given
	// Outputs says where outputs go, by name.
	Outputs map[string]string
}

// given is the value of one parameter: a text, or data at an address.
type given struct {
	Text string
	// Data: Text is the address of data, of type Type and used as Mode, where
	// those are said.
	Data       bool
	Type, Mode string
}

// fields are the members of a v1 body. Each is matched in any capitals, for
// clients write both ParameterAssignments and parameterAssignments.
func fields() []string {
	return []string{
		"ExperimentName", "DisplayName", "Description", "Tags", "ParameterAssignments", "DataPathAssignments",
		"DataSetDefinitionValueAssignments", "RunSource", "RunType", "ParentRunId", "ContinueOnStepFailure", "PipelineVersion",
	}
}

// decodeSubmission reads the body of PipelineSubmit. Members that are not known
// are passed over, as the service does, unless they look like one that is: a
// run with the wrong values is worse than none.
func decodeSubmission(text []byte) (*submission, error) {
	members, err := object(text)
	if err != nil {
		return nil, err
	}
	s := &submission{Given: map[string]given{}}
	faults := &fault{status: 400, code: "UserError"}
	for _, key := range slices.Sorted(maps.Keys(members)) {
		if isNull(members[key]) {
			continue
		}
		if err := s.member(key, members[key]); err != nil {
			faults.details = append(faults.details, detail{Code: "InvalidField", Message: key + ": " + err.Error(), Target: key})
		}
	}
	return s, faults.orNil("the body")
}

// orNil is the fault when it has details, with a message that sums them up.
func (f *fault) orNil(what string) error {
	switch len(f.details) {
	case 0:
		return nil
	case 1:
		f.message = f.details[0].Message
	default:
		var all []string
		for _, d := range f.details {
			all = append(all, d.Message)
		}
		f.message = fmt.Sprintf("%s has %d faults: %s", what, len(all), strings.Join(all, "; "))
	}
	return f
}

// member reads one member of the body.
func (s *submission) member(key string, v json.RawMessage) error {
	switch strings.ToLower(key) {
	case "experimentname":
		return textOf(v, &s.Experiment)
	case "displayname":
		return textOf(v, &s.DisplayName)
	case "description":
		return textOf(v, &s.Description)
	case "runsource":
		return textOf(v, &s.RunSource)
	case "parentrunid":
		return textOf(v, &s.ParentRunID)
	case "pipelineversion":
		return scalarOf(v, &s.Version)
	case "tags":
		return textsOf(v, &s.Tags)
	case "continueonstepfailure":
		return s.flag(v)
	case "parameterassignments":
		return s.parameters(v)
	case "datapathassignments":
		return s.dataPaths(v)
	case "datasetdefinitionvalueassignments":
		return noDatasets(v)
	}
	if near := diag.Suggest(key, fields()); near != "" && !strings.EqualFold(near, key) {
		return fmt.Errorf("there is no such member; did you mean %q?", near)
	}
	return nil
}

func (s *submission) flag(v json.RawMessage) error {
	var text string
	if err := scalarOf(v, &text); err != nil {
		return err
	}
	yes, err := strconv.ParseBool(strings.ToLower(text))
	if err != nil {
		return fmt.Errorf("%q is neither true nor false", text)
	}
	s.ContinueOnStepFailure = &yes
	return nil
}

// parameters reads ParameterAssignments. A null is no value.
func (s *submission) parameters(v json.RawMessage) error {
	values, err := object(v)
	if err != nil {
		return fmt.Errorf("it is no object of names and values")
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if isNull(values[name]) {
			continue
		}
		var text string
		if err := scalarOf(values[name], &text); err != nil {
			return fmt.Errorf("parameter %q: %w", name, err)
		}
		if err := s.give(name, given{Text: text}); err != nil {
			return err
		}
	}
	return nil
}

// dataPath is a place on a datastore, as clients of v1 name it.
type dataPath struct {
	DataStoreName, RelativePath string
}

func (s *submission) dataPaths(v json.RawMessage) error {
	values, err := object(v)
	if err != nil {
		return fmt.Errorf("it is no object of names and places")
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		var p dataPath
		if isNull(values[name]) {
			continue
		}
		if err := json.Unmarshal(values[name], &p); err != nil || p.DataStoreName == "" {
			return fmt.Errorf(`parameter %q: give {"DataStoreName": ..., "RelativePath": ...}`, name)
		}
		uri, err := p.address()
		if err != nil {
			return fmt.Errorf("parameter %q: %w", name, err)
		}
		if err := s.give(name, given{Text: uri, Data: true}); err != nil {
			return err
		}
	}
	return nil
}

// address is the place in the words of today.
func (p dataPath) address() (string, error) {
	if err := checkName(p.DataStoreName); err != nil {
		return "", fmt.Errorf("DataStoreName: %w", err)
	}
	path := strings.Trim(p.RelativePath, "/")
	for _, word := range strings.Split(path, "/") {
		if word == ".." || word == "." || word == "" && path != "" || strings.ContainsAny(word, "\x00\\") || strings.Contains(word, "${{") {
			return "", fmt.Errorf("RelativePath: %q is no path on a datastore", p.RelativePath)
		}
	}
	return "azureml://datastores/" + p.DataStoreName + "/paths/" + path, nil
}

// give notes a value; a parameter gets one only.
func (s *submission) give(name string, g given) error {
	if s.Given == nil {
		s.Given = map[string]given{}
	}
	if _, twice := s.Given[name]; twice {
		return fmt.Errorf("parameter %q is given twice", name)
	}
	s.Given[name] = g
	return nil
}

// noDatasets refuses datasets, which have no place in today's workspaces.
func noDatasets(v json.RawMessage) error {
	values, err := object(v)
	if err == nil && len(values) == 0 {
		return nil
	}
	return fmt.Errorf("datasets of the SDK's first version are not known here: give the data's place in DataPathAssignments")
}

// object reads a JSON object; nothing at all is an empty one. Names that
// differ are different members, so that nothing is dropped silently.
func object(text []byte) (map[string]json.RawMessage, error) {
	members := map[string]json.RawMessage{}
	if len(bytes.TrimSpace(text)) == 0 {
		return members, nil
	}
	if err := json.Unmarshal(text, &members); err != nil {
		return nil, badRequest("the body is not a JSON object: %v", err)
	}
	return members, nil
}

func isNull(v json.RawMessage) bool { return len(v) == 0 || string(v) == "null" }

func textOf(v json.RawMessage, to *string) error {
	if err := json.Unmarshal(v, to); err != nil {
		return fmt.Errorf("it is no text")
	}
	return nil
}

func textsOf(v json.RawMessage, to *map[string]string) error {
	values, err := object(v)
	if err != nil {
		return fmt.Errorf("it is no object of names and texts")
	}
	out := make(map[string]string, len(values))
	for name, v := range values {
		var text string
		if isNull(v) {
			continue
		}
		if err := scalarOf(v, &text); err != nil {
			return fmt.Errorf("%q: %w", name, err)
		}
		out[name] = text
	}
	*to = out
	return nil
}

// scalarOf is a text, number or truth value, as Azure ML hands it to a step.
func scalarOf(v json.RawMessage, to *string) error {
	d := json.NewDecoder(bytes.NewReader(v))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return fmt.Errorf("read a value: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("it is no single value")
	}
	switch v := value.(type) {
	case string:
		*to = v
	case json.Number:
		*to = v.String()
	case bool:
		*to = pipeline.PythonBool(v)
	default:
		return fmt.Errorf("it is neither a text nor a number nor true or false")
	}
	return nil
}
