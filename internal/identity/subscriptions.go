package identity

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// Subscription is one that an account may see.
type Subscription struct {
	ID, Name, State, Tenant, HomeTenant string
}

const (
	subscriptionsVersion = "2022-12-01"
	// maxPages bounds a list that never ends, and maxPage each page of it.
	maxPages = 50
	maxPage  = 8 << 20
)

// Subscriptions are those that the account may see, in the order in which the
// resource manager lists them.
func (c *Credential) Subscriptions(ctx context.Context) ([]Subscription, error) {
	token, err := c.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{c.o.Cloud.ManagerScope()}})
	if err != nil {
		return nil, err
	}
	var all []Subscription
	next := c.o.Cloud.Manager + "/subscriptions?api-version=" + subscriptionsVersion
	// A token goes to the resource manager and nowhere else.
	for range maxPages {
		page, more, err := c.subscriptionPage(ctx, next, token.Token)
		if err != nil {
			return nil, c.clean(err)
		}
		if all = append(all, page...); !strings.HasPrefix(more, c.o.Cloud.Manager+"/") {
			break
		}
		next = more
	}
	return all, nil
}

func (c *Credential) subscriptionPage(ctx context.Context, address, token string) (page []Subscription, next string, err error) {
	try := attempt{doing: "list the subscriptions", tenant: c.o.Tenant}
	tracedCtx, e := traced(ctx)
	resp, err := get(tracedCtx, c.o.pipeline(), address, token)
	if err != nil || resp.StatusCode != http.StatusOK {
		return nil, "", try.explain(ctx, err, e, c.o.Now())
	}
	defer resp.Body.Close()
	var list struct {
		Value []struct {
			ID     string `json:"subscriptionId"`
			Name   string `json:"displayName"`
			State  string `json:"state"`
			Tenant string `json:"tenantId"`
			Home   string `json:"homeTenantId"`
		}
		NextLink string
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxPage))
	if err != nil || json.Unmarshal(data, &list) != nil {
		return nil, "", try.fault(Unavailable, "", "the answer of "+e.host+" is no list of subscriptions", "")
	}
	for _, s := range list.Value {
		page = append(page, Subscription{s.ID, s.Name, s.State, s.Tenant, s.Home})
	}
	return page, list.NextLink, nil
}
