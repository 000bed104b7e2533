package service

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/pim"
)

// verifyNow verifies and gives the report.
func verifyNow(t *testing.T, s *Service, deep bool) VerifyReport {
	t.Helper()
	j := s.StartVerify(deep)
	if err := j.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	return j.Result().(VerifyReport)
}

// A server whose list of changes keeps things from the mirror is found out by its
// own listing.
func TestVerify_AServerWhoseTokenDoesNotTellAll(t *testing.T) {
	srv, book, _ := home(t, 5)
	target, err := url.Parse(srv.URL())
	if err != nil {
		t.Fatal(err)
	}
	var silent atomic.Bool
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if silent.Load() && r.Method == "REPORT" && bytes.Contains(body, []byte("sync-collection")) && strings.Contains(r.URL.Path, "friends") {
			w.Header().Set("Content-Type", "application/xml")
			w.WriteHeader(http.StatusMultiStatus)
			fmt.Fprintf(w, `<multistatus xmlns="DAV:"><sync-token>%s</sync-token></multistatus>`, book.Token())
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	s := open(t, Config{})
	if _, err := s.AddAccount(t.Context(), NewAccount{Address: front.URL, User: srv.User(), Password: srv.Password(), Name: "Home"}); err != nil {
		t.Fatal(err)
	}
	mirrorNow(t, s)
	if rep := verifyNow(t, s, false); !rep.OK || rep.Checked.Objects != 6 || len(rep.Notes) > 0 {
		t.Fatalf("%+v", rep)
	}
	silent.Store(true)
	book.Put("new.vcf", card("new", "New"))
	book.Put("c1.vcf", card("c1", "Changed"))
	book.Delete("c2.vcf")
	rep := verifyNow(t, s, false)
	if rep.OK || len(rep.Problems) != 3 {
		t.Fatalf("%+v", rep)
	}
	said := fmt.Sprint(rep.Problems)
	for _, want := range []string{
		"{server it is on the server, but not here Home: Friends (/dav/addressbooks/user/friends/new.vcf)}",
		"{server the server has another state of it: its ETag differs Home: Friends (/dav/addressbooks/user/friends/c1.vcf)}",
		"{server it is here, but not on the server Home: Friends (/dav/addressbooks/user/friends/c2.vcf)}",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("not said: %s\nin %s", want, said)
		}
	}
	if p, err := s.Proofs(t.Context()); err != nil || p.OK || p.Problems != 3 || p.Damaged {
		t.Errorf("%+v, %v", p, err)
	}
	silent.Store(false)
}

// What servers do in the field is no difference.
func TestVerify_OddServersAreNoProblem(t *testing.T) {
	for _, q := range []davtest.Quirk{davtest.FlakyETags, davtest.NoETags, davtest.NoValidators, davtest.SomeETags, davtest.GzipETags, davtest.MailHrefs, davtest.PercentAt,
		davtest.RespelledAnswers, davtest.AbsoluteHrefs, davtest.DuplicateEntries, davtest.UnsolicitedEntries, davtest.ListedButGone, davtest.NoSync} {
		t.Run(string(q), func(t *testing.T) {
			srv, _, _ := home(t, 8)
			srv.Set(q)
			s := open(t, Config{})
			add(t, s, srv)
			mirrorNow(t, s)
			if rep := verifyNow(t, s, false); !rep.OK {
				t.Errorf("%+v", rep)
			}
		})
	}
}

