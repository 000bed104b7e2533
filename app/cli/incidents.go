package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

func (c *command) incidents() *cobra.Command {
	all := false
	cmd := &cobra.Command{
		Use:   "incidents",
		Short: "List losses and doubtful changes that wait for a decision",
		Long: `Lists what looked like a loss when an account was mirrored: nothing of it was
removed here. An incident closes by itself when the server has everything again.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), reading, func(ctx context.Context, s *service.Service) error {
				list, err := s.Incidents(ctx, !all)
				if err != nil {
					return err
				}
				if c.json {
					c.printJSON(list)
					return nil
				}
				c.printIncidents(list, all)
				return nil
			})
		}}
	cmd.Flags().BoolVar(&all, "all", false, "those that are over too")
	return cmd
}

func (c *command) printIncidents(list []service.Incident, all bool) {
	t := table{head: []string{"ID", "SINCE", "ACCOUNT", "COLLECTION", "WHAT", "GONE", "CHANGED", "KEPT", "STATE", "IN WORDS"},
		right: map[int]bool{0: true, 5: true, 6: true, 7: true}, keep: map[int]bool{1: true}, max: 60}
	for _, i := range list {
		t.add(i.ID, moment(&i.Since), i.Account, i.Collection, verdict(i.Verdict), i.Gone, i.Changed, i.Kept, incidentState(i), i.Message)
	}
	if all {
		c.write(&t, "no incidents")
		return
	}
	c.write(&t, "no open incidents (--all shows those that are over)")
}

// verdict is a verdict's name as words.
func verdict(v pim.Verdict) string { return strings.ReplaceAll(string(v), "-", " ") }

func incidentState(i service.Incident) string {
	if i.Open {
		return "open"
	}
	return i.Closed
}

// shownIncident is the JSON document of incident ID.
type shownIncident struct {
	service.Incident
	Objects []service.IncidentObject `json:"objects"`
}

// incidentRows is how many objects of an incident are listed where not all are
// asked for.
const incidentRows = 50

func (c *command) incident() *cobra.Command {
	all, yes := false, false
	decisions := []string{"accept", "keep", "put-back"}
	cmd := &cobra.Command{
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) == 1 {
				return decisions, cobra.ShellCompDirectiveNoFileComp
			}
			return nil, cobra.ShellCompDirectiveNoFileComp
		},
		Use:   "incident ID [accept|keep|put-back]",
		Short: "Show an incident and its objects, or decide on it",
		Long: `Without a decision shows the incident and the objects it is about, the first 50 of
them without --all. --json lists each.
  accept    it was me: believe it. What is gone counts as deleted; it stays in the history.
  keep      keep it here for good, although the server has it no more, and stop asking.
  put-back  put everything back on the server, and close the incident. Where the login
            shows another account, --yes says that what is yours may be written to it.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 2 && !slices.Contains(decisions, args[1]) {
				return invalid("read the command line", fmt.Sprintf("%q is no decision", args[1]), "decide with accept, keep or put-back")
			}
			if len(args) == 2 && all {
				return invalid("read the command line", "--all goes with no decision: it lists the objects", fmt.Sprintf("write `sidekeep incident %s --all`", args[0]))
			}
			if yes && (len(args) != 2 || args[1] != "put-back") {
				return invalid("read the command line", "--yes goes with put-back alone", "write `sidekeep incident ID put-back --yes`")
			}
			if len(args) == 2 {
				return nil
			}
			return oneArg("ID")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := number("show the incident", "incident's ID", args[0], "`sidekeep incidents --all` lists them")
			if err != nil {
				return err
			}
			if len(args) == 1 {
				return c.with(cmd.Context(), reading, func(ctx context.Context, s *service.Service) error { return c.showIncident(ctx, s, id, all) })
			}
			return c.with(cmd.Context(), writing, func(ctx context.Context, s *service.Service) error { return c.decide(ctx, s, id, args[1], yes) })
		}}
	cmd.Flags().BoolVar(&yes, "yes", false, "put back into an account that seems to be another one")
	cmd.Flags().BoolVar(&all, "all", false, "list all of its objects")
	return cmd
}

func (c *command) showIncident(ctx context.Context, s *service.Service, id int64, all bool) error {
	i, err := s.Incident(ctx, id)
	if err != nil {
		return err
	}
	objects, err := s.IncidentObjects(ctx, id, 0, 0)
	if err != nil {
		return err
	}
	if c.json {
		c.printJSON(shownIncident{i, objects})
		return nil
	}
	c.printf("Incident %d, %s: %s, since %s, %s\n", i.ID, clean(placeOf(i)), verdict(i.Verdict), moment(&i.Since), incidentState(i))
	c.printf("%s\n", clean(i.Message))
	if i.GoodAt != nil {
		// A minute means its end, by which the loss may have come.
		c.printf("The last moment when all was well: %s (--at %s)\n", moment(i.GoodAt), i.GoodAt.Format(time.RFC3339Nano))
	}
	shown := objects
	if !all {
		shown = objects[:min(len(objects), incidentRows)]
	}
	t := table{head: []string{"ID", "WHAT", "KIND", "TITLE", "DETAIL", "COLLECTION"}, right: map[int]bool{0: true}}
	for _, o := range shown {
		t.add(o.ID, becameOf(o.What, i), o.Kind, o.Title, o.Subtitle, o.Collection)
	}
	c.write(&t, "no objects")
	if len(shown) < len(objects) {
		c.note("these are the first %d of %s; `sidekeep incident %d --all` lists them all", len(shown), count(len(objects), "object", "objects"), i.ID)
	}
	if i.Open {
		c.note("%s", waysOn(i))
	}
	return nil
}

