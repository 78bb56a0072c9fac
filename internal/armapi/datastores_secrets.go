package armapi

import (
	"encoding/json"
	"net/http"
	"time"
)

// How long a signature for a datastore is good, in hours: when the client does
// not say, and at most.
const (
	secretHours    = 12
	maxSecretHours = 7 * 24
)

// listSecrets gives what opens a datastore of the workspace's own account: the
// key; or, to clients that ask for a secret that expires, a signature for the
// container. Newer clients ask for that, and understand nothing else; older
// ones send no body.
func (c *call) listSecrets() error {
	r, err := c.datastore()
	if err != nil {
		return err
	}
	body, err := parseObject(r.Body)
	if err != nil {
		return err
	}
	p, err := parseObject(body["properties"])
	if err != nil {
		return err
	}
	if !c.isOwn(p.string("accountName")) {
		return badRequest("UserError", "the datastore %s has no secrets: its credentials are of type None", r.Name)
	}
	hours, expires, err := c.expirable()
	if err != nil {
		return err
	}
	if !expires {
		return c.replyAccountKey()
	}
	container := p.string("containerName")
	if container == "" {
		return unsupported("the datastore %s is a share, for which there are no signatures", r.Name)
	}
	sas, err := c.Storage.SAS(c.ctx(), c.scope, container, "", "racwdl", c.Now().Add(time.Duration(hours)*time.Hour))
	if err != nil {
		return err
	}
	return c.reply(http.StatusOK, map[string]string{"secretsType": "Sas", "sasToken": sas})
}

func (c *call) replyAccountKey() error {
	key, err := c.Storage.Key(c.ctx(), c.scope)
	if err != nil {
		return err
	}
	return c.reply(http.StatusOK, map[string]string{"secretsType": "AccountKey", "key": key})
}

// expirable reports whether the client wants a secret that expires, and after
// how many hours.
func (c *call) expirable() (hours int, wanted bool, err error) {
	text, err := c.optionalBody()
	if err != nil || text == nil {
		return 0, false, err
	}
	var body struct {
		ExpirableSecret  bool `json:"expirableSecret"`
		ExpireAfterHours int  `json:"expireAfterHours"`
	}
	if err := json.Unmarshal(text, &body); err != nil {
		return 0, false, badRequest("InvalidRequestContent", "the body: %v", err)
	}
	hours = body.ExpireAfterHours
	switch {
	case hours < 0 || hours > maxSecretHours:
		return 0, false, badRequest("UserError", "expireAfterHours: %d is not between 1 and %d", hours, maxSecretHours)
	case hours == 0:
		hours = secretHours
	}
	return hours, body.ExpirableSecret, nil
}
