package service

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sidekeep/sync/pim"
)

func TestAddAccount_NothingIsSavedUnlessTheLoginWorks(t *testing.T) {
	srv, _, _ := home(t, 1)
	s := open(t, Config{})
	ctx := t.Context()
	for _, n := range []NewAccount{
		{Address: srv.URL(), User: "user", Password: "wrong"},
		{Address: srv.URL(), User: "user"},
		{Address: srv.URL(), Password: "secret"},
		{User: "user", Password: "secret"},
		{Address: strings.Replace(srv.URL(), "://", "://user:secret@", 1), User: "user", Password: "secret"},
		{Address: "http://127.0.0.1:1", User: "user", Password: "secret"},
		{Address: srv.URL(), User: "user\n", Password: "secret", Name: "a\x1bb"},
	} {
		_, err := s.AddAccount(ctx, n)
		if err == nil {
			t.Fatalf("%+v was added", n)
		}
		if strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "wrong") {
			t.Errorf("the error contains the password: %v", err)
		}
	}
	st, err := s.Status(ctx)
	if err != nil || len(st.Accounts) != 0 {
		t.Fatalf("%+v, %v", st, err)
	}
	if _, err := os.Stat(filepath.Join(s.Dir(), "secrets.json")); !os.IsNotExist(err) {
		t.Fatalf("a password was kept: %v", err)
	}
}

func TestAddAccount_NamesItselfAndRefusesTheSameTwice(t *testing.T) {
	srv, _, _ := home(t, 1)
	s := open(t, Config{})
	st, err := s.AddAccount(t.Context(), NewAccount{Address: srv.URL(), User: "user", Password: "secret"})
	if err != nil || st.Name != "user@127.0.0.1" || st.State != StateNew || len(st.Collections) != 2 {
		t.Fatalf("%+v, %v", st, err)
	}
	_, err = s.AddAccount(t.Context(), NewAccount{Address: srv.URL(), User: "user", Password: "secret", Name: "Other"})
	wantFault(t, err, pim.Invalid)
	if rep := mirrorNow(t, s); rep.Accounts[0].Outcome != pim.Complete {
		t.Fatalf("the first lost its password: %+v", rep)
	}
}

func TestRemoveAccount_KeepsDataAndTakesItUpAgain(t *testing.T) {
	srv, book, _ := home(t, 3)
	s := open(t, Config{})
	ctx := t.Context()
	add(t, s, srv)
	mirrorNow(t, s)
	if err := s.RemoveAccount(ctx, "Home", false); err != nil {
		t.Fatal(err)
	}
	b, _ := os.ReadFile(filepath.Join(s.Dir(), "secrets.json"))
	if strings.Contains(string(b), `"secret"`) {
		t.Fatal("the password is still kept")
	}
	wantFault(t, s.RemoveAccount(ctx, "Home", false), pim.Invalid)
	wantFault(t, s.StartMirror("Home").Wait(ctx), pim.Invalid)
	if rep := mirrorNow(t, s); len(rep.Accounts) != 0 {
		t.Fatalf("a removed account was mirrored: %+v", rep)
	}
	st, _ := s.Status(ctx)
	if st.Accounts[0].State != StateKept {
		t.Fatalf("%+v", st.Accounts[0])
	}
	if n, err := s.Count(ctx, ListQuery{What: "contacts", Account: "Home"}); n != 3 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	// The same login again: the history goes on.
	book.Put("c0.vcf", card("c0", "Person changed"))
	if st, err := s.AddAccount(ctx, NewAccount{Address: srv.URL(), User: "user", Password: "secret"}); err != nil || st.Name != "Home" {
		t.Fatalf("%+v, %v", st, err)
	}
	rep := mirrorNow(t, s)
	if a := rep.Accounts[0]; a.Outcome != pim.Complete || a.Modified != 1 || a.Created != 0 {
		t.Fatalf("%+v", a)
	}
	if err := s.RemoveAccount(ctx, "Home", true); err != nil {
		t.Fatal(err)
	}
	if n, _ := s.Count(ctx, ListQuery{}); n != 0 {
		t.Fatalf("%d objects after the purge", n)
	}
}

func TestSetPassword_ProvesItAndClearsTheRefusal(t *testing.T) {
	srv, _, _ := home(t, 1)
	s := open(t, Config{})
	ctx := t.Context()
	add(t, s, srv)
	srv.SetPassword("changed")
	rep := mirrorNow(t, s)
	if a := rep.Accounts[0]; a.Outcome != pim.Failed || a.Error == nil || a.Error.Fault != "denied" {
		t.Fatalf("%+v", a)
	}
	if st, err := s.readState(); err != nil || !st.Accounts[accountID(t, s)].Stopped {
		t.Fatal("the account was not stopped")
	}
	wantFault(t, s.SetPassword(ctx, "Home", "secret"), pim.Denied)
	if err := s.SetPassword(ctx, "Home", "changed"); err != nil {
		t.Fatal(err)
	}
	st, _ := s.Status(ctx)
	if st.Accounts[0].Error != nil {
		t.Fatalf("%+v", st.Accounts[0])
	}
	if rep := mirrorNow(t, s); rep.Accounts[0].Outcome != pim.Complete {
		t.Fatalf("%+v", rep)
	}
}

func TestMirror_TellsOfAPasswordThatIsGone(t *testing.T) {
	srv, _, _ := home(t, 1)
	s := open(t, Config{})
	add(t, s, srv)
	if err := os.Remove(filepath.Join(s.Dir(), "secrets.json")); err != nil {
		t.Fatal(err)
	}
	a := mirrorNow(t, s).Accounts[0]
	if a.Error == nil || a.Error.Fault != "denied" || a.Error.Hint == "" {
		t.Fatalf("%+v", a)
	}
	if srv.CountRequests() == 0 {
		t.Fatal("no request at all")
	}
}

