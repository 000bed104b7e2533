package present

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

// PlanView is what would happen, in words.
type PlanView struct {
	Title string
	Under string
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

// RestoreRow is one object of a plan or a receipt.
type RestoreRow struct {
	Kind  string
	Title string
	Into  string
	Word  string // what would happen or has happened to it
	Why   string
	Level Level
	guest bool // other people are in it
}

// Under is the line under the title.
func (r RestoreRow) Under() string {
	switch {
	case r.Why == "":
		return r.Into
	case r.Into == "":
		return r.Why
	}
	return r.Into + " · " + r.Why
}

// RowTable is a list of rows with choices that narrow it.
type RowTable struct {
	Filters []string
	Filter  int
	all     []RestoreRow
	by      [][]int32 // rows of each filter; nil all
}

// Len is the number of rows that the filter lets through.
func (t *RowTable) Len() int {
	if t.Filter < len(t.by) && t.by[t.Filter] != nil {
		return len(t.by[t.Filter])
	}
	return len(t.all)
}

// At gives row i of those.
func (t *RowTable) At(i int) RestoreRow {
	if t.Filter < len(t.by) && t.by[t.Filter] != nil {
		i = int(t.by[t.Filter][i])
	}
	return t.all[i]
}

// byName sorts rows as a person looks for them: contacts first, then by title.
func byName(rows []RestoreRow) {
	lower := make(map[string]string, len(rows))
	for i := range rows {
		lower[rows[i].Title] = strings.ToLower(rows[i].Title)
	}
	slices.SortStableFunc(rows, func(a, b RestoreRow) int {
		if a.Kind != b.Kind {
			return -strings.Compare(a.Kind, b.Kind)
		}
		return strings.Compare(lower[a.Title], lower[b.Title])
	})
}

// newTable makes a table with a filter for each word, in this order.
func newTable(rows []RestoreRow, words []string) RowTable {
	t := RowTable{all: rows, Filters: []string{fmt.Sprintf(planAll, Number(int64(len(rows))))}, by: [][]int32{nil}}
	by := map[string][]int32{}
	for i := range rows {
		by[rows[i].Word] = append(by[rows[i].Word], int32(i))
	}
	if len(by) < 2 {
		return t
	}
	for _, w := range words {
		if n := len(by[w]); n > 0 {
			t.Filters = append(t.Filters, fmt.Sprintf(planFiltered, Number(int64(n)), w))
			t.by = append(t.by, by[w])
		}
	}
	return t
}

// narrow adds a filter of rows chosen by hand.
func (t *RowTable) narrow(words string, rows []int32) {
	if len(rows) > 0 && len(rows) < len(t.all) {
		t.Filters, t.by = append(t.Filters, words), append(t.by, rows)
	}
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

// planView words the plans of one restore. It may take its time.
func planView(plans []service.RestorePlan, asks []pim.RestoreAsk) *PlanView {
	v := &PlanView{Under: planUnder}
	counts := map[pim.Action]tally{}
	for a := range actionWords {
		counts[a] = tally{}
	}
	folder := len(asks) > 0 && asks[0].Folder != ""
	option := pim.RestoreAsk{}
	if len(asks) > 0 {
		option = asks[0]
	}
	var rows []RestoreRow
	var made, tos []string
	guests, mailed := map[string]bool{}, map[string]bool{}
	for _, p := range plans {
		clear(guests)
		for _, m := range p.CouldBeMailed {
			guests[m.Href+"\n"+m.Title] = true
			for _, a := range m.Addresses {
				mailed[a] = true
			}
		}
		for _, s := range p.Steps {
			counts[s.Action][s.Kind]++
			w := actionWords[s.Action]
			row := RestoreRow{Kind: kindOf(s.Kind), Title: s.Title, Into: s.Into, Word: w.word, Level: w.level, Why: planWhy(s.Why)}
			switch {
			case folder:
				row.Word, row.Why = actWritten, ""
			case s.Action == pim.Create && s.Why == "it is not there":
				row.Why = ""
			}
			row.guest = guests[s.Href+"\n"+s.Title] && (s.Action == pim.Create || s.Action == pim.Update)
			v.CanNewUIDs = v.CanNewUIDs || strings.Contains(s.Why, "--new-uids")
			v.CanMake = v.CanMake || strings.Contains(s.Why, "--make")
			rows = append(rows, row)
		}
		made = append(made, p.Collections...)
		if !slices.Contains(tos, p.To) {
			tos = append(tos, p.To)
		}
	}
	byName(rows)
	var invited []int32
	for i := range rows {
		if rows[i].guest {
			invited = append(invited, int32(i))
		}
	}
	v.Title = fmt.Sprintf(planTitle, strings.Join(tos, wordAnd))
	if folder {
		v.Title = planTitleDir
	}
	v.Table = newTable(rows, []string{actCannot, actConflict, actCreate, actUpdate, actIdentical})
	v.Table.narrow(fmt.Sprintf(planGuests, Number(int64(len(invited)))), invited)
	v.CanOverwrite = counts[pim.Conflict].sum() > 0 || option.Overwrite
	v.CanNewUIDs = v.CanNewUIDs || option.NewUIDs
	v.CanMake = !folder && (v.CanMake || len(made) > 0 || !option.Make)
	v.CanAsIs = len(invited) > 0 && !folder
	v.sentences(counts, made, folder)
	switch put := counts[pim.Create][pim.Calendar] + counts[pim.Update][pim.Calendar]; {
	case folder || put == 0:
	case len(invited) == 0:
		v.Lines = append(v.Lines, PlanLine{LevelGood, planNoMail})
	default:
		v.mail(len(invited), mailed, option.AsIs)
	}
	return v
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
		add(LevelGood, planNothing)
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

// ReceiptView is what became of a restore, in words.
type ReceiptView struct {
	Title string
	Text  string
	Level Level
	Lines []PlanLine
	Table RowTable
	Notes []string
	File  string // to open

	pending, conflict, taken, unmade, failed bool
}

var resultWords = map[pim.RestoreResult]struct {
	word, line string
	level      Level
}{
	pim.DoneCreated:   {resCreated, doneCreated, LevelGood},
	pim.DoneUpdated:   {resUpdated, doneUpdated, LevelGood},
	pim.DoneIdentical: {resIdentical, doneIdentical, LevelNone},
	pim.DoneAltered:   {resAltered, doneAltered, LevelNote},
	pim.DoneConflict:  {resConflict, doneConflict, LevelNote},
	pim.DoneFailed:    {resFailed, doneFailed, LevelBad},
	pim.DoneSkipped:   {resSkipped, doneSkipped, LevelNote},
	pim.NotDone:       {resPending, donePending, LevelNote},
	pim.Unchecked:     {resUnchecked, doneUnchecked, LevelNote},
}

var resultOrder = []pim.RestoreResult{pim.DoneFailed, pim.DoneConflict, pim.DoneSkipped, pim.Unchecked, pim.NotDone, pim.DoneAltered, pim.DoneCreated, pim.DoneUpdated, pim.DoneIdentical}

// receiptView words the receipts of one restore. It may take its time.
func receiptView(receipts []service.Receipt, plans []service.RestorePlan, broke bool) *ReceiptView {
	v := &ReceiptView{}
	counts := map[pim.RestoreResult]int{}
	var rows []RestoreRow
	var seconds float64
	stopped := len(receipts) < len(plans)
	for _, r := range receipts {
		seconds += r.Seconds
		stopped = stopped || r.State != "done"
		if r.File != "" {
			v.File = r.File
		}
		if r.Export != nil {
			v.File = r.Export.Path
		}
		var steps []service.RestoreStep // as the items of the receipt, one for one
		for _, p := range plans {
			if p.ID == r.ID {
				steps = p.Steps
			}
		}
		for _, n := range r.Notes {
			if !slices.Contains(v.Notes, n) {
				v.Notes = append(v.Notes, n)
			}
		}
		for n, i := range r.Items {
			i.Result = cmp.Or(i.Result, pim.NotDone)
			counts[i.Result]++
			v.flags(i)
			row := receiptRow(i)
			if n < len(steps) {
				row.Kind, row.Into = kindOf(steps[n].Kind), steps[n].Into
			}
			rows = append(rows, row)
		}
	}
	byName(rows)
	for _, p := range plans[min(len(receipts), len(plans)):] {
		counts[pim.NotDone] += len(p.Steps)
	}
	v.pending = v.pending || stopped
	words := make([]string, 0, len(resultOrder))
	for _, res := range resultOrder {
		words = append(words, resultWords[res].word)
	}
	v.Table = newTable(rows, words)
	v.verdict(counts, stopped, broke, receipts)
	if seconds > 0 {
		v.Text = fmt.Sprintf(doneText, Took(time.Duration(seconds*float64(time.Second))))
	}
	if stopped {
		v.Text = doneStopText
	}
	return v
}

// flags notes what can be offered because of an item.
func (v *ReceiptView) flags(i service.ReceiptItem) {
	v.pending = v.pending || i.Result == pim.NotDone || i.Result == pim.Unchecked
	v.conflict = v.conflict || strings.Contains(i.Offer, "--overwrite")
	v.taken = v.taken || strings.Contains(i.Offer, "--new-uids")
	v.unmade = v.unmade || strings.Contains(i.Offer, "--make")
	v.failed = v.failed || i.Result == pim.DoneFailed
}

func receiptRow(i service.ReceiptItem) RestoreRow {
	w := resultWords[i.Result]
	row := RestoreRow{Kind: kindOf(""), Title: i.Title, Word: w.word, Level: w.level, Why: planWhy(i.Why)}
	if len(i.Lines) > 0 {
		row.Why = strings.Join(i.Lines, ", ")
	}
	if len(i.Quiet) > 0 {
		row.Why = strings.TrimPrefix(row.Why+", "+fmt.Sprintf(resQuiet, strings.Join(i.Quiet, ", ")), ", ")
	}
	if i.NewUID != "" {
		row.Why = strings.TrimPrefix(row.Why+", "+resNewUID, ", ")
	}
	return row
}

// verdict is the title and the sentences under it.
func (v *ReceiptView) verdict(counts map[pim.RestoreResult]int, stopped, broke bool, receipts []service.Receipt) {
	all := 0
	for _, n := range counts {
		all += n
	}
	done := counts[pim.DoneCreated] + counts[pim.DoneUpdated] + counts[pim.DoneAltered]
	back := done + counts[pim.DoneIdentical]
	folder := len(receipts) > 0 && receipts[0].Export != nil
	of := func(format string) string { return fmt.Sprintf(format, Number(int64(back)), Number(int64(all))) }
	v.Level = LevelGood
	switch {
	case stopped && broke:
		v.Level, v.Title = LevelBad, of(doneFailTitle)
	case stopped:
		v.Level, v.Title = LevelNote, of(doneStopTitle)
	case folder && back == all:
		v.Title = fmt.Sprintf(doneDirTitle, things("", all))
	case back == all && done == 0:
		v.Title = doneSameTitle
	case back == all:
		v.Title = doneAllTitle
	case back == 0:
		v.Level, v.Title = LevelBad, doneNoneTitle
	default:
		v.Level, v.Title = LevelNote, of(doneSomeTitle)
	}
	for _, res := range []pim.RestoreResult{pim.DoneCreated, pim.DoneUpdated, pim.DoneAltered, pim.DoneIdentical, pim.DoneConflict, pim.DoneFailed, pim.DoneSkipped, pim.Unchecked, pim.NotDone} {
		if n := counts[res]; n > 0 {
			v.Lines = append(v.Lines, PlanLine{resultWords[res].level, fmt.Sprintf(resultWords[res].line, Number(int64(n)))})
		}
	}
}
