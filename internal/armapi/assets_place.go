package armapi

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path"
	"strings"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/remote"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// place is where content lies on a datastore of this home.
type place struct {
	scope workspace.Scope
	// datastore is what the files are filed under in the index.
	datastore string
	// path is clean; empty for all of the datastore.
	path string
}

// String is one text for one place, whatever address led there.
func (p place) String() string {
	return strings.ToLower(p.scope.ARMID()) + "/datastores/" + p.datastore + "/paths/" + p.path
}

// address is the place's address in the long form, which every client reads.
func (p place) address() string {
	return "azureml://subscriptions/" + p.scope.Subscription + "/resourcegroups/" + p.scope.ResourceGroup +
		"/workspaces/" + p.scope.Workspace + "/datastores/" + p.datastore + "/paths/" + p.path
}

// errElsewhere: the address is not of a place in this home.
var errElsewhere = errors.New("not in this home")

// locate finds the place that an address of content leads to: of a datastore
// in its short or long form, of a blob in the account of scope, of a job's
// output or artifacts. The error is [errElsewhere] for all other addresses,
// ErrNotFound when what is named is not there, ErrInvalid when it leads out of
// the datastore.
func (h *Handler) locate(ctx context.Context, scope workspace.Scope, uri string) (place, error) {
	if rest, ok := strings.CutPrefix(uri, "azureml://jobs/"); ok {
		return h.outputPlace(ctx, scope, uri, rest)
	}
	if rest, ok := strings.CutPrefix(uri, "runs:/"); ok {
		job, rest, _ := strings.Cut(strings.TrimLeft(rest, "/"), "/")
		if err := workspace.CheckName(job); err != nil {
			return place{}, fmt.Errorf("%.200s: %w", uri, err)
		}
		return within(place{scope, workspace.ArtifactStore, "ExperimentRun/dcid." + job}, uri, rest)
	}
	if rest, ok := strings.CutPrefix(uri, "azureml://"); ok {
		return h.datastorePlace(ctx, scope, uri, rest)
	}
	if account, container, rest, ok := blobParts(uri); ok && account == h.Storage.Account(scope) {
		return within(place{scope, h.filedUnder(scope, container), ""}, uri, rest)
	}
	return place{}, errElsewhere
}

// within is a place below another.
func within(p place, uri, rest string) (place, error) {
	rest = strings.Trim(rest, "/")
	if rest != "" {
		p.path = strings.TrimPrefix(p.path+"/"+rest, "/")
		if rest != path.Clean(rest) || rest == "." || rest == ".." || strings.HasPrefix(rest, "../") || strings.ContainsAny(rest, "\x00\\") {
			return place{}, fmt.Errorf("%.200s: the path must be clean and lead nowhere else: %w", uri, workspace.ErrInvalid)
		}
	}
	return p, nil
}

// datastorePlace reads what follows azureml://, in the short form
// datastores/NAME/paths/PATH and the long one, which names a workspace first.
func (h *Handler) datastorePlace(ctx context.Context, scope workspace.Scope, uri, rest string) (place, error) {
	parts := strings.SplitN(rest, "/", 10)
	if strings.EqualFold(parts[0], "subscriptions") {
		var ok bool
		if scope, rest, ok = longScope(parts, rest); !ok {
			return place{}, errElsewhere
		}
	}
	rest, ok := strings.CutPrefix(rest, "datastores/")
	if !ok {
		return place{}, errElsewhere
	}
	name, rest, _ := strings.Cut(rest, "/")
	if rest == "paths" {
		rest = ""
	}
	datastore, err := h.datastore(ctx, scope, name)
	if err != nil {
		return place{}, fmt.Errorf("%.200s: %w", uri, err)
	}
	return within(place{scope, datastore, ""}, uri, strings.TrimPrefix(rest, "paths/"))
}

// longScope reads subscriptions/S/resourceGroups/G[/providers/P]/workspaces/W
// and says what follows.
func longScope(parts []string, text string) (scope workspace.Scope, rest string, ok bool) {
	if len(parts) < 8 || !strings.EqualFold(parts[2], "resourcegroups") {
		return scope, "", false
	}
	at := 4
	if strings.EqualFold(parts[at], "providers") {
		at += 2
	}
	if at+2 >= len(parts) || !strings.EqualFold(parts[at], "workspaces") {
		return scope, "", false
	}
	scope = workspace.Scope{Subscription: parts[1], ResourceGroup: parts[3], Workspace: parts[at+1]}
	before := len(strings.Join(parts[:at+2], "/")) + 1
	return scope, text[before:], scope.Check() == nil
}

// datastore is what the files of a datastore are filed under. The error is
// ErrNotFound when there is no such datastore, errElsewhere when its files are
// not in this home.
func (h *Handler) datastore(ctx context.Context, scope workspace.Scope, name string) (string, error) {
	if workspace.IsDatastore(name) {
		return name, nil
	}
	if err := workspace.CheckName(name); err != nil {
		return "", fmt.Errorf("datastore: %w", err)
	}
	key := workspace.ResourceKey{Scope: scope, Collection: workspace.DataStores, Name: name}
	r, err := h.Ledger.Resources().Resource(ctx, key)
	if errors.Is(err, workspace.ErrNotFound) {
		return "", fmt.Errorf("the workspace has no datastore %q: %w", name, workspace.ErrNotFound)
	}
	if err != nil {
		return "", err
	}
	p, err := propertiesOf(r)
	if err != nil {
		return "", err
	}
	if !strings.EqualFold(p.string("datastoreType"), "AzureBlob") || p.string("accountName") != h.Storage.Account(scope) {
		return "", errElsewhere
	}
	return h.filedUnder(scope, p.string("containerName")), nil
}

