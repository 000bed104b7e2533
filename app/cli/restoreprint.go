package cli

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

func (c *command) printPlan(p service.RestorePlan) {
	t := table{head: []string{"ACTION", "TITLE", "INTO", "ADDRESS", "WHY"}}
	var by sums
	for _, s := range p.Steps {
		by.count(string(s.Action), s.Why)
	}
	for _, s := range p.Steps {
		if s.Action != pim.Identical && !by.many(string(s.Action), s.Why) { // of what needs nothing the number is enough
			t.add(s.Action, s.Title, s.Into, s.Href, s.Why)
		}
	}
	if len(t.rows) > 0 {
		c.print(&t)
	}
	by.print(c, string(pim.Identical))
	c.printf("Plan %d, to %s: %s\n", p.ID, clean(p.To), counts(p.Counts, "nothing"))
	for _, name := range p.Collections {
		c.printf("The collection %s would be made.\n", clean(name))
	}
	for _, n := range p.Notes {
		c.note("%s", n)
	}
	c.printMail(p)
	of := func(a pim.Action) int { return p.Counts[string(a)] }
	switch {
	case of(pim.Create)+of(pim.Update) > 0:
		c.printf("Nothing was changed. To do it: sidekeep restore run %d\n", p.ID)
	case of(pim.Cannot)+of(pim.Conflict) > 0:
		c.printf("Nothing was changed, and this plan would put nothing back.\n")
	default:
		c.printf("Nothing was changed, and there is nothing to do.\n")
	}
	c.hintOptions(p)
}

// printMail says who could be sent mail: because of this plan where it uploads the
// exact bytes, and otherwise by one that would.
func (c *command) printMail(p service.RestorePlan) {
	if n := len(p.CouldBeMailed); !p.AsIs && n > sumOver {
		who := map[string]bool{}
		for _, m := range p.CouldBeMailed {
			for _, a := range m.Addresses {
				who[a] = true
			}
		}
		c.note("only with --as-is could mail be sent: to %s because of %d events", count(len(who), "person", "people"), n)
		return
	}
	for _, m := range p.CouldBeMailed {
		to := strings.Join(m.Addresses, ", ")
		if p.AsIs {
			c.note("could be sent mail because of %s: %s", m.Title, to)
		} else {
			c.note("only with --as-is could mail be sent because of %s: %s", m.Title, to)
		}
	}
}

// planOptions are the options that help where a step's reason names them.
var planOptions = []struct{ option, hint string }{
	{"--make", "to have the missing address books and calendars made, plan again with --make"},
	{"--overwrite", "to put the old state over what changed on the server since, plan again with --overwrite"},
	{"--as-is", "to put back events with other people although the server tells them of it, plan again with --as-is"},
	{"--new-uids", "to give new UIDs where one is taken, plan again with --new-uids"},
}

// hintOptions names the options that more could be put back with.
func (c *command) hintOptions(p service.RestorePlan) {
	for _, o := range planOptions {
		if slices.ContainsFunc(p.Steps, func(s service.RestoreStep) bool { return strings.Contains(s.Why, "("+o.option+")") }) {
			fmt.Fprintf(c.env.Stderr, "hint: %s\n", o.hint)
		}
	}
}

// sumOver is how many objects with the same word and the same reason are listed
// one by one; more of them are one line.
const sumOver = 10

// sums counts objects by word and reason, in the order in which they come.
type sums struct {
	order []sumKey
	n     map[sumKey]int
}

type sumKey struct{ word, why string }

func (s *sums) count(word, why string) {
	k := sumKey{word, why}
	if s.n == nil {
		s.n = map[sumKey]int{}
	}
	if s.n[k]++; s.n[k] == 1 {
		s.order = append(s.order, k)
	}
}

func (s *sums) many(word, why string) bool { return s.n[sumKey{word, why}] > sumOver }

// print writes a line for each many, but for the words in not.
func (s *sums) print(c *command, not ...string) {
	for _, k := range s.order {
		if !s.many(k.word, k.why) || slices.Contains(not, k.word) {
			continue
		}
		line := k.word + "  " + count(s.n[k], "object", "objects")
		if k.why != "" {
			line += ": " + k.why
		}
		c.printf("%s\n", clean(line))
	}
}

// worded is counts of results under their words for a person.
func worded(m map[string]int) map[string]int {
	out := map[string]int{}
	for k, n := range m {
		out[service.ResultWord(pim.RestoreResult(k))] += n
	}
	return out
}

// counts words a map of numbers, in the order of their names.
func counts(m map[string]int, none string) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if m[k] > 0 && k != "" {
			parts = append(parts, strconv.Itoa(m[k])+" "+k)
		}
	}
	if len(parts) == 0 {
		return none
	}
	return strings.Join(parts, ", ")
}

func (c *command) printReceipt(r service.Receipt) {
	t := table{head: []string{"RESULT", "TITLE", "ADDRESS", "WHY"}, max: 60}
	var by sums
	for _, i := range r.Items {
		by.count(service.ResultWord(i.Result), receiptWhy(i))
	}
	fine := []string{string(pim.DoneCreated), string(pim.DoneIdentical), string(pim.DoneUpdated)}
	for _, i := range r.Items {
		word, why := service.ResultWord(i.Result), receiptWhy(i)
		if !slices.Contains(fine, word) && !by.many(word, why) {
			if i.NewUID != "" {
				why = strings.TrimSpace(why + " new UID " + i.NewUID)
			}
			t.add(word, i.Title, i.Href, why)
		}
	}
	if len(t.rows) > 0 {
		c.print(&t)
	}
	by.print(c, fine...)
	c.printf("Restore %d to %s, %s: %s\n", r.ID, clean(r.To), r.State, counts(worded(r.Counts), "nothing"))
	if r.File != "" {
		c.printf("Receipt: %s\n", clean(r.File))
	}
	for _, n := range r.Notes {
		c.note("%s", n)
	}
	said := map[string]bool{}
	for _, i := range r.Items {
		if i.Offer != "" && !said[i.Offer] {
			c.note("%s", i.Offer)
			said[i.Offer] = true
		}
	}
}

// receiptWhy is what is to be said of one object, and may hold for others too.
func receiptWhy(i service.ReceiptItem) string {
	why := i.Why
	if len(i.Lines) > 0 {
		why = strings.TrimSpace(why + " (" + strings.Join(i.Lines, ", ") + ")")
	}
	return why
}
