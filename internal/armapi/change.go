package armapi

import (
	"errors"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// change writes the resource at key: with the body that body makes of the one
// that is there (nil: none is). made reports that none was.
func (c *call) change(
	key workspace.ResourceKey, body func(old *workspace.Resource) (object, error),
) (now *workspace.Resource, made bool, err error) {
	return c.resources().ChangeResource(c.ctx(), key, func(old *workspace.Resource) (*workspace.Resource, error) {
		o, err := body(old)
		if err != nil {
			return nil, err
		}
		r := &workspace.Resource{ResourceKey: key, CreatedBy: c.User}
		if old != nil {
			r = old
		}
		r.Body, err = o.raw()
		return r, err
	})
}

// remove deletes the resource at key, and says whether there was one.
func (c *call) remove(key workspace.ResourceKey) (bool, error) {
	found := false
	_, _, err := c.resources().ChangeResource(c.ctx(), key, func(old *workspace.Resource) (*workspace.Resource, error) {
		found = old != nil
		return nil, nil
	})
	if errors.Is(err, workspace.ErrNotFound) {
		err = nil
	}
	return found, err
}
