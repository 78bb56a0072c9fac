package armapi

// registryHandlers are the operations on registries.
func registryHandlers() map[string]func(*call) error {
	return map[string]func(*call) error{}
}
