package armapi

// jobHandlers are the operations on jobs.
func jobHandlers() map[string]func(*call) error {
	return map[string]func(*call) error{}
}
