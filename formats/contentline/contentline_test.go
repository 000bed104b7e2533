package contentline

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// assertExact fails unless the tree, the flat list and the nodes one by one all
// give the bytes back.
func assertExact(t interface{ Fatalf(string, ...any) }, body []byte) *Component {
	root := Parse(body)
	if got := root.Bytes(); !bytes.Equal(got, body) {
		t.Fatalf("the tree gives %q for %q", got, body)
	}
	var flat []byte
	for _, l := range Lines(body) {
		flat = append(flat, l.Raw()...)
	}
	if !bytes.Equal(flat, body) {
		t.Fatalf("the lines give %q for %q", flat, body)
	}
	if walked := walk(nil, root); !bytes.Equal(walked, body) {
		t.Fatalf("the nodes give %q for %q", walked, body)
	}
	return root
}

// walk puts a component together from its parts, never from its own raw bytes.
func walk(dst []byte, c *Component) []byte {
	if c.Begin() != nil {
		dst = append(dst, c.Begin().Raw()...)
	}
	for _, n := range c.Nodes() {
		if n.Line != nil {
			dst = append(dst, n.Line.Raw()...)
		} else {
			part := walk(nil, n.Comp)
			if !bytes.Equal(part, n.Comp.Bytes()) {
				panic("a component's bytes are not those of its parts")
			}
			dst = append(dst, part...)
		}
	}
	if c.End() != nil {
		dst = append(dst, c.End().Raw()...)
	}
	return dst
}

