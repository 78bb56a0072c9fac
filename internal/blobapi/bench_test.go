package blobapi_test

import (
	"bytes"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// BenchmarkPut uploads blobs of one size, eight at a time.
func BenchmarkPut(b *testing.B) {
	for _, size := range []int{1 << 10, 2 << 20} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			s := newServer(b)
			data := bytes.Repeat([]byte("0123456789abcdef"), size/16)
			var n atomic.Int64
			b.SetBytes(int64(size))
			b.SetParallelism(4)
			b.RunParallel(func(p *testing.PB) {
				for p.Next() {
					i := n.Add(1)
					body := append(fmt.Appendf(nil, "%016d", i), data[16:]...)
					r, err := http.NewRequestWithContext(b.Context(), http.MethodPut, s.url(fmt.Sprintf("/%s/d%d/f%d", home, i%100, i)), bytes.NewReader(body))
					if err != nil {
						b.Error(err)
						return
					}
					r.Header.Set("X-Ms-Blob-Type", "BlockBlob")
					r.Header.Set("Authorization", "Bearer "+token)
					response, err := s.http.Client().Do(r)
					if err != nil || response.StatusCode != http.StatusCreated {
						b.Errorf("got %v, %v", response, err)
						return
					}
					_ = response.Body.Close()
				}
			})
		})
	}
}

// BenchmarkListFolders lists the folders of a container with 100,000 blobs.
func BenchmarkListFolders(b *testing.B) {
	s := newServer(b)
	var files []workspace.File
	for i := range 100_000 {
		files = append(files, workspace.File{
			Scope: workspace.BuiltIn(), Datastore: workspace.BlobStore, Path: fmt.Sprintf("d%d/f%d", i/1000, i),
			Digest: string(blob.DigestBytes(nil)), Modified: s.account.Created,
		})
	}
	if err := s.store.Files().Put(b.Context(), files); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		s.as("GET", "/"+home+"?restype=container&comp=list&delimiter=%2F", "").want(b, 200, "")
	}
}
