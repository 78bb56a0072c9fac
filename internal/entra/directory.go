package entra

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Config says who is in a directory.
type Config struct {
	// Tenant is the directory's id, a GUID; one is made up when it is "". Every
	// other tenant but common and organizations is unknown (AADSTS90002), unless
	// Open.
	Tenant string
	// Login is the address that clients reach the directory at;
	// https://login.microsoftonline.com when "".
	Login string
	// Apps are the service principals. One without secrets and federation is a
	// public client, which device codes are for.
	Apps []App
	// Users can sign in with a device code.
	Users []User
	// Resources are audiences that exist besides Azure's own; another one is
	// AADSTS500011.
	Resources []string
	// Open lets everybody in: any tenant, client, secret, assertion, refresh
	// token and resource is good, and device codes are approved at once.
	Open bool
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// Life is how long access tokens are good; an hour when 0.
	Life time.Duration
}

// App is a service principal or, with neither secrets nor federation, a public
// client.
type App struct {
	ClientID  string
	ObjectID  string // made from ClientID when ""
	Secrets   []Secret
	Federated []Federation
	Denied    []string // audiences that nobody consented to: AADSTS65001
}

// Secret is one password of an app.
type Secret struct {
	Value   string
	Expires time.Time // zero: never
}

// User is a person.
type User struct {
	Name     string // ada@example.com
	ObjectID string // made from Name when ""
}

// Principal is whom a token is for.
type Principal struct {
	ClientID string // the app that asks; Azure CLI's when ""
	ObjectID string // made from User or ClientID when ""
	User     string // whom the app acts for; "" for the app itself
}

// Directory is one tenant, with the key that its tokens are signed with. Its
// methods may be called at the same time.
type Directory struct {
	config Config
	key    *rsa.PrivateKey
	keyID  string

	mu      sync.Mutex // guards what follows
	fail    failer
	codes   map[string]*deviceCode // by device code
	refresh map[string]*session    // by refresh token
	revoked map[string]time.Time   // when all of a user's sessions ended, by name
}

const (
	publicLogin = "https://login.microsoftonline.com"
	keyBits     = 2048
	// azureCLI is the client that people sign in with who have none of their own.
	azureCLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
)

// New is a directory with a key of its own, which nothing else ever sees.
func New(c Config) (*Directory, error) {
	c = withDefaults(c)
	if _, err := uuid.Parse(c.Tenant); err != nil {
		return nil, fmt.Errorf("directory %q: its id is not a GUID", c.Tenant)
	}
	if login, err := url.Parse(c.Login); err != nil || login.Host == "" {
		return nil, fmt.Errorf("directory %s: the login address %q is not a URL", c.Tenant, c.Login)
	}
	for _, app := range c.Apps {
		if app.ClientID == "" {
			return nil, errors.New("an app of the directory has no client id")
		}
	}
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return nil, fmt.Errorf("make the key of directory %s: %w", c.Tenant, err)
	}
	return &Directory{
		config: c, key: key, keyID: keyID(&key.PublicKey),
		codes: map[string]*deviceCode{}, refresh: map[string]*session{}, revoked: map[string]time.Time{},
	}, nil
}

func withDefaults(c Config) Config {
	if c.Tenant == "" {
		c.Tenant = uuid.NewString()
	}
	c.Tenant = strings.ToLower(c.Tenant)
	if c.Login == "" {
		c.Login = publicLogin
	}
	c.Login = strings.TrimSuffix(c.Login, "/")
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Life == 0 {
		c.Life = time.Hour
	}
	return c
}

// Tenant is the directory's id.
func (d *Directory) Tenant() string { return d.config.Tenant }

// app is the app with a client id, and whether there is one. When the
// directory is open, every id is an app's.
func (d *Directory) app(clientID string) (App, bool) {
	for _, app := range d.config.Apps {
		if strings.EqualFold(app.ClientID, clientID) {
			return app, true
		}
	}
	if d.config.Open || firstParty(clientID) {
		return App{ClientID: clientID}, true
	}
	return App{}, false
}

// firstParty tells Microsoft's own public clients, which every directory has:
// Azure CLI, Azure PowerShell, Visual Studio Code.
func firstParty(clientID string) bool {
	switch strings.ToLower(clientID) {
	case azureCLI, "1950a258-227b-4e31-a9cf-717495945fc2", "aebc6443-996d-45c2-90f0-388ff96faa56":
		return true
	}
	return false
}

// user is whom a name stands for; "" is the first there is.
func (d *Directory) user(name string) (User, error) {
	for _, u := range d.config.Users {
		if name == "" || strings.EqualFold(u.Name, name) {
			return u, nil
		}
	}
	if name == "" {
		return User{Name: "user@ischia.local"}, nil
	}
	return User{}, fmt.Errorf("directory %s has no user %q", d.config.Tenant, name)
}

// as is the app's own principal.
func (a App) as() Principal { return Principal{ClientID: a.ClientID, ObjectID: a.ObjectID} }

// public tells whether the app has nothing to prove itself with.
func (a App) public() bool { return len(a.Secrets) == 0 && len(a.Federated) == 0 }

// denied tells whether nobody consented to the app's use of audience.
func (a App) denied(audience string) bool {
	for _, one := range a.Denied {
		if sameResource(one, audience) {
			return true
		}
	}
	return false
}

// madeID is a GUID that is always the same for a name, so that tokens of
// several runs are of one and the same principal.
func madeID(name string) string {
	sum := sha256.Sum256([]byte("ischia directory object\n" + strings.ToLower(name)))
	id, err := uuid.FromBytes(sum[:16])
	if err != nil {
		panic(err) // sixteen bytes always make one
	}
	return id.String()
}