// shape writes a tree on one line: "VCARD(FN=x TEL=y)".
func shape(c *Component) string {
	var parts []string
	for _, n := range c.Nodes() {
		switch {
		case n.Comp != nil:
			s := n.Comp.Name() + "(" + shape(n.Comp) + ")"
			if n.Comp.End() == nil {
				s += "!"
			}
			parts = append(parts, s)
		case n.Line.Blank():
			parts = append(parts, "_")
		case n.Line.Name() == "":
			parts = append(parts, "?"+n.Line.Value())
		default:
			s := n.Line.Name()
			if n.Line.Group() != "" {
				s = n.Line.Group() + "." + s
			}
			if p := n.Line.RawParams(); p != "" {
				s += ";" + p
			}
			if n.Line.HasColon() {
				s += "=" + n.Line.Value()
			}
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, " ")
}

func TestParse_Shapes(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"empty":                 {"", ""},
		"plain":                 {"BEGIN:VCARD\r\nFN:A B\r\nEND:VCARD\r\n", "VCARD(FN=A B)"},
		"no last line end":      {"BEGIN:VCARD\nFN:x\nEND:VCARD", "VCARD(FN=x)"},
		"CR only":               {"BEGIN:VCARD\rFN:x\r y\rEND:VCARD\r", "VCARD(FN=xy)"},
		"CR CR LF":              {"BEGIN:VCARD\r\r\nFN:x\r\r\n y\r\r\nEND:VCARD\r\r\n", "VCARD(FN=xy)"},
		"CR inside a value":     {"FN:x\ry\nN:z\n", "FN=x\ry N=z"},
		"fold":                  {"NOTE:a\r\n b\r\n\tc\r\n  d\r\n", "NOTE=abc d"},
		"fold inside a name":    {"NO\r\n TE:a\r\n", "NOTE=a"},
		"blank lines":           {"\r\nBEGIN:A\r\n\r\nX:1\r\n \r\nEND:A\r\n\r\n", "_ A(_ X=1) _"},
		"byte order mark":       {"\xEF\xBB\xBFBEGIN:VCARD\nFN:x\nEND:VCARD\n", "VCARD(FN=x)"},
		"mark in the middle":    {"X:1\n\xEF\xBB\xBFBEGIN:VCARD\nEND:VCARD\n", "X=1 VCARD()"},
		"no colon":              {"FN:x\nplain words\nATTENDEE;CN=foo\n", "FN=x ?plain words ATTENDEE;CN=foo"},
		"sentence with a colon": {"and so on: more\n", "?and so on: more"},
		"missing END":           {"BEGIN:A\nBEGIN:B\nX:1\nEND:A\n", "A(B(X=1)!)"},
		"no END at all":         {"BEGIN:A\nX:1\n", "A(X=1)!"},
		"next card, no END":     {"BEGIN:VCARD\nX:1\nBEGIN:VCARD\nX:2\nEND:VCARD\n", "VCARD(X=1)! VCARD(X=2)"},
		"stray END":             {"END:A\nBEGIN:B\nEND:C\nEND:B\n", "END=A B(END=C)"},
		"lower case":            {"begin:vcard\nfn:x\nend:VCard\n", "VCARD(fn=x)"},
		"space after a name":    {"BEGIN: VCARD \nFN :x\nEND:VCARD\n", "VCARD(FN=x)"},
		"group":                 {"item1.TEL;type=work:1\n", "item1.TEL;type=work=1"},
		"nested AGENT": {"BEGIN:VCARD\nAGENT:\nBEGIN:VCARD\nFN:in\nEND:VCARD\nFN:out\nEND:VCARD\n",
			"VCARD(AGENT= VCARD(FN=in) FN=out)"},
		"nested without AGENT":         {"BEGIN:VCARD\nBEGIN:VCARD\nN:1\nEND:VCARD\nTEL:2\nEND:VCARD\n", "VCARD(VCARD(N=1) TEL=2)"},
		"soft line break":              {"NOTE;ENCODING=QUOTED-PRINTABLE:a=\r\nb=3D=\r\n=20c\r\nN:x\r\n", "NOTE;ENCODING=QUOTED-PRINTABLE=ab=3D=20c N=x"},
		"soft line break, bare":        {"LABEL;QUOTED-PRINTABLE:a=\n  b\nN:x\n", "LABEL;QUOTED-PRINTABLE=a  b N=x"},
		"value cut at a break":         {"NOTE;QUOTED-PRINTABLE:a=\nTEL;CELL:1\nEND:VCARD\n", "NOTE;QUOTED-PRINTABLE=a= TEL;CELL=1 END=VCARD"},
		"break at the very end":        {"NOTE;QUOTED-PRINTABLE:a=\n", "NOTE;QUOTED-PRINTABLE=a="},
		"equals without QP":            {"NOTE:a=\nN:x\n", "NOTE=a= N=x"},
		"base64 not indented":          {"PHOTO;ENCODING=BASE64;JPEG:\nAAAA\nBBB=\n\nN:x\n", "PHOTO;ENCODING=BASE64;JPEG=AAAABBB= _ N=x"},
		"base64 of 3.0":                {"PHOTO;ENCODING=b:AA\nBB\n CC\nEND:VCARD\n", "PHOTO;ENCODING=b=AABBCC END=VCARD"},
		"no base64":                    {"NOTE:x\nword\n", "NOTE=x ?word"},
		"quoted parameter":             {`A;X="b;c:d,e";Y=f:g` + "\n", `A;X="b;c:d,e";Y=f=g`},
		"text after a quote":           {`X;A="b"c:d` + "\n", `X;A="b"c=d`},
		"quote never closed":           {`A;CN="foo:mailto:x` + "\n", `A;CN="foo=mailto:x`},
		"zone with colons":             {"DTSTART;TZID=(UTC-05:00) Eastern:2020\n", "DTSTART;TZID=(UTC-05:00) Eastern=2020"},
		"indented after a blank":       {"A:1\n\n  TEL:2\n", "A=1 _ TEL=2"},
		"line ends doubled":            {"VERSION\n\n :2.0\nNOTE:a\r\n\r\n b\r\n\r\n\r\n c\n", "VERSION=2.0 NOTE=ab _ _ ?c"},
		"value of only a colon":        {":\n;\n", "?: ?;"},
		"BEGIN with no value":          {"BEGIN:\nX:1\nEND:\n", "(X=1)"},
		"BEGIN without a colon":        {"BEGIN\nX:1\n", "?BEGIN X=1"},
		"Latin-1 bytes":                {"FN:J\xFCrgen\n", "FN=J\xFCrgen"},
		"UTF-16, little-endian":        {"\xFF\xFE" + wide("BEGIN:A\r\nX:ü\r\n y\r\nEND:A\r\n", false), "A(X=üy)"},
		"UTF-16, big-endian":           {"\xFE\xFF" + wide("BEGIN:A\nX:😀\nEND:A\n", true), "A(X=😀)"},
		"UTF-16 without its mark":      {wide("BEGIN:A\rX:1\rEND:A\r", false), "A(X=1)"},
		"UTF-16 with an odd byte":      {wide("BEGIN:A\nX:1\nEND:A", true) + "\x00", "A(X=1 END=A\uFFFD)!"},
		"UTF-16, surrogate on its own": {wide("B:A\nX:", false) + "\x00\xD8\n\x00", "B=A X=\uFFFD"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := shape(assertExact(t, []byte(c.in))); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// wide spells s in UTF-16.
func wide(s string, big bool) string {
	enc := utf16LE
	if big {
		enc = utf16BE
	}
	return string(encode([]byte(s), enc))
}

func TestParse_DepthIsBounded(t *testing.T) {
	var b strings.Builder
	for i := range 5000 {
		b.WriteString("BEGIN:A" + strings.Repeat("B", i%997) + "\n")
	}
	assertExact(t, []byte(b.String()))
}

func TestParams(t *testing.T) {
	l := &Lines([]byte("TEL;HOME;TYPE=work,\"a,b\";;pref=1;X-N=a^nb^'c^^^x;CN=\"A: B\";E=:1\n"))[0]
	want := []struct {
		name   string
		bare   bool
		values string
	}{
		{"", true, "HOME"}, {"TYPE", false, "work|a,b"}, {"pref", false, "1"},
		{"X-N", false, "a\nb\"c^^x"}, {"CN", false, "A: B"}, {"E", false, ""},
	}
	ps := l.Params()
	if len(ps) != len(want) {
		t.Fatalf("%d parameters, want %d: %+v", len(ps), len(want), ps)
	}
	for i, w := range want {
		if p := ps[i]; p.Name != w.name || p.Bare() != w.bare || strings.Join(p.Values(), "|") != w.values {
			t.Errorf("parameter %d: %+v has %q, want %+v", i, p, p.Values(), w)
		}
	}
	if v, ok := l.Param("type"); v != "work" || !ok {
		t.Errorf("Param(type) = %q, %v", v, ok)
	}
	if v, ok := l.Param("none"); v != "" || ok {
		t.Errorf("Param(none) = %q, %v", v, ok)
	}
}

func TestEdit_TouchesOnlyItsLine(t *testing.T) {
	in := "BEGIN:VEVENT\nDTSTART;TZID=X;VALUE=DATE-TIME:2020\n 0101T000000\nSUMMARY:long\n  folded\nEND:VEVENT"
	root := Parse([]byte(in))
	ev := root.Nodes()[0].Comp
	start := ev.Get("dtstart")
	if !ev.Replace(start, start.WithParam("TZID", "A:B")) {
		t.Fatal("the line was not found")
	}
	want := "BEGIN:VEVENT\nDTSTART;TZID=\"A:B\";VALUE=DATE-TIME:20200101T000000\r\nSUMMARY:long\n  folded\nEND:VEVENT"
	if got := string(root.Bytes()); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if ev.Replace(start) {
		t.Error("a line that is no longer there was replaced")
	}
	sum := ev.Get("SUMMARY")
	ev.Replace(sum, sum.WithValue(EscapeText("a;b\nBEGIN:X")))
	ev.Append(NewLine("X-A", "1\r\nX-B:2", NewParam("P", "a^b\"c\nd")))
	ev.InsertBefore(ev.Get("SUMMARY"), NewLine("UID", "u"))
	root.Append(NewLine("X", "end"))
	want = "BEGIN:VEVENT\nDTSTART;TZID=\"A:B\";VALUE=DATE-TIME:20200101T000000\r\nUID:u\r\nSUMMARY:a\\;b\\nBEGIN:X\r\n" +
		"X-A;P=a^^b^'c^nd:1\\nX-B:2\r\nEND:VEVENT\r\nX:end\r\n"
	if got := string(root.Bytes()); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if got := shape(Parse(root.Bytes())); !strings.HasPrefix(got, "VEVENT(") {
		t.Errorf("read again: %s", got)
	}
}

func TestEdit_Components(t *testing.T) {
	root := Parse([]byte("BEGIN:C\r\nBEGIN:A\r\nEND:A\r\nBEGIN:B\r\nEND:B\r\nEND:C\r\n"))
	cal := root.Nodes()[0].Comp
	var a *Component
	for k := range cal.Components("A") {
		a = k
	}
	other := Parse([]byte("BEGIN:D\nX:1\nEND:D\n"))
	for k := range other.Components() {
		cal.AppendComponent(k)
	}
	if !cal.RemoveComponent(a) || cal.RemoveComponent(a) {
		t.Error("a child is removed once")
	}
	want := "BEGIN:C\r\nBEGIN:B\r\nEND:B\r\nBEGIN:D\nX:1\nEND:D\nEND:C\r\n"
	var out bytes.Buffer
	if _, err := root.WriteTo(&out); err != nil || out.String() != want {
		t.Errorf("got %q, %v", out.String(), err)
	}
}

func TestEdit_UTF16StaysUTF16(t *testing.T) {
	root := Parse([]byte("\xFF\xFE" + wide("BEGIN:A\nX:1\nY:2\nEND:A", false)))
	a := root.Nodes()[0].Comp
	a.Replace(a.Get("X"), a.Get("X").WithValue("ü"))
	if want := "\xFF\xFE" + wide("BEGIN:A\nX:ü\r\nY:2\nEND:A", false); string(root.Bytes()) != want {
		t.Errorf("got %q", root.Bytes())
	}
}

// Property: whatever is written folds to lines of 75 octets at most, between
// characters, and reads back as it was.
func TestFold_ReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.StringMatching(`[a-zé漢😀 ;:,"\\=]{0,300}`).Draw(t, "value")
		l := NewLine("NOTE", value)
		for _, p := range strings.Split(strings.TrimSuffix(string(l.Raw()), "\r\n"), "\r\n") {
			if len(p) > 75 || strings.ToValidUTF8(p, "") != p {
				t.Fatalf("bad physical line %q", p)
			}
		}
		if got := Lines(l.Raw()); len(got) != 1 || got[0].Value() != value {
			t.Fatalf("read back as %+v", got)
		}
	})
}

