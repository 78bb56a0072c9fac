package studio

import (
	"fmt"
	"io"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// port is an input or output of a job on its page.
type port struct {
	workspace.Port
	// Page lists what lies there; empty when that is not on a datastore.
	Page string
}

func (h *Handler) ports(s shell, _ *workspace.Job, list []workspace.Port) []port {
	all := make([]port, len(list))
	for i, p := range list {
		all[i] = port{Port: p}
		if page := folderPage(p.URI); page != "" {
			all[i].Page = s.To(page)
		}
	}
	return all
}

type browsePage struct {
	shell
	Datastore, Path string
	Files           []fileRow
	More            bool
}

type fileRow struct {
	Name, Page string
	Size       int64
	Modified   time.Time
}

// listed is how many files of a folder are shown.
const listed = 1000

// browse lists what lies at a path of a datastore, or sends the file there.
func (h *Handler) browse(w http.ResponseWriter, r *http.Request) error {
	store, name := r.PathValue("datastore"), strings.Trim(r.PathValue("path"), "/")
	if err := workspace.CheckName(store); err != nil {
		return err
	}
	page := browsePage{shell: h.shell(r, store), Datastore: store, Path: name}
	page.Here = "datastores"
	filed, err := h.FiledUnder(r.Context(), page.Scope, store)
	if err != nil {
		return err
	}
	files, err := h.Ledger.Files().List(r.Context(), page.Scope, filed, name, listed+1)
	if err != nil {
		return fmt.Errorf("list %s of datastore %s: %w", name, store, err)
	}
	if len(files) == 1 && files[0].Path == name {
		return h.send(w, r, files[0])
	}
	if len(files) == 0 && name != "" {
		return fmt.Errorf("%s of datastore %s: %w", name, store, workspace.ErrNotFound)
	}
	if len(files) > listed {
		files, page.More = files[:listed], true
	}
	for _, f := range files {
		page.Files = append(page.Files, fileRow{
			Name: strings.TrimPrefix(strings.TrimPrefix(f.Path, name), "/"), Page: page.To("/datastores/" + store + "/" + f.Path), Size: f.Size, Modified: f.Modified,
		})
	}
	return h.show(w, r, http.StatusOK, "browse.html", page)
}

// send sends a file as one to keep: what a step has made is never shown as a
// page of ours.
func (h *Handler) send(w http.ResponseWriter, r *http.Request, f workspace.File) error {
	content, err := h.Content(r.Context(), f.Digest)
	if err != nil {
		return fmt.Errorf("open %s of datastore %s: %w", f.Path, f.Datastore, err)
	}
	defer func() { _ = content.Close() }()
	head := w.Header()
	head.Set("Content-Type", "application/octet-stream")
	head.Set("Content-Disposition", fmt.Sprintf("attachment; filename*=UTF-8''%s", encoded(path.Base(f.Path))))
	head.Set("Content-Length", fmt.Sprint(f.Size))
	_, _ = io.Copy(w, content) // whoever asked may be gone
	return nil
}

// encoded is a file name in the form of RFC 5987.
func encoded(name string) string {
	var b strings.Builder
	for _, c := range []byte(name) {
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || strings.IndexByte("-._~", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}
