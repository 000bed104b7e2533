package service

import (
	"context"
	"errors"
	"time"

	"sidekeep/formats"
	"sidekeep/sync/pim"
	"sidekeep/sync/vault"
)

// The past: how things were at a moment.

// within gives the collections of an account (0 all), or the one (0 all).
func (s *Service) within(ctx context.Context, account, collection int64) (map[int64]bool, error) {
	all, _, err := s.collections(ctx, account, "")
	out := map[int64]bool{}
	for _, k := range all {
		if collection == 0 || k.ID == collection {
			out[k.ID] = true
		}
	}
	return out, err
}

// wasThere says whether anything of what is asked for had been mirrored by a
// moment. Errors: Invalid, with when the first of it was.
func (s *Service) wasThere(ctx context.Context, account, collection int64, at time.Time) error {
	if at.IsZero() {
		return nil
	}
	then, err := s.vault.Snapshots(ctx, at)
	if err != nil {
		return err
	}
	if _, there := then[collection]; there || collection == 0 && account == 0 && len(then) > 0 {
		return nil
	}
	mine, err := s.within(ctx, account, collection)
	if err != nil {
		return err
	}
	for id := range then {
		if mine[id] {
			return nil
		}
	}
	points, err := s.vault.Timeline(ctx, account, collection, at, time.Time{})
	if err != nil {
		return err
	}
	e := &pim.Error{Fault: pim.Invalid, Op: "look into the past", Reason: "before",
		Err:  errors.New("nothing of what is asked for had been mirrored by " + s.local(at).Format("2006-01-02 15:04:05")),
		Hint: "mirror it first: `sidekeep mirror`"}
	for _, p := range points {
		if concluded(p.Outcome) {
			whole := p.At.Add(time.Second - 1).Truncate(time.Second) // a person types no smaller part
			e.Hint = "the first mirroring ended on " + s.local(whole).Format("2006-01-02 15:04:05") + ": give that moment or a later one"
			break
		}
	}
	return e
}

// StatusAt says how the accounts were then; zero is now. Errors: Invalid where
// nothing had been mirrored by then.
func (s *Service) StatusAt(ctx context.Context, at time.Time) (Status, error) {
	now, err := s.Status(ctx)
	if err != nil || at.IsZero() {
		return now, err
	}
	if err := s.wasThere(ctx, 0, 0, at); err != nil {
		return Status{}, err
	}
	then, err := s.vault.Snapshots(ctx, at)
	if err != nil {
		return now, err
	}
	out := Status{Accounts: []AccountStatus{}, Vault: now.Vault, Incidents: []Incident{}, At: &at}
	for _, a := range now.Accounts {
		was, err := s.accountThen(ctx, a, then, at)
		if err != nil {
			return out, err
		}
		if len(was.Collections) > 0 {
			out.Accounts = append(out.Accounts, was)
		}
	}
	all, err := s.Incidents(ctx, false)
	for _, i := range all {
		if !i.Since.After(at) && (i.ClosedAt == nil || i.ClosedAt.After(at)) {
			i.Open, i.Closed, i.ClosedAt = true, "", nil // it was, then
			out.Incidents = append(out.Incidents, i)
		}
	}
	return out, err
}

// accountThen is an account by its collections' snapshots.
func (s *Service) accountThen(ctx context.Context, a AccountStatus, then map[int64]pim.Snapshot, at time.Time) (AccountStatus, error) {
	was := AccountStatus{ID: a.ID, Name: a.Name, URL: a.URL, User: a.User, Secrets: a.Secrets, State: StateOK, Collections: []CollectionStatus{}}
	never := false
	for _, k := range a.Collections {
		snap, ok := then[k.ID]
		if !ok {
			continue
		}
		c := CollectionStatus{ID: k.ID, Name: k.Name, Kind: k.Kind, Objects: snap.Objects, Held: snap.Held, Color: k.Color, Components: k.Components}
		last, err := s.lastComplete(ctx, snap, at)
		if err != nil {
			return was, err
		}
		c.LastComplete = last
		never = never || last == nil
		if last != nil && (was.LastComplete == nil || last.Before(*was.LastComplete)) {
			was.LastComplete = last
		}
		switch {
		case snap.Held > 0:
			was.State = StateHeld
		case snap.Outcome == pim.Partial && was.State == StateOK:
			was.State = StatePartial
		}
		was.Collections = append(was.Collections, c)
	}
	if never {
		was.LastComplete = nil
	}
	return was, nil
}

// lastComplete is the end of a collection's last complete run by then.
func (s *Service) lastComplete(ctx context.Context, snap pim.Snapshot, at time.Time) (*time.Time, error) {
	if snap.Outcome == pim.Complete {
		return &snap.At, nil
	}
	points, err := s.vault.Timeline(ctx, 0, snap.Collection, time.Time{}, at.Add(time.Millisecond))
	var last *time.Time
	for _, p := range points {
		if p.Outcome == pim.Complete {
			last = &p.At
		}
	}
	return last, err
}

// ShowAt is Show of the object as it was then; zero is now. An object that was
// not there then is Invalid.
func (s *Service) ShowAt(ctx context.Context, id int64, at time.Time) (ItemDetail, error) {
	row, st, err := s.stored(ctx, id, at)
	if err != nil {
		return ItemDetail{}, err
	}
	return s.detail(row, st), nil
}

// stored is an object at a moment, with its bytes.
func (s *Service) stored(ctx context.Context, id int64, at time.Time) (vault.Row, vault.Stored, error) {
	st, err := s.vault.BodyAt(ctx, id, at)
	if err != nil {
		if at.IsZero() {
			err = s.notHere(ctx, id, err)
		}
		return vault.Row{}, st, err
	}
	row, err := s.vault.RowAt(ctx, id, at)
	return row, st, err
}

// FieldsAt is Fields of the object as it was then; zero is now.
func (s *Service) FieldsAt(ctx context.Context, id int64, at time.Time) ([]formats.Field, error) {
	row, st, err := s.stored(ctx, id, at)
	if err != nil {
		return nil, err
	}
	return fieldsOf(row.Kind, st.Body)
}

// PhotoAt is Photo of the object as it was then; zero is now.
func (s *Service) PhotoAt(ctx context.Context, id int64, at time.Time) ([]byte, string, error) {
	st, err := s.vault.BodyAt(ctx, id, at)
	if err != nil {
		return nil, "", err
	}
	var mime string
	data, err := guard("read the photo", func() ([]byte, error) {
		b, m, ok := formats.Photo(st.Body)
		if !ok {
			return nil, nil
		}
		mime = m
		return b, nil
	})
	return data, mime, err
}
