package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sidekeep/app/present"
	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

func (c *command) mirror() *cobra.Command {
	return &cobra.Command{
		Use:   "mirror [NAME...]",
		Short: "Bring the vault up to date with the named accounts, or all",
		Long: `Fetches what is new and changed. What is gone on the server is marked as deleted
and stays in the history; a suspicious loss is held back and reported.

The exit code is that of the worst outcome: 0 complete, 3 some objects could not
be fetched and are tried again next time, 7 a loss is held or an incident waits
for a decision, otherwise that of what failed.`,
		ValidArgsFunction: c.accountNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), writing, func(ctx context.Context, s *service.Service) error {
				return c.runMirror(ctx, s, args...)
			})
		},
	}
}

// runMirror mirrors, prints the report, and sets the exit code.
func (c *command) runMirror(ctx context.Context, s *service.Service, names ...string) error {
	c.fetching = true
	began := time.Now()
	j := s.StartMirror(names...)
	err := c.wait(ctx, j)
	rep, _ := j.Result().(service.MirrorReport)
	if err == nil && len(rep.Accounts) == 0 {
		return invalid("mirror", "there are no accounts to mirror", "add one: `sidekeep account add URL-OR-ADDRESS --user USER`")
	}
	if err != nil && len(rep.Accounts) == 0 {
		return err
	}
	if c.json {
		c.printJSON(rep)
	} else {
		c.printMirror(rep)
	}
	c.code = mirrorCode(rep)
	for _, a := range rep.Accounts {
		c.sayMirror(a, rep.Incidents)
	}
	c.sayInterrupted(ctx, s)
	if e := c.tell(ctx, s, rep, began); err == nil && e != nil && ctx.Err() == nil {
		return e
	}
	if err != nil {
		if said := rep.Accounts[len(rep.Accounts)-1].Error; said == nil || said.Message != present.Explain(err).Message || pim.FaultOf(err) == pim.Stopped {
			c.say(present.Explain(err))
		}
		c.code = pim.FaultOf(err).ExitCode()
	}
	return nil
}

// printMirror is the report as a table.
func (c *command) printMirror(rep service.MirrorReport) {
	t := table{head: []string{"ACCOUNT", "COLLECTION", "KIND", "OUTCOME", "OBJECTS", "NEW", "CHANGED", "DELETED", "HELD", "OWED"},
		right: map[int]bool{4: true, 5: true, 6: true, 7: true, 8: true, 9: true}, max: 40}
	for _, a := range rep.Accounts {
		for _, k := range a.Collections {
			t.add(a.Name, k.Name, k.Kind, outcomeWord(a, k.Outcome), k.Objects, k.Created, k.Modified, k.Deleted, k.Held, k.Owed)
		}
	}
	if len(t.rows) > 0 {
		c.print(&t)
	}
	for _, a := range rep.Accounts {
		c.printf("%s: %s, %s, %s, %.1f s\n", clean(a.Name), outcomeWord(a, a.Outcome), count(a.Requests, "request", "requests"), size(a.BytesReceived), a.Seconds)
	}
}

// outcomeWord words an outcome for a person: what they stopped themselves has
// not failed.
func outcomeWord(a service.AccountReport, o pim.Outcome) string {
	if o == pim.Failed && a.Error != nil && a.Error.Fault == pim.Stopped.String() {
		return "stopped"
	}
	return string(o)
}

// sayMirror tells on standard error what a person has to know of an account.
func (c *command) sayMirror(a service.AccountReport, open []service.Incident) {
	if a.Error != nil && a.Error.Fault != pim.Stopped.String() {
		c.sayAccount(a.Name, *a.Error)
	}
	c.sayWarnings(a.Name, a.Warnings)
	if a.Error == nil && len(a.Collections)+len(a.Warnings) == 0 {
		c.note("%s: the server has no address books and no calendars for this login, so there was nothing to mirror", a.Name)
	}
	for _, k := range a.Collections {
		name := a.Name + ": " + k.Name
		switch {
		case k.Held > 0 && k.Outcome == pim.HeldBack && !about(open, a.Name, k.Name):
			info := present.Explain(&pim.Error{Fault: pim.Held, Op: "mirror"})
			if k.Reason != "" {
				info.Message = k.Reason
			}
			c.sayAbout(name, info)
		case k.Owed > 0 && k.Outcome == pim.Partial:
			info := present.Explain(&pim.Error{Fault: pim.BadObject, Op: "mirror"})
			info.Message = k.Reason
			if k.Reason == "" {
				info.Message = count(k.Owed, "object", "objects") + " could not be fetched and will be tried again."
			}
			c.sayAbout(name, info)
		case outcomeWord(a, k.Outcome) == string(pim.Failed) && k.Reason != "" && (a.Error == nil || a.Error.Message != k.Reason):
			c.note("%s: %s", name, k.Reason)
		}
	}
}

// sayAccount tells why an account could not be mirrored, and of a refused login the
// command that takes another password.
func (c *command) sayAccount(name string, info service.ErrorInfo) {
	const take = "account password"
	if info.Fault == pim.Denied.String() && !info.LoginWorks && strings.Contains(info.Message, "did not accept") && !strings.Contains(info.Hint, take) {
		info.Hint = strings.TrimSpace(fmt.Sprintf("%s To give another password: `sidekeep %s %q`.", info.Hint, take, name))
	}
	c.sayAbout(name, info)
}

// sayInterrupted reminds of restores that stopped half-way. That they can't be read
// is no reason to call what was done just now failed.
func (c *command) sayInterrupted(ctx context.Context, s *service.Service) {
	stopped, err := s.InterruptedRestores(ctx)
	if err != nil {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(stopped)) {
		c.note("%s: restore %d stopped half-way; `sidekeep restore run %d` goes on with it", name, stopped[name], stopped[name])
	}
}

// about says whether an open incident tells of a collection.
func about(open []service.Incident, account, collection string) bool {
	return slices.ContainsFunc(open, func(i service.Incident) bool {
		return i.Account == account && (i.Collection == "" || i.Collection == collection)
	})
}

// mirrorCode is the exit code of the worst outcome.
func mirrorCode(rep service.MirrorReport) int {
	worst, fault := pim.Complete, pim.Internal
	if len(rep.Incidents) > 0 {
		worst = pim.HeldBack // also where this run changed nothing about it
	}
	for _, a := range rep.Accounts {
		if a.Outcome == pim.Failed && worst != pim.Failed && a.Error != nil {
			fault = pim.ParseFault(a.Error.Fault)
		}
		worst = worst.Worse(a.Outcome)
	}
	switch worst {
	case pim.Complete, "":
		return 0
	case pim.Partial:
		return pim.BadObject.ExitCode()
	case pim.HeldBack:
		return pim.Held.ExitCode()
	}
	return fault.ExitCode()
}
