package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/ischia-ml/ischia/internal/output"
	"github.com/ischia-ml/ischia/internal/workspace"
	"github.com/spf13/cobra"
)

type assetListFlags struct {
	assetFlags
	max                    int
	archived, withArchived bool
}

func (n *assetNoun) listCommand() *cobra.Command {
	var f assetListFlags
	cmd := &cobra.Command{
		Use: "list", Short: "List them; with a name, its versions, newest first",
		Args: noMoreArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o, err := n.options(&n.result)
			if err != nil {
				return err
			}
			q, err := f.query(n.collection)
			if err != nil {
				return err
			}
			return n.inJobs(cmd.Context(), &n.result, func(h *jobHome) error {
				q.Scope = f.scope(h.scope)
				return n.list(cmd.Context(), h, q, o)
			})
		},
	}
	fl := cmd.Flags()
	fl.StringVarP(&f.name, "name", "n", "", "list the versions of this one")
	fl.StringVar(&f.registry, "registry-name", "", "look in this registry of the home instead of the workspace")
	fl.IntVarP(&f.max, "max-results", "r", 0, "list at most this many (default: all)")
	fl.BoolVar(&f.archived, "archived-only", false, "list what is archived only")
	fl.BoolVar(&f.withArchived, "include-archived", false, "list what is archived too")
	return cmd
}

func (f *assetListFlags) query(c workspace.Collection) (workspace.ResourceQuery, error) {
	q := workspace.ResourceQuery{Collection: c, Name: f.name, Newest: true, Limit: f.max}
	switch {
	case f.archived && f.withArchived:
		return q, azText("Cannot provide both archived-only and include-archived.")
	case f.max < 0:
		return q, usageError(fmt.Errorf("argument --max-results/-r: invalid int value: '%d'", f.max))
	case f.archived:
		q.Archived = "only"
	case f.withArchived:
		q.Archived = "all"
	}
	if f.name != "" || f.registry != "" {
		return q, (&assetFlags{name: cmp.Or(f.name, "any"), registry: f.registry}).check()
	}
	return q, nil
}

func (n *assetNoun) list(ctx context.Context, h *jobHome, q workspace.ResourceQuery, o output.Options) error {
	found, err := h.Ledger().Resources().Resources(ctx, q)
	if err != nil {
		return err
	}
	list := []object{}
	for _, r := range found {
		item, err := n.object(r)
		if err != nil {
			return err
		}
		if r.Version == "" {
			if err := n.addLatest(ctx, h, r, item); err != nil {
				return err
			}
		}
		if n.collection == workspace.Models {
			item = modelItem(item)
		}
		list = append(list, item)
	}
	if n.collection == workspace.Models {
		return n.print(list, o, "")
	}
	return n.print(list, o, dataColumns)
}

// addLatest says of an asset as a whole which version is the latest, and what
// type it is then.
func (n *assetNoun) addLatest(ctx context.Context, h *jobHome, r *workspace.Resource, item object) error {
	latest, err := h.Ledger().Resources().LatestVersion(ctx, r.Scope, r.Collection, r.Name)
	if errors.Is(err, workspace.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	b, err := bodyOf(latest)
	if err != nil {
		return err
	}
	item["latest_version"] = latest.Version
	item.text("type", b.Properties.DataType)
	return nil
}

// modelItem is a model as az lists it: what it has not is null.
func modelItem(o object) object {
	item := object{}
	for _, key := range []string{"name", "tags", "stage", "id", "properties", "description", "creation_context"} {
		item[key] = o[key]
	}
	if o["version"] == nil {
		item["latest version"] = o["latest_version"]
		return item
	}
	item["version"], item["model type"], item["path"] = o["version"], o["type"], o["path"]
	return item
}
