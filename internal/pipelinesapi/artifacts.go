package pipelinesapi

import (
	"errors"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// artifactsOf is the folder of a run's artifacts in the artifact store.
const artifactsOf = "ExperimentRun/dcid."

// liveLogs are the files that a job writes while it runs; they are in the
// artifact store when it has ended.
func liveLogs() []string { return []string{"user_logs/std_log.txt", "azureml-logs/70_driver_log.txt"} }

// artifactView is a file that a run left.
type artifactView struct {
	ID        string            `json:"artifactId"`
	Origin    string            `json:"origin"`
	Container string            `json:"container"`
	Path      string            `json:"path"`
	ETag      *string           `json:"etag"`
	Created   *string           `json:"createdTime"`
	Data      *artifactData     `json:"dataPath"`
	Tags      map[string]string `json:"tags"`
}

type artifactData struct {
	Datastore string `json:"dataStoreName"`
	Relative  string `json:"relativePath"`
}

// artifactContent is where a file can be read without a token.
type artifactContent struct {
	URI       string            `json:"contentUri"`
	Origin    string            `json:"origin"`
	Container string            `json:"container"`
	Path      string            `json:"path"`
	Tags      map[string]string `json:"tags"`
}

// artifactFiles are a run's artifacts at and below a path, by path. Those of a
// run that has not ended are its logs.
func (c *call) artifactFiles(j *workspace.Job, below string) ([]artifactView, error) {
	folder := artifactsOf + j.Name
	prefix := folder
	if below != "" {
		if below = strings.Trim(below, "/"); below != path.Clean(below) || below == ".." || strings.HasPrefix(below, "../") {
			return nil, badRequest("path: %q leads nowhere", clip(below))
		}
		prefix += "/" + below
	}
	if c.Artifacts != nil {
		if err := c.Artifacts(c.ctx(), j.Scope, j.Name); err != nil {
			return nil, err
		}
	}
	files, err := c.Ledger.Files().List(c.ctx(), j.Scope, workspace.ArtifactStore, prefix, 0)
	if err != nil {
		return nil, err
	}
	out := []artifactView{}
	known := map[string]bool{}
	for _, f := range files {
		name := strings.TrimPrefix(f.Path, folder+"/")
		known[name] = true
		digest := f.Digest
		out = append(out, artifactView{
			ID: f.Path, Origin: "ExperimentRun", Container: "dcid." + j.Name, Path: name, ETag: &digest, Created: wireTime(f.Modified),
			Data: &artifactData{workspace.ArtifactStore, f.Path}, Tags: map[string]string{},
		})
	}
	for name := range c.logFiles(j) {
		if !known[name] && (below == "" || name == below || strings.HasPrefix(name, below+"/")) {
			out = append(out, artifactView{
				ID: folder + "/" + name, Origin: "ExperimentRun", Container: "dcid." + j.Name, Path: name,
				Created: wireTime(j.Started), Tags: map[string]string{},
			})
		}
	}
	slices.SortFunc(out, func(a, b artifactView) int { return strings.Compare(a.Path, b.Path) })
	return out, nil
}

// listArtifacts answers with the files that a run left.
func (c *call) listArtifacts() error { return c.replyArtifacts(c.query.Get("path")) }

func (c *call) replyArtifacts(below string) error {
	j, err := c.historyJob()
	if err != nil {
		return err
	}
	files, err := c.artifactFiles(j, below)
	if err != nil {
		return err
	}
	out := []any{}
	for _, f := range files {
		out = append(out, f)
	}
	return c.replyList(out, nil)
}

// artifactPath answers with the one file, or all below a folder, at a path.
func (c *call) artifactPath() error {
	if c.query.Get("path") == "" {
		return badRequest("the parameter path is missing")
	}
	return c.replyArtifacts(c.query.Get("path"))
}

// artifactContent answers with an address of the file at a path.
func (c *call) artifactContent() error {
	j, err := c.historyJob()
	if err != nil {
		return err
	}
	name := strings.Trim(c.query.Get("path"), "/")
	if name == "" {
		return badRequest("the parameter path is missing")
	}
	files, err := c.artifactFiles(j, name)
	if err != nil {
		return err
	}
	for _, f := range files {
		if f.Path == name {
			content, err := c.content(j, f)
			if err != nil {
				return err
			}
			return c.reply(http.StatusOK, content)
		}
	}
	return notFound("the run %s has no artifact %s", j.Name, clip(name))
}

// artifactContents are the addresses of all files below a path.
func (c *call) artifactContents() error {
	j, err := c.historyJob()
	if err != nil {
		return err
	}
	files, err := c.artifactFiles(j, c.query.Get("path"))
	if err != nil {
		return err
	}
	out := []any{}
	for _, f := range files {
		content, err := c.content(j, f)
		if err != nil {
			return err
		}
		out = append(out, content)
	}
	return c.replyList(out, nil)
}

func (c *call) content(j *workspace.Job, f artifactView) (artifactContent, error) {
	out := artifactContent{Origin: f.Origin, Container: f.Container, Path: f.Path, Tags: map[string]string{}}
	if f.Data == nil {
		out.URI = c.logFiles(j)[f.Path]
		return out, nil
	}
	if c.FileLink == nil {
		return out, errors.New("no links to files are given")
	}
	var err error
	out.URI, err = c.FileLink(c.r, j.Scope, f.Data.Datastore, f.Data.Relative)
	return out, err
}

// noMetrics answers with no metrics: those of a run are told by MLflow's
// interface.
func (c *call) noMetrics() error {
	if _, err := c.historyJob(); err != nil {
		return err
	}
	return c.replyList([]any{}, nil)
}

// noServices says that nothing interactive runs on a node of a job.
func (c *call) noServices() error {
	if _, err := c.historyJob(); err != nil {
		return err
	}
	return c.reply(http.StatusOK, map[string]any{"instances": map[string]any{}})
}

// cancelHistory asks for the cancellation of a run.
func (c *call) cancelHistory() error {
	j, err := c.historyJob()
	if err != nil {
		return err
	}
	if err := c.Ledger.RequestCancel(c.ctx(), c.scope, j.Name); err != nil {
		return err
	}
	now, err := c.Ledger.Job(c.ctx(), c.scope, j.Name)
	if err != nil {
		return err
	}
	v, err := c.history(now)
	if err != nil {
		return err
	}
	return c.reply(http.StatusOK, v)
}
