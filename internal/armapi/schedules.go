package armapi

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/machinelearning/armmachinelearning/v4"

	"github.com/ischia-ml/ischia/internal/arm"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// scheduleHandlers are the operations on schedules. Schedules are kept and
// checked; nothing starts their jobs yet.
func scheduleHandlers() map[string]func(*call) error {
	return map[string]func(*call) error{
		"SchedulesClient.CreateOrUpdate": (*call).putSchedule,
		"SchedulesClient.Get":            (*call).getSchedule,
		"SchedulesClient.List":           (*call).listSchedules,
		"SchedulesClient.Delete":         (*call).deleteSchedule,
	}
}

func (c *call) scheduleKey() workspace.ResourceKey { return c.key(workspace.Schedules, c.vars["name"]) }

// putSchedule is a long-running operation, also when the schedule is there
// already: older clients read the kinds of action and trigger from a second
// answer only.
func (c *call) putSchedule() error {
	text, err := c.body()
	if err != nil {
		return err
	}
	if err := c.checkAction(text); err != nil {
		return err
	}
	options := arm.DecodeOptions{Scope: arm.Scope(c.scope), Lookup: c.Lookup(c.scope)}
	schedule, _, err := arm.DecodeSchedule(c.ctx(), c.vars["name"], text, options)
	if err != nil {
		return err
	}
	if faults := schedule.Validate(nil); faults.HasErrors() {
		return &arm.Invalid{Faults: faults}
	}
	r, _, err := c.change(c.scheduleKey(), func(*workspace.Resource) (object, error) { return kept(text) })
	if err != nil {
		return err
	}
	c.asyncOperation(r.ResourceKey)
	return c.replySchedule(http.StatusCreated, r)
}

// checkAction refuses the actions that there are besides starting a job.
func (c *call) checkAction(text json.RawMessage) error {
	var body struct {
		Properties struct {
			Action struct {
				ActionType armmachinelearning.ScheduleActionType `json:"actionType"`
			} `json:"action"`
		} `json:"properties"`
	}
	if err := json.Unmarshal(text, &body); err != nil {
		return badRequest("InvalidRequestContent", "the body: %v", err)
	}
	switch t := body.Properties.Action.ActionType; t {
	case armmachinelearning.ScheduleActionTypeCreateMonitor, armmachinelearning.ScheduleActionTypeInvokeBatchEndpoint:
		return unsupported("%s with the action %s is not implemented by the embedded workspace: only CreateJob is", c.op.Name, t)
	}
	return nil
}

func (c *call) replySchedule(status int, r *workspace.Resource) error {
	shown, err := c.showSchedule(r)
	if err != nil {
		return err
	}
	return c.reply(status, shown)
}

func (c *call) showSchedule(r *workspace.Resource) (any, error) {
	id := c.scope.ARMID() + "/schedules/" + r.Name
	return envelope(r, id, "workspaces/schedules", func(p object) {
		p.setIfMissing("isEnabled", true)
		p.setIfMissing("tags", object{})
		p.setIfMissing("properties", object{})
		p.set("provisioningState", "Succeeded")
		if trigger, err := parseObject(p["trigger"]); err == nil {
			capitalize(trigger)
			p.set("trigger", trigger)
		}
	})
}

// capitalize puts the words of a trigger into the capitals that Azure answers
// with, whatever those of the client were.
func capitalize(trigger object) {
	if word := trigger.string("frequency"); word != "" {
		trigger.set("frequency", title(word))
	}
	pattern, err := parseObject(trigger["schedule"])
	if err != nil || len(pattern) == 0 {
		return
	}
	var days []string
	if err := json.Unmarshal(pattern["weekDays"], &days); err != nil {
		return
	}
	for i, day := range days {
		days[i] = title(day)
	}
	pattern.set("weekDays", days)
	trigger.set("schedule", pattern)
}

func title(word string) string {
	if word == "" {
		return ""
	}
	return strings.ToUpper(word[:1]) + strings.ToLower(word[1:])
}

func (c *call) getSchedule() error {
	r, err := c.resources().Resource(c.ctx(), c.scheduleKey())
	if errors.Is(err, workspace.ErrNotFound) {
		return notFound("there is no schedule %s in workspace %s", c.vars["name"], c.scope.Workspace)
	}
	if err != nil {
		return err
	}
	return c.replySchedule(http.StatusOK, r)
}

func (c *call) deleteSchedule() error { return c.delete(c.scheduleKey()) }

// listSchedules answers with those that are enabled, unless the query asks for
// others.
func (c *call) listSchedules() error {
	wanted, err := c.enabled()
	if err != nil {
		return err
	}
	list, err := c.selected(
		workspace.ResourceQuery{Scope: c.scope, Collection: workspace.Schedules},
		func(_ *workspace.Resource, p object) bool { return wanted(string(p["isEnabled"]) != "false") },
	)
	if err != nil {
		return err
	}
	return paged(c, "", cut(list), c.showSchedule)
}

// enabled is which schedules listViewType selects.
func (c *call) enabled() (func(enabled bool) bool, error) {
	switch text := c.query("listViewType"); strings.ToLower(text) {
	case "", "enabledonly":
		return func(enabled bool) bool { return enabled }, nil
	case "disabledonly":
		return func(enabled bool) bool { return !enabled }, nil
	case "all":
		return func(bool) bool { return true }, nil
	default:
		return nil, badRequest("InvalidQueryParameter", "listViewType=%.40q: must be EnabledOnly, DisabledOnly or All", text)
	}
}
