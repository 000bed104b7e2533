package service

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sidekeep/sync/pim"
	"sidekeep/sync/restore"
)

// receiptsDir is the folder beside the vault that receipts are kept in.
const receiptsDir = "receipts"

// Missing counts the objects that are not there as they were to be.
func (r Receipt) Missing() int {
	n := 0
	for _, i := range r.Items {
		if isMissing(i.Result) {
			n++
		}
	}
	return n
}

// targetName is what a restore wrote to, as a person calls it.
func (s *Service) targetName(ctx context.Context, r pim.Restore) (string, error) {
	if r.Ask.Folder != "" {
		return r.Ask.Folder, nil
	}
	accounts, err := s.vault.Accounts(ctx)
	for _, a := range accounts {
		if a.ID == r.Target {
			return a.Name, err
		}
	}
	return r.Ask.To, err
}

// Restores gives the plans and restores, newest first.
func (s *Service) Restores(ctx context.Context) ([]RestoreInfo, error) {
	rows, err := s.vault.Restores(ctx)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		rows[i].State = s.restoreState(rows[i].State)
	}
	replaced, err := s.replaced(ctx, rows)
	if err != nil {
		return nil, err
	}
	out := make([]RestoreInfo, 0, len(rows))
	for _, r := range rows {
		to, err := s.targetName(ctx, r.Restore)
		if err != nil {
			return nil, err
		}
		info := RestoreInfo{ID: r.ID, To: to, State: r.State, Created: r.Created, Started: timeOrNil(r.Started), Ended: timeOrNil(r.Ended),
			Counts: map[string]int{}, Results: map[string]int{}, What: askInWords(r.Ask), Superseded: replaced[r.ID]}
		for a, n := range r.Actions {
			info.Counts[string(a)] = n
		}
		for res, n := range r.Results {
			if res != pim.Pending {
				info.Results[string(res)] = n
			}
		}
		out = append(out, info)
	}
	return out, nil
}

// restoreState is a restore's state as it is and not as it was noted: one that goes
// on has a process that writes. Where none does it was ended in the middle.
func (s *Service) restoreState(noted string) string {
	if noted == restoreRunning && s.vault.Writer() != writerRestore {
		return restoreStopped
	}
	return noted
}

// askInWords says what was asked to be put back.
func askInWords(a pim.RestoreAsk) string {
	var what string
	switch {
	case a.Incident != 0:
		return fmt.Sprintf("what incident %d lost", a.Incident)
	case a.Revision != 0:
		return fmt.Sprintf("revision %d of object %d", a.Revision, a.IDs[0])
	case len(a.IDs) == 1:
		what = fmt.Sprintf("object %d", a.IDs[0])
	case len(a.IDs) > 1:
		what = fmt.Sprintf("%d objects", len(a.IDs))
	case a.Collection != "":
		what = cmp.Or(a.Account, "all accounts") + ": " + a.Collection
	default:
		what = cmp.Or(a.Account, "everything")
	}
	if !a.At.IsZero() {
		what += " as of " + a.At.Local().Format("2006-01-02 15:04")
	}
	return what
}

// RestorePlan gives one plan again. An unknown ID is Invalid.
func (s *Service) RestorePlan(ctx context.Context, id int64) (RestorePlan, error) {
	r, err := s.vault.Restore(ctx, id)
	if err != nil {
		return RestorePlan{}, err
	}
	out := RestorePlan{ID: r.ID, Steps: make([]RestoreStep, 0, len(r.Steps)), Counts: map[string]int{}, CouldBeMailed: []MailRisk{},
		AsIs: r.Ask.AsIs, Notes: append([]string{}, r.Notes...), Collections: []string{}}
	if out.To, err = s.targetName(ctx, r); err != nil {
		return out, err
	}
	if r.State == restorePlanned {
		unfinished, err := s.unfinished(ctx, r)
		if err != nil {
			return out, err
		}
		out.Notes = append(append([]string{}, unfinished...), r.Notes...) // never null in JSON
	}
	titles, err := s.titles(ctx)
	if err != nil {
		return out, err
	}
	for _, m := range r.Makes {
		out.Collections = append(out.Collections, m.Name)
	}
	for _, a := range []pim.Action{pim.Create, pim.Update, pim.Identical, pim.Conflict, pim.Cannot} {
		out.Counts[string(a)] = 0
	}
	for _, st := range r.Steps {
		out.Counts[string(st.Action)]++
		out.Steps = append(out.Steps, RestoreStep{Action: st.Action, Title: st.Title, Href: string(st.Href), Why: st.Why, ID: st.Resource,
			Kind: st.Kind, Into: cmp.Or(st.Make, titles[string(st.Kind)+st.Collection], st.Collection)})
		if len(st.Mail) > 0 && (st.Action == pim.Create || st.Action == pim.Update) {
			out.CouldBeMailed = append(out.CouldBeMailed, MailRisk{Title: st.Title, Href: string(st.Href), Addresses: st.Mail})
		}
	}
	return out, nil
}

