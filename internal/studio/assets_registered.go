package studio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// modelRow is a version of a model.
type modelRow struct {
	*workspace.Resource
	Type, URI, Job, Description string
	Properties                  map[string]string
	// Folder is where its files are listed.
	Folder string
}

// described is what a model's body says.
type described struct {
	Properties struct {
		ModelType   string            `json:"modelType"`
		ModelURI    string            `json:"modelUri"`
		JobName     string            `json:"jobName"`
		Description string            `json:"description"`
		Properties  map[string]string `json:"properties"`
	} `json:"properties"`
}

func (h *Handler) modelRow(r *workspace.Resource) modelRow {
	var d described
	if err := json.Unmarshal(r.Body, &d); err != nil {
		h.Log.Warn("a model cannot be read", "model", r.Name, "version", r.Version, "error", err)
	}
	p := d.Properties
	m := modelRow{Resource: r, Type: p.ModelType, URI: p.ModelURI, Job: p.JobName, Description: p.Description, Properties: p.Properties}
	if root := p.Properties["ischia.job"]; root != "" {
		m.Job = root // jobName is that of the step
	}
	m.Folder = folderPage(p.ModelURI)
	return m
}

// latestModels are the newest versions of models, one of each.
func (h *Handler) latestModels(ctx context.Context, scope workspace.Scope, limit int) ([]modelRow, error) {
	containers, err := h.Ledger.Resources().Resources(ctx, workspace.ResourceQuery{Scope: scope, Collection: workspace.Models, Limit: limit})
	if err != nil {
		return nil, fmt.Errorf("list the models: %w", err)
	}
	var rows []modelRow
	for _, c := range containers {
		latest, err := h.Ledger.Resources().LatestVersion(ctx, scope, workspace.Models, c.Name)
		if errors.Is(err, workspace.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("find the latest version of model %s: %w", c.Name, err)
		}
		rows = append(rows, h.modelRow(latest))
	}
	return rows, nil
}

// modelsOf are the versions of models that a job has registered under names.
func (h *Handler) modelsOf(ctx context.Context, root *workspace.Job, names []string) ([]modelRow, error) {
	var rows []modelRow
	for _, name := range names {
		versions, err := h.Ledger.Resources().Resources(ctx, workspace.ResourceQuery{
			Scope: root.Scope, Collection: workspace.Models, Name: name, Newest: true, Limit: perPage,
		})
		if err != nil {
			return nil, fmt.Errorf("list the versions of model %s: %w", name, err)
		}
		for _, v := range versions {
			if row := h.modelRow(v); row.Job == root.Name {
				rows = append(rows, row)
			}
		}
	}
	return rows, nil
}

type modelsPage struct {
	shell
	Models []modelRow
}

// models lists every model by its latest version.
func (h *Handler) models(w http.ResponseWriter, r *http.Request) error {
	page := modelsPage{shell: h.shell(r, "Models")}
	var err error
	if page.Models, err = h.latestModels(r.Context(), page.Scope, 0); err != nil {
		return err
	}
	return h.show(w, r, http.StatusOK, "models.html", page)
}

type modelPage struct {
	shell
	Model    modelRow
	Versions []modelRow
}

// model is the page of one version.
func (h *Handler) model(w http.ResponseWriter, r *http.Request) error {
	name, version := r.PathValue("name"), r.PathValue("version")
	if err := errors.Join(workspace.CheckName(name), workspace.CheckName(version)); err != nil {
		return err
	}
	page := modelPage{shell: h.shell(r, name+" version "+version)}
	key := workspace.ResourceKey{Scope: page.Scope, Collection: workspace.Models, Name: name, Version: version}
	found, err := h.Ledger.Resources().Resource(r.Context(), key)
	if err != nil {
		return fmt.Errorf("model %s version %s: %w", name, version, err)
	}
	page.Model = h.modelRow(found)
	versions, err := h.Ledger.Resources().Resources(r.Context(), workspace.ResourceQuery{
		Scope: page.Scope, Collection: workspace.Models, Name: name, Newest: true, Limit: perPage,
	})
	if err != nil {
		return fmt.Errorf("list the versions of model %s: %w", name, err)
	}
	for _, v := range versions {
		page.Versions = append(page.Versions, h.modelRow(v))
	}
	return h.show(w, r, http.StatusOK, "model.html", page)
}

// publishedRow is a published pipeline.
type publishedRow struct {
	*workspace.Resource
	Endpoint, Deployment, Description, Experiment string
	Number                                        int
	Disabled                                      bool
}

type endpointsPage struct {
	shell
	Published []publishedRow
}

// endpoints lists what was published.
func (h *Handler) endpoints(w http.ResponseWriter, r *http.Request) error {
	page := endpointsPage{shell: h.shell(r, "Endpoints")}
	list, err := h.Ledger.Resources().Resources(r.Context(), workspace.ResourceQuery{
		Scope: page.Scope, Collection: workspace.Pipelines, Newest: true, Limit: perPage,
	})
	if err != nil {
		return fmt.Errorf("list the published pipelines: %w", err)
	}
	for _, one := range list {
		var d struct {
			Properties struct {
				Endpoint, Deployment, Description, ExperimentName string
				Version                                           int
				IsDisabled                                        bool
			} `json:"properties"`
		}
		if err := json.Unmarshal(one.Body, &d); err != nil {
			h.Log.WarnContext(r.Context(), "a published pipeline cannot be read", "pipeline", one.Name, "error", err)
		}
		p := d.Properties
		page.Published = append(page.Published, publishedRow{one, p.Endpoint, p.Deployment, p.Description, p.ExperimentName, p.Version, p.IsDisabled})
	}
	return h.show(w, r, http.StatusOK, "endpoints.html", page)
}

// folderPage is the page that lists what lies at an address of a datastore;
// empty for other addresses.
func folderPage(uri string) string {
	_, rest, ok := strings.Cut(uri, "datastores/")
	if !ok || !strings.HasPrefix(uri, "azureml://") {
		return ""
	}
	store, path, ok := strings.Cut(rest, "/paths/")
	if !ok {
		return ""
	}
	return "/datastores/" + store + "/" + strings.TrimSuffix(path, "/")
}
