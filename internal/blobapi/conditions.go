package blobapi

import (
	"fmt"
	"hash/fnv"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// etag names one version of a blob or container.
func etag(what string, modified time.Time) string {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%s %d", what, modified.UnixMicro()) // a hash does not fail
	return fmt.Sprintf(`"0x%016X"`, h.Sum64())
}

func blobETag(b *workspace.Blob) string { return etag(b.Digest, b.Modified) }

// conditions are what a request makes its effect depend on.
type conditions struct {
	match, noneMatch string
	since, until     time.Time
}

// readConditions reads the headers; their names may have a prefix.
func readConditions(h http.Header, prefix string) (conditions, error) {
	c := conditions{match: h.Get(prefix + "If-Match"), noneMatch: h.Get(prefix + "If-None-Match")}
	for _, t := range []struct {
		name string
		to   *time.Time
	}{{"If-Modified-Since", &c.since}, {"If-Unmodified-Since", &c.until}} {
		text := h.Get(prefix + t.name)
		if text == "" {
			continue
		}
		var err error
		if *t.to, err = http.ParseTime(text); err != nil {
			return c, badHeader(prefix+t.name, "not a date")
		}
	}
	return c, nil
}

// oneOf says whether tag is one of those in list.
func oneOf(list, tag string) bool {
	for t := range strings.SplitSeq(list, ",") {
		t = strings.TrimPrefix(strings.TrimSpace(t), "W/")
		if t == "*" || strings.Trim(t, `"`) == strings.Trim(tag, `"`) {
			return true
		}
	}
	return false
}

// reading checks the conditions of a request that reads what has this tag.
func (c conditions) reading(tag string, modified time.Time) error {
	modified = modified.Truncate(time.Second)
	switch {
	case c.match != "" && !oneOf(c.match, tag), !c.until.IsZero() && modified.After(c.until):
		return conditionNotMet()
	case c.noneMatch != "" && oneOf(c.noneMatch, tag),
		c.noneMatch == "" && !c.since.IsZero() && !modified.After(c.since):
		return no(http.StatusNotModified, "ConditionNotMet",
			"The condition specified using HTTP conditional header(s) is not met.")
	}
	return nil
}

// writing checks the conditions of a request that writes over old, nil when
// nothing is there.
func (c conditions) writing(old *workspace.Blob) error {
	if old == nil {
		if c.match != "" {
			return conditionNotMet()
		}
		return nil
	}
	if strings.TrimSpace(c.noneMatch) == "*" {
		return no(http.StatusConflict, "BlobAlreadyExists", "The specified blob already exists.")
	}
	if c.reading(blobETag(old), old.Modified) != nil {
		return conditionNotMet()
	}
	return nil
}

// span is a range of bytes, the end included; -1 is the last byte there is.
type span struct{ from, to int64 }

// parseRange reads "bytes=FROM-TO" or "bytes=FROM-": the protocol has no other
// form.
func parseRange(text string) (span, error) {
	bad := badHeader("Range", "want bytes=FROM-TO or bytes=FROM-")
	numbers, ok := strings.CutPrefix(strings.TrimSpace(text), "bytes=")
	from, to, dash := strings.Cut(numbers, "-")
	if !ok || !dash {
		return span{}, bad
	}
	s := span{to: -1}
	var err error
	if s.from, err = parseOffset(from); err != nil {
		return span{}, bad
	}
	if to == "" {
		return s, nil
	}
	if s.to, err = parseOffset(to); err != nil || s.to < s.from {
		return span{}, bad
	}
	return s, nil
}

// parseOffset reads digits only: no sign, no blanks.
func parseOffset(text string) (int64, error) {
	if text == "" || strings.Trim(text, "0123456789") != "" {
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseInt(text, 10, 64)
}

// within is the span of something of a size; false when it has no byte there.
func (s span) within(size int64) (from, length int64, ok bool) {
	if s.from >= size {
		return 0, 0, false
	}
	if s.to < 0 || s.to >= size {
		s.to = size - 1
	}
	return s.from, s.to - s.from + 1, true
}
