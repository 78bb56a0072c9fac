package gitinfo

// CleanRemote is for tests: git itself cannot be made to print every URL.
func CleanRemote(text string) string { return cleanRemote(text) }
