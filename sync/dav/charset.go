package dav

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"mime"
	"regexp"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

var declared = regexp.MustCompile(`^\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._:-]+)["']`)

// toUTF8 looks at the beginning of an answer: it refuses web pages and what is
// not XML, whatever the content type says, and transcodes what is declared to
// be in another charset. The byte order mark wins over the declaration, and
// that over the content type (RFC 7303 section 3.2 would trust the content type
// first; servers that write one without knowing are more common than ones that
// recode on the way).
func toUTF8(body io.Reader, contentType string) (r io.Reader, transcoded bool, err error) {
	br := bufio.NewReaderSize(body, 4096)
	head, err := br.Peek(512)
	if err != nil && err != io.EOF && len(head) == 0 { // with something read, reading on meets it again
		return nil, false, err
	}
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		_, _ = br.Discard(3)
		head = head[3:]
	case bytes.HasPrefix(head, []byte("\xfe\xff")), bytes.HasPrefix(head, []byte("\xff\xfe")):
		dec := unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewDecoder()
		return transform.NewReader(br, dec), true, nil
	}
	if err := sniff(head); err != nil {
		return nil, false, err
	}
	label := ""
	if m := declared.FindSubmatch(head); m != nil {
		label = string(m[1])
	} else if _, params, err := mime.ParseMediaType(contentType); err == nil {
		label = params["charset"]
	}
	enc, err := charset(label)
	if err != nil || enc == nil {
		return br, false, err
	}
	return transform.NewReader(br, enc.NewDecoder()), true, nil
}

// charset finds a decoder; nil: none is needed.
func charset(label string) (encoding.Encoding, error) {
	switch strings.ToLower(label) {
	case "", "utf-8", "utf8", "us-ascii", "ascii", "utf-16": // UTF-16 has its mark, or is not
		return nil, nil
	}
	enc, err := htmlindex.Get(label)
	if err != nil {
		return nil, fmt.Errorf("unknown charset %.40q", label)
	}
	return enc, nil
}

// sniff tells XML from web pages and everything else by its first bytes.
func sniff(head []byte) error {
	head = bytes.TrimLeft(head, " \t\r\n")
	if len(head) == 0 {
		return errNotXML
	}
	if head[0] != '<' {
		return errNotXML
	}
	low := bytes.ToLower(head)
	for bytes.HasPrefix(low, []byte("<?")) || bytes.HasPrefix(low, []byte("<!--")) {
		end := bytes.IndexByte(low, '>')
		if end < 0 {
			return nil
		}
		low = bytes.TrimLeft(low[end+1:], " \t\r\n")
	}
	if bytes.HasPrefix(low, []byte("<html")) || bytes.HasPrefix(low, []byte("<!doctype html")) {
		return errHTML
	}
	return nil
}
