package schema

// described is a kind and what makes its description.
type described struct {
	name     string
	describe func() *Kind
}

// kinds are all that is described, in the order of the reference.
func kinds() []described {
	return []described{
		{"pipelineJob", pipelineJobKind},
		{"pipelineComponent", pipelineComponentKind},
		{"commandJob", commandJobKind},
		{"commandComponent", commandComponentKind},
		{"sweepJob", sweepJobKind},
		{"sparkJob", sparkJobKind},
		{"sparkComponent", sparkComponentKind},
		{"parallelJob", parallelJobKind},
		{"parallelComponent", parallelComponentKind},
		{"autoMLJob", autoMLJobKind},
		{"automlComponent", autoMLComponentKind},
		{"dataTransferJob", dataTransferJobKind},
		{"dataTransferComponent", dataTransferComponentKind},
		{"importJob", importJobKind},
		{"schedule", scheduleKind},
		{"data", dataKind},
		{"environment", environmentKind},
		{"model", modelKind},
		{"datastore", datastoreKind},
		{"compute", computeKind},
		{"workspace", workspaceKind},
		{"registry", registryKind},
		{"batchEndpoint", batchEndpointKind},
		{"batchDeployment", batchDeploymentKind},
		{"modelBatchDeployment", modelBatchDeploymentKind},
		{"pipelineComponentBatchDeployment", pipelineComponentBatchDeploymentKind},
		{"onlineEndpoint", onlineEndpointKind},
		{"onlineDeployment", onlineDeploymentKind},
	}
}
