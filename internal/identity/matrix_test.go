package identity_test

import (
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/ischia-ml/ischia/internal/entra"
	"github.com/ischia-ml/ischia/internal/identity"
)

// columns are what can come of a sign-in, whichever way it goes.
func columns() []string {
	return []string{"good", "wrong secret", "expired", "denied", "no such vault", "no such secret", "clock", "throttled"}
}

// lab is one sign-in: its world, its options, and what it asks a token for.
type lab struct {
	*testing.T
	*world
	o        identity.Options
	audience string
	// key signs assertions.
	key *rsa.PrivateKey
}

// cell is one way to sign in with one failure: what goes wrong, and the kind
// and the line that come of it. never says why there is no such thing.
type cell struct {
	never string
	wrong func(*lab)
	kind  identity.Kind
	line  string
}

// path is a way to sign in. One that looks at this process's environment goes
// alone.
type path struct {
	begin func(*lab)
	alone bool
	cells map[string]cell
}

const (
	asLate    = "sign in as the service principal " + lateApp + ": "
	asOwn     = "sign in to Azure: "
	asAz      = "sign in with the Azure CLI: "
	asWork    = "sign in as the workload identity " + appID + ": "
	asMachine = "sign in as the managed identity of this machine: "
	inVaults  = "the secret client-secret of the key vault kv.vault.azure.net"

	login       = "login.microsoftonline.com"
	badCert     = "the certificate of " + login + " is not valid at the time of this machine's clock; set the clock right"
	tooMany     = login + " says that there were too many requests; try again in 2m0s"
	noVaultHere = "no key vault is read on this way"
)

// TestMatrix is every way to sign in with each of its failures.
func TestMatrix(t *testing.T) {
	for name, p := range map[string]path{
		"secret in a variable": variablePath(), "secret in a key vault": vaultPath(), "Azure CLI": azPath(), "device code": devicePath(),
		"kept sign-in": keptPath(), "workload identity": workloadPath(), "managed identity": managedPath(),
	} {
		for _, column := range columns() {
			c, ok := p.cells[column]
			if !ok || c.never == "" && c.kind == "" && column != "good" || c.kind != "" && c.line == "" {
				t.Errorf("%s: nothing is said of %q", name, column)
			}
			if c.never != "" {
				continue
			}
			t.Run(name+"/"+column, func(t *testing.T) {
				if !p.alone {
					t.Parallel()
				}
				p.run(t, c)
			})
		}
		for column := range p.cells {
			if !slices.Contains(columns(), column) {
				t.Errorf("%s: there is no column %q", name, column)
			}
		}
	}
}

func (p path) run(t *testing.T, c cell) {
	t.Helper()
	w := newWorld(t)
	l := &lab{T: t, world: w, o: w.options(map[string]string{"APP_SECRET": secret}), audience: manager}
	p.begin(l)
	if c.wrong != nil {
		c.wrong(l)
	}
	cred, err := identity.New(l.o)
	if err == nil {
		_, err = cred.GetToken(t.Context(), scope(l.audience))
	}
	checkError(t, err, c.kind, c.line)
	if err != nil {
		checkText(t, "the error", err.Error(), secret)
	}
}

// late is a machine whose clock is a hundred years ahead.
func late(l *lab) {
	inner := l.o.Transport.(*http.Client).Transport.(*http.Transport).Clone()
	inner.TLSClientConfig.Time = func() time.Time { return time.Now().AddDate(100, 0, 0) }
	l.o.Transport = &http.Client{Transport: inner}
}

// busy has every stand-in say that there are too many requests.
func busy(l *lab) {
	l.directory.Fail(func(*http.Request) *entra.Failure { return &entra.Failure{Status: 429, RetryAfter: 2 * time.Minute} })
}

func environ(l *lab, set map[string]string) {
	l.o.Getenv = func(name string) string { return set[name] }
}

func variablePath() path {
	return path{begin: func(*lab) {}, cells: map[string]cell{
		"good": {},
		"wrong secret": {
			wrong: func(l *lab) { environ(l, map[string]string{"APP_SECRET": "wrong" + secret}) }, kind: identity.WrongSecret,
			line: asApp + "the client secret is wrong (AADSTS7000215); put the secret's value, not its id, into the environment variable APP_SECRET",
		},
		"expired": {
			wrong: func(l *lab) { l.o.ClientID = lateApp }, kind: identity.ExpiredSecret,
			line: asLate + "the client secret has expired (AADSTS7000222); make a new one for the app " + lateApp + " and put it into the environment variable APP_SECRET",
		},
		"denied": {
			wrong: func(l *lab) { l.o.ClientID = deniedApp }, kind: identity.NoConsent,
			line: "sign in as the service principal " + deniedApp + ": nobody has consented to this app in the tenant " + tenantID + " (AADSTS65001); ask who administers the tenant to consent, or sign in with the Azure CLI",
		},
		"no such vault": {never: noVaultHere},
		"no such secret": {
			wrong: func(l *lab) { environ(l, nil) }, kind: identity.WrongSecret,
			line: asApp + "the environment variable APP_SECRET is not set, or empty; put the client secret into it",
		},
		"clock":     {wrong: late, kind: identity.Clock, line: asApp + badCert},
		"throttled": {wrong: busy, kind: identity.Throttled, line: asApp + tooMany},
	}}
}

