package service

import (
	"context"
	"errors"
	"slices"
	"strings"

	"sidekeep/formats"
	"sidekeep/sync/pim"
	"sidekeep/sync/vault"
)

// ListReadable is List for a damaged vault: items made of the bytes that can still
// be read, in the same order, and what can't be. It reads every object, and has
// no Revisions and HeldSince. Errors are those of List; a query with words, a span
// of time or what was deleted has no such list, and is Invalid.
func (s *Service) ListReadable(ctx context.Context, q ListQuery) ([]Item, []Missing, error) {
	if q.Search != "" || q.Deleted || !q.From.IsZero() || !q.To.IsZero() {
		return nil, nil, &pim.Error{Fault: pim.Invalid, Op: "list", Err: errors.New("a damaged vault can't be searched"), Hint: "list it whole"}
	}
	vq, err := s.query(ctx, q)
	if err != nil {
		return nil, nil, err
	}
	accounts, err := s.vault.Accounts(ctx)
	if err != nil {
		return nil, nil, err
	}
	l := listing{s: s, q: q, components: vq.Components}
	for _, a := range accounts {
		if vq.Account != 0 && a.ID != vq.Account {
			continue
		}
		known, err := s.vault.Collections(ctx, a.ID)
		if err != nil {
			return nil, nil, err
		}
		for _, k := range known {
			if vq.Collection != 0 && k.ID != vq.Collection || q.What != "all" && q.What != "" && (q.What == "contacts") != (k.Kind == pim.Contacts) {
				continue
			}
			if err := l.collect(ctx, a, k); err != nil {
				return nil, nil, err
			}
		}
	}
	slices.SortStableFunc(l.items, inOrder)
	l.items = l.items[min(q.Offset, len(l.items)):]
	if q.Limit > 0 {
		l.items = l.items[:min(q.Limit, len(l.items))]
	}
	return l.items, l.missing, nil
}

// listing is one ListReadable.
type listing struct {
	s          *Service
	q          ListQuery
	components []string
	items      []Item
	missing    []Missing
}

func (l *listing) collect(ctx context.Context, a pim.Account, k pim.Known) error {
	for st, err := range l.s.vault.BodiesAt(ctx, k.ID, l.q.At) {
		if err != nil {
			return err
		}
		if st.Check(); st.Lost != "" {
			l.missing = append(l.missing, Missing{ID: st.Resource, Title: l.s.vault.TitleOf(ctx, st.Resource), Href: string(st.Href),
				Account: a.Name, Collection: k.Title(), Objects: max(st.More, 1), Why: st.Lost})
			continue
		}
		sum, err := guard("describe", func() (pim.Summary, error) { return formats.Describe(k.Kind, st.Body), nil })
		if err != nil {
			return err
		}
		if l.components != nil && !slices.Contains(l.components, sum.Component) {
			continue
		}
		l.items = append(l.items, itemOf(&vault.Row{ID: st.Resource, AccountID: a.ID, Account: a.Name, CollectionID: k.ID, Collection: k.Title(),
			Color: k.Color, Kind: k.Kind, Href: st.Href, ETag: st.ETag, Held: st.Held, Summary: sum}))
	}
	return nil
}

// inOrder is the order of lists: by kind, contacts by name, events by start, tasks
// by due date.
func inOrder(a, b Item) int {
	rank := func(i Item) int { return slices.Index([]string{"contact", "event", "task", "journal"}, i.Kind) }
	if rank(a) != rank(b) {
		return rank(a) - rank(b)
	}
	if a.Kind == "event" && a.StartAt != b.StartAt {
		return int(min(max(a.StartAt-b.StartAt, -1), 1))
	}
	if a.Kind == "task" && a.DueAt != b.DueAt {
		return int(min(max(a.DueAt-b.DueAt, -1), 1))
	}
	return strings.Compare(strings.ToLower(a.Title), strings.ToLower(b.Title))
}
