package blobapi

import (
	"net/http"
	"strings"
)

// operation is one of the protocol's, by the name that its documents give it.
type operation struct {
	name   string
	level  level
	method string
	// restype and comp are the query parameters that tell operations of one
	// method apart, header one that has to be there besides.
	restype, comp, header string
	// needs is a permission of a signature that allows it: one of these
	// letters is enough. With "c" and no "w" a blob may only be made.
	needs string
	// service says whether a signature for one container, folder or blob may
	// allow it, and not only one for the account.
	service bool
	// run is nil for what is not supported.
	run func(*call) error
}

// operation finds what a request wants. Without one, false, and what a request
// of its method needs at least.
func (h *Handler) operation(c *call) (operation, bool) {
	method := c.r.Method
	restype, comp := c.query.Get("restype"), c.query.Get("comp")
	for _, op := range h.operations {
		if op.method == method && op.level == c.at.level &&
			strings.EqualFold(op.restype, restype) && strings.EqualFold(op.comp, comp) &&
			(op.header == "" || c.r.Header.Get(op.header) != "") {
			return op, true
		}
	}
	return operation{name: "Unknown", level: c.at.level, method: method, needs: "w"}, false
}

// operations are all that the protocol has. Where two differ by a header only,
// the one that needs it comes first.
func operations() []operation {
	all := append(append(accountOperations(), containerOperations()...), blobOperations()...)
	for _, l := range []level{accountLevel, containerLevel, blobLevel} {
		all = append(all,
			operation{"Get Account Information", l, http.MethodGet, "account", "properties", "", "r", true, (*call).accountInformation},
			operation{"Get Account Information", l, http.MethodHead, "account", "properties", "", "r", true, (*call).accountInformation})
	}
	return all
}

func accountOperations() []operation {
	const l = accountLevel
	return []operation{
		{"List Containers", l, http.MethodGet, "", "list", "", "l", false, (*call).listContainers},
		{"Get Blob Service Properties", l, http.MethodGet, "service", "properties", "", "r", false, nil},
		{"Set Blob Service Properties", l, http.MethodPut, "service", "properties", "", "w", false, nil},
		{"Get Blob Service Stats", l, http.MethodGet, "service", "stats", "", "r", false, nil},
		{"Get User Delegation Key", l, http.MethodPost, "service", "userdelegationkey", "", "r", false, nil},
		{"Find Blobs by Tags", l, http.MethodGet, "", "blobs", "", "f", false, nil},
		{"Blob Batch", l, http.MethodPost, "", "batch", "", "wd", false, (*call).batch},
		{"Preflight Blob Request", l, http.MethodOptions, "", "", "", "r", false, nil},
	}
}

func containerOperations() []operation {
	const l, c = containerLevel, "container"
	return []operation{
		{"Create Container", l, http.MethodPut, c, "", "", "cw", false, (*call).createContainer},
		{"Get Container Properties", l, http.MethodGet, c, "", "", "r", false, (*call).getContainer},
		{"Get Container Properties", l, http.MethodHead, c, "", "", "r", false, (*call).getContainer},
		{"Get Container Metadata", l, http.MethodGet, c, "metadata", "", "r", false, (*call).getContainer},
		{"Get Container Metadata", l, http.MethodHead, c, "metadata", "", "r", false, (*call).getContainer},
		{"Set Container Metadata", l, http.MethodPut, c, "metadata", "", "w", false, (*call).setContainerMetadata},
		{"Delete Container", l, http.MethodDelete, c, "", "", "d", false, (*call).deleteContainer},
		{"List Blobs", l, http.MethodGet, c, "list", "", "l", true, (*call).listBlobs},
		{"Get Container ACL", l, http.MethodGet, c, "acl", "", "r", false, nil},
		{"Get Container ACL", l, http.MethodHead, c, "acl", "", "r", false, nil},
		{"Set Container ACL", l, http.MethodPut, c, "acl", "", "w", false, nil},
		{"Lease Container", l, http.MethodPut, c, "lease", "", "w", false, nil},
		{"Restore Container", l, http.MethodPut, c, "undelete", "", "w", false, nil},
		{"Rename Container", l, http.MethodPut, c, "rename", "", "w", false, nil},
		{"Find Blobs by Tags in Container", l, http.MethodGet, c, "blobs", "", "f", true, nil},
		{"Blob Batch", l, http.MethodPost, c, "batch", "", "wd", true, (*call).batch},
		{"Preflight Blob Request", l, http.MethodOptions, "", "", "", "r", false, nil},
	}
}

