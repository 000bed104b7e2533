package cli

import (
	"context"

	"github.com/spf13/cobra"

	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

func (c *command) rescue() *cobra.Command {
	var to string
	var anew bool
	cmd := &cobra.Command{
		Use:   "rescue --to FOLDER",
		Short: "Get everything out of a damaged vault that can still be read",
		Long: `Writes everything that can still be read of a vault, however damaged, as standard
files: each collection with what it shows; in found/ what belongs to no collection
that is known any more; in older/ earlier states and what was deleted; in damaged/
bytes that are not those that came; and RESCUE.json with what could not be read.
The vault itself is only read.

--anew makes a fresh vault beside the damaged one, with its accounts, and moves
nothing: ` + "`sidekeep --vault NEW-FOLDER mirror`" + ` then fetches everything again.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			switch {
			case anew && to != "":
				return invalid("rescue", "--to and --anew are two things", "run `sidekeep rescue --to FOLDER` first, and then `sidekeep rescue --anew`")
			case anew:
				return c.runAnew(ctx)
			case to == "":
				return invalid("rescue", "it is not said where the files should go", "give a folder with --to")
			}
			return c.runRescue(ctx, to)
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "the `folder` to write, which is made")
	cmd.Flags().BoolVar(&anew, "anew", false, "make a fresh vault beside this one, with its accounts")
	return cmd
}

func (c *command) runRescue(ctx context.Context, to string) error {
	rep, err := service.Rescue(ctx, c.config(), to, nil)
	if err != nil {
		return err
	}
	if c.json {
		c.printJSON(rep)
	} else {
		for _, f := range rep.Files {
			c.printf("%s\n", clean(f))
		}
		c.printf("Rescued %s, %s, to %s\n", count(rep.Objects, "object", "objects"), size(rep.Bytes), clean(rep.Path))
	}
	if len(rep.Problems) == 0 {
		return nil
	}
	c.code = pim.BadObject.ExitCode()
	if !c.json {
		t := table{head: []string{"PROBLEM", "WHAT", "WHERE"}}
		for _, p := range rep.Problems {
			t.add(p.Kind, p.What, p.Where)
		}
		c.print(&t)
	}
	c.note("%s; they are in RESCUE.json too", count(len(rep.Problems), "part could not be read", "parts could not be read"))
	return nil
}

func (c *command) runAnew(ctx context.Context) error {
	rep, err := service.Anew(ctx, c.config())
	if err != nil {
		return err
	}
	for _, n := range rep.Notes {
		c.note("%s", n)
	}
	if c.json {
		c.printJSON(rep)
		return nil
	}
	dir := clean(rep.Vault)
	if rep.Default && c.vault == "" {
		c.printf("A new vault is in %s, and is opened from now on; the damaged one was left as it is.\nTo fill it: sidekeep mirror\n", dir)
		return nil
	}
	c.printf("A new vault is in %s; the damaged one was left as it is.\nTo fill it: sidekeep --vault %q mirror\n", dir, dir)
	return nil
}
