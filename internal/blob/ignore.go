package blob

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/git-pkgs/gitignore"
)

// maxPattern bounds a line of an ignore file; the matcher would silently stop at a longer one.
const maxPattern = 4096

// alwaysIgnored stand behind every ignore file's own lines, so that no "!" brings them back.
// "__pycache__" is azure-ai-ml's (ComponentIgnoreFile, entities/_component/code.py). ".git" is
// ours: Azure ML uploads it unless an ignore file says otherwise, but then a commit, or a
// fetch, would change the digest of code that did not change.
const alwaysIgnored = "\n__pycache__\n.git\n"

// ignoreRules are the patterns of one ignore file. They mean what they mean to azure-ai-ml (read in
// version 1.35.2: _utils/_asset_utils.py and _utils/_pathspec.py), which differs from git:
//
//   - .amlignore is used if there is one, even an empty one, else .gitignore; only the one in the
//     root of the code folder, neither those below nor those above.
//   - The syntax is git's: "!", "/" at the front or inside anchors, "/" at the end means
//     directories, "**", "?", "[...]", backslash. White space around a pattern is dropped.
//     ("[^a]" means the same as "[!a]", as in git; azure-ai-ml takes the "^" literally.)
//   - The last pattern that matches a file, or a directory that the file is in, decides. With git
//     nothing below an ignored directory can come back; here "*" and "!src" keep all of src, and
//     "data/" and "!data/keep.txt" keep that file.
type ignoreRules struct {
	matcher   gitignore.Matcher
	negations []negation
	dirs      map[string]verdict // of directories asked about
}

type negation struct {
	line     int
	segments []string // nil if it may match at any depth
}

// verdict is the last line that matched, 0 for none.
type verdict struct {
	line    int
	ignored bool
}

// loadIgnore reads the ignore file of a code folder. Without one, the rules leave out only what is
// always left out.
func loadIgnore(dir string) (*ignoreRules, error) {
	for _, name := range []string{".amlignore", ".gitignore"} {
		file := filepath.Join(dir, name)
		text, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read ignore file: %w", err)
		}
		return parseIgnore(file, text)
	}
	return parseIgnore("", nil)
}

// parseIgnore reads the text of an ignore file. file names it in errors.
func parseIgnore(file string, text []byte) (*ignoreRules, error) {
	r := &ignoreRules{dirs: map[string]verdict{".": {}}}
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")) // As written by some Windows editors.
	lines := strings.Split(string(text)+alwaysIgnored, "\n")
	for i, line := range lines {
		if len(line) > maxPattern {
			return nil, fmt.Errorf("%s:%d: pattern is longer than %d bytes", file, i+1, maxPattern)
		}
		lines[i] = normalizePattern(line)
		if n, ok := parseNegation(i+1, lines[i]); ok {
			r.negations = append(r.negations, n)
		}
	}
	r.matcher.AddPatterns([]byte(strings.Join(lines, "\n")), "")
	if errs := r.matcher.Errors(); len(errs) > 0 {
		return nil, fmt.Errorf("%s:%d: invalid pattern %q: %s", file, errs[0].Line, errs[0].Pattern, errs[0].Message)
	}
	return r, nil
}

// normalizePattern removes the differences between azure-ai-ml and the matcher. A lone "/" says
// nothing; "dir/**" means what is in dir, which must not match a file called dir.
func normalizePattern(line string) string {
	line = strings.TrimSpace(line)
	if line == "/" || line == "!/" {
		return ""
	}
	if strings.HasSuffix(line, "/**") && !strings.HasPrefix(line, "#") {
		return line + "/*"
	}
	return line
}

func parseNegation(line int, pattern string) (negation, bool) {
	p, ok := strings.CutPrefix(pattern, "!")
	if !ok {
		return negation{}, false
	}
	n := negation{line: line}
	p = strings.TrimSuffix(p, "/")
	if strings.Contains(p, "/") {
		n.segments = strings.Split(strings.TrimPrefix(p, "/"), "/")
	}
	return n, true
}

// skip is a [Filter]. A directory is skipped, and so never read, when it is ignored and no later
// "!" could bring back anything below it.
func (r *ignoreRules) skip(p string, dir bool) bool {
	v := r.judge(p, dir)
	if !v.ignored || !dir {
		return v.ignored
	}
	for _, n := range r.negations {
		if n.line > v.line && n.mayMatchBelow(p) {
			return false
		}
	}
	return true
}

// judge finds the last line that matches the path or a directory above it.
func (r *ignoreRules) judge(p string, dir bool) verdict {
	if v, ok := r.dirs[p]; ok && dir {
		return v
	}
	v := r.judge(path.Dir(p), true)
	name := p
	if dir {
		name += "/" // The matcher's way of being told.
	}
	if m := r.matcher.MatchDetail(name); m.Matched && m.Line > v.line {
		v = verdict{line: m.Line, ignored: m.Ignored}
	}
	if dir {
		r.dirs[p] = v
	}
	return v
}

// mayMatchBelow may say yes too often: then a directory is read in vain.
func (n negation) mayMatchBelow(dir string) bool {
	if n.segments == nil {
		return true
	}
	parts := strings.Split(dir, "/")
	for i, seg := range n.segments {
		if i >= len(parts) || seg == "**" {
			return true
		}
		if !strings.ContainsAny(seg, `*?[\`) && seg != parts[i] {
			return false
		}
	}
	return true
}
