package armapi

// workspaceHandlers are the operations on workspaces.
func workspaceHandlers() map[string]func(*call) error {
	return map[string]func(*call) error{}
}
