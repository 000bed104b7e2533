package present

import (
	"fmt"
	"strings"

	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

// PutBack asks before one object, or one field of it, is written to the server,
// and tells what became of it.
type PutBack struct {
	app   *App
	job   Job
	start func() Job
	name  string
	field bool // just one field of it

	// Open says that there is something to show: a question, work, or an answer.
	Open bool
	// The question.
	Title, Text, Note string
	Action            string
	// Busy is the work that runs, Done what became of it.
	Busy  *ProgressLine
	Done  *Notice
	Level Level // of Done
	// Lines are those that the server stored otherwise.
	Lines   []string
	Changed func()
}

// AskVersion asks whether an old state is to be put back.
func (p *PutBack) AskVersion(pane *DetailPane, revision int64) {
	text, since := askVersionText, ""
	if pane.Detail != nil && pane.Detail.Old != nil {
		since = pane.Detail.Old.Since
		if pane.Detail.Old.Removed {
			text = askRemovedText
		}
	}
	if pane.History != nil {
		for i, s := range pane.History.States {
			if s.Revision == revision {
				since = s.When
			}
			if i == 0 && s.Revision == 0 {
				text = askRemovedText
			}
		}
	}
	name := paneTitle(pane)
	p.ask(name, askVersionTitle, fmt.Sprintf(text, name, since), ActPutBackAll, pane.kind,
		false, func() Job { return p.app.cfg.Service.PutBackVersion(revision) })
}

// AskField asks whether one field of an old state is to be put back.
func (p *PutBack) AskField(pane *DetailPane, l StateLine) {
	id, name := pane.ID, paneTitle(pane)
	p.ask(name, askFieldTitle, fmt.Sprintf(askFieldText, l.Text, name), ActPutBack, pane.kind,
		true, func() Job { return p.app.cfg.Service.PutBackField(id, l.Revision, l.Line) })
}

func (p *PutBack) ask(name, title, text, action, kind string, field bool, start func() Job) {
	if p.job != nil {
		return
	}
	p.Open, p.Title, p.Text, p.Action, p.Note = true, title, text, action, ""
	if kind != "contacts" {
		p.Note = askQuiet
	}
	p.name, p.field, p.start = name, field, start
	p.Busy, p.Done, p.Lines, p.Level = nil, nil, nil, LevelNone
	p.Changed()
}

// Confirm does what was asked.
func (p *PutBack) Confirm() {
	if p.job != nil || p.start == nil {
		return
	}
	j := p.start()
	p.job, p.start = j, nil
	p.Title = putBackTitle
	p.Busy = &ProgressLine{Text: putBackStarting, Fraction: -1}
	p.app.watch(j, func() { p.finished(j) })
	p.Changed()
}

// Close leaves the question, or the answer; work that runs is asked to stop.
func (p *PutBack) Close() {
	if p.job != nil {
		p.job.Cancel()
		p.Busy = &ProgressLine{Text: stepStopping, Fraction: -1, Stopping: true}
		p.Changed()
		return
	}
	p.Open, p.start = false, nil
	p.Changed()
}

// tick words the progress.
func (p *PutBack) tick() {
	if p.job == nil || p.Busy != nil && p.Busy.Stopping {
		return
	}
	p.Busy = progressLine(p.job.Snapshot())
	p.Changed()
}

func (p *PutBack) finished(j Job) {
	p.job, p.Busy = nil, nil
	if err := j.Snapshot().Err; err != nil {
		p.Done, p.Level = notice(err, p.app.Now()), LevelBad
		if pim.FaultOf(err) == pim.Stopped {
			p.Level = LevelNote
		}
	} else if r, ok := j.Result().(service.Receipt); ok {
		p.Done, p.Level, p.Lines = putBackWords(p.name, p.field, r)
		p.app.Mirror(r.To) // what the server has now belongs to the history
	} else {
		p.Open = false
	}
	p.Changed()
	p.app.Reload()
}

// putBackWords tells a receipt about one object.
func putBackWords(name string, field bool, r service.Receipt) (*Notice, Level, []string) {
	say := func(title, text string) *Notice {
		if strings.Contains(title, "%s") {
			title = fmt.Sprintf(title, name)
		}
		if strings.Contains(text, "%s") {
			text = fmt.Sprintf(text, name)
		}
		for _, n := range r.Notes {
			text += "\n" + sentence(n)
		}
		return &Notice{Title: title, Text: strings.TrimSpace(text)}
	}
	if len(r.Items) == 0 {
		return say(putBackSame, putBackSameText), LevelGood, nil
	}
	it := r.Items[0]
	more := ""
	if it.NewUID != "" {
		more = "\n" + putBackNewUID
	}
	switch it.Result {
	case pim.DoneCreated, pim.DoneUpdated:
		if field {
			return say(putBackField, putBackDoneText+more), LevelGood, nil
		}
		return say(putBackDone, putBackDoneText+more), LevelGood, nil
	case pim.DoneIdentical:
		return say(putBackSame, putBackSameText), LevelGood, nil
	case pim.DoneAltered:
		return say(putBackAltered, putBackAlteredMs+more), LevelNote, it.Lines
	case pim.DoneConflict:
		return say(putBackConflict, putBackConflictMs), LevelNote, nil
	}
	why := putBackFailedText
	if it.Why != "" {
		why = sentence(it.Why)
	}
	return say(putBackConflict, why), LevelBad, nil
}

// LineText is Lines for showing.
func (p *PutBack) LineText() string { return strings.Join(p.Lines, "\n") }

// paneTitle is what the opened object is called.
func paneTitle(pane *DetailPane) string {
	switch {
	case pane.Detail != nil && pane.Detail.Title != "":
		return pane.Detail.Title
	case pane.History != nil:
		return pane.History.Title
	}
	return ""
}
