// Command testsum reads what `go test -json` writes and tells it to a person:
// each package's closing line, the whole output of what failed, every skip
// with its reason, and the counts. It fails when a test failed, or skipped for
// a reason that is not expected.
//
//	go test -json ./... | testsum -skips FILE [-logs] [-least N] [-summary FILE]
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
)

// event is one line of test2json.
type event struct {
	Action, Package, Test, Output, ImportPath string
}

// summary collects the events of one run.
type summary struct {
	out     io.Writer
	logs    bool     // show what passing tests log
	allowed []string // prefixes of reasons to skip

	output                  map[string][]string // by package and test
	passed, failed, skipped int
	unexpected              int
	broken                  bool // a package failed, perhaps without a test
}

// location is what testing puts before a log line: "    a_test.go:12: ".
var location = regexp.MustCompile(`^\s*\S+\.go:\d+: `)

func main() {
	skips := flag.String("skips", "", "`file` of allowed reasons to skip, a prefix each line")
	logs := flag.Bool("logs", false, "show what passing tests log")
	least := flag.Int("least", 0, "fail if fewer tests passed")
	note := flag.String("summary", "", "write the counts to this `file` too")
	flag.Parse()
	if err := run(*skips, *logs, *least, *note); err != nil {
		fmt.Fprintln(os.Stderr, "testsum:", err)
		os.Exit(1)
	}
}

func run(skips string, logs bool, least int, note string) error {
	allowed, err := readPrefixes(skips)
	if err != nil {
		return err
	}
	s := &summary{out: os.Stdout, logs: logs, allowed: allowed, output: map[string][]string{}}
	if err := s.read(os.Stdin); err != nil {
		return err
	}
	counts := s.counts()
	fmt.Println(counts)
	if note != "" {
		if err := os.WriteFile(note, []byte(counts+"\n"), 0o666); err != nil {
			return err
		}
	}
	return s.verdict(least)
}

// readPrefixes: an empty name stands for an empty list.
func readPrefixes(name string) ([]string, error) {
	if name == "" {
		return nil, nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var prefixes []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			prefixes = append(prefixes, line)
		}
	}
	return prefixes, nil
}

func (s *summary) read(r io.Reader) error {
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			s.line(line)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read test events: %w", err)
		}
	}
}

// line takes what is no event as text of the go command.
func (s *summary) line(line string) {
	var e event
	if json.Unmarshal([]byte(line), &e) != nil {
		fmt.Fprint(s.out, line)
		return
	}
	s.add(e)
}

func (s *summary) add(e event) {
	key := e.Package + " " + e.Test
	switch e.Action {
	case "build-output":
		fmt.Fprint(s.out, e.Output)
	case "output":
		s.collect(key, e)
	case "pass", "fail", "skip":
		if e.Test == "" {
			s.endPackage(key, e)
		} else {
			s.endTest(key, e)
		}
		delete(s.output, key)
	}
}

// collect keeps a test's output until it is known how the test ended. The
// closing line of a package is shown at once.
func (s *summary) collect(key string, e event) {
	closing := strings.HasPrefix(e.Output, "ok  \t") || strings.HasPrefix(e.Output, "FAIL\t")
	if e.Test == "" && closing {
		fmt.Fprint(s.out, e.Output)
		return
	}
	s.output[key] = append(s.output[key], e.Output)
}

// endPackage shows the output of a package that failed: a panic, a TestMain.
func (s *summary) endPackage(key string, e event) {
	if e.Action == "fail" {
		s.broken = true
		s.show(key)
	}
}

func (s *summary) endTest(key string, e event) {
	switch e.Action {
	case "pass":
		s.passed++
		if s.logs {
			s.showLogs(key)
		}
	case "fail":
		s.failed++
		fmt.Fprintf(s.out, "FAIL: %s %s\n", e.Package, e.Test)
		s.show(key)
	case "skip":
		s.skipped++
		s.skip(key, e)
	}
}

func (s *summary) skip(key string, e event) {
	reason := s.reason(key)
	word := "skip"
	if !s.expected(reason) {
		word = "UNEXPECTED SKIP"
		s.unexpected++
	}
	fmt.Fprintf(s.out, "%s: %s %s: %s\n", word, e.Package, e.Test, reason)
}

// reason is the last thing a test logged before it skipped.
func (s *summary) reason(key string) string {
	reason := "no reason given"
	for _, line := range s.output[key] {
		if at := location.FindString(line); at != "" {
			reason = strings.TrimSpace(line[len(at):])
		}
	}
	return reason
}

func (s *summary) expected(reason string) bool {
	for _, prefix := range s.allowed {
		if strings.HasPrefix(reason, prefix) {
			return true
		}
	}
	return false
}

func (s *summary) show(key string) {
	for _, line := range s.output[key] {
		fmt.Fprint(s.out, line)
	}
}

// showLogs leaves out the test runner's own lines.
func (s *summary) showLogs(key string) {
	for _, line := range s.output[key] {
		if own := strings.TrimSpace(line); !strings.HasPrefix(own, "=== ") && !strings.HasPrefix(own, "--- ") {
			fmt.Fprint(s.out, line)
		}
	}
}

func (s *summary) counts() string {
	return fmt.Sprintf("%d passed, %d failed, %d skipped (%d unexpected)", s.passed, s.failed, s.skipped, s.unexpected)
}

func (s *summary) verdict(least int) error {
	switch {
	case s.failed > 0 || s.broken:
		return fmt.Errorf("tests failed")
	case s.unexpected > 0:
		return fmt.Errorf("tests skipped for reasons that .ci/expected-skips does not list")
	case s.passed < least:
		return fmt.Errorf("%d tests passed, at least %d should have run", s.passed, least)
	}
	return nil
}
