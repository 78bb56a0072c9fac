package armapi

// groupHandlers are the operations on resource groups.
func groupHandlers() map[string]func(*call) error {
	return map[string]func(*call) error{}
}
