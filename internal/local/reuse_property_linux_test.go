package local_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/local"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// graphStep is one step of a random graph. Its command puts its inputs
// together, and changes them by op.
type graphStep struct {
	Name, Op, Code, Variable, Literal string
	Folder, Executable                bool
	// Unsure says is_deterministic: false, though the step is; Component puts
	// the step into a file, Nested into a pipeline component.
	Unsure, Component, Nested bool
	Inputs                    []graphInput
}

// graphInput is data that a step reads: a file or folder of the project, or
// the output of an earlier step.
type graphInput struct {
	Name, Path, Step string
	// Parent passes it through an input of the pipeline.
	Folder, Parent, Optional, Given bool
}

// graph is the state of a project: its steps, and its files by name.
type graph struct {
	Steps []graphStep
	Files map[string]string
}

func (g graph) clone() graph {
	out := graph{Files: maps.Clone(g.Files), Steps: slices.Clone(g.Steps)}
	for i := range out.Steps {
		out.Steps[i].Inputs = slices.Clone(out.Steps[i].Inputs)
	}
	return out
}

type object = map[string]any

func kind(folder bool) string {
	if folder {
		return "uri_folder"
	}
	return "uri_file"
}

func output(name string) string { return "${{parent.outputs." + name + "}}" }

// pipeline is the definition: the text of its files by name.
func (g graph) pipeline() map[string]string {
	files := map[string]string{}
	inputs, outputs, jobs := object{}, object{}, object{}
	for _, s := range g.Steps {
		outputs["out_"+s.Name] = object{"type": kind(s.Folder)}
		values := object{}
		for _, in := range s.Inputs {
			if v := in.value(s, inputs); v != nil {
				values[in.Name] = v
			}
		}
		if s.Literal != "" {
			values["lit"] = s.Literal
		}
		job := object{"inputs": values, "outputs": object{"o": output("out_" + s.Name)}}
		switch {
		case s.Nested:
			files[s.Name+".yml"] = text(s.nested())
			job["type"], job["component"] = "pipeline", "./"+s.Name+".yml"
		case s.Component:
			files[s.Name+".yml"] = text(s.component())
			job["type"], job["component"] = "command", "./"+s.Name+".yml"
			job["environment_variables"] = object{"VAR": s.Variable}
		default:
			s.describe(job)
			job["environment_variables"] = object{"VAR": s.Variable}
		}
		jobs[s.Name] = job
	}
	files["pipeline.yml"] = text(object{"type": "pipeline", "inputs": inputs, "outputs": outputs, "jobs": jobs})
	return files
}

func text(o object) string {
	out, err := json.MarshalIndent(o, "", " ")
	if err != nil {
		return err.Error() // no YAML
	}
	return string(out) + "\n"
}

// value is what a step says of an input; nil for one without a value.
func (in graphInput) value(s graphStep, parent object) any {
	data := object{"type": kind(in.Folder), "path": "./" + in.Path}
	switch {
	case in.Optional && !in.Given:
		return nil
	case in.Step != "":
		return "${{parent.jobs." + in.Step + ".outputs.o}}"
	case in.Parent:
		name := s.Name + "_" + in.Name
		parent[name] = data
		return "${{parent.inputs." + name + "}}"
	}
	return data
}

// describe adds command, code and environment.
func (s graphStep) describe(o object) {
	o["command"], o["environment"] = s.command(), object{"image": "x"}
	if s.Code != "" {
		o["code"] = "./" + s.Code
	}
}

func (s graphStep) command() string {
	// Few processes: there are many steps.
	read := "cat"
	for _, in := range s.Inputs {
		name := "${{inputs." + in.Name + "}}"
		if in.Folder {
			name += "/*"
		}
		if in.Optional {
			name = "$[[" + name + "]]"
		}
		read += " " + name
	}
	if s.Literal != "" {
		read = "echo ${{inputs.lit}}; " + read
	}
	out, more := "${{outputs.o}}", ""
	if s.Folder {
		out, more = out+"/r.txt", "; read -r line < t; echo \"$line\" > ${{outputs.o}}/h.txt; : > ${{outputs.o}}/empty"
	}
	if s.Executable {
		more += "; chmod +x " + out
	}
	return "set -e; { " + read + " < /dev/null; echo \"v $VAR\"; } > t; " + s.Op + " < t > " + out + more
}

