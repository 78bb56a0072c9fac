package azure

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"
)

// logReader reads a log that grows, line by line.
type logReader struct {
	offset int64
	// rest is the beginning of a line whose end is not written yet.
	rest string
	// last are the last lines.
	last []string
}

// lastLines is how many lines of a failed step's log are kept, and maxLine how
// long a line may be before it is broken.
const (
	lastLines = 20
	maxLine   = 64 << 10
)

// read passes on what was written since the last time.
func (l *logReader) read(ctx context.Context, c *Client, address string, line func(string)) error {
	body, err := c.tail(ctx, address, l.offset)
	if err != nil {
		return err
	}
	defer body.Close()
	r := bufio.NewReaderSize(body, maxLine)
	for {
		part, err := r.ReadSlice('\n')
		l.offset += int64(len(part))
		l.rest += string(part)
		if strings.HasSuffix(l.rest, "\n") || len(l.rest) >= maxLine {
			l.flush(line)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// flush passes on a line, whether or not its end was written.
func (l *logReader) flush(line func(string)) {
	if l.rest == "" {
		return
	}
	text := strings.TrimRight(l.rest, "\r\n")
	l.rest = ""
	l.last = append(l.last, text)
	if len(l.last) > lastLines {
		l.last = l.last[1:]
	}
	line(text)
}
