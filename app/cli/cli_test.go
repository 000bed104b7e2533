package cli

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"sidekeep/app/service"
	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/pim"
)

// session is a person at one computer: every command line they type.
type session struct {
	t    *testing.T
	env  map[string]string
	said bytes.Buffer // all output of all commands
}

func newSession(t *testing.T) *session {
	return &session{t: t, env: map[string]string{
		"SIDEKEEP_VAULT": filepath.Join(t.TempDir(), "vault"), "SIDEKEEP_SECRETS": "file"}}
}

// run types one command line and gives its output and exit code.
func (s *session) run(stdin string, args ...string) (stdout, stderr string, code int) {
	s.t.Helper()
	var out, errs bytes.Buffer
	code = Run(s.t.Context(), args, Env{Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: &errs, Version: "test",
		Getenv: func(k string) string { return s.env[k] }})
	s.said.WriteString(out.String() + errs.String())
	return out.String(), errs.String(), code
}

// A password is in no output, no trace and no file of the vault, in no
// spelling, whatever goes wrong.
func TestSecrets_NeverShow(t *testing.T) {
	const password, other = "Zk9 unmistakable/pässword&", "Xw4-not-the-one"
	srv := davtest.New(t, davtest.WithLogin("user", password))
	fill(srv)
	s := newSession(t)
	u := srv.URL()
	for _, c := range []struct {
		stdin string
		args  []string
		code  int
	}{
		{other + "\n", []string{"account", "add", u, "--user", "user", "--password-stdin", "--verbose"}, 5},
		{password + "\n", []string{"account", "add", strings.Replace(u, "://", "://user:"+url.QueryEscape(password)+"@", 1), "--user", "user", "--password-stdin", "--verbose"}, 2},
		{password + "\n", []string{"account", "add", "user:" + url.QueryEscape(password) + "@" + strings.TrimPrefix(u, "http://") + "/", "--password-stdin", "--verbose", "--json"}, 2},
		{password + "\n", []string{"account", "add", "user:" + password + "@" + strings.TrimPrefix(u, "http://"), "--user", "user", "--password-stdin", "--verbose"}, 2},
		{password + "\n", []string{"account", "add", "user:unmistakable@example.org", "--password-stdin", "--verbose"}, 2},
		{password + "\n", []string{"account", "add", "http://127.0.0.1:1/", "--user", "user", "--password-stdin", "--verbose", "--json"}, 4},
		{password + "\n", []string{"account", "add", u + "?token=unmistakable#not-the-one", "--user", "user", "--password-stdin", "--verbose", "--name", "Home"}, 0},
		{"", []string{"account", "list"}, 0},
		{"", []string{"mirror", "--verbose"}, 0},
		{"", []string{"status", "--verbose", "--json"}, 0},
		{"", []string{"account", "check", "Home", "--verbose", "--json"}, 0},
		{other + "\n", []string{"account", "password", "Home", "--password-stdin", "--verbose"}, 5},
		{"", []string{"log", "--json"}, 0},
		{"", []string{"export", "--to", filepath.Join(t.TempDir(), "out"), "--json"}, 0},
		{"", []string{"incidents", "--all", "--json"}, 0},
		{"", []string{"restore", "plan", "--ids", "1", "--to", "Home", "--verbose"}, 0},
		{"", []string{"restore", "run", "1", "--verbose", "--json"}, 0},
		{"", []string{"restore", "show", "1", "--json"}, 0},
	} {
		if _, stderr, code := s.run(c.stdin, c.args...); code != c.code {
			t.Fatalf("%v: exit code %d, want %d\n%s", c.args, code, c.code, stderr)
		}
	}
	srv.SetPassword("changed")
	if _, _, code := s.run("", "mirror", "--verbose"); code != 5 {
		t.Fatalf("exit code %d", code)
	}
	if !strings.Contains(s.said.String(), "PROPFIND") {
		t.Fatal("--verbose traced nothing")
	}
	texts := map[string][]byte{"the output": s.said.Bytes()}
	var files []string
	err := filepath.WalkDir(s.env["SIDEKEEP_VAULT"], func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) < 4 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		if filepath.Base(f) == "secrets.json" {
			continue
		}
		if texts[f], err = os.ReadFile(f); err != nil {
			t.Fatal(err)
		}
	}
	for where, text := range texts {
		for _, p := range []string{password, other} {
			for _, spelled := range []string{p, url.QueryEscape(p), url.PathEscape(p), base64.StdEncoding.EncodeToString([]byte("user:" + p)), "unmistakable", "not-the-one"} {
				if bytes.Contains(text, []byte(spelled)) {
					t.Errorf("%s contains %q", where, spelled)
				}
			}
		}
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestOutput_AFailedWriteIsNoSuccess(t *testing.T) {
	for _, c := range []struct {
		err  error
		code int
		says string
	}{
		{syscall.EPIPE, 0, ""}, // head had enough
		{syscall.ENOSPC, 8, "sidekeep: The output could not be written"},
	} {
		var errs bytes.Buffer
		code := Run(t.Context(), []string{"version"}, Env{Stdin: strings.NewReader(""), Stdout: failing{c.err}, Stderr: &errs})
		if code != c.code || !strings.HasPrefix(errs.String(), c.says) || c.says == "" && errs.Len() > 0 {
			t.Errorf("%v: exit code %d, %q", c.err, code, errs.String())
		}
	}
}

func TestInterrupt_IsStoppedAnd130(t *testing.T) {
	srv := davtest.New(t)
	fill(srv)
	s := newSession(t)
	if _, stderr, code := s.run("secret\n", "account", "add", srv.URL(), "--user", "user", "--password-stdin"); code != 0 {
		t.Fatal(stderr)
	}
	srv.FailAt(srv.CountRequests()+1, davtest.Stall)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		select {
		case <-srv.Stalled():
		case <-time.After(20 * time.Second):
		}
		cancel()
	}()
	var out, errs bytes.Buffer
	code := Run(ctx, []string{"mirror", "--json"}, Env{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Getenv: func(k string) string { return s.env[k] }})
	if code != 130 || !strings.Contains(errs.String(), "sidekeep: Stopped.") {
		t.Fatalf("exit code %d, %s", code, errs.String())
	}
}

