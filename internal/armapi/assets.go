package armapi

// assetHandlers are the operations on assets.
func assetHandlers() map[string]func(*call) error {
	return map[string]func(*call) error{}
}
