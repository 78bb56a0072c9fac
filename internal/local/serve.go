package local

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"sync"
	"time"

	"github.com/ischia-ml/ischia/internal/home"
	"github.com/ischia-ml/ischia/internal/lease"
	"github.com/ischia-ml/ischia/internal/server"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// ServeOptions say how a home is served.
type ServeOptions struct {
	// Host is the address to listen at; the loopback's when empty. Others need
	// TLS.
	Host string
	// Port is that of the address; when 0 it is the home's own, or any that is
	// free while another program has that.
	Port int
	// TLS encrypts, with the certificate and key in two files, or with one of
	// the home's own when they are not given.
	TLS              bool
	Certificate, Key string
	// Announce makes this the home's server, of which there is one at a time:
	// others are told in serve.json where it is.
	Announce bool
	// Version is told in serve.json.
	Version string
	// Dispatch says how jobs are run.
	Dispatch DispatchOptions
	// Log gets a line for each request; nil for none.
	Log *slog.Logger
}

func (o ServeOptions) host() string { return cmp.Or(o.Host, "127.0.0.1") }

// Serving is a home that is being served. Close it.
type Serving struct {
	// URL is its address, Token what clients show. The token does not belong
	// into a URL.
	URL, Token string

	local  *Local
	server *server.Server
	jobs   *Dispatcher
	lock   *lease.Lease // nil unless it is announced
	stop   context.CancelFunc
	// ended is closed when the server has, with err why it did.
	ended chan struct{}
	err   error
	// rest are the other things that run on the side.
	rest  sync.WaitGroup
	close sync.Once
}

// ServedError says that the home has a server already.
type ServedError struct {
	// URL is its address, empty when it has not said so yet.
	URL string
	PID int
}

func (e *ServedError) Error() string {
	if e.URL == "" {
		return fmt.Sprintf("process %d serves this home already", e.PID)
	}
	return fmt.Sprintf("this home is served already, at %s (process %d)", e.URL, e.PID)
}

// Serve serves the home until ctx ends or it is closed. Jobs that were accepted
// and not run yet are run. *ServedError: another process does, and this was to
// be announced.
func (l *Local) Serve(ctx context.Context, o ServeOptions) (*Serving, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Serving{local: l, ended: make(chan struct{})}
	if o.Announce {
		var err error
		if s.lock, err = l.claimServer(); err != nil {
			return nil, err
		}
	}
	ctx, s.stop = context.WithCancel(ctx)
	if err := s.start(ctx, o); err != nil {
		s.stop()
		s.rest.Wait()
		if s.jobs != nil {
			err = errors.Join(err, s.jobs.Close(ctx))
		}
		return nil, errors.Join(err, s.leave())
	}
	return s, nil
}

// claimServer makes this process the home's server.
func (l *Local) claimServer() (*lease.Lease, error) {
	lock, err := lease.Acquire(l.home.ServeLockPath())
	var held *lease.HeldError
	if errors.As(err, &held) {
		there := &ServedError{PID: held.Holder.PID}
		if a, err := readAnnouncement(l.home.ServePath()); err == nil && a.PID == there.PID {
			there.URL = a.URL
		}
		return nil, there
	}
	if err != nil {
		return nil, fmt.Errorf("become the home's server: %w", err)
	}
	return lock, nil
}

// start listens, puts the doors together and opens them.
func (s *Serving) start(ctx context.Context, o ServeOptions) error {
	token, err := s.local.home.Token()
	if err != nil {
		return err
	}
	encryption, err := s.local.encryption(o)
	if err != nil {
		return err
	}
	listener, err := s.local.listen(o)
	if err != nil {
		return err
	}
	s.Token, s.URL = token, o.url(listener.Addr())
	config, err := s.doors(ctx, o)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	config.Token, config.TLS, config.Hosts, config.Log = token, encryption, o.names(), o.Log
	s.server = server.New(config)
	go s.run(ctx, listener)
	if s.lock == nil {
		return nil
	}
	if err := s.announce(o); err != nil {
		s.stop()
		<-s.ended
		return err
	}
	return nil
}

func (s *Serving) run(ctx context.Context, l net.Listener) {
	s.err = s.server.Serve(ctx, l)
	close(s.ended)
}

// Ended is closed when nobody is served any more; [Serving.Close] then says
// why.
func (s *Serving) Ended() <-chan struct{} { return s.ended }

// Close ends the server: requests on their way get their answers, jobs that
// run here are dealt with as ctx allows. A second call does nothing.
func (s *Serving) Close(ctx context.Context) error {
	var err error
	s.close.Do(func() {
		s.stop()
		<-s.ended
		s.rest.Wait()
		err = errors.Join(s.err, s.jobs.Close(ctx), s.leave())
	})
	return err
}

// leave makes room for the next server of the home.
func (s *Serving) leave() error {
	if s.lock == nil {
		return nil
	}
	err := os.Remove(s.local.home.ServePath())
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, s.lock.Release())
}

// SignInLink is a link that signs a browser in, once and within five minutes,
// and leads it to a page.
func (s *Serving) SignInLink(page string) string { return s.server.SignInLink(s.URL, page) }

// Inside is the way to the doors for this very process, when it speaks for a
// client of Azure's hosts: requests have the home's token, and hosts in their
// contexts. See [server.Server.Inside].
func (s *Serving) Inside() http.Handler { return s.server.Inside() }

// Jobs are how many were accepted here and have not ended: those that run, and
// those that wait.
func (s *Serving) Jobs() (running, waiting int) { return s.jobs.count() }

// JobURL is the address of a job's page.
func (s *Serving) JobURL(scope workspace.Scope, job string) string {
	return s.URL + JobPath(scope, job)
}

// JobPath is the path of a job's page in the studio, in which the workspace is
// named as in Azure's.
func JobPath(scope workspace.Scope, job string) string {
	return "/jobs/" + url.PathEscape(job) + "?" + url.Values{"wsid": {scope.ARMID()}}.Encode()
}

// announcement is what serve.json says.
type announcement struct {
	URL       string    `json:"url"`
	PID       int       `json:"pid"`
	TokenFile string    `json:"token_file"`
	Started   time.Time `json:"started"`
	Version   string    `json:"version"`
}

func (s *Serving) announce(o ServeOptions) error {
	text, err := json.MarshalIndent(announcement{
		URL: s.URL, PID: os.Getpid(), TokenFile: s.local.home.TokenPath(), Started: s.local.now().UTC(), Version: o.Version,
	}, "", "  ")
	if err != nil {
		return fmt.Errorf("announce the server: %w", err)
	}
	return home.Replace(s.local.home.ServePath(), append(text, '\n'))
}

func readAnnouncement(path string) (announcement, error) {
	var a announcement
	text, err := os.ReadFile(path)
	if err != nil {
		return a, fmt.Errorf("read where the home's server is: %w", err)
	}
	if err := json.Unmarshal(text, &a); err != nil {
		return a, fmt.Errorf("read %s: %w", path, err)
	}
	return a, nil
}
