package present

import (
	"fmt"
	"path/filepath"
	"time"

	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

// Stage is how far a restore in the window is.
type Stage int

// The stages.
const (
	StageAsk     Stage = iota // what, as of when, where to
	StagePlan                 // it is being looked at what would happen
	StagePreview              // what would happen
	StageRun                  // it happens
	StageDone                 // what became of it
)

// The choices of When and Where.
const (
	WhenNow = iota
	WhenGood
	WhenDay
)

const (
	WhereSame = iota
	WhereOther
	WhereFolder
)

// Restore is putting back: from the question to the receipt. What is asked for
// may take several restores, one for each incident or account; here they are
// shown as one.
type Restore struct {
	app *App

	Stage   Stage
	Whats   []string
	What    int
	When    int
	Good    string // words of the last good state; "" there is none
	Day     string // as typed
	DayIs   string // how Day is understood
	DayBad  string
	Where   int
	Tos     []string // accounts to choose from
	To      int
	Folder  string
	ToBad   string // what is wrong with where to
	Problem *Notice
	SignIn  string // the account whose login was refused; "" none
	Busy    *ProgressLine
	Plan    *PlanView
	Done    *ReceiptView
	// The options of a plan.
	Overwrite, NewUIDs, AsIs, Make bool

	Unfinished []Unfinished
	Changed    func()

	what     []restoreWhat
	good     time.Time
	day      time.Time
	dayGen   int
	made     bool   // Folder was filled in by us
	wanted   string // the account of Tos that was asked for by its name; "" none
	asks     []pim.RestoreAsk
	plans    []service.RestorePlan
	receipts []service.Receipt
	job      Job
	gen      int // of the asks; what an earlier one brings is dropped
	pace     pacing
	dropped  map[int64]bool // unfinished ones that were put away
}

func newRestore(a *App) *Restore {
	return &Restore{app: a, Changed: func() {}, Make: true, dropped: map[int64]bool{}}
}

// Empty reports whether there is nothing that could be put back.
func (r *Restore) Empty() bool { return len(r.app.Status.Accounts) == 0 }

// Running reports whether something is being planned or put back.
func (r *Restore) Running() bool { return r.job != nil }

// Begin asks anew what to put back; account is chosen, "" everything. What is
// signed out goes elsewhere, and where a moment of the past is looked at, it is
// that moment that is meant. One that runs is shown instead.
func (r *Restore) Begin(account string) {
	if r.job != nil {
		return
	}
	r.reset()
	r.choices()
	for i, w := range r.what {
		if w.account == account && w.collection == "" && len(w.incidents) == 0 {
			r.What = i
		}
	}
	r.whatChanged()
	if r.signedOut(account) {
		r.Where = WhereOther
	}
	if past := r.app.Past; past.On() {
		r.When = WhenDay
		r.SetDay(past.At.In(r.app.cfg.Zone).Format("2006-01-02 15:04:05"))
	}
	r.Changed()
}

// signedOut reports an account of which only the copy is left; with "", that
// there is no other.
func (r *Restore) signedOut(account string) bool {
	for _, s := range r.app.Status.Accounts {
		if (account == "" || s.Name == account) && s.State != service.StateKept {
			return false
		}
	}
	return true
}

// PutBack plans putting back what an account's open incidents are about.
func (r *Restore) PutBack(account string) {
	if r.job != nil {
		return
	}
	r.reset()
	r.choices()
	for i, w := range r.what {
		if w.account == account && len(w.incidents) > 0 {
			r.What = i
			r.whatChanged()
			r.PlanIt()
			return
		}
	}
	r.whatChanged()
	r.Changed()
}

// StateOf asks to write the good state of an account's changes to a folder.
func (r *Restore) StateOf(account string) {
	if r.job != nil {
		return
	}
	r.Begin(account)
	if r.Good != "" {
		r.When = WhenGood
	}
	r.SetWhere(WhereFolder)
}

func (r *Restore) reset() {
	*r = Restore{app: r.app, Changed: r.Changed, Make: true, dropped: r.dropped, Unfinished: r.Unfinished, gen: r.gen + 1, dayGen: r.dayGen + 1, pace: r.pace}
	r.Folder, r.made = r.defaultFolder(), true
}

// defaultFolder is a new one beside where exports go.
func (r *Restore) defaultFolder() string {
	e := r.app.Export
	dir := filepath.Dir(r.app.resolve(e.defaultTo()))
	name := fmt.Sprintf(restoreName, r.app.Now().Format("2006-01-02"))
	path := filepath.Join(dir, name)
	for n := 2; exists(path) && n < 1000; n++ {
		path = filepath.Join(dir, fmt.Sprintf("%s (%d)", name, n))
	}
	return r.app.short(path)
}

// Nothing says why there is nothing to restore.
func (r *Restore) Nothing() *Notice {
	return &Notice{Title: restoreNothing, Text: restoreNothingIs}
}

// Title is the page's.
func (r *Restore) Title() string { return PageRestore }

// Headline is the line under it: what it is about.
func (r *Restore) Headline() string {
	if r.Stage != StageAsk && len(r.asks) == 0 && len(r.plans) > 0 {
		return fmt.Sprintf(restoreInto, r.app.short(r.plans[0].To)) // taken up again: what was asked for is not known
	}
	if r.Stage == StageAsk || r.What >= len(r.Whats) || len(r.asks) == 0 {
		return RestoreText
	}
	words := r.Whats[r.What]
	if at := r.asks[0].At; !at.IsZero() {
		words = fmt.Sprintf(restoreAsOf, words, DayTime(at, r.app.Now()))
	}
	return words
}

// Doing says what is under way, and what can be relied on meanwhile.
func (r *Restore) Doing() (title, note string) {
	if r.Stage == StagePlan {
		return planDoing, planNote
	}
	to := ""
	if n := len(r.receipts); n < len(r.plans) {
		to = r.app.short(r.plans[n].To)
	}
	if to == "" {
		return runWorking, runNote
	}
	return fmt.Sprintf(runInto, to), runNote
}
