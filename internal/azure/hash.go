package azure

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/ischia-ml/ischia/internal/blob"
)

// hashVersion is the version of [contentHash], as azure-ai-ml counts them.
const hashVersion = "202208"

// contentHash is the hash by which clients of Azure ML find code that somebody
// has uploaded already. It is that of azure-ai-ml's get_content_hash: of how many
// files there are, then of their paths and sizes, then of their contents, sorted
// by path in lower case.
func contentHash(blobs *blob.Store, t blob.Tree) (string, error) {
	files := slices.DeleteFunc(slices.Clone(t.Entries), func(e blob.Entry) bool { return e.Dir || e.Link != "" })
	slices.SortFunc(files, func(a, b blob.Entry) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Path), strings.ToLower(b.Path)), strings.Compare(a.Path, b.Path))
	})
	h := sha256.New()
	_, _ = io.WriteString(h, strconv.Itoa(len(files))) // a hash takes everything
	for _, f := range files {
		_, _ = io.WriteString(h, "#"+f.Path+"#"+strconv.FormatInt(f.Size, 10))
	}
	for _, f := range files {
		if err := addContent(h, blobs, f.Digest); err != nil {
			return "", fmt.Errorf("hash %s: %w", f.Path, err)
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func addContent(w io.Writer, blobs *blob.Store, d blob.Digest) error {
	file, err := blobs.Open(d)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(w, file)
	return err
}
