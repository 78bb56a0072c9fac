package mask

import (
	"strings"
	"unicode"
)

// CleanCI is s without workflow commands, by which text in a log can set
// variables, mask or fail a CI job: "::" where a line begins (GitHub), and
// "##vso" and "##[" anywhere (Azure Pipelines finds them in the middle of a
// line). A space is put into each, so that the text can still be read. Give it
// what [CleanTerminal] returned: a command may hide behind control characters.
func CleanCI(s string) string {
	if !strings.Contains(s, "::") && !strings.Contains(s, "##") {
		return s
	}
	var b strings.Builder
	begins := true // only blanks since the line began
	for i, r := range s {
		switch {
		case strings.ContainsRune("\n\r\v\f\u0085\u2028\u2029", r):
			begins = true
		case r == ':' && begins && strings.HasPrefix(s[i:], "::"):
			b.WriteString(": ")
			begins = false
			continue
		case r == '#' && azureCommand(s[i:]):
			b.WriteString("# ")
			begins = false
			continue
		case !blank(r):
			begins = false
		}
		b.WriteRune(r)
	}
	return b.String()
}

// azureCommand reports whether s begins with a command of Azure Pipelines,
// which does not look at case.
func azureCommand(s string) bool {
	return strings.HasPrefix(s, "##[") || len(s) >= 5 && strings.EqualFold(s[:5], "##vso")
}

// blank: a reader that trims lines may drop it.
func blank(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
}
