package armapi

// computeHandlers are the operations on computes.
func computeHandlers() map[string]func(*call) error {
	return map[string]func(*call) error{}
}
