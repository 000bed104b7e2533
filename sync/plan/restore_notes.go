package plan

import (
	"fmt"

	"sidekeep/sync/pim"
)

// notes says what holds for all of the plan.
func (p *planner) notes() {
	mail, renewed := 0, 0
	for _, s := range p.plan.Steps {
		if len(s.Mail) > 0 {
			mail++
		}
		if s.NewUID != "" && s.Action == pim.Create {
			renewed++
		}
	}
	say := func(format string, a ...any) { p.plan.Notes = append(p.plan.Notes, fmt.Sprintf(format, a...)) }
	for _, m := range p.plan.Makes {
		what := "an address book"
		if m.Kind == pim.Calendar {
			what = "a calendar"
		}
		say("This restore makes %s named %q.", what, m.Name) // true of a plan, and of a receipt
	}
	switch {
	case mail > 0 && p.f.Ask.AsIs:
		say("%s stored byte for byte: the server may send mail to the people in them.", counted(mail, "event with other people is", "events with other people are"))
	case mail > 0:
		say("No mail is sent: %s stored so that the server invites nobody (SCHEDULE-AGENT=CLIENT).", counted(mail, "event with other people is", "events with other people are"))
	}
	if renewed > 0 {
		say("%s a new UID.", counted(renewed, "object gets", "objects get"))
	}
	if p.own {
		say("This server gives new objects names of its own choice.")
	}
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
