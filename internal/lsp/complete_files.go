package lsp

import (
	"io/fs"
	"path"
	"strings"
)

// What a walk through folders for a completion may cost.
const (
	maxFolders   = 100
	maxLooked    = 300
	maxWalkDepth = 4
	maxSniffed   = 64 << 10
)

// fileWanted is what a key's file may be.
type fileWanted int

const (
	noFile fileWanted = iota
	componentFile
	yamlFile
	anyFile
	folderOnly
)

func wantedBy(key string) fileWanted {
	switch key {
	case "component", "trial":
		return componentFile
	case "conda_file", "create_job", "job", "environment":
		return yamlFile
	case "path", "scoring_script", "entry_script", "dockerfile_path", "local_path":
		return anyFile
	case "code":
		return folderOnly
	}
	return noFile
}

// files offers files and folders for keys whose value is one.
func (c *completer) files(key string) {
	want := wantedBy(key)
	prefix := c.place.prefix
	if want == noFile || strings.Contains(prefix, ":") || strings.HasPrefix(prefix, "/") {
		return
	}
	if want == componentFile && !strings.HasPrefix(prefix, ".") {
		c.componentsBelow()
		return
	}
	if !strings.HasPrefix(prefix, ".") && prefix != "" {
		return
	}
	if prefix == "" && want != folderOnly && key != "conda_file" {
		return
	}
	c.filesIn(firstOf(prefix, "./"), want)
}

// filesIn offers what lies in the folder that the prefix ends in.
func (c *completer) filesIn(prefix string, want fileWanted) {
	written := prefix[:strings.LastIndex(prefix, "/")+1]
	dir := c.source.fileNamed(firstOf(written, "./"))
	entries, err := c.fs(dir).ReadDir(dir.name)
	if err != nil {
		return
	}
	if prefix == "." || prefix == ".." {
		written = "./"
	}
	looked := 0
	for _, e := range entries {
		name := e.Name()
		if strings.HasPrefix(name, ".") {
			continue
		}
		if isFolder(c.fs(dir), dir.name, e) {
			c.add(completionItem{Label: written + name + "/", Kind: kindFolder}, written+name+"/")
			continue
		}
		if looked++; looked > maxLooked {
			c.partial = true
			return
		}
		if c.suits(dir.beside(path.Join(dir.name, name)), want) {
			c.add(completionItem{Label: written + name, Kind: kindFile}, written+name)
		}
	}
}

// isFolder follows a link.
func isFolder(fsys fs.FS, dir string, e fs.DirEntry) bool {
	if e.Type()&fs.ModeSymlink == 0 {
		return e.IsDir()
	}
	info, err := fs.Stat(fsys, path.Join(dir, e.Name()))
	return err == nil && info.IsDir()
}

// suits: the file is what the key wants.
func (c *completer) suits(f fileAt, want fileWanted) bool {
	switch want {
	case anyFile:
		return true
	case yamlFile:
		return isYAML(f.name)
	case componentFile:
		return f != c.source.file && isYAML(f.name) && c.isComponent(f)
	}
	return false
}

func isYAML(name string) bool {
	ext := strings.ToLower(path.Ext(name))
	return ext == ".yml" || ext == ".yaml"
}

// isComponent looks at the top level of a file.
func (c *completer) isComponent(f fileAt) bool {
	info, err := c.fs(f).Stat(f.name)
	if err != nil || info.Size() > maxSniffed {
		return false
	}
	t := c.text(f)
	if t == nil {
		return false
	}
	root := outline(t)
	return strings.HasSuffix(kindOf(root), "Component") || root.Get("type") != nil && root.Get("command") != nil && root.Get("jobs") == nil
}

// componentsBelow offers the component files of the definition's folder and
// below it, the nearest first.
func (c *completer) componentsBelow() {
	base := path.Dir(c.source.file.name)
	looked := 0
	queue := []string{base}
	for folders := 0; len(queue) > 0 && folders < maxFolders && c.ctx.Err() == nil; folders++ {
		dir := queue[0]
		queue = queue[1:]
		entries, err := c.fs(c.source.file).ReadDir(dir)
		if err != nil {
			continue
		}
		for _, e := range entries {
			name := path.Join(dir, e.Name())
			switch {
			case strings.HasPrefix(e.Name(), ".") || e.Name() == "node_modules":
			case e.IsDir() && strings.Count(name, "/")-strings.Count(base, "/") < maxWalkDepth:
				queue = append(queue, name)
			case isYAML(name) && looked < maxLooked:
				looked++
				if f := c.source.file.beside(name); c.suits(f, componentFile) {
					c.offerComponent(f, "./"+strings.TrimPrefix(strings.TrimPrefix(name, base), "/"))
				}
			}
		}
	}
	c.partial = c.partial || len(queue) > 0 || looked == maxLooked
}

func (c *completer) offerComponent(f fileAt, written string) {
	item := completionItem{Label: written, Kind: kindFile}
	if t := c.text(f); t != nil {
		root := outline(t)
		item.Detail = firstOf(textOf(root, "display_name"), textOf(root, "name"))
	}
	c.add(item, written)
}

// jobSnippets offers new jobs of a pipeline.
func (c *completer) jobSnippets() {
	if c.place.flow || c.place.colon {
		return
	}
	in := strings.Repeat(" ", c.place.column+2)
	for _, s := range []struct{ label, detail, text string }{
		{"job with a component", "a job that runs a component", "${1:name}:\n" + in + "type: command\n" + in +
			"component: ${2:./component.yml}\n" + in + "inputs:\n" + in + "  $0"},
		{"job with a command", "a job that is written in place", "${1:name}:\n" + in + "type: command\n" + in +
			"command: ${2:python main.py}\n" + in + "code: ${3:./src}\n" + in + "environment: ${4:azureml:NAME:VERSION}$0"},
	} {
		c.add(completionItem{Label: s.label, Kind: kindSnippet, Detail: s.detail, Format: 2, SortText: "1"}, s.text)
	}
}

// skeletons offers whole definitions for an empty file.
func (c *completer) skeletons() {
	c.place = place{role: keyPlace, start: c.offset, end: c.offset}
	for _, s := range []struct{ label, kind, text string }{
		{"azureml pipeline job", "pipelineJob", "type: pipeline\ndisplay_name: ${1:pipeline}\njobs:\n  ${2:first}:\n    type: command\n    component: ${3:./component.yml}\n$0"},
		{"azureml command component", "commandComponent", "type: command\nname: ${1:name}\nversion: ${2:1}\ninputs:\n  ${3:data}:\n    type: uri_folder\n" +
			"outputs:\n  ${4:result}:\n    type: uri_folder\ncode: ${5:./src}\nenvironment: ${6:azureml:NAME:VERSION}\n" +
			"command: >-\n  python main.py --data \\${{inputs.${3:data}}} --result \\${{outputs.${4:result}}}\n$0"},
		{"azureml command job", "commandJob", "type: command\ncode: ${1:./src}\nenvironment: ${2:azureml:NAME:VERSION}\ncommand: ${3:python main.py}\n$0"},
	} {
		c.add(completionItem{Label: s.label, Kind: kindSnippet, Format: 2}, "\\$schema: "+schemaURL(s.kind)+"\n"+s.text)
	}
}
