package present

import (
	"context"
	"fmt"
	"strings"
	"time"

	"sidekeep/app/service"
)

// statusChanged takes over what is proven, and notifies of what happened to the vault
// while nobody looked: once.
func (p *Proof) statusChanged() {
	p.word()
	if s := p.app.Status.Proof; s == nil || len(s.Notices) == 0 || p.telling || p.app.ReadOnly {
		return
	}
	p.telling = true
	async(p.app, func(ctx context.Context) (struct{}, error) {
		fresh, err := p.app.cfg.Service.NewNotices(ctx, service.Window)
		for i := range fresh {
			n := noticeWords(&fresh[i])
			// A desktop without notifications has the one on Overview.
			_ = p.app.cfg.Desktop.Notify(ctx, noticeTitle, n.Title+" "+n.Text)
		}
		return struct{}{}, err
	}, func(struct{}, error) { p.telling = false }) // it is tried again when something changes
}

// unseen is the first notice that was not dismissed; nil where there is none.
func (p *Proof) unseen() *service.ProofNotice {
	if p.app.Status.Proof == nil {
		return nil
	}
	for i := range p.app.Status.Proof.Notices {
		if n := &p.app.Status.Proof.Notices[i]; !p.seen[seenAs(n)] {
			return n
		}
	}
	return nil
}

func seenAs(n *service.ProofNotice) string { return n.Kind + n.At.String() }

// Dismiss puts away what is told, which the person has seen.
func (p *Proof) Dismiss() {
	n := p.unseen()
	if n == nil {
		return
	}
	p.seen[seenAs(n)] = true
	p.update()
	if p.app.ReadOnly { // it is kept until it can be noted
		return
	}
	kind := n.Kind
	async(p.app, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, p.app.cfg.Service.SeenNotices(ctx, kind)
	}, func(_ struct{}, err error) {
		if err != nil {
			p.Problem = notice(err, p.app.Now())
		}
		p.update()
		p.app.Reload()
	})
}

// noticeWords words what happened to the vault.
func noticeWords(n *service.ProofNotice) *Notice {
	if n == nil {
		return nil
	}
	e := inWindow(n.ErrorInfo)
	out := &Notice{Title: noticeDrill, Text: strings.TrimSpace(sentence(e.Message) + " " + e.Hint), Detail: n.Kind + ": " + n.Message}
	switch n.Kind {
	case service.NoticeCopy:
		out.Title = noticeCopy
	case service.NoticeOlder:
		out.Title, out.Text = noticeOlderOne, noticeOlderText
		if n.Runs != 1 {
			out.Title = fmt.Sprintf(noticeOlder, Count(int(n.Runs), "mirroring", "mirrorings"))
		}
	}
	return out
}

// Lost is what is told in place of a welcome where there was a vault, and it is
// gone; nil: there was none.
func (p *Proof) Lost() *Notice {
	n := p.unseen()
	if n == nil || n.Kind != service.NoticeOlder || !p.app.FirstRun() {
		return nil
	}
	return &Notice{Title: lostTitle, Text: fmt.Sprintf(lostText, Count(int(n.Runs), "mirroring", "mirrorings"), p.app.short(p.app.vaultDir())), Detail: n.Kind + ": " + n.Message}
}

func after(t *time.Time, moment time.Time) bool { return t != nil && t.After(moment) }
