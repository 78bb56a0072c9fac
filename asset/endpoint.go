package asset

import "github.com/ischia-ml/ischia/pipeline"

// Endpoint is what batch and online endpoints have in common.
type Endpoint struct {
	Head
	Properties map[string]string `az:"properties"`
	// AuthMode is aad_token for batch endpoints, and one of aad_token,
	// aml_token and key for online ones.
	AuthMode pipeline.Text `az:"auth_mode"`
	Location pipeline.Text `az:"location"`
	Identity *Identity     `az:"identity"`
}

// BatchEndpoint takes requests to score many records, or to run a pipeline.
//
// Source: https://learn.microsoft.com/azure/machine-learning/reference-yaml-endpoint-batch
type BatchEndpoint struct {
	Endpoint
	Defaults *BatchDefaults `az:"defaults"`
}

// Kind is [BatchEndpointKind].
func (e *BatchEndpoint) Kind() string { return BatchEndpointKind }

// BatchDefaults say which deployment answers when a request names none.
type BatchDefaults struct {
	DeploymentName pipeline.Text `az:"deployment_name"`
}

// OnlineEndpoint answers requests at once.
//
// Source: https://learn.microsoft.com/azure/machine-learning/reference-yaml-endpoint-online
type OnlineEndpoint struct {
	Endpoint
	// Compute is that of a Kubernetes endpoint: azureml:NAME.
	Compute pipeline.Text `az:"compute"`
	// PublicNetworkAccess, of managed ones, is enabled or disabled.
	PublicNetworkAccess pipeline.Text `az:"public_network_access"`
	// Traffic gives deployments their shares, in percent.
	Traffic []Share `az:"traffic"`
	// Mirror gives one deployment a copy of a share, at most 50 percent.
	Mirror []Share `az:"mirror_traffic"`
}

// Kind is [OnlineEndpointKind].
func (e *OnlineEndpoint) Kind() string { return OnlineEndpointKind }

// Share is the share of traffic of one deployment.
type Share struct {
	Deployment pipeline.Text `az:",key"`
	// Percent is a whole number.
	Percent pipeline.Text `az:",value,plain"`
}
