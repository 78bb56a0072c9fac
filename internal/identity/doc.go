// Package identity signs in to Azure: as a service principal whose secret
// stands in an environment variable or in a key vault, or as whoever is at
// work here (a sign-in that was kept, the Azure CLI, a workload or managed
// identity, a device code). [New] makes a [Credential] of what the
// configuration says; nothing is sent before a token is asked for.
//
// It reads no configuration file and no environment of its own accord: both are
// handed in. What a token is good for is the business of who asks for it.
//
// The invariants: a secret is in no error, no message and no file; the sign-in
// store alone holds what renews a sign-in; and whatever goes wrong is told in
// one line, an [Error], that begins with the first real cause and ends with
// what to do.
//
// Next: package entra, which stands in for the other side in tests.
package identity
