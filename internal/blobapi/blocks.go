package blobapi

import (
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strconv"
	"strings"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// maxBlockID is how long a block's name may be before it is base64.
const maxBlockID = 64

func (c *call) blockID() (string, error) {
	id := c.query.Get("blockid")
	raw, err := base64.StdEncoding.DecodeString(id)
	if err != nil || len(raw) == 0 || len(raw) > maxBlockID {
		return "", badQuery("blockid", "want base64 of 1 to 64 bytes")
	}
	return id, nil
}

// putBlock stages a piece of a blob.
func (c *call) putBlock() error {
	in, err := c.upload()
	if err != nil {
		return err
	}
	if in.length == 0 {
		return badHeader("Content-Length", "a block is not empty")
	}
	return c.stage(func() (body, error) { return in, nil })
}

// stage stages what open yields as a block.
func (c *call) stage(open func() (body, error)) error {
	id, err := c.blockID()
	if err != nil {
		return err
	}
	t, err := c.target()
	if err != nil {
		return err
	}
	in, err := open()
	if err != nil {
		return err
	}
	ctx, a := c.r.Context(), c.grant.account
	c.h.staging.begin()
	defer c.h.staging.end(ctx)
	content, err := c.store(c.h.Staging, in)
	if err != nil {
		return err
	}
	err = c.h.Index.StageBlock(ctx, a.Scope, t.container.Datastore, c.at.blob, workspace.Block{
		ID: id, Size: content.size, Digest: string(content.digest), Staged: c.now,
	})
	if err != nil {
		return err
	}
	c.acknowledge(content)
	c.w.WriteHeader(http.StatusCreated)
	return nil
}

// blockListBody is the body of Put Block List: elements Committed, Uncommitted
// and Latest in the order of the content.
type blockListBody struct {
	XMLName xml.Name     `xml:"BlockList"`
	Blocks  []blockEntry `xml:",any"`
}

type blockEntry struct {
	XMLName xml.Name
	ID      string `xml:",chardata"`
}

func (c *call) readBlockList() ([]blockEntry, error) {
	bad := no(http.StatusBadRequest, "InvalidXmlDocument", "The specified XML is not syntactically valid.")
	in, err := c.upload()
	if err != nil {
		return nil, err
	}
	if in.length > maxListBody {
		return nil, no(http.StatusRequestEntityTooLarge, "RequestBodyTooLarge", "The block list is too long.")
	}
	text, err := io.ReadAll(io.LimitReader(in.r, maxListBody))
	if err != nil {
		return nil, bad
	}
	if err := checkHashes(text, in); err != nil {
		return nil, err
	}
	var list blockListBody
	if err := xml.Unmarshal(text, &list); err != nil {
		return nil, bad
	}
	if len(list.Blocks) > maxBlocks {
		return nil, no(http.StatusBadRequest, "BlockListTooLong", "The block list may not contain more than 50,000 blocks.")
	}
	return list.Blocks, nil
}

// putBlockList makes a blob of blocks.
func (c *call) putBlockList() error {
	p, metadata, err := c.said(false)
	if err != nil {
		return err
	}
	p.Metadata = metadata
	list, err := c.readBlockList()
	if err != nil {
		return err
	}
	t, err := c.target()
	if err != nil {
		return err
	}
	m, err := c.assembly(t, list)
	if err != nil {
		return err
	}
	content, err := m.store(c)
	if err != nil {
		return err
	}
	if m.current != nil {
		t.digest = m.current.Digest
	}
	if err := c.commit(t, content, p, m.blocks); err != nil {
		return err
	}
	c.w.Header().Set("X-Ms-Request-Server-Encrypted", "false")
	c.w.WriteHeader(http.StatusCreated)
	return nil
}

// assembly is the content that a list of blocks makes.
type assembly struct {
	parts  []part
	blocks []workspace.Block
	// current is the content that there is, nil when no part is of it.
	current *workspace.Blob
}

// part is one block: staged, or a stretch of the content that there is.
type part struct {
	staged       blob.Digest
	offset, size int64
}

func invalidBlockList() error {
	return no(http.StatusBadRequest, "InvalidBlockList", "The specified block list is invalid.")
}

// assembly finds the blocks of a list.
func (c *call) assembly(t target, list []blockEntry) (*assembly, error) {
	ctx, a := c.r.Context(), c.grant.account
	// The content first: if it is replaced meanwhile, the blocks are another's,
	// and the conditions of the commit are not about that.
	current, err := c.h.Index.Blob(ctx, a.Scope, t.container.Datastore, c.at.blob)
	if err != nil && !errors.Is(err, workspace.ErrNotFound) {
		return nil, err
	}
	committed, staged, err := c.h.Index.Blocks(ctx, a.Scope, t.container.Datastore, c.at.blob)
	if err != nil {
		return nil, err
	}
	var total int64
	for _, b := range committed {
		total += b.Size
	}
	if current == nil || current.Size != total {
		committed = nil
	}
	m := &assembly{}
	old, fresh := committedParts(committed), stagedParts(staged)
	for _, e := range list {
		var p part
		var ok bool
		switch e.XMLName.Local {
		case "Committed":
			p, ok = old[e.ID]
		case "Uncommitted":
			p, ok = fresh[e.ID]
		case "Latest":
			if p, ok = fresh[e.ID]; !ok {
				p, ok = old[e.ID]
			}
		}
		if !ok {
			return nil, invalidBlockList()
		}
		if p.staged == "" {
			m.current = current
		}
		m.parts = append(m.parts, p)
		m.blocks = append(m.blocks, workspace.Block{ID: e.ID, Size: p.size})
	}
	return m, nil
}

func committedParts(blocks []workspace.Block) map[string]part {
	parts := make(map[string]part, len(blocks))
	var offset int64
	for _, b := range blocks {
		parts[b.ID] = part{offset: offset, size: b.Size}
		offset += b.Size
	}
	return parts
}

func stagedParts(blocks []workspace.Block) map[string]part {
	parts := make(map[string]part, len(blocks))
	for _, b := range blocks {
		if d, err := blob.ParseDigest(b.Digest); err == nil {
			parts[b.ID] = part{staged: d, size: b.Size}
		}
	}
	return parts
}

// store makes the content one blob of the store.
func (m *assembly) store(c *call) (stored, error) {
	r := &joined{staging: c.h.Staging, parts: m.parts}
	if m.current != nil {
		f, err := c.open(m.current)
		if err != nil {
			return stored{}, err
		}
		defer f.Close()
		r.current = f
	}
	defer r.close()
	var s stored
	var err error
	s.digest, s.size, err = c.h.Blobs.PutReader(c.r.Context(), r)
	if errors.Is(err, fs.ErrNotExist) {
		// Another list for the same path came first, and its blocks are gone.
		return s, invalidBlockList()
	}
	return s, err
}

// joined reads parts one after the other.
type joined struct {
	staging *blob.Store
	current *os.File
	parts   []part

	file *os.File  // of the part that is being read, when it is staged
	r    io.Reader // the rest of that part
	left int64
}

// Read implements io.Reader.
func (j *joined) Read(p []byte) (int, error) {
	for j.left == 0 {
		j.close()
		if len(j.parts) == 0 {
			return 0, io.EOF
		}
		if err := j.next(); err != nil {
			return 0, err
		}
	}
	n, err := j.r.Read(p[:min(int64(len(p)), j.left)])
	j.left -= int64(n)
	if errors.Is(err, io.EOF) {
		err = nil
		if j.left > 0 {
			err = fmt.Errorf("a block is %d bytes too short: %w", j.left, io.ErrNoProgress)
		}
	}
	return n, err
}

// next opens the next part.
func (j *joined) next() error {
	p := j.parts[0]
	j.parts, j.left = j.parts[1:], p.size
	if p.staged == "" {
		j.r = io.NewSectionReader(j.current, p.offset, p.size)
		return nil
	}
	var err error
	if j.file, err = j.staging.Open(p.staged); err != nil {
		return err
	}
	j.r = j.file
	return nil
}

// close closes the part that is being read.
func (j *joined) close() {
	if j.file != nil {
		_ = j.file.Close() // was read only
		j.file = nil
	}
}

// blockListAnswer is the answer of Get Block List.
type blockListAnswer struct {
	XMLName     xml.Name   `xml:"BlockList"`
	Committed   *blocksXML `xml:"CommittedBlocks"`
	Uncommitted *blocksXML `xml:"UncommittedBlocks"`
}

type blocksXML struct{ Block []blockXML }

type blockXML struct {
	Name string
	Size int64
}

// getBlockList says which blocks a blob is made of, and which wait.
func (c *call) getBlockList() error {
	if c.query.Has("snapshot") {
		return blobNotFound()
	}
	which := strings.ToLower(c.query.Get("blocklisttype"))
	if which != "" && which != "committed" && which != "uncommitted" && which != "all" {
		return badQuery("blocklisttype", "want committed, uncommitted or all")
	}
	ctx, a := c.r.Context(), c.grant.account
	container, err := c.findContainer(a, c.at.container)
	if err != nil {
		return err
	}
	committed, staged, err := c.h.Index.Blocks(ctx, a.Scope, container.Datastore, c.at.blob)
	if err != nil {
		return err
	}
	b, err := c.h.Index.Blob(ctx, a.Scope, container.Datastore, c.at.blob)
	if errors.Is(err, workspace.ErrNotFound) {
		if len(staged) == 0 {
			return blobNotFound()
		}
		err = nil
	}
	if err != nil {
		return err
	}
	if b != nil {
		c.stamp(b)
		c.w.Header().Set("X-Ms-Blob-Content-Length", strconv.FormatInt(b.Size, 10))
	}
	answer := blockListAnswer{}
	if which != "uncommitted" {
		answer.Committed = toXML(committed)
	}
	if which == "uncommitted" || which == "all" {
		answer.Uncommitted = toXML(staged)
	}
	c.xml(http.StatusOK, answer)
	return nil
}

func toXML(blocks []workspace.Block) *blocksXML {
	list := &blocksXML{}
	for _, b := range blocks {
		list.Block = append(list.Block, blockXML{b.ID, b.Size})
	}
	return list
}