// component is the step as a component.
func (s graphStep) component() object {
	declared := object{}
	for _, in := range s.Inputs {
		declared[in.Name] = object{"type": kind(in.Folder), "optional": in.Optional}
	}
	if s.Literal != "" {
		declared["lit"] = object{"type": "string"}
	}
	o := object{
		"type": "command", "name": s.Name, "version": "1", "is_deterministic": !s.Unsure,
		"inputs": declared, "outputs": object{"o": object{"type": kind(s.Folder)}},
	}
	s.describe(o)
	return o
}

// nested is the step as a pipeline component of two steps.
func (s graphStep) nested() object {
	c := s.component()
	pass := object{}
	for name := range c["inputs"].(object) {
		pass[name] = "${{parent.inputs." + name + "}}"
	}
	first := object{"inputs": pass, "environment_variables": object{"VAR": s.Variable}, "outputs": object{"o": object{"type": kind(s.Folder)}}}
	s.describe(first)
	last := s
	last.Inputs, last.Literal, last.Code, last.Op = []graphInput{{Name: "a", Folder: s.Folder}}, "", "", "rev"
	second := object{"inputs": object{"a": "${{parent.jobs.first.outputs.o}}"}, "outputs": object{"o": output("o")}}
	last.describe(second)
	return object{
		"type": "pipeline", "name": s.Name, "version": "1", "inputs": c["inputs"], "outputs": c["outputs"],
		"jobs": object{"first": first, "second": second},
	}
}

// ops are what steps do to what they read; some of them forget most of it.
var ops = []string{"cat", "sort", "sort -u", "tr a-m A-M", "tr a-z b-za", "head -c 6", "wc -c", "rev", "tail -n 2"}

// property is one random project, its history, and the home that reuses.
type property struct {
	*project
	r       *rand.Rand
	home    string
	now     graph
	history []graph
}

func newProperty(t *testing.T, seed uint64) *property {
	t.Helper()
	p := &property{project: &project{t: t, dir: t.TempDir()}, r: rand.New(rand.NewPCG(seed, 7)), home: filepath.Join(t.TempDir(), "home")}
	p.now.Files = map[string]string{}
	for i := range 3 {
		p.now.Files[fmt.Sprintf("data/d%d.txt", i)] = p.words()
		p.now.Files[fmt.Sprintf("data/f%d/a.txt", i)] = p.words()
		p.now.Files[fmt.Sprintf("data/f%d/b.txt", i)] = p.words()
		p.now.Files[fmt.Sprintf("src%d/tool.sh", i)] = p.tool()
	}
	for range 5 + p.r.IntN(11) {
		p.now.Steps = append(p.now.Steps, p.randomStep())
	}
	return p
}

func (p *property) words() string {
	var b strings.Builder
	for range 1 + p.r.IntN(4) {
		fmt.Fprintf(&b, "w%c%c %d\n", 'a'+p.r.IntN(26), 'a'+p.r.IntN(26), p.r.IntN(10))
	}
	return b.String()
}

func (p *property) tool() string {
	return fmt.Sprintf("# %d\n%s\n", p.r.IntN(100), ops[p.r.IntN(len(ops))])
}

func (p *property) maybe(percent int) bool { return p.r.IntN(100) < percent }

func (p *property) randomStep() graphStep {
	n := len(p.now.Steps)
	s := graphStep{
		Name: fmt.Sprintf("s%d", n), Op: ops[p.r.IntN(len(ops))], Variable: strconv.Itoa(p.r.IntN(5)),
		Folder: p.maybe(50), Executable: p.maybe(30), Unsure: p.maybe(20), Component: p.maybe(30), Nested: p.maybe(12),
	}
	if p.maybe(40) {
		s.Code, s.Op = fmt.Sprintf("src%d", p.r.IntN(3)), "sh ./tool.sh"
	}
	if p.maybe(40) {
		s.Literal = strconv.Itoa(p.r.IntN(9)) + "x"
	}
	for i := range 1 + p.r.IntN(3) {
		s.Inputs = append(s.Inputs, p.randomInput(i))
	}
	// Only a component says that it is not deterministic, or has inputs that
	// are optional.
	s.Unsure = s.Unsure && !s.Nested
	optional := slices.ContainsFunc(s.Inputs, func(in graphInput) bool { return in.Optional })
	s.Nested = s.Nested && !optional
	s.Component = s.Component || s.Unsure || optional
	return s
}

