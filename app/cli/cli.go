// Package cli is Sidekeep's command line. It is a contract that scripts rest
// on: data goes to standard output, everything else to standard error as
// "sidekeep: ..." and then "hint: ..."; the exit code follows the fault; with
// --json there is exactly one JSON document on standard output.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"sidekeep/app/present"
	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

// Env is the world that the command line runs in.
type Env struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Getenv         func(string) string // nil: os.Getenv
	// Display says why no window can be opened here, or nil.
	Display func(ctx context.Context, getenv func(string) string) error
	Version string

	// Window opens the window and gives the exit code; nil: this build has
	// none.
	Window func(ctx context.Context, o WindowOptions) int
}

// WindowOptions is what the command line knows when it opens the window.
type WindowOptions struct {
	Service service.Config // not opened yet
	Hidden  bool           // start in the tray
	Demo    bool           // start with the demo account
}

// command is one run of the command line.
type command struct {
	env      Env
	out      *watchedWriter
	vault    string
	secrets  string
	json     bool
	verbose  bool
	hidden   bool
	started  bool // the command line was understood
	fetching bool // a mirror has begun
	answered bool // the JSON document is out
	code     int  // exit code of a run that has said all there is to say
}

// Run runs one command line, without the program's name, and gives the exit
// code.
func Run(ctx context.Context, args []string, env Env) int {
	if env.Getenv == nil {
		env.Getenv = os.Getenv
	}
	c := &command{env: env, out: &watchedWriter{w: env.Stdout}}
	root := c.root()
	root.SetArgs(args)
	root.SetIn(env.Stdin)
	root.SetOut(c.out)
	root.SetErr(env.Stderr)
	err := root.ExecuteContext(ctx)
	if err != nil && !c.started {
		c.json = c.json || asksForJSON(args)
		err = usage(err)
	}
	if err == nil && c.out.err != nil {
		// Only its words: this is not about the vault's disk.
		err = &pim.Error{Fault: pim.Storage, Op: "write the output", Err: fmt.Errorf("the output could not be written (%v)", c.out.err), Hint: "see where standard output goes"}
	}
	if errors.Is(c.out.err, syscall.EPIPE) {
		return c.code // whoever read the output had enough
	}
	if err == nil {
		return c.code
	}
	return c.fail(ctx, err)
}

// fail says what went wrong and gives the exit code.
func (c *command) fail(ctx context.Context, err error) int {
	fault := pim.FaultOf(err)
	if ctx.Err() != nil && (fault == pim.Offline || fault == pim.Internal) {
		fault = pim.Stopped // what broke because the person stopped it
		err = &pim.Error{Fault: fault, Op: "stop", Err: err}
	}
	info := present.Explain(err)
	if fault == pim.Stopped && !c.fetching {
		info.Hint = "" // what it says is about a mirror
	}
	if c.json && !c.answered {
		c.printJSON(map[string]any{"error": info})
	}
	c.say(info)
	return fault.ExitCode()
}

// say writes an error for a person.
func (c *command) say(info service.ErrorInfo) { c.sayAbout("", info) }

func (c *command) sayAbout(what string, info service.ErrorInfo) {
	if what != "" {
		what += ": "
	}
	fmt.Fprintf(c.env.Stderr, "sidekeep: %s\n", clean(what+info.Message))
	if f := pim.ParseFault(info.Fault); (f == pim.Offline || f == pim.Busy) && info.Hint == present.Explain(&pim.Error{Fault: f}).Hint {
		// In general Sidekeep tries again by itself; a command does not.
		info.Hint = "Run the command again later. Everything that was mirrored stays readable."
	}
	if info.Hint != "" {
		fmt.Fprintf(c.env.Stderr, "hint: %s\n", clean(info.Hint))
	}
	if c.verbose && info.Detail != "" {
		fmt.Fprintf(c.env.Stderr, "sidekeep: in detail: %s\n", clean(info.Detail))
	}
}

// note tells something that is no error.
func (c *command) note(format string, args ...any) {
	fmt.Fprintf(c.env.Stderr, "sidekeep: %s\n", clean(fmt.Sprintf(format, args...)))
}

