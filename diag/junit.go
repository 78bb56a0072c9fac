package diag

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
)

// junitReport is a JUnit test report: a suite a file.
type junitReport struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

// junitSuite is what was found in one file.
type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Cases    []junitCase `xml:"testcase"`
}

// junitCase is one diagnostic, or the fact that there is none.
type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	File    string        `xml:"file,attr,omitempty"`
	Line    int           `xml:"line,attr,omitempty"`
	Failure *junitFailure `xml:"failure"`
	Output  string        `xml:"system-out,omitempty"`
}

// junitFailure is an error.
type junitFailure struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

// renderJUnit writes a suite for each file that was checked or is at fault.
func renderJUnit(w io.Writer, l List, o Options) error {
	names := slices.Clone(o.Files)
	byFile := map[string]List{}
	for _, d := range l {
		names = append(names, d.File)
		byFile[d.File] = append(byFile[d.File], d)
	}
	slices.Sort(names)
	report := junitReport{Name: "ischia"}
	for _, name := range slices.Compact(names) {
		s := junitSuiteOf(name, byFile[name])
		report.Tests += s.Tests
		report.Failures += s.Failures
		report.Suites = append(report.Suites, s)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(report); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// junitSuiteOf reports one file. JUnit knows no warnings: they pass, and say
// what they have to say as output.
func junitSuiteOf(file string, l List) junitSuite {
	s := junitSuite{Name: file}
	for _, d := range l {
		r := normal(d.Range)
		c := junitCase{Name: fmt.Sprintf("%s at %d:%d", d.Code, r.Line, r.Column), Class: file, File: d.File, Line: d.Line}
		text := fmt.Sprintf("%s: %s: %s", d.Pos, d.Severity, withHint(d, "\nhint: "))
		if d.Severity == Error {
			c.Failure = &junitFailure{Message: d.Message, Type: string(d.Code), Text: text}
			s.Failures++
		} else {
			c.Output = text
		}
		s.Cases = append(s.Cases, c)
	}
	if len(l) == 0 {
		s.Cases = []junitCase{{Name: "valid", Class: file, File: file}}
	}
	s.Tests = len(s.Cases)
	return s
}
