package armapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// deploymentHandlers are the operations on deployments of templates: how
// azure-ai-ml makes a workspace. What a template asks for is checked as a whole
// and done at once; what is kept of it is what it was.
func deploymentHandlers() map[string]func(*call) error {
	return map[string]func(*call) error{
		"DeploymentsClient.CreateOrUpdate":      (*call).deployTemplate,
		"DeploymentsClient.Get":                 (*call).getTemplateDeployment,
		"DeploymentsClient.CheckExistence":      (*call).checkDeployment,
		"DeploymentsClient.Delete":              (*call).deleteTemplateDeployment,
		"DeploymentsClient.ListByResourceGroup": (*call).listTemplateDeployments,
		"DeploymentOperationsClient.List":       (*call).listDeploymentOperations,
		"DeploymentOperationsClient.Get":        (*call).getDeploymentOperation,
		// Here the API of the resource manager leaves its provider out.
		"DeploymentOperations.List": (*call).listDeploymentOperations,
		"DeploymentOperations.Get":  (*call).getDeploymentOperation,
	}
}

// deploymentRecord is what is kept of a deployment.
type deploymentRecord struct {
	Properties deploymentProperties `json:"properties"`
	Tags       map[string]string    `json:"tags,omitempty"`
	// Made are the resources, in the order of the template.
	Made []madeResource `json:"made"`
}

type deploymentProperties struct {
	State         string                       `json:"provisioningState"`
	CorrelationID string                       `json:"correlationId"`
	Timestamp     time.Time                    `json:"timestamp"`
	Duration      string                       `json:"duration"`
	Mode          string                       `json:"mode"`
	Parameters    map[string]parameterShown    `json:"parameters"`
	Outputs       map[string]map[string]any    `json:"outputs,omitempty"`
	Resources     []map[string]string          `json:"outputResources"`
	Providers     []map[string]json.RawMessage `json:"providers"`
	Dependencies  []map[string]json.RawMessage `json:"dependencies"`
}

// parameterShown is a parameter as it is told; those that are secret are not.
type parameterShown struct {
	Type  string `json:"type"`
	Value any    `json:"value,omitempty"`
}

// madeResource is one resource of a deployment.
type madeResource struct {
	ID   string `json:"id"`
	Type string `json:"type"`
	Name string `json:"name"`
	// Fresh says that it was not there before.
	Fresh bool `json:"fresh"`
}

// deploymentBody is what a client sends.
type deploymentBody struct {
	Tags       map[string]string `json:"tags"`
	Properties struct {
		Mode         string          `json:"mode"`
		Template     json.RawMessage `json:"template"`
		Parameters   json.RawMessage `json:"parameters"`
		TemplateLink json.RawMessage `json:"templateLink"`
		Link         json.RawMessage `json:"parametersLink"`
	} `json:"properties"`
}

// deployTemplate deploys a template: 201, with the result in the answer.
func (c *call) deployTemplate() error {
	begin := c.Now()
	var body deploymentBody
	if _, err := c.decode(&body); err != nil {
		return err
	}
	t, err := c.deploymentTemplate(&body)
	if err != nil {
		return err
	}
	record := deploymentRecord{Tags: body.Tags}
	if err := c.deploy(t, &record); err != nil {
		return err
	}
	p := &record.Properties
	p.State, p.CorrelationID, p.Timestamp, p.Mode = "Succeeded", c.id, c.Now().UTC(), "Incremental"
	p.Duration = fmt.Sprintf("PT%.7fS", c.Now().Sub(begin).Seconds())
	text, err := json.Marshal(record)
	if err != nil {
		return fmt.Errorf("write deployment %s: %w", c.vars["deploymentName"], err)
	}
	r, made, err := c.change(c.templateKey(), func(*workspace.Resource) (object, error) { return parseObject(text) })
	if err != nil {
		return err
	}
	return c.replyTemplateDeployment(created(made), r)
}

// deploymentTemplate reads the template of a request.
func (c *call) deploymentTemplate(body *deploymentBody) (*template, error) {
	group, err := c.groupOf(c.scope)
	if err != nil {
		return nil, err
	}
	p := &body.Properties
	switch {
	case !isNone(p.TemplateLink) || !isNone(p.Link):
		return nil, unsupported("a template, and its parameters, have to be in the request: links are not followed")
	case isNone(p.Template):
		return nil, badRequest("InvalidRequestContent", "properties.template is missing")
	case p.Mode != "" && !sameLocation(p.Mode, "incremental"):
		return nil, unsupported("deployments in the mode %s would delete what the template does not name: use Incremental", p.Mode)
	}
	t, err := readTemplate(p.Template, p.Parameters)
	if err != nil {
		return nil, err
	}
	where, err := c.group(group)
	if err != nil {
		return nil, err
	}
	t.scope, t.tenant, t.location, t.deployment = c.scope, c.Tenant, where.string("location"), c.vars["deploymentName"]
	return t, nil
}

func isNone(text json.RawMessage) bool { return len(text) == 0 || string(text) == "null" }

