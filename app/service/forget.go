package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"sidekeep/sync/pim"
	"sidekeep/sync/vault"
)

// Forget removes an object, whatever it was in the past too, from the vault.
// again is its title, or its ID in digits, given a second time. It is refused
// as Invalid while the server still has the object, where again is neither, and with
// Reason "forgotten" for one that was forgotten before.
func (s *Service) Forget(ctx context.Context, id int64, again string) error {
	revs, err := s.vault.History(ctx, id)
	if err != nil {
		return err
	}
	again = strings.TrimSpace(again)
	right := again == strconv.FormatInt(id, 10)
	for _, r := range revs {
		right = right || again != "" && again == strings.TrimSpace(r.Title)
	}
	if !right {
		return &pim.Error{Fault: pim.Invalid, Op: "forget", Reason: "unconfirmed",
			Err: errors.New("neither the title nor the ID was given again, so nothing was forgotten"), Hint: "type the title as it is listed, or the ID"}
	}
	done, err := s.takeTurn(ctx, "forget", func(string) {})
	if err != nil {
		return err
	}
	defer done()
	states, _, err := s.vault.Forget(ctx, id)
	if err != nil {
		return err
	}
	if err := s.forgetReceipts(context.WithoutCancel(ctx)); err != nil || states > 0 {
		return err
	}
	return &pim.Error{Fault: pim.Invalid, Op: "forget", Reason: "forgotten",
		Err: fmt.Errorf("object %d is already forgotten", id), Hint: "there is nothing more to do: nothing of it is left in this vault"}
}

// MayForget says before anybody is asked whether an object can be forgotten: an ID
// that nothing has, and what the server still has, are Invalid.
func (s *Service) MayForget(ctx context.Context, id int64) error {
	if _, err := s.vault.History(ctx, id); err != nil {
		return err
	}
	if row, err := s.vault.Row(ctx, id); err != nil || row.Held {
		return nil // deleted, held, or something that Forget will tell
	}
	return vault.StillThere(id)
}

// forgetReceipts writes the receipts anew that name what was forgotten, now or when
// they could not be written, from what the
// vault still knows of them.
func (s *Service) forgetReceipts(ctx context.Context) error {
	rows, err := s.vault.Restores(ctx)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if !exists(s.receiptPath(row.ID, "txt")) && !exists(s.receiptPath(row.ID, "json")) {
			continue
		}
		r, err := s.vault.Restore(ctx, row.ID)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(r.Steps, func(st pim.RestoreStep) bool { return st.Why == vault.WhyForgotten }) {
			continue
		}
		rec, err := s.Receipt(ctx, row.ID)
		if err != nil {
			return err
		}
		if old, err := os.ReadFile(s.receiptPath(row.ID, "json")); err == nil {
			var kept struct{ Export *ExportReport }
			if json.Unmarshal(old, &kept) == nil {
				rec.Export = kept.Export
			}
		}
		if err := s.fileReceipt(&rec); err != nil {
			return err
		}
	}
	return nil
}

// StartThin lets go of old states by age: all of 90 days are kept, then the
// last of each day for two years, then that of each month. dry only counts.
// The job's result is a ThinPlan. Errors: Invalid with Reason "clock", counting too,
// where this computer's clock is 90 days after the last mirroring or a day before.
func (s *Service) StartThin(dry bool) *Job {
	return s.start("thin", "", func(ctx context.Context, j *Job) (any, error) {
		if !dry {
			done, err := s.takeTurn(ctx, "thin", func(step string) { j.update(func(p *Progress) { p.Step = step }) })
			if err != nil {
				return ThinPlan{}, err
			}
			defer done()
		}
		j.update(func(p *Progress) { p.Step = "Looking through the history" })
		r, err := s.vault.Thin(ctx, s.now(), vault.DefaultThin, dry)
		return ThinPlan{Revisions: r.Revisions, Bytes: r.Bytes, Objects: r.Objects, Oldest: timeOrNil(r.Oldest), Done: !dry && err == nil}, err
	})
}

// thinEvery is the time between two thinnings by the background.
const thinEvery = 24 * time.Hour

// thinWhenDue thins once a day while the settings ask for it, and the clock is near
// the last mirroring. What fails is left for the next day: nothing is lost by
// history that is kept too long.
func (s *Service) thinWhenDue(ctx context.Context, st state) {
	if !s.Settings().Thin || !passed(st.ThinnedAt, s.now(), thinEvery) || s.vault.CheckClock(ctx, s.now()) != nil {
		return
	}
	err := s.changeState(ctx, func(st *state) bool { st.ThinnedAt = s.now().UTC(); return true })
	if err == nil {
		_ = s.StartThin(false).Wait(ctx)
	}
}