// titles are the titles of all collections, by kind and URL.
func (s *Service) titles(ctx context.Context) (map[string]string, error) {
	all, _, err := s.collections(ctx, 0, "")
	out := map[string]string{}
	for _, k := range all {
		out[string(k.Kind)+k.URL] = k.Title()
	}
	return out, err
}

// Receipt gives what became of a restore; Started is zero where it was not
// begun. An unknown ID is Invalid.
func (s *Service) Receipt(ctx context.Context, id int64) (Receipt, error) {
	r, err := s.vault.Restore(ctx, id)
	if err != nil {
		return Receipt{}, err
	}
	out := Receipt{ID: r.ID, State: s.restoreState(r.State), Started: r.Started, Ended: r.Ended, Counts: map[string]int{}, Items: []ReceiptItem{},
		Notes: append([]string{}, r.Notes...), Seconds: seconds(r.Started, r.Ended)}
	if out.To, err = s.targetName(ctx, r); err != nil {
		return out, err
	}
	newer, err := s.superseded(ctx, r)
	if err != nil {
		return out, err
	}
	if path := s.receiptPath(id, "txt"); exists(path) {
		out.File = path
	}
	for _, st := range r.Steps {
		item := ReceiptItem{Result: resultOf(st), Title: st.Title, Href: string(st.Href), NewUID: st.NewUID}
		item.Why, item.Offer, item.Lines = restore.Explain(st)
		switch {
		case item.Result == pim.Unchecked:
			item.Why = "it was being sent when the restore stopped: the server may have it"
		case item.Result == pim.NotDone: // the plan says why it was to be written
		case isMissing(st.Result):
			item.Why = cmp.Or(item.Why, st.Why)
		}
		if isMissing(st.Result) {
			item.Offer = cmp.Or(item.Offer, offer(r, st, newer))
		}
		if isStored(st.Result) {
			item.Quiet = st.Quiet
		}
		out.Counts[string(item.Result)]++
		out.Items = append(out.Items, item)
	}
	if note := quietNote(out.Items); note != "" {
		out.Notes = append(out.Notes, note)
	}
	if newer != 0 && r.Ask.Incident == 0 {
		out.Notes = append(out.Notes, fmt.Sprintf("Restore %d put back all that this one had still to do, and took its place.", newer))
	}
	return out, nil
}

// resultOf is the result of a step as a receipt names it.
func resultOf(st pim.RestoreStep) pim.RestoreResult {
	switch {
	case st.Result != pim.Pending:
		return st.Result
	case st.State == "sent":
		return pim.Unchecked
	}
	return pim.NotDone
}

// ResultWord is a result in a receipt for a person.
func ResultWord(r pim.RestoreResult) string {
	switch r {
	case pim.NotDone:
		return "not done"
	case pim.Unchecked:
		return "sent, not yet checked"
	}
	return string(r)
}

// isStored says that the server has it because this restore sent it.
func isStored(r pim.RestoreResult) bool {
	return r == pim.DoneCreated || r == pim.DoneUpdated || r == pim.DoneAltered
}

