package service

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sidekeep/formats"
	"sidekeep/sync/pim"
	syncplan "sidekeep/sync/plan"
	"sidekeep/sync/vault"
)

// IsFolder says whether the target of a restore, as it was typed, is meant as a
// folder: it is a path, and not a name.
func IsFolder(to string) bool {
	return filepath.IsAbs(to) || strings.HasPrefix(to, ".") || strings.ContainsRune(to, '/') || strings.ContainsRune(to, os.PathSeparator)
}

// CheckRestore says, without a vault, whether what was asked for can be meant.
// Errors: Invalid.
func CheckRestore(a pim.RestoreAsk) error {
	bad := func(why, hint string) error {
		return &pim.Error{Fault: pim.Invalid, Op: "plan a restore", Err: errors.New(why), Hint: hint}
	}
	what := 0
	for _, given := range []bool{!a.At.IsZero() && len(a.IDs) == 0, len(a.IDs) > 0, a.Incident != 0} {
		if given {
			what++
		}
	}
	switch {
	case what == 0:
		return bad("it is not said what to put back", "give a moment (--at), objects (--ids) or an incident (--incident)")
	case what > 1 || a.Incident != 0 && !a.At.IsZero():
		return bad("an incident says by itself which objects and which moment are meant", "give --incident alone")
	case a.To == "" && a.Folder == "":
		return bad("it is not said where to put it", "give an account or a folder with --to")
	case a.To != "" && a.Folder != "":
		return bad("an account and a folder were given", "give one of them")
	case (a.Revision != 0 || a.Body != nil) && len(a.IDs) != 1:
		return bad("a revision is of one object", "give one ID with --ids")
	case a.Revision != 0 && !a.At.IsZero():
		return bad("a revision and a moment were given", "give one of them")
	case a.Folder != "" && (a.Into != "" || a.Make || a.Overwrite || a.NewUIDs):
		return bad("a folder has no collections to choose, make or overwrite", "leave out --into, --make, --overwrite and --new-uids, or give an account with --to")
	}
	return nil
}

// wanted gathers what is to be put back. notes say in words what is not.
type wanted struct {
	s     *Service
	ask   pim.RestoreAsk
	known map[int64]pim.Known // collections by ID
	own   []string            // addresses that are the person's own
	list  []syncplan.RestoreWanted
}

// gather finds the objects that an ask is about. Errors: Invalid for anything
// that is not there, or where there is nothing to restore.
func (s *Service) gather(ctx context.Context, ask pim.RestoreAsk) (*wanted, error) {
	all, _, err := s.collections(ctx, 0, "")
	if err != nil {
		return nil, err
	}
	w := &wanted{s: s, ask: ask, known: map[int64]pim.Known{}}
	for _, k := range all {
		w.known[k.ID] = k
	}
	accounts, err := s.vault.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	for _, a := range accounts {
		for _, name := range []string{a.User, a.URL} {
			if strings.Contains(name, "@") && !strings.Contains(name, "/") {
				w.own = append(w.own, name)
			}
		}
	}
	switch {
	case ask.Incident != 0:
		err = w.incident(ctx)
	case len(ask.IDs) > 0:
		err = w.ids(ctx)
	default:
		err = w.moment(ctx)
	}
	if err == nil && len(w.list) == 0 {
		err = &pim.Error{Fault: pim.Invalid, Op: "plan a restore", Reason: "nothing",
			Err: errors.New("there is nothing to put back"), Hint: "`sidekeep list all --at TIME` shows what there was"}
	}
	return w, err
}

// add takes one stored state of an object. undone is as in RestoreWanted.
func (w *wanted) add(k pim.Known, st vault.Stored, undo bool, undone int64) error {
	sum, err := guard("describe", func() (pim.Summary, error) { return formats.Describe(k.Kind, st.Body), nil })
	if err != nil {
		return err
	}
	x := syncplan.RestoreWanted{Resource: st.Resource, Revision: st.Revision, SHA256: st.SHA256, Size: int64(len(st.Body)),
		Collection: k.Collection, Href: st.Href, Title: sum.Title, Component: sum.Component, UID: sum.UID, Sign: sum.Sign(), Undo: undo, Undone: undone}
	if st.Revision == 0 {
		x.Body = st.Body
	}
	if k.Kind == pim.Calendar {
		x.Mail, err = guard("look who is invited", func() ([]string, error) { return formats.Mailable(st.Body, w.own), nil })
	}
	w.list = append(w.list, x)
	return err
}

