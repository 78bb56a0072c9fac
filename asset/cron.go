package asset

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/pipeline"
)

// cronField is one of the five fields of a cron expression.
type cronField struct {
	name      string
	low, high int
	// names are words for low and what follows.
	names string
}

func cronFields() []cronField {
	return []cronField{
		{"minute", 0, 59, ""},
		{"hour", 0, 23, ""},
		{"day", 1, 31, ""},
		{"month", 1, 12, "january february march april may june july august september october november december"},
		{"day of the week", 0, 6, "sunday monday tuesday wednesday thursday friday saturday"},
	}
}

// cron checks a cron expression as the service reads it, which is NCRONTAB
// with five fields.
// Source: reference-yaml-schedule: days and months are taken for *.
func (c *checker) cron(t pipeline.Text, at string, schedule bool) {
	if blank(t) {
		return
	}
	words, starts := cronWords(t.Value)
	fields := cronFields()
	if len(words) != len(fields) {
		c.errorf(t.Range, diag.CodeBadValue, at, "cron expression %q has %d of %d fields", t.Value, len(words), len(fields)).Hint =
			"the fields are minute, hour, day, month and day of the week: \"30 6 * * 1\""
		return
	}
	for i, f := range fields {
		place := within(t, starts[i], starts[i]+len(words[i]))
		if fault := f.fault(words[i]); fault != "" {
			c.errorf(place, diag.CodeBadValue, at, "%s of the cron expression: %s", f.name, fault).Hint = f.hint()
		} else if schedule && words[i] != "*" && (f.name == "day" || f.name == "month") {
			c.warnf(place, diag.CodeBadValue, at, "the service ignores the %s of a cron expression", f.name).Hint =
				"write *; for certain days of a month use a recurrence with month_days"
		}
	}
}

// cronWords are the words of s and where they begin.
func cronWords(s string) (words []string, starts []int) {
	for i := 0; i < len(s); {
		if s[i] == ' ' || s[i] == '\t' || s[i] == '\n' {
			i++
			continue
		}
		n := strings.IndexAny(s[i:], " \t\n")
		if n < 0 {
			n = len(s) - i
		}
		words, starts = append(words, s[i:i+n]), append(starts, i)
		i += n
	}
	return words, starts
}

func (f cronField) hint() string {
	h := fmt.Sprintf("write *, a number from %d to %d, a range 1-5, a list 1,3 or a step */2", f.low, f.high)
	if f.names != "" {
		h += "; or a name, such as " + strings.ToUpper(strings.Fields(f.names)[0][:3])
	}
	return h
}

// fault is what is wrong with a field: a list of ranges, each with a step.
func (f cronField) fault(word string) string {
	for item := range strings.SplitSeq(word, ",") {
		span, step, stepped := strings.Cut(item, "/")
		if n, err := strconv.Atoi(step); stepped && (err != nil || n < 1) {
			return fmt.Sprintf("%q is not a step", step)
		}
		if span == "*" {
			continue
		}
		from, to, ranged := strings.Cut(span, "-")
		low, fault := f.value(from)
		if fault != "" || !ranged {
			if fault != "" {
				return fault
			}
			continue
		}
		high, fault := f.value(to)
		switch {
		case fault != "":
			return fault
		case low > high:
			return fmt.Sprintf("the range %s is upside down", span)
		}
	}
	return ""
}

// value is a number or a name of the field.
func (f cronField) value(s string) (int, string) {
	if s == "" {
		return 0, "a value is missing"
	}
	if n, err := strconv.Atoi(s); err == nil && isDigit(s[0]) {
		if n < f.low || n > f.high {
			return 0, fmt.Sprintf("%d is not from %d to %d", n, f.low, f.high)
		}
		return n, ""
	}
	for i, name := range strings.Fields(f.names) {
		if len(s) >= 3 && strings.HasPrefix(name, strings.ToLower(s)) {
			return f.low + i, ""
		}
	}
	return 0, fmt.Sprintf("%q is not a value", s)
}
