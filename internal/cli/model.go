package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/ischia-ml/ischia/internal/output"
	"github.com/ischia-ml/ischia/internal/workspace"
	"github.com/spf13/cobra"
)

// assetNoun is a noun whose things have versions: model, or data.
type assetNoun struct {
	*app
	result     resultFlags
	noun       string
	collection workspace.Collection
}

// dataColumns are az's for data list -o table. The version that stands where
// the type should be is az's.
const dataColumns output.TableTransform = `[].{name: name, "latest version": latest_version, version: version, ` +
	`"data type": version, path: path}`

func (a *app) modelCommand() *cobra.Command {
	n := &assetNoun{app: a, noun: "model", collection: workspace.Models}
	cmd := n.command("Register, show, list and fetch the models of a workspace")
	cmd.AddCommand(n.createModelCommand(), n.downloadCommand())
	return cmd
}

func (a *app) dataCommand() *cobra.Command {
	n := &assetNoun{app: a, noun: "data", collection: workspace.Data}
	return n.command("Show and list the data assets of a workspace")
}

// command is the noun with the verbs that all assets have.
func (n *assetNoun) command(short string) *cobra.Command {
	cmd := &cobra.Command{
		Use: n.noun, Short: short,
		Long: short + ".\nFlags and output are those of az ml " + n.noun + ".",
		Args: cobra.ArbitraryArgs,
		RunE: group,
	}
	n.result.add(cmd)
	n.addScopeFlags(cmd)
	cmd.SetFlagErrorFunc(flagError)
	cmd.AddCommand(
		n.listCommand(), n.showCommand(), n.archiveCommand("archive", "Hide a version, or all of an asset, from lists", true),
		n.archiveCommand("restore", "Show what was archived in lists again", false),
	)
	return cmd
}

// assetFlags name an asset, or one version of it.
type assetFlags struct{ name, version, label, registry string }

func (f *assetFlags) add(cmd *cobra.Command, noun string) {
	fl := cmd.Flags()
	fl.StringVarP(&f.name, "name", "n", "", "the name of the "+noun)
	fl.StringVarP(&f.version, "version", "v", "", "its version")
	fl.StringVar(&f.registry, "registry-name", "", "look in this registry of the home instead of the workspace")
}

func (f *assetFlags) addLabel(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&f.label, "label", "l", "", "latest: the version that was registered last")
}

// check says what is wrong with the flags.
func (f *assetFlags) check() error {
	switch {
	case f.name == "":
		return required("--name/-n")
	case f.version != "" && f.label != "":
		return azText("Cannot specify both version and label.")
	case f.label != "" && f.label != "latest":
		return azText(fmt.Sprintf("Asset %s with label %s does not exist in workspace.", f.name, f.label))
	}
	for _, name := range []string{f.name, cmp.Or(f.version, "1"), cmp.Or(f.registry, "r")} {
		if err := workspace.CheckName(name); err != nil {
			return usageError(err)
		}
	}
	return nil
}

// scope is where the asset is looked for.
func (f *assetFlags) scope(s workspace.Scope) workspace.Scope {
	if f.registry != "" {
		return workspace.RegistryScope(f.registry)
	}
	return s
}

func (n *assetNoun) key(h *jobHome, f *assetFlags) workspace.ResourceKey {
	return workspace.ResourceKey{Scope: f.scope(h.scope), Collection: n.collection, Name: f.name, Version: f.version}
}

// find is the version that the flags name, or with neither version nor label
// the asset as a whole.
func (n *assetNoun) find(ctx context.Context, h *jobHome, f *assetFlags) (*workspace.Resource, error) {
	key := n.key(h, f)
	var r *workspace.Resource
	var err error
	if f.label != "" {
		r, err = h.Ledger().Resources().LatestVersion(ctx, key.Scope, key.Collection, key.Name)
	} else {
		r, err = h.Ledger().Resources().Resource(ctx, key)
	}
	if errors.Is(err, workspace.ErrNotFound) {
		what := f.name
		if v := cmp.Or(f.version, f.label); v != "" {
			what += " (version " + v + ")"
		}
		text := fmt.Sprintf("%s %s was not found.", n.noun, what)
		return nil, &statusError{exitNotFound, azText("(UserError) " + text + "\nCode: UserError\nMessage: " + text)}
	}
	return r, err
}

func (n *assetNoun) showCommand() *cobra.Command {
	var f assetFlags
	cmd := &cobra.Command{
		Use: "show", Short: "Show a version of one",
		Example: "  ischia " + n.noun + " show -n penguins --label latest --query version -o tsv",
		Args:    noMoreArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o, err := n.options(&n.result)
			if err != nil {
				return err
			}
			if err := f.check(); err != nil {
				return err
			}
			if f.version == "" && f.label == "" {
				return azText("Must provide either version or label.")
			}
			ctx := cmd.Context()
			return n.inJobs(ctx, &n.result, func(h *jobHome) error {
				r, err := n.find(ctx, h, &f)
				if err != nil {
					return err
				}
				shown, err := n.object(r)
				if err != nil {
					return err
				}
				return n.print(shown, o, "")
			})
		},
	}
	f.add(cmd, n.noun)
	f.addLabel(cmd)
	return cmd
}

