package desktop

import (
	"os"
	"path/filepath"
	"strings"

	"sidekeep/sync/pim"
)

// Autostart registers Sidekeep to start hidden at login.
type Autostart struct {
	Program string   // path of the executable
	Args    []string // for example --background and the vault's folder
	Config  string   // folder that holds the entry; "" is the system's own
}

// writeEntry writes a file of the person's own through a temporary one.
func writeEntry(path, content string) error {
	fail := func(err error) error {
		return &pim.Error{Fault: pim.Storage, Op: "register the start at login in", Where: path, Err: err}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fail(err)
	}
	tmp := path + ".new"
	if err := os.WriteFile(tmp, []byte(content), 0o644); err != nil {
		return fail(err)
	}
	if err := os.Rename(tmp, path); err != nil {
		_ = os.Remove(tmp)
		return fail(err)
	}
	return nil
}

// removeEntry removes a file; that it is not there is fine.
func removeEntry(path string) error {
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return &pim.Error{Fault: pim.Storage, Op: "remove the start at login from", Where: path, Err: err}
	}
	return nil
}

// desktopEntry is an XDG autostart entry (Desktop Application Autostart
// Specification; quoting as in the Desktop Entry Specification, "The Exec key").
func desktopEntry(program string, args []string) string {
	words := []string{quoteExec(program)}
	for _, a := range args {
		words = append(words, quoteExec(a))
	}
	return "[Desktop Entry]\nType=Application\nVersion=1.0\nName=Sidekeep\n" +
		"Comment=Keeps a copy of your contacts, calendars and tasks\n" +
		"Exec=" + strings.Join(words, " ") + "\nIcon=" + appID + "\nTerminal=false\n" +
		"X-GNOME-Autostart-enabled=true\nX-GNOME-Autostart-Delay=10\n"
}

// quoteExec quotes one argument of an Exec line: first for the command, then
// for the string that the key's value is.
func quoteExec(s string) string {
	s = strings.ReplaceAll(s, "%", "%%")
	if s == "" || strings.ContainsAny(s, " \t\n\"'\\><~|&;$*?#()`") {
		s = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "`", "\\`", "$", `\$`).Replace(s) + `"`
	}
	return strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\t", `\t`).Replace(s)
}

// launchAgent is a property list for ~/Library/LaunchAgents (launchd.plist).
func launchAgent(program string, args []string) string {
	xml := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>Label</key>
	<string>` + appID + `</string>
	<key>ProgramArguments</key>
	<array>
`)
	for _, a := range append([]string{program}, args...) {
		b.WriteString("\t\t<string>" + xml.Replace(a) + "</string>\n")
	}
	b.WriteString("\t</array>\n\t<key>RunAtLoad</key>\n\t<true/>\n\t<key>ProcessType</key>\n\t<string>Background</string>\n</dict>\n</plist>\n")
	return b.String()
}

// windowsCommand is a command line for the Run key, quoted as programs take it
// apart (CommandLineToArgvW: backslashes double before a quote only).
func windowsCommand(program string, args []string) string {
	words := []string{`"` + program + `"`}
	for _, a := range args {
		if a != "" && !strings.ContainsAny(a, " \t\"") {
			words = append(words, a)
			continue
		}
		var b strings.Builder
		slashes := 0
		for _, r := range a {
			switch r {
			case '\\':
				slashes++
				continue
			case '"':
				b.WriteString(strings.Repeat(`\`, slashes*2+1))
			default:
				b.WriteString(strings.Repeat(`\`, slashes))
			}
			slashes = 0
			b.WriteRune(r)
		}
		b.WriteString(strings.Repeat(`\`, slashes*2))
		words = append(words, `"`+b.String()+`"`)
	}
	return strings.Join(words, " ")
}
