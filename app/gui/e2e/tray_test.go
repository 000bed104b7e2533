//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/pim"
)

// watcher is a tray host: it takes registrations and remembers who came
// (StatusNotifierWatcher of the freedesktop StatusNotifierItem specification).
type watcher struct {
	conn *dbus.Conn
	mu   sync.Mutex
	item string
}

func (w *watcher) RegisterStatusNotifierItem(sender dbus.Sender, service string) *dbus.Error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.item = service
	if strings.HasPrefix(service, "/") {
		w.item = string(sender)
	}
	return nil
}

func (w *watcher) RegisterStatusNotifierHost(string) *dbus.Error { return nil }

func (w *watcher) who() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.item
}

func newWatcher(t *testing.T, bus string) *watcher {
	t.Helper()
	conn, err := dbus.Connect(bus)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	w := &watcher{conn: conn}
	const name = "org.kde.StatusNotifierWatcher"
	if err := conn.Export(w, "/StatusNotifierWatcher", name); err != nil {
		t.Fatal(err)
	}
	reply, err := conn.RequestName(name, dbus.NameFlagDoNotQueue)
	if err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatal(reply, err)
	}
	return w
}

type menuNode struct {
	ID       int32
	Props    map[string]dbus.Variant
	Children []dbus.Variant
}

// menu reads the item's menu: label to ID; disabled ones have a "!" before.
func (w *watcher) menu(t *testing.T) (path dbus.ObjectPath, labels map[string]int32) {
	t.Helper()
	v, err := w.conn.Object(w.who(), "/StatusNotifierItem").GetProperty("org.kde.StatusNotifierItem.Menu")
	if err != nil {
		return "", nil
	}
	path, _ = v.Value().(dbus.ObjectPath)
	var revision uint32
	var root menuNode
	if err := w.conn.Object(w.who(), path).Call("com.canonical.dbusmenu.GetLayout", 0, int32(0), int32(-1), []string{}).Store(&revision, &root); err != nil {
		return path, nil
	}
	labels = map[string]int32{}
	for _, c := range root.Children {
		var n menuNode
		if err := dbus.Store([]any{c.Value()}, &n); err != nil {
			continue
		}
		label, _ := n.Props["label"].Value().(string)
		if on, ok := n.Props["enabled"].Value().(bool); ok && !on {
			label = "!" + label
		}
		labels[label] = n.ID
	}
	return path, labels
}

// click chooses an entry of the menu.
func (w *watcher) click(t *testing.T, label string) {
	t.Helper()
	path, labels := w.menu(t)
	id, ok := labels[label]
	if !ok {
		t.Fatalf("no %q in %v", label, labels)
	}
	if err := w.conn.Object(w.who(), path).Call("com.canonical.dbusmenu.Event", 0, id, "clicked", dbus.MakeVariant(""), uint32(0)).Err; err != nil {
		t.Fatal(err)
	}
}

// TestTray_HiddenStartAndMenu: started at login there is no window; the tray
// tells the state, mirrors, opens the window, keeps running and quits.
func TestTray_HiddenStartAndMenu(t *testing.T) {
	d := newDesk(t)
	tray := newWatcher(t, d.bus)
	server := davtest.New(t, davtest.WithLogin("person", "pass-word-1"))
	book := server.AddCollection(pim.Contacts, "/dav/addressbooks/user/people/", "People")
	book.Put("a.vcf", []byte("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:a\r\nFN:A\r\nEND:VCARD\r\n"))
	vault := filepath.Join(d.home, "vault")
	add := fmt.Sprintf("printf pass-word-1 | '%s' account add '%s/' --user person --password-stdin --name Work --vault '%s'", build(t), server.URL(), vault)
	if out, err := d.try("sh", "-c", add); err != nil {
		t.Fatalf("%s: %v", out, err)
	}

	w := d.start("--background", "--vault", vault)
	d.until("the tray icon", func() bool { return tray.who() != "" })
	// It mirrors on start and says how things are.
	d.until("the state in the menu", func() bool { _, m := tray.menu(t); _, ok := m["!Everything is here"]; return ok })
	if d.visible() {
		t.Error("a hidden start shows a window")
	}
	book.Put("b.vcf", []byte("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:b\r\nFN:B\r\nEND:VCARD\r\n"))
	tray.click(t, "Mirror now")
	d.until("the new card", func() bool { a := accounts(t, d, vault); return len(a) == 1 && a[0].objects() == 2 })

	tray.click(t, "Open Sidekeep")
	d.until("the window", d.visible)
	tray.click(t, "Export…")
	// A second start on a window that was closed to the tray shows it again.
	d.focus()
	d.until("the window to hide", func() bool {
		if d.visible() { // keys are lost until the window has the keyboard
			d.key("ctrl+w")
		}
		return d.within(2*time.Second, func() bool { return !d.visible() })
	})
	if code := d.start("--vault", vault).ended(); code != 0 {
		t.Errorf("the second start ended with %d", code)
	}
	d.until("the window again", d.visible)
	tray.click(t, "Quit")
	if code := w.ended(); code != 0 {
		t.Errorf("ended with %d", code)
	}
}

// TestTray_ComesUpAfterLogin: a panel that starts later than Sidekeep still
// gets its icon, and no window flashes up.
func TestTray_ComesUpAfterLogin(t *testing.T) {
	d := newDesk(t)
	vault := filepath.Join(d.home, "vault")
	w := d.start("--background", "--vault", vault)
	// The panel is slow: the program has its vault and waits for a tray by now.
	d.until("the program", func() bool { _, err := os.Stat(filepath.Join(vault, "window.addr")); return err == nil })
	tray := newWatcher(t, d.bus)
	d.until("the tray icon", func() bool { return tray.who() != "" })
	if d.visible() {
		t.Error("a window came up")
	}
	d.until("the menu", func() bool { _, m := tray.menu(t); return len(m) > 3 })
	tray.click(t, "Quit")
	if code := w.ended(); code != 0 {
		t.Errorf("ended with %d", code)
	}
}
