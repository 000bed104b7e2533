package formats

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sidekeep/formats/contentline"
	"sidekeep/sync/pim"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// components gives the parts of calendars with their unfolded lines, sorted;
// time zones and what names them left out.
func components(bodies ...string) []string {
	var out []string
	for _, b := range bodies {
		root := contentline.Parse([]byte(b))
		for cal := range root.Components("VCALENDAR") {
			for k := range cal.Components() {
				if k.Name() != "VTIMEZONE" {
					out = append(out, strings.Join(unfolded(k), "\n"))
				}
			}
		}
	}
	slices.Sort(out)
	return out
}

// zoneParam finds TZID in all its spellings: a renamed one is spelled anew.
var zoneParam = regexp.MustCompile(`(?i);TZID="?(/sidekeep/[0-9]+/)?/?([^":;]*)"?`)

func unfolded(c *contentline.Component) []string {
	out := []string{"BEGIN:" + c.Name()}
	for _, n := range c.Nodes() {
		switch {
		case n.Comp != nil:
			out = append(out, unfolded(n.Comp)...)
		case !n.Line.Blank():
			out = append(out, zoneParam.ReplaceAllString(lineText(n.Line), ";TZID=$2"))
		}
	}
	return append(out, "END:"+c.Name())
}

// anyObject makes calendar objects that are sound, however they are spelled.
func anyObject() *rapid.Generator[string] {
	ends := []string{"\r\n", "\n", "\r"}
	line := rapid.Custom(func(t *rapid.T) string {
		name := rapid.SampledFrom([]string{"SUMMARY", "X-A", "DESCRIPTION;LANGUAGE=de", "DTSTART;TZID=Z", "DUE;TZID=\"Z\"", "EXDATE;tzid=Y"}).Draw(t, "name")
		value := rapid.StringMatching(`[a-zäß€:;,="\\ -]{0,90}`).Draw(t, "value")
		fold := rapid.IntRange(1, 20).Draw(t, "fold")
		s := name + ":" + value
		if fold < len(value) && rapid.Bool().Draw(t, "folded") {
			r := []rune(s)
			s = string(r[:len(r)-1-fold%len(r)/2]) + "\n " + string(r[len(r)-1-fold%len(r)/2:])
		}
		return s + "\n"
	})
	return rapid.Custom(func(t *rapid.T) string {
		var b strings.Builder
		b.WriteString("BEGIN:VCALENDAR\nVERSION:2.0\n")
		if rapid.Bool().Draw(t, "zone") {
			b.WriteString(zoneBody(rapid.SampledFrom([]string{"Z", "Y"}).Draw(t, "tzid"), rapid.SampledFrom([]string{"+0100", "+0200"}).Draw(t, "offset")))
		}
		for range rapid.IntRange(1, 3).Draw(t, "parts") {
			kind := rapid.SampledFrom([]string{"VEVENT", "VTODO", "VJOURNAL"}).Draw(t, "kind")
			b.WriteString("BEGIN:" + kind + "\n")
			b.WriteString(strings.Join(rapid.SliceOfN(line, 0, 4).Draw(t, "lines"), ""))
			if rapid.Bool().Draw(t, "alarm") {
				b.WriteString("BEGIN:VALARM\nTRIGGER:-PT5M\nEND:VALARM\n")
			}
			b.WriteString("END:" + kind + "\n")
		}
		b.WriteString("END:VCALENDAR\n")
		return strings.ReplaceAll(b.String(), "\n", rapid.SampledFrom(ends).Draw(t, "end"))
	})
}

func TestWriteExport_AnySetOfObjectsComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.SliceOfN(anyObject(), 1, 6).Draw(t, "objects")
		dir, err := os.MkdirTemp("", "export")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		res, err := WriteExport(context.Background(), ExportRequest{To: filepath.Join(dir, "x")}, []Source{{Kind: pim.Calendar, Objects: objects(in...)}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		got := []string{}
		for _, f := range res.Files {
			b, err := os.ReadFile(filepath.Join(res.Path, filepath.FromSlash(f.Name)))
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, components(string(b))...)
		}
		slices.Sort(got)
		if diff := cmp.Diff(components(in...), got); diff != "" {
			t.Fatal(diff)
		}
	})
}

