package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/schema"
	"github.com/spf13/cobra"
)

func (a *app) schemaCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "schema [KIND]",
		Short: "Print the JSON Schema of a kind of definition, for editors",
		Long: "Print the JSON Schema (draft-07) of a kind of definition; without KIND, list the kinds.\n" +
			"Capitals in KIND do not count. The schemas come from the same descriptions as `ischia validate`.",
		Example: "  ischia schema pipelineJob > pipelineJob.schema.json\n" +
			"  ischia schema --output-dir schemas",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError(fmt.Errorf("one KIND at a time, or --output-dir for all"))
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			names, err := schemaKinds(args)
			switch {
			case err != nil:
				return err
			case dir != "":
				return a.writeSchemas(dir, names)
			case len(args) == 0:
				return a.listSchemas(names)
			}
			return a.printSchema(names[0])
		},
	}
	cmd.Flags().StringVarP(&dir, "output-dir", "d", "", "write KIND.schema.json of each kind into the folder `DIR`")
	return cmd
}

// schemaKinds are the kinds that the arguments name: all, without one.
func schemaKinds(args []string) ([]string, error) {
	all := schema.Kinds()
	if len(args) == 0 {
		return all, nil
	}
	for _, name := range all {
		if strings.EqualFold(name, args[0]) {
			return []string{name}, nil
		}
	}
	if dym := diag.DidYouMean(args[0], all); dym != "" {
		return nil, usageError(fmt.Errorf("%q is not a kind; %s", args[0], dym))
	}
	return nil, usageError(fmt.Errorf("%q is not a kind; kinds are %s", args[0], strings.Join(all, ", ")))
}

func (a *app) printSchema(name string) error {
	text, err := jsonSchema(name)
	if err != nil {
		return err
	}
	_, err = a.Out.Write(text)
	return err
}

func jsonSchema(name string) ([]byte, error) {
	k, ok := schema.Of(name)
	if !ok {
		return nil, fmt.Errorf("kind %s is listed, and not described", name)
	}
	return schema.JSONSchema(k)
}

// listSchemas prints the kinds with what each is.
func (a *app) listSchemas(names []string) error {
	w := tabwriter.NewWriter(a.Out, 0, 0, 2, ' ', 0)
	for _, name := range names {
		if k, ok := schema.Of(name); ok {
			fmt.Fprintf(w, "%s\t%s\n", name, k.Noun)
		}
	}
	return w.Flush()
}

// writeSchemas writes a file for each kind, and names them.
func (a *app) writeSchemas(dir string, names []string) error {
	for _, name := range names {
		text, err := jsonSchema(name)
		if err != nil {
			return err
		}
		file := filepath.Join(dir, name+".schema.json")
		err = replaceFile(file, func(tmp string) error { return os.WriteFile(tmp, text, 0o644) })
		if err != nil {
			return fmt.Errorf("write the JSON Schema of %s: %w", name, err)
		}
		fmt.Fprintln(a.Out, file)
	}
	return nil
}