func TestMirrorCode_IsTheWorstOutcome(t *testing.T) {
	acc := func(o pim.Outcome, fault string) service.AccountReport {
		a := service.AccountReport{Outcome: o}
		if fault != "" {
			a.Error = &service.ErrorInfo{Fault: fault}
		}
		return a
	}
	for _, c := range []struct {
		accounts []service.AccountReport
		want     int
	}{
		{[]service.AccountReport{acc(pim.Complete, "")}, 0},
		{[]service.AccountReport{acc(pim.Complete, ""), acc(pim.Partial, "")}, 3},
		{[]service.AccountReport{acc(pim.Partial, ""), acc(pim.HeldBack, "")}, 7},
		{[]service.AccountReport{acc(pim.HeldBack, ""), acc(pim.Failed, "offline"), acc(pim.Complete, "")}, 4},
		{[]service.AccountReport{acc(pim.Failed, "denied"), acc(pim.Failed, "offline")}, 5},
		{[]service.AccountReport{acc(pim.Failed, "protocol")}, 6},
		{[]service.AccountReport{acc(pim.Failed, "storage")}, 8},
	} {
		if got := mirrorCode(service.MirrorReport{Accounts: c.accounts}); got != c.want {
			t.Errorf("%+v: %d, want %d", c.accounts, got, c.want)
		}
	}
}

func TestTable_AlignsByWhatATerminalShows(t *testing.T) {
	tab := table{head: []string{"NAME", "N"}, right: map[int]bool{1: true}, max: 12}
	tab.add("山田 陽子", 7)
	tab.add("e\u0301te\u0301", 12)
	tab.add("evil\x1b[31m\u202ename\nline", 3)
	var b bytes.Buffer
	tab.write(&b)
	want := "NAME           N\n山田 陽子      7\ne\u0301te\u0301           12\nevil[31mnam…   3\n"
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
}

func TestBar_FitsItsTerminal(t *testing.T) {
	p := service.Progress{Account: "Home", Collection: "Friends", Step: "Fetching", Done: 50, Total: 100, Bytes: 1234567}
	if got, want := bar(p, 79), "[##########..........] Home: Friends: Fetching 50 of 100, 1.2 MB"; got != want {
		t.Errorf("%q", got)
	}
	if got := bar(p, 40); displayWidth(got) > 40 {
		t.Errorf("%q", got)
	}
	p.Done = 1000 // more came than was announced
	if got := bar(p, 79); !strings.HasPrefix(got, "[####################]") {
		t.Errorf("%q", got)
	}
}

func TestPassword_OneLineOfStandardInput(t *testing.T) {
	for in, want := range map[string]string{
		"secret\nmore\n": "secret", "secret\r\n": "secret", "secret": "secret", "\ufeffsecret\n": "secret", " two words \n": " two words ",
	} {
		c := &command{env: Env{Stdin: strings.NewReader(in)}}
		got, err := c.password(t.Context(), true, "")
		if err != nil || got != want {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
	c := &command{env: Env{Stdin: strings.NewReader("")}}
	if _, err := c.password(t.Context(), true, ""); pim.FaultOf(err) != pim.Invalid {
		t.Errorf("%v", err)
	}
	var e *pim.Error
	if _, err := c.password(t.Context(), false, ""); !errors.As(err, &e) || e.Hint == "" {
		t.Errorf("%v", err)
	}
}

// On a narrow terminal names give way; numbers, times and reasons don't.
func TestTable_FitsItsTerminal(t *testing.T) {
	tab := table{head: []string{"ID", "NAME", "WHEN", "WHY"}, right: map[int]bool{0: true}, keep: map[int]bool{2: true}, cols: 50}
	tab.add(7, strings.Repeat("long name ", 5), "2026-03-14 09:00", strings.Repeat("because ", 10))
	var b bytes.Buffer
	tab.write(&b)
	line := strings.Split(b.String(), "\n")[1]
	if !strings.Contains(line, "…") || !strings.Contains(line, "2026-03-14 09:00") || !strings.HasSuffix(line, "because") {
		t.Errorf("got\n%s", b.String())
	}
	// One endless name does not pad every line where there is no terminal.
	tab = table{head: []string{"NAME", "ACCOUNT"}}
	tab.add(strings.Repeat("x", 10_000), "Home")
	tab.add("short", "Home")
	b.Reset()
	tab.write(&b)
	if b.Len() > 1000 {
		t.Errorf("%d bytes", b.Len())
	}
}
