package formats

import (
	"bytes"
	"io"
)

// vcfWriter writes an address book: its objects' bytes, one after the other.
type vcfWriter struct {
	w       io.Writer
	n       int
	started bool
	list    noteList
}

func newVCF(w io.Writer) *vcfWriter { return &vcfWriter{w: w} }

func (v *vcfWriter) notes() *noteList { return &v.list }

func (v *vcfWriter) finish() (int, error) { return v.n, nil }

func (v *vcfWriter) add(b Body) (string, error) {
	body := b.Bytes
	wide := false
	if text, ok := fromUTF16(body); ok {
		body, wide = text, true
	}
	marked := bytes.HasPrefix(body, []byte(utf8Mark))
	var s scanner
	s.feed(bytes.TrimPrefix(body, []byte(utf8Mark)))
	s.end()
	switch {
	case s.top == 0:
		return "it is no vCard", nil
	case s.depth > 0:
		return "a card has no end", nil
	case s.low || s.stray || body[0] == ' ' || body[0] == '\t':
		return "there is text outside of its card", nil
	}
	if wide {
		v.list.add("%d in UTF-16, written as UTF-8")
	}
	if marked && v.started { // in the middle of a file it would hide BEGIN
		body = body[len(utf8Mark):]
		v.list.add("%d with a byte order mark, which was left out because it would hide where the card begins")
	}
	if _, err := v.w.Write(body); err != nil {
		return "", err
	}
	if body[len(body)-1] != '\n' { // CR alone would join the next card to this one
		end := "\r\n"
		switch {
		case body[len(body)-1] == '\r', bytes.IndexByte(body, '\r') < 0 && bytes.IndexByte(body, '\n') >= 0:
			end = "\n"
		}
		if _, err := io.WriteString(v.w, end); err != nil {
			return "", err
		}
		v.list.add("%d without a line end after the last line, which was added")
	}
	v.started = true
	v.n += s.top
	return "", nil
}
