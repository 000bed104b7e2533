package plan

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestOtherPrincipal(t *testing.T) {
	const at = "https://dav.example.com"
	for _, c := range []struct {
		login, was, is string
		want           bool
	}{
		{"anna", at + "/p/anna/", at + "/p/anna/", false},
		{"anna", at + "/p/anna/", at + "/p/anna", false},
		{"anna", at + "/p/anna/", "https://p12.example.com/p/anna/", false},
		{"anna", at + "/p/a%6ena/", at + "/p/anna/", false},
		{"anna", at + "/p/anna/", "", false},
		{"anna", "", at + "/p/anna/", false},
		{"anna", at + "/p/anna/", at + "/p/bert/", true},
		{"anna", at + "/p/anna/", at + "/p/anna-2/", true},
		{"anna", at + "/123/principal/", at + "/456/principal/", true},
		{"anna", at + "/p/anna/", at + "/dav/principals/users/Anna/", false},
		{"anna@example.com", at + "/p/anna%40example.com/", at + "/dav/users/anna/", false},
		{"anna@example.com", at + "/p/bert@example.com/user", at + "/p/anna@example.com/user", true},
		{"user", at + "/dav/principals/user/user/", at + "/dav/principals/user/other/", true}, // a word of the path, too
		{"", at + "/p//", at + "/q//", true},
		{"caldav@example.com", at + "/caldav/123/principal/", at + "/caldav/456/principal/", true}, // and where it is only that
		{"users", at + "/principals/users/1001/", at + "/principals/users/1002/", true},
		{"user", at + "/user/principals/user/", at + "/principals/user/", false},
	} {
		if got := OtherPrincipal(c.login, c.was, c.is); got != c.want {
			t.Errorf("%s: %s, then %s: %v", c.login, c.was, c.is, got)
		}
	}
}

// What is told names both, can be told apart by whom it names, and has neither a
// query nor what a terminal would act on.
func TestStrangerMessage(t *testing.T) {
	m := StrangerMessage("https://dav.example.com/p/a/?x=secret", "https://dav.example.com/p/b\x1b[2J/", 76)
	if !strings.Contains(m, "“/p/b?[2J/”; before, it was “/p/a/”") || strings.Contains(m, "secret") || !strings.Contains(m, "76 items are kept") {
		t.Error(m)
	}
	if !ToldOf(m, "https://dav.example.com/p/b\x1b[2J/") || ToldOf(m, "https://dav.example.com/p/a/") || ToldOf(m, "https://dav.example.com/p/") {
		t.Error(m)
	}
	if m := StrangerMessage("", "", 3); !ToldOfOther(m) || strings.Contains(m, "“") {
		t.Error(m)
	}
	if !ToldOfOther(m) || ToldOfOther("Your server no longer has this calendar.") {
		t.Error(m)
	}
	if m := StrangerMessage("/ab"+strings.Repeat("ø", 100), "/b/", 1); !utf8.ValidString(m) {
		t.Error(m)
	}
	if long := StrangerMessage("https://dav.example.com/"+strings.Repeat("a/", 500), "https://dav.example.com/b/", 1); len(long) > 500 {
		t.Error(len(long))
	}
}