func (p *property) randomInput(i int) graphInput {
	in := graphInput{Name: fmt.Sprintf("i%d", i), Given: true}
	if n := len(p.now.Steps); n > 0 && p.maybe(65) {
		from := p.now.Steps[max(0, n-1-p.r.IntN(4))]
		in.Step, in.Folder = from.Name, from.Folder
		return in
	}
	in.Folder, in.Parent = p.maybe(40), p.maybe(50)
	if in.Path = fmt.Sprintf("data/d%d.txt", p.r.IntN(3)); in.Folder {
		in.Path = fmt.Sprintf("data/f%d", p.r.IntN(3))
	}
	if p.maybe(25) {
		in.Optional, in.Given, in.Parent = true, p.maybe(50), false
	}
	return in
}

// write makes the files of the project what they should be, and leaves alone
// those that are.
func (p *property) write() {
	p.t.Helper()
	files := maps.Clone(p.now.Files)
	maps.Copy(files, p.now.pipeline())
	for name, text := range files {
		file := filepath.Join(p.dir, name)
		if old, err := os.ReadFile(file); err == nil && string(old) == text {
			continue
		}
		writeFile(p.t, file, text)
	}
}

// edit changes something, and says what.
func (p *property) edit() string {
	p.t.Helper()
	names := slices.Sorted(maps.Keys(p.now.Files))
	name := names[p.r.IntN(len(names))]
	s := &p.now.Steps[p.r.IntN(len(p.now.Steps))]
	switch p.r.IntN(10) {
	case 0:
		if p.now.Files[name] = p.words(); strings.HasPrefix(name, "src") {
			p.now.Files[name] = p.tool()
		}
		return "change " + name
	case 1:
		at := time.Now().Add(-time.Duration(p.r.IntN(5000)) * time.Second)
		if err := os.Chtimes(filepath.Join(p.dir, name), at, at); err != nil {
			p.t.Fatal(err)
		}
		return "touch " + name
	case 2:
		return p.sneak(fmt.Sprintf("data/d%d.txt", p.r.IntN(3)))
	case 3:
		s.Literal = strings.Repeat("y", min(len(s.Literal), 1)) + s.Literal
		return "change the literal of " + s.Name
	case 4:
		s.Variable += "v"
		return "change the variable of " + s.Name
	case 5:
		for i := range s.Inputs {
			s.Inputs[i].Given = !s.Inputs[i].Optional || !s.Inputs[i].Given
		}
		return "change what is given to " + s.Name
	case 6:
		if s.Code == "" {
			s.Op = ops[p.r.IntN(len(ops))]
		}
		return "change the command of " + s.Name
	case 7:
		p.now = p.history[p.r.IntN(len(p.history))].clone()
		return "revert"
	case 8:
		return p.spoil(filepath.Join("cache", "steps", "steps-1"), 2, os.Remove)
	}
	return p.spoil(filepath.Join("blobs", "sha256"), 1+p.r.IntN(3), p.tamper)
}

// sneak edits a file without a change of its size and time.
func (p *property) sneak(name string) string {
	p.t.Helper()
	file := filepath.Join(p.dir, name)
	info, err := os.Stat(file)
	if err != nil {
		p.t.Fatal(err)
	}
	text := []byte(p.now.Files[name])
	text[1] = 'a' + byte(p.r.IntN(26))
	p.now.Files[name] = string(text)
	if int64(len(text)) != info.Size() {
		return "change " + name // it was edited before
	}
	writeFile(p.t, file, string(text))
	if err := os.Chtimes(file, info.ModTime(), info.ModTime()); err != nil {
		p.t.Fatal(err)
	}
	return "sneak into " + name
}

// spoil does something to some files of the home.
func (p *property) spoil(dir string, n int, do func(string) error) string {
	p.t.Helper()
	var files []string
	err := filepath.WalkDir(filepath.Join(p.home, dir), func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, name)
		}
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		p.t.Fatal(err)
	}
	said := "spoil"
	for range min(n, len(files)) {
		name := files[p.r.IntN(len(files))]
		if err := do(name); err != nil && !os.IsNotExist(err) {
			p.t.Fatal(err)
		}
		rel, _ := filepath.Rel(p.home, name)
		said += " " + rel
	}
	return said
}

// tamper changes a byte of a file, cuts it short, or removes it.
func (p *property) tamper(name string) error {
	text, err := os.ReadFile(name)
	if err != nil || len(text) == 0 {
		return err
	}
	switch at := p.r.IntN(len(text)); p.r.IntN(4) {
	case 0:
		return os.Remove(name)
	case 1:
		text = text[:at]
	default:
		text[at] ^= 2
	}
	if err := os.Chmod(name, 0o644); err != nil {
		return err
	}
	return os.WriteFile(name, text, 0o644)
}