func TestCheckAccount_SaysWhatIsThere(t *testing.T) {
	srv, _, _ := home(t, 2)
	s := open(t, Config{})
	add(t, s, srv)
	mirrorNow(t, s)
	rep, err := s.CheckAccount(t.Context(), "Home")
	if err != nil || !rep.OK || len(rep.Collections) != 2 || rep.Collections[0].Objects+rep.Collections[1].Objects != 3 {
		t.Fatalf("%+v, %v", rep, err)
	}
	srv.Close()
	rep, err = s.CheckAccount(t.Context(), "Home")
	if err != nil || rep.OK || rep.Error == nil || rep.Error.Fault != "offline" {
		t.Fatalf("%+v, %v", rep, err)
	}
	_, err = s.CheckAccount(t.Context(), "Hoem")
	wantFault(t, err, pim.Invalid)
}

func accountID(t *testing.T, s *Service) int64 {
	t.Helper()
	all, err := s.vault.Accounts(t.Context())
	if err != nil || len(all) == 0 {
		t.Fatal(err)
	}
	return all[0].ID
}

// The way to the passwords goes through state.json: where that is damaged a
// person is told, and no new name is made up under which none would be found.
func TestState_DamagedIsSaidAndNeverReplaced(t *testing.T) {
	for _, damaged := range []string{"", "{\"vault_id\": \"ab", "Dear file, I am a letter."} {
		srv, _, _ := home(t, 2)
		s := open(t, Config{})
		ctx := t.Context()
		add(t, s, srv)
		mirrorNow(t, s)
		path := filepath.Join(s.Dir(), stateFile)
		good, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(damaged), 0o600); err != nil {
			t.Fatal(err)
		}
		err = s.StartMirror().Wait(ctx)
		wantFault(t, err, pim.Storage)
		if !strings.Contains(err.Error(), path) || !strings.Contains(pim.HintOf(err), "account password") {
			t.Errorf("%v, hint %q", err, pim.HintOf(err))
		}
		wantFault(t, s.SetPassword(ctx, "Home", "secret"), pim.Storage)
		if b, _ := os.ReadFile(path); string(b) != damaged {
			t.Errorf("the file was replaced by %s", b)
		}
		st, err := s.Status(ctx)
		if err != nil || st.Accounts[0].State != StateFailed || st.Accounts[0].Error.Fault != "storage" || len(st.Accounts[0].Collections) != 2 {
			t.Errorf("%+v, %v", st, err)
		}
		if n, err := s.Count(ctx, ListQuery{}); err != nil || n != 3 {
			t.Errorf("%d objects, %v", n, err)
		}
		// Its backup is all that it takes.
		if err := os.WriteFile(path, good, 0o600); err != nil {
			t.Fatal(err)
		}
		if rep := mirrorNow(t, s); rep.Accounts[0].Outcome != pim.Complete {
			t.Errorf("%+v", rep)
		}
	}
}

// TestAddAccount_FileWhereNoKeychainAnswers: the person's choice for one
// account is remembered with it, also by a Sidekeep that knows of no choice.
func TestAddAccount_FileWhereNoKeychainAnswers(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+filepath.Join(t.TempDir(), "nobody"))
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	srv, _, _ := home(t, 2)
	dir := t.TempDir()
	n := NewAccount{Address: srv.URL(), User: srv.User(), Password: srv.Password(), Name: "Home"}
	s := open(t, Config{Dir: dir, Secrets: "keychain"})
	_, err := s.AddAccount(t.Context(), n)
	var e *pim.Error
	if !errors.As(err, &e) || e.Reason != "keychain" {
		t.Skipf("this computer's keychain answers: %v", err)
	}
	n.Secrets = "file"
	st, err := s.AddAccount(t.Context(), n)
	if err != nil || st.Secrets != "file" {
		t.Fatalf("%+v, %v", st, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, Config{Dir: dir, Secrets: "keychain"})
	if rep := mirrorNow(t, again); rep.Accounts[0].Outcome != pim.Complete {
		t.Fatalf("%+v", rep.Accounts[0])
	}
	if err := again.SetPassword(t.Context(), "Home", srv.Password()); err == nil {
		t.Fatal("the password went into a keychain that does not answer")
	}
	if err := again.SetPasswordIn(t.Context(), "Home", srv.Password(), "file"); err != nil {
		t.Fatal(err)
	}
}

// A password that can't be removed is said, with why, and that the rest is done.
func TestRemoveAccount_SaysThatAPasswordIsLeft(t *testing.T) {
	srv, _, _ := home(t, 1)
	s := open(t, Config{})
	ctx := t.Context()
	add(t, s, srv)
	if err := os.WriteFile(filepath.Join(s.Dir(), "secrets.json"), []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := s.RemoveAccount(ctx, "Home", false)
	wantFault(t, err, pim.Storage)
	for _, want := range []string{"Home was removed", "could not be removed from the file", "secrets.json is damaged"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
	if st, _ := s.Status(ctx); st.Accounts[0].State != StateKept {
		t.Errorf("%+v", st.Accounts[0])
	}
}

// Where the state can't be written nothing of a removal is done.
func TestRemoveAccount_IsNotBegunWithADamagedState(t *testing.T) {
	srv, _, _ := home(t, 1)
	s := open(t, Config{})
	add(t, s, srv)
	if err := os.WriteFile(filepath.Join(s.Dir(), stateFile), []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	wantFault(t, s.RemoveAccount(t.Context(), "Home", true), pim.Storage)
	if st, err := s.Status(t.Context()); err != nil || len(st.Accounts) != 1 || st.Accounts[0].State == StateKept {
		t.Errorf("%+v, %v", st, err)
	}
}
