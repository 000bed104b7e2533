package present

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

// Proof is whether the vault is whole and can be restored from.
type Proof struct {
	app *App
	job Job

	Line     string // "Restorable, proven 3 h ago."
	Text     string
	Level    Level
	Busy     *ProgressLine
	Problem  *Notice // why the check could not be made
	Problems *Notice // what it found
	// Damaged offers what can be done about a vault that is damaged; nil for one
	// that is not.
	Damaged *Notice
	// Told is what happened to the vault while nobody looked, until it is dismissed.
	Told    *Notice
	Rescued *ExportDone
	Changed func()

	found   *Notice // something that was read here was damaged, whoever read it
	telling bool
	seen    map[string]bool // what was dismissed here, by its kind and time
}

func newProof(a *App) *Proof {
	return &Proof{app: a, Changed: func() {}, seen: map[string]bool{}}
}

// update words everything anew and shows it.
func (p *Proof) update() {
	p.word()
	p.Changed()
}

func (p *Proof) word() {
	now := p.app.Now()
	p.Line, p.Text, p.Level = proofNone, proofNoneText, LevelNone
	if p.app.ReadOnly { // nothing is done by itself
		p.Text = proofNoneRead
	}
	p.Told = nil
	p.Damaged = p.found
	for _, a := range p.app.Status.Accounts {
		if damages(a.Error) { // found while it was written to, and not by a check
			p.Damaged = &Notice{Title: damageFound, Text: damageText}
		}
	}
	s := p.app.Status.Proof
	if s == nil {
		p.wordDamage(nil)
		return
	}
	switch {
	case s.Problems > 0 && !s.OK:
		p.Line, p.Text, p.Level = fmt.Sprintf(proofBad, Count(s.Problems, "problem was", "problems were")), proofBadText, LevelBad
		if p.Problems == nil { // found before this start, or by the weekly proof
			p.Text = proofBadAgain
		}
	case s.DrilledAt != nil:
		p.Line, p.Text, p.Level = fmt.Sprintf(proofGood, since(*s.DrilledAt, now)), proofGoodText, LevelGood
	case s.VerifiedAt != nil:
		p.Line, p.Text, p.Level = fmt.Sprintf(proofWhole, since(*s.VerifiedAt, now)), proofWholeText, LevelGood
	}
	told := p.unseen()
	p.Told = noticeWords(told)
	if told != nil && told.Kind == service.NoticeOlder && p.Level == LevelGood && !after(s.VerifiedAt, told.At) && !after(s.DrilledAt, told.At) {
		p.Line, p.Text, p.Level = proofOlder, proofOlderText, LevelNote
	}
	switch {
	case p.app.ReadOnly || p.Level == LevelBad || told != nil && told.Kind == service.NoticeCopy: // not told twice
	case s.CopyError != nil:
		p.Text, p.Level = fmt.Sprintf(proofCopyBad, sentence(inWindow(*s.CopyError).Message)), LevelNote
	case s.CopiedAt != nil && p.Level == LevelGood:
		p.Text += " " + fmt.Sprintf(proofCopied, since(*s.CopiedAt, now))
	case s.CopyTo == "" && p.Level == LevelGood:
		p.Text += " " + proofNoCopy
	}
	p.wordDamage(s)
	if s.Damaged {
		p.Damaged = &Notice{Title: damageTitle, Text: damageText}
	}
}

// wordDamage says of a damage that no check has found yet that one will name it.
func (p *Proof) wordDamage(s *service.ProofStatus) {
	if p.Damaged == nil || p.Level == LevelBad {
		return
	}
	p.Line, p.Text, p.Level = proofUnread, proofOverText, LevelBad
	if s != nil && (s.VerifiedAt != nil || s.DrilledAt != nil) {
		p.Line = proofOver
	}
}

// heard looks at an error of whatever was read or done: what tells a person to
// save on Overview what is readable has Overview offer just that.
func (p *Proof) heard(err error) {
	n := notice(err, p.app.Now())
	if n == nil || p.found != nil || n.Text != hintWindowRescue {
		return
	}
	p.found = &Notice{Title: damageFound, Text: damageText, Detail: n.Detail}
	p.update()
	p.app.Overview.update()
	p.app.Changed()
}

// since is how long ago something was, short: "3 h ago".
func since(t, now time.Time) string {
	switch d := now.Sub(t); {
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return fmt.Sprintf("%d min ago", int(d/time.Minute))
	case d < 24*time.Hour:
		return fmt.Sprintf("%d h ago", int(d/time.Hour))
	case d < 14*24*time.Hour:
		return Count(int(d/(24*time.Hour)), "day", "days") + " ago"
	}
	return "on " + t.In(now.Location()).Format("2 January 2006")
}

// Running reports whether a check or a rescue runs.
func (p *Proof) Running() bool { return p.job != nil }

// Verify checks the whole vault and rehearses a restore.
func (p *Proof) Verify() {
	if p.job != nil {
		return
	}
	p.Problem, p.Problems = nil, nil
	p.begin(p.app.cfg.Service.StartVerify(true), p.verified)
}

func (p *Proof) begin(j Job, ended func(Job)) {
	p.job = j
	p.Busy = &ProgressLine{Text: proofWorking, Fraction: -1}
	p.app.watch(j, func() {
		p.job, p.Busy = nil, nil
		ended(j)
		p.update()
		p.app.Reload()
	})
	p.Changed()
}

