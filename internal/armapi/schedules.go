package armapi

// scheduleHandlers are the operations on schedules.
func scheduleHandlers() map[string]func(*call) error {
	return map[string]func(*call) error{}
}
