package cli

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

func (c *command) restore() *cobra.Command {
	cmd := &cobra.Command{Use: "restore", Short: "Put back what was lost, here or at another provider", Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			return invalid("read the command line", "restore does nothing by itself", "use `sidekeep restore plan`, run, list or show")
		}}
	cmd.AddCommand(c.restorePlan(), c.restoreRun(), c.restoreList(), c.restoreShow())
	return cmd
}

func (c *command) restorePlan() *cobra.Command {
	var ask pim.RestoreAsk
	var ids []string
	var to string
	cmd := &cobra.Command{
		Use:   "plan (--at TIME | --ids ID,... | --incident ID) --to ACCOUNT|FOLDER",
		Short: "Say what a restore would do, and change nothing",
		Long: `Says for every object whether it would be created, updated or left alone. Nothing
is written but the plan. More than 10 objects with the same reason are one line;
--json lists each. By default no invitation leaves; --as-is uploads the exact bytes,
and the plan says who could then be sent mail by the server.`,
		Example: `  sidekeep restore plan --at yesterday --to Home
  sidekeep restore plan --at 2026-03-14 --account Old --to New --make
  sidekeep restore plan --ids 12,15 --to ./found`,
		Args: noArgs,
	}
	f := cmd.Flags()
	f.StringSliceVar(&ids, "ids", nil, "only these objects, by `ID`")
	f.Int64Var(&ask.Revision, "revision", 0, "with one ID: this `revision` of it, from its history")
	f.Int64Var(&ask.Incident, "incident", 0, "what this incident lost, by `ID`")
	f.StringVar(&ask.Account, "account", "", "only what was in this `account`")
	f.StringVar(&ask.Collection, "collection", "", "only what was in this `collection`, by title or ID")
	f.StringVar(&to, "to", "", "`account` to write to, or a folder (write ./name)")
	f.StringVar(&ask.Into, "into", "", "put everything into this `collection` of the account")
	f.BoolVar(&ask.Make, "make", false, "make collections that the account lacks")
	f.BoolVar(&ask.Overwrite, "overwrite", false, "put over objects that changed on the server since")
	f.BoolVar(&ask.AsIs, "as-is", false, "upload the exact bytes: the server may mail the people invited")
	f.BoolVar(&ask.NewUIDs, "new-uids", false, "give a new UID where the server says that one is in use elsewhere")
	when := c.pastFlag(cmd)
	c.completesNames(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) (err error) {
		if ask.At, err = when.read(); err != nil {
			return err
		}
		return c.planRestore(cmd.Context(), ask, ids, to)
	}
	return cmd
}

// planRestore makes a plan of what was typed and prints it.
func (c *command) planRestore(ctx context.Context, ask pim.RestoreAsk, ids []string, to string) error {
	for _, text := range ids {
		id, err := number("plan a restore", "ID", text, "`sidekeep list all` and `sidekeep search WORDS --deleted` show the IDs")
		if err != nil {
			return err
		}
		if !slices.Contains(ask.IDs, id) {
			ask.IDs = append(ask.IDs, id)
		}
	}
	if (len(ask.IDs) > 0 || ask.Incident != 0) && ask.Account+ask.Collection != "" {
		return invalid("plan a restore", "--account and --collection narrow down a moment, and none is needed where --ids or --incident say what is meant",
			"leave them out; to choose where it goes, use --to and --into")
	}
	ask.To = to
	if service.IsFolder(to) {
		ask.To, ask.Folder = "", to
	}
	if err := service.CheckRestore(ask); err != nil { // before the vault is looked for
		return err
	}
	opened := false
	err := c.with(ctx, writing, func(ctx context.Context, s *service.Service) error {
		opened = true
		j := s.StartRestorePlan(ask)
		if err := c.wait(ctx, j); err != nil {
			return err
		}
		p := j.Result().(service.RestorePlan)
		if c.json {
			c.printJSON(p)
			return nil
		}
		c.printPlan(p)
		return nil
	})
	if e := service.OnlyRead(err); e != nil && !opened && ask.Folder != "" {
		e.Hint = "a plan is kept in the vault; `sidekeep export --at TIME --to FOLDER` needs none and writes everything as it was, `sidekeep show ID --at TIME --raw` one object"
	}
	return err
}

