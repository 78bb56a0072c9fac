package main

import (
	"strings"
	"testing"
)

func TestSummary(t *testing.T) {
	t.Parallel()
	const skip = `{"Action":"output","Package":"p","Test":"T","Output":"    a_test.go:3: needs docker: none\n"}
{"Action":"output","Package":"p","Test":"T","Output":"--- SKIP: T (0.00s)\n"}
{"Action":"skip","Package":"p","Test":"T"}`
	tests := map[string]struct {
		in      string
		logs    bool
		allowed []string
		want    []string
		bad     bool
	}{
		"pass": {
			in:   `{"Action":"pass","Package":"p","Test":"T"}` + "\n" + `{"Action":"output","Package":"p","Output":"ok  \tp\t0.1s\n"}`,
			want: []string{"ok  \tp\t0.1s\n", "1 passed, 0 failed, 0 skipped"},
		},
		"logs": {
			in: `{"Action":"output","Package":"p","Test":"T","Output":"=== RUN   T\n"}
{"Action":"output","Package":"p","Test":"T","Output":"    a_test.go:3: a table\n"}
{"Action":"pass","Package":"p","Test":"T"}`,
			logs: true, want: []string{"a table"},
		},
		"fail": {
			in: `{"Action":"output","Package":"p","Test":"T","Output":"    a_test.go:3: wrong\n"}
{"Action":"fail","Package":"p","Test":"T"}`,
			want: []string{"FAIL: p T", "wrong", "1 failed"}, bad: true,
		},
		"package fails without a test": {in: `{"Action":"fail","Package":"p"}`, want: []string{"0 failed"}, bad: true},
		"build fails": {
			in:   `{"Action":"build-output","ImportPath":"p","Output":"a.go:1: no\n"}` + "\n" + `{"Action":"fail","Package":"p"}`,
			want: []string{"a.go:1: no"}, bad: true,
		},
		"expected skip":   {in: skip, allowed: []string{"needs docker"}, want: []string{"skip: p T: needs docker: none", "1 skipped (0 unexpected)"}},
		"unexpected skip": {in: skip, allowed: []string{"needs podman"}, want: []string{"UNEXPECTED SKIP: p T: needs docker: none"}, bad: true},
		"text":            {in: "go: downloading x\n", want: []string{"go: downloading x"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			s := &summary{out: &out, logs: test.logs, allowed: test.allowed, output: map[string][]string{}}
			if err := s.read(strings.NewReader(test.in)); err != nil {
				t.Fatal(err)
			}
			got := out.String() + s.counts()
			for _, want := range test.want {
				if !strings.Contains(got, want) {
					t.Errorf("got %q, want it to contain %q", got, want)
				}
			}
			if err := s.verdict(0); (err != nil) != test.bad {
				t.Errorf("got verdict %v, want failure: %v", err, test.bad)
			}
			if s.verdict(100) == nil {
				t.Error("got no failure with too few tests")
			}
		})
	}
}

func TestExpectedSkipsCanBeRead(t *testing.T) {
	t.Parallel()
	prefixes, err := readPrefixes("../expected-skips")
	if err != nil || len(prefixes) == 0 {
		t.Errorf("got %q, %v; want some prefixes", prefixes, err)
	}
	for _, prefix := range prefixes {
		if strings.HasPrefix(prefix, "#") {
			t.Errorf("got the comment %q as a prefix", prefix)
		}
	}
}
