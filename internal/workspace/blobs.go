package workspace

import (
	"context"
	"time"
)

// Blob is a file of a datastore with what the storage protocol says of it.
type Blob struct {
	File
	// Created is when the path got its first content, as far as that is known.
	Created    time.Time
	Properties BlobProperties
}

// BlobProperties are what clients may say of a blob besides its content. A
// file that a step has made has none.
type BlobProperties struct {
	ContentType        string `json:"content_type,omitempty"`
	ContentEncoding    string `json:"content_encoding,omitempty"`
	ContentLanguage    string `json:"content_language,omitempty"`
	ContentDisposition string `json:"content_disposition,omitempty"`
	CacheControl       string `json:"cache_control,omitempty"`
	ContentMD5         []byte `json:"content_md5,omitempty"`
	// Metadata is the client's own; names in lower case.
	Metadata map[string]string `json:"metadata,omitempty"`
	// Copy says where the content was copied from.
	Copy *BlobCopy `json:"copy,omitempty"`
}

// BlobCopy is a copy that has been made.
type BlobCopy struct {
	ID     string    `json:"id"`
	Source string    `json:"source"`
	Ended  time.Time `json:"ended"`
}

// Block is a piece of a blob's content, under the name that the client gave.
type Block struct {
	// ID is base64.
	ID   string `json:"id"`
	Size int64  `json:"size"`
	// Digest is that of the content while the block is staged.
	Digest string    `json:"digest,omitempty"`
	Staged time.Time `json:"staged,omitzero"`
}

// BlobWrite is what becomes of a blob.
type BlobWrite struct {
	// Blob is the new one, nil deletes it. Its Modified is only the earliest
	// that it may get: each write of a path gets a later one.
	Blob *Blob
	// Content: there is new content, made of Blocks (nil when it was given as
	// one). What was staged for the path is forgotten. Otherwise only the
	// properties change.
	Content bool
	Blocks  []Block
}

// BlobQuery selects blobs of one datastore.
type BlobQuery struct {
	// Prefix is the beginning of the path, not a whole segment.
	Prefix string
	// From is the first path wanted, inclusive; After exclusive.
	From, After string
	Limit       int
}

// Container is a named place for blobs in a workspace's storage account.
type Container struct {
	Scope Scope
	Name  string
	// Datastore is what the files of the container are filed under in the
	// index.
	Datastore         string
	Created, Modified time.Time
	Metadata          map[string]string
}

// ContainerDatastore is what the files of a container are filed under when no
// datastore of the workspace stands for it. It is no name that a datastore can
// have.
func ContainerDatastore(container string) string { return "container:" + container }

// BlobIndex is the datastores' index as the storage protocol sees it. Like a
// Store's methods each is one transaction.
type BlobIndex interface {
	// Blob is the one at exactly path. ErrNotFound when there is none.
	Blob(ctx context.Context, scope Scope, datastore, path string) (*Blob, error)
	// Blobs lists those that q selects, by path.
	Blobs(ctx context.Context, scope Scope, datastore string, q BlobQuery) ([]Blob, error)
	// ChangeBlob gives change the blob at path, nil when there is none, and
	// does what it answers; when it fails, nothing. No other writer comes in
	// between, so change must be quick. The blob as it was written comes back,
	// nil when it was deleted, and the digests of the staged blocks that were
	// forgotten.
	ChangeBlob(
		ctx context.Context, scope Scope, datastore, path string, change func(old *Blob) (BlobWrite, error),
	) (now *Blob, dropped []string, err error)
	// Blocks are those that the blob's content is made of, if it was made of
	// some, and those that were staged for it since, by id. Neither need be
	// there.
	Blocks(ctx context.Context, scope Scope, datastore, path string) (committed, staged []Block, err error)
	// StageBlock adds or replaces a staged block.
	StageBlock(ctx context.Context, scope Scope, datastore, path string, b Block) error
	// DropStaged forgets the blocks that were staged before t, and says which
	// of the digests given, and of those blocks', no staged block has now.
	DropStaged(ctx context.Context, t time.Time, digests ...string) (unused []string, err error)
}

// ContainerStore keeps the containers that a workspace's storage account has
// besides those of its own datastores.
type ContainerStore interface {
	// Container is one by name. ErrNotFound when there is none.
	Container(ctx context.Context, scope Scope, name string) (*Container, error)
	// Containers are those whose names begin with prefix and come after a
	// name, by name; limit 0 is all.
	Containers(ctx context.Context, scope Scope, prefix, after string, limit int) ([]Container, error)
	// ChangeContainer is as ChangeBlob; a change that answers nil deletes the
	// container and every file in it.
	ChangeContainer(
		ctx context.Context, scope Scope, name string, change func(old *Container) (*Container, error),
	) (*Container, error)
}

// Storage is what a workspace's storage account consists of.
type Storage interface {
	BlobIndex
	ContainerStore
}

// Storage is the datastores' index as the storage protocol sees it.
func (w *Workspace) Storage() Storage { return w.store.Storage() }
