package gui

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"sidekeep/app/present"
)

// proofStrip is what Overview shows of proof: one line, with Verify and
// Restore, and what was found.
type proofStrip struct {
	w           *window
	level       *levelIcon
	badge       *panel
	line, words *widget.Label
	verify      *button
	restore     *button
	progress    *progress
	problem     *banner
	problems    *banner
	damaged     *banner
	told        *banner
	rescued     *banner
	body        *fyne.Container
	parts       string // what is shown
	content     *fyne.Container
}

func newProofStrip(w *window) *proofStrip {
	p := w.app.Proof
	s := &proofStrip{w: w, level: newLevelIcon(20), line: newPara(""), problem: newBanner(w), problems: newBanner(w)}
	s.badge = newPanel(colGood, "", 18, pad(s.level.box, 8, 8, 8, 8))
	s.verify = plain(present.ActVerify, theme.ConfirmIcon(), p.Verify)
	s.restore = plain(present.ActRestore, theme.MediaReplayIcon(), func() { w.restore("") })
	s.progress = newProgress(p.Cancel)
	s.damaged = newBanner(w, plain(present.ActRescue, theme.DownloadIcon(), func() { pickFolder(w, p.Rescue) }),
		plain(present.ActBeside, theme.ContentAddIcon(), p.Beside))
	s.told = newBanner(w, plain(present.ActDismiss, nil, p.Dismiss))
	s.rescued = newBanner(w, plain(present.ActShowFolder, theme.FolderOpenIcon(), p.ShowRescued))
	var words *fyne.Container
	s.words, words = newMutedPara()
	s.line.TextStyle.Bold = true
	s.body = column(12, row(12, 1, s.badge, column(2, tight(s.line), words), s.verify, s.restore), s.progress.content, s.problem.content, s.problems.content)
	s.content = column(16, s.damaged.content, s.told.content, s.rescued.content, newCard(s.body))
	return s
}

func (s *proofStrip) render() {
	p := s.w.app.Proof
	s.content.Hidden = p.Damaged == nil && (!s.w.app.Known || len(s.w.app.Status.Accounts) == 0)
	s.level.set(p.Level)
	s.badge.refill(levelSurface(p.Level))
	said := s.words.Text != p.Text || s.line.Text != p.Line
	if said {
		s.line.SetText(p.Line)
		s.words.SetText(p.Text)
	}
	s.restore.Hidden = s.w.app.ReadOnly || !s.w.app.Known
	s.progress.show(p.Busy)
	if p.Running() {
		s.verify.Disable()
	} else {
		s.verify.Enable()
	}
	s.problem.show(p.Problem, present.LevelNote)
	s.problems.show(p.Problems, present.LevelBad)
	s.damaged.show(p.Damaged, present.LevelBad)
	s.told.show(p.Told, present.LevelNote)
	if p.Rescued != nil {
		s.rescued.show(&present.Notice{Title: p.Rescued.Title, Text: p.Rescued.Text + "\n" + p.Rescued.Where}, present.LevelGood)
	} else {
		s.rescued.show(nil, 0)
	}
	parts := fmt.Sprint(s.content.Hidden, p.Busy != nil, p.Problem, p.Problems, p.Damaged, p.Told, p.Rescued)
	if parts != s.parts { // drawing the icons again costs a good part of a frame
		s.parts = parts
		s.content.Refresh()
	} else if said {
		relaid(s.content)
	}
}
