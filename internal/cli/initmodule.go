package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
)

const (
	modulePath = "github.com/ischia-ml/ischia"
	// gonumPath is what the Go starter's steps import beside us.
	gonumPath = "gonum.org/v1/gonum"
	// goVersion is what a module says when no checkout says it.
	goVersion = "1.26.0"
)

// moduleSource is where a rendered Go starter gets us, and its other modules,
// from.
type moduleSource struct {
	version string
	// checkout is a folder to use instead of a published version; empty: none.
	checkout string
	// Of a checkout: its language version, what it requires ("path version")
	// and its go.sum. With those nothing has to be looked up.
	goVersion string
	requires  []string
	sums      []byte
}

// moduleForm is what a module's path may consist of.
var moduleForm = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._~-]*(/[A-Za-z0-9_][A-Za-z0-9._~-]*)*$`)

// isTaken: a module cannot be called like a package of the standard library,
// or by a word that means something to the go command.
func isTaken(name string) bool {
	const taken = " all archive arena bufio builtin bytes cmd cmp compress container context crypto database debug embed encoding" +
		" errors expvar flag fmt go hash html image index internal io iter log main maps math mime net os path plugin reflect" +
		" regexp runtime slices sort std strconv strings structs sync syscall testing text time tool unicode unique unsafe" +
		" vendor weak work "
	return strings.Contains(taken, " "+name+" ")
}

// moduleName is the module's path: as given, else made of the folder's name.
func moduleName(dir, given string) (string, error) {
	if given != "" {
		if !moduleForm.MatchString(given) || isTaken(given) {
			return "", usageError(fmt.Errorf("--module %q: this cannot be the path of a module", given))
		}
		return given, nil
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("find %s: %w", dir, err)
	}
	name := regexp.MustCompile(`[^A-Za-z0-9._~-]+`).ReplaceAllString(filepath.Base(abs), "-")
	name = strings.Trim(name, "-.~")
	switch {
	case name == "":
		return "pipeline", nil
	case isTaken(name):
		return name + "-pipeline", nil
	}
	return name, nil
}

// findSource finds out where a project gets us from: a published version, or,
// for a development build, the checkout that it was built from.
func findSource(replace string) (moduleSource, error) {
	if replace != "" {
		abs, err := filepath.Abs(replace)
		if err != nil || !isCheckout(abs) {
			return moduleSource{}, usageError(fmt.Errorf("--replace %s: this is no checkout of %s", replace, modulePath))
		}
		return readCheckout(abs)
	}
	if v, ok := published(); ok {
		return moduleSource{version: v, goVersion: goVersion}, nil
	}
	for _, dir := range checkoutCandidates() {
		if isCheckout(dir) {
			return readCheckout(dir)
		}
	}
	return moduleSource{}, errors.New("this ischia is a development build, and the checkout that it was built from is not found: " +
		"name it with --replace DIR")
}

// pseudo is a version made of a commit instead of a tag.
var pseudo = regexp.MustCompile(`[.-]\d{14}-[0-9a-f]{12}(\+|$)`)

// published is the version of this program, if it can be downloaded. The go
// command also stamps what is built in a checkout, with its commit; only what
// was downloaded has a checksum.
func published() (string, bool) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "", false
	}
	v := info.Main.Version
	if !strings.HasPrefix(v, "v") || strings.Contains(v, "+dirty") || info.Main.Sum == "" && pseudo.MatchString(v) {
		return "", false
	}
	return v, true
}

// checkoutCandidates are folders that may be the checkout: the one that this
// file was compiled in (unless paths were trimmed), then those above the
// program and above the current folder.
func checkoutCandidates() []string {
	var dirs []string
	if _, file, _, ok := runtime.Caller(0); ok && filepath.IsAbs(file) {
		dirs = append(dirs, filepath.Dir(filepath.Dir(filepath.Dir(file))))
	}
	if program, err := os.Executable(); err == nil {
		dirs = append(dirs, above(program)...)
	}
	if here, err := os.Getwd(); err == nil {
		dirs = append(dirs, here)
		dirs = append(dirs, above(here)...)
	}
	return dirs
}

func above(name string) []string {
	var dirs []string
	for dir := filepath.Dir(name); ; dir = filepath.Dir(dir) {
		dirs = append(dirs, dir)
		if dir == filepath.Dir(dir) {
			return dirs
		}
	}
}

func isCheckout(dir string) bool {
	text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	return err == nil && slices.ContainsFunc(strings.Split(string(text), "\n"), func(line string) bool {
		return strings.TrimSpace(line) == "module "+modulePath
	})
}

// readCheckout takes from a checkout what a project needs to build against it.
func readCheckout(dir string) (moduleSource, error) {
	s := moduleSource{version: "v0.0.0", checkout: dir, goVersion: goVersion}
	text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return s, fmt.Errorf("read the checkout: %w", err)
	}
	if s.sums, err = os.ReadFile(filepath.Join(dir, "go.sum")); err != nil {
		return s, fmt.Errorf("read the checkout: %w", err)
	}
	block := ""
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "//")
		words := strings.Fields(line)
		switch {
		case len(words) == 2 && words[0] == "go":
			s.goVersion = words[1]
		case len(words) == 2 && words[1] == "(":
			block = words[0]
		case len(words) == 1 && words[0] == ")":
			block = ""
		case len(words) == 2 && block == "require":
			s.requires = append(s.requires, words[0]+" "+words[1])
		case len(words) == 3 && words[0] == "require":
			s.requires = append(s.requires, words[1]+" "+words[2])
		}
	}
	return s, nil
}

// goMod is the go.mod of a project. What we require is required by it too, or
// the go command would have to look up more than go.sum holds.
func (s moduleSource) goMod(module string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "module %s\n\ngo %s\n\nrequire (\n\t%s %s\n", module, s.goVersion, modulePath, s.version)
	for _, line := range s.requires {
		if strings.HasPrefix(line, gonumPath+" ") {
			fmt.Fprintf(&b, "\t%s\n", line)
		}
	}
	b.WriteString(")\n")
	if len(s.requires) > 0 {
		b.WriteString("\nrequire (\n")
		for _, line := range s.requires {
			if !strings.HasPrefix(line, gonumPath+" ") {
				fmt.Fprintf(&b, "\t%s // indirect\n", line)
			}
		}
		b.WriteString(")\n")
	}
	if s.checkout != "" {
		fmt.Fprintf(&b, "\n// The checkout that ischia was built from. Remove this line for a published version.\nreplace %s => %s\n",
			modulePath, quotePath(s.checkout))
	}
	return []byte(b.String())
}

// quotePath writes a folder as go.mod wants it.
func quotePath(dir string) string {
	dir = filepath.ToSlash(dir)
	if strings.ContainsAny(dir, " \t\"'`(),[]{}") || strings.Contains(dir, "//") {
		return strconv.Quote(dir)
	}
	return dir
}
