// Package har records what a client asks and is answered, as an HTTP archive,
// the format that browsers and their tools read. What opens doors is left out:
// tokens, keys, signatures, codes and passwords.
//
// Source: HAR 1.2, http://www.softwareishard.com/blog/har-12-spec/.
//
// Next: package proxy.
package har
