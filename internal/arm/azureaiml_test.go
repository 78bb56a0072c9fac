package arm_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/internal/arm"
	"github.com/ischia-ml/ischia/load"
)

// TestBodiesOfAzureAIML: what azure-ai-ml 1.35.2 makes of our own small
// pipelines, and what we make of them, is the same but for what
// testdata/azureaiml/differences.txt lists, each with its reason. The bodies
// were made without a workspace, with ids that we ignore here as well.
func TestBodiesOfAzureAIML(t *testing.T) {
	t.Parallel()
	rules := readRules(t)
	names, err := filepath.Glob("testdata/azureaiml/p*.yml")
	if err != nil || len(names) < 12 {
		t.Fatalf("found %d pipelines: %v", len(names), err)
	}
	for _, name := range names {
		want := readBodies(t, strings.TrimSuffix(name, ".yml")+".sdk.json")
		got := ourBodies(t, name, want)
		for _, key := range slices.Sorted(maps.Keys(union(want, got))) {
			if want[key] == got[key] || accepted(rules, key+" = "+want[key]+" | "+got[key]) {
				continue
			}
			t.Errorf("%s: %s = %s | %s", filepath.Base(name), key, want[key], got[key])
		}
	}
	for _, r := range rules {
		if !r.used {
			t.Errorf("no body differs in %s any more", r.pattern)
		}
	}
}

// rule is a difference that is right.
type rule struct {
	pattern *regexp.Regexp
	used    bool
}

// readRules reads lines of a pattern for "PATH = THEIRS | OURS" and, after two
// slashes, the reason.
func readRules(t *testing.T) []*rule {
	t.Helper()
	text, err := os.ReadFile("testdata/azureaiml/differences.txt")
	if err != nil {
		t.Fatal(err)
	}
	var rules []*rule
	for line := range strings.Lines(string(text)) {
		pattern, why, ok := strings.Cut(strings.TrimSpace(line), " // ")
		if pattern == "" || strings.HasPrefix(pattern, "#") {
			continue
		}
		if !ok || why == "" {
			t.Fatalf("no reason: %s", line)
		}
		rules = append(rules, &rule{pattern: regexp.MustCompile("^" + strings.TrimSpace(pattern) + "$")})
	}
	return rules
}

func accepted(rules []*rule, line string) bool {
	for _, r := range rules {
		if r.pattern.MatchString(strings.TrimSpace(line)) {
			r.used = true
			return true
		}
	}
	return false
}

func union(a, b map[string]string) map[string]string {
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}

// readBodies are the leaves of a file of bodies, by path.
func readBodies(t *testing.T, name string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var all any
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	leaves("", all, out)
	return out
}

var anonymous = regexp.MustCompile(`/(azureml_anonymous|CliV2AnonymousEnvironment|codes/[^/]+)/versions/[-.\w]+`)

// leaves flattens JSON. Versions that are made of content are all the same
// here.
func leaves(path string, v any, into map[string]string) {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			leaves(path+"/"+key, value, into)
		}
		if len(v) == 0 {
			into[path] = "{}"
		}
	case []any:
		for i, item := range v {
			leaves(fmt.Sprintf("%s/%d", path, i), item, into)
		}
	case string:
		into[path] = anonymous.ReplaceAllString(v, "/X")
	default:
		text, err := json.Marshal(v)
		into[path] = fmt.Sprint(string(text), strings.Repeat("!", boolToInt(err != nil)))
	}
}

func boolToInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// ourBodies are the same of what we make of a file.
func ourBodies(t *testing.T, name string, want map[string]string) map[string]string {
	t.Helper()
	fsys := os.DirFS(".")
	job, errs := load.Job(fsys, name)
	if errs.HasErrors() {
		t.Fatal(errs.Err())
	}
	s := newStore()
	base, err := arm.EncodeJob(t.Context(), job, arm.EncodeOptions{Scope: scope, Resolver: s, Files: fsys})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	text, err := json.Marshal(base)
	if err != nil {
		t.Fatal(err)
	}
	var body map[string]any
	if err := json.Unmarshal(text, &body); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	leaves("/job", body, out)
	jobs, _ := body["properties"].(map[string]any)["jobs"].(map[string]any)
	componentLeaves(t, s, "/components/", jobs, out)
	return out
}

// componentLeaves adds the components of nodes, by the nodes' names.
func componentLeaves(t *testing.T, s *store, path string, jobs map[string]any, out map[string]string) {
	t.Helper()
	for name, node := range jobs {
		node, _ := node.(map[string]any)
		id, _ := node["componentId"].(string)
		if trial, ok := node["trial"].(map[string]any); ok {
			id, _ = trial["componentId"].(string)
		}
		var properties map[string]any
		if s.components[id] == nil {
			continue
		}
		if err := json.Unmarshal(s.components[id], &properties); err != nil {
			t.Fatal(err)
		}
		leaves(path+name+"/properties", properties, out)
		if spec, ok := properties["componentSpec"].(map[string]any); ok {
			inner, _ := spec["jobs"].(map[string]any)
			componentLeaves(t, s, path+name+".", inner, out)
		}
	}
}
