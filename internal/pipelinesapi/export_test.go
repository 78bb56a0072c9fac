package pipelinesapi

import (
	"errors"
	"net/http"
)

// ReadSubmission and ReadInvocation read bodies, for the fuzz tests.
func ReadSubmission(body []byte) (map[string]string, error) { return values(decodeSubmission(body)) }

func ReadInvocation(body []byte) (map[string]string, error) { return values(decodeInvocation(body)) }

func values(s *submission, err error) (map[string]string, error) {
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for name, g := range s.Given {
		out[name] = g.Text
	}
	return out, nil
}

// IsFault reports whether an error is the client's fault.
func IsFault(err error) bool {
	var f *fault
	return errors.As(err, &f) && f.status == http.StatusBadRequest
}
