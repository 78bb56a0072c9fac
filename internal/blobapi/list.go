package blobapi

import (
	"cmp"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// blobList is the answer of List Blobs.
type blobList struct {
	XMLName         xml.Name `xml:"EnumerationResults"`
	ServiceEndpoint string   `xml:",attr"`
	ContainerName   string   `xml:",attr"`
	Prefix          string   `xml:",omitempty"`
	Marker          string   `xml:",omitempty"`
	MaxResults      int      `xml:",omitempty"`
	Delimiter       string   `xml:",omitempty"`
	// Blobs holds blobXML and prefixXML, in the order of their names.
	Blobs      struct{ Entries []any }
	NextMarker string
}

type prefixXML struct {
	XMLName xml.Name `xml:"BlobPrefix"`
	Name    string
}

type blobXML struct {
	XMLName    xml.Name `xml:"Blob"`
	Name       string
	Properties propertiesXML
	Metadata   *metadataXML
	OrMetadata struct{}
}

type propertiesXML struct {
	Created         string `xml:"Creation-Time"`
	Modified        string `xml:"Last-Modified"`
	Etag            string
	Length          int64  `xml:"Content-Length"`
	Type            string `xml:"Content-Type"`
	Encoding        string `xml:"Content-Encoding"`
	Language        string `xml:"Content-Language"`
	CRC             string `xml:"Content-CRC64"`
	MD5             string `xml:"Content-MD5"`
	Cache           string `xml:"Cache-Control"`
	Disposition     string `xml:"Content-Disposition"`
	BlobType        string
	AccessTier      string
	TierInferred    bool `xml:"AccessTierInferred"`
	LeaseStatus     string
	LeaseState      string
	CopyID          string `xml:"CopyId,omitempty"`
	CopySource      string `xml:",omitempty"`
	CopyStatus      string `xml:",omitempty"`
	CopyProgress    string `xml:",omitempty"`
	CopyCompleted   string `xml:"CopyCompletionTime,omitempty"`
	ServerEncrypted bool
}

func toBlobXML(b *workspace.Blob, metadata bool) blobXML {
	p := b.Properties
	x := blobXML{Name: b.Path, Properties: propertiesXML{
		Created: httpTime(b.Created), Modified: httpTime(b.Modified), Etag: strings.Trim(blobETag(b), `"`), Length: b.Size,
		Type: cmp.Or(p.ContentType, defaultType), Encoding: p.ContentEncoding, Language: p.ContentLanguage,
		MD5: base64.StdEncoding.EncodeToString(p.ContentMD5), Cache: p.CacheControl, Disposition: p.ContentDisposition,
		BlobType: "BlockBlob", AccessTier: "Hot", TierInferred: true, LeaseStatus: "unlocked", LeaseState: "available",
	}}
	if p.Copy != nil {
		x.Properties.CopyID, x.Properties.CopySource, x.Properties.CopyStatus = p.Copy.ID, p.Copy.Source, "success"
		x.Properties.CopyProgress = fmt.Sprintf("%d/%d", b.Size, b.Size)
		x.Properties.CopyCompleted = httpTime(p.Copy.Ended)
	}
	if metadata {
		x.Metadata = &metadataXML{p.Metadata}
	}
	return x
}

// listBlobs lists the blobs of a container, with a delimiter as folders.
func (c *call) listBlobs() error {
	if c.query.Has("showonly") || c.query.Has("startFrom") || c.query.Has("endBefore") {
		return notImplemented("A list with showonly, startFrom or endBefore")
	}
	p, err := c.page()
	if err != nil {
		return err
	}
	a := c.grant.account
	container, err := c.findContainer(a, c.at.container)
	if err != nil {
		return err
	}
	answer := blobList{
		ServiceEndpoint: c.endpoint(), ContainerName: container.Name,
		Prefix: p.prefix, Marker: p.marker, MaxResults: p.asked, Delimiter: p.delimiter,
	}
	l := lister{page: p, read: func(q workspace.BlobQuery) ([]workspace.Blob, error) {
		return c.h.Index.Blobs(c.r.Context(), a.Scope, container.Datastore, q)
	}}
	if err := l.run(&answer); err != nil {
		return err
	}
	c.xml(http.StatusOK, answer)
	return nil
}

// folderBatch is how many blobs are read at a time when the next ones may be in
// a folder, and are not shown.
const folderBatch = 16

// lister fills a page of a list.
type lister struct {
	page
	read func(workspace.BlobQuery) ([]workspace.Blob, error)

	count int
	// folder is the last one shown, last the last name shown.
	folder, last string
}

// run fills the answer, and says where it goes on.
func (l *lister) run(answer *blobList) error {
	q := workspace.BlobQuery{Prefix: l.prefix, After: l.after, Limit: l.limit + 1}
	if l.delimiter != "" {
		q.Limit = min(q.Limit, folderBatch)
	}
	if l.delimiter != "" && strings.HasSuffix(l.after, l.delimiter) {
		// The page before ended with a folder: what is in it was shown by that.
		l.folder = l.after
		q.After, q.From = "", behind(l.folder)
	}
	for {
		blobs, err := l.read(q)
		if err != nil {
			return err
		}
		for i := range blobs {
			if !l.show(&blobs[i], answer) {
				answer.NextMarker = toMarker(l.last)
				return nil
			}
		}
		if len(blobs) < q.Limit {
			return nil
		}
		last := blobs[len(blobs)-1].Path
		if l.folder != "" && strings.HasPrefix(last, l.folder) {
			q.After, q.From, q.Limit = "", behind(l.folder), min(l.limit+1, folderBatch)
		} else {
			q.After, q.From, q.Limit = last, "", min(l.limit+1, 2*q.Limit)
		}
	}
}

// behind is the first name after all that begin with folder, which no name
// ends: names are compared by their bytes.
func behind(folder string) string {
	end := []byte(folder)
	end[len(end)-1]++
	return string(end)
}

// show adds a blob, or the folder that it is in; false when the page is full.
func (l *lister) show(b *workspace.Blob, answer *blobList) bool {
	folder := ""
	if l.delimiter != "" {
		if before, _, ok := strings.Cut(b.Path[len(l.prefix):], l.delimiter); ok {
			folder = l.prefix + before + l.delimiter
		}
	}
	if folder != "" && folder == l.folder {
		return true
	}
	if l.count == l.limit {
		return false
	}
	l.count++
	if folder == "" {
		l.last = b.Path
		answer.Blobs.Entries = append(answer.Blobs.Entries, toBlobXML(b, l.metadata))
		return true
	}
	l.folder, l.last = folder, folder
	answer.Blobs.Entries = append(answer.Blobs.Entries, prefixXML{Name: folder})
	return true
}
