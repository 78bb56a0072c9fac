package output

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ischia-ml/ischia/internal/output/jmespath"
)

// Options is what the user asked for with --output and --query.
type Options struct {
	// Format is one of Formats; "" is json.
	Format string
	// Query is a JMESPath expression, or "" for none.
	Query string
	// Color allows jsonc and yamlc to use colour: standard output and
	// standard error are terminals, and NO_COLOR is not set.
	Color bool
}

// TableTransform picks a noun's columns for the table format: a JMESPath
// expression such as `[].{name: name, "job type": type}`. "" is none. It is not
// applied when the user gave a query.
type TableTransform string

// Formats are the values that --output takes.
func Formats() []string {
	return []string{"json", "jsonc", "yaml", "yamlc", "table", "tsv", "none"}
}

// Parse checks the values of --output (in any case) and --query. The error is
// a *UsageError.
func Parse(format, query string, color bool) (Options, error) {
	o := Options{Format: strings.ToLower(format), Query: query, Color: color}
	if o.Format == "" {
		o.Format = "json"
	}
	if !slices.Contains(Formats(), o.Format) {
		return Options{}, &UsageError{Message: fmt.Sprintf("'%s' is not a valid value for '--output'. Allowed values: %s.",
			format, strings.Join(Formats(), ", "))}
	}
	if _, err := o.compile(); err != nil {
		return Options{}, err
	}
	return o, nil
}

// compile returns nil when there is no query.
func (o Options) compile() (*jmespath.Query, error) {
	if o.Query == "" {
		return nil, nil
	}
	q, err := jmespath.Compile(o.Query)
	if err != nil {
		return nil, &UsageError{Message: fmt.Sprintf("argument --query: invalid jmespath_type value: '%s': %v", o.Query, err)}
	}
	return q, nil
}

// UsageError is a value of --output or --query that cannot be.
type UsageError struct {
	Message string
}

func (e *UsageError) Error() string { return e.Message }

// QueryError is a well-formed query that does not fit the value, such as
// sum() of strings.
type QueryError struct {
	Err error
}

func (e *QueryError) Error() string {
	return fmt.Sprintf("Invalid jmespath query supplied for `--query`: %v", e.Err)
}

// Unwrap returns what went wrong.
func (e *QueryError) Unwrap() error { return e.Err }

// TableError says that a value does not fit a table. Its text is az's; the
// cause is for --debug.
type TableError struct {
	Err error
}

func (e *TableError) Error() string {
	return "Table output unavailable. Use the --query option to specify an appropriate query. Use --debug for more info."
}

// Unwrap returns what went wrong.
func (e *TableError) Unwrap() error { return e.Err }
