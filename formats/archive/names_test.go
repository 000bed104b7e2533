package archive

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestSafeName(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"Family", "Family"},
		{"  Friends  and\tothers ", "Friends and others"},
		{"Jürgen", "Jürgen"},
		{"Ju\u0308rgen", "Jürgen"}, // NFC
		{"日本語の予定", "日本語の予定"},
		{"a/b\\c:d*e?f\"g<h>i|j", "a_b_c_d_e_f_g_h_i_j"},
		{"../../etc/passwd", "_.._etc_passwd"},
		{"..", "fallback"},
		{"", "fallback"},
		{"   ", "fallback"},
		{"///", "fallback"},
		{"\x00\x01\x7f", "fallback"},
		{"\u202egnp.exe", "gnp.exe"}, // right-to-left override
		{"a\u200bb\u2066c\ufeffd", "abcd"},
		{"line\nbreak", "line break"},
		{".hidden", "hidden"},
		{"-rf", "rf"},
		{"~", "fallback"},
		{"trailing. . .", "trailing"},
		{"CON", "CON_"},
		{"nul", "nul_"},
		{"Com1.backup", "Com1_.backup"},
		{"LPT\u00b2", "LPT\u00b2_"},
		{"CONIN$", "CONIN$_"},
		{"console", "console"},
		{"con .x", "con _.x"},
		{"bad \xff byte", "bad _ byte"},
		{"\u00a0no\u00a0break\u3000", "no break"},
	} {
		if got := SafeName(tt.in, "fallback"); got != tt.want {
			t.Errorf("SafeName(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
	if got := SafeName("", ""); got != "export" {
		t.Errorf("no name at all: %q", got)
	}
}

func TestSafeName_IsSafeWhateverItIsGiven(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.OneOf(rapid.String(), rapid.StringOfN(rapid.SampledFrom([]rune("aäe\u0301.- /\\:con\u202e\u200d😀𝔘\t")), 0, 400, -1)).Draw(t, "name")
		got := SafeName(in, "x")
		switch {
		case got == "" || len(got) > maxNameBytes || !utf8.ValidString(got):
			t.Fatalf("%q is no name", got)
		case strings.ContainsAny(got, "/\\:*?\"<>|\x00\n\r\t"), strings.ContainsAny(got[:1], ".- ~"), strings.ContainsAny(got[len(got)-1:], ". "):
			t.Fatalf("%q is not safe", got)
		}
		if again := SafeName(got, "x"); again != got {
			t.Fatalf("%q becomes %q the second time", got, again)
		}
		if !plainName(got + ".vcf") {
			t.Fatalf("%q could not be read back from a manifest", got)
		}
	})
}

func TestNames_TellsApartWhatAFileSystemMayNot(t *testing.T) {
	var n Names
	for _, tt := range []struct{ in, want string }{
		{"Work", "Work.vcf"},
		{"WORK", "WORK (2).vcf"},
		{"work", "work (3).vcf"},
		{"Work (2)", "Work (2) (2).vcf"},
		{"Ｗork", "Ｗork (4).vcf"}, // full width: the same under NFKC
		{"Straße", "Straße.vcf"},
		{"ΣΑΣ", "ΣΑΣ.vcf"},
		{"σας", "σας (2).vcf"},
		{"", "Contacts.vcf"},
		{"/", "Contacts (2).vcf"},
	} {
		if got := n.Take(tt.in, "Contacts", ".vcf"); got != tt.want {
			t.Errorf("Take(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
	if long := n.Take(strings.Repeat("ä", 500), "x", ".vcf"); len(long) > maxNameBytes {
		t.Errorf("%d bytes", len(long))
	}
}

func TestPlainName(t *testing.T) {
	for _, bad := range []string{"", ".", "..", "../x", "/x", "a/../b", "a//b", "a/b/c", "a\\b", "C:x", ".x", "a/.x", "a\x00", ManifestName} {
		if plainName(bad) {
			t.Errorf("%q is taken", bad)
		}
	}
}
