package driver_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/ischia-ml/ischia/driver"
)

// When storage cannot be reached, the address is told without the signature that
// opens it.
func TestAzureWithoutStorage(t *testing.T) {
	t.Parallel()
	s := newSky(t)
	p := driver.Program{
		Pipeline: defineHere, Home: t.TempDir(), Dir: folder(t, map[string]string{"src/a.txt": "a", "default_ischia_config.json": onAzure}),
	}
	var mu sync.Mutex
	signed := 0
	cut := transport(func(r *http.Request) (*http.Response, error) {
		if !strings.Contains(r.URL.Host, ".blob.") {
			return s.client.Do(r)
		}
		mu.Lock()
		defer mu.Unlock()
		if r.URL.Query().Get("sig") != "" {
			signed++
		}
		return nil, final{&url.Error{Op: "Put", URL: r.URL.String(), Err: context.DeadlineExceeded}} // as the standard library has it
	})
	got := s.drives(p, transportDoer{cut}, map[string]string{"THE_SECRET": canary, "CI": "true"}, "--action", "submit-experiment")
	if got.status == 0 || signed == 0 {
		t.Errorf("%d requests had a signature: %+v", signed, got)
	}
	l := looker{t, map[string]string{"the secret": canary}}
	l.in("the output", got.out+got.errs)
	l.under(p.Home)
}

type transportDoer struct{ transport }

func (d transportDoer) Do(r *http.Request) (*http.Response, error) { return d.transport(r) }
