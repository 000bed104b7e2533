// Package app puts Sidekeep together: it chooses between the window and the
// command line, and gives both the same service. Below it no package knows of
// both faces.
//
//	main.go        calls Main: nothing else
//	app/gui        Fyne widgets            -> app/present
//	app/present    screens and sentences   -> app/service
//	app/cli        commands, exit codes    -> app/service, app/present
//	app/service    use cases and jobs      -> sync/*, formats
//	app/demo       the demo account's server
package app

import (
	"context"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"
	_ "time/tzdata" // Windows and small containers have no zone database

	"sidekeep/app/cli"
)

// version is set by the build: -ldflags "-X sidekeep/app.version=1.2.3".
var version string

// Stdio is the program's standard input and output.
type Stdio struct {
	In       io.Reader
	Out, Err io.Writer
}

// Main runs Sidekeep with the arguments after the program's name and gives the
// exit code. Without arguments it opens the window. An interrupt, a polite
// kill or a closed terminal stops what is going on; a second one, a moment later,
// ends the program at once.
func Main(ctx context.Context, args []string, std Stdio) int {
	ownUmask()
	collectLess()
	polite := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // nohup ignores it
		polite = append(polite, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(ctx, polite...)
	defer stop()
	context.AfterFunc(ctx, func() {
		// From then on signals do what they do by themselves. Not at once: whoever
		// signals a whole group of processes (timeout, a terminal) does so twice.
		time.AfterFunc(time.Second, stop)
	})
	// Older macOS adds its process number when an app is double-clicked.
	args = slices.DeleteFunc(slices.Clone(args), func(a string) bool { return strings.HasPrefix(a, "-psn_") })
	return cli.Run(ctx, args, cli.Env{Stdin: std.In, Stdout: std.Out, Stderr: std.Err, Version: Version(), Window: openWindow, Display: display})
}

// collectLess lets the heap grow to 2.4 times what is in use before it is
// collected, not twice: a first mirror makes much garbage and keeps little, so
// that a twentieth of its time is saved for a few megabytes. More saves no more.
// Whoever sets GOGC knows better.
func collectLess() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(140)
	}
}

// Version is the version of this build: as it was given, the module's, or the
// revision it was built from.
func Version() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return "devel-" + s.Value[:12]
		}
	}
	return "devel"
}
