//go:build e2e

package e2e

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/pim"
)

// TestWindow_TheCloudDied: the server is gone for good. From the account's menu
// on Overview, by way of signing in at another provider, everything is put there.
func TestWindow_TheCloudDied(t *testing.T) {
	d := newDesk(t)
	old := davtest.New(t, davtest.WithLogin("person", "pass-word-1"))
	book := old.AddCollection(pim.Contacts, "/dav/addressbooks/user/people/", "People")
	want := map[string]bool{}
	for i := range 40 {
		card := fmt.Sprintf("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:p%d\r\nFN:Person %02d\r\nN:%02d;Person;;;\r\nX-ODD;X-A=b:kept\r\nEND:VCARD\r\n", i, i, i)
		book.Put(fmt.Sprintf("p%02d.vcf", i), []byte(card))
		want[card] = true
	}
	vault := filepath.Join(d.home, "vault")
	add := exec.Command(build(t), "account", "add", old.URL()+"/", "--user", "person", "--name", "Home", "--password-stdin", "--vault", vault)
	add.Env, add.Stdin = d.env, strings.NewReader("pass-word-1\n")
	if out, err := add.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	d.do(build(t), "mirror", "--vault", vault)
	old.Close()
	other := davtest.New(t, davtest.WithLogin("person", "pass-word-2"))

	w := d.start("--vault", vault)
	d.focus()
	d.settled(nil)
	click := func(x, y int) {
		t.Helper()
		before := d.look()
		d.do("xdotool", "mousemove", fmt.Sprint(x), fmt.Sprint(y), "click", "1")
		d.do("xdotool", "mousemove", "10", "700")
		d.settled(before)
	}
	click(1062, 213) // the account's menu
	click(1020, 288) // Restore…
	click(400, 301)  // Another account or provider
	click(480, 337)  // Sign in at another provider…
	d.typed(other.URL() + "/")
	d.key("Tab")
	d.typed("person")
	d.key("Tab")
	d.typed("pass-word-2")
	before := d.look()
	d.key("Return")
	d.settled(before)
	d.until("the plan", func() bool {
		d.do("xdotool", "mousemove", "435", "426", "click", "1") // See what would happen
		return len(restores(t, d, vault)) == 1
	})
	if n := len(other.Objects()); n != 0 {
		t.Fatalf("the plan has written %d objects", n)
	}
	d.settled(nil)
	d.do("xdotool", "mousemove", "300", "682", "click", "1") // Put 40 contacts back
	d.until("the other server to have everything", func() bool { return len(other.Objects()) == len(want) })
	for name, body := range other.Objects() {
		if !want[string(body)] {
			t.Errorf("%s is %q", name, body)
		}
	}
	d.settled(nil)
	d.key("ctrl+q")
	if code := w.ended(); code != 0 {
		t.Errorf("the window ended with %d", code)
	}
}
