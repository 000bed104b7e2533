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
		if IsCorrupt(err) {
			older = nil // the next one can't be compared with it
			continue
		}
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
		Err:  errors.New("this object was deleted; the mirroring on " + s.local(gone[0].DeletedAt).Format("2006-01-02 at 15:04") + " showed it"),
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
		err = errors.Join(err, e)
		if IsCorrupt(err) {
			continue
		}
		if err != nil {
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
