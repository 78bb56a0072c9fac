package blobapi_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
)

func TestSDKBatch(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := s.client()
	in := c.ServiceClient().NewContainerClient(home)
	b := must[*container.BatchBuilder](t)(in.NewBatchBuilder())
	for i := range 5 {
		name := fmt.Sprintf("d/é %d", i)
		must[azblob.UploadBufferResponse](t)(c.UploadBuffer(t.Context(), home, name, []byte("x"), nil))
		if err := b.Delete(name, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Delete("no", nil); err != nil {
		t.Fatal(err)
	}
	answer := must[container.SubmitBatchResponse](t)(in.SubmitBatch(t.Context(), b, nil))
	failed := 0
	for _, r := range answer.Responses {
		if r.Error != nil {
			failed++
		}
	}
	if len(answer.Responses) != 6 || failed != 1 {
		t.Errorf("got %d answers, %d of them faults, want 6 and 1", len(answer.Responses), failed)
	}
	if got := s.folders(c, "", 10); len(got) > 0 {
		t.Errorf("got %q afterwards", got)
	}
}

// batch is a batch of requests that are given as text.
func (s *server) batch(requests ...string) answer {
	s.t.Helper()
	var b strings.Builder
	for _, r := range requests {
		b.WriteString("--x\r\nContent-Type: application/http\r\n\r\n" + strings.ReplaceAll(r, "\n", "\r\n") + "\r\n")
	}
	return s.as("POST", "/"+home+"?restype=container&comp=batch", b.String()+"--x--\r\n", "Content-Type: multipart/mixed; boundary=x")
}

// TestBatchAllowsNothing: who may send a batch may do with it only what each
// request in it is allowed.
func TestBatchAllowsNothing(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.put("x", "x")
	path := "/blob/" + account + "/" + home + "/x"
	for _, request := range []string{
		"DELETE " + path + " HTTP/1.1\n", "DELETE " + path + " HTTP/1.1\nAuthorization: Bearer wrong\n",
		"DELETE http://elsewhere" + path + " HTTP/1.1\n", "DELETE /x HTTP/1.1\nAuthorization: Bearer " + token + "\n",
	} {
		a := s.batch(request)
		if a.status != 202 || !strings.Contains(a.body, "HTTP/1.1 40") {
			t.Errorf("%q: got %d %s, want a refusal inside", request, a.status, a.body)
		}
	}
	for _, request := range []string{
		"PUT " + path + " HTTP/1.1\nAuthorization: Bearer " + token + "\n", "nonsense\n", "",
		"DELETE " + path + " HTTP/1.1\nContent-Length: 5\n", "POST " + path + "?comp=batch HTTP/1.1\n",
		"DELETE " + path + "?comp=immutabilityPolicies HTTP/1.1\n",
	} {
		if a := s.batch(request); a.status != 400 && a.status != 501 {
			t.Errorf("%q: got %d %s, want 400 or 501", request, a.status, a.body)
		}
	}
	s.batch().want(t, 400, "InvalidInput")
	many := make([]string, 257)
	for i := range many {
		many[i] = "DELETE " + path + " HTTP/1.1\n"
	}
	s.batch(many...).want(t, 400, "ExceedsMaxBatchRequestCount")
	if got := s.as("GET", "/"+home+"/x", "").body; got != "x" {
		t.Errorf("got %q afterwards", got)
	}
	if a := s.batch("DELETE " + path + " HTTP/1.1\nAuthorization: Bearer " + token + "\n"); !strings.Contains(a.body, "HTTP/1.1 202 Accepted") {
		t.Errorf("got %s", a.body)
	}
}