// round edits, runs with reuse, and compares with a run in a new home.
func (p *property) round(kill bool) {
	p.t.Helper()
	p.edits()
	resumes := ""
	if kill {
		after := time.Duration(40+p.r.IntN(300)) * time.Millisecond
		resumes = attempt(p.t, p.dir, p.home, "", after)
		p.t.Logf("killed after %v: %q", after, resumes)
		if p.maybe(30) {
			p.edits()
		}
	}
	got, _ := p.outputs(p.home, resumes)
	want, _ := p.outputs(filepath.Join(p.t.TempDir(), "home"), "")
	if diff := cmp.Diff(want, got); diff != "" {
		p.t.Fatalf("outputs (-fresh +reused):\n%s\n%s", diff, p.now.pipeline()["pipeline.yml"])
	}
	p.history = append(p.history, p.now.clone())
}

func (p *property) edits() {
	p.t.Helper()
	if p.history == nil {
		p.history = []graph{p.now.clone()}
	} else {
		for range 1 + p.r.IntN(4) {
			p.t.Log(p.edit())
		}
	}
	p.write()
}

// outputs runs the project in a home, and returns the files of all its outputs
// and the steps that ran.
func (p *property) outputs(home, resumes string) (map[string]string, []string) {
	p.t.Helper()
	p.openHome(home)
	defer p.l.Close()
	req := p.request()
	if err := goOn(p.t.Context(), p.l, resumes, &req); err != nil {
		p.t.Fatal(err)
	}
	var ran []string
	req.Watch = func(e local.Event) {
		switch {
		case e.Warning != "":
			p.t.Logf("warning: %s", e.Warning)
		case e.Code != "":
			p.t.Logf("step %s: %s", e.Step, e.Error)
		case e.Step != "" && e.Status == workspace.Completed && e.Reused == "" && e.ExitCode != nil:
			ran = append(ran, e.Step)
		}
	}
	res, err := p.l.Run(p.t.Context(), req)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.exported(res), ran
}

// again: without an edit, only what says that it must runs.
func (p *property) again() {
	p.t.Helper()
	_, ran := p.outputs(p.home, "")
	for _, name := range ran {
		if i := slices.IndexFunc(p.now.Steps, func(s graphStep) bool { return s.Name == name }); i < 0 || !p.now.Steps[i].Unsure {
			p.t.Errorf("nothing was edited, and step %s ran", name)
		}
	}
}

// TestReusePropertyHolds: whatever is edited, spoilt and killed, what a run
// makes with reuse is what it makes in a new home. ISCHIA_PROPERTY is how many
// projects are tried, ISCHIA_PROPERTY_SEED the first one's seed.
func TestReusePropertyHolds(t *testing.T) {
	t.Parallel()
	projects, seed := 2, rand.Uint64()
	if n, err := strconv.Atoi(os.Getenv("ISCHIA_PROPERTY")); err == nil {
		projects = n
	}
	if n, err := strconv.ParseUint(os.Getenv("ISCHIA_PROPERTY_SEED"), 10, 64); err == nil {
		seed = n
	}
	if testing.Short() {
		projects = min(projects, 1)
	}
	for i := range uint64(projects) {
		t.Run(fmt.Sprintf("seed %d", seed+i), func(t *testing.T) {
			p := newProperty(t, seed+i)
			for range 4 {
				p.round(p.maybe(30))
			}
			p.again()
		})
	}
}

// TestSettledFilesAreWatched: once the digest of a file is remembered, an edit
// that puts size and time back is noticed all the same, in data and in what a
// step has made.
func TestSettledFilesAreWatched(t *testing.T) {
	t.Parallel()
	p := reuseProject(t)
	p.want("first", local.CacheOptions{}, "", "prep train")
	time.Sleep(2100 * time.Millisecond) // nothing younger is remembered
	p.want("remembered", local.CacheOptions{}, "prep train", "")
	replace := func(name, text string) {
		t.Helper()
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(name, 0o644); err != nil {
			t.Fatal(err)
		}
		writeFile(t, name, text)
		if err := os.Chtimes(name, info.ModTime(), info.ModTime()); err != nil {
			t.Fatal(err)
		}
	}
	d := blob.DigestBytes([]byte("PENGUINS\n")).Hex()
	replace(filepath.Join(p.l.Dir(), "blobs", "sha256", d[:2], d[2:]), "pEnGuInS\n")
	p.want("what train made was edited", local.CacheOptions{}, "prep", "train")
	replace(filepath.Join(p.dir, "data", "a.txt"), "pinguins\n")
	p.want("the data was edited", local.CacheOptions{}, "", "prep train")
}
