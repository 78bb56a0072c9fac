package local

// Accounts are the storage accounts of a home, for tests.
func (l *Local) Accounts() (*accounts, error) { return l.newAccounts() }
