package armapi

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// systemData says who made a resource and when.
type systemData struct {
	CreatedAt          time.Time `json:"createdAt"`
	CreatedBy          string    `json:"createdBy"`
	CreatedByType      string    `json:"createdByType"`
	LastModifiedAt     time.Time `json:"lastModifiedAt"`
	LastModifiedBy     string    `json:"lastModifiedBy"`
	LastModifiedByType string    `json:"lastModifiedByType"`
}

// system is the systemData of a resource.
func system(created, modified time.Time, by string) systemData {
	return systemData{created, by, "User", modified, by, "User"}
}

// list is a page of a list.
type list struct {
	Value    []any  `json:"value"`
	NextLink string `json:"nextLink,omitempty"`
}

// object is a JSON object whose members are kept as they came.
type object map[string]json.RawMessage

func parseObject(text []byte) (object, error) {
	o := object{}
	if len(text) == 0 {
		return o, nil
	}
	if err := json.Unmarshal(text, &o); err != nil {
		return nil, fmt.Errorf("read a JSON object: %w", err)
	}
	if o == nil { // null is as good as nothing
		o = object{}
	}
	return o, nil
}

// set puts v under a name. v is of a type that always marshals.
func (o object) set(name string, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("armapi: marshal %s: %v", name, err)) // a programmer's mistake
	}
	o[name] = text
}

// setIfMissing puts v under a name that is not there, or null.
func (o object) setIfMissing(name string, v any) {
	if text, ok := o[name]; !ok || string(text) == "null" {
		o.set(name, v)
	}
}

// envelope is a resource as ARM shows it: its body with id, name, type and
// systemData. properties, when not nil, changes the body's properties.
func envelope(r *workspace.Resource, id, kind string, properties func(object)) (object, error) {
	body, err := parseObject(r.Body)
	if err != nil {
		return nil, fmt.Errorf("resource %s %s: %w", r.Collection, r.Name, err)
	}
	p, err := parseObject(body["properties"])
	if err != nil {
		return nil, fmt.Errorf("resource %s %s: %w", r.Collection, r.Name, err)
	}
	if properties != nil {
		properties(p)
	}
	body.set("properties", p)
	body.set("id", id)
	body.set("name", lastName(r))
	body.set("type", "Microsoft.MachineLearningServices/"+kind)
	if !r.Created.IsZero() { // what every workspace has was never created
		body.set("systemData", system(r.Created, r.Modified, r.CreatedBy))
	}
	return body, nil
}

// lastName is what the envelope calls a resource: the last part of its id.
func lastName(r *workspace.Resource) string {
	if r.Version != "" {
		return r.Version
	}
	for i := len(r.Name) - 1; i >= 0; i-- {
		if r.Name[i] == '/' {
			return r.Name[i+1:]
		}
	}
	return r.Name
}

// kept is what is kept of a resource's body as a client sent it: all but what
// the envelope says anyway. properties stay as they came.
func kept(text json.RawMessage) (object, error) {
	o, err := parseObject(text)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"id", "name", "type", "systemData"} {
		delete(o, name)
	}
	return o, nil
}

// raw is the object's JSON.
func (o object) raw() (json.RawMessage, error) {
	text, err := json.Marshal(o)
	if err != nil {
		return nil, fmt.Errorf("write a JSON object: %w", err)
	}
	return text, nil
}

// string is the text under a name; empty when there is none.
func (o object) string(name string) string {
	var s string
	if err := json.Unmarshal(o[name], &s); err != nil {
		return ""
	}
	return s
}

// merge sets the members of patch, and removes those that are null in it.
func (o object) merge(patch object) {
	for name, text := range patch {
		if string(text) == "null" {
			delete(o, name)
			continue
		}
		o[name] = text
	}
}
