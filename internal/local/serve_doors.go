package local

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/ischia-ml/ischia/internal/armapi"
	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/blobapi"
	"github.com/ischia-ml/ischia/internal/hosts"
	"github.com/ischia-ml/ischia/internal/pipelinesapi"
	"github.com/ischia-ml/ischia/internal/server"
	"github.com/ischia-ml/ischia/internal/studio"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// location is where everything of a home is.
const location = "local"

// sweepEvery is how often storage forgets what was uploaded and never used.
const sweepEvery = 24 * time.Hour

// doors builds what is behind the server, and starts what runs on the side.
func (s *Serving) doors(ctx context.Context, o ServeOptions) (server.Config, error) {
	l := s.local
	accounts, err := l.newAccounts()
	if err != nil {
		return server.Config{}, err
	}
	artifacts := l.newArtifacts()
	storage, err := l.storageDoor(accounts, artifacts, s.Token, o.Log)
	if err != nil {
		return server.Config{}, err
	}
	o.Dispatch.Adopt = o.Announce
	if s.jobs, err = l.NewDispatcher(ctx, o.Dispatch); err != nil {
		return server.Config{}, err
	}
	s.rest.Go(func() { sweep(ctx, storage, o.Log) })
	tenant := uuid.Nil.String()
	arms := armapi.New(armapi.Config{ //nolint:contextcheck // operations have the contexts of their requests
		Ledger: l.ledger, Runner: s.jobs, Contents: l, Storage: accounts,
		Location: location, Tenant: tenant, Log: o.Log, Now: l.now, JobPage: jobPage,
	})
	pipelines := pipelinesapi.New(pipelinesapi.Config{
		Ledger: l.ledger, Runner: s.jobs, Lookup: arms.Lookup, Log: o.Log, Now: l.now, JobPage: jobPage, LogLink: s.logLink,
		Link: s.link, FileLink: fileLink(accounts, l.now), Artifacts: artifacts.file,
		Container: accounts.signed,
	})
	return server.Config{
		ARM: arms, Pipelines: pipelines, Blob: storage, Studio: l.studio(o), Tenant: tenant, Now: l.now,
	}, nil
}

// studio is the door for people.
func (l *Local) studio(o ServeOptions) *studio.Handler {
	return studio.New(studio.Config{
		Ledger: l.ledger, Version: o.Version, Log: o.Log, Now: l.now,
		Folder: l.jobFolder, FiledUnder: l.FiledUnder,
		Content: func(_ context.Context, digest string) (io.ReadCloser, error) {
			blobs, err := l.Blobs()
			if err != nil {
				return nil, err
			}
			d, err := blob.ParseDigest(digest)
			if err != nil {
				return nil, err
			}
			return blobs.Open(d)
		},
		Scope: func(ctx context.Context) workspace.Scope {
			if last, ok, err := l.ledger.LastUsed(ctx); err == nil && ok {
				return last
			}
			return workspace.BuiltIn()
		},
	})
}

// jobFolder opens a job's folder, and nothing beside it.
func (l *Local) jobFolder(job string) (*os.Root, error) {
	dir, err := l.JobDir(job)
	if err != nil {
		return nil, err
	}
	return os.OpenRoot(dir)
}

// jobPage is the address of a job's page for the client of r.
func jobPage(r *http.Request, scope workspace.Scope, job string) string {
	return hosts.Of(r).Pages + JobPath(scope, job)
}

// logLinkFor is how long a link to a log can be read, as on Azure.
const logLinkFor = 24 * time.Hour

// logLink is an address of a job's log, for the client of r, that needs no
// token.
func (s *Serving) logLink(r *http.Request, scope workspace.Scope, job, file string) string {
	page, query, _ := strings.Cut(JobPath(scope, job), "?")
	return hosts.Of(r).Pages + server.SignedLink(s.Token, page+"/log/"+file+"?"+query, s.local.now().Add(logLinkFor))
}

// storageDoor is the door to the datastores of all workspaces.
func (l *Local) storageDoor(a *accounts, filed *artifacts, token string, log *slog.Logger) (*blobapi.Handler, error) {
	blobs, err := l.Blobs()
	if err != nil {
		return nil, err
	}
	staging, err := blob.Open(filepath.Join(l.home.BlobsDir(), "staged"))
	if err != nil {
		return nil, fmt.Errorf("open the blocks that wait for their blobs: %w", err)
	}
	return blobapi.New(blobapi.Config{
		Accounts: a.Find, Index: artifactIndex{l.ledger.Storage(), filed}, Blobs: blobs, Staging: staging, Prefix: blobPrefix,
		Bearer:    func(_ context.Context, given string, _ blobapi.Access) bool { return server.SameToken(given, token) },
		AccountOf: func(r *http.Request, host string) string { return hosts.Of(r).AccountOf(host) },
		Now:       l.now, Log: log,
	}), nil
}

// sweep forgets blocks that nobody came back for, at once and every day.
func sweep(ctx context.Context, storage *blobapi.Handler, log *slog.Logger) {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		if _, err := storage.Sweep(ctx); err != nil && ctx.Err() == nil {
			log.WarnContext(ctx, "sweep the blocks that no blob was made of", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