const hintPlans = "`sidekeep restore list` lists the plans"

func (c *command) restoreRun() *cobra.Command {
	return &cobra.Command{
		Use:   "run PLAN-ID",
		Short: "Carry a plan out, or go on where it was interrupted",
		Long: `Does what the plan says, reads every object back, and writes a receipt. What
changed on the server since the plan was made is not overwritten. A restore that
was interrupted goes on with the same command; nothing is written twice.`,
		Args: oneArg("plan's ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := number("restore", "plan's ID", args[0], hintPlans)
			if err != nil {
				return err
			}
			return c.with(cmd.Context(), writing, func(ctx context.Context, s *service.Service) error {
				return c.carryOut(ctx, s.StartRestore(id))
			})
		}}
}

// carryOut waits for a restore, prints its receipt, and sets the exit code: 3
// where something could not be put back.
func (c *command) carryOut(ctx context.Context, j *service.Job) error {
	err := c.wait(ctx, j)
	r, ok := j.Result().(service.Receipt)
	if !ok || r.ID == 0 {
		return err
	}
	if c.json {
		c.printJSON(r)
	} else {
		c.printReceipt(r)
	}
	if err == nil && r.Missing() > 0 {
		c.code = pim.BadObject.ExitCode()
	}
	return err
}

func (c *command) restoreList() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "List plans and restores, newest first", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), reading, func(ctx context.Context, s *service.Service) error {
				list, err := s.Restores(ctx)
				if err != nil {
					return err
				}
				if c.json {
					c.printJSON(list)
					return nil
				}
				t := table{head: []string{"ID", "MADE", "TO", "STATE", "PLAN", "DONE", "WHAT"}, right: map[int]bool{0: true}, keep: map[int]bool{1: true}, max: 60}
				for _, r := range list {
					state := r.State
					if r.Superseded != 0 {
						state = fmt.Sprintf("replaced by %d", r.Superseded)
					}
					t.add(r.ID, moment(&r.Created), r.To, state, counts(r.Counts, ""), counts(worded(r.Results), ""), r.What)
				}
				c.write(&t, "nothing was restored yet; to begin: sidekeep restore plan")
				return nil
			})
		}}
}

// shownRestore is the JSON document of restore show.
type shownRestore struct {
	Plan    service.RestorePlan `json:"plan"`
	Receipt *service.Receipt    `json:"receipt"`
}

func (c *command) restoreShow() *cobra.Command {
	return &cobra.Command{Use: "show PLAN-ID", Short: "Show a plan, and its receipt once it was carried out", Args: oneArg("plan's ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := number("show the plan", "plan's ID", args[0], hintPlans)
			if err != nil {
				return err
			}
			return c.with(cmd.Context(), reading, func(ctx context.Context, s *service.Service) error {
				out := shownRestore{}
				if out.Plan, err = s.RestorePlan(ctx, id); err != nil {
					return err
				}
				r, err := s.Receipt(ctx, id)
				if err != nil {
					return err
				}
				if !r.Started.IsZero() {
					out.Receipt = &r
				}
				switch {
				case c.json:
					c.printJSON(out)
				case out.Receipt != nil:
					c.printReceipt(r)
				default:
					c.printPlan(out.Plan)
				}
				return nil
			})
		}}
}