// quietNote says what was altered so that nobody is invited; "" nothing.
func quietNote(items []ReceiptItem) string {
	n := 0
	var lines []string
	for _, i := range items {
		if len(i.Quiet) == 0 {
			continue
		}
		n++
		for _, l := range i.Quiet {
			if !slices.Contains(lines, l) {
				lines = append(lines, l)
			}
		}
	}
	if n == 0 {
		return ""
	}
	slices.Sort(lines)
	events := "1 event"
	if n > 1 {
		events = fmt.Sprintf("%d events", n)
	}
	return fmt.Sprintf("Invitations were kept quiet: SCHEDULE-AGENT=CLIENT on the %s lines of %s.", strings.Join(lines, " and "), events)
}

// quietWords says the same of one object; "" nothing was altered.
func (i ReceiptItem) quietWords() string {
	if len(i.Quiet) == 0 {
		return ""
	}
	return "kept quiet: SCHEDULE-AGENT=CLIENT on " + strings.Join(i.Quiet, ", ")
}

// offer says what can be tried for an object that the plan left out or that was
// not come to. newer is the restore that took this one's place.
func offer(r pim.Restore, st pim.RestoreStep, newer int64) string {
	switch {
	case st.Result == pim.Pending && newer != 0 && r.Ask.Incident == 0:
		return "" // it is there
	case st.Result == pim.Pending && newer != 0:
		return hintAnew(r.Ask)
	case st.Result == pim.Pending:
		return fmt.Sprintf("To go on: sidekeep restore run %d", r.ID)
	case st.Action == pim.Conflict && !r.Ask.Overwrite:
		return "What changed on the server since was left alone: make a new plan with --overwrite to put the old state over it."
	case st.Action == pim.Cannot && strings.Contains(st.Why, "(--as-is)"):
		what := "make a new plan with --as-is"
		if r.Ask.Incident != 0 { // it stays open
			what = fmt.Sprintf("`sidekeep restore plan --incident %d --to %q --as-is` plans it", r.Ask.Incident, r.Ask.To)
		}
		return "Events whose people the server would tell of it were left alone: " + what + ", and says who could be sent mail."
	}
	return ""
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func (s *Service) receiptPath(id int64, ext string) string {
	return filepath.Join(s.dir, receiptsDir, fmt.Sprintf("restore-%d.%s", id, ext))
}

// fileReceipt writes the receipt beside the vault, for people and for programs.
func (s *Service) fileReceipt(r *Receipt) error {
	dir := filepath.Join(s.dir, receiptsDir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return storage("write the receipt", dir, err)
	}
	r.File = s.receiptPath(r.ID, "txt")
	if err := writeFile(r.File, []byte(r.text())); err != nil {
		return err
	}
	return writeJSON(s.receiptPath(r.ID, "json"), r)
}

// text is the receipt for a person.
func (r *Receipt) text() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	moment := func(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05 MST") }
	line("Receipt of restore %d", r.ID)
	line("To:      %s", oneLine(r.To))
	line("Begun:   %s", moment(r.Started))
	if !r.Ended.IsZero() {
		line("Ended:   %s", moment(r.Ended))
	}
	line("State:   %s", r.State)
	if r.Error != nil {
		line("Why:     %s", oneLine(r.Error.Message))
	}
	for _, k := range slices.Sorted(maps.Keys(r.Counts)) {
		line("%8d %s", r.Counts[k], ResultWord(pim.RestoreResult(k)))
	}
	for _, n := range r.Notes {
		line("Note: %s", oneLine(n))
	}
	line("")
	for _, i := range r.Items {
		line("%-10s %s", ResultWord(i.Result), oneLine(i.Title))
		line("           %s", oneLine(i.Href))
		for _, more := range append([]string{i.Why, i.quietWords()}, i.Lines...) {
			if more != "" {
				line("           %s", oneLine(more))
			}
		}
		if i.NewUID != "" {
			line("           new UID: %s", oneLine(i.NewUID))
		}
	}
	return b.String()
}

// oneLine keeps a title or an address from breaking lines.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0x2028 || r == 0x2029 }), " ")
}