func vaultPath() path {
	holds := func(l *lab, value string, mayRead bool) {
		l.hosts[vaultHost] = entra.NewVault(l.directory, "https://"+vaultHost, map[string]string{"client-secret": value},
			func(entra.Claims) bool { return mayRead }).Handler()
	}
	return path{begin: func(l *lab) { l.o = inVault(l.T, l.world) }, cells: map[string]cell{
		"good": {},
		"wrong secret": {
			wrong: func(l *lab) { holds(l, "wrong"+secret, true) }, kind: identity.WrongSecret,
			line: asApp + "the client secret is wrong (AADSTS7000215); put the secret's value, not its id, into " + inVaults,
		},
		"expired": {
			wrong: func(l *lab) { l.o.ClientID = lateApp }, kind: identity.ExpiredSecret,
			line: asLate + "the client secret has expired (AADSTS7000222); make a new one for the app " + lateApp + " and put it into " + inVaults,
		},
		"denied": {
			wrong: func(l *lab) { holds(l, secret, false) }, kind: identity.Denied,
			line: reading + "you may not read secrets there (ForbiddenByRbac); ask for the role 'Key Vault Secrets User', or for 'get' in the vault's access policy",
		},
		"no such vault": {
			wrong: func(l *lab) { delete(l.hosts, vaultHost) }, kind: identity.NoVault,
			line: reading + "there is no such key vault; check keyvault_url",
		},
		"no such secret": {
			wrong: func(l *lab) { l.o.VaultSecret = "other" }, kind: identity.NoSecret,
			line: "read the secret other of the key vault kv.vault.azure.net: there is no such secret (SecretNotFound); check keyvault_secret_name",
		},
		"clock": {
			wrong: func(l *lab) {
				inner := l.hosts[vaultHost]
				l.hosts[vaultHost] = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Date", time.Now().Add(2*time.Hour).UTC().Format(http.TimeFormat))
					if r.Header.Get("Authorization") == "" {
						inner.ServeHTTP(w, r)
						return
					}
					w.WriteHeader(http.StatusUnauthorized)
					_, _ = w.Write([]byte(`{"error":{"code":"Unauthorized","message":"[TokenExpired] Error validating token: 'S2S12005'."}}`))
				})
			},
			kind: identity.Clock,
			line: reading + "the key vault does not take the sign-in, and this machine's clock is 2h0m behind kv.vault.azure.net (Unauthorized); set this machine's clock right",
		},
		"throttled": {
			wrong: busy, kind: identity.Throttled,
			line: reading + "kv.vault.azure.net says that there were too many requests; try again in 2m0s",
		},
	}}
}

// azPath has az say what it says.
func azPath() path {
	says := func(text string) func(*lab) {
		return func(l *lab) { fakeAz(l.T, `echo "ERROR: `+text+` Trace ID: 1" >&2; exit 1`) }
	}
	return path{alone: true, begin: func(l *lab) {
		l.o = l.asUser(map[string]string{"CI": "true"})
		good, expires, err := l.directory.Token(manager, entra.Principal{User: userName})
		if err != nil {
			l.Fatal(err)
		}
		fakeAz(l.T, fmt.Sprintf(`echo '{"accessToken":"%s","expires_on":%d}'`, good, expires.Unix()))
	}, cells: map[string]cell{
		"good": {},
		"wrong secret": {
			wrong: says("AADSTS7000215: Invalid client secret provided."), kind: identity.WrongSecret,
			line: asAz + "the client secret is wrong (AADSTS7000215); sign in anew: az login",
		},
		"expired": {
			wrong: says("AADSTS700082: The refresh token has expired due to inactivity."), kind: identity.Expired,
			line: asAz + "the sign-in has expired or was revoked (AADSTS700082); sign in anew: az login",
		},
		"denied": {
			wrong: says("AADSTS53003: Access has been blocked by Conditional Access policies."), kind: identity.Policy,
			line: asAz + "a conditional access policy of the tenant of the sign-in forbids this sign-in (AADSTS53003); sign in from a device or network that it allows, or with the Azure CLI in a browser (az login)",
		},
		"no such vault": {never: noVaultHere},
		"no such secret": {
			wrong: says("Please run 'az login' to setup account."), kind: identity.NoSignIn, line: noOne,
		},
		"clock": {
			wrong: says("AADSTS500133: Assertion is not within its valid time range."), kind: identity.Clock,
			line: asAz + "the assertion is not valid at this time (AADSTS500133); correct this machine's clock, or renew the assertion",
		},
		"throttled": {
			wrong: says("AADSTS90055: Tenant throttled: there are too many incoming requests."), kind: identity.Throttled,
			line: asAz + "there were too many requests (AADSTS90055); wait for some minutes and try again",
		},
	}}
}