// usage is a command line that was not understood.
func usage(err error) error {
	var e *pim.Error
	if errors.As(err, &e) {
		return err
	}
	var value *pflag.InvalidValueError
	if errors.As(err, &value) {
		err = fmt.Errorf("%q is no value for --%s, which takes %s", value.GetValue(), value.GetFlag().Name, kindOf(value.GetFlag()))
	}
	return &pim.Error{Fault: pim.Invalid, Op: "read the command line", Err: err, Hint: "`sidekeep help` lists the commands, `sidekeep COMMAND --help` explains one", Reason: "usage"}
}

// kindOf says what a flag takes, in words.
func kindOf(f *pflag.Flag) string {
	switch f.Value.Type() {
	case "int", "int64":
		return "a whole number"
	case "bool":
		return "true or false"
	}
	return "a list with commas between" // any text will do for the others
}

func asksForJSON(args []string) bool {
	for _, a := range args {
		switch a {
		case "--":
			return false
		case "--json", "--json=true":
			return true
		}
	}
	return false
}

func (c *command) root() *cobra.Command {
	cobra.MousetrapHelpText = "" // on Windows a double-click opens the window; it needs no lecture
	root := &cobra.Command{
		Use:   "sidekeep",
		Short: "Keep every contact, event and task of your accounts on your own disk",
		Long: `Sidekeep mirrors the contacts, events and tasks of CardDAV and CalDAV accounts
into a vault on your own disk, keeps their history, exports them as standard
files, and puts back what was lost. Only a restore or a put-back writes to an
account; everything else only reads.

Without a command it opens its window.

Data goes to standard output, everything else to standard error. Exit codes:
0 done, 1 a bug, 2 the command line or its values, 3 something is missing (owed,
gone, or not put back), 4 offline or asked to wait, 5 login or certificate
refused, 6 an answer that can't be understood, 7 a loss waits for a decision,
8 disk or vault, 130 stopped.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noArgs,
		PersistentPreRunE: func(cmd *cobra.Command, args []string) error {
			c.started = true
			if c.vault == "" {
				c.vault = c.env.Getenv("SIDEKEEP_VAULT")
			}
			if c.secrets == "" {
				c.secrets = c.env.Getenv("SIDEKEEP_SECRETS")
			}
			if c.secrets != "" && c.secrets != "keychain" && c.secrets != "file" {
				return invalid("choose where passwords are kept", "there is no store called "+c.secrets, "use --secrets keychain or --secrets file")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.openWindow(cmd.Context(), WindowOptions{Service: c.config(), Hidden: c.hidden})
		},
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage(err) })
	f := root.PersistentFlags()
	f.StringVar(&c.vault, "vault", "", "`folder` of the vault (or SIDEKEEP_VAULT; default: the platform's data folder)")
	f.StringVar(&c.secrets, "secrets", "", "where passwords are kept: `keychain` or file (or SIDEKEEP_SECRETS)")
	f.BoolVar(&c.json, "json", false, "print one JSON document; see: sidekeep help json")
	f.BoolVar(&c.verbose, "verbose", false, "tell every request on standard error")
	root.Flags().BoolVar(&c.hidden, "background", false, "start hidden in the system tray")
	root.AddCommand(c.account(), c.mirror(), c.status(), c.list(), c.show(), c.log(), c.export(),
		c.history(), c.search(), c.incidents(), c.incident(), c.restore(), c.forget(), c.thin(),
		c.verify(), c.copy(), c.rescue(), c.reindex(), c.version(), c.man(), c.demo(), helpJSON())
	completes(root, "secrets", "keychain", "file")
	root.InitDefaultCompletionCmd()
	root.InitDefaultHelpCmd()
	for _, cmd := range root.Commands() {
		switch cmd.Name() { // cobra answers what it does not know with its help, as if all were well
		case "completion":
			cmd.Args = noArgs
			cmd.RunE = func(*cobra.Command, []string) error {
				return invalid("read the command line", "the shell is missing", "write `sidekeep completion bash`, zsh, fish or powershell")
			}
		case "help":
			cmd.Run, cmd.RunE = nil, func(_ *cobra.Command, args []string) error {
				about, left, err := root.Find(args)
				if err != nil || len(left) > 0 {
					return invalid("read the command line", fmt.Sprintf("there is no command %q", strings.Join(args, " ")), "`sidekeep help` lists the commands")
				}
				about.InitDefaultHelpFlag()
				return about.Help()
			}
		}
	}
	return root
}

// completes offers the values of a flag in the shell.
func completes(cmd *cobra.Command, flag string, values ...string) {
	f := cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)
	if cmd.RegisterFlagCompletionFunc(flag, f) != nil {
		panic("no flag " + flag) // a slip in this package
	}
}

func invalid(op, why, hint string) error {
	return &pim.Error{Fault: pim.Invalid, Op: op, Err: errors.New(why), Hint: hint}
}

// noArgs, exactArgs: cobra's own, worded like the rest.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		if cmd.HasParent() {
			return invalid("read the command line", fmt.Sprintf("%q is one word too many", args[0]), "`"+cmd.CommandPath()+" --help` explains it")
		}
		return invalid("read the command line", fmt.Sprintf("there is no command %q", args[0]), "`sidekeep help` lists the commands")
	}
	return nil
}

func oneArg(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			return nil
		}
		why := "the " + what + " is missing"
		if len(args) > 1 {
			why = fmt.Sprintf("%q is one word too many (put names with spaces in quotes)", args[1])
		}
		return invalid("read the command line", why, "write `"+strings.TrimSuffix(cmd.UseLine(), " [flags]")+"`")
	}
}

// config is the service's, as the flags say.
func (c *command) config() service.Config {
	dir := c.vault
	if abs, err := filepath.Abs(dir); err == nil && dir != "" {
		dir = abs
	}
	cfg := service.Config{Dir: dir, Secrets: c.secrets, Version: c.env.Version, Explain: present.Explain}
	if c.verbose {
		cfg.Trace = func(line string) { c.note("%s", line) }
	}
	return cfg
}

// how says how a command opens the vault.
type how int

const (
	reading how = iota // what is there, without writing
	writing            // what is there, to change it
	making             // make it where there is none
)

// with opens the service, runs f and closes it again.
func (c *command) with(ctx context.Context, h how, f func(ctx context.Context, s *service.Service) error) (err error) {
	cfg := c.config()
	cfg.ReadOnly, cfg.Existing = h == reading, h != making
	s, err := service.Open(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() {
		if e := s.Close(); err == nil {
			err = e
		}
	}()
	if h != reading && s.IsCopy() {
		return s.NotCopy("open the vault")
	}
	if s.DiskFull() {
		c.note("the disk of the vault is full: the vault is read as it stands, and nothing can be written to it")
	}
	err = f(ctx, s)
	if h != reading {
		c.sayNotices(ctx, s, err)
	}
	return err
}

// withOrReading is with for what is written if it can be: a vault that can't be
// written to, be it for want of room, is only read.
func (c *command) withOrReading(ctx context.Context, f func(ctx context.Context, s *service.Service) error) error {
	opened := false
	err := c.with(ctx, writing, func(ctx context.Context, s *service.Service) error {
		opened = true
		return f(ctx, s)
	})
	if !opened && service.OnlyRead(err) != nil {
		return c.with(ctx, reading, f)
	}
	return err
}

const hintCommands = "use the commands: `sidekeep account add`, `sidekeep mirror`, `sidekeep list`, `sidekeep export`; `sidekeep help` lists them all"

func (c *command) openWindow(ctx context.Context, o WindowOptions) error {
	if c.env.Window == nil {
		return &pim.Error{Fault: pim.Invalid, Op: "open the window", Reason: "headless",
			Err:  errors.New("this build of Sidekeep has no window"),
			Hint: hintCommands}
	}
	if c.env.Display != nil {
		if err := c.env.Display(ctx, c.env.Getenv); err != nil {
			return &pim.Error{Fault: pim.FaultOf(err), Op: "open the window", Reason: "display", Err: err, Hint: hintCommands}
		}
	}
	c.code = c.env.Window(ctx, o)
	return nil
}
