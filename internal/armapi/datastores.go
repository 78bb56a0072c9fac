package armapi

// datastoreHandlers are the operations on datastores.
func datastoreHandlers() map[string]func(*call) error {
	return map[string]func(*call) error{}
}
