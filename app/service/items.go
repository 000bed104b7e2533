package service

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"sidekeep/formats"
	"sidekeep/sync/pim"
	"sidekeep/sync/vault"
)

// List gives the items of a query: contacts by name, events by start, tasks by
// due date, deleted ones by when, the last first. Errors are Invalid for an
// unknown account, collection or What, and with Reason "before" for a moment when
// nothing of it had been mirrored.
func (s *Service) List(ctx context.Context, q ListQuery) ([]Item, error) {
	vq, err := s.query(ctx, q)
	if err != nil {
		return nil, err
	}
	if q.Deleted {
		return s.deleted(ctx, vq)
	}
	rows, err := s.vault.Rows(ctx, vq)
	if err != nil {
		return nil, err
	}
	out := make([]Item, len(rows))
	for i := range rows {
		out[i] = itemOf(&rows[i])
	}
	return out, nil
}

// Count counts the items of a query; Offset and Limit do not matter.
func (s *Service) Count(ctx context.Context, q ListQuery) (int, error) {
	vq, err := s.query(ctx, q)
	if err != nil {
		return 0, err
	}
	if q.Deleted {
		vq.Offset, vq.Limit = 0, 0
		gone, err := s.vault.Deleted(ctx, vq)
		return len(gone), err
	}
	return s.vault.Count(ctx, vq)
}

// Check says, without a vault, whether there is such a list. Errors: Invalid.
func (q ListQuery) Check() error {
	switch q.What {
	case "contacts", "events", "tasks", "all", "":
		return nil
	}
	return &pim.Error{Fault: pim.Invalid, Op: "list", Where: q.What,
		Err: errors.New("there is no such list"), Hint: "list contacts, events, tasks or all"}
}

// query turns a ListQuery's names into the vault's numbers.
func (s *Service) query(ctx context.Context, q ListQuery) (vault.Query, error) {
	vq := vault.Query{Search: q.Search, Collection: q.CollID, Offset: q.Offset, Limit: q.Limit, From: q.From, To: q.To, At: q.At}
	if err := q.Check(); err != nil {
		return vq, err
	}
	switch q.What {
	case "contacts":
		vq.Components = []string{"VCARD"}
	case "events":
		vq.Components = []string{"VEVENT"}
	case "tasks":
		vq.Components = []string{"VTODO"}
	}
	if q.Account != "" {
		a, err := s.vault.Account(ctx, q.Account)
		if err != nil {
			return vq, err
		}
		vq.Account = a.ID
	}
	if q.Collection != "" {
		c, err := s.collection(ctx, vq.Account, q.Collection)
		if err != nil {
			return vq, err
		}
		vq.Collection = c.ID
	}
	return vq, s.wasThere(ctx, vq.Account, vq.Collection, q.At)
}

// collection finds one collection by its ID or title, in an account or (0) in
// all. Errors are Invalid and name the collections there are.
func (s *Service) collection(ctx context.Context, account int64, name string) (pim.Known, error) {
	found, all, err := s.collections(ctx, account, name)
	if err != nil || len(found) == 1 {
		if err != nil {
			return pim.Known{}, err
		}
		return found[0], nil
	}
	why, list, lead := "there is no collection of this name", all, "the collections are: "
	if len(found) > 1 {
		why, list, lead = "several collections have this name", found, "use the number in brackets: "
	}
	names := []string{}
	for i, k := range list {
		if i == 20 {
			names = append(names, "...")
			break
		}
		names = append(names, fmt.Sprintf("%s (%d)", k.Title(), k.ID))
	}
	hint := lead + strings.Join(names, ", ")
	if len(list) == 0 {
		hint = "nothing has been mirrored yet: `sidekeep mirror`"
	}
	return pim.Known{}, &pim.Error{Fault: pim.Invalid, Op: "find collection", Where: name, Err: errors.New(why), Hint: hint}
}

// collections gives those that name means ("" means all), and all there are.
// An exact title wins over one that differs in case.
func (s *Service) collections(ctx context.Context, account int64, name string) (found, all []pim.Known, err error) {
	accounts, err := s.vault.Accounts(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, a := range accounts {
		if account != 0 && a.ID != account {
			continue
		}
		known, err := s.vault.Collections(ctx, a.ID)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, known...)
	}
	if name == "" {
		return all, all, nil
	}
	id, _ := strconv.ParseInt(name, 10, 64)
	for _, same := range []func(pim.Known) bool{
		func(k pim.Known) bool { return k.Title() == name },
		func(k pim.Known) bool { return strings.EqualFold(k.Title(), name) },
		func(k pim.Known) bool { return id != 0 && k.ID == id },
	} {
		for _, k := range all {
			if same(k) {
				found = append(found, k)
			}
		}
		if len(found) > 0 {
			break
		}
	}
	return found, all, nil
}

// kinds of items by component (RFC 5545 section 3.6, RFC 6350).
var kinds = map[string]string{"VCARD": "contact", "VEVENT": "event", "VTODO": "task", "VJOURNAL": "journal"}

func itemOf(r *vault.Row) Item {
	sum := &r.Summary
	it := Item{ID: r.ID, Account: r.Account, Collection: r.Collection, Href: string(r.Href), UID: sum.UID,
		Kind: kinds[sum.Component], Title: sum.Title, Start: sum.Start.String(), End: sum.End.String(), Due: sum.Due.String(),
		Held: r.Held, Revisions: r.Revisions, HasPhoto: sum.HasPhoto, Completed: sum.Completed, Recurs: sum.Recurs,
		Priority: sum.Priority, Percent: sum.Percent, CollID: r.CollectionID, Color: r.Color}
	if it.Kind == "" {
		it.Kind = "other"
	}
	it.HeldSince = timeOrNil(r.HeldSince)
	if sum.Start != nil {
		it.StartAt = sum.Start.At.Unix()
	}
	if sum.Due != nil {
		it.DueAt = sum.Due.At.Unix()
	}
	it.Subtitle = sum.Location
	if it.Kind == "contact" {
		it.Subtitle = first(sum.Orgs, sum.Emails, sum.Phones)
	}
	return it
}

func first(lists ...[]string) string {
	for _, l := range lists {
		for _, v := range l {
			if v != "" {
				return v
			}
		}
	}
	return ""
}

// Show gives one item with its exact bytes. An unknown ID is Invalid.
func (s *Service) Show(ctx context.Context, id int64) (ItemDetail, error) {
	return s.ShowAt(ctx, id, time.Time{})
}

// Fields gives every property of an item, decoded for reading.
func (s *Service) Fields(ctx context.Context, id int64) ([]formats.Field, error) {
	return s.FieldsAt(ctx, id, time.Time{})
}

// Photo gives an item's first embedded photo and its media type; nil if there
// is none.
func (s *Service) Photo(ctx context.Context, id int64) ([]byte, string, error) {
	return s.PhotoAt(ctx, id, time.Time{})
}
