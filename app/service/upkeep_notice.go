package service

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"sidekeep/sync/pim"
)

// What a person has to be told that happened while nobody looked is kept beside the
// vault until somebody has seen it.

// Kinds of ProofNotice.
const (
	NoticeOlder = "older" // the vault is, or was, an earlier state of itself
	NoticeDrill = "drill" // the weekly proof failed
	NoticeCopy  = "copy"  // a copy in the background failed
)

// Face is one of the two that tell a person something.
type Face int

// The faces.
const (
	Terminal Face = iota // on standard error
	Window               // as a notification of the desktop
)

// savedNotice is a ProofNotice with the faces that told it. There is one of a kind.
type savedNotice struct {
	Kind     string `json:"kind"`
	Runs     int64  `json:"runs,omitempty"`
	Said     bool   `json:"said,omitempty"`
	Notified bool   `json:"notified,omitempty"`
	savedError
}

func (n *savedNotice) told(by Face) *bool {
	if by == Window {
		return &n.Notified
	}
	return &n.Said
}

func (n *savedNotice) notice() ProofNotice {
	return ProofNotice{Kind: n.Kind, At: n.At, Runs: n.Runs, ErrorInfo: *n.info()}
}

// notice keeps what a person has to be told, in the place of what there was of its
// kind.
func (m *upkeepMark) notice(n savedNotice) {
	m.forget(n.Kind)
	m.Notices = append(m.Notices, n)
}

// forget drops the notices of a kind, or all, and says whether there were any.
func (m *upkeepMark) forget(kind string) bool {
	had := len(m.Notices)
	m.Notices = slices.DeleteFunc(m.Notices, func(n savedNotice) bool { return kind == "" || n.Kind == kind })
	return len(m.Notices) < had
}

func (m *upkeepMark) of(kind string) *savedNotice {
	for i := range m.Notices {
		if m.Notices[i].Kind == kind {
			return &m.Notices[i]
		}
	}
	return nil
}

// NewNotices gives what a face has not told yet, and is told by it now: once. A vault
// that is only read keeps it for later.
func (s *Service) NewNotices(ctx context.Context, by Face) ([]ProofNotice, error) {
	if st, err := s.readState(); s.cfg.ReadOnly || err != nil || len(st.Upkeep.Notices) == 0 {
		return nil, err
	}
	var out []ProofNotice
	err := s.changeState(ctx, func(st *state) bool {
		for i := range st.Upkeep.Notices {
			n := &st.Upkeep.Notices[i]
			if told := n.told(by); !*told {
				*told = true
				out = append(out, n.notice())
			}
		}
		return len(out) > 0
	})
	return out, err
}

// SeenNotices says that the person has seen the notices of a kind, or "" all: they
// are not kept any longer. Errors: Storage.
func (s *Service) SeenNotices(ctx context.Context, kind string) error {
	return s.changeState(ctx, func(st *state) bool { return st.Upkeep.forget(kind) })
}

// notices are those that are kept, and that the vault is older than it was, which
// nobody may have opened for writing since.
func (s *Service) notices(ctx context.Context, st *state) []ProofNotice {
	var out []ProofNotice
	for i := range st.Upkeep.Notices {
		out = append(out, st.Upkeep.Notices[i].notice())
	}
	if o := s.older(ctx); o != nil && st.Upkeep.of(NoticeOlder) == nil && st.Noticed != o.knew {
		n := savedNotice{Kind: NoticeOlder, Runs: o.runs, savedError: *s.saveable(o.error())}
		out = append(out, n.notice())
	}
	return out
}

// olderVault is a vault of which a part is missing that the file itself does not
// miss: its WAL was removed, or an older file was put in its place.
type olderVault struct {
	path   string
	knew   int64  // the last run that there was
	runs   int64  // so many are missing
	since  string // the moment they came after, or ""
	copies string // folder of copies, or ""
}

// older gives what is missing; nil where nothing is.
func (s *Service) older(ctx context.Context) *olderVault {
	if s.cfg.File != "" || s.damage != nil {
		return nil
	}
	st, err := s.readState() // before the vault: another process may mirror meanwhile
	if err != nil {
		return nil // the status says so
	}
	run, err := s.vault.LastRun(ctx)
	if err != nil || int64(run) >= st.LastRun {
		return nil
	}
	o := &olderVault{path: s.vault.Path(), knew: st.LastRun, runs: st.LastRun - int64(run), copies: copiesOf(s.dir, st)}
	if last, err := s.vault.Runs(ctx, 1); err == nil && len(last) > 0 {
		o.since = s.local(last[0].Started).Format("2006-01-02 15:04")
	}
	return o
}

// what says what is missing, and why.
func (o *olderVault) what() string {
	what, since := "run of mirroring is missing", ", the one after "+o.since
	if o.runs != 1 {
		what, since = countOf(int(o.runs), "", "runs of mirroring are missing"), ", those after "+o.since
	}
	if o.since == "" {
		since = ""
	}
	return "the last " + what + since + ". The file vault.db-wal was lost, or an older vault was put in the place of this one"
}

func (o *olderVault) hint() string {
	if o.copies == "" {
		return "mirroring fetches what the server still has; what only those runs held, such as states in between, is in no other place that Sidekeep knows of. `sidekeep verify` checks what is here"
	}
	return fmt.Sprintf("mirroring fetches what the server still has; what only those runs held, such as states in between, may be in a copy in %s: "+
		"read it with --vault FILE. `sidekeep verify` checks what is here", o.copies)
}

func (o *olderVault) error() error {
	return &pim.Error{Fault: pim.Storage, Op: "read the vault", Where: o.path, Reason: "older", Hint: o.hint(),
		Err: fmt.Errorf("the vault %s is an earlier state of itself: %s", o.path, o.what())}
}

// noticeOld keeps for the person that the vault is an earlier state of itself,
// before anything makes up for it: once, by whoever writes to it first.
func (s *Service) noticeOld(ctx context.Context) {
	if s.cfg.ReadOnly {
		return
	}
	o := s.older(ctx)
	if o == nil {
		return
	}
	n := savedNotice{Kind: NoticeOlder, Runs: o.runs, savedError: *s.saveable(o.error())}
	_ = s.changeState(ctx, func(st *state) bool { // where it can't be kept, the next one finds it again
		if st.LastRun != o.knew || st.Noticed == o.knew {
			return false
		}
		if before := st.Upkeep.of(NoticeOlder); before != nil {
			n.Runs += before.Runs // it happened twice before anybody looked
		}
		st.Noticed = o.knew
		st.Upkeep.notice(n)
		return true
	})
}

// isBehind says whether a copy was refused because the vault is an earlier state of
// itself, which has a notice of its own.
func isBehind(err error) bool {
	var e *pim.Error
	return errors.As(err, &e) && e.Reason == reasonBehind
}
