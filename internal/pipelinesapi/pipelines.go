package pipelinesapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/ischia-ml/ischia/internal/workspace"
	"github.com/ischia-ml/ischia/pipeline"
)

// pipelineView is a published pipeline as clients of v1 see it.
type pipelineView struct {
	ID               string           `json:"Id"`
	Name             string           `json:"Name"`
	Description      string           `json:"Description"`
	Version          string           `json:"Version"`
	EntityStatus     string           `json:"EntityStatus"`
	PipelineEndpoint string           `json:"PipelineEndpoint"`
	Deployment       string           `json:"Deployment"`
	ComponentID      string           `json:"ComponentId"`
	GraphID          string           `json:"GraphId"`
	RestEndpoint     string           `json:"RestEndpoint"`
	CreatedDate      *string          `json:"CreatedDate"`
	LastModifiedDate *string          `json:"LastModifiedDate"`
	Settings         json.RawMessage  `json:"Settings,omitempty"`
	Parameters       []parameterView  `json:"Parameters,omitempty"`
	Outputs          []pipelineOutput `json:"Outputs,omitempty"`
}

type parameterView struct {
	Name        string   `json:"Name"`
	Type        string   `json:"Type"`
	Description string   `json:"Description,omitempty"`
	Optional    bool     `json:"IsOptional"`
	Default     *string  `json:"DefaultValue"`
	Enum        []string `json:"Enum,omitempty"`
	Min         *string  `json:"Min,omitempty"`
	Max         *string  `json:"Max,omitempty"`
}

type pipelineOutput struct {
	Name string `json:"Name"`
	Type string `json:"Type"`
}

func (c *call) showPipeline(p *published) *pipelineView {
	v := &pipelineView{
		ID: p.ID, Name: p.Properties.Endpoint, Description: p.Properties.Description,
		Version: strconv.Itoa(p.Properties.Version), EntityStatus: "Active",
		PipelineEndpoint: p.Properties.Endpoint, Deployment: p.Properties.Deployment,
		ComponentID: p.Properties.ComponentID, GraphID: p.Properties.DefinitionDigest,
		RestEndpoint: c.address("/PipelineRuns/PipelineSubmit/" + p.ID),
		CreatedDate:  wireTime(p.Created), LastModifiedDate: wireTime(p.Modified),
	}
	if p.Properties.IsDisabled {
		v.EntityStatus = "Disabled"
	}
	return v
}

// listPipelines answers with all published pipelines, newest first; activeOnly
// in the query leaves out what is disabled.
func (c *call) listPipelines() error {
	all, err := c.versions("")
	if err != nil {
		return err
	}
	active, _ := strconv.ParseBool(c.query.Get("activeOnly"))
	out := []any{}
	for _, p := range all {
		if !active || !p.Properties.IsDisabled {
			out = append(out, c.showPipeline(p))
		}
	}
	return c.replyList(out, nil)
}

// listVersions answers with the pipelines of an endpoint, newest first.
func (c *call) listVersions() error {
	e, err := c.endpoint()
	if err != nil {
		return err
	}
	all, err := c.versions(e.Name)
	if err != nil {
		return err
	}
	out := []any{}
	for _, p := range all {
		out = append(out, c.showPipeline(p))
	}
	return c.replyList(out, nil)
}

// getPipeline answers with one published pipeline and its parameters, and runs
// nothing.
func (c *call) getPipeline() error {
	p, err := c.pipeline(c.vars["pipeline"])
	if err != nil {
		return err
	}
	d, err := c.definition(p)
	if err != nil {
		return err
	}
	v := c.showPipeline(p)
	v.Settings = d.settings
	for _, in := range d.component.Inputs {
		v.Parameters = append(v.Parameters, showParameter(in))
	}
	for _, out := range d.component.Outputs {
		v.Outputs = append(v.Outputs, pipelineOutput{out.Name, string(out.Type)})
	}
	return c.reply(http.StatusOK, v)
}

func showParameter(in *pipeline.Input) parameterView {
	v := parameterView{Name: in.Name, Type: string(in.Type), Description: in.Description, Optional: in.Optional}
	v.Default, v.Min, v.Max = literalText(in, in.Default), literalText(in, in.Min), literalText(in, in.Max)
	for i := range in.Enum {
		v.Enum = append(v.Enum, *literalText(in, &in.Enum[i]))
	}
	return v
}

// literalText is a literal of an input's declaration as a step would get it.
func literalText(in *pipeline.Input, l *pipeline.Literal) *string {
	if l == nil {
		return nil
	}
	text := l.Value
	if in.Type.IsLiteral() {
		text, _ = literal(in.Type, text)
	}
	return &text
}

func (c *call) disablePipeline() error { return c.setDisabled(true) }
func (c *call) enablePipeline() error  { return c.setDisabled(false) }

// updatePipeline disables and enables: {"EntityStatus": "Disabled"}.
func (c *call) updatePipeline() error {
	text, err := c.body()
	if err != nil {
		return err
	}
	var body struct{ EntityStatus string }
	if err := json.Unmarshal(text, &body); err != nil {
		return badRequest("the body is not a JSON object: %v", err)
	}
	switch strings.ToLower(body.EntityStatus) {
	case "disabled":
		return c.setDisabled(true)
	case "active":
		return c.setDisabled(false)
	}
	return badRequest(`of a published pipeline only {"EntityStatus": "Active"} or "Disabled" can be changed`)
}

func (c *call) setDisabled(disabled bool) error {
	p, err := c.pipeline(c.vars["pipeline"])
	if err != nil {
		return err
	}
	r, _, err := c.Ledger.Resources().ChangeResource(c.ctx(), p.ResourceKey, func(old *workspace.Resource) (*workspace.Resource, error) {
		if old == nil {
			return nil, notFound("there is no published pipeline %s in workspace %s", p.ID, c.scope.Workspace)
		}
		text, err := edit(old.Body, []string{"properties", "isDisabled"}, disabled)
		if err != nil {
			return nil, fmt.Errorf("change published pipeline %s: %w", p.ID, err)
		}
		now := *old
		now.Body = text
		return &now, nil
	})
	if err != nil {
		return err
	}
	if p, err = newPublished(r); err != nil {
		return err
	}
	return c.reply(http.StatusOK, c.showPipeline(p))
}
