package azure

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/machinelearning/armmachinelearning/v4"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"github.com/ischia-ml/ischia/internal/arm"
	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/environ"
	"github.com/ischia-ml/ischia/pipeline"
)

// Source is where the files of a definition are.
type Source struct {
	// Files is the file system of the definition, and Root the folder of this
	// machine that it is.
	Files fs.FS
	Root  string
	// Blobs keeps what is uploaded, so that it does not change meanwhile.
	Blobs *blob.Store
	// Coder makes the code of steps; it stores into Blobs.
	Coder *environ.Coder
}

// resolver uploads and registers what one definition refers to.
type resolver struct {
	*Client
	source       Source
	codes, datas each[string]
	environments each[string]
}

// encodeOptions are those with which a definition is encoded.
func (c *Client) encodeOptions(s Source) arm.EncodeOptions {
	return arm.EncodeOptions{Scope: c.target.Scope, Resolver: &resolver{Client: c, source: s}, Files: s.Files}
}

func (r *resolver) path(l *pipeline.LocalPath) string {
	return filepath.Join(r.source.Root, filepath.FromSlash(l.Name))
}

// Code uploads code under its digest.
func (r *resolver) Code(ctx context.Context, code *pipeline.LocalPath, includes []*pipeline.LocalPath, command string) (string, error) {
	dir := ""
	if code != nil {
		dir = r.path(code)
	}
	var beside []string
	for _, l := range includes {
		beside = append(beside, r.path(l))
	}
	tree, digest, err := r.source.Coder.Folder(ctx, dir, beside, command)
	if err != nil {
		return "", err
	}
	if len(tree.Entries) == 0 {
		return "", errors.New("the folder is empty, or its ignore file leaves everything out")
	}
	name := digest.Hex()
	return r.codes.get(name, func() (string, error) { return r.putCode(ctx, name, tree) })
}

// codeVersion is the version of all code: its name is that of its content.
const codeVersion = "1"

// codeFolder is the folder of a code's container in which the code lies.
const codeFolder = "code"

// putCode registers code, and uploads it first if it is not there.
func (r *resolver) putCode(ctx context.Context, name string, tree blob.Tree) (string, error) {
	s := r.target.Scope
	client := r.clients.NewCodeVersionsClient()
	id := s.Version("codes", name, codeVersion)
	_, err := client.Get(ctx, s.ResourceGroup, s.Workspace, name, codeVersion, nil)
	if err == nil || !isMissing(err) {
		return id, doing("look for code "+name, err)
	}
	pending, err := client.CreateOrGetStartPendingUpload(ctx, s.ResourceGroup, s.Workspace, name, codeVersion,
		armmachinelearning.PendingUploadRequestDto{PendingUploadType: to.Ptr(armmachinelearning.PendingUploadTypeTemporaryBlobReference)}, nil)
	if err != nil {
		return "", doing("ask for a place to upload to", err)
	}
	address, signed, err := place(pending.BlobReferenceForConsumption)
	if err != nil {
		return "", err
	}
	if err := r.checkBlobHost(signed); err != nil {
		return "", err
	}
	c, err := container.NewClientWithNoCredential(signed, &container.ClientOptions{ClientOptions: r.blobOptions()})
	if err != nil {
		return "", errors.New("the place to upload to has no address")
	}
	if err := send(ctx, c, treeItems(r.source.Blobs, tree, codeFolder)); err != nil {
		return "", err
	}
	hash, err := contentHash(r.source.Blobs, tree)
	if err != nil {
		return "", err
	}
	_, err = client.CreateOrUpdate(ctx, s.ResourceGroup, s.Workspace, name, codeVersion, armmachinelearning.CodeVersion{
		Properties: &armmachinelearning.CodeVersionProperties{
			CodeURI: to.Ptr(address + "/" + codeFolder), IsAnonymous: to.Ptr(true),
			Properties: map[string]*string{"hash_sha256": &hash, "hash_version": to.Ptr(hashVersion)},
		},
	}, nil)
	return id, doing("register code "+name, err)
}

// place is the address to upload to, without and with its signature.
func place(p *armmachinelearning.BlobReferenceForConsumptionDto) (address, signed string, err error) {
	if p != nil && p.BlobURI != nil {
		if c, ok := p.Credential.(*armmachinelearning.SASCredentialDto); ok && c.SasURI != nil {
			return *p.BlobURI, *c.SasURI, nil
		}
	}
	return "", "", errors.New("the service named no place to upload to")
}

