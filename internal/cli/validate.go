package cli

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ischia-ml/ischia/asset"
	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/load"
	"github.com/spf13/cobra"
)

type validateFlags struct {
	kind, format string
	set, inputs  []string
	fix          bool
	// have is what the workspace has that -w names; nil without.
	have *inventory
}

func (a *app) validateCommand() *cobra.Command {
	var f validateFlags
	cmd := &cobra.Command{
		Use:   "validate FILE|DIR...",
		Short: "Check definitions: all faults, each at its line, with the fix",
		Example: "  ischia validate pipeline.yml\n" +
			"  ischia validate . --format github",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError(fmt.Errorf("validate what? name a file or folder"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			have, err := a.inventory(cmd.Context())
			if err != nil {
				return err
			}
			f.have = have
			return a.validate(args, f)
		},
	}
	formats := diag.Formats()
	names := make([]string, len(formats))
	for i, x := range formats {
		names[i] = string(x)
	}
	cmd.Flags().StringVar(&f.kind, "kind", "", "what the files define, where they do not say it: `KIND` is pipelineJob, commandComponent, ...")
	cmd.Flags().StringVar(&f.format, "format", string(diag.Text), "print as `FORMAT`: "+strings.Join(names, ", "))
	cmd.Flags().BoolVar(&f.fix, "fix", false, "mend in the files what has one safe mend, and report the rest")
	cmd.Flags().StringArrayVar(&f.set, "set", nil, "set `PATH=VALUE` before checking")
	cmd.Flags().StringArrayVar(&f.inputs, "input", nil, "give an input its value, `NAME=VALUE`, before checking")
	a.addScopeFlags(cmd)
	return cmd
}

func (a *app) validate(args []string, f validateFlags) error {
	format := diag.Format(f.format)
	if !slices.Contains(diag.Formats(), format) {
		return usageError(fmt.Errorf("%q is not a format; formats are %v", f.format, diag.Formats()))
	}
	for _, k := range asset.Kinds() {
		if strings.EqualFold(k, f.kind) {
			f.kind = k
		}
	}
	if f.kind != "" && !slices.Contains(asset.Kinds(), f.kind) {
		err := fmt.Errorf("%q is not a kind", f.kind)
		if dym := diag.DidYouMean(f.kind, asset.Kinds()); dym != "" {
			err = fmt.Errorf("%w; %s", err, dym)
		}
		return usageError(err)
	}
	if f.fix {
		if err := a.mend(args, f); err != nil {
			return err
		}
	}
	all, files, err := a.check(args, f)
	if err != nil {
		return err
	}
	w := a.Out
	if format == diag.Text {
		w = a.Err
	}
	err = diag.Render(w, format, all, diag.Options{Source: source, Color: a.color(w), Files: files, ToolVersion: version()})
	if err != nil {
		return fmt.Errorf("print the diagnostics: %w", err)
	}
	if n := fixable(all); n > 0 && format == diag.Text {
		fmt.Fprintf(a.Err, "%d of these can be mended with --fix\n", n)
	}
	if all.HasErrors() {
		return silent(exitFailed)
	}
	if format == diag.Text {
		fmt.Fprintf(a.Out, "%s: valid\n", strings.Join(files, ", "))
	}
	return nil
}

// check checks files and folders, and names the files that are definitions.
func (a *app) check(args []string, f validateFlags) (diag.List, []string, error) {
	var all diag.List
	var files []string
	for _, arg := range args {
		list, checked, err := a.validateArg(arg, f)
		if err != nil {
			return nil, nil, err
		}
		all, files = append(all, list...), append(files, checked...)
	}
	return all.Sorted(), files, nil
}

// validateArg checks a file, or the definitions in a folder.
func (a *app) validateArg(arg string, f validateFlags) (diag.List, []string, error) {
	info, err := os.Stat(arg)
	if err != nil {
		return nil, nil, &statusError{exitNotFound, fmt.Errorf("%s is not there", arg)}
	}
	if !info.IsDir() {
		list, err := a.validateFile(arg, f, load.Options{Kind: f.kind, Set: f.set, Inputs: f.inputs})
		return list, []string{arg}, err
	}
	var all diag.List
	var files []string
	err = filepath.WalkDir(arg, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != arg && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case d.IsDir() || !isYAML(name) || !isDefinition(name):
			return nil
		}
		list, err := a.validateFile(name, f, load.Options{Kind: f.kind})
		all, files = append(all, list...), append(files, name)
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("walk %s: %w", arg, err)
	}
	if len(files) == 0 {
		return nil, nil, &statusError{exitNotFound, fmt.Errorf("there is no definition in %s", arg)}
	}
	return all, files, nil
}

func isYAML(name string) bool {
	ext := strings.ToLower(filepath.Ext(name))
	return ext == ".yml" || ext == ".yaml"
}

// isDefinition reports whether a YAML file of a folder is meant for Azure ML.
func isDefinition(name string) bool {
	v, at, err := openVolume(name)
	return err == nil && load.IsDefinition(v, at)
}

func (a *app) validateFile(file string, f validateFlags, o load.Options) (diag.List, error) {
	v, name, err := openVolume(file)
	if err != nil {
		return nil, err
	}
	def, errs := v.read(name, o)
	errs = append(errs, f.have.missing(def)...)
	return errs.MapFiles(v.shown(filepath.IsAbs(file))), nil
}
