//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/pim"
)

// TestWindow_AddMirrorExport is the main job, done by a person at a keyboard.
func TestWindow_AddMirrorExport(t *testing.T) {
	d := newDesk(t)
	server := davtest.New(t, davtest.WithLogin("person", "pass-word-1"))
	book := server.AddCollection(pim.Contacts, "/dav/addressbooks/user/people/", "People")
	for i := range 40 {
		book.Put(fmt.Sprintf("p%02d.vcf", i), fmt.Appendf(nil, "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:p%d\r\nFN:Person %02d\r\nN:%02d;Person;;;\r\nX-ODD;X-A=b:kept\r\nEND:VCARD\r\n", i, i, i))
	}
	cal := server.AddCollection(pim.Calendar, "/dav/calendars/user/days/", "Days")
	for i := range 10 {
		cal.Put(fmt.Sprintf("e%d.ics", i), fmt.Appendf(nil, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//EN\r\nBEGIN:VEVENT\r\nUID:e%d\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:202601%02dT090000Z\r\nSUMMARY:Event %d\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", i, i+10, i))
	}
	vault := filepath.Join(d.home, "vault")
	w := d.start("--vault", vault)
	d.focus()

	// First run: the cursor is in the address.
	d.settled(nil)
	d.typed(server.URL() + "/")
	d.key("Tab")
	d.typed("person")
	d.key("Tab")
	d.typed("wrong")
	typed := d.look()
	d.key("Return")
	// A wrong password is told, and nothing is saved.
	d.until("the refusal", func() bool { return server.CountRequests() > 0 })
	d.settled(typed)
	if n := len(accounts(t, d, vault)); n != 0 {
		t.Fatalf("%d accounts after a wrong password", n)
	}
	d.key("ctrl+f") // back to the address
	d.key("Tab", "Tab", "ctrl+a")
	d.typed("pass-word-1")
	d.key("Return")
	d.until("the mirror", func() bool {
		a := accounts(t, d, vault)
		return len(a) == 1 && a[0].State == "ok" && a[0].objects() == 50
	})

	to := filepath.Join(d.home, "Documents", "out")
	// The command line may know of the mirror a moment before the window does:
	// what was typed into the page before is typed again.
	there := func() bool { _, err := os.Stat(filepath.Join(to, "MANIFEST.json")); return err == nil }
	d.until("the export", func() bool {
		d.key("ctrl+e")
		d.settled(nil)
		d.key("ctrl+a")
		d.typed(to)
		d.key("Return")
		return d.within(3*time.Second, there)
	})
	cards, events := 0, 0
	err := filepath.WalkDir(to, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		switch filepath.Ext(path) {
		case ".vcf":
			cards += strings.Count(string(b), "X-ODD;X-A=b:kept")
		case ".ics":
			events += strings.Count(string(b), "BEGIN:VEVENT")
		}
		return nil
	})
	if err != nil || cards != 40 || events != 10 {
		t.Fatalf("exported %d cards, %d events: %v", cards, events, err)
	}

	// A second start shows the first one's window and ends well.
	if code := d.start("--vault", vault).ended(); code != 0 {
		t.Errorf("the second start ended with %d", code)
	}
	d.key("ctrl+q")
	if code := w.ended(); code != 0 {
		t.Errorf("the window ended with %d", code)
	}
}

// TestWindow_NoTrayMeansAWindow: hidden in a tray that is not there, the
// program could not be reached.
func TestWindow_NoTrayMeansAWindow(t *testing.T) {
	d := newDesk(t)
	w := d.start("--background", "--vault", filepath.Join(d.home, "vault"))
	d.until("the window", d.visible)
	if err := w.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	w.ended()
}

// TestWindow_TakesOverAfterKill: kill -9 leaves nothing in the way.
func TestWindow_TakesOverAfterKill(t *testing.T) {
	d := newDesk(t)
	vault := filepath.Join(d.home, "vault")
	first := d.start("--vault", vault)
	d.until("the window", d.visible)
	_ = first.cmd.Process.Kill()
	first.ended()
	d.until("its end", func() bool { return !d.visible() })
	d.start("--vault", vault)
	d.until("the second window", d.visible)
}

type account struct {
	Name        string
	State       string
	Collections []struct{ Objects int }
}

func (a account) objects() int {
	n := 0
	for _, c := range a.Collections {
		n += c.Objects
	}
	return n
}

// accounts asks the program's command line, beside the running window.
func accounts(t *testing.T, d *desk, vault string) []account {
	t.Helper()
	out, err := d.try(build(t), "status", "--json", "--vault", vault)
	if err != nil {
		return nil
	}
	var s struct{ Accounts []account }
	if err := json.Unmarshal([]byte(out), &s); err != nil {
		t.Fatal(err)
	}
	return s.Accounts
}
