package azure

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"golang.org/x/sync/errgroup"
)

// Stored is a file on a datastore.
type Stored struct {
	Path     string    `json:"path"`
	Size     int64     `json:"size"`
	Modified time.Time `json:"modified"`
}

// Upload copies a file, or a folder with all that is in it, to a place on the
// datastore, and says how many files those were. A file goes below to when that
// ends with a slash.
func (d *Datastore) Upload(ctx context.Context, from, to string) (int, error) {
	info, err := os.Stat(from)
	if err != nil {
		return 0, fmt.Errorf("upload: %w", err)
	}
	if !info.IsDir() {
		if to == "" || strings.HasSuffix(to, "/") {
			to += filepath.Base(from)
		}
		name, err := cleanPath(to)
		if err != nil {
			return 0, err
		}
		return 1, send(ctx, d.blobs, []item{fileItem(from, name, info)})
	}
	prefix := ""
	if strings.Trim(to, "/") != "" {
		if prefix, err = cleanPath(to); err != nil {
			return 0, err
		}
	}
	items, err := folderItems(from, prefix)
	if err != nil {
		return 0, fmt.Errorf("upload %s: %w", from, err)
	}
	return len(items), send(ctx, d.blobs, items)
}

func fileItem(file, name string, info fs.FileInfo) item {
	i := item{name: name, open: func() (*os.File, error) { return os.Open(file) }}
	if info.Mode()&0o111 != 0 {
		i.metadata = map[string]*string{executableKey: to.Ptr("true")}
	}
	return i
}

// folderItems are the files of a folder. Links are followed to files only, for
// a link to a folder may lead in a circle.
func folderItems(dir, prefix string) ([]item, error) {
	var items []item
	err := filepath.WalkDir(dir, func(file string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := os.Stat(file)
		if err != nil {
			return err
		}
		if !info.Mode().IsRegular() {
			return fmt.Errorf("%s is no file", file)
		}
		rel, err := filepath.Rel(dir, file)
		if err != nil {
			return err
		}
		items = append(items, fileItem(file, path.Join(prefix, filepath.ToSlash(rel)), info))
		return nil
	})
	return items, err
}

// cleanPath checks a path on a datastore.
func cleanPath(p string) (string, error) {
	name := strings.Trim(p, "/")
	if !fs.ValidPath(name) || name == "." || strings.ContainsAny(name, "\\\x00") {
		return "", fmt.Errorf("%q is no path on a datastore: write folder/name", p)
	}
	return name, nil
}

// List tells of every file at a path or below it.
func (d *Datastore) List(ctx context.Context, at string, yield func(Stored) error) error {
	prefix := strings.Trim(at, "/")
	o := &container.ListBlobsFlatOptions{}
	if prefix != "" {
		o.Prefix = &prefix
	}
	pager := d.blobs.NewListBlobsFlatPager(o)
	for pager.More() {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return doing(fmt.Sprintf("list %s of the datastore %s", at, d.Name), err)
		}
		for _, b := range page.Segment.BlobItems {
			if b.Name == nil || prefix != "" && *b.Name != prefix && !strings.HasPrefix(*b.Name, prefix+"/") {
				continue
			}
			s := Stored{Path: *b.Name}
			if p := b.Properties; p != nil && p.ContentLength != nil {
				s.Size = *p.ContentLength
			}
			if p := b.Properties; p != nil && p.LastModified != nil {
				s.Modified = p.LastModified.UTC()
			}
			if err := yield(s); err != nil {
				return err
			}
		}
	}
	return nil
}

// Download copies what lies at a path, a file or a folder, into a folder of
// this machine, and says how many files those were. Nothing that is there
// already is overwritten.
func (d *Datastore) Download(ctx context.Context, from, dir string) (int, error) {
	base := strings.Trim(from, "/")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return 0, fmt.Errorf("download %s: %w", from, err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return 0, fmt.Errorf("download %s: %w", from, err)
	}
	defer root.Close()
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(parallel)
	n := 0
	err = d.List(gctx, from, func(s Stored) error {
		rel := path.Base(s.Path)
		if s.Path != base {
			rel = strings.TrimPrefix(strings.TrimPrefix(s.Path, base), "/")
		}
		if !fs.ValidPath(rel) || !filepath.IsLocal(filepath.FromSlash(rel)) {
			return fmt.Errorf("download %s: %q is no name of a file here", from, s.Path)
		}
		n++
		g.Go(func() error { return d.download(gctx, s.Path, root, filepath.FromSlash(rel)) })
		return nil
	})
	if waited := g.Wait(); waited != nil {
		err = waited
	}
	if err == nil && n == 0 {
		err = fmt.Errorf("there is nothing at %s of the datastore %s: %w", from, d.Name, ErrNotFound)
	}
	return n, err
}

// download copies one file. One that broke off is not left behind.
func (d *Datastore) download(ctx context.Context, name string, root *os.Root, to string) (err error) {
	defer func() {
		if err != nil {
			err = doing("download "+name, err)
		}
	}()
	if err := root.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	got, err := d.blobs.NewBlobClient(name).DownloadStream(ctx, nil)
	if err != nil {
		return err
	}
	body := got.NewRetryReader(ctx, nil)
	defer body.Close()
	mode := fs.FileMode(0o644)
	if metadata(got.Metadata, executableKey) == "true" {
		mode = 0o755
	}
	file, err := root.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, body)
	if err = errors.Join(err, file.Close()); err != nil {
		_ = root.Remove(to)
	}
	return err
}

// WriteText puts a small text file on the datastore, in the place of one that is
// there.
func (d *Datastore) WriteText(ctx context.Context, at, text string) error {
	name, err := cleanPath(at)
	if err != nil {
		return err
	}
	body := streaming.NopCloser(bytes.NewReader([]byte(text)))
	_, err = d.blobs.NewBlockBlobClient(name).Upload(ctx, body, nil)
	return doing(fmt.Sprintf("write %s to the datastore %s", name, d.Name), err)
}

// Marker is the file by which Data Factory finds a published pipeline.
type Marker struct{ Datastore, Container, Folder, File string }

// URI is the address of the marker.
func (m Marker) URI() string {
	return "azureml://datastores/" + m.Datastore + "/paths/" + path.Join(m.Folder, m.File)
}

// UploadMarker writes the marker of a published pipeline: a table of one column,
// id, and one row. One that is there is replaced.
func (c *Client) UploadMarker(ctx context.Context, datastore, dir, name, guid string) (Marker, error) {
	d, err := c.Datastore(ctx, datastore)
	if err != nil {
		return Marker{}, err
	}
	m := Marker{Datastore: d.Name, Container: d.container, Folder: strings.Trim(dir, "/"), File: name + ".csv"}
	return m, d.WriteText(ctx, path.Join(m.Folder, m.File), "id\n"+guid+"\n")
}
