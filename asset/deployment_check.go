package asset

import (
	"io/fs"
	"path"
	"strings"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/pipeline"
)

// Validate checks what the deployment means; see [Validator]. A component that
// it runs is another definition, which it does not read.
func (d *BatchDeployment) Validate(fsys fs.FS) diag.List {
	c := &checker{fsys: fsys}
	c.deploymentHead(d.Name, d.EndpointName)
	c.modelUse(d.Model, "model")
	c.environmentUse(d.Environment, "environment")
	c.code(d.Code, "code_configuration")
	c.compute(d.Compute, "compute")
	c.deployedComponent(d)
	c.scoring(&d.BatchScoring, "")
	if d.Settings != nil {
		c.scoring(&d.Settings.BatchScoring, "settings")
		c.instances(d)
	}
	return c.errs
}

// Validate checks what the deployment means; see [Validator].
func (d *OnlineDeployment) Validate(fsys fs.FS) diag.List {
	c := &checker{fsys: fsys}
	c.deploymentHead(d.Name, d.EndpointName)
	c.modelUse(d.Model, "model")
	c.environmentUse(d.Environment, "environment")
	c.code(d.Code, "code_configuration")
	if d.Scale != nil {
		c.ordered(d.Scale.MinInstances, d.Scale.MaxInstances, "scale_settings.min_instances", "scale_settings.max_instances")
		c.managedScale(d)
	}
	if p := d.ModelMountPath; !blank(p) && !strings.HasPrefix(p.Value, "/") {
		c.errorf(p.Range, diag.CodeBadValue, "model_mount_path", "%q is not an absolute path", p.Value).Hint = "write /" + p.Value
	}
	return c.errs
}

// managedScale: the service scales managed deployments by rules of Azure
// Monitor, not by the deployment's own. Source: reference-yaml-deployment-managed-online.
func (c *checker) managedScale(d *OnlineDeployment) {
	managed := !strings.EqualFold(d.Type.Value, "kubernetes")
	if t := d.Scale.Type; managed && strings.ReplaceAll(strings.ToLower(t.Value), "_", "") == "targetutilization" {
		c.errorf(t.Range, diag.CodeBadValue, "scale_settings.type", "a managed deployment does not scale by utilization itself").Hint =
			"write type: default and set rules in Azure Monitor; or type: kubernetes for the deployment"
	}
}

func (c *checker) deploymentHead(name, endpoint pipeline.Text) {
	c.name(name, "name", endpointName("a deployment"))
	c.name(endpoint, "endpoint_name", endpointName("an endpoint"))
}

// code checks that the code and its script are there. The client refuses code
// without a script. Source: azure-ai-ml, entities/_deployment/code_configuration.py.
func (c *checker) code(code *CodeConfiguration, at string) {
	if code == nil {
		return
	}
	if !code.Code.IsZero() && code.Script.IsZero() {
		c.errorf(code.Range, diag.CodeMissingField, join(at, "scoring_script"), "code_configuration has code, but no scoring_script").Hint = "add scoring_script"
	}
	info := c.stat(code.Code, join(at, "code"), "code folder")
	if info == nil || !info.IsDir() || blank(code.Script) {
		return
	}
	c.file(pipeline.LocalPath{Text: code.Script, Name: path.Join(code.Code.Name, code.Script.Value)}, join(at, "scoring_script"), "scoring script")
}

// deployedComponent checks what a pipeline component's deployment runs.
func (c *checker) deployedComponent(d *BatchDeployment) {
	if d.Component.Name != "" {
		c.file(d.Component, "component", "component file")
		return
	}
	c.reference(d.Component.Text, "component", "components")
}

// scoring checks settings of batch scoring against each other.
// Source: azure-ai-ml, entities/_deployment/batch_deployment.py.
func (c *checker) scoring(s *BatchScoring, at string) {
	if strings.EqualFold(s.OutputAction.Value, "summary_only") && s.OutputFileName.Value != "" {
		c.errorf(s.OutputFileName.Range, diag.CodeBadValue, join(at, "output_file_name"), "output_file_name is for output_action append_row, but that is summary_only").Hint =
			"remove output_file_name"
	}
}

// instances: the number of instances is given once.
// Source: azure-ai-ml, entities/_deployment/batch_deployment.py.
func (c *checker) instances(d *BatchDeployment) {
	if t := d.Settings.InstanceCount; !t.IsZero() && d.Resources != nil {
		c.errorf(t.Range, diag.CodeBadValue, "settings.instance_count", "instance_count is given in settings, and there are resources").Hint =
			"write it in resources"
	}
}
