package identity

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/ischia-ml/ischia/internal/mask"
)

// source is one way to tokens.
type source interface {
	// token gets one. Its error is an [*Error], or the end of ctx.
	token(ctx context.Context, tro policy.TokenRequestOptions) (azcore.AccessToken, error)
	// account is whose tokens they are, as far as is known without one.
	account() Account
}

// Credential signs in when the first token is asked for. Its methods may be
// called from many goroutines.
type Credential struct {
	o Options
	// busy is held by whoever signs in; the others wait for the outcome.
	busy   chan struct{}
	source source
	tokens map[string]azcore.AccessToken

	mu      sync.Mutex // guards what follows
	secrets []string
	masker  *mask.Masker
}

var _ azcore.TokenCredential = (*Credential)(nil)

// New makes a credential. It sends nothing; what is wrong with o itself is the
// error.
func New(o Options) (*Credential, error) {
	o = o.withDefaults()
	if err := o.check(); err != nil {
		return nil, &Error{Kind: BadSetting, Doing: "sign in to Azure", Cause: oneLine(err.Error())}
	}
	c := &Credential{o: o, busy: make(chan struct{}, 1), tokens: map[string]azcore.AccessToken{}}
	if o.ClientID != "" {
		c.hide(c.secretOfEnvironment())
	}
	return c, nil
}

// GetToken gets a token, from memory if it lasts long enough. Claims, which a
// service demands when it does not take a token any more, always lead to a new
// one.
func (c *Credential) GetToken(ctx context.Context, tro policy.TokenRequestOptions) (azcore.AccessToken, error) {
	select {
	case c.busy <- struct{}{}:
		defer func() { <-c.busy }()
	case <-ctx.Done():
		return azcore.AccessToken{}, ctx.Err()
	}
	key := strings.Join(append([]string{tro.TenantID}, tro.Scopes...), "\n")
	if known, ok := c.tokens[key]; ok && tro.Claims == "" && known.ExpiresOn.Sub(c.o.Now()) > early {
		return known, nil
	}
	token, err := c.fetch(ctx, tro)
	if err != nil {
		return azcore.AccessToken{}, c.clean(err)
	}
	c.hide(token.Token)
	c.tokens[key] = token
	return token, nil
}

// early is how long before its end a token is not used any more.
const early = 5 * time.Minute

// fetch finds the source, once, and asks it.
func (c *Credential) fetch(ctx context.Context, tro policy.TokenRequestOptions) (azcore.AccessToken, error) {
	if len(tro.Scopes) != 1 {
		return azcore.AccessToken{}, errors.New("a token is for one scope")
	}
	if c.source == nil {
		s, err := c.find(ctx, tro.Scopes[0])
		if err != nil {
			return azcore.AccessToken{}, err
		}
		c.source = s
	}
	return c.source.token(ctx, tro)
}

// find is the source that the options name.
func (c *Credential) find(ctx context.Context, scope string) (source, error) {
	tenant, err := c.tenant(ctx)
	if err != nil {
		return nil, err
	}
	if c.o.ClientID == "" {
		return c.own(ctx, tenant, scope)
	}
	if secret := c.secretOfEnvironment(); secret != "" {
		return newPrincipal(c.o, tenant, c.o.ClientID, secret, "the environment variable "+c.o.SecretVariable)
	}
	secret, err := c.secretOfVault(ctx)
	if err != nil {
		return nil, err
	}
	c.hide(secret)
	return newPrincipal(c.o, tenant, c.o.ClientID, secret, "the secret "+c.o.VaultSecret+" of the key vault "+host(c.o.VaultURL))
}

// secretOfEnvironment is the secret in the variable. A line end behind it comes
// from the program that put it there.
func (c *Credential) secretOfEnvironment() string {
	return secretIn(c.o.Getenv, c.o.SecretVariable)
}

func secretIn(getenv func(string) string, variable string) string {
	if variable == "" {
		return ""
	}
	return strings.TrimRight(getenv(variable), "\r\n")
}

// hide adds secrets to those that are masked.
func (c *Credential) hide(secrets ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range secrets {
		if s != "" && !slices.Contains(c.secrets, s) {
			c.secrets, c.masker = append(c.secrets, s), nil
		}
	}
}

// Secrets are what must not be shown: the client secret, and the tokens that
// were given out.
func (c *Credential) Secrets() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.secrets)
}

// Format keeps what the credential holds out of everything that is printed.
func (c *Credential) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[credential]") }

// clean is err without secrets. Other sides have been seen to repeat what they
// were sent.
func (c *Credential) clean(err error) error {
	var fault *Error
	if !errors.As(err, &fault) {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.masker == nil {
		c.masker = mask.New(c.secrets)
	}
	return fault.masked(c.masker)
}
