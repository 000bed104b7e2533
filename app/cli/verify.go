package cli

import (
	"context"
	"slices"

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
	proof, _ := s.Proofs(ctx) // what can't be read is among the problems
	j := s.StartVerify(deep)
	c.fetching = true // stopping it is like stopping a mirror
	if err := c.wait(ctx, j); err != nil {
		return err
	}
	rep := j.Result().(service.VerifyReport)
	if !rep.OK {
		c.code = pim.Storage.ExitCode()
	}
	known := notNamed(proof.Notices, rep)
	if c.json {
		for _, n := range known {
			rep.Notes = append(rep.Notes, n.Message+" "+n.Hint)
		}
		c.printJSON(rep)
		return s.SeenNotices(ctx, "")
	}
	if err := c.printVerify(ctx, s, rep, known); err != nil {
		return err
	}
	return s.SeenNotices(ctx, "")
}

// notNamed leaves out the notice of what is among the problems that were found.
func notNamed(all []service.ProofNotice, rep service.VerifyReport) []service.ProofNotice {
	return slices.DeleteFunc(all, func(n service.ProofNotice) bool {
		return slices.ContainsFunc(rep.Problems, func(p pim.Problem) bool { return p.Kind == n.Kind })
	})
}

// printVerify prints what was found, and tells what was noticed before and nobody
// has seen yet.
func (c *command) printVerify(ctx context.Context, s *service.Service, rep service.VerifyReport, known []service.ProofNotice) error {
	n := rep.Checked
	c.printf("Checked %s with %s, %s.\n", count(n.Objects, "object", "objects"), count(n.Revisions, "revision", "revisions"), size(n.Bytes))
	for _, x := range rep.Notes {
		c.note("%s", x)
	}
	for _, n := range known {
		c.sayNotice(n)
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
	switch {
	case len(open) == 0 && len(known) == 0:
		c.printf("All is well.\n")
	case len(open) == 0:
		c.printf("The copy here is whole.\n")
	default:
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
		return "`sidekeep rescue --to FOLDER` exports everything that can still be read; then `sidekeep rescue --anew` begins a new vault beside this one"
	case kinds["older"]:
		return "`sidekeep mirror` fetches what the server still has; what only those runs held may be in a copy that `sidekeep copy` made: read it with --vault FILE"
	case kinds["drill"]:
		return "run `sidekeep verify --deep` again; what could not be restored is named above, and is in the vault"
	case kinds["server"]:
		return "run `sidekeep mirror`, then `sidekeep verify` again; what the server lists and does not give is in `sidekeep status`"
	}
	return "`sidekeep reindex` makes lists and search anew from the stored bytes"
}
