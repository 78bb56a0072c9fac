package lsp

// What the tests of this package see of its inside.

// Edit is the text after an edit between two positions.
func Edit(s, enc string, startLine, startChar, endLine, endChar int, insert string) string {
	r := span{Start: position{startLine, startChar}, End: position{endLine, endChar}}
	return newText(s).edited([]change{{Range: &r, Text: insert}}, encoding(enc)).s
}

// RoundTrip is an offset as a position and back.
func RoundTrip(s, enc string, offset int) int {
	t := newText(s)
	return t.offset(t.position(offset, encoding(enc)), encoding(enc))
}

// Place is what the place of an offset is: its path, and what is replaced.
func Place(s string, offset int) (path []string, start, end int, prefix string) {
	p := placeAt(newText(s), offset)
	return p.path, p.start, p.end, p.prefix
}

// Outline is a text read by indentation.
func Outline(s string) any { return plain(outline(newText(s))) }

// URI is a file's URI after being taken apart.
func URI(uri string) (string, bool) {
	f, ok := fileOf(uri)
	if !ok {
		return "", false
	}
	return f.uri(), true
}
