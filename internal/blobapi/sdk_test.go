package blobapi_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/sas"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"
)

// The tests of this file drive the handler with the unmodified client.

// client is the SDK's, with the account's key, at an address on the loopback.
func (s *server) client() *azblob.Client { return s.clientAt(s.url("/"), nil) }

// clientAt is the SDK's at any address.
func (s *server) clientAt(address string, transport policy.Transporter) *azblob.Client {
	s.t.Helper()
	o := &azblob.ClientOptions{}
	o.Retry.MaxRetries = -1
	o.Transport = transport
	c, err := azblob.NewClientWithSharedKeyCredential(address, s.credential(), o)
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

func (s *server) credential() *azblob.SharedKeyCredential {
	s.t.Helper()
	cred, err := azblob.NewSharedKeyCredential(account, s.account.Keys[0].Base64())
	if err != nil {
		s.t.Fatal(err)
	}
	return cred
}

func random(t *testing.T, n int) []byte {
	t.Helper()
	b := make([]byte, n)
	if _, err := rand.Read(b); err != nil {
		t.Fatal(err)
	}
	return b
}

func must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func (s *server) download(c *azblob.Client, name string) []byte {
	s.t.Helper()
	r, err := c.DownloadStream(s.t.Context(), home, name, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	defer r.Body.Close()
	return must[[]byte](s.t)(io.ReadAll(r.Body))
}

func TestSDKUploads(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := s.client()
	data := random(t, 5<<20+17)
	file := filepath.Join(t.TempDir(), "data")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	small := random(t, 1000)
	must[azblob.UploadBufferResponse](t)(c.UploadBuffer(t.Context(), home, "buffer", small, nil))
	must[azblob.UploadBufferResponse](t)(c.UploadBuffer(t.Context(), home, "empty", nil, nil))
	must[azblob.UploadStreamResponse](t)(c.UploadStream(t.Context(), home, "stream/é x+y", bytes.NewReader(data), &azblob.UploadStreamOptions{
		BlockSize: 1 << 20, Concurrency: 4, Metadata: map[string]*string{"Upload_Status": to.Ptr("completed")},
		HTTPHeaders: &blob.HTTPHeaders{BlobContentType: to.Ptr("text/plain"), BlobCacheControl: to.Ptr("no-store")},
	}))
	must[azblob.UploadStreamResponse](t)(c.UploadStream(t.Context(), home, "nothing", strings.NewReader(""), nil))
	f := must[*os.File](t)(os.Open(file))
	defer f.Close()
	must[azblob.UploadFileResponse](t)(c.UploadFile(t.Context(), home, "file", f, &azblob.UploadFileOptions{
		BlockSize: 700_000, Concurrency: 5, TransactionalValidation: blob.TransferValidationTypeComputeCRC64(),
	}))
	for name, want := range map[string][]byte{"buffer": small, "empty": {}, "stream/é x+y": data, "nothing": {}, "file": data} {
		if got := s.download(c, name); !bytes.Equal(got, want) {
			t.Errorf("%s: got %d bytes, want the %d that were uploaded", name, len(got), len(want))
		}
	}
	p := must[blob.GetPropertiesResponse](t)(c.ServiceClient().NewContainerClient(home).NewBlobClient("stream/é x+y").GetProperties(t.Context(), nil))
	if *p.ContentType != "text/plain" || *p.CacheControl != "no-store" || *p.ContentLength != int64(len(data)) || len(p.Metadata) != 1 {
		t.Errorf("got %s, %s, %d, %v", *p.ContentType, *p.CacheControl, *p.ContentLength, p.Metadata)
	}
	// What the blocks were is not kept twice.
	if left := s.staged(); left > 0 {
		t.Errorf("%d blocks are left when all blobs are made", left)
	}
}

func TestSDKDownloads(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := s.client()
	data := random(t, 3<<20+5)
	must[azblob.UploadBufferResponse](t)(c.UploadBuffer(t.Context(), home, "x", data, nil))
	f := must[*os.File](t)(os.Create(filepath.Join(t.TempDir(), "x")))
	defer f.Close()
	n := must[int64](t)(c.DownloadFile(t.Context(), home, "x", f, &azblob.DownloadFileOptions{BlockSize: 500_000, Concurrency: 4}))
	got := must[[]byte](t)(os.ReadFile(f.Name()))
	if n != int64(len(data)) || !bytes.Equal(got, data) {
		t.Errorf("got %d bytes in blocks, want %d", len(got), len(data))
	}
	r := must[azblob.DownloadStreamResponse](t)(c.DownloadStream(t.Context(), home, "x", &azblob.DownloadStreamOptions{
		Range: blob.HTTPRange{Offset: 100, Count: 50}, RangeGetContentMD5: to.Ptr(true),
	}))
	defer r.Body.Close()
	part := must[[]byte](t)(io.ReadAll(r.Body))
	if !bytes.Equal(part, data[100:150]) || *r.ContentRange != "bytes 100-149/3145733" || len(r.ContentMD5) != 16 || bytes.Equal(r.ContentMD5, r.BlobContentMD5) {
		t.Errorf("got %d bytes, %s, %x", len(part), *r.ContentRange, r.ContentMD5)
	}
	_, err := c.DownloadStream(t.Context(), home, "x", &azblob.DownloadStreamOptions{Range: blob.HTTPRange{Offset: 1 << 30, Count: 5}})
	wantCode(t, err, bloberror.InvalidRange)
	_, err = c.DownloadStream(t.Context(), home, "no", nil)
	wantCode(t, err, bloberror.BlobNotFound)
	_, err = c.DownloadStream(t.Context(), "no-such", "no", nil)
	wantCode(t, err, bloberror.ContainerNotFound)
}

func wantCode(t *testing.T, err error, code bloberror.Code) {
	t.Helper()
	if !bloberror.HasCode(err, code) {
		t.Errorf("got %v, want %s", err, code)
	}
}

func TestSDKLists(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := s.client()
	want := []string{"a/1", "a/2", "a/b/3", "a0", "b/4", "c", "z & <é>"}
	for _, name := range want {
		must[azblob.UploadBufferResponse](t)(c.UploadBuffer(t.Context(), home, name, []byte(name), &azblob.UploadBufferOptions{
			Metadata: map[string]*string{"k": to.Ptr("v & w")},
		}))
	}
	var got []string
	flat := c.NewListBlobsFlatPager(home, &azblob.ListBlobsFlatOptions{MaxResults: to.Ptr(int32(2)), Include: container.ListBlobsInclude{Metadata: true}})
	pages := 0
	for flat.More() {
		page := must[azblob.ListBlobsFlatResponse](t)(flat.NextPage(t.Context()))
		pages++
		for _, b := range page.Segment.BlobItems {
			got = append(got, *b.Name)
			if *b.Properties.ContentLength != int64(len(*b.Name)) || *b.Metadata["k"] != "v & w" || len(b.Properties.ContentMD5) != 16 {
				t.Errorf("%s: got %+v", *b.Name, b.Properties)
			}
		}
	}
	if !slices.Equal(got, want) || pages != 4 {
		t.Errorf("got %q in %d pages, want %q in 4", got, pages, want)
	}
	for _, h := range []struct {
		prefix string
		size   int32
		want   []string
	}{
		{"", 2, []string{"a/", "a0", "b/", "c", "z & <é>"}},
		{"", 1, []string{"a/", "a0", "b/", "c", "z & <é>"}},
		{"a/", 5, []string{"a/1", "a/2", "a/b/"}},
		{"a", 5, []string{"a/", "a0"}},
		{"x", 5, nil},
	} {
		if got := s.folders(c, h.prefix, h.size); !slices.Equal(got, h.want) {
			t.Errorf("prefix %q by %d: got %q, want %q", h.prefix, h.size, got, h.want)
		}
	}
}

// folders lists with a delimiter.
func (s *server) folders(c *azblob.Client, prefix string, size int32) []string {
	s.t.Helper()
	var got []string
	pager := c.ServiceClient().NewContainerClient(home).NewListBlobsHierarchyPager("/", &container.ListBlobsHierarchyOptions{
		Prefix: &prefix, MaxResults: &size,
	})
	for pager.More() {
		page := must[container.ListBlobsHierarchyResponse](s.t)(pager.NextPage(s.t.Context()))
		for _, p := range page.Segment.BlobPrefixes {
			got = append(got, *p.Name)
		}
		for _, b := range page.Segment.BlobItems {
			got = append(got, *b.Name)
		}
	}
	slices.Sort(got)
	return got
}

func TestSDKContainers(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := s.client()
	for _, name := range []string{"aaa", "zzz"} {
		must[azblob.CreateContainerResponse](t)(c.CreateContainer(t.Context(), name, &azblob.CreateContainerOptions{Metadata: map[string]*string{"k": to.Ptr(name)}}))
	}
	_, err := c.CreateContainer(t.Context(), "aaa", nil)
	wantCode(t, err, bloberror.ContainerAlreadyExists)
	_, err = c.CreateContainer(t.Context(), home, nil)
	wantCode(t, err, bloberror.ContainerAlreadyExists)
	var got []string
	pager := c.NewListContainersPager(&azblob.ListContainersOptions{MaxResults: to.Ptr(int32(1)), Include: azblob.ListContainersInclude{Metadata: true}})
	for pager.More() {
		page := must[azblob.ListContainersResponse](t)(pager.NextPage(t.Context()))
		for _, item := range page.ContainerItems {
			got = append(got, *item.Name)
			if m := item.Metadata["k"]; *item.Name != home && (m == nil || *m != *item.Name) {
				t.Errorf("%s: got metadata %v", *item.Name, item.Metadata)
			}
		}
	}
	if want := []string{"aaa", home, "zzz"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	zzz := c.ServiceClient().NewContainerClient("zzz")
	must[container.SetMetadataResponse](t)(zzz.SetMetadata(t.Context(), &container.SetMetadataOptions{Metadata: map[string]*string{"n": to.Ptr("1")}}))
	p := must[container.GetPropertiesResponse](t)(zzz.GetProperties(t.Context(), nil))
	if len(p.Metadata) != 1 || p.ETag == nil {
		t.Errorf("got %v", p.Metadata)
	}
	own := c.ServiceClient().NewContainerClient(home)
	must[container.SetMetadataResponse](t)(own.SetMetadata(t.Context(), &container.SetMetadataOptions{Metadata: map[string]*string{"n": to.Ptr("1")}}))
	if p := must[container.GetPropertiesResponse](t)(own.GetProperties(t.Context(), nil)); len(p.Metadata) != 1 {
		t.Errorf("got %v", p.Metadata)
	}
	must[azblob.UploadBufferResponse](t)(c.UploadBuffer(t.Context(), "zzz", "x", []byte("x"), nil))
	must[azblob.DeleteContainerResponse](t)(c.DeleteContainer(t.Context(), "zzz", nil))
	_, err = c.DownloadStream(t.Context(), "zzz", "x", nil)
	wantCode(t, err, bloberror.ContainerNotFound)
	_, err = c.DeleteContainer(t.Context(), home, nil)
	wantCode(t, err, bloberror.InsufficientAccountPermissions)
	must[azblob.CreateContainerResponse](t)(c.CreateContainer(t.Context(), "zzz", nil))
	_, err = c.DownloadStream(t.Context(), "zzz", "x", nil)
	wantCode(t, err, bloberror.BlobNotFound)
	info := must[service.GetAccountInfoResponse](t)(c.ServiceClient().GetAccountInfo(t.Context(), nil))
	if *info.AccountKind != service.AccountKindStorageV2 {
		t.Errorf("got kind %s", *info.AccountKind)
	}
}

func TestSDKMetadataAndConditions(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := s.client()
	b := c.ServiceClient().NewContainerClient(home).NewBlockBlobClient("m")
	up := func(o *blockblob.UploadBufferOptions) error {
		_, err := b.UploadBuffer(t.Context(), []byte("hello"), o)
		return err
	}
	absent := &blob.AccessConditions{ModifiedAccessConditions: &blob.ModifiedAccessConditions{IfNoneMatch: to.Ptr(anyETag)}}
	if err := up(&blockblob.UploadBufferOptions{AccessConditions: absent}); err != nil {
		t.Fatal(err)
	}
	wantCode(t, up(&blockblob.UploadBufferOptions{AccessConditions: absent}), bloberror.BlobAlreadyExists)
	first := must[blob.GetPropertiesResponse](t)(b.GetProperties(t.Context(), nil))

	set := must[blob.SetMetadataResponse](t)(b.SetMetadata(t.Context(), map[string]*string{"upload_status": to.Ptr("completed")}, nil))
	if *set.ETag == *first.ETag {
		t.Error("metadata changed and the tag did not")
	}
	must[blob.SetHTTPHeadersResponse](t)(b.SetHTTPHeaders(t.Context(), blob.HTTPHeaders{BlobContentType: to.Ptr("text/x")}, nil))
	p := must[blob.GetPropertiesResponse](t)(b.GetProperties(t.Context(), nil))
	if *p.ContentType != "text/x" || len(p.Metadata) != 1 || !p.CreationTime.Equal(*first.CreationTime) {
		t.Errorf("got %s, %v, created %v", *p.ContentType, p.Metadata, p.CreationTime)
	}
	old := &blob.AccessConditions{ModifiedAccessConditions: &blob.ModifiedAccessConditions{IfMatch: first.ETag}}
	wantCode(t, up(&blockblob.UploadBufferOptions{AccessConditions: old}), bloberror.ConditionNotMet)
	_, err := b.Delete(t.Context(), &blob.DeleteOptions{AccessConditions: old})
	wantCode(t, err, bloberror.ConditionNotMet)
	_, err = b.DownloadStream(t.Context(), &blob.DownloadStreamOptions{AccessConditions: old})
	wantCode(t, err, bloberror.ConditionNotMet)
	same := &blob.AccessConditions{ModifiedAccessConditions: &blob.ModifiedAccessConditions{IfNoneMatch: p.ETag}}
	r := must[blob.DownloadStreamResponse](t)(b.DownloadStream(t.Context(), &blob.DownloadStreamOptions{AccessConditions: same}))
	defer r.Body.Close()
	if r.ErrorCode == nil || *r.ErrorCode != "ConditionNotMet" {
		t.Errorf("got %v for what has not changed, want 304", r.ErrorCode)
	}
	now := &blob.AccessConditions{ModifiedAccessConditions: &blob.ModifiedAccessConditions{IfMatch: p.ETag}}
	must[blob.DeleteResponse](t)(b.Delete(t.Context(), &blob.DeleteOptions{AccessConditions: now}))
	_, err = b.Delete(t.Context(), nil)
	wantCode(t, err, bloberror.BlobNotFound)
	_, err = b.SetMetadata(t.Context(), nil, nil)
	wantCode(t, err, bloberror.BlobNotFound)
}

const anyETag = azcore.ETagAny

func wantStatus(t *testing.T, err error, status int) {
	t.Helper()
	r, ok := errors.AsType[*azcore.ResponseError](err)
	if !ok || r.StatusCode != status {
		t.Errorf("got %v, want status %d", err, status)
	}
}

func TestSDKCopies(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := s.client()
	data := random(t, 3_000_000)
	must[azblob.UploadStreamResponse](t)(c.UploadStream(t.Context(), home, "from", bytes.NewReader(data), &azblob.UploadStreamOptions{
		BlockSize: 1 << 20, Metadata: map[string]*string{"a": to.Ptr("1")}, HTTPHeaders: &blob.HTTPHeaders{BlobContentType: to.Ptr("text/plain")},
	}))
	in := c.ServiceClient().NewContainerClient(home)
	from := in.NewBlobClient("from")
	started := must[blob.StartCopyFromURLResponse](t)(in.NewBlobClient("copy").StartCopyFromURL(t.Context(), from.URL(), nil))
	if *started.CopyStatus != blob.CopyStatusTypeSuccess {
		t.Errorf("got %s", *started.CopyStatus)
	}
	p := must[blob.GetPropertiesResponse](t)(in.NewBlobClient("copy").GetProperties(t.Context(), nil))
	if *p.CopyID != *started.CopyID || *p.CopySource != from.URL() || *p.ContentType != "text/plain" || len(p.Metadata) != 1 {
		t.Errorf("got %s from %s, %s, %v", *p.CopyID, *p.CopySource, *p.ContentType, p.Metadata)
	}
	must[blob.CopyFromURLResponse](t)(in.NewBlobClient("sync").CopyFromURL(t.Context(), from.URL(), nil))
	must[blockblob.UploadBlobFromURLResponse](t)(in.NewBlockBlobClient("url").UploadBlobFromURL(t.Context(), from.URL(), nil))
	id := "MDAwMQ=="
	parts := in.NewBlockBlobClient("parts")
	must[blockblob.StageBlockFromURLResponse](t)(parts.StageBlockFromURL(t.Context(), id, from.URL(), &blockblob.StageBlockFromURLOptions{
		Range: blob.HTTPRange{Offset: 10, Count: 20},
	}))
	must[blockblob.CommitBlockListResponse](t)(parts.CommitBlockList(t.Context(), []string{id}, nil))
	for name, want := range map[string][]byte{"copy": data, "sync": data, "url": data, "parts": data[10:30]} {
		if got := s.download(c, name); !bytes.Equal(got, want) {
			t.Errorf("%s: got %d bytes, want %d", name, len(got), len(want))
		}
	}
	_, err := in.NewBlobClient("copy").AbortCopyFromURL(t.Context(), *started.CopyID, nil)
	wantCode(t, err, bloberror.NoPendingCopyOperation)
	_, err = in.NewBlobClient("x").StartCopyFromURL(t.Context(), "http://169.254.169.254/latest/meta-data", nil)
	wantStatus(t, err, http.StatusNotImplemented)
	_, err = in.NewBlobClient("x").StartCopyFromURL(t.Context(), in.NewBlobClient("no").URL(), nil)
	wantCode(t, err, bloberror.BlobNotFound)
}

func TestSDKBlockLists(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	b := s.client().ServiceClient().NewContainerClient(home).NewBlockBlobClient("blocks")
	stage := func(id, text string) {
		t.Helper()
		must[blockblob.StageBlockResponse](t)(b.StageBlock(t.Context(), id, nopCloser{strings.NewReader(text)}, nil))
	}
	commit := func(ids ...string) error {
		_, err := b.CommitBlockList(t.Context(), ids, nil)
		return err
	}
	lists := func() (committed, uncommitted string) {
		t.Helper()
		list := must[blockblob.GetBlockListResponse](t)(b.GetBlockList(t.Context(), blockblob.BlockListTypeAll, nil))
		return blockNames(list.CommittedBlocks), blockNames(list.UncommittedBlocks)
	}
	const one, two, three = "MQ==", "Mg==", "Mw=="
	stage(one, "one ")
	stage(two, "two ")
	stage(two, "TWO ")
	if c, u := lists(); c != "" || u != one+two {
		t.Errorf("got %q and %q", c, u)
	}
	if _, err := b.GetProperties(t.Context(), nil); err == nil {
		t.Error("a blob is there before it is committed")
	}
	wantCode(t, commit(one, three), bloberror.InvalidBlockList)
	if err := commit(two, one, two); err != nil {
		t.Fatal(err)
	}
	if got := string(s.download(s.client(), "blocks")); got != "TWO one TWO " {
		t.Errorf("got %q", got)
	}
	// The next version reuses what the blob is made of.
	stage(three, "three ")
	if c, u := lists(); c != two+one+two || u != three {
		t.Errorf("got %q and %q", c, u)
	}
	if err := commit(three, one); err != nil {
		t.Fatal(err)
	}
	if got := string(s.download(s.client(), "blocks")); got != "three one " {
		t.Errorf("got %q", got)
	}
	if err := commit(); err != nil {
		t.Fatal(err)
	}
	if got := s.download(s.client(), "blocks"); len(got) > 0 {
		t.Errorf("got %q, want nothing", got)
	}
}

func blockNames(blocks []*blockblob.Block) string {
	var b strings.Builder
	for _, block := range blocks {
		b.WriteString(*block.Name)
	}
	return b.String()
}

type nopCloser struct{ io.ReadSeeker }

func (nopCloser) Close() error { return nil }

func TestSDKSignatures(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	// With a host name as Azure has it, the SDK makes signatures out of a client.
	c := s.clientAt("http://"+account+".blob.localhost:1/", s.anyHost())
	must[azblob.UploadBufferResponse](t)(c.UploadBuffer(t.Context(), home, "d/é x", []byte("hello"), nil))
	in := c.ServiceClient().NewContainerClient(home)
	hour := time.Now().Add(time.Hour)
	one := must[string](t)(in.NewBlobClient("d/é x").GetSASURL(sas.BlobPermissions{Read: true}, hour, nil))
	s.do("GET", one, "").want(t, 200, "")
	s.do("DELETE", one, "").want(t, 403, "AuthorizationPermissionMismatch")
	all := must[string](t)(in.GetSASURL(sas.ContainerPermissions{List: true, Write: true}, hour, nil))
	pager := must[*container.Client](t)(container.NewClientWithNoCredential(all, &container.ClientOptions{
		ClientOptions: policy.ClientOptions{Transport: s.anyHost()},
	})).NewListBlobsFlatPager(nil)
	if page := must[container.ListBlobsFlatResponse](t)(pager.NextPage(t.Context())); len(page.Segment.BlobItems) != 1 {
		t.Errorf("got %d blobs", len(page.Segment.BlobItems))
	}
	whole := must[string](t)(c.ServiceClient().GetSASURL(sas.AccountResourceTypes{Service: true}, sas.AccountPermissions{List: true}, hour, nil))
	s.do("GET", whole+"&comp=list", "").want(t, 200, "")
	object := strings.Replace(whole, ":1/?", ":1/"+home+"/d/x?", 1)
	s.do("GET", object, "").want(t, 403, "AuthorizationResourceTypeMismatch")
	for _, v := range []sas.BlobSignatureValues{
		{ContainerName: home, Directory: "d", Permissions: "r", ExpiryTime: hour},
		{ContainerName: home, BlobName: "d/é x", Permissions: "r", ExpiryTime: hour, IPRange: sas.IPRange{Start: []byte{127, 0, 0, 1}}, Protocol: sas.ProtocolHTTPSandHTTP},
		{ContainerName: home, BlobName: "d/é x", Permissions: "r", ExpiryTime: hour, ContentDisposition: "attachment; filename=x"},
	} {
		q := must[sas.QueryParameters](t)(v.SignWithSharedKey(s.credential()))
		a := s.do("GET", s.url("/"+home+"/d/%C3%A9%20x?"+q.Encode()), "")
		if a.body != "hello" {
			t.Errorf("%+v: got %d %s", v, a.status, a.body)
		}
	}
	for code, v := range map[string]sas.BlobSignatureValues{
		"AuthorizationProtocolMismatch": {ContainerName: home, BlobName: "d/x", Permissions: "r", ExpiryTime: hour, Protocol: sas.ProtocolHTTPS},
		"AuthorizationSourceIPMismatch": {ContainerName: home, BlobName: "d/x", Permissions: "r", ExpiryTime: hour, IPRange: sas.IPRange{Start: []byte{10, 0, 0, 1}, End: []byte{10, 0, 0, 9}}},
		"AuthenticationFailed":          {ContainerName: home, Directory: "e", Permissions: "r", ExpiryTime: hour},
	} {
		q := must[sas.QueryParameters](t)(v.SignWithSharedKey(s.credential()))
		s.do("GET", s.url("/"+home+"/d/x?"+q.Encode()), "").want(t, 403, code)
	}
}

// TestFolderSignature: a signature for a folder lists that folder only.
func TestFolderSignature(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.put("d/x", "1")
	s.put("dd/x", "2")
	q := must[sas.QueryParameters](t)(sas.BlobSignatureValues{
		ContainerName: home, Directory: "d", Permissions: "rl", ExpiryTime: time.Now().Add(time.Hour),
	}.SignWithSharedKey(s.credential()))
	list := s.url("/" + home + "?restype=container&comp=list&" + q.Encode())
	s.do("GET", list+"&prefix=d/", "").want(t, 200, "")
	for _, prefix := range []string{"", "d", "dd/", "e/"} {
		s.do("GET", list+"&prefix="+prefix, "").want(t, 403, "AuthenticationFailed")
	}
	s.do("GET", s.url("/"+home+"/dd/x?"+q.Encode()), "").want(t, 403, "AuthenticationFailed")
}

// inProcess is a transport without a network.
type inProcess struct{ handler http.Handler }

func (p inProcess) Do(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, r)
	response := w.Result()
	response.Request = r
	return response, nil
}

// TestSDKInProcess: the same client, with Azure's own address and no socket.
func TestSDKInProcess(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := s.clientAt("https://"+account+".blob.core.windows.net/", inProcess{s.handler})
	data := random(t, 3<<20)
	must[azblob.UploadStreamResponse](t)(c.UploadStream(t.Context(), home, "a b/é", bytes.NewReader(data), &azblob.UploadStreamOptions{
		Metadata: map[string]*string{"upload_status": to.Ptr("completed")},
	}))
	if got := s.download(c, "a b/é"); !bytes.Equal(got, data) {
		t.Errorf("got %d bytes, want %d", len(got), len(data))
	}
	in := c.ServiceClient().NewContainerClient(home)
	must[blob.StartCopyFromURLResponse](t)(in.NewBlobClient("copy").StartCopyFromURL(t.Context(), in.NewBlobClient("a b/é").URL(), nil))
	if got := s.folders(c, "", 10); !slices.Equal(got, []string{"a b/", "copy"}) {
		t.Errorf("got %q", got)
	}
}
