package arm

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/machinelearning/armmachinelearning/v4"

	"github.com/ischia-ml/ischia/asset"
	"github.com/ischia-ml/ischia/internal/yamlnode"
	"github.com/ischia-ml/ischia/pipeline"
)

func ptr[T any](v T) *T { return &v }

// EncodeCompute is the body of a cluster, the one kind of compute that jobs
// wait for.
func EncodeCompute(c *asset.Compute) (armmachinelearning.ComputeResource, error) {
	r, err := encodeCompute(c)
	if err != nil {
		return r, fmt.Errorf("encode the compute %s: %w", c.Name.Value, err)
	}
	return r, nil
}

func encodeCompute(c *asset.Compute) (armmachinelearning.ComputeResource, error) {
	var none armmachinelearning.ComputeResource
	if !strings.EqualFold(c.Type.Value, "amlcompute") {
		return none, faultf("type", "computes of type %q are not sent", c.Type.Value)
	}
	_, err := only(c, "type", "location", "size", "tier", "min_instances", "max_instances", "idle_time_before_scale_down",
		"identity", "enable_node_public_ip")
	if err != nil {
		return none, err
	}
	lowest, err := whole(c.MinInstances, "min_instances")
	if err != nil {
		return none, err
	}
	highest, err := whole(c.MaxInstances, "max_instances")
	if err != nil {
		return none, err
	}
	scale := &armmachinelearning.ScaleSettings{MinNodeCount: ptr(int32(0)), MaxNodeCount: ptr(int32(4))}
	if lowest != nil {
		scale.MinNodeCount = lowest
	}
	if highest != nil {
		scale.MaxNodeCount = highest
	}
	if c.IdleBeforeScaleDown.Value != "" {
		scale.NodeIdleTimeBeforeScaleDown = ptr(isoDuration(c.IdleBeforeScaleDown.Value))
	}
	p := &armmachinelearning.AmlComputeProperties{
		OSType: ptr(armmachinelearning.OsTypeLinux), VMSize: optional(c.Size), ScaleSettings: scale, EnableNodePublicIP: c.NodePublicIP,
	}
	if c.Tier.Value != "" {
		p.VMPriority = ptr(armmachinelearning.VMPriority(toWire(priorities(), c.Tier.Value)))
	}
	return armmachinelearning.ComputeResource{
		Location: optional(c.Location), Identity: managedIdentity(c.Identity), Tags: pointers(c.Tags),
		Properties: &armmachinelearning.AmlCompute{
			ComputeType: ptr(armmachinelearning.ComputeTypeAmlCompute), Description: optional(c.Description), Properties: p,
		},
	}, nil
}

func priorities() []pair { return []pair{{"dedicated", "Dedicated"}, {"low_priority", "LowPriority"}} }

func managedIdentities() []pair {
	return []pair{{"system_assigned", "SystemAssigned"}, {"user_assigned", "UserAssigned"},
		{"system_assigned,user_assigned", "SystemAssigned,UserAssigned"}, {"none", "None"}}
}

func managedIdentity(id *asset.Identity) *armmachinelearning.ManagedServiceIdentity {
	if id == nil {
		return nil
	}
	word := strings.ReplaceAll(id.Type.Value, " ", "")
	out := &armmachinelearning.ManagedServiceIdentity{Type: ptr(armmachinelearning.ManagedServiceIdentityType(toWire(managedIdentities(), word)))}
	for _, user := range id.UserAssigned.List {
		if out.UserAssignedIdentities == nil {
			out.UserAssignedIdentities = map[string]*armmachinelearning.UserAssignedIdentity{}
		}
		out.UserAssignedIdentities[user.ResourceID.Value] = &armmachinelearning.UserAssignedIdentity{}
	}
	return out
}

func identityOf(id *armmachinelearning.ManagedServiceIdentity) *asset.Identity {
	if id == nil || id.Type == nil {
		return nil
	}
	out := &asset.Identity{Type: pipeline.Text{Value: toYAML(managedIdentities(), string(*id.Type))}}
	for _, resource := range sortedKeys(id.UserAssignedIdentities) {
		out.UserAssigned.List = append(out.UserAssigned.List, asset.UserIdentity{ResourceID: pipeline.Text{Value: resource}})
	}
	return out
}

