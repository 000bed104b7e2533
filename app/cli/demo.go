package cli

import (
	"context"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

func (c *command) demo() *cobra.Command {
	var headless, window bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Try Sidekeep with a demo account of made-up people and events",
		Long: `Starts a small server on this computer with about 250 made-up contacts, three
calendars and two task lists, and mirrors it into a vault of its own. With a
display it opens the window; otherwise, or with --headless, it mirrors and
exports in the terminal and says where the files are.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if window && headless {
				return invalid("demo", "--window and --headless exclude each other", "give one of them")
			}
			if err := c.demoPlace(); err != nil {
				return err
			}
			if window || !headless && c.env.Window != nil && (c.env.Display == nil || c.env.Display(cmd.Context(), c.env.Getenv) == nil) {
				return c.openWindow(cmd.Context(), WindowOptions{Service: c.config(), Demo: true})
			}
			return c.with(cmd.Context(), making, c.demoInTerminal)
		},
	}
	cmd.Flags().BoolVar(&headless, "headless", false, "stay in the terminal")
	cmd.Flags().BoolVar(&window, "window", false, "open the window")
	return cmd
}

// demoPlace chooses the demo's own vault and secrets, where none are named.
func (c *command) demoPlace() error {
	if c.secrets == "" {
		c.secrets = "file" // a random password of a loopback server: the keychain is not for it
	}
	if c.vault != "" {
		return nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	c.vault = filepath.Join(cache, "sidekeep", "demo")
	if err := os.MkdirAll(filepath.Dir(c.vault), 0o700); err != nil {
		return &pim.Error{Fault: pim.Storage, Op: "make the demo's folder", Where: c.vault, Err: err, Hint: "choose another folder with --vault"}
	}
	return nil
}

// demoInTerminal mirrors the demo account, exports it, and says where it is.
func (c *command) demoInTerminal(ctx context.Context, s *service.Service) error {
	j := s.StartDemo(ctx)
	if err := c.wait(ctx, j); err != nil {
		return err
	}
	st, _ := j.Result().(service.AccountStatus)
	asJSON := c.json
	c.json = false
	out := c.out
	if asJSON { // one document, at the end
		c.out = &watchedWriter{w: c.env.Stderr}
	}
	err := c.runMirror(ctx, s, st.Name)
	to := filepath.Join(s.Dir(), "export")
	if err == nil && c.code == 0 {
		c.printf("\n")
		err = c.runExport(ctx, s, service.ExportRequest{To: to, As: "folder"})
	}
	c.json, c.out = asJSON, out
	if err != nil || c.code != 0 {
		return err
	}
	if c.json {
		c.printJSON(map[string]string{"vault": s.Dir(), "export": to})
		return nil
	}
	c.printf("\nThe vault is in %s\nThe exported files are in %s\nTo look around: sidekeep list contacts --vault %s\n", s.Dir(), to, s.Dir())
	return nil
}
