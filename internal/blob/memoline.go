package blob

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"
)

// appendMemo writes one line of the memory: a checksum of the rest, the version of the form, the
// stamp, the digest, and the path, escaped as in a tree.
func appendMemo(out []byte, path string, s stamp, d Digest) []byte {
	body := fmt.Appendf(nil, "1 %d %d %d %d %d %s %s",
		s.size, s.mtime, s.ctime, s.inode, s.device, d.Hex(), escape(path))
	return fmt.Appendf(out, "%08x %s\n", crc32.ChecksumIEEE(body), body)
}

// parseMemo reads one line. Whatever is wrong with it, it is no memo.
func parseMemo(line []byte) (path string, s stamp, d Digest, ok bool) {
	sum, body, ok := bytes.Cut(line, []byte{' '})
	if !ok || len(sum) != 8 {
		return "", s, "", false
	}
	want, err := strconv.ParseUint(string(sum), 16, 32)
	if err != nil || uint32(want) != crc32.ChecksumIEEE(body) {
		return "", s, "", false
	}
	// One copy of the line is all the memory that it costs.
	const fields = 8
	var f [fields]string
	n := 0
	for rest, more := string(body), true; more; n++ {
		if n == fields {
			return "", s, "", false
		}
		f[n], rest, more = strings.Cut(rest, " ")
	}
	if n != fields || f[0] != "1" {
		return "", s, "", false
	}
	if d, err = ParseDigest(algorithm + f[6]); err != nil {
		return "", s, "", false
	}
	if s, err = parseStamp(f[1:6]); err != nil {
		return "", s, "", false
	}
	path, err = unescape(f[7])
	return path, s, d, err == nil
}

func parseStamp(f []string) (stamp, error) {
	var signed [3]int64
	var unsigned [2]uint64
	for i := range signed {
		n, err := strconv.ParseInt(f[i], 10, 64)
		if err != nil {
			return stamp{}, err
		}
		signed[i] = n
	}
	for i := range unsigned {
		n, err := strconv.ParseUint(f[3+i], 10, 64)
		if err != nil {
			return stamp{}, err
		}
		unsigned[i] = n
	}
	return stamp{signed[0], signed[1], signed[2], unsigned[0], unsigned[1]}, nil
}

// cutLine splits off one line that is complete.
func cutLine(data []byte) (line, rest []byte, ok bool) {
	return bytes.Cut(data, []byte{'\n'})
}
