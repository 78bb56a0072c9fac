package cli

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/ischia-ml/ischia/internal/azure"
	"github.com/ischia-ml/ischia/internal/local"
	"github.com/ischia-ml/ischia/internal/output"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// datastoreCommand moves files to and from the datastores of a workspace.
func (a *app) datastoreCommand() *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use:   "datastore",
		Short: "Upload, list and download the files of a workspace's datastores",
		RunE:  group,
	}
	a.addScopeFlags(cmd)
	cmd.PersistentFlags().StringVarP(&name, "name", "n", "", "the datastore `NAME` (default: the workspace's default one)")
	cmd.AddCommand(a.datastoreUpload(&name), a.datastoreList(&name), a.datastoreDownload(&name))
	return cmd
}

func (a *app) datastoreUpload(name *string) *cobra.Command {
	return &cobra.Command{
		Use:   "upload SOURCE PATH",
		Short: "Copy a file or a folder of this machine to a path of the datastore",
		Long: "Copy a file, or a folder with all that is in it, to a path of the datastore. What is there under the same name is\n" +
			"replaced. A PATH that ends with a slash is a folder, in which a file keeps its name.",
		Example: "  ischia datastore upload my_data.csv folder/on/default_datastore/my_data.csv",
		Args:    needArgs(2, "upload needs SOURCE and PATH"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withDatastore(cmd.Context(), *name, func(d *azure.Datastore) error {
				n, err := d.Upload(cmd.Context(), args[0], args[1])
				if err != nil {
					return err
				}
				fmt.Fprintf(a.Err, "uploaded %s to %s of the datastore %s\n", files(n), args[1], d.Name)
				return nil
			})
		},
	}
}

// storedColumns are the columns of ls -o table.
const storedColumns output.TableTransform = "[].{path: path, size: size, modified: modified}"

func (a *app) datastoreList(name *string) *cobra.Command {
	var r resultFlags
	cmd := &cobra.Command{
		Use:   "ls [PATH]",
		Short: "List the files at a path of the datastore and below it",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError(errors.New("ls takes one PATH"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := a.options(&r)
			if err != nil {
				return err
			}
			at := ""
			if len(args) > 0 {
				at = args[0]
			}
			return a.withDatastore(cmd.Context(), *name, func(d *azure.Datastore) error {
				list := []azure.Stored{}
				err := d.List(cmd.Context(), at, func(s azure.Stored) error {
					list = append(list, s)
					return nil
				})
				if err != nil {
					return err
				}
				return a.print(list, o, storedColumns)
			})
		},
	}
	r.add(cmd)
	return cmd
}

func (a *app) datastoreDownload(name *string) *cobra.Command {
	return &cobra.Command{
		Use:   "download PATH DIR",
		Short: "Copy a file or folder of the datastore into a folder of this machine",
		Args:  needArgs(2, "download needs PATH and DIR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withDatastore(cmd.Context(), *name, func(d *azure.Datastore) error {
				n, err := d.Download(cmd.Context(), args[0], args[1])
				if err != nil {
					return err
				}
				fmt.Fprintf(a.Err, "downloaded %s to %s\n", files(n), args[1])
				return nil
			})
		},
	}
}

func needArgs(n int, message string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) != n {
			return usageError(errors.New(message))
		}
		return nil
	}
}

func files(n int) string {
	if n == 1 {
		return "1 file"
	}
	return fmt.Sprintf("%d files", n)
}

// withDatastore opens a datastore of the chosen workspace, through the home's
// server when that runs, and else through one that lives as long as do.
func (a *app) withDatastore(ctx context.Context, name string, do func(*azure.Datastore) error) (err error) {
	l, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer l.Close()
	scope, err := a.chooseScope(ctx, l)
	if err != nil {
		return err
	}
	url, token, ok := local.Connect(ctx, l.Dir())
	if !ok {
		serving, err := l.Serve(ctx, local.ServeOptions{Dispatch: local.DispatchOptions{Environ: a.environ}})
		if err != nil {
			return fmt.Errorf("serve the workspace: %w", err)
		}
		defer func() { err = errors.Join(err, serving.Close(ctx)) }()
		url, token = serving.URL, serving.Token
	}
	client, err := azure.Dial(azure.Target{Endpoint: url, Credential: azure.Token(token), Scope: azure.Scope(scope)})
	if err != nil {
		return err
	}
	d, err := client.Datastore(ctx, name)
	if err == nil {
		err = do(d)
	}
	return a.reached(err)
}

// reached gives errors of a workspace's server their exit status.
func (a *app) reached(err error) error {
	switch {
	case errors.Is(err, azure.ErrNotFound), errors.Is(err, workspace.ErrNotFound):
		return &statusError{exitNotFound, err}
	case errors.Is(err, azure.ErrUnreachable), errors.Is(err, azure.ErrDenied):
		return &statusError{exitDenied, err}
	case errors.Is(err, os.ErrNotExist):
		return &statusError{exitNotFound, err}
	}
	return err
}

// exitDenied: the workspace cannot be reached, or does not let us.
const exitDenied = 4
