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
		{"data", dataKind},
	}
}
