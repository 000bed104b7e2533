package vcard

import (
	"strings"
	"testing"

	"sidekeep/formats/contentline"
)

// property reads one line.
func property(s string) *contentline.Line { return &contentline.Lines([]byte(s + "\r\n"))[0] }

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"NOTE:plain":           "plain",
		`NOTE:a\nb\, c\; d\\e`: "a\nb, c; d\\e",
		"NOTE;ENCODING=QUOTED-PRINTABLE:a=3Db=0D=0Ac":            "a=b\nc",
		"NOTE;QUOTED-PRINTABLE:100=25 =XY = end=":                "100% =XY = end",
		"NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:=E6=BC=A2": "漢",
		"NOTE;CHARSET=windows-1251:\xCF\xF0":                     "Пр",
		"NOTE;CHARSET=GBK:\xBA\xBA":                              "汉",
		"NOTE;CHARSET=ISO-2022-JP:\x1B$B4A\x1B(B":                "漢",
		"NOTE:\xFC\x80":     "ü€",
		"NOTE:日本\xE9国":      "日本\uFFFD国",
		"NOTE:a\x00b\x1Bc":  "abc",
		"NOTE:one\uE000two": "one, two",
	} {
		if got := Text(property(in)); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestParts(t *testing.T) {
	got := ""
	for _, p := range Parts(property(`N:Fam\;ily;Given;A,B\,C;;Jr.`)) {
		got += strings.Join(p, "+") + "|"
	}
	if want := "Fam;ily|Given|A+B,C||Jr.|"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	for in, want := range map[string]string{
		`N:Family;Given;Mid,Dle;Dr.;Jr.`: "Dr. Given Mid Dle Family Jr.", "N:王;小明": "王小明", "N:김;민준;;;": "김민준", "N:安藤;ロイド;;;": "安藤 ロイド",
		"N:王;Ming": "Ming 王", "N:王": "王", "N:;;;;": "", "N:": "",
	} {
		if got := FullName(property(in)); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
	if got := strings.Join(Address(property(`ADR:Box 1;Flat 2;Street 3;Town;Region;12345;Land`)), "|"); got != "Box 1|Flat 2|Street 3|12345 Town|Region|Land" {
		t.Errorf("%q", got)
	}
}

func TestTypes(t *testing.T) {
	for in, want := range map[string]string{
		"TEL:1": "", "TEL;HOME;VOICE:1": "home voice", "TEL;TYPE=Work,cell;type=PREF:1": "work cell pref",
		`TEL;TYPE="work,voice";PREF=1:1`: "work voice pref", "TEL;ENCODING=QUOTED-PRINTABLE;WORK;WORK:1": "work",
		"LABEL;QUOTED-PRINTABLE;CHARSET=UTF-8;HOME:x": "home", "EMAIL;PREF=2:x": "",
	} {
		if got := strings.Join(Types(property(in)), " "); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}

func TestLabel(t *testing.T) {
	for in, want := range map[string]string{
		"_$!<Anniversary>!$_": "anniversary", "_$!<HomePage>!$_": "home page", "_$!<HomeFAX>!$_": "home FAX", "_$!<Other>!$_": "other",
		"My Own": "My Own", "_$!<": "", "": "",
	} {
		if got := Label(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestBinary(t *testing.T) {
	for in, want := range map[string]string{ // bytes and kind
		"KEY;ENCODING=b:aGVsbG8=":                     "hello ",
		"KEY;ENCODING=BASE64:aGVs bG8":                "hello ",
		`KEY;BASE64:aGVs\nbG8=`:                       "hello ",
		"KEY:data:text/plain;base64,aGVsbG8=":         "hello text/plain",
		"KEY:data:text/plain,he%6Clo":                 "hello text/plain",
		"PHOTO;ENCODING=b;TYPE=PNG:aGVsbG8=":          "hello image/png",
		"PHOTO;ENCODING=b;MEDIATYPE=image/x:aGVsbG8=": "hello image/x",
		"PHOTO;ENCODING=b:R0lGODlhAQABAAAAACw=":       "GIF89a\x01\x00\x01\x00\x00\x00\x00, image/gif",
		"PHOTO;ENCODING=b;TYPE=JPEG:qgE:AS":           "",
		"PHOTO;VALUE=uri:https://example.org/a.jpg":   "",
		"PHOTO:aGVsbG8=":                              "",
		"PHOTO;ENCODING=b:":                           "",
	} {
		data, mime, ok := Binary(property(in))
		got := ""
		if ok {
			got = string(data) + " " + mime
		}
		if got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}
