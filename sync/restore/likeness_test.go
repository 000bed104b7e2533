package restore_test

import (
	"net/http"
	"strings"
	"testing"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/pim"
)

// The server says that it stored a card and has it no more, and just then somebody
// makes a card of another person with the same name: that is theirs. It is neither
// overwritten nor taken for what was put back.
func TestRestore_ANamesakeMeanwhile_IsNotWhatWasPutBack(t *testing.T) {
	t.Parallel()
	from := davtest.New(t)
	from.AddCollection(pim.Contacts, "friends", "Friends").Put("ours.vcf", []byte("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:ours\r\nFN:Namesake\r\n"+
		"N:Namesake;;;;\r\nTEL:+47 900 00 001\r\nEMAIL:ours@example.org\r\nNOTE:one, two\r\nEND:VCARD\r\n"))
	theirs := "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:theirs\r\nFN:Namesake\r\nN:Namesake;;;;\r\nTEL:+47 900 00 009\r\n" +
		"EMAIL:theirs@example.org\r\nNOTE:three\r\nURL:https://example.org\r\nEND:VCARD\r\n"
	s := davtest.New(t)
	book := s.AddCollection(pim.Contacts, "friends", "Friends")
	f := newFront(t, s)
	h := openHome(t, t.TempDir())
	wanted := h.wanted(h.add("cloud", from.URL()))
	to := h.add("other", f.URL)
	id := h.plan(pim.RestoreAsk{Make: true}, to, wanted)
	stored := false
	f.reset(func(_ int, r *http.Request) action {
		switch {
		case r.Method == http.MethodPut && !stored:
			stored = true
		case stored && book.Delete("ours.vcf"):
			book.Put("theirs.vcf", []byte(theirs))
		}
		return pass
	})
	re := h.runs(to, id)
	if got, _, _ := book.Get("theirs.vcf"); string(got) != theirs {
		t.Errorf("overwritten:\n%s", got)
	}
	if c := counts(re); c[pim.DoneFailed] != 1 || !strings.Contains(receipt(re), "does not have it") {
		t.Errorf("%s", receipt(re))
	}
}