// DecodeCompute reads the body of a cluster.
func DecodeCompute(name string, body armmachinelearning.ComputeResource) (*asset.Compute, error) {
	aml, ok := body.Properties.(*armmachinelearning.AmlCompute)
	if !ok {
		return nil, faultf("properties.computeType", "only computes of type AmlCompute are taken here")
	}
	c := &asset.Compute{
		Head:     asset.Head{Name: pipeline.Text{Value: name}, Description: text(aml.Description), Tags: values(body.Tags)},
		Type:     pipeline.Text{Value: "amlcompute"},
		Location: text(body.Location), Identity: identityOf(body.Identity),
	}
	p := aml.Properties
	if p == nil {
		return nil, faultf("properties.properties", "a cluster has a size and scale settings")
	}
	c.Size, c.NodePublicIP = text(p.VMSize), p.EnableNodePublicIP
	if p.VMPriority != nil {
		c.Tier.Value = toYAML(priorities(), string(*p.VMPriority))
	}
	if s := p.ScaleSettings; s != nil {
		c.MinInstances, c.MaxInstances = count(s.MinNodeCount), count(s.MaxNodeCount)
		if s.NodeIdleTimeBeforeScaleDown != nil {
			c.IdleBeforeScaleDown.Value = seconds(*s.NodeIdleTimeBeforeScaleDown)
		}
	}
	if p.Subnet != nil || p.UserAccountCredentials != nil || p.VirtualMachineImage != nil {
		return nil, faultf("properties.properties", "networks, accounts and images of nodes are not taken here")
	}
	return c, nil
}

// EncodeDatastore is the body of a datastore of blobs.
func EncodeDatastore(s *asset.Datastore) (armmachinelearning.Datastore, error) {
	var none armmachinelearning.Datastore
	if !strings.EqualFold(s.Type.Value, "azure_blob") && s.Type.Value != "" {
		return none, fmt.Errorf("encode the datastore %s: %w", s.Name.Value, faultf("type", "datastores of type %q are not sent", s.Type.Value))
	}
	blob := &armmachinelearning.AzureBlobDatastore{
		DatastoreType: ptr(armmachinelearning.DatastoreTypeAzureBlob), AccountName: optional(s.AccountName), ContainerName: optional(s.ContainerName),
		Endpoint: optional(s.Endpoint), Protocol: optional(s.Protocol), Description: optional(s.Description), Tags: pointers(s.Tags),
	}
	_, err := only(s, "type", "account_name", "container_name", "endpoint", "protocol", "credentials")
	if err == nil {
		blob.Credentials, err = credentials(s.Credentials)
	}
	if err != nil {
		return none, fmt.Errorf("encode the datastore %s: %w", s.Name.Value, err)
	}
	return armmachinelearning.Datastore{Properties: blob}, nil
}

func credentials(c *asset.Credentials) (armmachinelearning.DatastoreCredentialsClassification, error) {
	switch {
	case c == nil:
		return &armmachinelearning.NoneDatastoreCredentials{CredentialsType: ptr(armmachinelearning.CredentialsTypeNone)}, nil
	case c.AccountKey.Value != "":
		return &armmachinelearning.AccountKeyDatastoreCredentials{
			CredentialsType: ptr(armmachinelearning.CredentialsTypeAccountKey),
			Secrets: &armmachinelearning.AccountKeyDatastoreSecrets{
				SecretsType: ptr(armmachinelearning.SecretsTypeAccountKey), Key: optional(c.AccountKey),
			},
		}, nil
	case c.SASToken.Value != "":
		return &armmachinelearning.SasDatastoreCredentials{
			CredentialsType: ptr(armmachinelearning.CredentialsTypeSas),
			Secrets:         &armmachinelearning.SasDatastoreSecrets{SecretsType: ptr(armmachinelearning.SecretsTypeSas), SasToken: optional(c.SASToken)},
		}, nil
	}
	return nil, faultf("credentials", "only account keys and SAS tokens are sent")
}

