package cli

import (
	"context"

	"github.com/spf13/cobra"

	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

func (c *command) verify() *cobra.Command {
	var deep bool
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Check the whole vault, and compare it with the servers' own lists",
		Long: `Reads the whole vault and checks it: the structure of the file, the bytes of every
object against their SHA-256, the history, lists and search. Then every account is
mirrored and compared with what its server lists; what that brings is checked too.

--deep is the restore drill: everything is loaded into a server that runs inside
Sidekeep for this only, mirrored back into a scratch vault, and compared byte by
byte.

Exit code 8 says that the copy here is not whole; every problem is named. A loss on
a server that waits for a decision is said, and no problem of the copy: exit code 0.
A vault that is damaged is not written to any more: ` + "`sidekeep rescue`" + ` gets out what
can be read.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withOrReading(cmd.Context(), func(ctx context.Context, s *service.Service) error { return c.runVerify(ctx, s, deep) })
		},
	}
	cmd.Flags().BoolVar(&deep, "deep", false, "rehearse a restore: load everything into a server, mirror it back, compare")
	return cmd
}

func (c *command) runVerify(ctx context.Context, s *service.Service, deep bool) error {
	j := s.StartVerify(deep)
	c.fetching = true // stopping it is like stopping a mirror
	if err := c.wait(ctx, j); err != nil {
		return err
	}
	rep := j.Result().(service.VerifyReport)
	if !rep.OK {
		c.code = pim.Storage.ExitCode()
	}
	if c.json {
		c.printJSON(rep)
		return nil
	}
	n := rep.Checked
	c.printf("Checked %s with %s, %s.\n", count(n.Objects, "object", "objects"), count(n.Revisions, "revision", "revisions"), size(n.Bytes))
	for _, x := range rep.Notes {
		c.note("%s", x)
	}
	if len(rep.Problems) > 0 {
		t := table{head: []string{"PROBLEM", "WHAT", "WHERE"}}
		for _, p := range rep.Problems {
			t.add(p.Kind, p.What, p.Where)
		}
		c.print(&t)
		c.sayAbout("", service.ErrorInfo{Fault: pim.Storage.String(), Message: count(len(rep.Problems), "problem was", "problems were") + " found", Hint: verifyHint(rep)})
		return nil
	}
	open, err := s.Incidents(ctx, true)
	if err != nil {
		return err
	}
	if len(open) == 0 {
		c.printf("All is well.\n")
	} else {
		c.printf("The copy here is whole. %s a decision: see `sidekeep incidents`.\n", count(len(open), "loss or doubtful change waits for", "losses or doubtful changes wait for"))
	}
	if rep.ProvenAt != nil {
		c.printf("Restorable, proven %s.\n", moment(rep.ProvenAt))
	}
	return nil
}

// verifyHint is the next step, by the worst of what was found.
func verifyHint(rep service.VerifyReport) string {
	kinds := map[string]bool{}
	for _, p := range rep.Problems {
		kinds[p.Kind] = true
	}
	switch {
	case kinds["integrity"] || kinds["blob"] || kinds["revision"]:
		return "`sidekeep rescue --to FOLDER` exports everything that can still be read; then mirror anew into another folder with --vault, and keep this one"
	case kinds["drill"]:
		return "run `sidekeep verify --deep` again; what could not be restored is named above, and is in the vault"
	case kinds["server"]:
		return "run `sidekeep mirror`, then `sidekeep verify` again; what the server lists and does not give is in `sidekeep status`"
	}
	return "`sidekeep reindex` makes lists and search anew from the stored bytes"
}
