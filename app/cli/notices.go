package cli

import (
	"context"
	"errors"
	"strings"

	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

// sayNotices tells what was noticed of the vault, now or by the background, and was
// not said here yet. That it can't be read is no reason to call what was done failed.
func (c *command) sayNotices(ctx context.Context, s *service.Service, failed error) {
	fresh, err := s.NewNotices(context.WithoutCancel(ctx), service.Terminal)
	if err != nil {
		return
	}
	var e *pim.Error
	behind := errors.As(failed, &e) && e.Reason == "behind" // which says the same
	for _, n := range fresh {
		if n.Kind != service.NoticeOlder || !behind {
			c.sayNotice(n)
		}
	}
}

func (c *command) sayNotice(n service.ProofNotice) { c.sayAbout(noticeOf[n.Kind], n.ErrorInfo) }

// saidOfAll reports an account's error that says of the vault what is said of it
// already.
func saidOfAll(p *service.ProofStatus, e *service.ErrorInfo) bool {
	return p != nil && p.Damaged && strings.Contains(e.Hint, "`sidekeep rescue --to")
}

// noticeOf says what a notice is about, where its own words don't.
var noticeOf = map[string]string{service.NoticeDrill: "the weekly proof", service.NoticeCopy: "the second copy"}

// printProof says when the vault was last proven, and what is wrong with it.
func (c *command) printProof(p *service.ProofStatus) {
	if p == nil { // a moment of the past
		return
	}
	c.printf("Last verified: %s, restore rehearsed: %s, copied: %s\n", moment(p.VerifiedAt), moment(p.DrilledAt), moment(p.CopiedAt))
	found := count(p.Problems, "problem was", "problems were") + " found"
	info := service.ErrorInfo{Fault: pim.Storage.String()}
	switch {
	case p.Damaged:
		info.Message = "The vault is damaged, and only read from now on"
		if p.Problems > 0 {
			info.Message += ": " + found
		}
		info.Hint = "`sidekeep verify` names what is damaged; `sidekeep rescue --to FOLDER` exports everything that can still be read"
		c.say(info)
	case p.Problems > 0 && !p.OK:
		info.Message, info.Hint = found+" by the last check", "`sidekeep verify` names them and says what to do"
		c.say(info)
	}
	if p.CopyError != nil {
		c.sayAbout(noticeOf[service.NoticeCopy], *p.CopyError)
	}
	for _, n := range p.Notices {
		if n.Kind != service.NoticeCopy || p.CopyError == nil {
			c.sayNotice(n)
		}
	}
}