// Property: any text at all comes back byte for byte.
func TestParse_ExactForGarbage(t *testing.T) {
	piece := rapid.SampledFrom([]string{"BEGIN:", "END:", "VCARD", "A", "\r\n", "\n", "\r", " ", "\t", ":", ";", "=", "\"", ",",
		"AGENT:", ";ENCODING=QUOTED-PRINTABLE:", ";BASE64:", "AAAA", "\xEF\xBB\xBF", "\xFF\xFE", "\x00", "B\x00E\x00", "\n\x00",
		"\\", "TZID=(", ")", "é", "\xFC", "item1.", "."})
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.OneOf(piece, rapid.String()), 0, 60).Draw(t, "parts")
		assertExact(t, []byte(strings.Join(parts, "")))
	})
}

// Property: a valid object has the lines it was made of.
func TestParse_ValidObjects(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 30).Draw(t, "n")
		body := []byte("BEGIN:VCARD\r\n")
		var values []string
		for range n {
			v := EscapeText(rapid.String().Draw(t, "value"))
			values = append(values, v)
			body = append(body, NewLine("X-P", v, NewParam("P", rapid.String().Draw(t, "param"))).Raw()...)
		}
		body = append(body, "END:VCARD\r\n"...)
		root := assertExact(t, body)
		i := 0
		for l := range root.Nodes()[0].Comp.All("x-p") {
			if l.Value() != values[i] {
				t.Fatalf("value %d is %q, want %q", i, l.Value(), values[i])
			}
			i++
		}
		if i != n {
			t.Fatalf("%d lines of %d", i, n)
		}
	})
}

