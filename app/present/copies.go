package present

import (
	"fmt"
	"time"

	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

// Copies is the second copy of the vault, and thinning: what the settings say
// of how much is kept, and where.
type Copies struct {
	app *App
	job Job

	To      string // folder, with ~ for the home folder; "" none
	Where   string // To, or that there is none
	Every   int    // index into CopyIntervals
	Last    string
	Level   Level
	Busy    *ProgressLine
	Done    *Notice
	Problem *Notice

	Thin     bool
	ThinBusy *ProgressLine
	ThinDone string
	// Ask opens a question; the window sets it.
	Ask     func(*Question)
	Changed func()

	thinJob Job
}

func newCopies(a *App) *Copies {
	return &Copies{app: a, Ask: func(*Question) {}, Changed: func() {}}
}

// enter is called when the settings are shown.
func (c *Copies) enter() {
	s := c.app.cfg.Service.Settings()
	c.To, c.Thin, c.Every = c.app.short(s.CopyTo), s.Thin, 0
	if s.CopyTo == "" {
		c.To = ""
	}
	for i, v := range CopyIntervals {
		if v.Days > 0 && s.CopyEvery >= time.Duration(v.Days)*24*time.Hour {
			c.Every = i
		}
	}
	c.word()
}

func (c *Copies) word() {
	c.Where, c.Last, c.Level = c.To, copyNever, LevelNone
	if c.To == "" {
		c.Where = copyNone
	}
	if s := c.app.Status.Proof; s != nil {
		if s.CopiedAt != nil {
			c.Last, c.Level = fmt.Sprintf(copyLast, Ago(*s.CopiedAt, c.app.Now())), LevelGood
		}
		if s.CopyError != nil {
			c.Last, c.Level = fmt.Sprintf(copyFailed, inWindow(*s.CopyError).Message), LevelNote
		}
	}
}

func (c *Copies) update() {
	c.word()
	if c.To != "" && c.Problem != nil && c.Problem.Title == copyNeedTo {
		c.Problem = nil // one was chosen meanwhile, perhaps on the command line
	}
	c.Changed()
}

// SetTo takes a folder that was picked, and makes the first copy there.
func (c *Copies) SetTo(dir string) {
	c.To = c.app.short(dir)
	c.app.Settings.save(func(v *service.Settings) { v.CopyTo = dir })
	c.update()
	c.start(dir)
}

// SetEvery takes a choice out of CopyIntervals.
func (c *Copies) SetEvery(i int) {
	if i == c.Every || i < 0 || i >= len(CopyIntervals) {
		return
	}
	c.Every = i
	c.app.Settings.save(func(v *service.Settings) { v.CopyEvery = time.Duration(CopyIntervals[i].Days) * 24 * time.Hour })
	c.update()
}

// Now makes a copy.
func (c *Copies) Now() {
	if c.To == "" {
		c.Problem = &Notice{Title: copyNeedTo}
		c.Changed()
		return
	}
	c.start(c.app.resolve(c.To))
}

func (c *Copies) start(to string) {
	if c.job != nil {
		return
	}
	c.Done, c.Problem = nil, nil
	c.Busy = &ProgressLine{Text: copyWorking, Fraction: -1}
	j := c.app.cfg.Service.StartCopy(to)
	c.job = j
	c.app.watch(j, func() {
		c.job, c.Busy = nil, nil
		if r, ok := j.Result().(service.CopyReport); ok && j.Snapshot().Err == nil {
			c.Done = &Notice{Title: fmt.Sprintf(copyDone, c.app.short(r.Path), Size(r.Bytes))}
		} else if err := j.Snapshot().Err; pim.FaultOf(err) != pim.Stopped {
			c.Problem = notice(err, c.app.Now())
		}
		c.update()
		c.app.Reload()
	})
	c.Changed()
}

// Cancel stops what runs.
func (c *Copies) Cancel() {
	for _, j := range []Job{c.job, c.thinJob} {
		if j != nil {
			j.Cancel()
		}
	}
}

// Open opens a copy in a window of its own, for reading only.
func (c *Copies) Open(path string) { c.app.startAnother(path) }

// tick words the progress.
func (c *Copies) tick() {
	switch {
	case c.job != nil:
		c.Busy = progressLine(c.job.Snapshot())
	case c.thinJob != nil:
		c.ThinBusy = progressLine(c.thinJob.Snapshot())
	default:
		return
	}
	c.Changed()
}

// SetThin turns thinning off at once, and on only after it was shown what would
// go.
func (c *Copies) SetThin(on bool) {
	if on == c.Thin || c.thinJob != nil {
		return
	}
	if !on {
		c.Thin, c.ThinDone = false, ""
		c.app.Settings.save(func(v *service.Settings) { v.Thin = false })
		c.Changed()
		return
	}
	c.thin(true, thinLooking, func(p service.ThinPlan) {
		q := &Question{Title: thinTitle, Text: thinNothing, Do: thinLater, Yes: c.thinNow}
		if p.Revisions > 0 {
			oldest := ""
			if p.Oldest != nil {
				oldest = p.Oldest.In(c.app.Now().Location()).Format("2 January 2006")
			}
			q.Text = fmt.Sprintf(thinText, Count(int(p.Revisions), thinStateOne, thinStateMany), things("", p.Objects), oldest, Size(p.Bytes))
			q.Do = thinDo
		}
		c.Ask(q)
	})
}

// thinNow does what was agreed to, and from now on by itself.
func (c *Copies) thinNow() {
	c.Thin = true
	c.app.Settings.save(func(v *service.Settings) { v.Thin = true })
	c.thin(false, thinWorking, func(p service.ThinPlan) {
		if p.Revisions > 0 {
			c.ThinDone = fmt.Sprintf(thinDone, Count(int(p.Revisions), thinStateOne, thinStateMany), Size(p.Bytes))
		}
		c.app.Reload()
	})
}

func (c *Copies) thin(dry bool, words string, done func(service.ThinPlan)) {
	if c.thinJob != nil {
		return
	}
	c.ThinBusy, c.ThinDone, c.Problem = &ProgressLine{Text: words, Fraction: -1}, "", nil
	j := c.app.cfg.Service.StartThin(dry)
	c.thinJob = j
	c.app.watch(j, func() {
		c.thinJob, c.ThinBusy = nil, nil
		p, ok := j.Result().(service.ThinPlan)
		if err := j.Snapshot().Err; err != nil || !ok {
			if pim.FaultOf(err) != pim.Stopped {
				c.Problem = notice(err, c.app.Now())
			}
			c.Changed()
			return
		}
		done(p)
		c.Changed()
	})
	c.Changed()
}
