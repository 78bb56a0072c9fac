package schema

import (
	"strings"
	"time"

	"github.com/ischia-ml/ischia/diag"
)

// format is a check of a text that no form can say.
type format struct {
	// what is said of a wrong one: "%q is not " + what.
	what string
	hint string
	// pattern is for the JSON Schema; empty when none can say it.
	pattern string
	is      func(string) bool
	// reference: a wrong one is a bad reference.
	reference bool
}

func (f format) fault(text string) string {
	if f.is == nil || f.is(text) {
		return ""
	}
	return `"` + clip(text) + `" is not ` + f.what
}

func (f format) code() diag.Code {
	if f.reference {
		return diag.CodeBadReference
	}
	return diag.CodeBadValue
}

// formatOf is the one table of formats.
func formatOf(name string) format {
	switch name {
	case "datetime":
		return format{what: "a date and time", hint: "write it as 2026-01-31T09:30:00", is: isDateTime}
	case "duration":
		return format{what: "an ISO 8601 duration", hint: "write it as PT30M, or P1DT12H", is: isDuration,
			pattern: `^P([0-9]+Y)?([0-9]+M)?([0-9]+W)?([0-9]+D)?(T([0-9]+H)?([0-9]+M)?([0-9.]+S)?)?$`}
	case "guid":
		return format{what: "a GUID", hint: "write it as 00000000-0000-0000-0000-000000000000", is: isGUID,
			pattern: `^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`}
	case "url":
		return format{what: "a web address", hint: "begin it with https://", is: isURL, pattern: `^(https?|ftps?)://.`}
	case "spark-memory":
		return format{what: "a size of memory", hint: "write it as 2g, or 512m", is: isSparkMemory,
			pattern: `^[0-9]+([bBkKmMgGtTpP]|[kKmMgGtTpP][bB])?$`}
	case "spark-runtime":
		return format{what: "a version of Spark", hint: "write numbers with dots: \"3.4\"", is: isSparkRuntime,
			pattern: `^[0-9]+(\.[0-9]+)*$`}
	case "mini-batch":
		return format{what: "the size of a mini-batch", hint: "write a number of files, or a size such as 10kb", is: isMiniBatchSize,
			pattern: `^[0-9]+([kKmMgG][bB])?$`}
	case "shm-size":
		return format{what: "a size of memory", hint: "write a number and a unit: 2g, or 512m", is: isShmSize, pattern: `^[0-9]+[bBkKmMgG]$`}
	case "code":
		return format{what: "a place of code", hint: "give a folder, git+https://..., https://..., or azureml:NAME:VERSION", reference: true, is: isCode}
	case "default-compute":
		return format{what: "a compute", hint: "write azureml:NAME, or serverless", reference: true, is: isDefaultCompute}
	case "default-datastore":
		return format{what: "a datastore", hint: "write azureml:NAME", reference: true, is: isArm}
	case "component-id":
		return format{what: "an id of a component", hint: "remove it: the service gives it", reference: true, is: isComponentID}
	case "azureml":
		return format{what: "a reference", hint: "write azureml:NAME", reference: true, pattern: `^azureml:.`,
			is: func(s string) bool { return len(s) > len("azureml:") && strings.HasPrefix(s, "azureml:") }}
	}
	return format{}
}

// isShmSize: a number and a unit. Source: reference-yaml-job-command, resources.
func isShmSize(s string) bool {
	digits := strings.TrimRight(s, "bBkKmMgG")
	return len(s)-len(digits) == 1 && digits != "" && strings.Trim(digits, "0123456789") == "" && strings.Trim(digits, "0") != ""
}

// isCode: a local path, or an address that code is fetched from.
// Source: azure-ai-ml: _schema/core/fields.py, CodeField.
func isCode(s string) bool {
	scheme, _, remote := strings.Cut(s, "://")
	return !remote || strings.HasPrefix(scheme, "git+") || scheme == "azureml" || scheme == "file" || isURL(s)
}

// isArm: azureml:NAME, or the long id of something in a workspace.
func isArm(s string) bool {
	prefixed := strings.HasPrefix(s, "azureml:") // what follows is looked at with other references
	return prefixed || strings.HasPrefix(s, "/subscriptions/")
}

func isDefaultCompute(s string) bool { return strings.EqualFold(s, "serverless") || isArm(s) }

// isComponentID: a reference to one version.
func isComponentID(s string) bool {
	rest, ok := strings.CutPrefix(s, "azureml:")
	return ok && strings.ContainsAny(rest, ":@/")
}

// isDateTime takes what Python's from_iso_datetime of marshmallow takes.
func isDateTime(s string) bool {
	s = strings.Replace(strings.TrimSpace(s), " ", "T", 1)
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05.999999999", "2006-01-02T15:04Z07:00",
		"2006-01-02T15:04:05.999999999Z07:00", "2006-01-02T15:04:05.999999999Z0700"} {
		if _, err := time.Parse(layout, s); err == nil {
			return true
		}
	}
	return false
}

// isDuration: P, then numbers with units, those of a day after T.
func isDuration(s string) bool {
	rest, ok := strings.CutPrefix(s, "P")
	if !ok {
		return false
	}
	date, clock, timed := strings.Cut(rest, "T")
	if timed && clock == "" || date == "" && clock == "" {
		return false
	}
	return inOrder(date, "YMWD") && inOrder(clock, "HMS")
}

// inOrder: s is numbers, each followed by one of units, in their order.
func inOrder(s, units string) bool {
	for s != "" {
		digits := strings.TrimLeft(s, "0123456789.")
		if digits == s || digits == "" {
			return false
		}
		i := strings.IndexByte(units, digits[0])
		if i < 0 {
			return false
		}
		s, units = digits[1:], units[i+1:]
	}
	return true
}

func isGUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (s[i] == '-') || !dash && !strings.ContainsRune("0123456789abcdefABCDEF", rune(s[i])) {
			return false
		}
	}
	return true
}

func isURL(s string) bool {
	scheme, rest, ok := strings.Cut(s, "://")
	return ok && rest != "" && strings.Contains(" http https ftp ftps ", " "+strings.ToLower(scheme)+" ")
}
