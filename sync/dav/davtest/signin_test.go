package davtest_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/pim"
)

// whoami gives the status of a PROPFIND and what it says.
func whoami(t *testing.T, s *davtest.Server, path string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "PROPFIND", s.URL()+path, strings.NewReader(
		`<propfind xmlns="DAV:"><prop><current-user-principal/><resourcetype/></prop></propfind>`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Depth", "1")
	r.SetBasicAuth(s.User(), s.Password())
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func TestSignInAs(t *testing.T) {
	for _, same := range []bool{true, false} {
		s := davtest.New(t)
		mine := s.AddCollection(pim.Contacts, "mine", "Mine")
		mine.Fill(3, 1, gen.Card)
		want := s.Objects()
		s.SignInAs("other", same)
		if len(s.Objects()) != 0 {
			t.Error("they have what is another's")
		}
		s.AddCollection(pim.Contacts, "theirs", "Theirs")
		status, said := whoami(t, s, "/dav/addressbooks/user/")
		switch {
		case same && (status != 207 || !strings.Contains(said, "/dav/principals/other/") || !strings.Contains(said, "/theirs/") || strings.Contains(said, "/mine/")):
			t.Errorf("%d %s", status, said)
		case !same && status != 403:
			t.Errorf("%d %s", status, said)
		}
		if status, _ := whoami(t, s, "/dav/principals/user/"); status != 403 {
			t.Error(status)
		}
		if status, _ := whoami(t, s, mine.Path()); !same && status != 403 || same && status == 207 {
			t.Errorf("same %v: %d", same, status)
		}
		s.SignInAs("user", same)
		davtest.Equal(t, s.Objects(), want)
		s.HidePrincipal()
		if status, said := whoami(t, s, "/dav/addressbooks/user/"); status != 207 || strings.Contains(said, "/dav/principals/") {
			t.Errorf("%d %s", status, said)
		}
		s.Close()
	}
}

// A collection that was removed and comes back with a snapshot is the same one.
func TestRestore_RevivesRemovedCollections(t *testing.T) {
	s := davtest.New(t)
	c := s.AddCollection(pim.Contacts, "mine", "Mine")
	c.Fill(3, 1, gen.Card)
	snap := s.Snapshot()
	s.Lose(davtest.LoseCollection)
	c.Move("nowhere")
	s.Restore(snap)
	c.Put("new.vcf", gen.Card(nil, 2, 1))
	if n := len(s.Objects()); n != 4 {
		t.Errorf("%d objects", n)
	}
}
