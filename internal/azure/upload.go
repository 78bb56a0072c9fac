package azure

import (
	"context"
	"fmt"
	"os"
	"path"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"golang.org/x/sync/errgroup"

	store "github.com/ischia-ml/ischia/internal/blob"
)

// parallel is how many files travel at once.
const parallel = 8

// A file that is larger than blockBytes goes in blocks of that size, so many at
// once.
const (
	blockBytes     = 16 << 20
	parallelBlocks = 4
)

// executableKey is the entry of a blob's metadata that says that the file is a
// program; blobs have no mode.
const executableKey = "ischia_executable"

// item is a file on its way to a container.
type item struct {
	// name is that of the blob.
	name string
	// open opens the file for reading.
	open     func() (*os.File, error)
	metadata map[string]*string
}

// treeItems are the files of a stored tree, below a prefix.
func treeItems(blobs *store.Store, t store.Tree, prefix string) []item {
	var items []item
	for _, e := range t.Entries {
		if e.Dir || e.Link != "" {
			continue // a snapshot has none
		}
		i := item{name: path.Join(prefix, e.Path), open: func() (*os.File, error) { return blobs.Open(e.Digest) }}
		if e.Executable {
			i.metadata = map[string]*string{executableKey: to.Ptr("true")}
		}
		items = append(items, i)
	}
	return items
}

// send uploads files, several at once.
func send(ctx context.Context, c *container.Client, items []item) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(parallel)
	for _, i := range items {
		if ctx.Err() != nil {
			break
		}
		g.Go(func() error { return i.send(ctx, c) })
	}
	return g.Wait()
}

func (i item) send(ctx context.Context, c *container.Client) error {
	file, err := i.open()
	if err != nil {
		return fmt.Errorf("upload %s: %w", i.name, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("upload %s: %w", i.name, err)
	}
	client := c.NewBlockBlobClient(i.name)
	if info.Size() <= blockBytes {
		_, err = client.Upload(ctx, file, &blockblob.UploadOptions{Metadata: i.metadata})
	} else {
		_, err = client.UploadFile(ctx, file, &blockblob.UploadFileOptions{Metadata: i.metadata, BlockSize: blockBytes, Concurrency: parallelBlocks})
	}
	return doing("upload "+i.name, err)
}

// doneKey is the entry of metadata, as azure-ai-ml has it, that says that a
// whole folder was uploaded. It stands with the folder's first file, which
// is uploaded last.
const (
	doneKey   = "upload_status"
	doneValue = "completed"
)

// sendOnce uploads files that belong together, unless that was done before.
func sendOnce(ctx context.Context, c *container.Client, items []item) error {
	if len(items) == 0 {
		return nil
	}
	first := items[0]
	got, err := c.NewBlobClient(first.name).GetProperties(ctx, nil)
	switch {
	case err == nil && metadata(got.Metadata, doneKey) == doneValue:
		return nil
	case err != nil && !isMissing(err):
		return doing("look for "+first.name, err)
	}
	if err := send(ctx, c, items[1:]); err != nil {
		return err
	}
	marked := map[string]*string{doneKey: to.Ptr(doneValue)}
	for k, v := range first.metadata {
		marked[k] = v
	}
	first.metadata = marked
	return send(ctx, c, []item{first})
}

// metadata is an entry of a blob's metadata. Its name comes back in any
// capitals.
func metadata(all map[string]*string, name string) string {
	for k, v := range all {
		if v != nil && strings.EqualFold(k, name) {
			return *v
		}
	}
	return ""
}
