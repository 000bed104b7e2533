package present

import (
	"fmt"
	"slices"
	"strings"

	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

// PlanView is what would happen, in words.
type PlanView struct {
	Title string
	Under string
	Level Level
	Lines []PlanLine
	Table RowTable
	Do    string // the button; "" there is nothing to do
	// The options that matter here.
	CanOverwrite, CanNewUIDs, CanMake, CanAsIs bool
}

// PlanLine is one sentence of a plan or a receipt.
type PlanLine struct {
	Level Level
	Text  string
}

// tally counts by kind.
type tally map[pim.Kind]int

func (t tally) sum() int { return t[pim.Contacts] + t[pim.Calendar] + t[""] }

// words is "698 contacts and 1 calendar entry".
func (t tally) words() string {
	var parts []string
	for _, k := range []pim.Kind{pim.Contacts, pim.Calendar, ""} {
		if t[k] > 0 {
			parts = append(parts, things(k, t[k]))
		}
	}
	return strings.Join(parts, wordAnd)
}

// say words a tally in the singular or the plural; "" for none.
func (t tally) say(one, many string) string {
	switch t.sum() {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf(one, t.words())
	}
	return fmt.Sprintf(many, t.words())
}

var actionWords = map[pim.Action]struct {
	word  string
	level Level
}{
	pim.Create:    {actCreate, LevelGood},
	pim.Update:    {actUpdate, LevelGood},
	pim.Identical: {actIdentical, LevelNone},
	pim.Conflict:  {actConflict, LevelNote},
	pim.Cannot:    {actCannot, LevelBad},
}

// actionOrder is what would not happen first: that is to be decided on.
var actionOrder = []pim.Action{pim.Cannot, pim.Conflict, pim.Create, pim.Update, pim.Identical}

// planView words the plans of one restore. It may take its time.
func planView(plans []service.RestorePlan, asks []pim.RestoreAsk) *PlanView {
	v := &PlanView{Under: planUnder, Level: LevelBusy}
	option := pim.RestoreAsk{}
	if len(asks) > 0 {
		option = asks[0]
	}
	folder := option.Folder != ""
	sum := sumOfPlans{counts: map[pim.Action]tally{}, mailed: map[string]bool{}}
	for a := range actionWords {
		sum.counts[a] = tally{}
	}
	for _, p := range plans {
		sum.add(v, p, folder)
	}
	inOrder(sum.rows)
	var invited []int32
	for i := range sum.rows {
		if sum.rows[i].guest {
			invited = append(invited, int32(i))
		}
	}
	v.Title = fmt.Sprintf(planTitle, strings.Join(sum.tos, wordAnd))
	if folder {
		v.Title = planTitleDir
	}
	words := make([]string, 0, len(actionOrder))
	for _, a := range actionOrder {
		words = append(words, actionWords[a].word)
	}
	v.Table = newTable(sum.rows, words)
	v.Table.narrow(fmt.Sprintf(planGuests, Number(int64(len(invited)))), invited)
	counts := sum.counts
	v.CanOverwrite = counts[pim.Conflict].sum() > 0 || option.Overwrite
	v.CanNewUIDs = v.CanNewUIDs || option.NewUIDs
	v.CanMake = !folder && (v.CanMake || len(sum.made) > 0 || !option.Make)
	v.CanAsIs = len(invited) > 0 && !folder
	v.sentences(counts, sum.made, folder)
	if n := counts[pim.Identical].sum(); n > 0 && n == len(sum.rows) && len(sum.made) == 0 {
		v.Title, v.Under, v.Level = fmt.Sprintf(planTitleSame, strings.Join(sum.tos, wordAnd)), planUnderSame, LevelGood
	}
	switch put := counts[pim.Create][pim.Calendar] + counts[pim.Update][pim.Calendar]; {
	case folder || put == 0:
	case len(invited) == 0:
		v.Lines = append(v.Lines, PlanLine{LevelGood, planNoMail})
	default:
		v.mail(len(invited), sum.mailed, option.AsIs)
	}
	return v
}

// sumOfPlans is what several plans come to.
type sumOfPlans struct {
	counts    map[pim.Action]tally
	rows      []RestoreRow
	made, tos []string        // collections to be made; where to
	mailed    map[string]bool // addresses that could be sent mail
}

// add takes in one plan, and notes in v which options matter to it.
func (sum *sumOfPlans) add(v *PlanView, p service.RestorePlan, folder bool) {
	guests := map[string]bool{}
	for _, m := range p.CouldBeMailed {
		guests[m.Href+"\n"+m.Title] = true
		for _, a := range m.Addresses {
			sum.mailed[a] = true
		}
	}
	for _, s := range p.Steps {
		sum.counts[s.Action][s.Kind]++
		w := actionWords[s.Action]
		row := RestoreRow{Kind: kindOf(s.Kind), Title: s.Title, Into: s.Into, Word: w.word, Level: w.level, Why: planWhy(s.Why), rank: slices.Index(actionOrder, s.Action)}
		switch {
		case folder:
			row.Word, row.Why, row.rank = actWritten, "", 0
		case s.Action == pim.Create && s.Why == "it is not there", s.Why == "the server has it, byte for byte": // the word says it
			row.Why = ""
		}
		row.guest = guests[s.Href+"\n"+s.Title] && (s.Action == pim.Create || s.Action == pim.Update)
		v.CanNewUIDs = v.CanNewUIDs || strings.Contains(s.Why, "--new-uids")
		v.CanMake = v.CanMake || strings.Contains(s.Why, "--make")
		sum.rows = append(sum.rows, row)
	}
	sum.made = append(sum.made, p.Collections...)
	if !slices.Contains(sum.tos, p.To) {
		sum.tos = append(sum.tos, p.To)
	}
}

// sentences says what would happen, most important first.
func (v *PlanView) sentences(counts map[pim.Action]tally, made []string, folder bool) {
	add := func(l Level, s string) {
		if s != "" {
			v.Lines = append(v.Lines, PlanLine{l, s})
		}
	}
	todo := tally{}
	for _, a := range []pim.Action{pim.Create, pim.Update} {
		for k, n := range counts[a] {
			todo[k] += n
		}
	}
	do := planDo
	if folder {
		do = planDoDir
		add(LevelGood, counts[pim.Create].say(planWriteOne, planWrite))
	} else {
		add(LevelGood, counts[pim.Create].say(planMakeOne, planMake))
	}
	add(LevelGood, counts[pim.Update].say(planUpdateOne, planUpdate))
	if len(made) > 0 {
		add(LevelGood, fmt.Sprintf(planNew, strings.Join(made, ", ")))
	}
	if todo.sum() == 0 && counts[pim.Conflict].sum()+counts[pim.Cannot].sum() == 0 {
		add(LevelGood, fmt.Sprintf(planNothing, counts[pim.Identical].words()))
	} else {
		add(LevelNone, counts[pim.Identical].say(planSameOne, planSame))
	}
	add(LevelNote, counts[pim.Conflict].say(planConflictI, planConflict))
	add(LevelBad, counts[pim.Cannot].say(planCannot, planCannot))
	switch n := todo.sum(); {
	case n == 0:
	case todo[pim.Contacts] == n || todo[pim.Calendar] == n:
		v.Do = fmt.Sprintf(do, todo.words())
	default: // short, for a button
		v.Do = fmt.Sprintf(do, things("", n))
	}
}

// mail says who could be sent mail, and that nobody is.
func (v *PlanView) mail(events int, addresses map[string]bool, asIs bool) {
	what := Count(events, "event", "events")
	if asIs {
		v.Lines = append(v.Lines, PlanLine{LevelBad, fmt.Sprintf(planMail, Count(len(addresses), "address", "addresses"), what)})
		return
	}
	verb := "are"
	if events == 1 {
		verb = "is"
	}
	v.Lines = append(v.Lines, PlanLine{LevelGood, fmt.Sprintf(planQuiet, what, verb)})
}

// planWhy is a reason without the options of the command line.
func planWhy(why string) string {
	for _, flag := range []string{" (--new-uids)", " (--overwrite)", " (--make)", "; it can be given a new one", "; it is left as it is unless overwriting is asked for"} {
		why = strings.ReplaceAll(why, flag, "")
	}
	if i := strings.Index(why, " (--"); i >= 0 {
		why = why[:i]
	}
	return strings.TrimSuffix(sentence(why), ".")
}
