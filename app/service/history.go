package service

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sidekeep/formats"
	"sidekeep/sync/pim"
	"sidekeep/sync/vault"
)

// diffLimit is how many objects of one run get their differences worked out:
// after a run that changed more nobody reads them all.
const diffLimit = 2000

// History gives an object's states, newest first, each with its difference to
// the one before. An unknown ID is Invalid.
func (s *Service) History(ctx context.Context, id int64) ([]RevisionInfo, error) {
	revs, err := s.vault.History(ctx, id)
	if err != nil {
		return nil, err
	}
	row, err := s.object(ctx, id)
	if err != nil && pim.FaultOf(err) != pim.Invalid {
		return nil, err
	}
	out := make([]RevisionInfo, len(revs))
	var older []byte // the last bytes before; a tombstone between changes nothing of them
	for i := len(revs) - 1; i >= 0; i-- {
		r := &revs[i]
		out[i] = RevisionInfo{ID: r.ID, Run: int64(r.Run), SeenAt: r.SeenAt, Until: timeOrNil(r.Until), Deleted: r.Deleted, Title: r.Title,
			Size: r.Size, SHA256: r.SHA256, Changes: []Change{}}
		if r.SHA256 == "" { // a tombstone, or forgotten
			continue
		}
		st, err := s.vault.RevisionBody(ctx, r.ID)
		if err != nil {
			return nil, err
		}
		if older != nil {
			out[i].Changes = s.changes(row.Kind, older, st.Body)
		}
		older = st.Body
	}
	return out, nil
}

// TitleOf is what a person calls an object by its history, newest first; ""
// where nothing of it is left.
func TitleOf(revs []RevisionInfo) string {
	for _, r := range revs {
		if r.Title != "" {
			return r.Title
		}
	}
	return ""
}

// changes words the difference of two states. What can't be compared has none.
func (s *Service) changes(kind pim.Kind, older, newer []byte) []Change {
	found, err := guard("compare", func() ([]formats.Change, error) { return formats.Changes(kind, older, newer), nil })
	if err != nil {
		return []Change{}
	}
	out := make([]Change, len(found))
	for i, c := range found {
		out[i] = Change{What: c.What, Field: c.Field, Title: c.Title, Label: c.Label, Old: c.Old, New: c.New, Text: c.Text, Line: c.Line}
	}
	return out
}

func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// object finds what an ID stands for: in the current view, or as it last was
// where it is gone. An unknown or forgotten one is Invalid.
func (s *Service) object(ctx context.Context, id int64) (vault.Row, error) {
	row, err := s.vault.Row(ctx, id)
	if err == nil || pim.FaultOf(err) != pim.Invalid {
		return row, err
	}
	gone, e := s.vault.Deleted(ctx, vault.Query{IDs: []int64{id}})
	if e != nil {
		return row, e
	}
	if len(gone) == 0 {
		return row, err
	}
	return gone[0].Row, nil
}

// notHere says of an object that is not in the current view when it was deleted.
func (s *Service) notHere(ctx context.Context, id int64, err error) error {
	if pim.FaultOf(err) != pim.Invalid {
		return err
	}
	gone, e := s.vault.Deleted(ctx, vault.Query{IDs: []int64{id}})
	if e != nil || len(gone) == 0 {
		return err
	}
	return &pim.Error{Fault: pim.Invalid, Op: "find object", Where: fmt.Sprint(id), Reason: "deleted",
		Err:  errors.New("this object was deleted; the mirroring on " + gone[0].DeletedAt.Local().Format("2006-01-02 at 15:04") + " showed it"),
		Hint: fmt.Sprintf("`sidekeep history %d` shows what it was, `sidekeep show %d --at TIME` shows it then", id, id)}
}

// RevisionDetail gives one old state of an object with its exact bytes; ID is
// the object's. An unknown revision, or a tombstone's, is Invalid.
func (s *Service) RevisionDetail(ctx context.Context, revision int64) (ItemDetail, error) {
	st, err := s.vault.RevisionBody(ctx, revision)
	if err != nil {
		return ItemDetail{}, err
	}
	row, err := s.object(ctx, st.Resource)
	if err != nil {
		return ItemDetail{}, err
	}
	return s.detail(row, st), nil
}

// detail is a stored state of an object as it is shown.
func (s *Service) detail(row vault.Row, st vault.Stored) ItemDetail {
	sum, err := guard("describe", func() (pim.Summary, error) { return formats.Describe(row.Kind, st.Body), nil })
	if err == nil {
		row.Summary = sum
	}
	d := ItemDetail{Item: itemOf(&row), Body: st.Body, ETag: string(st.ETag), Size: int64(len(st.Body)), SHA256: st.SHA256,
		SeenAt: st.SeenAt, Summary: row.Summary, Problems: row.Summary.Problems}
	if d.Problems == nil {
		d.Problems = []string{}
	}
	return d
}

// RevisionFields gives every property of an old state, decoded for reading.
func (s *Service) RevisionFields(ctx context.Context, revision int64) ([]formats.Field, error) {
	st, err := s.vault.RevisionBody(ctx, revision)
	if err != nil {
		return nil, err
	}
	row, err := s.object(ctx, st.Resource)
	if err != nil {
		return nil, err
	}
	return fieldsOf(row.Kind, st.Body)
}

