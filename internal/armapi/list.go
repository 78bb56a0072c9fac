package armapi

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// pageSize is how many entries one answer holds at most. Azure answers with
// fewer; the clients take what they get.
const pageSize = 100

// paged answers with one page of a list. The request says by $skip where the
// page begins, and by most ($top, or what the operation calls it) how many
// entries are wanted in all; without it all are. fetch reads at most limit
// entries after the first skip ones; show is how one looks.
func paged[T any](
	c *call, most string, fetch func(limit, skip int) ([]T, error), show func(T) (any, error),
) error {
	skip, _, err := c.number("$skip")
	if err != nil {
		return err
	}
	top, bounded, err := c.number(most)
	if err != nil {
		return err
	}
	size := pageSize
	if bounded && top <= size {
		size = top
	}
	answer := list{Value: []any{}}
	if size == 0 { // 0 is no limit to the ledger
		return c.reply(http.StatusOK, answer)
	}
	entries, err := fetch(size+1, skip) // one more tells whether there are more
	if err != nil {
		return err
	}
	if len(entries) > size {
		entries = entries[:size]
		if !bounded || top > size {
			answer.NextLink = c.next(skip+size, most, top-size, bounded)
		}
	}
	for _, entry := range entries {
		shown, err := show(entry)
		if err != nil {
			return err
		}
		answer.Value = append(answer.Value, shown)
	}
	return c.reply(http.StatusOK, answer)
}

// listResources answers with one page of the resources that q selects.
func (c *call) listResources(q workspace.ResourceQuery, most string, show func(*workspace.Resource) (any, error)) error {
	return paged(c, most, func(limit, skip int) ([]*workspace.Resource, error) {
		q.Limit, q.Skip = limit, skip
		return c.resources().Resources(c.ctx(), q)
	}, show)
}

// cut is the fetch of [paged] for entries that are all there.
func cut[T any](all []T) func(limit, skip int) ([]T, error) {
	return func(limit, skip int) ([]T, error) {
		all := all[min(skip, len(all)):]
		return all[:min(limit, len(all))], nil
	}
}

// number is a parameter of the query that counts something; false when it is
// not given.
func (c *call) number(name string) (int, bool, error) {
	text := c.query(name)
	if name == "" || text == "" {
		return 0, false, nil
	}
	const most = 1 << 31 // no sum of two overflows
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n >= most {
		return 0, false, badRequest("InvalidQueryParameter", "%s=%.40q: must be a number from 0 up", name, text)
	}
	return n, true, nil
}

// next is the address of the rest of a list.
func (c *call) next(skip int, most string, top int, bounded bool) string {
	q := c.r.URL.Query()
	q.Set("$skip", strconv.Itoa(skip))
	if bounded {
		q.Set(most, strconv.Itoa(top))
	}
	return c.here(q)
}

// here is the address of this request with another query.
func (c *call) here(q url.Values) string {
	return c.base() + c.r.URL.EscapedPath() + "?" + q.Encode()
}