func devicePath() path {
	prompted := func(l *lab, answer func(string) error) { l.o.Prompt = &device{answer: answer} }
	return path{begin: func(l *lab) {
		l.o = l.asUser(nil)
		l.o.Folder = l.TempDir()
		prompted(l, l.directory.Approve)
	}, cells: map[string]cell{
		"good":         {},
		"wrong secret": {never: "a person has no secret here"},
		"expired": {
			wrong: func(l *lab) {
				prompted(l, nil)
				l.on(login, "/token", refuses(400, `{"error":"expired_token","error_description":"AADSTS70020: This device code has expired."}`))
			},
			kind: identity.CodeExpired, line: asOwn + "nobody entered the code in time (AADSTS70020); try again, and enter the code within 15 minutes",
		},
		"denied": {
			wrong: func(l *lab) { prompted(l, l.directory.Deny) }, kind: identity.Declined,
			line: asOwn + "the sign-in was declined in the browser (AADSTS70022); try again, and accept it",
		},
		"no such vault": {never: noVaultHere},
		"no such secret": {
			wrong: func(l *lab) { l.o.Prompt = nil }, kind: identity.NoSignIn, line: noOne,
		},
		"clock": {wrong: late, kind: identity.Clock, line: asOwn + badCert},
		// While it is waited for the person.
		"throttled": {
			wrong: func(l *lab) {
				prompted(l, func(string) error { busy(l); return nil })
			},
			kind: identity.Throttled, line: asOwn + tooMany,
		},
	}}
}

func keptPath() path {
	return path{begin: func(l *lab) {
		l.o = l.asUser(nil)
		l.o.Folder = signedIn(l.T, l.world)
		l.audience = "https://ml.azure.com" // a token for the manager is kept, too
	}, cells: map[string]cell{
		"good":         {},
		"wrong secret": {never: "a person has no secret here"},
		"expired": {
			wrong: func(l *lab) { l.directory.Revoke(userName) }, kind: identity.Expired,
			line: asOwn + "the sign-in has expired or was revoked (AADSTS50173); sign in anew: ischia login --tenant " + tenantID,
		},
		"denied": {
			wrong: func(l *lab) {
				l.on(login, "/token", refuses(400, `{"error":"invalid_grant","error_description":"AADSTS53003: Access has been blocked by Conditional Access policies."}`))
			},
			kind: identity.Policy,
			line: asOwn + "a conditional access policy of the tenant " + tenantID + " forbids this sign-in (AADSTS53003); sign in from a device or network that it allows, or with the Azure CLI in a browser (az login)",
		},
		"no such vault": {never: noVaultHere},
		"no such secret": {
			wrong: func(l *lab) { l.o.Folder = l.TempDir() }, kind: identity.NoSignIn, line: noOne,
		},
		"clock":     {wrong: late, kind: identity.Clock, line: asOwn + badCert},
		"throttled": {wrong: busy, kind: identity.Throttled, line: asOwn + tooMany},
	}}
}

