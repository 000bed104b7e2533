//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/pim"
)

// TestWindow_ALossIsPutBack: the server loses everything, the card says so, and
// two clicks later the server has it again.
func TestWindow_ALossIsPutBack(t *testing.T) {
	d := newDesk(t)
	server := davtest.New(t, davtest.WithLogin("person", "pass-word-1"))
	book := server.AddCollection(pim.Contacts, "/dav/addressbooks/user/people/", "People")
	want := map[string]string{}
	for i := range 60 {
		name, card := fmt.Sprintf("p%02d.vcf", i), fmt.Sprintf("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:p%d\r\nFN:Person %02d\r\nN:%02d;Person;;;\r\nX-ODD;X-A=b:kept\r\nEND:VCARD\r\n", i, i, i)
		book.Put(name, []byte(card))
		want[name] = card
	}
	vault := filepath.Join(d.home, "vault")
	add := exec.Command(build(t), "account", "add", server.URL()+"/", "--user", "person", "--name", "Home", "--password-stdin", "--vault", vault)
	add.Env, add.Stdin = d.env, strings.NewReader("pass-word-1\n")
	if out, err := add.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	d.do(build(t), "mirror", "--vault", vault)
	for name := range want {
		book.Delete(name)
	}

	// The background mirrors at once, and the card comes by itself.
	w := d.start("--vault", vault)
	d.focus()
	d.until("the incident", func() bool { return len(incidents(t, d, vault)) == 1 })
	d.settled(nil)
	if n := book.Len(); n != 0 {
		t.Fatalf("%d objects came back by themselves", n)
	}
	card := d.look()
	d.until("the plan", func() bool {
		d.do("xdotool", "mousemove", "298", "210", "click", "1") // Put them back
		return d.within(4*time.Second, func() bool { return len(restores(t, d, vault)) == 1 })
	})
	d.settled(card)
	if n := book.Len(); n != 0 {
		t.Fatalf("the plan has written %d objects", n)
	}
	d.do("xdotool", "mousemove", "300", "682", "click", "1") // Put 60 contacts back
	d.until("the server to have everything", func() bool { return book.Len() == len(want) })
	d.until("the end of the incident", func() bool { return len(incidents(t, d, vault)) == 0 })
	for name, card := range want {
		if body, _, ok := book.Get(name); !ok || string(body) != card {
			t.Errorf("%s is %q", name, body)
		}
	}
	d.key("ctrl+1") // Overview: the card is gone
	d.settled(nil)
	if alike(d.look(), card) {
		t.Error("the card is still there")
	}
	d.key("ctrl+q")
	if code := w.ended(); code != 0 {
		t.Errorf("the window ended with %d", code)
	}
}

// incidents gives those that are open, and restores the plans, as the command
// line tells them beside the running window.
func incidents(t *testing.T, d *desk, vault string) []any { return listed(t, d, "incidents", vault) }

func restores(t *testing.T, d *desk, vault string) []any {
	return listed(t, d, "restore list", vault)
}

func listed(t *testing.T, d *desk, command, vault string) []any {
	t.Helper()
	out, err := d.try(build(t), append(strings.Fields(command), "--json", "--vault", vault)...)
	if err != nil && out == "" {
		return nil
	}
	var all []any
	if err := json.Unmarshal([]byte(out), &all); err != nil {
		t.Fatalf("%s: %v: %s", command, err, out)
	}
	return all
}
