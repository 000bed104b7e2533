package desktop

import (
	"context"
	"runtime"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"

	"sidekeep/sync/pim"
)

// notifyTimeout is how long a desktop may take to show a notification.
const notifyTimeout = 5 * time.Second

// Notify shows a notification on desktops that take them over D-Bus, for as
// long as they show theirs. id is the program's, whose icon is shown. Errors:
// Invalid where nobody takes notifications.
func Notify(ctx context.Context, id, name, title, text string) error {
	bad := func(err error) error {
		return &pim.Error{Fault: pim.Invalid, Op: "notify", Where: "the desktop", Err: err}
	}
	ctx, cancel := context.WithTimeout(ctx, notifyTimeout)
	defer cancel()
	conn, err := dbus.ConnectSessionBus(dbus.WithContext(ctx))
	if err != nil {
		return bad(err)
	}
	defer conn.Close()
	hints := map[string]dbus.Variant{"desktop-entry": dbus.MakeVariant(id), "urgency": dbus.MakeVariant(byte(1))}
	call := conn.Object("org.freedesktop.Notifications", "/org/freedesktop/Notifications").CallWithContext(ctx,
		"org.freedesktop.Notifications.Notify", 0, name, uint32(0), id, title, unmarked(text), []string{}, hints, int32(-1))
	if call.Err != nil {
		return bad(call.Err)
	}
	return nil
}

// NotifiesByBus reports whether this system's desktops take notifications as
// Notify sends them.
func NotifiesByBus() bool { return runtime.GOOS != "windows" && runtime.GOOS != "darwin" }

// unmarked keeps the body of a notification from being read as markup.
func unmarked(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

// Harmless leaves of a text what a command interpreter can't take for anything
// else: names in it are a server's, and on Windows notifications pass through
// PowerShell, whose strings are ended by curly quotes too.
func Harmless(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune("\"“”„‟", r):
			return '\''
		case r < ' ' || strings.ContainsRune("$`;\\{}()|&<>@", r):
			return ' '
		}
		return r
	}, s)
}
