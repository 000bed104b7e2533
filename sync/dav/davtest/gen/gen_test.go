package gen_test

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"
	"unicode/utf8"

	"sidekeep/sync/dav/davtest/gen"
)

var makers = map[string]gen.Maker{
	"card": gen.Card, "card with photo": gen.CardWithPhoto, "card of 2 KB": gen.Card2K,
	"event": gen.Event, "event of 2 KB": gen.Event2K, "task": gen.Task,
}

func TestMakers_AreDeterministicAndWellFormed(t *testing.T) {
	for name, make := range makers {
		uids := map[string]bool{}
		for i := range 500 {
			body := make(nil, 7, i)
			if !bytes.Equal(body, make(nil, 7, i)) || !bytes.HasPrefix(make([]byte("x"), 7, i), append([]byte("x"), body[:20]...)) {
				t.Fatalf("%s %d: other bytes the second time", name, i)
			}
			text := string(body)
			if !utf8.Valid(body) || strings.Contains(strings.ReplaceAll(text, "\r\n", ""), "\n") || !strings.HasSuffix(text, "\r\n") {
				t.Fatalf("%s %d: not UTF-8, or a bare newline: %q", name, i, text)
			}
			if strings.Count(text, "\nBEGIN:")+1 != strings.Count(text, "\nEND:") {
				t.Fatalf("%s %d: unbalanced: %s", name, i, text)
			}
			for line := range strings.SplitSeq(text, "\r\n") {
				if len(line) > 75 || !utf8.ValidString(line) {
					t.Fatalf("%s %d: %d octets in a line: %q", name, i, len(line), line)
				}
			}
			_, uid, _ := strings.Cut(text, "\r\nUID:")
			uid, _, _ = strings.Cut(uid, "\r\n")
			if uids[uid] || len(uid) != 36 {
				t.Fatalf("%s %d: UID %q", name, i, uid)
			}
			uids[uid] = true
		}
		if bytes.Equal(make(nil, 7, 1), make(nil, 8, 1)) {
			t.Errorf("%s: the seed has no say", name)
		}
	}
}

func TestMakers_GiveWhatTheyPromise(t *testing.T) {
	const n = 600
	photos, sizes := 0, map[string]int{}
	seen := map[string]int{}
	for i := range n {
		c := gen.CardWithPhoto(nil, 1, i)
		if has := bytes.Contains(c, []byte("\r\nPHOTO")); has != gen.HasPhoto(1, i) {
			t.Fatalf("card %d: HasPhoto is wrong", i)
		} else if has {
			photos++
		}
		for name, make := range makers {
			sizes[name] += len(make(nil, 1, i))
		}
		for _, mark := range []string{"RRULE:", "BEGIN:VTIMEZONE", "BEGIN:VALARM", "VALUE=DATE", "RECURRENCE-ID", "ATTENDEE", "EXDATE", "TZID:W. Europe Standard Time"} {
			if bytes.Contains(gen.Event(nil, 1, i), []byte(mark)) {
				seen[mark]++
			}
		}
	}
	if photos < n/4 || photos > n/3 {
		t.Errorf("%d of %d cards have photos", photos, n)
	}
	for mark, k := range seen {
		if k < n/100 {
			t.Errorf("%s in %d of %d events only", mark, k, n)
		}
	}
	if len(seen) != 8 {
		t.Errorf("events have only %v", seen)
	}
	for _, name := range []string{"card of 2 KB", "event of 2 KB"} {
		if mean := sizes[name] / n; mean < 1900 || mean > 2300 {
			t.Errorf("%s: %d bytes on average", name, mean)
		}
	}
}

func TestCardWithPhoto_HoldsAJPEGsFirstAndLastBytes(t *testing.T) {
	i := 0
	for !gen.HasPhoto(1, i) {
		i++
	}
	text := strings.ReplaceAll(string(gen.CardWithPhoto(nil, 1, i)), "\r\n ", "")
	_, text, _ = strings.Cut(text, "\r\nPHOTO")
	text, _, _ = strings.Cut(text, "\r\n")
	data, err := base64.StdEncoding.DecodeString(text[strings.LastIndexAny(text, ":,")+1:])
	if err != nil || len(data) != 12<<10 || !bytes.HasPrefix(data, []byte("\xff\xd8\xff")) || !bytes.HasSuffix(data, []byte("\xff\xd9")) {
		t.Errorf("%d bytes, %v", len(data), err)
	}
}

func BenchmarkMakers(b *testing.B) {
	for name, make := range makers {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var buf []byte
			for i := 0; b.Loop(); i++ {
				buf = make(buf[:0], 1, i)
			}
			b.SetBytes(int64(len(buf)))
		})
	}
}