// filedUnder is what the files of a container are filed under.
func (h *Handler) filedUnder(scope workspace.Scope, container string) string {
	for _, d := range workspace.Datastores() {
		if d.Type == "AzureBlob" && h.Storage.Container(scope, d.Name) == container {
			return d.Name
		}
	}
	return workspace.ContainerDatastore(container)
}

// artifactsOutput is the output that every command has: what it left in the
// artifact store.
const artifactsOutput = "artifacts"

// outputPlace is that of a job's output: JOB/outputs/NAME[/paths/PATH].
func (h *Handler) outputPlace(ctx context.Context, scope workspace.Scope, uri, rest string) (place, error) {
	parts := strings.SplitN(rest, "/", 5)
	if len(parts) < 3 || parts[1] != "outputs" || len(parts) > 3 && parts[3] != "paths" && parts[3] != "" {
		return place{}, fmt.Errorf("%.200s is no output of a job: write azureml://jobs/JOB/outputs/NAME: %w", uri, workspace.ErrInvalid)
	}
	if err := workspace.CheckName(parts[0]); err != nil {
		return place{}, err
	}
	job, err := h.Ledger.Job(ctx, scope, parts[0])
	if errors.Is(err, workspace.ErrNotFound) {
		return place{}, fmt.Errorf("%.200s: there is no job %s: %w", uri, parts[0], workspace.ErrNotFound)
	}
	if err != nil {
		return place{}, err
	}
	if parts[2] == artifactsOutput && job.Type != "pipeline" {
		p := place{scope, workspace.ArtifactStore, "ExperimentRun/dcid." + job.Name}
		if len(parts) < 5 {
			return p, nil
		}
		return within(p, uri, parts[4])
	}
	for _, out := range job.Spec.Outputs {
		if out.Name != parts[2] || out.URI == "" {
			continue
		}
		p, err := h.locate(ctx, scope, out.URI)
		if err != nil || len(parts) < 5 {
			return p, err
		}
		return within(p, uri, parts[4])
	}
	return place{}, fmt.Errorf("%.200s: job %s has no output %q: %w", uri, parts[0], parts[2], workspace.ErrNotFound)
}

// blobParts reads the address of a blob, a folder of blobs or a container:
// http://HOST/blob/ACCOUNT/CONTAINER/PATH, https://ACCOUNT.blob.SUFFIX/CONTAINER/PATH,
// and what Hadoop calls the latter. Whose host it is does not matter: nothing is
// asked of it, and this server's port changes while an account keeps its name.
func blobParts(uri string) (account, container, rest string, ok bool) {
	u, err := url.Parse(uri)
	if err != nil {
		return "", "", "", false
	}
	text := strings.TrimPrefix(u.Path, "/")
	switch strings.ToLower(u.Scheme) {
	case "http", "https":
		if of, dotted := accountOf(u.Hostname()); dotted {
			account = of
		} else if text, ok = strings.CutPrefix(text, "blob/"); ok {
			account, text, _ = strings.Cut(text, "/")
		}
		container, rest, _ = strings.Cut(text, "/")
	case "wasb", "wasbs", "abfs", "abfss":
		account, _ = accountOf(u.Hostname())
		container, rest = u.User.Username(), text
	}
	return account, container, rest, account != "" && container != ""
}

// accountOf is the account in a host name such as ACCOUNT.blob.core.windows.net.
func accountOf(host string) (string, bool) {
	parts := strings.SplitN(strings.ToLower(host), ".", 3)
	if len(parts) == 3 && (parts[1] == "blob" || parts[1] == "dfs") {
		return parts[0], true
	}
	return "", false
}

// isOwnBlob reports whether an address is that of a blob in the account of scope,
// on this server: what is there is read from the ledger, and never fetched.
func (h *Handler) isOwnBlob(scope workspace.Scope, uri string) bool {
	account, _, _, ok := blobParts(uri)
	return ok && remote.IsLoopback(uri) && account == h.Storage.Account(scope)
}

// refuseForeign refuses an address of data that may not come over the network.
func (h *Handler) refuseForeign(scope workspace.Scope, uri string) error {
	if h.isOwnBlob(scope, uri) {
		return nil
	}
	if err := remote.CheckForeign(uri); err != nil {
		return fmt.Errorf("%w: %w", err, workspace.ErrInvalid)
	}
	return nil
}

// content is what is stored of a version for use in an Order: as it was when
// the version was put or its job made it, and as it is now when nothing was
// kept of it.
func (h *Handler) content(ctx context.Context, r *workspace.Resource, uri string) (string, error) {
	if kept := ownOf(r); kept.Content != "" {
		return kept.Content, nil
	}
	p, err := propertiesOf(r)
	if err != nil {
		return "", err
	}
	if name, ok := madeContent(r, p, p.string(uri)); ok {
		return name, nil
	}
	place, err := h.locate(ctx, r.Scope, p.string(uri))
	if err != nil {
		return "", err
	}
	name, _, err := h.Contents.Snapshot(ctx, place.scope, place.datastore, place.path)
	return name, err
}

// madeContent is the content of what was registered when a step made it: then
// its one digest is that of the output.
func madeContent(r *workspace.Resource, p object, uri string) (string, bool) {
	if len(r.Digests) != 1 {
		return "", false
	}
	digest, err := blob.ParseDigest(r.Digests[0])
	if err != nil {
		return "", false
	}
	if p.string("dataType") == "uri_file" {
		return blob.FileContent(blob.Entry{Path: path.Base(uri), Digest: digest}).Name(), true
	}
	return blob.TreeContent(digest).Name(), true
}
