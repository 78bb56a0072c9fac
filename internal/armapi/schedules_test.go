package armapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/machinelearning/armmachinelearning/v4"

	"github.com/ischia-ml/ischia/internal/golden"
)

func (h *harness) schedules() *armmachinelearning.SchedulesClient {
	return h.factory().NewSchedulesClient()
}

func aSchedule(enabled bool) armmachinelearning.Schedule {
	return armmachinelearning.Schedule{Properties: &armmachinelearning.ScheduleProperties{
		DisplayName: to.Ptr("every morning"), IsEnabled: to.Ptr(enabled),
		Action: &armmachinelearning.JobScheduleAction{
			ActionType: to.Ptr(armmachinelearning.ScheduleActionTypeCreateJob), JobDefinition: commandJob("nightly").Properties,
		},
		Trigger: &armmachinelearning.CronTrigger{
			TriggerType: to.Ptr(armmachinelearning.TriggerTypeCron), Expression: to.Ptr("0 6 * * *"), TimeZone: to.Ptr("UTC"),
		},
	}}
}

func TestScheduleLife(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	group, ws := h.names()
	for _, enabled := range []bool{true, false} {
		poller, err := h.schedules().BeginCreateOrUpdate(t.Context(), group, ws, "daily", aSchedule(enabled), nil)
		made := poll(t, poller, err)
		if made.Properties.IsEnabled == nil || *made.Properties.IsEnabled != enabled {
			t.Errorf("enabled: %v", made.Properties.IsEnabled)
		}
	}
	got := must(h.schedules().Get(t.Context(), group, ws, "daily", nil))(t)
	action, ok := got.Properties.Action.(*armmachinelearning.JobScheduleAction)
	if !ok || *action.JobDefinition.(*armmachinelearning.CommandJob).Command != "echo ${{inputs.n}}" {
		t.Errorf("action: %+v", got.Properties.Action)
	}
	if *got.Properties.Trigger.(*armmachinelearning.CronTrigger).Expression != "0 6 * * *" {
		t.Errorf("trigger: %+v", got.Properties.Trigger)
	}
	golden.Check(t, h.shape(h.ask("PUT", "schedules/daily", texted(t, aSchedule(true)))), "testdata/schedules/made.golden")
	deleted, err := h.schedules().BeginDelete(t.Context(), group, ws, "daily", nil)
	poll(t, deleted, err)
	_, err = h.schedules().Get(t.Context(), group, ws, "daily", nil)
	fails(t, err, http.StatusNotFound, "ResourceNotFound")
	deleted, err = h.schedules().BeginDelete(t.Context(), group, ws, "daily", nil)
	poll(t, deleted, err)
	if n := len(h.runner.accepted()); n != 0 {
		t.Errorf("%d jobs were started", n)
	}
}

func TestListSchedules(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	group, ws := h.names()
	for name, enabled := range map[string]bool{"a": true, "b": false, "c": true} {
		h.ask("PUT", "schedules/"+name, texted(t, aSchedule(enabled))).want(t, http.StatusCreated)
	}
	for view, want := range map[armmachinelearning.ScheduleListViewType]int{
		"": 2, armmachinelearning.ScheduleListViewTypeEnabledOnly: 2, armmachinelearning.ScheduleListViewTypeDisabledOnly: 1,
		armmachinelearning.ScheduleListViewTypeAll: 3,
	} {
		options := &armmachinelearning.SchedulesClientListOptions{}
		if view != "" {
			options.ListViewType = &view
		}
		if pages := all(t, h.schedules().NewListPager(group, ws, options)); len(pages[0].Value) != want {
			t.Errorf("%s: %d schedules, want %d", view, len(pages[0].Value), want)
		}
	}
	h.ask("GET", "schedules?listViewType=Some", "").want(t, http.StatusBadRequest)
}

// TestScheduleWords: clients write frequencies and days in any capitals; the
// answers have those of the SDK.
func TestScheduleWords(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	group, ws := h.names()
	body := texted(t, aSchedule(true))
	i := strings.Index(body, `"trigger":`)
	recurrence := `"trigger":{"triggerType":"Recurrence","frequency":"week","interval":1,
		"schedule":{"hours":[6],"minutes":[30],"weekDays":["monday","FRIDAY"]}}}}`
	h.ask("PUT", "schedules/weekly", body[:i]+recurrence).want(t, http.StatusCreated)
	trigger := must(h.schedules().Get(t.Context(), group, ws, "weekly", nil))(t).Properties.Trigger.(*armmachinelearning.RecurrenceTrigger)
	if *trigger.Frequency != armmachinelearning.RecurrenceFrequencyWeek || *trigger.Schedule.WeekDays[1] != armmachinelearning.WeekDayFriday {
		t.Errorf("trigger: %+v", trigger)
	}
}

func TestScheduleFaults(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	good := texted(t, aSchedule(true))
	for _, tt := range []struct {
		body   string
		status int
		want   string
	}{
		{`{}`, http.StatusBadRequest, "has properties"},
		{`{"properties":{"action":{"actionType":"InvokeBatchEndpoint"}}}`, http.StatusNotImplemented, "only CreateJob"},
		{`{"properties":{"action":{"actionType":"CreateMonitor"}}}`, http.StatusNotImplemented, "only CreateJob"},
		{strings.Replace(good, "0 6 * * *", "soon", 1), http.StatusBadRequest, "soon"},
		{strings.Replace(good, `"jobType":"Command"`, `"jobType":"Labeling"`, 1), http.StatusBadRequest, "Labeling"},
		{strings.Replace(good, `"triggerType":"Cron"`, `"triggerType":"Moon"`, 1), http.StatusBadRequest, "Cron"},
	} {
		a := h.ask("PUT", "schedules/s", tt.body).want(t, tt.status)
		if !strings.Contains(a.text, tt.want) {
			t.Errorf("%s: got %s, want %s", tt.body, a.text, tt.want)
		}
	}
	h.ask("GET", "schedules/s", "").want(t, http.StatusNotFound)
}