func TestText(t *testing.T) {
	for in, want := range map[string]string{`a\,b\;c\\d\ne\Nf\:g\x\`: "a,b;c\\d\ne\nf:g\\x\\", "plain": "plain"} {
		if got := UnescapeText(in); got != want {
			t.Errorf("UnescapeText(%q) = %q, want %q", in, got, want)
		}
	}
	if got := SplitRaw(`a\;b;c;\\;`, ';'); strings.Join(got, "|") != `a\;b|c|\\|` {
		t.Errorf("SplitRaw: %q", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`[a-z\\,;\n]*`).Draw(t, "s")
		if got := UnescapeText(EscapeText(s)); got != s {
			t.Fatalf("%q came back as %q", s, got)
		}
	})
}

func FuzzLex(f *testing.F) {
	for _, s := range []string{
		"BEGIN:VCARD\r\nVERSION:2.1\r\nNOTE;QUOTED-PRINTABLE:a=\r\nb\r\nPHOTO;BASE64:\r\nAAAA\r\n\r\nEND:VCARD\r\n",
		"BEGIN:VCARD\nAGENT:\nBEGIN:VCARD\nEND:VCARD\nEND:VCARD", "\xFF\xFEB\x00E\x00\n\x00", "B\x00E\x00G\x00", "\r\r\n \r\n",
		"A;B=\"c:d\n;e\":f\n", "DTSTART;TZID=(UTC-05:00) x:2020", "END:X\nBEGIN:X\nBEGIN:Y\nEND:X",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		root := assertExact(t, body)
		for _, l := range Lines(body) {
			_ = l.Key()
			for _, p := range l.Params() {
				_, _ = p.Value(), p.Values()
			}
		}
		root.Append(NewLine("X-END", "1"))
		if !bytes.HasSuffix(root.Bytes(), []byte("1\r\n")) && sniff(body) == utf8Text {
			t.Fatalf("an appended line is not at the end: %q", root.Bytes())
		}
	})
}

// card is a contact of about 2 KB, or of about 16 KB with a photo of 12 KB.
func card(photo bool) []byte {
	b := []byte("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:urn-1\r\nN:Family;Given;;;\r\nFN:Given Family\r\n")
	for range 8 {
		b = append(b, "TEL;TYPE=work,voice:+1 555 010 0100\r\nEMAIL;TYPE=INTERNET:someone@example.org\r\n"...)
		b = append(b, "item1.ADR;TYPE=home:;;1 Long Street;Town;;12345;Country\r\nitem1.X-ABLabel:_$!<Home>!$_\r\n"...)
	}
	b = append(b, NewLine("NOTE", strings.Repeat("word ", 80)).Raw()...)
	if photo {
		b = append(b, NewLine("PHOTO", strings.Repeat("AbCd", 4096), NewParam("ENCODING", "b")).Raw()...)
	}
	return append(b, "END:VCARD\r\n"...)
}

func BenchmarkParse(b *testing.B) {
	for name, body := range map[string][]byte{"plain": card(false), "photo": card(true)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				Parse(body)
			}
		})
	}
}
