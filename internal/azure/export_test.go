package azure

import "github.com/ischia-ml/ischia/internal/blob"

// ContentHash is the hash of code that other clients know.
func ContentHash(blobs *blob.Store, t blob.Tree) (string, error) { return contentHash(blobs, t) }