// DecodeDatastore reads the body of a datastore of blobs.
func DecodeDatastore(name string, body armmachinelearning.Datastore) (*asset.Datastore, error) {
	blob, ok := body.Properties.(*armmachinelearning.AzureBlobDatastore)
	if !ok {
		return nil, faultf("properties.datastoreType", "only datastores of type AzureBlob are taken here")
	}
	s := &asset.Datastore{
		Head: asset.Head{Name: pipeline.Text{Value: name}, Description: text(blob.Description), Tags: values(blob.Tags)},
		Type: pipeline.Text{Value: "azure_blob"}, AccountName: text(blob.AccountName), ContainerName: text(blob.ContainerName),
		Endpoint: text(blob.Endpoint), Protocol: text(blob.Protocol),
	}
	switch c := blob.Credentials.(type) {
	case nil, *armmachinelearning.NoneDatastoreCredentials:
	case *armmachinelearning.AccountKeyDatastoreCredentials:
		if c.Secrets != nil {
			s.Credentials = &asset.Credentials{AccountKey: text(c.Secrets.Key)}
		}
	case *armmachinelearning.SasDatastoreCredentials:
		if c.Secrets != nil {
			s.Credentials = &asset.Credentials{SASToken: text(c.Secrets.SasToken)}
		}
	default:
		return nil, faultf("properties.credentials.credentialsType", "only None, AccountKey and Sas are taken here")
	}
	return s, nil
}

func authModes() []pair {
	return []pair{{"aad_token", "AADToken"}, {"aml_token", "AMLToken"}, {"key", "Key"}}
}

// EncodeBatchEndpoint is the body of a batch endpoint.
func EncodeBatchEndpoint(e *asset.BatchEndpoint) (armmachinelearning.BatchEndpoint, error) {
	if _, err := only(e, "properties", "auth_mode", "location", "identity", "defaults"); err != nil {
		return armmachinelearning.BatchEndpoint{}, fmt.Errorf("encode the endpoint %s: %w", e.Name.Value, err)
	}
	p := &armmachinelearning.BatchEndpointProperties{
		AuthMode:    ptr(armmachinelearning.EndpointAuthMode(toWire(authModes(), firstText(e.AuthMode.Value, "aad_token")))),
		Description: optional(e.Description), Properties: pointers(e.Properties),
	}
	if e.Defaults != nil {
		p.Defaults = &armmachinelearning.BatchEndpointDefaults{DeploymentName: optional(e.Defaults.DeploymentName)}
	}
	return armmachinelearning.BatchEndpoint{Location: optional(e.Location), Identity: managedIdentity(e.Identity), Tags: pointers(e.Tags), Properties: p}, nil
}

// DecodeBatchEndpoint reads the body of a batch endpoint.
func DecodeBatchEndpoint(name string, body armmachinelearning.BatchEndpoint) (*asset.BatchEndpoint, error) {
	p := body.Properties
	if p == nil {
		return nil, faultf("properties", "an endpoint has properties")
	}
	e := &asset.BatchEndpoint{Endpoint: asset.Endpoint{
		Head:       asset.Head{Name: pipeline.Text{Value: name}, Description: text(p.Description), Tags: values(body.Tags)},
		Properties: values(p.Properties), Location: text(body.Location), Identity: identityOf(body.Identity),
	}}
	if p.AuthMode != nil {
		e.AuthMode.Value = toYAML(authModes(), string(*p.AuthMode))
	}
	if p.Defaults != nil && p.Defaults.DeploymentName != nil && *p.Defaults.DeploymentName != "" {
		e.Defaults = &asset.BatchDefaults{DeploymentName: text(p.Defaults.DeploymentName)}
	}
	return e, nil
}

// EncodeBatchDeployment is the body of a deployment of a pipeline component. c
// is the component when the deployment names a file; it is registered as an
// anonymous version.
func EncodeBatchDeployment(ctx context.Context, a *asset.BatchDeployment, c *pipeline.Component, o EncodeOptions) (armmachinelearning.BatchDeployment, error) {
	var none armmachinelearning.BatchDeployment
	n, err := only(a, "endpoint_name", "properties", "type", "component", "settings")
	if err != nil {
		return none, fmt.Errorf("encode the deployment %s: %w", a.Name.Value, err)
	}
	id, err := newEncoder(o).componentID(ctx, a.Component.Text, c)
	if err != nil {
		return none, fmt.Errorf("encode the deployment %s: %w", a.Name.Value, err)
	}
	settings := map[string]*string{}
	for _, p := range entries(newEncoder(o).settings(n.Get("settings"))) {
		if p.Key != "_source" {
			settings[p.Key] = ptr(p.Value.PyString())
		}
	}
	return armmachinelearning.BatchDeployment{Tags: pointers(a.Tags), Properties: &armmachinelearning.BatchDeploymentProperties{
		Description: optional(a.Description), Properties: pointers(a.Properties),
		DeploymentConfiguration: &armmachinelearning.BatchPipelineComponentDeploymentConfiguration{
			DeploymentConfigurationType: ptr(armmachinelearning.BatchDeploymentConfigurationTypePipelineComponent),
			ComponentID:                 &armmachinelearning.IDAssetReference{ReferenceType: ptr(armmachinelearning.ReferenceTypeID), AssetID: &id},
			Settings:                    settings,
		},
	}}, nil
}

