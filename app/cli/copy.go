package cli

import (
	"context"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"sidekeep/app/service"
)

func (c *command) copy() *cobra.Command {
	var to, every string
	cmd := &cobra.Command{
		Use:   "copy --to FOLDER",
		Short: "Keep a second copy of the vault on another disk",
		Long: `Writes a copy of the whole vault, sidekeep-YYYYMMDD-HHMMSS.db, into a folder on
another disk or one that is synchronised, and checks it. The folder given with --to
is made where only its last part is missing; a disk that is not plugged in is said,
and not written beside.

Of the copies, the last of each of 7 days, 4 weeks and 12 months is kept. Other
files are left alone.

With --every the window makes a copy by itself from now on; without --to it is the
folder given before. A copy is read with --vault FILE.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			interval, ok := map[string]time.Duration{"": -1, "off": 0, "day": 24 * time.Hour, "week": 7 * 24 * time.Hour}[every]
			if !ok {
				return invalid("copy", every+" is no interval", "use --every day, --every week or --every off")
			}
			if to != "" {
				abs, err := filepath.Abs(to)
				if err != nil {
					return invalid("copy", err.Error(), "give the whole path of the folder")
				}
				to = abs
			}
			run := func(ctx context.Context, s *service.Service) error { return c.runCopy(ctx, s, to, interval) }
			if interval < 0 { // it is on another disk, and changes nothing here
				return c.withOrReading(cmd.Context(), run)
			}
			return c.with(cmd.Context(), writing, run)
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "the `folder` for copies")
	cmd.Flags().StringVar(&every, "every", "", "make one by itself: `day`, week or off")
	completes(cmd, "every", "day", "week", "off")
	return cmd
}

// runCopy makes a copy, and then keeps the settings: where it worked it will work
// again. interval below 0 leaves them.
func (c *command) runCopy(ctx context.Context, s *service.Service, to string, interval time.Duration) error {
	set := s.Settings()
	if interval == 0 {
		set.CopyEvery = 0
		if err := s.SaveSettings(set); err != nil {
			return err
		}
		if c.json {
			c.printJSON(map[string]any{"to": set.CopyTo, "every": "off"})
			return nil
		}
		c.printf("No more copies are made by themselves. Those that are there are left alone.\n")
		return nil
	}
	j := s.StartCopy(to)
	if err := c.wait(ctx, j); err != nil {
		return err
	}
	rep := j.Result().(service.CopyReport)
	if interval > 0 {
		set.CopyEvery = interval
		if to != "" {
			set.CopyTo = to
		}
		if err := s.SaveSettings(set); err != nil {
			return err
		}
	}
	if c.json {
		c.printJSON(rep)
		return nil
	}
	c.printf("Copied the vault to %s, %s, and checked the copy.\n", clean(rep.Path), size(rep.Bytes))
	for _, p := range rep.Removed {
		c.printf("Removed the old copy %s\n", clean(filepath.Base(p)))
	}
	return nil
}
