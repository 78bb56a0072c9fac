package blob

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// ErrDamaged says that a stored blob does not have the content its name promises.
var ErrDamaged = errors.New("stored content is damaged")

// ErrChanged says that a file kept changing while it was read.
var ErrChanged = errors.New("file changes while it is being read")

const algorithm = "sha256:"

// Digest names content: "sha256:" and 64 lower-case hexadecimal digits.
type Digest string

// ParseDigest checks the form of a digest that came from outside.
func ParseDigest(s string) (Digest, error) {
	digits, ok := strings.CutPrefix(s, algorithm)
	if !ok || len(digits) != 2*sha256.Size || !isHex(digits) {
		return "", fmt.Errorf("invalid digest %q: want %s and %d lower-case hexadecimal digits", s, algorithm, 2*sha256.Size)
	}
	return Digest(s), nil
}

func isHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// DigestBytes is the digest of data.
func DigestBytes(data []byte) Digest {
	sum := sha256.Sum256(data)
	return digestOf(sum[:])
}

// Hex is the digest without its algorithm.
func (d Digest) Hex() string { return strings.TrimPrefix(string(d), algorithm) }

func digestOf(sum []byte) Digest { return Digest(algorithm + hex.EncodeToString(sum)) }