// DecodeBatchDeployment reads the body of a deployment of a pipeline component.
func DecodeBatchDeployment(endpoint, name string, body armmachinelearning.BatchDeployment, o DecodeOptions) (*asset.BatchDeployment, error) {
	p := body.Properties
	if p == nil {
		return nil, faultf("properties", "a deployment has properties")
	}
	c, ok := p.DeploymentConfiguration.(*armmachinelearning.BatchPipelineComponentDeploymentConfiguration)
	if !ok || c.ComponentID == nil || c.ComponentID.AssetID == nil {
		return nil, faultf("properties.deploymentConfiguration", "only deployments of pipeline components are taken here")
	}
	a := &asset.BatchDeployment{
		Form:         asset.PipelineComponentBatchDeploymentKind,
		Head:         asset.Head{Name: pipeline.Text{Value: name}, Description: text(p.Description), Tags: values(body.Tags)},
		EndpointName: pipeline.Text{Value: endpoint}, Properties: values(p.Properties), Type: pipeline.Text{Value: "pipeline"},
	}
	a.Component.Value = newDecoder(o).reference(*c.ComponentID.AssetID)
	settings := yamlnode.NewMapping()
	for _, key := range sortedKeys(c.Settings) {
		if v := c.Settings[key]; v != nil && !strings.HasPrefix(key, "_") {
			settings.Set(key, setting(newDecoder(o).short(*v)))
		}
	}
	job, err := printed(settings)
	if job != "" {
		a.Settings = &asset.BatchSettings{Job: pipeline.Text{Value: job}}
	}
	return a, err
}

// setting is a text that may be a boolean of Python's.
func setting(text string) *yamlnode.Node {
	switch text {
	case "True", "False":
		return yamlnode.NewBool(text == "True")
	}
	return plain(text)
}

// EncodeSchedule is the body of a schedule that starts a job. job is what the
// schedule names, with its changes made.
func EncodeSchedule(ctx context.Context, s *asset.Schedule, job pipeline.Job, o EncodeOptions) (armmachinelearning.Schedule, error) {
	var none armmachinelearning.Schedule
	if _, err := only(s, "display_name", "properties", "trigger", "create_job"); err != nil {
		return none, fmt.Errorf("encode the schedule %s: %w", s.Name.Value, err)
	}
	base, err := EncodeJob(ctx, job, o)
	if err != nil {
		return none, fmt.Errorf("encode the schedule %s: %w", s.Name.Value, err)
	}
	trigger, err := encodeTrigger(s.Trigger)
	if err != nil {
		return none, fmt.Errorf("encode the schedule %s: %w", s.Name.Value, err)
	}
	return armmachinelearning.Schedule{Properties: &armmachinelearning.ScheduleProperties{
		Action:  &armmachinelearning.JobScheduleAction{ActionType: ptr(armmachinelearning.ScheduleActionTypeCreateJob), JobDefinition: base.Properties},
		Trigger: trigger, Description: optional(s.Description), DisplayName: optional(s.DisplayName), IsEnabled: ptr(true),
		Tags: pointers(s.Tags), Properties: pointers(s.Properties),
	}}, nil
}

func encodeTrigger(t *asset.Trigger) (armmachinelearning.TriggerBaseClassification, error) {
	if t == nil {
		return nil, faultf("trigger", "a schedule says when")
	}
	if strings.EqualFold(t.Type.Value, "cron") {
		return &armmachinelearning.CronTrigger{
			TriggerType: ptr(armmachinelearning.TriggerTypeCron), Expression: optional(t.Expression),
			StartTime: optional(t.StartTime), EndTime: optional(t.EndTime), TimeZone: optional(t.TimeZone),
		}, nil
	}
	interval, err := whole(t.Interval, "trigger.interval")
	if err != nil {
		return nil, err
	}
	out := &armmachinelearning.RecurrenceTrigger{
		TriggerType: ptr(armmachinelearning.TriggerTypeRecurrence), Interval: interval,
		Frequency: ptr(armmachinelearning.RecurrenceFrequency(title(t.Frequency.Value))),
		StartTime: optional(t.StartTime), EndTime: optional(t.EndTime), TimeZone: optional(t.TimeZone),
	}
	if t.Pattern == nil {
		return out, nil
	}
	out.Schedule = &armmachinelearning.RecurrenceSchedule{Hours: []*int32{}, Minutes: []*int32{}}
	for _, day := range t.Pattern.WeekDays {
		out.Schedule.WeekDays = append(out.Schedule.WeekDays, ptr(armmachinelearning.WeekDay(title(day.Value))))
	}
	for _, f := range []struct {
		from []pipeline.Text
		to   *[]*int32
	}{{t.Pattern.Hours, &out.Schedule.Hours}, {t.Pattern.Minutes, &out.Schedule.Minutes}, {t.Pattern.MonthDays, &out.Schedule.MonthDays}} {
		for _, text := range f.from {
			n, err := whole(text, "trigger.schedule")
			if err != nil {
				return nil, err
			}
			*f.to = append(*f.to, n)
		}
	}
	return out, nil
}

