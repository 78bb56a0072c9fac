package blob

import (
	"io/fs"
	"path"
	"strings"
)

// The folders that names of content begin with.
const (
	treeFolder    = ".tree"
	fileFolder    = ".file"
	programFolder = ".program"
)

// Content is a folder or a file known by what it holds. Its name is one of io/fs, in the file
// system of [ContentFS]:
//
//	.tree/sha256:...           a folder, by the digest of its tree
//	.file/sha256:.../NAME      a file that is called NAME, by its own digest
//	.program/sha256:.../NAME   the same of an executable file
type Content struct {
	Digest Digest
	// File is the base name of a file; empty for a folder.
	File       string
	Executable bool
}

// TreeContent is the folder with that tree.
func TreeContent(tree Digest) Content { return Content{Digest: tree} }

// FileContent is the file that is the only entry of a tree.
func FileContent(e Entry) Content {
	return Content{Digest: e.Digest, File: path.Base(e.Path), Executable: e.Executable}
}

// Name is the name of the content.
func (c Content) Name() string {
	switch {
	case c.File == "":
		return treeFolder + "/" + string(c.Digest)
	case c.Executable:
		return programFolder + "/" + string(c.Digest) + "/" + c.File
	}
	return fileFolder + "/" + string(c.Digest) + "/" + c.File
}

// ParseContent reads a name that [Content.Name] gives. ok is false for every other.
func ParseContent(name string) (c Content, ok bool) {
	if !strings.HasPrefix(name, ".") { // most names are no content
		return Content{}, false
	}
	c, rest, ok := cutContent(name)
	return c, ok && rest == ""
}

// cutContent splits a name within the content: rest is the path below a folder.
func cutContent(name string) (c Content, rest string, ok bool) {
	kind, after, _ := strings.Cut(name, "/")
	digest, rest, deeper := strings.Cut(after, "/")
	d, err := ParseDigest(digest)
	if err != nil || !fs.ValidPath(name) {
		return Content{}, "", false
	}
	c.Digest = d
	switch kind {
	case treeFolder:
		return c, rest, true
	case fileFolder, programFolder:
		c.File, c.Executable = rest, kind == programFolder
		return c, "", deeper && !strings.ContainsAny(rest, "/\x00")
	}
	return Content{}, "", false
}
