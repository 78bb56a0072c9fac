package identity

import (
	"context"
	"errors"
	"fmt"
)

// own is the sign-in of whoever is at work here: the first of those that are
// there. A tenant of "" is the user's own; scope is what the first token will be
// for. One that is there and does not work ends the search: another identity in
// its place would be a surprise.
func (c *Credential) own(ctx context.Context, tenant, scope string) (source, error) {
	for _, look := range []func(context.Context, string, string) (source, error){c.kept, c.azureCLI, c.workload, c.managed} {
		s, err := look(ctx, tenant, scope)
		switch {
		case s != nil:
			return s, nil
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			return c.ask(tenant, err)
		}
	}
	return c.ask(tenant, nil)
}

// ask is the sign-in with a device code, if somebody is there to enter it, and
// if it may mend what went wrong before, which is told first.
func (c *Credential) ask(tenant string, failed error) (source, error) {
	var fault *Error
	switch mends := errors.As(failed, &fault) && (askable(fault.Kind) || fault.Kind == Refused); {
	case failed != nil && (!mends || c.o.unattended()):
		return nil, failed
	case c.o.unattended():
		return nil, &Error{
			Kind: NoSignIn, Doing: "sign in to Azure", Cause: "nobody is signed in here, and nobody can be asked",
			Fix: "run `ischia login` or `az login` before, or set up a service principal (auth in the configuration) or a workload identity",
		}
	case failed != nil:
		fmt.Fprintln(c.o.Prompt, c.clean(failed))
	}
	return c.newDevice(tenant)
}
