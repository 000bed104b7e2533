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

// resultOrder is what needs the person's eye first, and then what is well. So go
// the sentences of a receipt, its list, and what narrows that.
var resultOrder = []pim.RestoreResult{pim.DoneFailed, pim.DoneAltered, pim.DoneConflict, pim.DoneSkipped, pim.Unchecked, pim.NotDone,
	pim.DoneCreated, pim.DoneUpdated, pim.DoneIdentical}

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
	inOrder(rows)
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
	row := RestoreRow{Kind: kindOf(""), Title: i.Title, Word: w.word, Level: w.level, Why: planWhy(i.Why), rank: slices.Index(resultOrder, i.Result)}
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
	for _, res := range resultOrder {
		if n := counts[res]; n > 0 {
			v.Lines = append(v.Lines, PlanLine{resultWords[res].level, fmt.Sprintf(resultWords[res].line, Number(int64(n)))})
		}
	}
}
