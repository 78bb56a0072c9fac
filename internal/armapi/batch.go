package armapi

// batchHandlers are the operations on batch endpoints, their deployments and invocation.
func batchHandlers() map[string]func(*call) error {
	return map[string]func(*call) error{}
}