// nastyObject makes objects of pieces that could harm others.
func nastyObject() *rapid.Generator[string] {
	piece := rapid.SampledFrom([]string{
		"BEGIN:VCALENDAR", "END:VCALENDAR", "BEGIN:VEVENT", "END:VEVENT", "BEGIN:VTIMEZONE", "END:VTIMEZONE", "BEGIN:VCARD", "END:VCARD",
		"TZID:Z", "BEG\n IN:VEVENT", "END\n :VEVENT", " BEGIN:VEVENT", "\tX", "begin:vevent", "end:Vevent ", "a.BEGIN:VEVENT", "BEGIN;X=1:VEVENT",
		"BEGIN:", "END:", "BEGIN", "X:1", "X;ENCODING=QUOTED-PRINTABLE:a=", "X;ENCODING=BASE64:QUJD", "QUJD", "DTSTART;TZID=Z:20260101T000000",
		"\xEF\xBB\xBF", "\xEF\xBB\xBFBEGIN:VEVENT", "\xff", "", " ", ":", ";", "AGENT:", "VERSION:1.0", "\x00", "X:a\rBEGIN:VEVENT", "METHOD:PUBLISH", "\u2028",
	})
	return rapid.Custom(func(t *rapid.T) string {
		end := rapid.SampledFrom([]string{"\r\n", "\n", "\r"}).Draw(t, "end")
		s := strings.Join(rapid.SliceOfN(piece, 0, 14).Draw(t, "pieces"), "\n")
		if rapid.Bool().Draw(t, "whole") {
			s = "BEGIN:VCALENDAR\nBEGIN:VEVENT\n" + s + "\nEND:VEVENT\nEND:VCALENDAR\n"
		}
		return strings.ReplaceAll(s, "\n", end)
	})
}

// Whatever an object is made of, it never costs the export or another object.
func TestWriteExport_NothingHarmsTheOthers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.SliceOfN(nastyObject(), 1, 5).Draw(t, "objects")
		kind := rapid.SampledFrom([]pim.Kind{pim.Contacts, pim.Calendar}).Draw(t, "kind")
		good := calObject(eventIn("good", "X"))
		if kind == pim.Contacts {
			good = cardA
		}
		dir, err := os.MkdirTemp("", "export")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		res, err := WriteExport(context.Background(), ExportRequest{To: filepath.Join(dir, "x")}, []Source{{Kind: kind, Objects: objects(append(in, good)...)}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if res.Objects != len(in)+1 {
			t.Fatalf("%d objects of %d", res.Objects, len(in)+1)
		}
		b, err := os.ReadFile(filepath.Join(res.Path, res.Files[0].Name))
		if err != nil {
			t.Fatal(err)
		}
		if kind == pim.Contacts && !bytes.HasSuffix(b, []byte(good)) {
			t.Fatalf("the good card is not at the end of %q", b)
		}
		if all := components(string(b)); kind == pim.Calendar && !slices.Contains(all, components(good)[0]) {
			t.Fatalf("the good event is not in %q", b)
		}
	})
}

func TestScanner_SeesTheSameInPieces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := []byte(strings.Join(rapid.SliceOf(rapid.OneOf(nastyObject(), anyObject(), rapid.Just(cardA))).Draw(t, "objects"), ""))
		var whole, pieces scanner
		whole.feed(text)
		whole.end()
		for size := rapid.IntRange(1, 5).Draw(t, "size"); len(text) > 0; {
			n := min(size, len(text))
			pieces.feed(text[:n])
			text = text[n:]
		}
		pieces.end()
		whole.line, pieces.line = nil, nil
		if diff := cmp.Diff(pieces, whole, cmp.AllowUnexported(scanner{})); diff != "" {
			t.Fatal(diff)
		}
	})
}
