package service

import (
	"context"
	"errors"
	"time"

	"sidekeep/sync/pim"
)

// A mirror that fails for want of room finds none to keep that it failed: what the
// vault began to write takes the rest of the disk until it lets go of it.

// rememberOrLater is remember for a mirror that may have failed for want of room:
// what can't be kept now is known to this process, and kept when it closes.
func (s *Service) rememberOrLater(ctx context.Context, account int64, err error, refused []*pim.Error) error {
	failed := s.remember(ctx, account, err, refused)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.unkept, account)
	if failed != nil && err != nil {
		if s.unkept == nil {
			s.unkept = map[int64]*savedError{}
		}
		s.unkept[account] = s.saveable(err)
	}
	return failed
}

// keepLater keeps what could not be kept before. Where it can't be still, an open
// run and the full disk tell it.
func (s *Service) keepLater() {
	s.mu.Lock()
	unkept := s.unkept
	s.mu.Unlock()
	if len(unkept) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), 2*time.Second)
	defer cancel()
	_ = s.changeState(ctx, func(st *state) bool {
		for id, e := range unkept {
			st.Accounts[id] = e
		}
		return true
	})
}

// failureOf gives why an account's last mirror failed before it came to a
// collection, or for want of room; nil where it did not. known are its collections,
// cut those with a run that did not come to its end.
func (s *Service) failureOf(a pim.Account, st state, known []pim.Known, cut map[int64]bool) *savedError {
	s.mu.Lock()
	unkept, running := s.unkept[a.ID], s.running[a.ID]
	s.mu.Unlock()
	switch {
	case unkept != nil:
		return unkept
	case st.Accounts[a.ID] != nil:
		return st.Accounts[a.ID]
	case running || s.vault.Writer() != "":
		return nil
	}
	for _, k := range known {
		if cut[k.ID] && s.vault.IsFull() {
			return s.saveable(&pim.Error{Fault: pim.Storage, Op: "mirror", Where: s.vault.Path(), Reason: "full",
				Err:  errors.New("the last mirroring did not come to its end, and the disk of the vault is full"),
				Hint: "Free some space on the disk, then mirror again. Nothing that was stored is lost."})
		}
	}
	return nil
}
