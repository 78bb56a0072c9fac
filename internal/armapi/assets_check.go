package armapi

import (
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/machinelearning/armmachinelearning/v4"

	"github.com/ischia-ml/ischia/internal/arm"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// typed is the draft as one of the SDK's models.
func typed[T any](d *draft) (T, error) {
	var body T
	text, err := json.Marshal(map[string]json.RawMessage{"properties": d.text})
	if err != nil {
		return body, badRequest("InvalidRequestContent", "the body: %v", err)
	}
	if err := json.Unmarshal(text, &body); err != nil {
		return body, badRequest("InvalidRequestContent", "the body: %v", err)
	}
	return body, nil
}

// checkCode: code is in this home, for nobody else can say what it is.
func checkCode(_ *call, d *draft) error {
	if _, err := typed[armmachinelearning.CodeVersion](d); err != nil {
		return err
	}
	switch {
	case d.properties.at("codeUri") == "":
		return d.wrong("code has an address")
	case d.Place == "":
		return d.wrong("%.200s is not in the storage of this home: upload the code first", d.properties.at("codeUri"))
	case d.Content == "":
		return d.wrong("nothing was uploaded to %.200s", d.properties.at("codeUri"))
	}
	return nil
}

// hashOf is the hash that a client says code has.
func hashOf(properties object) string {
	own, err := parseObject(properties["properties"])
	if err != nil {
		return ""
	}
	return own.at("hash_sha256")
}

// hash is the one that a list of versions is asked for by; empty for all.
func (k *kind) hash(q url.Values) string {
	if k.collection != workspace.Codes {
		return ""
	}
	return q.Get("hash")
}

// selectCodes finds code whose hash was made the way that is asked for.
func selectCodes(q url.Values) func(object) bool {
	version := q.Get("hashVersion")
	if q.Get("hash") == "" || version == "" {
		return nil
	}
	return func(p object) bool {
		own, err := parseObject(p["properties"])
		return err == nil && own.at("hash_version") == version
	}
}

func checkData(c *call, d *draft) error {
	body, err := typed[armmachinelearning.DataVersionBase](d)
	if err != nil {
		return err
	}
	a, err := arm.DecodeData(c.ctx(), d.key.Name, d.key.Version, body, c.decoding())
	if err != nil {
		return err
	}
	if !slices.Contains([]string{"uri_file", "uri_folder", "mltable"}, a.Type.Value) {
		return badRequest("UserError", "properties.dataType: %.40q is none of uri_file, uri_folder, mltable", a.Type.Value)
	}
	var uris []string
	if text, ok := d.properties["referencedUris"]; ok && json.Unmarshal(text, &uris) != nil {
		return badRequest("InvalidRequestContent", "properties.referencedUris: it is not a list of addresses")
	}
	for _, uri := range uris {
		if err := c.refuseForeign(c.scope, uri); err != nil {
			return err
		}
	}
	return refusedFor(a.Validate(nil))
}

// selectData finds data by its tags.
func selectData(q url.Values) func(object) bool { return byTags("tags", q.Get("$tags")) }

func checkEnvironment(c *call, d *draft) error {
	body, err := typed[armmachinelearning.EnvironmentVersion](d)
	if err != nil {
		return err
	}
	a, err := arm.DecodeEnvironment(c.ctx(), d.key.Name, d.key.Version, body, c.decoding())
	if err != nil {
		return err
	}
	if d.Place != "" && d.Content == "" {
		return d.wrong("there is nothing at %.200s", d.properties.at(d.uri))
	}
	return refusedFor(a.Validate(nil))
}

func presentEnvironment(p object) {
	p.setIfMissing("environmentType", "UserCreated")
	p.setIfMissing("osType", "Linux")
}

func checkComponent(c *call, d *draft) error {
	if _, err := typed[armmachinelearning.ComponentVersion](d); err != nil {
		return err
	}
	component, err := arm.DecodeComponent(c.ctx(), d.key.Name, d.key.Version, d.text, c.decoding())
	if errors.Is(err, workspace.ErrNotFound) {
		return badRequest("UserError", "%v", err)
	}
	if err != nil {
		return err
	}
	return refusedFor(component.Validate(nil))
}

// byTags selects by the members of a property, as "a,b=2": those that have a,
// and b with that value. nil when no text is given.
func byTags(property, text string) func(object) bool {
	if text == "" {
		return nil
	}
	return func(p object) bool {
		tags, err := parseObject(p[property])
		if err != nil {
			return false
		}
		for want := range strings.SplitSeq(text, ",") {
			name, value, valued := strings.Cut(strings.TrimSpace(want), "=")
			if _, ok := tags[name]; name != "" && (!ok || valued && tags.at(name) != value) {
				return false
			}
		}
		return true
	}
}
