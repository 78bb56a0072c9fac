//go:build !windows

package proxy

// rootFiles are where systems keep the authorities that they trust. The first
// that is there counts.
func rootFiles() []string {
	return []string{
		"/etc/ssl/certs/ca-certificates.crt",                // Debian, Arch
		"/etc/pki/tls/certs/ca-bundle.crt",                  // Fedora
		"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // RHEL
		"/etc/ssl/ca-bundle.pem",                            // openSUSE
		"/etc/ssl/cert.pem",                                 // Alpine, macOS, BSD
		"/opt/homebrew/etc/ca-certificates/cert.pem",
		"/usr/local/share/certs/ca-root-nss.crt",
		"/etc/ssl/certs", // a folder of files
	}
}

func systemRoots() []byte {
	for _, path := range rootFiles() {
		if found := certificates(path); len(found) > 0 {
			return found
		}
	}
	return nil
}