func (c *command) forget() *cobra.Command {
	var yes bool
	var again string
	cmd := &cobra.Command{
		Use:   "forget ID",
		Short: "Remove one object and its whole history from the vault, for good",
		Long: `Removes one object that is no longer on the server, whatever it was in the past
too. A mark without content stays in the history. You are asked twice: type its
title again, or give --yes and --again with its ID.`,
		Args: oneArg("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := number("forget", "ID", args[0], "`sidekeep search WORDS --deleted` shows the IDs")
			if err != nil {
				return err
			}
			switch {
			case yes && again == "":
				return invalid("forget", "the ID was not given again", fmt.Sprintf("write `sidekeep forget %d --yes --again %d`", id, id))
			case yes && again != strconv.FormatInt(id, 10):
				return invalid("forget", "the ID that was given again is another one, so nothing was forgotten", "give the same ID twice")
			case again != "" && !yes:
				return invalid("forget", "--again goes with --yes", fmt.Sprintf("write `sidekeep forget %d --yes --again %d`", id, id))
			}
			return c.with(cmd.Context(), writing, func(ctx context.Context, s *service.Service) error {
				if !yes {
					if err := s.MayForget(ctx, id); err != nil { // before anything is asked
						return err
					}
					if again, err = c.askTwice(ctx, s, id); err != nil {
						return err
					}
				}
				if err := s.Forget(ctx, id, again); err != nil {
					return err
				}
				if c.json {
					c.printJSON(map[string]any{"id": id, "forgotten": true})
					return nil
				}
				c.printf("Forgotten: object %d and its history. Copies and exports made before still have it.\n", id)
				return nil
			})
		}}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	cmd.Flags().StringVar(&again, "again", "", "the same `ID` once more, with --yes")
	return cmd
}

// askTwice has the person type the object's title.
func (c *command) askTwice(ctx context.Context, s *service.Service, id int64) (string, error) {
	revs, err := s.History(ctx, id)
	if err != nil {
		return "", err
	}
	title := service.TitleOf(revs)
	if title == "" {
		title = strconv.FormatInt(id, 10)
	}
	c.note("this removes %q and its history, %s, from this vault for good", title, count(len(revs), "state", "states"))
	fmt.Fprint(c.env.Stderr, "sidekeep: type the title, or the ID, to go on: ")
	line, err := c.line(ctx)
	if err != nil && strings.TrimSpace(line) == "" {
		fmt.Fprintln(c.env.Stderr)
	}
	if line = strings.TrimSpace(line); line == "" {
		return "", invalid("forget", "the title was not typed again, so nothing was forgotten", "type it, or use --yes --again ID")
	}
	return line, nil
}

func (c *command) thin() *cobra.Command {
	var yes, dry bool
	cmd := &cobra.Command{
		Use:   "thin",
		Short: "Say how much old history could go, or let it go with --yes",
		Long: `Keeps every state of the last 90 days, then the last of each day for two years,
then that of each month. No object loses what it is now or what it last was, and
nothing that an open incident needs goes. Without --yes nothing is changed. It is
refused while this computer's clock is far from the last mirroring: what is young
would be thinned as if it were old.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if yes && dry {
				return invalid("thin", "--yes and --dry-run were given", "give one of them; without either nothing is changed")
			}
			opened := reading // a copy too can be looked at
			if yes {
				opened = writing
			}
			return c.with(cmd.Context(), opened, func(ctx context.Context, s *service.Service) error {
				j := s.StartThin(!yes)
				if err := c.wait(ctx, j); err != nil {
					return err
				}
				p := j.Result().(service.ThinPlan)
				if c.json {
					c.printJSON(p)
					return nil
				}
				what := fmt.Sprintf("%s of %s, %s", count(p.Revisions, "old state", "old states"), count(p.Objects, "object", "objects"), size(p.Bytes))
				switch {
				case p.Revisions == 0:
					c.printf("There is nothing to thin: everything is young enough to be kept.\n")
				case p.Done:
					c.printf("Let go of %s.\n", what)
				default:
					c.printf("%s could go. Nothing was changed. To do it: sidekeep thin --yes\n", what)
				}
				return nil
			})
		}}
	cmd.Flags().BoolVar(&yes, "yes", false, "let it go")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "change nothing, as without --yes")
	return cmd
}