// The WAL is lost after a crash: the file is an earlier state of itself, which
// nothing in it tells.
func TestVerify_NoticesALostWAL(t *testing.T) {
	srv, book, _ := home(t, 3)
	dir := t.TempDir()
	s := open(t, Config{Dir: dir})
	add(t, s, srv)
	mirrorNow(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(filepath.Join(dir, "vault.db"))
	if err != nil {
		t.Fatal(err)
	}
	s = open(t, Config{Dir: dir})
	book.Put("new.vcf", card("new", "New"))
	mirrorNow(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "vault.db"), whole, 0o600); err != nil { // as it stood without its WAL
		t.Fatal(err)
	}
	s = open(t, Config{Dir: dir, ReadOnly: true})
	rep := verifyNow(t, s, false)
	if rep.OK || len(rep.Problems) != 1 || rep.Problems[0].Kind != problemOlder || !strings.Contains(rep.Problems[0].What, "vault.db-wal was lost") {
		t.Fatalf("%+v", rep)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	// Mirrored again, it has everything once more.
	s = open(t, Config{Dir: dir})
	mirrorNow(t, s)
	if n, err := s.Count(t.Context(), ListQuery{What: "contacts"}); err != nil || n != 4 {
		t.Errorf("%d, %v", n, err)
	}
	if p, err := s.Proofs(t.Context()); err != nil || len(p.Notices) != 1 || !strings.Contains(p.Notices[0].Message, "missing") {
		t.Errorf("the person is not told: %+v, %v", p, err)
	}
	if rep := verifyNow(t, s, false); !rep.OK {
		t.Errorf("%+v", rep)
	}
}

// A vault that was found damaged is only read from then on, its WAL stays where it
// is, and one that is put in its place is another.
func TestVerify_ADamagedVaultIsNotWrittenTo(t *testing.T) {
	srv, book, _ := home(t, 3)
	dir := t.TempDir()
	path := filepath.Join(dir, "vault.db")
	s := open(t, Config{Dir: dir})
	add(t, s, srv)
	mirrorNow(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	harmed := bytes.ReplaceAll(whole, []byte("FN:Person 1"), []byte("FN:Person l"))
	if err := os.WriteFile(path, harmed, 0o600); err != nil {
		t.Fatal(err)
	}
	s = open(t, Config{Dir: dir})
	book.Put("new.vcf", card("new", "New"))
	mirrorNow(t, s) // nobody knows yet: this stands in the WAL
	if rep := verifyNow(t, s, true); rep.OK || len(rep.Problems) != 1 || rep.Problems[0].Kind != "blob" {
		t.Fatalf("%+v", rep)
	}
	j := s.StartMirror()
	if err := j.Wait(t.Context()); pim.FaultOf(err) != pim.Storage {
		t.Errorf("a mirror wrote to it: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	same := func(when string) {
		t.Helper()
		if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, harmed) {
			t.Fatalf("the damaged file was written to %s: %v", when, err)
		}
	}
	same("when it was closed")
	s = open(t, Config{Dir: dir})
	if p, err := s.Proofs(t.Context()); err != nil || !p.Damaged || p.OK {
		t.Errorf("%+v, %v", p, err)
	}
	if n, err := s.Count(t.Context(), ListQuery{What: "contacts"}); err != nil || n != 4 {
		t.Errorf("what is in it can't be read: %d, %v", n, err)
	}
	if err := s.SaveSettings(Settings{}); err != nil {
		t.Errorf("settings: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	same("when it was opened again")

	for _, name := range []string{"vault.db-wal", "vault.db-shm"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(path, append(bytes.Clone(whole), []byte{}...), 0o600); err != nil {
		t.Fatal(err)
	}
	s = open(t, Config{Dir: dir})
	mirrorNow(t, s)
	if rep := verifyNow(t, s, true); !rep.OK || rep.ProvenAt == nil {
		t.Errorf("%+v", rep)
	}
	if p, err := s.Proofs(t.Context()); err != nil || p.Damaged || !p.OK {
		t.Errorf("%+v, %v", p, err)
	}
}

// What a verification mirrors itself is checked and counted too.
func TestVerify_CountsWhatItBrings(t *testing.T) {
	srv, _, _ := home(t, 5)
	s := open(t, Config{})
	add(t, s, srv)
	if rep := verifyNow(t, s, false); !rep.OK || rep.Checked.Objects != 6 || rep.Checked.Blobs != 6 {
		t.Fatalf("%+v", rep)
	}
}