// Cancel stops the check.
func (p *Proof) Cancel() {
	if p.job != nil {
		p.job.Cancel()
		p.Busy = &ProgressLine{Text: stepStopping, Fraction: -1, Stopping: true}
		p.Changed()
	}
}

func (p *Proof) verified(j Job) {
	if err := j.Snapshot().Err; err != nil {
		p.Problem = notice(err, p.app.Now())
		if pim.FaultOf(err) == pim.Stopped {
			p.Problem = &Notice{Title: msgStopped, Text: proofStopped}
		}
		return
	}
	r, ok := j.Result().(service.VerifyReport)
	if ok && len(r.Problems) > 0 {
		p.Problems = problemsNotice(r.Problems)
	}
	if ok && r.OK { // every byte was read just now
		p.found = nil
	}
}

// problemsNotice names the first problems, and all of them in the details.
func problemsNotice(all []pim.Problem) *Notice {
	const named = 4
	n := &Notice{Title: fmt.Sprintf(proofBad, Count(len(all), "problem was", "problems were"))}
	for i, x := range all {
		words := sentence(planWhy(x.What))
		if place := problemPlace(x.Where); place != "" {
			first, n := utf8.DecodeRuneInString(words)
			words = place + ": " + string(unicode.ToLower(first)) + words[n:]
		}
		if i < named {
			n.Text = strings.TrimSpace(n.Text + "\n" + words)
		}
		n.Detail = strings.TrimSpace(n.Detail + "\n" + x.Kind + ": " + x.What + ": " + x.Where)
	}
	if more := len(all) - named; more > 0 {
		n.Text += "\n" + fmt.Sprintf(proofMore, Number(int64(more)))
	}
	return n
}

// problemPlace names the object of a problem for a person: "Anna Ashdown (Home:
// Personal)" of "Home: Personal: object 17 (Anna Ashdown, /people/17.vcf)"; "" where
// it is about no object. One without a title is named by its address.
func problemPlace(where string) string {
	before, object, ok := strings.Cut(where, ": object ")
	_, name, named := strings.Cut(object, " (")
	if !ok || !named {
		return ""
	}
	name = strings.TrimSuffix(name, ")")
	if i := strings.LastIndex(name, ", /"); i > 0 {
		name = name[:i]
	}
	return name + " (" + before + ")"
}

// tick words it anew, with the progress; Overview shows it right after.
func (p *Proof) tick() {
	p.word()
	if p.job != nil && (p.Busy == nil || !p.Busy.Stopping) {
		p.Busy = progressLine(p.job.Snapshot())
	}
}

// Beside makes a new vault beside the damaged one, with its accounts, and opens it
// in another window.
func (p *Proof) Beside() {
	if p.job != nil {
		return
	}
	p.Problem = nil
	p.begin(p.app.cfg.Service.StartAnew(), p.begun)
}

func (p *Proof) begun(j Job) {
	if err := j.Snapshot().Err; err != nil {
		p.Problem = notice(err, p.app.Now())
		return
	}
	if r, ok := j.Result().(service.AnewReport); ok {
		p.Problem = anewNotice(r)
		p.app.startAnother(r.Vault)
	}
}

// anewNotice tells what a new vault does not have of the damaged one; nil: nothing.
func anewNotice(r service.AnewReport) *Notice {
	if len(r.Notes) == 0 {
		return nil
	}
	return &Notice{Title: anewTitle, Text: strings.Join(r.Notes, "\n")}
}

// Rescue writes everything that can be read into a new folder in dir.
func (p *Proof) Rescue(dir string) {
	if p.job != nil {
		return
	}
	to := filepath.Join(dir, fmt.Sprintf(rescueName, p.app.Now().Format("2006-01-02 1504")))
	p.Problem, p.Problems, p.Rescued = nil, nil, nil
	p.begin(p.app.cfg.Service.StartRescue("", to), p.rescued)
}

func (p *Proof) rescued(j Job) {
	if err := j.Snapshot().Err; err != nil {
		p.Problem = notice(err, p.app.Now())
		return
	}
	if r, ok := j.Result().(service.RescueReport); ok {
		p.Rescued = rescueWords(r)
		p.Rescued.Where = p.app.short(r.Path)
	}
}

// rescueWords says what a rescue saved, and what it could not read.
func rescueWords(r service.RescueReport) *ExportDone {
	d := &ExportDone{Path: r.Path, Title: fmt.Sprintf(rescueDone, things("", r.Objects)), Text: rescueText}
	if n := len(r.Problems); n > 0 {
		d.Text += " " + fmt.Sprintf(rescueBad, Count(n, "thing", "things"))
	}
	return d
}

// ShowRescued opens the folder of the rescue.
func (p *Proof) ShowRescued() {
	if p.Rescued != nil {
		p.app.Show(p.Rescued.Path)
	}
}

// startAnother opens another window on a vault or a copy.
func (a *App) startAnother(vault string) {
	async(a, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, a.cfg.Desktop.Start(ctx, vault)
	}, func(_ struct{}, err error) {
		if err != nil {
			a.Settings.Problem = notice(err, a.Now())
			a.Settings.Changed()
			a.Proof.Problem = a.Settings.Problem
			a.Proof.Changed()
		}
	})
}
