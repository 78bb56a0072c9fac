package asset

import (
	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/pipeline"
)

// Schedule starts a job, an import of data or a monitor again and again.
//
// Source: https://learn.microsoft.com/azure/machine-learning/reference-yaml-schedule
type Schedule struct {
	Head
	DisplayName pipeline.Text     `az:"display_name"`
	Properties  map[string]string `az:"properties"`
	Trigger     *Trigger          `az:"trigger"`

	// One of the three is what happens.
	CreateJob  *ScheduledJob    `az:"create_job"`
	ImportData *ScheduledImport `az:"import_data"`
	// CreateMonitor is a model monitor, as YAML text.
	CreateMonitor pipeline.Text `az:"create_monitor,tree"`
}

// Kind is [ScheduleKind].
func (s *Schedule) Kind() string { return ScheduleKind }

// Trigger says when.
type Trigger struct {
	// Type is cron or recurrence.
	Type pipeline.Text `az:"type"`
	// Expression is that of cron: minute, hour, day, month, day of the week.
	// The service ignores what is said about days and months.
	Expression pipeline.Text `az:"expression"`
	// Frequency, of a recurrence, is minute, hour, day, week or month;
	// Interval the number of these between two times.
	Frequency pipeline.Text `az:"frequency"`
	Interval  pipeline.Text `az:"interval,plain"`
	Pattern   *Pattern      `az:"schedule"`
	// StartTime and EndTime are ISO 8601 times in TimeZone.
	StartTime pipeline.Text `az:"start_time"`
	EndTime   pipeline.Text `az:"end_time"`
	// TimeZone is one of Windows's names; UTC without one.
	TimeZone pipeline.Text `az:"time_zone"`
	Range    diag.Range    `az:",place"`
}

// Pattern says at which times of a recurrence's days.
type Pattern struct {
	// Hours are 0 to 23, Minutes 0 to 59.
	Hours   []pipeline.Text `az:"hours,plain,single"`
	Minutes []pipeline.Text `az:"minutes,plain,single"`
	// WeekDays are the English names; for weekly recurrences.
	WeekDays []pipeline.Text `az:"week_days,single"`
	// MonthDays are 1 to 31; for monthly recurrences.
	MonthDays []pipeline.Text `az:"month_days,plain,single"`
	Range     diag.Range      `az:",place"`
}

// ScheduledJob is the job that a schedule starts: the name of a file with one,
// or a reference to a job that ran before (azureml:NAME); alone, or as Job with
// changes to it.
type ScheduledJob struct {
	Ref pipeline.LocalPath `az:",scalar"`
	// Type is pipeline, command or spark.
	Type pipeline.Text      `az:"type"`
	Job  pipeline.LocalPath `az:"job,path"`
	// Changes are fields of a job that replace the job's own, as YAML text.
	Changes pipeline.Text `az:",rest,tree"`
	Range   diag.Range    `az:",place"`
}

// Source is the file or reference of the job, however it was written.
func (j *ScheduledJob) Source() pipeline.LocalPath {
	if j.Ref.IsZero() {
		return j.Job
	}
	return j.Ref
}

// ScheduledImport is the import that a schedule starts: the name of a file with
// one, or a definition.
type ScheduledImport struct {
	File       pipeline.LocalPath `az:",scalar"`
	Definition *DataImport        `az:",whole"`
	Range      diag.Range         `az:",place"`
}

// DataImport is data that is fetched from a database or another store.
type DataImport struct {
	Versioned
	Type pipeline.Text `az:"type"`
	// Path is where the data goes: the URI of a datastore, in which ${{name}}
	// stands for the name of the job.
	Path      pipeline.Text `az:"path"`
	Datastore pipeline.Text `az:"datastore"`
	Source    *ImportSource `az:"source"`
}

// ImportSource is where imported data comes from.
type ImportSource struct {
	// Type is database or file_system.
	Type pipeline.Text `az:"type"`
	// Connection is azureml:NAME, a connection of the workspace.
	Connection pipeline.Text `az:"connection"`
	Query      pipeline.Text `az:"query"`
	TableName  pipeline.Text `az:"table_name"`
	// StoredProcedure is called with Parameters, YAML text.
	StoredProcedure pipeline.Text `az:"stored_procedure"`
	Parameters      pipeline.Text `az:"stored_procedure_params,tree"`
	// Path is that within a file system.
	Path  pipeline.Text `az:"path"`
	Range diag.Range    `az:",place"`
}
