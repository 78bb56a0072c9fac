package proxy

import (
	"bytes"
	"encoding/pem"
	"unsafe"

	"golang.org/x/sys/windows"
)

// systemRoots are the authorities in the user's store, which has the machine's.
func systemRoots() []byte {
	name, err := windows.UTF16PtrFromString("ROOT")
	if err != nil {
		return nil
	}
	store, err := windows.CertOpenSystemStore(0, name)
	if err != nil {
		return nil
	}
	defer windows.CertCloseStore(store, 0) //nolint:errcheck // it was only read
	var out bytes.Buffer
	var one *windows.CertContext
	for {
		one, err = windows.CertEnumCertificatesInStore(store, one)
		if err != nil || one == nil {
			return out.Bytes()
		}
		text := unsafe.Slice(one.EncodedCert, one.Length)
		_ = pem.Encode(&out, &pem.Block{Type: "CERTIFICATE", Bytes: text}) // to memory
	}
}