func fieldsOf(kind pim.Kind, body []byte) ([]formats.Field, error) {
	return guard("read the fields", func() ([]formats.Field, error) { return formats.Fields(kind, body), nil })
}

// RunChanges says what a run changed. An unknown run is Invalid. The
// differences within objects are those of the first 2,000.
func (s *Service) RunChanges(ctx context.Context, run int64) (RunChanges, error) {
	r, err := s.vault.Run(ctx, pim.RunID(run))
	if err != nil {
		return RunChanges{}, err
	}
	found, err := s.vault.Changes(ctx, pim.RunID(run))
	if err != nil {
		return RunChanges{}, err
	}
	out := RunChanges{Run: runInfo(r), Changes: make([]RunChange, len(found))}
	compared := 0
	for i, c := range found {
		out.Changes[i] = RunChange{What: c.What, ID: c.Resource, Href: string(c.Href), Title: c.Title, Changes: []Change{}}
		if c.What != "modified" || c.Before == 0 || c.After == 0 || compared == diffLimit {
			continue
		}
		compared++
		before, err := s.vault.RevisionBody(ctx, c.Before)
		if pim.FaultOf(err) == pim.Invalid && err != nil {
			continue // thinned since, or a tombstone
		}
		after, e := s.vault.RevisionBody(ctx, c.After)
		if err = errors.Join(err, e); err != nil {
			return RunChanges{}, err
		}
		out.Changes[i].Changes = s.changes(r.Kind, before.Body, after.Body)
	}
	return out, nil
}

// Timeline is the history of a collection, an account ("" all) or everything,
// for a chart: one point for each run that ended in [from, to); zero times do
// not bound. A point's Objects is the number of all that was chosen.
func (s *Service) Timeline(ctx context.Context, account string, collection int64, from, to time.Time) (Timeline, error) {
	out := Timeline{Points: []TimelinePoint{}, Incidents: []Incident{}, From: from, To: to}
	var id int64
	if account != "" {
		a, err := s.vault.Account(ctx, account)
		if err != nil {
			return out, err
		}
		id = a.ID
	}
	objects, err := s.objectsAt(ctx, id, collection, from)
	if err != nil {
		return out, err
	}
	total := 0
	for _, n := range objects {
		total += n
	}
	points, err := s.vault.Timeline(ctx, id, collection, from, to)
	if err != nil {
		return out, err
	}
	for _, p := range points {
		if concluded(p.Outcome) { // any other saw only a part
			total += p.Objects - objects[p.Collection]
			objects[p.Collection] = p.Objects
		}
		out.Points = append(out.Points, TimelinePoint{Run: int64(p.Run), Collection: p.Collection, At: p.At, Objects: total, Created: p.Created,
			Modified: p.Modified, Deleted: p.Deleted, Held: p.Held, Outcome: p.Outcome})
	}
	all, err := s.Incidents(ctx, false)
	for _, i := range all {
		inside := (to.IsZero() || i.Since.Before(to)) && (i.ClosedAt == nil || !i.ClosedAt.Before(from))
		if inside && (account == "" || i.Account == account) && (collection == 0 || i.CollID == 0 || i.CollID == collection) {
			out.Incidents = append(out.Incidents, i)
		}
	}
	return out, err
}

func concluded(o pim.Outcome) bool { return o == pim.Complete || o == pim.Partial || o == pim.HeldBack }

// objectsAt is how many objects each chosen collection had at a moment; the
// zero moment is before all.
func (s *Service) objectsAt(ctx context.Context, account, collection int64, at time.Time) (map[int64]int, error) {
	out := map[int64]int{}
	if at.IsZero() {
		return out, nil
	}
	then, err := s.vault.Snapshots(ctx, at.Add(-time.Millisecond)) // the runs of the first moment are points
	if err != nil {
		return nil, err
	}
	mine, err := s.within(ctx, account, collection)
	for id, snap := range then {
		if mine[id] {
			out[id] = snap.Objects
		}
	}
	return out, err
}

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
		Err:  errors.New("nothing of what is asked for had been mirrored by " + at.Local().Format("2006-01-02 15:04:05")),
		Hint: "mirror it first: `sidekeep mirror`"}
	for _, p := range points {
		if concluded(p.Outcome) {
			e.Hint = "the first mirroring ended on " + p.At.Local().Format("2006-01-02 at 15:04:05") + ": give that moment or a later one"
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

// deleted lists what is gone.
func (s *Service) deleted(ctx context.Context, vq vault.Query) ([]Item, error) {
	rows, err := s.vault.Deleted(ctx, vq)
	if err != nil {
		return nil, err
	}
	out := make([]Item, len(rows))
	for i := range rows {
		out[i] = itemOf(&rows[i].Row)
		out[i].DeletedAt, out[i].DeletedRun = timeOrNil(rows[i].DeletedAt), int64(rows[i].Run)
	}
	return out, nil
}
