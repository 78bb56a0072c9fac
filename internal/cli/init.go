package cli

import (
	"errors"
	"fmt"
	"go/format"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ischia-ml/ischia/starter"
)

type initFlags struct {
	lang, module, replace string
	force                 bool
}

// newInitCommand is `ischia init`: it writes a starter project.
func newInitCommand(s Streams) *cobra.Command {
	var f initFlags
	languages := strings.Join(starter.Languages(), " or ")
	cmd := &cobra.Command{
		Use:   "init [DIR]",
		Short: "Write a starter project: a small pipeline that runs",
		Long: "Write a starter project into DIR (default: the current folder): a pipeline of two steps on real data,\n" +
			"in Go or in Python, that runs as it is.\n\n" +
			"Nothing is overwritten without --force. Exit status: 0 written, 1 files are in the way, 2 usage.",
		Example: "  ischia init my-pipeline --lang go\n  ischia init my-pipeline --lang python",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError(fmt.Errorf("init takes one DIR, not %d", len(args)))
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			dir := "."
			if len(args) == 1 {
				dir = args[0]
			}
			return initProject(s, dir, f)
		},
	}
	cmd.Flags().StringVar(&f.lang, "lang", "go", "the language of the steps: "+languages)
	cmd.Flags().BoolVar(&f.force, "force", false, "overwrite files that are there")
	cmd.Flags().StringVar(&f.module, "module", "", "the path of the Go module (default: the name of DIR)")
	cmd.Flags().StringVar(&f.replace, "replace", "", "use the checkout of ischia in this folder as the module's source")
	return cmd
}

func initProject(s Streams, dir string, f initFlags) error {
	if !slices.Contains(starter.Languages(), f.lang) {
		return usageError(fmt.Errorf("--lang %s: there is a starter in %s", f.lang, strings.Join(starter.Languages(), " and in ")))
	}
	if f.lang != "go" && (f.module != "" || f.replace != "") {
		return usageError(errors.New("--module and --replace are for --lang go"))
	}
	files, err := starterFiles(f.lang)
	if err != nil {
		return err
	}
	tidy := false
	if f.lang == "go" {
		if tidy, err = makeModule(files, dir, f); err != nil {
			return err
		}
	}
	if err := writeProject(dir, files, f.force); err != nil {
		return err
	}
	printNextSteps(s, dir, f.lang, len(files), tidy)
	return nil
}

// starterFiles are the files of a starter by their names, with slashes.
func starterFiles(lang string) (map[string][]byte, error) {
	fsys, err := starter.FS(lang)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	err = fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files[name], err = fs.ReadFile(fsys, name)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the %s starter: %w", lang, err)
	}
	return files, nil
}

// makeModule turns the Go starter, a part of our module, into a module of its
// own. tidy: the user has to run `go mod tidy` before it builds.
func makeModule(files map[string][]byte, dir string, f initFlags) (tidy bool, err error) {
	module, err := moduleName(dir, f.module)
	if err != nil {
		return false, err
	}
	for name, text := range files {
		if path.Ext(name) != ".go" {
			continue
		}
		text := strings.ReplaceAll(string(text), `"`+starter.GoImportPath, `"`+module)
		files[name], err = format.Source([]byte(text)) // the imports may sort otherwise now
		if err != nil {
			return false, fmt.Errorf("render %s: %w", name, err)
		}
	}
	source, err := findSource(f.replace)
	if err != nil {
		return false, err
	}
	files["go.mod"] = source.goMod(module)
	if source.sums != nil {
		files["go.sum"] = source.sums
	}
	return source.sums == nil, nil
}

// writeProject writes files into dir, and nowhere else, whatever links lie in
// it.
func writeProject(dir string, files map[string][]byte, force bool) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make the folder of the project: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("open the folder of the project: %w", err)
	}
	defer root.Close()
	names := slices.Sorted(maps.Keys(files))
	if there := existing(root, names); len(there) > 0 && !force {
		return fmt.Errorf("in %s there are already:\n  %s\nNothing was written; choose another folder, or overwrite them with --force",
			dir, strings.Join(there, "\n  "))
	}
	for _, name := range names {
		if err := writeFile(root, name, files[name], force); err != nil {
			return fmt.Errorf("write %s: %w", filepath.Join(dir, filepath.FromSlash(name)), err)
		}
	}
	return nil
}

func existing(root *os.Root, names []string) []string {
	var there []string
	for _, name := range names {
		if _, err := root.Lstat(filepath.FromSlash(name)); err == nil {
			there = append(there, name)
		}
	}
	return there
}

func writeFile(root *os.Root, name string, text []byte, force bool) error {
	file := filepath.FromSlash(name)
	if err := root.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	flag := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if force {
		flag = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	}
	out, err := root.OpenFile(file, flag, 0o644)
	if err != nil {
		return err
	}
	_, err = out.Write(text)
	return errors.Join(err, out.Close())
}

// printNextSteps says what to type now.
func printNextSteps(s Streams, dir, lang string, files int, tidy bool) {
	fmt.Fprintf(s.Out, "Wrote the starter in %s, %d files, to %s. Next:\n\n", strings.ToUpper(lang[:1])+lang[1:], files, dir)
	if filepath.Clean(dir) != "." {
		fmt.Fprintf(s.Out, "  cd %s\n", quoteForShell(dir))
	}
	switch {
	case lang == "python":
		fmt.Fprintln(s.Out, "  pip install -r requirements.txt\n  python driver.py --local      # the logic, in one process")
	case tidy:
		fmt.Fprintln(s.Out, "  go mod tidy                   # once: gets the modules\n  go run . --local              # the logic, in one process")
	default:
		fmt.Fprintln(s.Out, "  go run . --local              # the logic, in one process")
	}
	fmt.Fprintln(s.Out, "  ischia run pipeline.yml       # the pipeline, step by step\n\nREADME.md tells the rest.")
}

// quoteForShell makes a folder's name one word, so that the line can be
// copied.
func quoteForShell(name string) string {
	if strings.ContainsAny(name, " \t'\"\\$`&;()<>|*?[]#~!{}") && os.PathSeparator == '/' {
		return "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
	}
	return name
}
