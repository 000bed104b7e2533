package service

import (
	"strings"
	"testing"

	"sidekeep/sync/pim"
)

// What is kept of an address has no password and no token in it, however the
// address was written; where that can't be told it is refused, and not quoted.
func TestTidyAddress(t *testing.T) {
	for in, want := range map[string]string{
		"https://dav.example.org/a/?token=SECRET":    "https://dav.example.org/a/",
		"https://dav.example.org/me@example.org/":    "https://dav.example.org/me@example.org/",
		"dav.example.org/a?token=SECRET#SECRET":      "https://dav.example.org/a",
		"dav.example.org":                            "https://dav.example.org",
		"localhost:5232":                             "https://localhost:5232",
		"robin@example.org":                          "robin@example.org",
		"mailto:robin@example.org":                   "mailto:robin@example.org",
		"u:SECRET@dav.example.org":                   "",
		"u:SECRET@dav.example.org:8443/":             "",
		"u:SEC/RET@dav.example.org":                  "",
		"u:12/SECRET@dav.example.org/":               "",
		"u:1?SECRET@dav.example.org":                 "",
		"mailto:u:SECRET@dav.example.org":            "",
		"https:/u:SECRET@dav.example.org/":           "",
		"https://u:SECRET@dav.example.org/":          "",
		"https://u:SEC%zzRET@dav.example.org/":       "",
		"https://SECRET@dav.example.org/":            "",
		"https://u:SEC/RET@dav.example.org/?a=https": "",
		"SECRET@dav.example.org/dav/":                "",
		"http://":                                    "",
	} {
		got := in
		mail, err := tidyAddress(&got)
		if want == "" {
			wantFault(t, err, pim.Invalid)
			if info := err.Error() + pim.HintOf(err); strings.Contains(info, "SEC") || strings.Contains(info, "RET") {
				t.Errorf("%s: the refusal quotes it: %s", in, info)
			}
			continue
		}
		if err != nil || got != want || mail != strings.HasSuffix(in, "robin@example.org") {
			t.Errorf("%s: %q, %v, %v", in, got, mail, err)
		}
	}
}
