package identity

import (
	"cmp"
	"encoding/json"
	"regexp"
	"strings"
)

// refusal is what Microsoft Entra, a key vault or a managed identity endpoint
// says when it gives nothing.
type refusal struct {
	code   string // AADSTS7000215; or the word of the protocol
	word   string // invalid_client
	text   string // the first sentences, without ids and times
	claims string
}

var (
	aadsts    = regexp.MustCompile(`AADSTS[0-9]{4,9}`)
	trailer   = regexp.MustCompile(`(?s)\s*(Trace ID|Correlation ID|Timestamp):.*$`)
	lastDay   = regexp.MustCompile(`(?i)expired on '?([0-9][0-9TZ:/. -]{7,24}[0-9Z]( [AP]M)?)`)
	badOfLine = regexp.MustCompile(`^AADSTS[0-9]+:\s*`)
)

// read understands the body of a refusal. Entra's has the word in error and the
// text in error_description; a vault's has an object in error.
func read(body []byte) refusal {
	var answer struct {
		Error       json.RawMessage `json:"error"`
		Description string          `json:"error_description"`
		Claims      string          `json:"claims"`
		Message     string          `json:"message"`
	}
	if json.Unmarshal(body, &answer) != nil {
		return refusal{}
	}
	if strings.HasPrefix(string(answer.Error), "{") {
		return readObject(answer.Error)
	}
	r := readText(cmp.Or(answer.Description, answer.Message))
	_ = json.Unmarshal(answer.Error, &r.word)
	r.claims = answer.Claims
	return r
}

// readObject understands the shape of ARM and of the key vault. The inner code
// is the one that tells reasons apart.
func readObject(data []byte) refusal {
	var e struct {
		Code, Message string
		InnerError    struct{ Code string } `json:"innererror"`
	}
	if json.Unmarshal(data, &e) != nil {
		return refusal{}
	}
	r := refusal{code: e.Code, word: e.Code, text: e.Message}
	if e.InnerError.Code != "" {
		r.word = e.InnerError.Code
	}
	return r
}

// readText finds Entra's code in what a program printed, or in a description.
func readText(text string) refusal {
	code := aadsts.FindString(text)
	if code != "" {
		text = text[strings.Index(text, code):]
	}
	text = badOfLine.ReplaceAllString(trailer.ReplaceAllString(text, ""), "")
	return refusal{code: code, text: strings.TrimSpace(text)}
}

// ended is the day on which a secret expired, if the text has it.
func (r refusal) ended() string {
	if m := lastDay.FindStringSubmatch(r.text); m != nil {
		return m[1]
	}
	return ""
}
