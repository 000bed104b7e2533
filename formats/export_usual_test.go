package formats

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"sidekeep/formats/archive"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// written is what a calendar became.
type written struct {
	Text       string
	Components int
	Reasons    []string
	Notes      []string
}

// writtenFrom writes a calendar of bodies, by the short way where an object is
// usual, or always by the long one. short counts the objects that went the short
// way. a is for scratch files; nil will do for less than a megabyte.
func writtenFrom(t rapid.TB, a *archive.Archive, long bool, bodies []string) (out written, short int) {
	t.Helper()
	var b bytes.Buffer
	c := newICS(&b, a, &Source{Collection: "Work"}, "1")
	defer c.close()
	for _, body := range bodies {
		_, wide := fromUTF16([]byte(body))
		if !wide && !long && c.usual.read([]byte(body), c.hasZone) {
			short++
		}
		var reason string
		var err error
		if long && !wide {
			if text := bytes.TrimPrefix([]byte(body), []byte(utf8Mark)); utf8.Valid(text) {
				reason, err = c.addAny(text, false)
			} else {
				reason = "its text is not UTF-8"
			}
		} else {
			reason, err = c.add(Body{Bytes: []byte(body)})
		}
		if err != nil {
			t.Fatal(err)
		}
		out.Reasons = append(out.Reasons, reason)
	}
	n, err := c.finish()
	if err != nil {
		t.Fatal(err)
	}
	out.Text, out.Components, out.Notes = b.String(), n, c.notes().words()
	return out, short
}

// both writes each object twice, so that the second has nothing that is new.
func both(t rapid.TB, a *archive.Archive, bodies []string) (short int) {
	t.Helper()
	bodies = append(bodies, bodies...)
	want, _ := writtenFrom(t, a, true, bodies)
	got, short := writtenFrom(t, a, false, bodies)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("the short way and the long way differ:\n%s", diff)
	}
	return short
}

func TestWriteExport_UsualObjectsGoTheShortWay(t *testing.T) {
	for name, c := range map[string]struct {
		body  string
		short int // of two
	}{
		"an event with its zone":   {calObject(zoneBody("X", "+0100"), eventIn("1", "X")), 1},
		"two components":           {calObject(eventIn("1", "X"), strings.ReplaceAll(eventIn("2", "X"), "VEVENT", "VTODO")), 1},
		"a zone between":           {calObject(eventIn("1", "X"), zoneBody("X", "+0100"), eventIn("2", "X")), 1},
		"an alarm":                 {calObject("BEGIN:VEVENT\nUID:1\nBEGIN:VALARM\nTRIGGER:-PT5M\nEND:VALARM\nEND:VEVENT\n"), 1},
		"folded parameters":        {calObject("BEGIN:VEVENT\nATTENDEE;CN=\"A\n B\";ROLE\n =CHAIR:mailto:a@example.org\nEND:VEVENT\n"), 1},
		"METHOD":                   {calObject("METHOD:PUBLISH\n", eventIn("1", "X")), 1},
		"a folded property":        {calObject("X-A:one\n two\n", eventIn("1", "X")), 1},
		"a parameter without end":  {calObject("BEGIN:VEVENT\nX-A;B=C\nSUMMARY:x\nEND:VEVENT\n"), 0},
		"a folded BEGIN":           {calObject("BEGIN:VEVENT\n X\nEND:VEVENT\n"), 0},
		"a blank line":             {calObject("\n", eventIn("1", "X")), 0},
		"LF":                       {strings.ReplaceAll(calObject(eventIn("1", "X")), "\r", ""), 1},
		"mixed line ends":          {strings.Replace(calObject(eventIn("1", "X")), "\r", "", 1), 0},
		"a lone CR":                {strings.Replace(calObject(eventIn("1", "X")), "SUMMARY:x", "SUMMARY:x\ry", 1), 0},
		"no line end":              {strings.TrimSuffix(calObject(eventIn("1", "X")), "\r\n"), 0},
		"a soft line break":        {calObject("BEGIN:VEVENT\nX;ENCODING=QUOTED-PRINTABLE:a=\nb:c\nEND:VEVENT\n"), 0},
		"vCalendar 1.0":            {strings.Replace(calObject(eventIn("1", "X")), "VERSION:2.0", "VERSION:1.0", 1), 0},
		"a second version":         {calObject("VERSION:1.0\n", eventIn("1", "X")), 0},
		"two calendars":            {calObject(eventIn("1", "X")) + calObject(eventIn("2", "X")), 0},
		"an event in an event":     {calObject("BEGIN:VEVENT\nBEGIN:VEVENT\nEND:VEVENT\nEND:VEVENT\n"), 0},
		"no component":             {calObject(zoneBody("X", "+0100")), 0},
		"text after":               {calObject(eventIn("1", "X")) + "X:1\r\n", 0},
		"an event without its end": {calObject("BEGIN:VEVENT\nUID:1\n"), 0},
	} {
		t.Run(name, func(t *testing.T) {
			if n := both(t, nil, []string{c.body}); n != c.short {
				t.Errorf("%d of two went the short way, want %d", n, c.short)
			}
		})
	}
}

func TestWriteExport_BothWaysWriteTheSame(t *testing.T) {
	t.Run("zones of one name", func(t *testing.T) {
		var in []string
		for i, zone := range []string{"+0100", "+0200", "+0100", "+0200"} {
			in = append(in, calObject(zoneBody("X", zone), eventIn(fmt.Sprint(i), "X")))
		}
		both(t, nil, in)
	})
	t.Run("sound objects", rapid.MakeCheck(func(t *rapid.T) {
		both(t, nil, rapid.SliceOfN(anyObject(), 1, 6).Draw(t, "objects"))
	}))
	t.Run("nasty objects", rapid.MakeCheck(func(t *rapid.T) {
		both(t, nil, rapid.SliceOfN(rapid.OneOf(nastyObject(), anyObject()), 1, 6).Draw(t, "objects"))
	}))
	t.Run("samples", func(t *testing.T) {
		_, bodies := sorted(sampleFiles(t, "ics"))
		a, err := archive.Open(filepath.Join(t.TempDir(), "x"), archive.AsFolder, false, exportTime)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Abort()
		t.Logf("%d of %d samples went the short way", both(t, a, bodies), 2*len(bodies))
	})
}

func FuzzWriteExport_BothWaysWriteTheSame(f *testing.F) {
	f.Add(calObject(zoneBody("X", "+0100"), eventIn("1", "X")))
	f.Add("BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VTODO\nSUMMARY:x\n y\nEND:VTODO\nEND:VCALENDAR\n")
	f.Add(calObject("X-A:one\n two\n", "BEGIN:VEVENT\nATTENDEE;CN=\"A\n B\";ROLE\n =CHAIR:mailto:a@example.org\nEND:VEVENT\n"))
	f.Fuzz(func(t *testing.T, body string) { both(t, nil, []string{body}) })
}
