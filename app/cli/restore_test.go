package cli

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/pim"
)

// A person stops a restore half-way: that is said as such, with how to go on,
// and going on doubles nothing.
func TestRestore_StoppedAndGoneOnWith(t *testing.T) {
	old, fresh := davtest.New(t), davtest.New(t, davtest.WithLogin("someone", "secret"))
	fill(old)
	book := fresh.AddCollection(pim.Contacts, "friends", "Friends")
	s := newSession(t)
	for _, args := range [][]string{
		{"account", "add", old.URL(), "--user", "user", "--password-stdin", "--name", "Old"}, {"mirror"},
		{"account", "add", fresh.URL(), "--user", "someone", "--password-stdin", "--name", "New"},
		{"restore", "plan", "--at", "now", "--account", "Old", "--collection", "Friends", "--to", "New"},
	} {
		if _, stderr, code := s.run("secret\n", args...); code != 0 {
			t.Fatalf("%v: %d\n%s", args, code, stderr)
		}
	}
	puts := 0
	fresh.Fail(davtest.Fault{Kind: davtest.Stall, Times: -1, Match: func(r davtest.Request) bool {
		if r.Method == http.MethodPut {
			puts++ // asked one at a time
		}
		return r.Method == http.MethodPut && puts > 3
	}})
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var shown, out, errs bytes.Buffer
	show := []string{"restore", "show", "1", "--json"}
	go func() {
		defer stop()
		select {
		case <-fresh.Stalled():
		case <-time.After(time.Minute):
		}
		Run(ctx, show, Env{Stdout: &shown, Stderr: &shown, Getenv: func(k string) string { return s.env[k] }})
	}()
	code := Run(ctx, []string{"restore", "run", "1"}, Env{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Version: "test",
		Getenv: func(k string) string { return s.env[k] }})
	if code != pim.Stopped.ExitCode() || !strings.Contains(out.String(), "stopped") || !strings.Contains(errs.String(), "To go on: sidekeep restore run 1") {
		t.Fatalf("%d\n%s\n%s", code, out.String(), errs.String())
	}
	if p := jsonProblems(show, shown.Bytes()); len(p) > 0 || !strings.Contains(shown.String(), `"state": "running"`) {
		t.Fatalf("while it goes on: %v\n%s", p, shown.String())
	}
	if !strings.Contains(out.String(), "sent, not yet checked") || !strings.Contains(out.String(), "not done") || strings.Contains(out.String(), "12 not done") {
		t.Fatalf("what may be on the server is said to be not done:\n%s", out.String())
	}
	fresh.ClearFaults()
	fresh.Release()
	if out, stderr, code := s.run("", "restore", "list"); code != 0 || !strings.Contains(out, "stopped") {
		t.Fatalf("%d\n%s\n%s", code, out, stderr)
	}
	if out, stderr, code := s.run("", "restore", "run", "1"); code != 0 || !strings.Contains(out, "done") {
		t.Fatalf("%d\n%s\n%s", code, out, stderr)
	}
	if book.Len() != 12 {
		t.Fatal(book.Names())
	}
}
