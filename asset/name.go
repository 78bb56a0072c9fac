package asset

import (
	"fmt"
	"strings"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/pipeline"
)

// nameRule is what names of one sort consist of: letters, digits and extra
// characters.
type nameRule struct {
	// what a name is of: "a compute".
	what     string
	min, max int
	extra    string
	// letterFirst and alnumLast bound the ends; all begin with a letter or
	// digit.
	letterFirst, alnumLast bool
	// lower: capitals are not allowed.
	lower bool
}

// The names of registered assets. Source: the Azure ML REST API, the patterns
// of ResourceBase names; a dot, which curated environments have, is taken too.
func assetName(what string) nameRule {
	return nameRule{what: what, min: 1, max: 255, extra: "-_."}
}

// Names of endpoints and deployments. Source: azure-ai-ml,
// EndpointConfigurations; and "Manage and increase quotas" of the Azure ML
// documentation.
func endpointName(what string) nameRule {
	return nameRule{what: what, min: 3, max: 32, extra: "-", letterFirst: true, alnumLast: true}
}

// Names of computes, workspaces. Source: "Naming rules and restrictions for
// Azure resources", Microsoft.MachineLearningServices.
func computeName(typ string) nameRule {
	r := nameRule{what: "a compute", min: 2, max: 16, extra: "-", alnumLast: true}
	switch strings.ToLower(typ) {
	case "amlcompute":
		r.min, r.max = 3, 32
	case "computeinstance":
		r.min, r.max = 3, 24
	}
	return r
}

func workspaceName() nameRule {
	return nameRule{what: "a workspace", min: 3, max: 33, extra: "-_"}
}

func registryName() nameRule {
	return nameRule{what: "a registry", min: 2, max: 32, extra: "-_"}
}

// Names of storage. Source: "Naming rules and restrictions for Azure
// resources", Microsoft.Storage.
func accountName() nameRule {
	return nameRule{what: "a storage account", min: 3, max: 24, lower: true}
}

func containerName(what string) nameRule {
	return nameRule{what: what, min: 3, max: 63, extra: "-", lower: true, alnumLast: true}
}

// name checks a name against its rule.
func (c *checker) name(t pipeline.Text, at string, r nameRule) {
	if blank(t) {
		return
	}
	switch n := len(t.Value); {
	case !r.fits(t.Value):
		d := c.errorf(t.Range, diag.CodeBadName, at, "%q is not the name of %s", t.Value, r.what)
		d.Hint = "use " + r.words()
		if fixed := r.mend(t.Value); fixed != "" && len(fixed) >= r.min && len(fixed) <= r.max {
			d.Hint += fmt.Sprintf("; did you mean %q?", fixed)
		}
	case n < r.min || n > r.max:
		c.errorf(t.Range, diag.CodeBadName, at, "%q has %d characters; the name of %s has %d to %d", t.Value, n, r.what, r.min, r.max).Hint =
			"choose another name"
	}
}

// allows reports whether b may stand in a name.
func (r nameRule) allows(b byte) bool {
	if r.lower && b >= 'A' && b <= 'Z' {
		return false
	}
	return isAlnum(b) || strings.IndexByte(r.extra, b) >= 0
}

func (r nameRule) fits(s string) bool {
	for i := range len(s) {
		if !r.allows(s[i]) {
			return false
		}
	}
	first, end := s[0], s[len(s)-1]
	switch {
	case !isAlnum(first), r.letterFirst && isDigit(first), r.alnumLast && !isAlnum(end):
		return false
	}
	return true
}

// words say what a name consists of.
func (r nameRule) words() string {
	parts := []string{"letters"}
	if r.lower {
		parts[0] = "lower-case letters"
	}
	parts = append(parts, "digits")
	for _, e := range r.extra {
		parts = append(parts, map[rune]string{'-': "dashes", '_': "underscores", '.': "dots"}[e])
	}
	s := strings.Join(parts[:len(parts)-1], ", ") + " and " + parts[len(parts)-1]
	if r.letterFirst {
		s += ", beginning with a letter"
	} else if r.extra != "" {
		s += ", beginning with a letter or digit"
	}
	if r.alnumLast && r.extra != "" {
		s += ", and not ending with a dash"
	}
	return s
}

// mend is a name like s that fits, or nothing.
func (r nameRule) mend(s string) string {
	if r.lower {
		s = strings.ToLower(s)
	}
	var b strings.Builder
	for i := range len(s) {
		switch {
		case r.allows(s[i]):
			b.WriteByte(s[i])
		case strings.Contains(r.extra, "-"):
			b.WriteByte('-')
		}
	}
	fixed := strings.Trim(b.String(), r.extra)
	if fixed == "" || !r.fits(fixed) {
		return ""
	}
	return fixed
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

func isAlnum(b byte) bool {
	return isDigit(b) || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}