func blobOperations() []operation {
	const l, source = blobLevel, "X-Ms-Copy-Source"
	return []operation{
		{"Get Blob", l, http.MethodGet, "", "", "", "r", true, (*call).getBlob},
		{"Get Blob Properties", l, http.MethodHead, "", "", "", "r", true, (*call).headBlob},
		{"Get Blob Metadata", l, http.MethodGet, "", "metadata", "", "r", true, (*call).getBlobMetadata},
		{"Get Blob Metadata", l, http.MethodHead, "", "metadata", "", "r", true, (*call).getBlobMetadata},
		{"Set Blob Metadata", l, http.MethodPut, "", "metadata", "", "w", true, (*call).setBlobMetadata},
		{"Set Blob Properties", l, http.MethodPut, "", "properties", "", "w", true, (*call).setBlobProperties},
		{"Delete Blob", l, http.MethodDelete, "", "", "", "d", true, (*call).deleteBlob},
		{"Put Block from URL", l, http.MethodPut, "", "block", source, "cw", true, (*call).putBlockFromURL},
		{"Put Block", l, http.MethodPut, "", "block", "", "cw", true, (*call).putBlock},
		{"Put Block List", l, http.MethodPut, "", "blocklist", "", "cw", true, (*call).putBlockList},
		{"Get Block List", l, http.MethodGet, "", "blocklist", "", "r", true, (*call).getBlockList},
		{"Abort Copy Blob", l, http.MethodPut, "", "copy", "", "w", true, (*call).abortCopy},
		{"Copy Blob", l, http.MethodPut, "", "", source, "cw", true, (*call).copyBlob},
		{"Put Blob", l, http.MethodPut, "", "", "", "cw", true, (*call).putBlob},
		{"Lease Blob", l, http.MethodPut, "", "lease", "", "wd", true, nil},
		{"Snapshot Blob", l, http.MethodPut, "", "snapshot", "", "cw", true, nil},
		{"Append Block", l, http.MethodPut, "", "appendblock", "", "aw", true, nil},
		{"Append Blob Seal", l, http.MethodPut, "", "seal", "", "w", true, nil},
		{"Put Page", l, http.MethodPut, "", "page", "", "w", true, nil},
		{"Get Page Ranges", l, http.MethodGet, "", "pagelist", "", "r", true, nil},
		{"Incremental Copy Blob", l, http.MethodPut, "", "incrementalcopy", "", "w", true, nil},
		{"Set Blob Tier", l, http.MethodPut, "", "tier", "", "w", true, nil},
		{"Get Blob Tags", l, http.MethodGet, "", "tags", "", "t", true, nil},
		{"Set Blob Tags", l, http.MethodPut, "", "tags", "", "t", true, nil},
		{"Set Blob Immutability Policy", l, http.MethodPut, "", "immutabilityPolicies", "", "i", true, nil},
		{"Delete Blob Immutability Policy", l, http.MethodDelete, "", "immutabilityPolicies", "", "i", true, nil},
		{"Set Blob Legal Hold", l, http.MethodPut, "", "legalhold", "", "i", true, nil},
		{"Query Blob Contents", l, http.MethodPost, "", "query", "", "r", true, nil},
		{"Undelete Blob", l, http.MethodPut, "", "undelete", "", "w", true, nil},
		{"Set Blob Expiry", l, http.MethodPut, "", "expiry", "", "w", true, nil},
		{"Preflight Blob Request", l, http.MethodOptions, "", "", "", "r", true, nil},
	}
}

// accountInformation says what kind of account it is.
func (c *call) accountInformation() error {
	head := c.w.Header()
	head.Set("X-Ms-Sku-Name", "Standard_LRS")
	head.Set("X-Ms-Account-Kind", "StorageV2")
	head.Set("X-Ms-Is-Hns-Enabled", "false")
	c.w.WriteHeader(http.StatusOK)
	return nil
}