// workloadPath has an app that trusts the assertions of a CI system.
func workloadPath() path {
	return path{begin: func(l *lab) {
		var err error
		if l.key, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
			l.Fatal(err)
		}
		l.directory, err = entra.New(entra.Config{Tenant: tenantID, Apps: []entra.App{
			{ClientID: appID, Federated: []entra.Federation{{Issuer: issuer, Subject: "repo:main", Key: l.key.Public()}}, Denied: []string{"https://ml.azure.com"}},
		}})
		if err != nil {
			l.Fatal(err)
		}
		l.hosts[login] = l.directory.Handler()
		l.vouch("repo:main", time.Now())
	}, cells: map[string]cell{
		"good": {},
		"wrong secret": {
			wrong: func(l *lab) { l.vouch("repo:other", time.Now()) }, kind: identity.WrongSecret,
			line: asWork + "the app " + appID + " does not trust this workload's identity (AADSTS700213); add a federated credential with its issuer, subject and audience",
		},
		"expired": {
			wrong: func(l *lab) { l.vouch("repo:main", time.Now().Add(-2*time.Hour)) }, kind: identity.Clock,
			line: asWork + "the assertion is not valid at this time (AADSTS700024); correct this machine's clock, or renew the assertion",
		},
		"denied": {
			wrong: func(l *lab) { l.audience = "https://ml.azure.com" }, kind: identity.NoConsent,
			line: asWork + "nobody has consented to this app in the tenant " + tenantID + " (AADSTS65001); ask who administers the tenant to consent, or sign in with the Azure CLI",
		},
		"no such vault": {never: noVaultHere},
		"no such secret": {
			wrong: func(l *lab) { l.assertion(filepath.Join(l.TempDir(), "none")) }, kind: identity.BadSetting,
			line: asWork + "the file that AZURE_FEDERATED_TOKEN_FILE names cannot be read: there is no such file; check the variable",
		},
		"clock": {
			wrong: func(l *lab) {
				l.o.Now = func() time.Time { return time.Now().Add(-time.Hour) } // what the machine believes
				l.vouch("repo:main", time.Now().Add(-time.Hour))
			},
			kind: identity.Clock,
			line: asWork + "the assertion is not valid at this time, and this machine's clock is 1h0m behind " + login + " (AADSTS700024); set this machine's clock right",
		},
		"throttled": {wrong: busy, kind: identity.Throttled, line: asWork + tooMany},
	}}
}

// vouch writes an assertion.
func (l *lab) vouch(subject string, at time.Time) {
	l.Helper()
	text, err := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.RegisteredClaims{
		Issuer: issuer, Subject: subject, Audience: jwt.ClaimStrings{"api://AzureADTokenExchange"},
		IssuedAt: jwt.NewNumericDate(at), NotBefore: jwt.NewNumericDate(at), ExpiresAt: jwt.NewNumericDate(at.Add(10 * time.Minute)),
	}).SignedString(l.key)
	if err != nil {
		l.Fatal(err)
	}
	file := filepath.Join(l.TempDir(), "assertion")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		l.Fatal(err)
	}
	l.assertion(file)
}

// assertion has the environment name one.
func (l *lab) assertion(file string) {
	now := l.o.Now
	l.o = l.asUser(map[string]string{"CI": "true", "AZURE_FEDERATED_TOKEN_FILE": file, "AZURE_CLIENT_ID": appID, "AZURE_TENANT_ID": tenantID})
	l.o.Now = now
}

// managedPath goes by the environment of the process, in which the SDK looks.
// MSAL keeps the tokens of managed identities for the whole process, so each
// failure asks for one that nobody has.
func managedPath() path {
	var asked int
	machine := "identity.example"
	return path{alone: true, begin: func(l *lab) {
		asked++
		set := map[string]string{"IDENTITY_ENDPOINT": "https://" + machine + "/token", "IDENTITY_HEADER": "door"}
		for name, value := range set {
			l.Setenv(name, value)
		}
		l.o = l.asUser(set)
		l.audience = "https://audience" + strconv.Itoa(asked) + ".example"
		var err error
		if l.directory, err = entra.New(entra.Config{Tenant: tenantID, Apps: []entra.App{{ClientID: appID}}, Resources: []string{l.audience}}); err != nil {
			l.Fatal(err)
		}
		l.hosts[machine] = l.directory.ManagedIdentity("door")
	}, cells: map[string]cell{
		"good": {},
		"wrong secret": {
			wrong: func(l *lab) { l.Setenv("IDENTITY_HEADER", "other") }, kind: identity.Refused,
			line: asMachine + "The X-IDENTITY-HEADER header is missing or not the one of this identity.",
		},
		"expired": {never: "a machine's identity does not expire"},
		"denied": {
			wrong: func(l *lab) { l.audience = "https://other.example" }, kind: identity.UnknownApp,
			line: asMachine + "the service that the token is for is not known in the tenant of the machine (AADSTS500011); check tenant_id and the cloud",
		},
		"no such vault": {never: noVaultHere},
		"no such secret": {
			wrong: func(l *lab) {
				l.on(machine, "/", refuses(400, `{"statusCode":400,"message":"No managed identity was found."}`))
			}, kind: identity.Refused,
			line: asMachine + "No managed identity was found.",
		},
		"clock": {
			wrong: late, kind: identity.Clock,
			line: asMachine + "the certificate of " + machine + " is not valid at the time of this machine's clock; set the clock right",
		},
		"throttled": {
			wrong: busy, kind: identity.Throttled,
			line: asMachine + machine + " says that there were too many requests; try again in 2m0s",
		},
	}}
}
