package diag

import (
	"io"
	"net/url"
	"slices"
	"strings"
)

// The types below are the part of SARIF 2.1.0 that is needed here.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		InformationURI string      `json:"informationUri"`
		Version        string      `json:"version,omitempty"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string       `json:"id"`
		ShortDescription sarifMessage `json:"shortDescription"`
		Help             sarifMessage `json:"help"`
	}
	sarifMessage struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID           string          `json:"ruleId"`
		RuleIndex        int             `json:"ruleIndex"`
		Level            string          `json:"level"`
		Message          sarifMessage    `json:"message"`
		Locations        []sarifLocation `json:"locations,omitempty"`
		RelatedLocations []sarifLocation `json:"relatedLocations,omitempty"`
		Fixes            []sarifFix      `json:"fixes,omitempty"`
	}
	sarifLocation struct {
		ID               *int           `json:"id,omitempty"`
		PhysicalLocation *sarifPhysical `json:"physicalLocation,omitempty"`
		LogicalLocations []sarifLogical `json:"logicalLocations,omitempty"`
		Message          *sarifMessage  `json:"message,omitempty"`
	}
	sarifPhysical struct {
		ArtifactLocation sarifArtifact `json:"artifactLocation"`
		Region           *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn"`
		EndLine     int `json:"endLine"`
		EndColumn   int `json:"endColumn"`
	}
	sarifLogical struct {
		FullyQualifiedName string `json:"fullyQualifiedName"`
	}
)

// A fix, as SARIF has it.
type (
	sarifFix struct {
		Description sarifMessage  `json:"description"`
		Changes     []sarifChange `json:"artifactChanges"`
	}
	sarifChange struct {
		ArtifactLocation sarifArtifact      `json:"artifactLocation"`
		Replacements     []sarifReplacement `json:"replacements"`
	}
	sarifReplacement struct {
		DeletedRegion   sarifRegion  `json:"deletedRegion"`
		InsertedContent sarifMessage `json:"insertedContent"`
	}
)

// renderSARIF writes a log with one run, whose rules are the codes that occur.
func renderSARIF(w io.Writer, l List, o Options) error {
	rules := usedCodes(l)
	run := sarifRun{
		Tool: sarifTool{Driver: sarifDriver{
			Name: "ischia", InformationURI: "https://github.com/ischia-ml/ischia", Version: o.ToolVersion,
			Rules: make([]sarifRule, 0, len(rules)),
		}},
		ColumnKind: "unicodeCodePoints",
		Results:    make([]sarifResult, 0, len(l)),
	}
	for _, c := range rules {
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRuleOf(c))
	}
	for _, d := range l {
		index, _ := slices.BinarySearch(rules, d.Code)
		run.Results = append(run.Results, sarifResultOf(d, index))
	}
	return encodeJSON(w, sarifLog{Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run}})
}

// usedCodes are the codes that occur in l, sorted.
func usedCodes(l List) []Code {
	var codes []Code
	for _, d := range l {
		codes = append(codes, d.Code)
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// sarifRuleOf describes a code.
func sarifRuleOf(c Code) sarifRule {
	title, help := Describe(c)
	if help == "" {
		help = title
	}
	return sarifRule{ID: string(c), ShortDescription: sarifMessage{title}, Help: sarifMessage{help}}
}

// sarifResultOf is the result of one diagnostic.
func sarifResultOf(d Diagnostic, rule int) sarifResult {
	levels := map[Severity]string{Error: "error", Warning: "warning", Info: "note"}
	out := sarifResult{RuleID: string(d.Code), RuleIndex: rule, Level: levels[d.Severity], Message: sarifMessage{withHint(d, "\n")}}
	if d.File != "" {
		at := sarifLocation{PhysicalLocation: sarifPlace(d.Range)}
		if d.Path != "" {
			at.LogicalLocations = []sarifLogical{{d.Path}}
		}
		out.Locations = []sarifLocation{at}
	}
	for i, r := range d.Related {
		if r.File == "" {
			continue
		}
		out.RelatedLocations = append(out.RelatedLocations, sarifLocation{ID: &i, PhysicalLocation: sarifPlace(r.Range), Message: &sarifMessage{r.Message}})
	}
	if d.Fix != nil {
		out.Fixes = []sarifFix{sarifFixOf(d.Fix)}
	}
	return out
}

// sarifFixOf has one change for each edit: edits of a fix are few.
func sarifFixOf(f *Fix) sarifFix {
	out := sarifFix{Description: sarifMessage{f.Message}}
	for _, e := range f.Edits {
		out.Changes = append(out.Changes, sarifChange{
			ArtifactLocation: sarifArtifact{URI: fileURI(e.File)},
			Replacements:     []sarifReplacement{{DeletedRegion: sarifRegionOf(e.Range), InsertedContent: sarifMessage{e.Text}}},
		})
	}
	return out
}

func sarifRegionOf(r Range) sarifRegion {
	return sarifRegion{StartLine: r.Line, StartColumn: r.Column, EndLine: r.EndLine, EndColumn: r.EndColumn}
}

// sarifPlace is a range, without a region where no line is known.
func sarifPlace(r Range) *sarifPhysical {
	out := &sarifPhysical{ArtifactLocation: sarifArtifact{URI: fileURI(r.File)}}
	if r.IsValid() {
		region := sarifRegionOf(normal(r))
		out.Region = &region
	}
	return out
}

// fileURI is a file name as a URI reference: relative names stay relative, so
// that they are read from the root of the repository.
func fileURI(name string) string {
	windows := len(name) > 2 && name[1] == ':' && (name[2] == '\\' || name[2] == '/')
	if windows || strings.HasPrefix(name, `\\`) {
		name = strings.ReplaceAll(name, `\`, "/")
	}
	switch {
	case windows:
		return (&url.URL{Scheme: "file", Path: "/" + name}).String()
	case strings.HasPrefix(name, "/"):
		return (&url.URL{Scheme: "file", Path: name}).String()
	default:
		return (&url.URL{Path: name}).String()
	}
}
