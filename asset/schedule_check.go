package asset

import (
	"io/fs"
	"strings"
	"time"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/pipeline"
)

// Validate checks what the schedule means; see [Validator]. The job that it
// starts is another definition, which it does not read.
func (s *Schedule) Validate(fsys fs.FS) diag.List {
	c := &checker{fsys: fsys}
	c.name(s.Name, "name", assetName("a schedule"))
	c.trigger(s.Trigger, "trigger", true)
	if s.CreateJob != nil {
		c.scheduledJob(s.CreateJob)
	}
	if s.ImportData != nil {
		c.file(s.ImportData.File, "import_data", "import file")
		if d := s.ImportData.Definition; d != nil {
			c.dataImport(d)
		}
	}
	return c.errs
}

func (c *checker) scheduledJob(j *ScheduledJob) {
	at := "create_job"
	if j.Ref.IsZero() {
		at = "create_job.job"
	}
	source := j.Source()
	if source.Name == "" {
		c.jobRef(source.Text, at)
		return
	}
	c.file(source, at, "job file")
}

// dataImport checks where imported data goes: each run needs a place of its
// own. Source: azure-ai-ml, operations/_data_operations.py, import_data.
func (c *checker) dataImport(d *DataImport) {
	if p := d.Path; p.Value != "" && !strings.HasPrefix(p.Value, "azureml://datastores/") && !strings.HasPrefix(p.Value, "azureml://subscriptions/") && !blank(p) {
		c.errorf(p.Range, diag.CodeBadReference, "import_data.path", "%s is not a place in a datastore", p.Value).Hint = "write azureml://datastores/NAME/paths/PATH"
	}
	if s := d.Source; s != nil && !blank(s.Connection) && !strings.HasPrefix(s.Connection.Value, "azureml:") {
		c.errorf(s.Connection.Range, diag.CodeBadReference, "import_data.source.connection", "%s is not a reference to a connection", s.Connection.Value).Hint =
			"did you mean azureml:" + s.Connection.Value + "?"
	}
}

// trigger checks when something happens. Of a schedule, ignored parts are
// warned of.
func (c *checker) trigger(t *Trigger, at string, schedule bool) {
	if t == nil {
		return
	}
	c.timeZone(t.TimeZone, join(at, "time_zone"))
	c.period(t, at)
	c.cron(t.Expression, join(at, "expression"), schedule)
	c.pattern(t, at)
}

// period checks that the schedule ends after it starts.
func (c *checker) period(t *Trigger, at string) {
	start, ok1 := instant(t.StartTime.Value)
	end, ok2 := instant(t.EndTime.Value)
	if ok1 && ok2 && !end.After(start) {
		d := c.errorf(t.EndTime.Range, diag.CodeOutOfRange, join(at, "end_time"), "end_time %s is not after start_time %s", t.EndTime.Value, t.StartTime.Value)
		d.Hint = "exchange them, or correct one"
		d.Related = append(d.Related, diag.Related{Range: t.StartTime.Range, Message: "start_time is here"})
	}
}

// instant is an ISO 8601 time; without an offset it is taken as UTC, which is
// right for comparing two of one time zone.
func instant(s string) (time.Time, bool) {
	s = strings.Replace(strings.TrimSpace(s), " ", "T", 1)
	for _, layout := range []string{"2006-01-02T15:04:05.999999999", "2006-01-02T15:04", time.RFC3339Nano, "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// pattern checks that the days of a recurrence are those of its frequency.
// Source: reference-yaml-schedule; Recurrence schedules.
func (c *checker) pattern(t *Trigger, at string) {
	p := t.Pattern
	if p == nil || blank(t.Frequency) {
		return
	}
	at = join(at, "schedule")
	frequency := strings.ToLower(t.Frequency.Value)
	if frequency == "minute" || frequency == "hour" {
		c.warnf(t.Frequency.Range, diag.CodeBadValue, at, "a recurrence of every %s takes no times of a schedule", frequency).Hint = "write frequency: day, week or month, or remove schedule"
		return
	}
	if len(p.WeekDays) > 0 && frequency == "month" {
		c.warnf(p.WeekDays[0].Range, diag.CodeBadValue, join(at, "week_days"), "week_days mean nothing to a monthly recurrence").Hint = "write frequency: week, or month_days"
	}
	if len(p.MonthDays) > 0 && frequency != "month" {
		c.warnf(p.MonthDays[0].Range, diag.CodeBadValue, join(at, "month_days"), "month_days mean something to a monthly recurrence only").Hint = "write frequency: month"
	}
	c.twice(p.Hours, join(at, "hours"))
	c.twice(p.Minutes, join(at, "minutes"))
	c.twice(p.WeekDays, join(at, "week_days"))
}

// twice warns of a value that stands in a list twice.
func (c *checker) twice(list []pipeline.Text, at string) {
	seen := map[string]bool{}
	for _, t := range list {
		key := strings.ToLower(t.Value)
		if seen[key] {
			c.warnf(t.Range, diag.CodeDuplicateName, at, "%s is given twice", t.Value)
		}
		seen[key] = true
	}
}
