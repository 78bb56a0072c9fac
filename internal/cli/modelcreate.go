package cli

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ischia-ml/ischia/asset"
	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/step"
	"github.com/ischia-ml/ischia/internal/workspace"
	"github.com/ischia-ml/ischia/load"
	"github.com/ischia-ml/ischia/pipeline"
	"github.com/spf13/cobra"
)

// modelFlags are those of model create.
type modelFlags struct {
	assetFlags
	file, path, typ, description, stage string
}

func (n *assetNoun) createModelCommand() *cobra.Command {
	var f modelFlags
	cmd := &cobra.Command{
		Use: "create", Short: "Register a model: files of this machine, or what lies on a datastore or was made by a job",
		Example: "  ischia model create -n penguins --path ./model --type mlflow_model\n" +
			"  ischia model create -n penguins --path azureml://jobs/brave_sun_1a2b3c4d5e/outputs/model",
		Args: noMoreArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o, err := n.options(&n.result)
			if err != nil {
				return err
			}
			m, err := f.model()
			if err != nil {
				return err
			}
			ctx := cmd.Context()
			return n.inJobs(ctx, &n.result, func(h *jobHome) error {
				r, err := h.createModel(ctx, f.scope(h.scope), m)
				if err != nil {
					return fmt.Errorf("create model %s: %w", m.name, err)
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
	fl := cmd.Flags()
	fl.StringVarP(&f.file, "file", "f", "", "the YAML file that describes it")
	fl.StringVarP(&f.path, "path", "p", "", "a file or folder, or an azureml:// address")
	fl.StringVarP(&f.typ, "type", "t", "", "custom_model (the default), mlflow_model or triton_model")
	fl.StringVar(&f.description, "description", "", "what it is")
	fl.StringVarP(&f.stage, "stage", "s", "", "where in its life it is: Development, Production, ...")
	return cmd
}

// newModel is a model to be registered.
type newModel struct {
	name, version, typ, description, stage string
	// path is a place of this machine, or uri an address.
	path, uri        string
	tags, properties map[string]string
}

// model is what the flags, and the file that they name, ask for.
func (f *modelFlags) model() (newModel, error) {
	m := newModel{}
	if f.file == "" && (f.name == "" || f.path == "") {
		return m, azText("Please provide either --file/-f  or --name/-n and --path/-p.")
	}
	if f.file != "" {
		var err error
		if m, err = readModel(f.file); err != nil {
			return m, err
		}
	}
	m.name, m.version = cmp.Or(f.name, m.name), cmp.Or(f.version, m.version)
	m.typ = cmp.Or(f.typ, m.typ, string(pipeline.CustomModel))
	m.description, m.stage = cmp.Or(f.description, m.description), cmp.Or(f.stage, m.stage)
	if f.path != "" {
		m.setPath(f.path, f.path)
	}
	types := []string{string(pipeline.CustomModel), string(pipeline.MLflowModel), string(pipeline.TritonModel)}
	if !slices.Contains(types, m.typ) {
		return m, usageError(fmt.Errorf("argument --type/-t: %q is not one of %s", m.typ, strings.Join(types, ", ")))
	}
	if f.registry != "" && m.version == "" {
		return m, azText("Model version is required for registry")
	}
	return m, (&assetFlags{name: m.name, version: m.version, registry: f.registry}).check()
}

func readModel(file string) (newModel, error) {
	v, name, err := openVolume(file)
	if err != nil {
		return newModel{}, err
	}
	def, errs := v.read(name, load.Options{Kind: asset.ModelKind})
	if err := errs.Err(); err != nil {
		return newModel{}, err
	}
	d, ok := def.(*asset.Model)
	if !ok {
		return newModel{}, fmt.Errorf("%s describes a %s, not a model", file, def.Kind())
	}
	m := newModel{
		name: d.Name.Value, version: d.Version.Value, typ: d.Type.Value, description: d.Description.Value, stage: d.Stage.Value,
		tags: d.Tags, properties: d.Properties,
	}
	m.setPath(d.Path.Value, filepath.Join(v.root, filepath.FromSlash(d.Path.Name)))
	return m, nil
}

// setPath says where the model lies: text is as written, local what it means on
// this machine.
func (m *newModel) setPath(text, local string) {
	if strings.Contains(text, "://") || strings.HasPrefix(text, "runs:/") {
		m.path, m.uri = "", text
		return
	}
	m.path, m.uri = strings.TrimPrefix(local, "file:"), ""
}

// createModel registers a model. One that is there gets what is said of it; what
// it consists of cannot be changed.
func (h *jobHome) createModel(ctx context.Context, scope workspace.Scope, m newModel) (*workspace.Resource, error) {
	uri, digest, err := h.modelContent(ctx, scope, m)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(modelBody(m, uri))
	if err != nil {
		return nil, err
	}
	r := &workspace.Resource{
		ResourceKey: workspace.ResourceKey{Scope: scope, Collection: workspace.Models, Name: m.name, Version: m.version},
		CreatedBy:   h.getenv("USER"), Body: body,
	}
	if digest != "" {
		r.Digests = []string{digest}
	}
	if m.version == "" {
		return h.Ledger().Resources().AddVersion(ctx, r)
	}
	now, _, err := h.Ledger().Resources().ChangeResource(ctx, r.ResourceKey, func(old *workspace.Resource) (*workspace.Resource, error) {
		if old == nil {
			return r, nil
		}
		b, err := bodyOf(old)
		if err != nil {
			return nil, err
		}
		if b.Properties.ModelURI != uri || b.Properties.ModelType != m.typ {
			return nil, azText(fmt.Sprintf("The model asset %s:%s is already linked to an asset in your datastore that does not match "+
				"the content and cannot be overwritten. Please provide a unique name or version.", m.name, m.version))
		}
		r.Archived, r.Digests = old.Archived, old.Digests
		return r, nil
	})
	return now, err
}

func modelBody(m newModel, uri string) any {
	type properties struct {
		Description string            `json:"description"`
		ModelType   string            `json:"modelType"`
		ModelURI    string            `json:"modelUri"`
		Stage       string            `json:"stage,omitempty"`
		Flavors     struct{}          `json:"flavors"`
		IsAnonymous bool              `json:"isAnonymous"`
		IsArchived  bool              `json:"isArchived"`
		Properties  map[string]string `json:"properties"`
		Tags        map[string]string `json:"tags"`
	}
	p := properties{
		Description: m.description, ModelType: m.typ, ModelURI: uri, Stage: m.stage,
		Properties: maps.Clone(m.properties), Tags: maps.Clone(m.tags),
	}
	if p.Properties == nil {
		p.Properties = map[string]string{}
	}
	if p.Tags == nil {
		p.Tags = map[string]string{}
	}
	return struct {
		Properties properties `json:"properties"`
	}{p}
}

// modelContent is where a model lies, once it lies there, and its digest if
// that is known.
func (h *jobHome) modelContent(ctx context.Context, scope workspace.Scope, m newModel) (uri, digest string, err error) {
	if m.uri == "" {
		return h.uploadModel(ctx, scope, m.path)
	}
	if rest, ok := strings.CutPrefix(m.uri, "azureml://jobs/"); ok {
		return h.jobOutput(ctx, rest)
	}
	place, err := step.ParsePlace(m.uri)
	if err != nil {
		return "", "", fmt.Errorf("%w; or of a job's output azureml://jobs/JOB/outputs/NAME", err)
	}
	at := scopeIn(m.uri, h.scope)
	datastore, err := h.FiledUnder(ctx, at, place.Datastore)
	if err != nil {
		return "", "", err
	}
	files, err := h.Ledger().Files().List(ctx, at, datastore, place.Path, 1)
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("nothing lies at %s: %w", m.uri, workspace.ErrNotFound)
	}
	return longURI(at, place.URI()), "", err
}

// jobOutput is JOB/outputs/NAME[/paths/PATH].
func (h *jobHome) jobOutput(ctx context.Context, text string) (uri, digest string, err error) {
	name, rest, _ := strings.Cut(text, "/outputs/")
	output, below, _ := strings.Cut(rest, "/")
	below = strings.Trim(strings.TrimPrefix(below, "paths/"), "/")
	if err := workspace.CheckName(name); err != nil {
		return "", "", usageError(fmt.Errorf("job %w", err))
	}
	job, err := h.find(ctx, jobRef{name: name})
	if err != nil {
		return "", "", err
	}
	for _, p := range job.Spec.Outputs {
		switch {
		case p.Name != output:
		case p.Digest == "":
			return "", "", fmt.Errorf("job %s made no output %s", name, output)
		case below == "":
			return longURI(h.scope, p.URI), p.Digest, nil
		default:
			return longURI(h.scope, strings.TrimSuffix(p.URI, "/")+"/"+below), "", nil
		}
	}
	return "", "", fmt.Errorf("job %s has no output %q: %w", name, output, workspace.ErrNotFound)
}

// uploadModel puts files of this machine where az uploads them to.
func (h *jobHome) uploadModel(ctx context.Context, scope workspace.Scope, local string) (uri, digest string, err error) {
	info, err := os.Stat(local)
	if err != nil {
		return "", "", err
	}
	blobs, err := h.Blobs()
	if err != nil {
		return "", "", err
	}
	tree, root, err := blobs.Snapshot(ctx, local)
	if err != nil {
		return "", "", err
	}
	abs, err := filepath.Abs(local)
	if err != nil {
		return "", "", err
	}
	// By its digest: what is uploaded again lies where it lay.
	sum := sha256.Sum256([]byte(root))
	folder := path.Join("LocalUpload", hex.EncodeToString(sum[:16]))
	place := step.Place{Datastore: workspace.BlobStore, Path: path.Join(folder, filepath.Base(abs)), Folder: info.IsDir()}
	files := filesAt(scope, place, tree)
	if len(files) == 0 {
		return "", "", errors.New("there is no file in it")
	}
	return longURI(scope, place.URI()), string(root), h.Ledger().Files().Put(ctx, files)
}

// filesAt are the files of a tree at a place; that of a single file is the place
// itself.
func filesAt(scope workspace.Scope, place step.Place, tree blob.Tree) []workspace.File {
	var files []workspace.File
	now := time.Now()
	for _, e := range tree.Entries {
		f := workspace.File{
			Scope: scope, Datastore: place.Datastore, Path: place.Path, Digest: string(e.Digest), Size: e.Size, Mode: 0o644, Modified: now,
		}
		if e.Executable {
			f.Mode = 0o755
		}
		if place.Folder {
			f.Path = path.Join(place.Path, e.Path)
		}
		if e.Digest != "" {
			files = append(files, f)
		}
	}
	return files
}

// longURI is an address on a datastore with the workspace in it.
func longURI(s workspace.Scope, uri string) string {
	rest, ok := strings.CutPrefix(uri, "azureml://datastores/")
	if !ok {
		return uri
	}
	return "azureml://subscriptions/" + s.Subscription + "/resourcegroups/" + s.ResourceGroup +
		"/workspaces/" + s.Workspace + "/datastores/" + rest
}
