package identity

import (
	"context"
	"errors"
)

// own is the sign-in of whoever is at work here: the first of those that are
// there. A tenant of "" is the user's own;
// scope is what the first token will be for.
func (c *Credential) own(ctx context.Context, tenant, scope string) (source, error) {
	var failed error
	for _, look := range []func(context.Context, string, string) (source, error){c.kept, c.azureCLI, c.workload, c.managed} {
		s, err := look(ctx, tenant, scope)
		switch {
		case s != nil:
			return s, nil
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case failed == nil:
			failed = err
		}
	}
	return c.ask(tenant, failed)
}

// ask is the sign-in with a device code, if somebody is there to enter it. An
// earlier failure is what is told when nobody is.
func (c *Credential) ask(tenant string, failed error) (source, error) {
	var fault *Error
	switch {
	case !c.o.unattended():
		return c.newDevice(tenant)
	case errors.As(failed, &fault):
		return nil, failed
	}
	return nil, &Error{
		Kind: NoSignIn, Doing: "sign in to Azure", Cause: "nobody is signed in here, and nobody can be asked",
		Fix: "run `ischia login` or `az login` before, or set up a service principal (auth in the configuration) or a workload identity",
	}
}
