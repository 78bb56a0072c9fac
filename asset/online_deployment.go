package asset

import (
	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/pipeline"
)

// OnlineDeployment is what answers requests of an online endpoint, on machines
// that the service manages or on a Kubernetes cluster.
//
// Sources: https://learn.microsoft.com/azure/machine-learning/reference-yaml-deployment-managed-online
// and https://learn.microsoft.com/azure/machine-learning/reference-yaml-deployment-kubernetes-online
type OnlineDeployment struct {
	Head
	EndpointName pipeline.Text     `az:"endpoint_name"`
	Properties   map[string]string `az:"properties"`
	// Type is managed or kubernetes.
	Type                 pipeline.Text      `az:"type"`
	Model                *ModelUse          `az:"model"`
	ModelMountPath       pipeline.Text      `az:"model_mount_path"`
	Code                 *CodeConfiguration `az:"code_configuration"`
	Environment          *EnvironmentUse    `az:"environment"`
	EnvironmentVariables map[string]string  `az:"environment_variables"`
	InstanceType         pipeline.Text      `az:"instance_type"`
	InstanceCount        pipeline.Text      `az:"instance_count,plain"`
	AppInsights          *bool              `az:"app_insights_enabled"`
	Scale                *ScaleSettings     `az:"scale_settings"`
	Requests             *RequestSettings   `az:"request_settings"`
	Liveness             *Probe             `az:"liveness_probe"`
	Readiness            *Probe             `az:"readiness_probe"`
	// Collector is what is kept of requests and answers, as YAML text.
	Collector pipeline.Text `az:"data_collector,tree"`

	// Of managed ones: EgressAccess is enabled or disabled.
	EgressAccess             pipeline.Text `az:"egress_public_network_access"`
	PrivateNetworkConnection *bool         `az:"private_network_connection"`

	// Of Kubernetes: what a container asks for, and its limits.
	Resources *ContainerResources `az:"resources"`
}

// Kind is [OnlineDeploymentKind].
func (d *OnlineDeployment) Kind() string { return OnlineDeploymentKind }

// ScaleSettings say how many instances there are.
type ScaleSettings struct {
	// Type is default or target_utilization.
	Type pipeline.Text `az:"type"`
	// PollingInterval is in seconds.
	PollingInterval pipeline.Text `az:"polling_interval,plain"`
	// Utilization is in percent.
	Utilization  pipeline.Text `az:"target_utilization_percentage,plain"`
	MinInstances pipeline.Text `az:"min_instances,plain"`
	MaxInstances pipeline.Text `az:"max_instances,plain"`
	Range        diag.Range    `az:",place"`
}

// RequestSettings bound requests; times are in milliseconds.
type RequestSettings struct {
	Timeout        pipeline.Text `az:"request_timeout_ms,plain"`
	MaxConcurrency pipeline.Text `az:"max_concurrent_requests_per_instance,plain"`
	MaxQueueWait   pipeline.Text `az:"max_queue_wait_ms,plain"`
	Range          diag.Range    `az:",place"`
}

// Probe asks a container how it is; times are in seconds.
type Probe struct {
	InitialDelay     pipeline.Text `az:"initial_delay,plain"`
	Period           pipeline.Text `az:"period,plain"`
	Timeout          pipeline.Text `az:"timeout,plain"`
	SuccessThreshold pipeline.Text `az:"success_threshold,plain"`
	FailureThreshold pipeline.Text `az:"failure_threshold,plain"`
	Range            diag.Range    `az:",place"`
}

// ContainerResources are those of a container of Kubernetes.
type ContainerResources struct {
	Requests *ContainerAmounts `az:"requests"`
	Limits   *ContainerAmounts `az:"limits"`
}

// ContainerAmounts are amounts in Kubernetes's words: "0.5", "1Gi".
type ContainerAmounts struct {
	CPU    pipeline.Text `az:"cpu"`
	Memory pipeline.Text `az:"memory"`
	GPU    pipeline.Text `az:"gpu"`
	// NVIDIA is an older name of GPU.
	NVIDIA pipeline.Text `az:"nvidia.com/gpu"`
}