// moment is everything that was there then.
func (w *wanted) moment(ctx context.Context) error {
	s, ask := w.s, w.ask
	var account int64
	if ask.Account != "" {
		a, err := s.vault.Account(ctx, ask.Account)
		if err != nil {
			return err
		}
		account = a.ID
	}
	var collection int64
	if ask.Collection != "" {
		k, err := s.collection(ctx, account, ask.Collection)
		if err != nil {
			return err
		}
		collection = k.ID
	}
	if err := s.wasThere(ctx, account, collection, ask.At); err != nil {
		return err
	}
	then, err := s.vault.Snapshots(ctx, ask.At)
	if err != nil {
		return err
	}
	for id := range then {
		k, ok := w.known[id]
		if !ok || account != 0 && k.AccountID != account || collection != 0 && id != collection {
			delete(then, id)
		}
	}
	ids := make([]int64, 0, len(then))
	for id := range then {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		for st, err := range s.vault.BodiesAt(ctx, id, ask.At) {
			if err != nil {
				return err
			}
			if st.Check(); st.Lost != "" {
				return s.cantPlan(ctx, st)
			}
			if err := w.add(w.known[id], st, false, 0); err != nil {
				return err
			}
		}
	}
	return nil
}

// ids are the objects that a person chose, in the state that they chose.
func (w *wanted) ids(ctx context.Context) error {
	seen := map[int64]bool{}
	for _, id := range w.ask.IDs {
		if seen[id] {
			continue
		}
		seen[id] = true
		row, err := w.s.object(ctx, id)
		if err != nil {
			return w.forgotten(ctx, id, err)
		}
		st, err := w.state(ctx, row)
		if err != nil {
			return err
		}
		if err := w.add(w.known[row.CollectionID], st, true, 0); err != nil {
			return err
		}
	}
	return nil
}

// forgotten words that an object is not there where its history has a mark of it.
func (w *wanted) forgotten(ctx context.Context, id int64, err error) error {
	if revs, e := w.s.vault.History(ctx, id); pim.FaultOf(err) != pim.Invalid || e != nil || len(revs) == 0 {
		return err
	}
	return &pim.Error{Fault: pim.Invalid, Op: "plan a restore", Where: fmt.Sprint(id), Reason: "forgotten",
		Err: errors.New("this object was forgotten, and nothing of it is kept"), Hint: "copies of the vault and exports made before may have it"}
}

// state is the state of an object that is meant: given bytes, a revision, that
// of a moment, or the last that it had.
func (w *wanted) state(ctx context.Context, row vault.Row) (vault.Stored, error) {
	ask := w.ask
	switch {
	case ask.Body != nil:
		sum := sha256.Sum256(ask.Body)
		return vault.Stored{Resource: row.ID, Href: row.Href, Body: ask.Body, SHA256: hex.EncodeToString(sum[:])}, nil
	case ask.Revision != 0:
		st, err := w.s.vault.RevisionBody(ctx, ask.Revision)
		if err == nil && st.Resource != row.ID {
			err = &pim.Error{Fault: pim.Invalid, Op: "plan a restore", Where: fmt.Sprint(ask.Revision), Reason: "revision",
				Err:  fmt.Errorf("this revision is not one of object %d", row.ID),
				Hint: fmt.Sprintf("`sidekeep history %d` shows its revisions", row.ID)}
		}
		return st, err
	case !ask.At.IsZero():
		return w.s.vault.BodyAt(ctx, row.ID, ask.At)
	}
	return w.s.vault.RevisionBody(ctx, row.Revision)
}

// incident is what an incident took or changed, as it was before.
func (w *wanted) incident(ctx context.Context) error {
	if _, err := w.s.openIncident(ctx, w.ask.Incident); err != nil {
		return err
	}
	objects, err := w.s.vault.IncidentObjects(ctx, w.ask.Incident)
	if err != nil {
		return err
	}
	rows, err := w.s.rowsOf(ctx, objects)
	if err != nil {
		return err
	}
	for _, o := range objects {
		row, ok := rows[o.Resource]
		if !ok {
			continue // forgotten since
		}
		st, err := w.s.vault.RevisionBody(ctx, o.Before)
		if err != nil {
			return err
		}
		// What a person typed in after the incident is not the incident's.
		if err := w.add(w.known[row.CollectionID], st, o.After != 0, o.After); err != nil {
			return err
		}
	}
	return nil
}