// deploy makes what a template asks for, once it is known that all of it can be.
func (c *call) deploy(t *template, record *deploymentRecord) error {
	list, err := t.resources()
	if err != nil {
		return err
	}
	p := &record.Properties
	p.Resources, p.Providers, p.Dependencies = []map[string]string{}, []map[string]json.RawMessage{}, []map[string]json.RawMessage{}
	if p.Outputs, err = t.outputs(); err != nil {
		return err
	}
	if p.Parameters, err = t.shown(); err != nil {
		return err
	}
	var todo []*templateWorkspace
	for _, r := range list {
		if !isWorkspaceType(r.Type) {
			continue
		}
		w, err := c.templateWorkspace(r)
		if err != nil {
			return err
		}
		todo = append(todo, w)
	}
	fresh := map[string]bool{}
	for _, w := range todo {
		if fresh[w.scope.Workspace], err = c.makeWorkspace(w.scope, w.body); err != nil {
			return err
		}
	}
	for _, r := range list {
		id := "/subscriptions/" + c.scope.Subscription + "/resourceGroups/" + c.scope.ResourceGroup
		below, err := idBelow(r.Type, []string{r.Name})
		if err != nil {
			return err
		}
		p.Resources = append(p.Resources, map[string]string{"id": id + below})
		isFresh, isWorkspace := fresh[r.Name]
		record.Made = append(record.Made, madeResource{ID: id + below, Type: r.Type, Name: r.Name, Fresh: isFresh || !isWorkspace})
	}
	return nil
}

func (c *call) templateKey() workspace.ResourceKey {
	key := groupKey(c.scope)
	key.Collection, key.Name = workspace.Templates, c.vars["deploymentName"]
	return key
}

// deploymentOf is the deployment of the path.
func (c *call) deploymentOf() (*workspace.Resource, error) {
	r, err := c.resources().Resource(c.ctx(), c.templateKey())
	if errors.Is(err, workspace.ErrNotFound) {
		return nil, &fault{
			status: http.StatusNotFound, code: "DeploymentNotFound",
			message: "there is no deployment " + c.vars["deploymentName"] + " in resource group " + c.scope.ResourceGroup,
		}
	}
	return r, err
}

func (c *call) getTemplateDeployment() error {
	r, err := c.deploymentOf()
	if err != nil {
		return err
	}
	return c.replyTemplateDeployment(http.StatusOK, r)
}

func (c *call) checkDeployment() error {
	if _, err := c.deploymentOf(); err != nil {
		return err
	}
	return c.reply(http.StatusNoContent, nil)
}

// deleteTemplateDeployment deletes the record of a deployment; what was deployed stays.
func (c *call) deleteTemplateDeployment() error {
	if _, err := c.remove(c.templateKey()); err != nil {
		return err
	}
	return c.reply(http.StatusNoContent, nil)
}

func (c *call) listTemplateDeployments() error {
	if _, err := c.groupOf(c.scope); err != nil {
		return err
	}
	all, err := c.templateDeployments()
	if err != nil {
		return err
	}
	return paged(c, "$top", cut(all), func(r *workspace.Resource) (any, error) { return c.showTemplateDeployment(r) })
}

// templateDeployments are those of the request's group, the newest first.
func (c *call) templateDeployments() ([]*workspace.Resource, error) {
	return c.resources().Resources(c.ctx(), workspace.ResourceQuery{
		Scope: groupKey(c.scope).Scope, Collection: workspace.Templates, Newest: true,
	})
}

func (c *call) replyTemplateDeployment(status int, r *workspace.Resource) error {
	o, err := c.showTemplateDeployment(r)
	if err != nil {
		return err
	}
	return c.reply(status, o)
}

// showTemplateDeployment is a deployment as ARM shows it.
func (c *call) showTemplateDeployment(r *workspace.Resource) (object, error) {
	o, err := parseObject(r.Body)
	if err != nil {
		return nil, fmt.Errorf("deployment %s: %w", r.Name, err)
	}
	delete(o, "made")
	o.set("id", c.deploymentID(r))
	o.set("name", r.Name)
	o.set("type", "Microsoft.Resources/deployments")
	return o, nil
}

func (c *call) deploymentID(r *workspace.Resource) string {
	return "/subscriptions/" + c.scope.Subscription + "/resourceGroups/" + c.scope.ResourceGroup +
		"/providers/Microsoft.Resources/deployments/" + r.Name
}

// deploymentOperations are the steps of a deployment: one for each resource, and
// the outputs.
func (c *call) deploymentOperations() ([]map[string]any, error) {
	r, err := c.deploymentOf()
	if err != nil {
		return nil, err
	}
	var record deploymentRecord
	if err := json.Unmarshal(r.Body, &record); err != nil {
		return nil, fmt.Errorf("read deployment %s: %w", r.Name, err)
	}
	var out []map[string]any
	add := func(name, operation, status string, target map[string]string) {
		p := map[string]any{
			"provisioningOperation": operation, "provisioningState": record.Properties.State, "timestamp": record.Properties.Timestamp,
			"duration": record.Properties.Duration, "trackingId": record.Properties.CorrelationID,
			"serviceRequestId": record.Properties.CorrelationID, "statusCode": status,
		}
		if target != nil {
			p["targetResource"] = target
		}
		id := uuid.NewSHA1(uuid.NameSpaceOID, []byte(name)).String()
		out = append(out, map[string]any{"id": c.deploymentID(r) + "/operations/" + id, "operationId": id, "properties": p})
	}
	for i, m := range record.Made {
		status := "OK"
		if m.Fresh {
			status = "Created"
		}
		add(strconv.Itoa(i)+m.ID, "Create", status, map[string]string{"id": m.ID, "resourceType": m.Type, "resourceName": m.Name})
	}
	add("outputs", "EvaluateDeploymentOutput", "OK", nil)
	return out, nil
}

func (c *call) listDeploymentOperations() error {
	all, err := c.deploymentOperations()
	if err != nil {
		return err
	}
	return c.reply(http.StatusOK, map[string]any{"value": all})
}

func (c *call) getDeploymentOperation() error {
	all, err := c.deploymentOperations()
	if err != nil {
		return err
	}
	for _, o := range all {
		if o["operationId"] == c.vars["operationId"] {
			return c.reply(http.StatusOK, o)
		}
	}
	return notFound("the deployment %s has no operation %s", c.vars["deploymentName"], c.vars["operationId"])
}
