package environ

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

// Distribution is a package that an interpreter finds installed.
type Distribution struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Interpreter is the Python that a step would run with: what of it a step's
// result depends on, and no path.
type Interpreter struct {
	// Version is sys.version's first word and the implementation: "CPython
	// 3.11.7".
	Version string `json:"version"`
	// Distributions are sorted by name.
	Distributions []Distribution `json:"distributions"`
}

// Interpreters asks Python interpreters what they are. It remembers the
// answers in a folder for as long as the program and the folders of its
// packages are untouched. Its methods may be called from many goroutines.
type Interpreters struct {
	dir string

	mu sync.Mutex
	// known, guarded by mu, are the answers of this process, by program and
	// the variables that matter.
	known map[string]*Interpreter
}

// NewInterpreters keeps its notes in dir, which is made when needed; several
// processes may share it.
func NewInterpreters(dir string) *Interpreters {
	return &Interpreters{dir: dir, known: map[string]*Interpreter{}}
}

// Python is the interpreter that `python` is with the environment env. It is
// nil when there is none.
func (i *Interpreters) Python(ctx context.Context, env []string) (*Interpreter, error) {
	program, err := lookPath(env, "python")
	if err != nil {
		program, err = lookPath(env, "python3")
	}
	if err != nil {
		return nil, nil //nolint:nilerr,nilnil // no Python is an answer, not a fault
	}
	id := interpreterID(program, env)
	i.mu.Lock()
	defer i.mu.Unlock()
	if known, ok := i.known[id]; ok {
		return known, nil
	}
	found, err := i.recall(ctx, id, program, env)
	if err != nil {
		return nil, err
	}
	i.known[id] = found
	return found, nil
}

// pythonVars are the variables that decide which packages Python finds.
func pythonVars() []string {
	return []string{"PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE", "PYTHONNOUSERSITE", "VIRTUAL_ENV", "CONDA_PREFIX", "HOME", "PYENV_VERSION"}
}

// noteVersion is that of what a note watches: older notes watched less.
const noteVersion = "2"

func interpreterID(program string, env []string) string {
	var b strings.Builder
	b.WriteString(noteVersion + "\x00" + program)
	for _, name := range pythonVars() {
		fmt.Fprintf(&b, "\x00%s=%s", name, variable(env, name))
	}
	return b.String()
}

// interpreterNote is what the file about one interpreter holds.
type interpreterNote struct {
	ID    string            `json:"id"`
	Stats map[string]string `json:"stats"`
	Interpreter
}

// recall answers from the notes, or asks the interpreter and notes the answer.
func (i *Interpreters) recall(ctx context.Context, id, program string, env []string) (*Interpreter, error) {
	sum := sha256.Sum256([]byte(id))
	file := filepath.Join(i.dir, hex.EncodeToString(sum[:12])+".json")
	var note interpreterNote
	if text, err := os.ReadFile(file); err == nil && json.Unmarshal(text, &note) == nil && note.ID == id && unchanged(note.Stats) {
		return &note.Interpreter, nil
	}
	found, places, err := askPython(ctx, program, env)
	if err != nil {
		return nil, err
	}
	note = interpreterNote{ID: id, Stats: map[string]string{}, Interpreter: *found}
	recent := false
	for _, p := range append(places, program) {
		s, young := statKey(p)
		note.Stats[p], recent = s, recent || young
	}
	// Folders that changed a moment ago could change again within the same
	// tick of the clock: the next process asks once more.
	if text, err := json.Marshal(note); err == nil && !recent {
		// Without the note the next process asks again: slower, not wrong.
		_ = writeNote(file, text)
	}
	return found, nil
}

func unchanged(stats map[string]string) bool {
	for p, want := range stats {
		if got, _ := statKey(p); got != want {
			return false
		}
	}
	return len(stats) > 0
}

// statKey tells whether a file or folder was touched since; young is true when
// that cannot be told yet.
func statKey(name string) (key string, young bool) {
	fi, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return "none", false
	}
	if err != nil {
		return "unknown " + time.Now().String(), true
	}
	return fmt.Sprintf("%d %d", fi.Size(), fi.ModTime().UnixNano()), time.Since(fi.ModTime()) < 2*time.Second
}

func writeNote(file string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(file), "note-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(tmp.Name()) }() // gone once it is renamed
	_, err = tmp.Write(text)
	if closeErr := tmp.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	return os.Rename(tmp.Name(), file)
}

// question makes Python print its version, its distributions, and the places
// that decide which these are: the folders of sys.path, .pth and .egg-link files
// in them, and what states each version, which an editable install writes anew
// without a change to any folder.
const question = `
import json, os, platform, sys
try:
    from importlib import metadata
except ImportError:
    import importlib_metadata as metadata
seen = {}
for d in metadata.distributions():
    name = d.metadata["Name"]
    if name and name.lower().replace("_", "-") not in seen:
        seen[name.lower().replace("_", "-")] = d.version or ""
places = [os.path.realpath(sys.executable)]
for p in sys.path:
    if p and os.path.isdir(p):
        places.append(p)
        for f in os.listdir(p):
            if f.endswith((".pth", ".egg-link", ".egg-info")):
                places.append(os.path.join(p, f))
            for end, states in ((".dist-info", "METADATA"), (".egg-info", "PKG-INFO")):
                if f.endswith(end):
                    places.append(os.path.join(p, f, states))
cfg = os.path.join(sys.prefix, "pyvenv.cfg")
if os.path.exists(cfg):
    places.append(cfg)
json.dump({"version": platform.python_implementation() + " " + platform.python_version(),
           "distributions": [{"name": n, "version": v} for n, v in sorted(seen.items())],
           "places": places}, sys.stdout)
`

// askTimeout bounds the question; a Python that takes longer is broken.
const askTimeout = 60 * time.Second

func askPython(ctx context.Context, program string, env []string) (*Interpreter, []string, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	dir, err := os.MkdirTemp("", "ischia-ask-*") // so that no module of the current folder is found
	if err != nil {
		return nil, nil, fmt.Errorf("ask %s for its packages: %w", program, err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	cmd := exec.CommandContext(ctx, program, "-c", question)
	cmd.Dir, cmd.Env = dir, env
	if runtime.GOOS == "windows" && strings.EqualFold(filepath.Ext(program), ".cmd") {
		cmd = exec.CommandContext(ctx, "cmd", "/C", program, "-c", question)
		cmd.Dir, cmd.Env = dir, env
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, nil, fmt.Errorf("ask %s for its packages: %w: %s", program, err, lastLine(stderr.String()))
	}
	var answer struct {
		Interpreter
		Places []string `json:"places"`
	}
	if err := json.Unmarshal(out, &answer); err != nil {
		return nil, nil, fmt.Errorf("ask %s for its packages: %w", program, err)
	}
	slices.Sort(answer.Places)
	return &answer.Interpreter, slices.Compact(answer.Places), nil
}

func lastLine(s string) string {
	s = strings.TrimSpace(s)
	return s[strings.LastIndex(s, "\n")+1:]
}

// MayRunPython reports whether a step may use Python: its command speaks of
// it, or there are scripts among its code that may.
func MayRunPython(command string, files []string) bool {
	for _, word := range []string{"python", "pip", "pytest", "jupyter", "mlflow", "conda", "accelerate", "torchrun", "deepspeed", "papermill"} {
		if strings.Contains(command, word) {
			return true
		}
	}
	return slices.ContainsFunc(files, func(f string) bool {
		switch filepath.Ext(f) {
		case ".py", ".sh", ".bash", ".ipynb":
			return true
		}
		return false
	})
}
