// Package proxy lets a client of Azure Machine Learning, unmodified, work on the
// embedded workspace: it is an HTTP proxy on loopback for one child process and
// what that starts. Requests for Azure's hosts are answered by the doors of the
// home and by stand-ins of Microsoft Entra ID and Key Vault, over TLS with an
// authority that lives as long as the proxy does. All other hosts are passed
// through, or refused.
//
// It is not a door of its own, and no way for others: whoever does not know the
// credentials of this run can do nothing with it, and a token is good for the
// services it was asked for alone. Command `ischia exec` starts it.
//
// The invariant to keep: nothing that is meant for Azure ever gets there. What
// is not supported is refused by name, not passed on.
//
// Next: package local, which opens the doors that it leads to.
package proxy