// becameOf says how an object of an incident is: as it was found, until that was
// made good.
func becameOf(what string, i service.Incident) string {
	switch pim.Decision(i.Closed) {
	case pim.PutBack:
		return "put back"
	case pim.Recovered:
		return "as before"
	}
	return what
}

func placeOf(i service.Incident) string {
	if i.Collection == "" {
		return i.Account
	}
	return i.Account + ": " + i.Collection
}

// waysOn names the commands that decide on an incident.
func waysOn(i service.Incident) string {
	if i.Verdict == pim.WrongAccount {
		return fmt.Sprintf("look first whether address and user name are still right (`sidekeep account list`): this closes by itself when the login shows your own account again; "+
			"to decide: `sidekeep incident %d accept` (it was me), `sidekeep incident %d keep` (keep it here)", i.ID, i.ID)
	}
	return fmt.Sprintf("to decide: `sidekeep incident %d put-back` (put it back on the server), `sidekeep incident %d accept` (it was me), "+
		"`sidekeep incident %d keep` (keep it here)", i.ID, i.ID, i.ID)
}

func (c *command) decide(ctx context.Context, s *service.Service, id int64, how string, yes bool) error {
	if how == "put-back" {
		if i, err := s.Incident(ctx, id); err == nil && i.Open && i.Verdict == pim.WrongAccount && !yes {
			return &pim.Error{Fault: pim.Invalid, Op: "put back", Reason: "wrong-account",
				Err: errors.New("this login shows another account, which may be somebody else's, so nothing was written to it"),
				Hint: fmt.Sprintf("look whether address and user name are still right (`sidekeep account list`): the incident closes by itself when the login shows your own again; "+
					"if this account is yours, write `sidekeep incident %d put-back --yes`", id)}
		}
		return c.carryOut(ctx, s.StartPutBack(id))
	}
	d := map[string]pim.Decision{"accept": pim.Accepted, "keep": pim.KeptHere}[how]
	i, err := s.DecideIncident(ctx, id, d)
	if err != nil {
		return err
	}
	if c.json {
		c.printJSON(i)
		return nil
	}
	if d == pim.Accepted {
		c.printf("Incident %d is closed: what the server shows is believed. The history keeps what was there.\n", i.ID)
	} else {
		c.printf("Incident %d is closed: everything is kept here for good.\n", i.ID)
	}
	return nil
}

// tell notifies of incidents that nobody was told of yet and of those that are over,
// and reminds of those that are still open, of accounts that could be looked at: in
// words where they say something else than before. One that was over when the
// mirroring began is open again.
func (c *command) tell(ctx context.Context, s *service.Service, rep service.MirrorReport, began time.Time) error {
	fresh, err := s.NewIncidents(ctx)
	if err != nil {
		return err
	}
	for _, i := range fresh {
		c.sayAbout(placeOf(i), service.ErrorInfo{Fault: pim.Held.String(), Message: i.Message, Hint: waysOn(i) + fmt.Sprintf("; `sidekeep incident %d` shows the objects", i.ID)})
	}
	for _, i := range rep.Recovered {
		c.note("%s: the server has everything again; incident %d is closed", placeOf(i), i.ID)
	}
	failed := map[string]bool{}
	for _, a := range rep.Accounts {
		failed[a.Name] = a.Outcome == pim.Failed
	}
	still := slices.DeleteFunc(slices.Clone(rep.Incidents), func(i service.Incident) bool { return failed[i.Account] || is(fresh, i) })
	changed, err := s.ChangedIncidents(ctx, still)
	for _, i := range still {
		switch {
		case !i.Since.Before(began.Truncate(time.Millisecond)) && !i.Since.After(time.Now()): // not by a clock that was ahead
			c.note("%s: incident %d is open again: %s `sidekeep incident %d` shows it", placeOf(i), i.ID, i.Message, i.ID)
		case is(changed, i):
			c.note("%s: incident %d is still open, and is now: %s `sidekeep incident %d` shows it", placeOf(i), i.ID, i.Message, i.ID)
		default:
			c.note("%s: incident %d is still open; `sidekeep incident %d` shows it", placeOf(i), i.ID, i.ID)
		}
	}
	return err
}

func is(some []service.Incident, one service.Incident) bool {
	return slices.ContainsFunc(some, func(i service.Incident) bool { return i.ID == one.ID })
}