// Data uploads data under its digest.
func (r *resolver) Data(ctx context.Context, l *pipeline.LocalPath, _ pipeline.Type) (string, error) {
	file := r.path(l)
	info, err := os.Stat(file)
	if err != nil {
		return "", err
	}
	tree, digest, err := r.source.Blobs.Snapshot(ctx, file)
	if err != nil {
		return "", err
	}
	folder := "LocalUpload/" + digest.Hex()
	address := folder + "/"
	switch {
	case !info.IsDir():
		address += tree.Entries[0].Path
	case len(tree.Entries) == 0:
		return "", errors.New("the folder is empty, or its ignore file leaves everything out")
	default: // it keeps its name, which steps may look at
		folder = path.Join(folder, filepath.Base(file))
		address = folder + "/"
	}
	return r.datas.get(address, func() (string, error) {
		d, err := r.Datastore(ctx, "")
		if err != nil {
			return "", err
		}
		uri := "azureml://datastores/" + d.Name + "/paths/" + address
		return uri, sendOnce(ctx, d.blobs, treeItems(r.source.Blobs, tree, folder))
	})
}

// Environment registers an environment.
func (r *resolver) Environment(ctx context.Context, name, version string, body armmachinelearning.EnvironmentVersion) (string, error) {
	s := r.target.Scope
	return r.environments.get(name+":"+version, func() (string, error) {
		_, err := r.clients.NewEnvironmentVersionsClient().CreateOrUpdate(ctx, s.ResourceGroup, s.Workspace, name, version, body, nil)
		return s.Version("environments", name, version), doing("register environment "+name, err)
	})
}

// Component registers a component.
func (r *resolver) Component(ctx context.Context, name, version string, body armmachinelearning.ComponentVersion) (string, error) {
	s := r.target.Scope
	_, err := r.clients.NewComponentVersionsClient().CreateOrUpdate(ctx, s.ResourceGroup, s.Workspace, name, version, body, nil)
	return s.Version("components", name, version), doing("register component "+name, err)
}

// newestFirst is the order of versions in which the first is the latest.
const newestFirst = "createdtime desc"

// Labelled is the version that was registered last.
func (r *resolver) Labelled(ctx context.Context, collection, name, label string) (string, error) {
	if label != "latest" {
		return "", fmt.Errorf("the label %q is not known: give a version, or latest", label)
	}
	version, err := r.latest(ctx, collection, name)
	if err != nil {
		return "", err
	}
	if version == nil {
		return "", fmt.Errorf("%s %s: no version is registered: %w", strings.TrimSuffix(collection, "s"), name, ErrNotFound)
	}
	return *version, nil
}

// latest is the newest version's name; nil when there is none.
func (r *resolver) latest(ctx context.Context, collection, name string) (*string, error) {
	s, top := r.target.Scope, to.Ptr[int32](1)
	what := fmt.Sprintf("look for the latest version of %s %s", collection, name)
	switch collection {
	case "components":
		page, err := r.clients.NewComponentVersionsClient().NewListPager(s.ResourceGroup, s.Workspace, name,
			&armmachinelearning.ComponentVersionsClientListOptions{OrderBy: to.Ptr(newestFirst), Top: top}).NextPage(ctx)
		if err != nil || len(page.Value) == 0 {
			return nil, doing(what, err)
		}
		return page.Value[0].Name, nil
	case "data":
		page, err := r.clients.NewDataVersionsClient().NewListPager(s.ResourceGroup, s.Workspace, name,
			&armmachinelearning.DataVersionsClientListOptions{OrderBy: to.Ptr(newestFirst), Top: top}).NextPage(ctx)
		if err != nil || len(page.Value) == 0 {
			return nil, doing(what, err)
		}
		return page.Value[0].Name, nil
	case "models":
		page, err := r.clients.NewModelVersionsClient().NewListPager(s.ResourceGroup, s.Workspace, name,
			&armmachinelearning.ModelVersionsClientListOptions{OrderBy: to.Ptr(newestFirst), Top: to.Ptr[int32](1)}).NextPage(ctx)
		if err != nil || len(page.Value) == 0 {
			return nil, doing(what, err)
		}
		return page.Value[0].Name, nil
	}
	return nil, fmt.Errorf("%s: versions of %s are not looked up", what, collection)
}
