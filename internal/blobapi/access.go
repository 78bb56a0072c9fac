package blobapi

import (
	"errors"
	"net/http"
	"strings"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// Access is what a request wants to do, for whoever decides about tokens.
type Access struct {
	Account string
	Scope   workspace.Scope
	// Container and Blob are empty for what concerns more than one.
	Container, Blob string
	// Operation is the protocol's name for it.
	Operation string
	// Needs is the permission: one of the letters of a signature's is enough
	// (r read, w write, c create, d delete, l list).
	Needs string
}

// grant is what a request may do.
type grant struct {
	account *Account
	// createOnly: it may not write over a blob.
	createOnly bool
	// sas is the signature that allowed it, if it was one.
	sas *sas
	// token is the bearer token that allowed it, if it was one.
	token string
}

// authorize finds the account and what allows the request. Whether there is
// such an account is told to nobody who may not use it.
func (c *call) authorize() (grant, error) {
	account, err := c.account(c.at.account)
	if err != nil {
		return grant{}, err
	}
	scheme, credential, _ := strings.Cut(c.r.Header.Get("Authorization"), " ")
	switch {
	case strings.EqualFold(scheme, "SharedKey"):
		if err := c.checkSharedKey(account, credential); err != nil {
			return grant{}, err
		}
		return grant{account: account}, nil
	case strings.EqualFold(scheme, "Bearer"):
		return c.bearer(account, credential, c.at, c.op)
	case scheme != "":
		return grant{}, authenticationFailed("The scheme of the Authorization header is not supported.")
	case c.query.Has("sig"):
		s, err := parseSAS(c.query)
		if err != nil {
			return grant{}, err
		}
		return c.signed(account, s, c.at, c.op)
	}
	return grant{}, authenticationFailed("The request has neither an Authorization header nor a signature.")
}

// account finds an account.
func (c *call) account(name string) (*Account, error) {
	unknown := authenticationFailed("The account is not known.")
	if !accountForm.MatchString(name) {
		return nil, unknown
	}
	a, err := c.h.Accounts(c.r.Context(), name)
	if errors.Is(err, workspace.ErrNotFound) {
		return nil, unknown
	}
	return a, err
}

// bearer asks whether a token allows op at a place.
func (c *call) bearer(account *Account, token string, at place, op operation) (grant, error) {
	token = strings.TrimSpace(token)
	a := Access{
		Account: account.Name, Scope: account.Scope, Container: at.container, Blob: at.blob,
		Operation: op.name, Needs: op.needs,
	}
	if token == "" || !c.h.Bearer(c.r.Context(), token, a) {
		return grant{}, authenticationFailed("The token is not known, or does not allow this.")
	}
	return grant{account: account, token: token}, nil
}

// signed says whether a signature allows op at a place.
func (c *call) signed(account *Account, s *sas, at place, op operation) (grant, error) {
	if err := s.verify(account, at, c.directory(at, op)); err != nil {
		return grant{}, err
	}
	if err := s.checkTimes(c.now); err != nil {
		return grant{}, err
	}
	if err := s.checkCaller(c.r.RemoteAddr, c.r.TLS != nil); err != nil {
		return grant{}, err
	}
	if err := s.checkResource(at.level, op); err != nil {
		return grant{}, err
	}
	if !strings.ContainsAny(s.permissions, op.needs) {
		return grant{}, permissionMismatch()
	}
	// The letters of an operation that makes blobs are "c" and "w".
	createOnly := strings.Contains(op.needs, "c") && !strings.Contains(s.permissions, "w")
	return grant{account: account, sas: s, createOnly: createOnly}, nil
}

// directory is the path that a signature for a folder is about: the blob's, or
// what a list is bounded to.
func (c *call) directory(at place, op operation) string {
	if op.name == "List Blobs" && at.level == containerLevel {
		return c.query.Get("prefix")
	}
	return at.blob
}

// mayWrite says whether the request may write over what is there.
func (g grant) mayWrite(old *workspace.Blob) error {
	if g.createOnly && old != nil {
		return no(http.StatusForbidden, "UnauthorizedBlobOverwrite",
			"This request is not authorized to perform blob overwrites.")
	}
	return nil
}
