package service

import (
	"context"
	"errors"
	"time"

	"sidekeep/sync/pim"
)

// States of an account in AccountStatus.
const (
	StateNew     = "new"     // never mirrored to its end
	StateOK      = "ok"      // all collections complete
	StatePartial = "partial" // objects are owed
	StateHeld    = "held"    // deletions are not believed yet
	StateFailed  = "failed"  // the last mirror failed
	StateRunning = "running" // this process is mirroring it now
	StateKept    = "kept"    // removed; its data is kept, and not mirrored
)

// Status says how every account is, by name, and the vault.
func (s *Service) Status(ctx context.Context) (Status, error) {
	st := Status{Accounts: []AccountStatus{}, Vault: VaultStatus{Path: s.vault.Path()}}
	var err error
	if st.Incidents, err = s.Incidents(ctx, true); err != nil {
		return st, err
	}
	proof, err := s.Proofs(ctx)
	if err != nil {
		return st, err
	}
	st.Proof = &proof
	if st.Vault.Bytes, st.Vault.Revisions, err = s.vault.Stats(ctx); err != nil {
		return st, err
	}
	accounts, err := s.vault.Accounts(ctx)
	if err != nil {
		return st, err
	}
	last, err := s.vault.LastRuns(ctx)
	if err != nil {
		return st, err
	}
	cut, err := s.vault.NotEnded(ctx)
	if err != nil {
		return st, err
	}
	remembered, damage := s.readState()
	for _, a := range accounts {
		known, err := s.vault.Collections(ctx, a.ID)
		if err != nil {
			return st, err
		}
		failed := s.failureOf(a, remembered, known, cut)
		if damage != nil {
			failed = s.saveable(damage) // the rest can be looked at all the same
		}
		one := s.describe(a, known, last, failed)
		if one.State != StateKept {
			one.Warnings = remembered.warnings(a.ID)
		}
		st.Accounts = append(st.Accounts, one)
	}
	return st, nil
}

// statusOf is one account's.
func (s *Service) statusOf(ctx context.Context, name string) (AccountStatus, error) {
	st, err := s.Status(ctx)
	if err != nil {
		return AccountStatus{}, err
	}
	for _, a := range st.Accounts {
		if a.Name == name {
			return a, nil
		}
	}
	return AccountStatus{}, &pim.Error{Fault: pim.Internal, Op: "read the status of", Where: name, Err: errors.New("the account is not there")}
}

func (s *Service) describe(a pim.Account, known []pim.Known, last map[int64]pim.Run, failed *savedError) AccountStatus {
	out := AccountStatus{ID: a.ID, Name: a.Name, URL: a.URL, User: a.User, Secrets: a.Secrets, Collections: []CollectionStatus{}}
	held, owed, there, never, bad := 0, 0, 0, false, false
	for _, k := range known {
		// An empty collection that the server no longer has proves nothing more:
		// it stays in the list, and holds nobody up.
		over := k.Vanished != "" && k.Live == 0 && k.Owed == 0
		c := CollectionStatus{ID: k.ID, Name: k.Title(), Kind: k.Kind, Objects: k.Live, Held: k.Held, Owed: k.Owed,
			Color: k.Color, Components: componentsOf(k.Collection), Vanished: k.Vanished != ""}
		t := k.State.LastComplete
		if !t.IsZero() {
			c.LastComplete = &t
		}
		if !over {
			there++
			never = never || t.IsZero()
			if out.LastComplete == nil || t.Before(*out.LastComplete) {
				out.LastComplete = &t
			}
		}
		run := last[k.ID]
		switch {
		case k.Vanished != "":
			c.Reason = vanishedNow(k)
		case run.Outcome != "" && run.Outcome != pim.Complete:
			c.Reason = run.Message
		}
		bad = bad || run.Outcome == pim.Failed && !over
		held, owed = held+k.Held, owed+k.Owed
		out.Collections = append(out.Collections, c)
	}
	if never || there == 0 {
		out.LastComplete = nil // proven complete is the account only when every collection is
	}
	if failed != nil {
		out.Error = failed.info()
	}
	s.mu.Lock()
	running := s.running[a.ID]
	s.mu.Unlock()
	switch {
	case !a.RemovedAt.IsZero():
		out.State, out.Error = StateKept, nil
	case running:
		out.State = StateRunning
	case failed != nil || bad:
		out.State = StateFailed
	case held > 0:
		out.State = StateHeld
	case owed > 0:
		out.State = StatePartial
	case never || there == 0:
		out.State = StateNew
	default:
		out.State = StateOK
	}
	return out
}

// vanishedNow says of a collection that is gone on the server how it stands here.
// What was said when that was noticed is true until it is decided on: after that
// nothing of it may be left to be kept, or all of it is, for good.
func vanishedNow(k pim.Known) string {
	switch {
	case k.Held > 0:
		return k.Vanished
	case k.Live > 0:
		return "It is no longer on the server. What it held is kept here."
	}
	return "It is no longer on the server. What it held is in the history."
}

// componentsOf are a calendar's. Some servers name some of an address book too,
// which mean nothing (RFC 4791 section 5.2.3 defines them for calendars only).
func componentsOf(k pim.Collection) []string {
	if k.Kind != pim.Calendar {
		return nil
	}
	return k.Components
}

// Log gives the last runs, newest first; limit 0 gives all.
func (s *Service) Log(ctx context.Context, limit int) ([]RunInfo, error) {
	runs, err := s.vault.Runs(ctx, limit)
	out := make([]RunInfo, 0, len(runs))
	for _, r := range runs {
		out = append(out, runInfo(r))
	}
	return out, err
}

func runInfo(r pim.Run) RunInfo {
	return RunInfo{ID: int64(r.ID), Account: r.Account, Collection: r.Collection, Kind: r.Kind, Started: r.Started,
		Ended: timeOrNil(r.Ended), Outcome: r.Outcome, Full: r.Full, Objects: r.Counts.Objects, Created: r.Counts.Created,
		Modified: r.Counts.Modified, Deleted: r.Counts.Deleted, Held: r.Counts.Held, Owed: r.Counts.Owed,
		Requests: r.Traffic.Requests, Bytes: r.Traffic.BytesReceived, Message: r.Message}
}

// DataVersion changes whenever any process wrote to the vault. It means
// something only in comparison with an earlier one of the same Service.
func (s *Service) DataVersion(ctx context.Context) (int64, error) { return s.vault.DataVersion(ctx) }

// LastComplete is when everything of every account in use was last proven
// complete; nil if that never was.
func (st Status) LastComplete() *time.Time {
	var oldest *time.Time
	for _, a := range st.Accounts {
		if a.State == StateKept {
			continue
		}
		if a.LastComplete == nil {
			return nil
		}
		if oldest == nil || a.LastComplete.Before(*oldest) {
			oldest = a.LastComplete
		}
	}
	return oldest
}
