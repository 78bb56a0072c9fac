//go:build !unix

package cache

import "os"

func readFile(name string, _ []byte) ([]byte, error) { return os.ReadFile(name) }
