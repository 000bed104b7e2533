package cli

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

func (c *command) export() *cobra.Command {
	var r service.ExportRequest
	var kind string
	var when *moments
	cmd := &cobra.Command{
		Use:   "export --to PATH",
		Short: "Write standard .vcf and .ics files, into a folder or a zip file",
		Long: `Writes one .vcf file for each address book and one .ics file for each calendar,
with every property of every object, and MANIFEST.json with counts and checksums.
Files that Sidekeep did not write are never overwritten without --force.

Of a damaged vault everything is written that can be read. What is missing is named
here, with --json and in MANIFEST.json, and the exit code is 8.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r.Kind = pim.Kind(kind)
			if err := r.Check(); err != nil { // before the vault is looked for
				return err
			}
			var err error
			if r.At, err = when.read(); err != nil {
				return err
			}
			return c.with(cmd.Context(), reading, func(ctx context.Context, s *service.Service) error {
				return c.runExport(ctx, s, r)
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&r.To, "to", "", "the `folder`, or the zip file, to write")
	f.StringVar(&r.As, "as", "folder", "`folder` or zip")
	f.StringVar(&r.Account, "account", "", "only this `account`")
	f.StringVar(&r.Collection, "collection", "", "only this `collection`, by title or ID")
	f.StringVar(&kind, "kind", "", "only contacts or calendar `collections`")
	f.BoolVar(&r.Force, "force", false, "overwrite files that Sidekeep did not write")
	when = c.pastFlag(cmd)
	completes(cmd, "as", "folder", "zip")
	completes(cmd, "kind", "contacts", "calendar")
	c.completesNames(cmd)
	return cmd
}

func (c *command) runExport(ctx context.Context, s *service.Service, r service.ExportRequest) error {
	j := s.StartExport(r)
	if err := c.wait(ctx, j); err != nil {
		return err
	}
	rep := j.Result().(service.ExportReport)
	if c.json {
		c.printJSON(rep)
		c.sayMissing(rep)
		return rep.Err()
	}
	t := table{head: []string{"FILE", "OBJECTS", "SIZE", "COLLECTION", "ACCOUNT"}, right: map[int]bool{1: true, 2: true}}
	for _, f := range rep.Files {
		t.add(f.Name, f.Objects, size(f.Bytes), f.Collection, f.Account)
	}
	c.sayAt(r.At)
	c.print(&t)
	c.printf("Exported %s, %s, to %s\n", count(rep.Objects, "object", "objects"), size(rep.Bytes), clean(rep.Path))
	for _, n := range rep.Notes {
		c.note("%s", n)
	}
	c.sayMissing(rep)
	return rep.Err()
}

// missingRows is how many objects that can't be read are named one by one.
const missingRows = 50

// sayMissing names what an export lacks.
func (c *command) sayMissing(rep service.ExportReport) {
	if n := rep.Lacks(); n > 0 {
		c.nameMissing(n, rep.Missing, rep.Path, ", which MANIFEST.json names")
	}
}

// nameMissing names the objects that are missing somewhere, n in all; further says
// of those that are only counted where they are named.
func (c *command) nameMissing(n int, missing []service.Missing, where, further string) {
	c.note("%s can't be read and %s missing in %s:", count(n, "object", "objects"), isOrAre(n), where)
	for i, m := range missing {
		if i == missingRows {
			c.note("  and %s more%s", pim.Number(int64(len(missing)-missingRows)), further)
			break
		}
		c.note("  %s", missingWords(m))
	}
}

func isOrAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// missingWords is "home: Friends: object 7 (Anna, /c7.vcf): why".
func missingWords(m service.Missing) string {
	what := fmt.Sprintf("object %d (%s)", m.ID, m.Href)
	switch {
	case m.ID == 0:
		what = count(m.Objects, "object", "objects")
	case m.Title != "":
		what = fmt.Sprintf("object %d (%s, %s)", m.ID, m.Title, m.Href)
	}
	return m.Account + ": " + m.Collection + ": " + what + ": " + m.Why
}

func (c *command) reindex() *cobra.Command {
	return &cobra.Command{Use: "reindex", Short: "Read every stored object anew for lists and search", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), writing, func(ctx context.Context, s *service.Service) error {
				j := s.StartReindex()
				if err := c.wait(ctx, j); err != nil {
					return err
				}
				n := j.Snapshot().Total
				if c.json {
					c.printJSON(map[string]int64{"objects": n})
					return nil
				}
				c.printf("Read %s anew.\n", count(n, "object", "objects"))
				return nil
			})
		}}
}

func (c *command) version() *cobra.Command {
	return &cobra.Command{Use: "version", Short: "Print the version", Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			if c.json {
				revision := ""
				if info, ok := debug.ReadBuildInfo(); ok {
					for _, s := range info.Settings {
						if s.Key == "vcs.revision" {
							revision = s.Value
						}
					}
				}
				c.printJSON(map[string]any{"version": c.env.Version, "revision": revision, "go": runtime.Version(),
					"os": runtime.GOOS, "arch": runtime.GOARCH, "window": c.env.Window != nil})
				return nil
			}
			c.printf("sidekeep %s\n", c.env.Version)
			return nil
		}}
}