// archiveCommand hides or shows one version, or the asset as a whole.
func (n *assetNoun) archiveCommand(verb, short string, archived bool) *cobra.Command {
	var f assetFlags
	cmd := &cobra.Command{
		Use: verb, Short: short, Args: noMoreArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if _, err := n.options(&n.result); err != nil {
				return err
			}
			if err := f.check(); err != nil {
				return err
			}
			ctx := cmd.Context()
			return n.inJobs(ctx, &n.result, func(h *jobHome) error {
				r, err := n.find(ctx, h, &f)
				if err != nil {
					return err
				}
				_, _, err = h.Ledger().Resources().ChangeResource(ctx, r.ResourceKey,
					func(old *workspace.Resource) (*workspace.Resource, error) {
						if old == nil {
							return nil, fmt.Errorf("%s %s: %w", n.noun, f.name, workspace.ErrNotFound)
						}
						old.Archived = archived
						old.Body, err = sayArchived(old.Body, archived)
						return old, err
					})
				return err
			})
		},
	}
	f.add(cmd, n.noun)
	f.addLabel(cmd)
	return cmd
}

// sayArchived sets what the body of a model or a data asset says of being
// archived: clients read it there. The order of such a body means nothing.
func sayArchived(body []byte, archived bool) ([]byte, error) {
	var all, properties map[string]json.RawMessage
	if err := json.Unmarshal(body, &all); err != nil {
		return nil, err
	}
	if text, ok := all["properties"]; ok {
		if err := json.Unmarshal(text, &properties); err != nil {
			return nil, err
		}
	}
	if properties == nil {
		properties = map[string]json.RawMessage{}
	}
	if all == nil {
		all = map[string]json.RawMessage{}
	}
	properties["isArchived"] = json.RawMessage(strconv.FormatBool(archived))
	text, err := json.Marshal(properties)
	if err != nil {
		return nil, err
	}
	all["properties"] = text
	return json.Marshal(all)
}

// assetBody is what of an asset's body is shown.
type assetBody struct {
	Properties struct {
		Description string            `json:"description"`
		ModelType   string            `json:"modelType"`
		ModelURI    string            `json:"modelUri"`
		JobName     string            `json:"jobName"`
		Stage       string            `json:"stage"`
		Flavors     map[string]flavor `json:"flavors"`
		DataType    string            `json:"dataType"`
		DataURI     string            `json:"dataUri"`
		Properties  map[string]string `json:"properties"`
		Tags        map[string]string `json:"tags"`
	} `json:"properties"`
}

type flavor struct {
	Data map[string]string `json:"data"`
}

func bodyOf(r *workspace.Resource) (assetBody, error) {
	var b assetBody
	if err := json.Unmarshal(r.Body, &b); err != nil {
		return b, fmt.Errorf("read %s %s as it is recorded: %w", r.Collection, r.Name, err)
	}
	return b, nil
}

// object is a version, or an asset as a whole, as az prints it.
func (n *assetNoun) object(r *workspace.Resource) (object, error) {
	b, err := bodyOf(r)
	if err != nil {
		return nil, err
	}
	p := b.Properties
	id := r.Scope.ARMID() + "/" + string(r.Collection) + "/" + r.Name
	if r.Version != "" {
		id += "/versions/" + r.Version
	}
	if r.Collection == workspace.Models {
		id = "azureml:" + id // of data az leaves that out
	}
	o := object{
		"name": r.Name, "id": id, "tags": texts(p.Tags), "properties": texts(p.Properties), "creation_context": resourceContext(r),
	}
	o.text("description", p.Description)
	o.text("version", r.Version)
	o.text("type", cmp.Or(p.ModelType, p.DataType))
	o.text("path", cmp.Or(p.ModelURI, p.DataURI))
	o.text("job_name", p.JobName)
	o.text("stage", p.Stage)
	if n.collection == workspace.Models && r.Version != "" {
		flavors := object{}
		for name, f := range p.Flavors {
			flavors[name] = texts(f.Data)
		}
		o["flavors"] = flavors
	}
	return o, nil
}

func resourceContext(r *workspace.Resource) object {
	o := object{}
	o.time("created_at", r.Created)
	o.time("last_modified_at", r.Modified)
	if r.CreatedBy != "" {
		o["created_by"], o["created_by_type"] = r.CreatedBy, "User"
		o["last_modified_by"], o["last_modified_by_type"] = r.CreatedBy, "User"
	}
	return o
}
