package service

import (
	"context"

	"sidekeep/sync/pim"
)

// settle has the vault believe that what was put back under another address is no
// longer missing under its old one: a server that gives names and UIDs of its own
// would be said to lack it for ever, and every list would have it twice. It is
// believed only of what was mirrored since.
func (s *Service) settle(ctx context.Context, target pim.Account, steps []pim.RestoreStep) error {
	places, err := s.places(ctx, target)
	if err != nil {
		return err
	}
	there, held := map[string]bool{}, map[int64]bool{}
	at := func(kind pim.Kind, url string, href pim.Href) string {
		return string(kind) + " " + pim.Href(url).Key() + " " + href.Key()
	}
	for _, p := range places {
		for _, o := range p.Objects {
			if o.Held {
				held[o.Resource] = true
			} else {
				there[at(p.Collection.Kind, p.Collection.URL, o.Href)] = true
			}
		}
	}
	var elsewhere []int64
	for _, st := range steps {
		if held[st.Resource] && !isMissing(st.Result) && there[at(st.Kind, st.Collection, st.Href)] {
			elsewhere = append(elsewhere, st.Resource)
		}
	}
	if len(elsewhere) == 0 {
		return nil
	}
	if err := s.vault.PutElsewhere(ctx, elsewhere, s.now()); err != nil {
		return err
	}
	open, err := s.vault.Incidents(ctx, true)
	if err != nil {
		return err
	}
	for _, in := range open {
		if in.AccountID != target.ID {
			continue
		}
		still, err := s.vault.IncidentObjects(ctx, in.ID)
		if err != nil {
			return err
		}
		if len(still) > 0 {
			continue
		}
		if _, err := s.vault.Decide(ctx, in.ID, pim.PutBack, s.now()); err != nil {
			return err
		}
	}
	return nil
}
