package pipelinesapi

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// changeHistory makes the changes of a PATCH of a run: its name for people,
// description and tags, and whether lists hide it, which is what archiving is.
// What a run says of itself otherwise is MLflow's interface, and refused here.
func (c *call) changeHistory() error {
	j, err := c.historyJob()
	if err != nil {
		return err
	}
	text, err := c.body()
	if err != nil {
		return err
	}
	members, err := object(text)
	if err != nil {
		return err
	}
	update, err := runUpdate(j, members)
	if err != nil {
		return err
	}
	if err := c.Ledger.Update(c.ctx(), c.scope, j.Name, update); err != nil {
		return err
	}
	return c.getHistory()
}

// runUpdate reads the body of a PATCH. Tags are added to those that there are.
func runUpdate(j *workspace.Job, members map[string]json.RawMessage) (workspace.Update, error) {
	var u workspace.Update
	for _, name := range slices.Sorted(maps.Keys(members)) {
		v := members[name]
		if isNull(v) {
			continue
		}
		var err error
		switch name {
		case "runId", "experimentId", "parentRunId", "dataContainerId":
		case "displayName":
			err = json.Unmarshal(v, &u.DisplayName)
		case "description":
			err = json.Unmarshal(v, &u.Description)
		case "hidden":
			err = json.Unmarshal(v, &u.Archived)
		case "tags":
			u.Tags = maps.Clone(texts(j.Tags))
			err = json.Unmarshal(v, &u.Tags)
		case "properties":
			err = sameProperties(j, v)
		default:
			err = unchangeable(name)
		}
		if err != nil {
			if f, ok := err.(*fault); ok { //nolint:errorlint // made right here
				return u, f
			}
			return u, badRequest("%s: %v", name, err)
		}
	}
	return u, nil
}

// sameProperties refuses to change properties: clients send back those that
// there are.
func sameProperties(j *workspace.Job, v json.RawMessage) error {
	var given map[string]string
	if err := json.Unmarshal(v, &given); err != nil {
		return err
	}
	if has(j.Properties, given) {
		return nil
	}
	return unchangeable("properties")
}

func unchangeable(member string) error {
	return &fault{
		status: http.StatusNotImplemented, code: "NotImplemented",
		message: "Runs.AddOrModify does not change " + clip(member) + " in the embedded workspace",
	}
}
