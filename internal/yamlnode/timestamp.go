package yamlnode

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// timestampPattern is PyYAML's, with its parts named by position: year, month,
// day, hour, minute, second, fraction, zone, sign, zone hour, zone minute.
var (
	datePattern      = regexp.MustCompile(`^([0-9]{4})-([0-9]{2})-([0-9]{2})$`)
	timestampPattern = regexp.MustCompile(`^([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})` +
		`(?:[Tt]|[ \t]+)([0-9]{1,2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]*))?` +
		`(?:[ \t]*(Z|([-+])([0-9]{1,2})(?::([0-9]{2}))?))?$`)
)

// parseTimestamp is Python's str() of the date or time that s denotes, and
// whether it denotes one.
func parseTimestamp(s string) (string, bool) {
	if m := datePattern.FindStringSubmatch(s); m != nil {
		return s, validDate(m[1], m[2], m[3])
	}
	m := timestampPattern.FindStringSubmatch(s)
	if m == nil || !validDate(m[1], m[2], m[3]) || atoi(m[4]) > 23 || atoi(m[5]) > 59 || atoi(m[6]) > 59 {
		return "", false
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s-%02d-%02d %02d:%s:%s", m[1], atoi(m[2]), atoi(m[3]), atoi(m[4]), m[5], m[6])
	if micro := (m[7] + "000000")[:6]; micro != "000000" {
		b.WriteString("." + micro)
	}
	zone, ok := pyZone(m[8], m[9], m[10], m[11])
	b.WriteString(zone)
	return b.String(), ok
}

// pyZone is a zone as str() of a datetime shows it.
func pyZone(zone, sign, hour, minute string) (string, bool) {
	switch {
	case zone == "":
		return "", true
	case zone == "Z", atoi(hour) == 0 && atoi(minute) == 0:
		return "+00:00", true
	}
	return fmt.Sprintf("%s%02d:%02d", sign, atoi(hour), atoi(minute)), atoi(hour) < 24 && atoi(minute) < 60
}

// validDate reports whether there is such a day; Python has no year 0.
func validDate(year, month, day string) bool {
	_, err := time.Parse("2006-1-2", fmt.Sprintf("%s-%d-%d", year, atoi(month), atoi(day)))
	return err == nil && year != "0000"
}

// atoi reads the digits that a pattern has let through.
func atoi(s string) int {
	i, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return i
}