// title is a word with a capital.
func title(word string) string {
	if word == "" {
		return ""
	}
	return strings.ToUpper(word[:1]) + strings.ToLower(word[1:])
}

// DecodeSchedule reads the body of a schedule that starts a job, and that job.
func DecodeSchedule(ctx context.Context, name string, body []byte, o DecodeOptions) (*asset.Schedule, pipeline.Job, error) {
	root, err := parseJSON(body)
	if err != nil {
		return nil, nil, &Fault{Err: fmt.Errorf("read the body of the schedule: %w", err)}
	}
	var typed armmachinelearning.Schedule
	if err := json.Unmarshal(body, &typed); err != nil {
		return nil, nil, &Fault{Err: fmt.Errorf("read the body of the schedule: %w", err)}
	}
	p := typed.Properties
	if p == nil {
		return nil, nil, faultf("properties", "a schedule has properties")
	}
	s := &asset.Schedule{
		Head:        asset.Head{Name: pipeline.Text{Value: name}, Description: text(p.Description), Tags: values(p.Tags)},
		DisplayName: text(p.DisplayName), Properties: values(p.Properties),
	}
	if s.Trigger, err = decodeTrigger(p.Trigger); err != nil {
		return nil, nil, err
	}
	if _, ok := p.Action.(*armmachinelearning.JobScheduleAction); !ok {
		return nil, nil, faultf("properties.action.actionType", "only schedules that create jobs are taken here")
	}
	definition := root.Get("properties").Get("action").Get("jobDefinition")
	if !isMapping(definition) {
		return nil, nil, faultf("properties.action.jobDefinition", "it is missing")
	}
	job, err := newDecoder(o).job(ctx, "", definition)
	if err != nil {
		return nil, nil, fmt.Errorf("properties.action.jobDefinition: %w", err)
	}
	return s, job, nil
}

func decodeTrigger(t armmachinelearning.TriggerBaseClassification) (*asset.Trigger, error) {
	switch t := t.(type) {
	case *armmachinelearning.CronTrigger:
		return &asset.Trigger{
			Type: pipeline.Text{Value: "cron"}, Expression: text(t.Expression), StartTime: text(t.StartTime), EndTime: text(t.EndTime), TimeZone: text(t.TimeZone),
		}, nil
	case *armmachinelearning.RecurrenceTrigger:
		out := &asset.Trigger{
			Type: pipeline.Text{Value: "recurrence"}, Interval: count(t.Interval),
			StartTime: text(t.StartTime), EndTime: text(t.EndTime), TimeZone: text(t.TimeZone),
		}
		if t.Frequency != nil {
			out.Frequency.Value = strings.ToLower(string(*t.Frequency))
		}
		out.Pattern = pattern(t.Schedule)
		return out, nil
	}
	return nil, faultf("properties.trigger.triggerType", "only Cron and Recurrence are taken here")
}

func pattern(s *armmachinelearning.RecurrenceSchedule) *asset.Pattern {
	if s == nil {
		return nil
	}
	out := &asset.Pattern{}
	for _, day := range s.WeekDays {
		if day != nil {
			out.WeekDays = append(out.WeekDays, pipeline.Text{Value: strings.ToLower(string(*day))})
		}
	}
	for _, f := range []struct {
		from []*int32
		to   *[]pipeline.Text
	}{{s.Hours, &out.Hours}, {s.Minutes, &out.Minutes}, {s.MonthDays, &out.MonthDays}} {
		for _, n := range f.from {
			if n != nil {
				*f.to = append(*f.to, count(n))
			}
		}
	}
	return out
}
