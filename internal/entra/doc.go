// Package entra is a stand-in of Microsoft Entra ID: it signs people and
// programs in and gives out tokens that are real JWTs, so that Azure's own
// client libraries take it for the service. Beside it are what lives on its
// tokens: a managed identity's endpoint and a key vault.
//
// It serves two callers. `ischia exec` answers for login.microsoftonline.com
// with it, and lets everybody in ([Config].Open): whoever may use the proxy is
// signed in already. Tests of sign-in use it closed, where it refuses what the
// service refuses, in the service's words and numbers (AADSTS…).
//
// It is no identity provider: keys, codes and refresh tokens are in memory and
// die with the process, and there is no page to type a password in.
//
// The one invariant: a token is for one audience, exactly the one asked for,
// and [Directory.Verify] never takes it for another.
//
// Next: package hosts.
package entra
