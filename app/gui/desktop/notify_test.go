package desktop

import "testing"

func TestHarmless_LeavesNothingToRun(t *testing.T) {
	for in, want := range map[string]string{
		"Your server no longer lists 698 of your 700 contacts.": "Your server no longer lists 698 of your 700 contacts.",
		"the book “$(calc)”":                                    "the book '  calc '",
		"a\nb `n \"quoted\" é":                                  "a b  n 'quoted' é",
	} {
		if got := Harmless(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if got := unmarked("<b>1 & 2</b>"); got != "&lt;b&gt;1 &amp; 2&lt;/b&gt;" {
		t.Error(got)
	}
}
