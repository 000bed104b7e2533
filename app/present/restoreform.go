package present

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

// restoreWhat is one choice of what to put back.
type restoreWhat struct {
	exportTarget
	incidents []int64
}

// choices lists what there is to put back.
func (r *Restore) choices() {
	chosen := restoreWhat{}
	if r.What < len(r.what) {
		chosen = r.what[r.What]
	}
	r.Whats, r.what, r.What = nil, nil, 0
	for _, group := range byAccount(r.app.Losses.open) {
		w := restoreWhat{exportTarget: exportTarget{account: group[0].Account}}
		for _, i := range group {
			w.incidents = append(w.incidents, i.ID)
		}
		words := fmt.Sprintf(restoreMissing, w.account, sumUp(group, goneOf))
		if sumUp(group, goneOf) == "" {
			words = fmt.Sprintf(restoreUndone, w.account, sumUp(group, changedOf))
		}
		r.add(words, w)
	}
	everything := len(r.what)
	r.add(restoreAll, restoreWhat{})
	several := len(r.app.Status.Accounts) > 1
	for _, s := range r.app.Status.Accounts {
		if several {
			r.add(s.Name, restoreWhat{exportTarget: exportTarget{account: s.Name}})
		}
		for _, c := range s.Collections {
			words := c.Name
			if several {
				words = s.Name + ": " + c.Name
			}
			r.add(words, restoreWhat{exportTarget: exportTarget{account: s.Name, collection: fmt.Sprint(c.ID)}})
		}
	}
	r.What = everything
	for i, w := range r.what {
		if len(chosen.incidents) == len(w.incidents) && chosen.exportTarget == w.exportTarget {
			r.What = i
		}
	}
}

func (r *Restore) add(words string, w restoreWhat) {
	for _, had := range r.Whats { // a choice must be unique
		if had == words {
			words += " (" + w.collection + ")"
		}
	}
	r.Whats, r.what = append(r.Whats, words), append(r.what, w)
}

// target is what is chosen.
func (r *Restore) target() restoreWhat {
	if r.What < 0 || r.What >= len(r.what) {
		return restoreWhat{}
	}
	return r.what[r.What]
}

// AsksWhen reports whether a moment is to be chosen: incidents have their own.
func (r *Restore) AsksWhen() bool { return len(r.target().incidents) == 0 }

// SetWhat takes a choice out of Whats.
func (r *Restore) SetWhat(i int) {
	if i >= 0 && i < len(r.what) && i != r.What {
		r.What = i
		r.whatChanged()
		r.Changed()
	}
}

// whatChanged finds the last good state and the accounts that fit the choice.
func (r *Restore) whatChanged() {
	w := r.target()
	r.Good, r.good = "", time.Time{}
	for _, i := range r.app.Losses.open {
		fits := (w.account == "" || i.Account == w.account) && (w.collection == "" || i.CollID == 0 || fmt.Sprint(i.CollID) == w.collection)
		if fits && i.GoodAt != nil && (r.good.IsZero() || i.GoodAt.Before(r.good)) {
			r.good = *i.GoodAt
			r.Good = fmt.Sprintf(restoreGood, DayTime(r.good, r.app.Now()))
		}
	}
	if r.Good == "" && r.When == WhenGood {
		r.When = WhenNow
	}
	to := r.wanted
	if to == "" && r.To < len(r.Tos) {
		to = r.Tos[r.To]
	}
	r.Tos, r.To = nil, 0
	source := r.source()
	least := -1 // the emptiest account is the likeliest
	for _, s := range r.app.Status.Accounts {
		if s.State == service.StateKept || s.Name == source {
			continue
		}
		n := 0
		for _, c := range s.Collections {
			n += c.Objects
		}
		if s.Name == to || to == "" && (least < 0 || n < least) {
			r.To, least = len(r.Tos), n
		}
		r.Tos = append(r.Tos, s.Name)
	}
	if r.wanted != "" && !slices.Contains(r.Tos, r.wanted) { // the status is yet to tell of it
		r.To, r.Tos = len(r.Tos), append(r.Tos, r.wanted)
	}
	r.ToBad = ""
}

// Whens are the words of the choices of When; "" is not offered.
func (r *Restore) Whens() []string { return []string{restoreKeptNow, r.Good, restoreDay} }

// Wheres are the words of the choices of Where.
func (r *Restore) Wheres() []string { return []string{restoreSame, restoreOther, restoreFolder} }

// SetWhen chooses the moment.
func (r *Restore) SetWhen(when int) {
	if when != r.When {
		r.When, r.DayBad = when, ""
		r.Changed()
	}
}

// SetWhere chooses the place.
func (r *Restore) SetWhere(where int) {
	if where != r.Where {
		r.Where, r.ToBad = where, ""
		r.Problem, r.SignIn = nil, "" // it was another place's
		r.Changed()
	}
}

// source is the one account that what is chosen comes from; "" where there are
// several.
func (r *Restore) source() string {
	if w := r.target(); w.account != "" {
		return w.account
	}
	one := ""
	for _, s := range r.app.Status.Accounts {
		switch {
		case len(s.Collections) == 0:
		case one != "":
			return ""
		default:
			one = s.Name
		}
	}
	return one
}

// Target chooses an account by its name, such as one that was just added and
// that the status does not know of yet.
func (r *Restore) Target(name string) {
	r.wanted = name
	r.whatChanged()
	r.Where, r.ToBad = WhereOther, ""
	r.Problem, r.SignIn = nil, "" // it was another place's
	r.Changed()
}

// SetTo takes a choice out of Tos.
func (r *Restore) SetTo(i int) {
	if i >= 0 && i < len(r.Tos) {
		r.To, r.wanted = i, ""
	}
}

// SetFolder takes a typed path.
func (r *Restore) SetFolder(path string) {
	if path != r.Folder {
		r.Folder, r.made = path, false
		if r.ToBad != "" {
			r.ToBad = ""
			r.Changed()
		}
	}
}

// PickFolder takes a folder that was picked; the restore gets one of its own
// in it, so that nothing there is touched.
func (r *Restore) PickFolder(dir string) {
	r.Folder, r.made, r.ToBad = r.app.short(filepath.Join(dir, fmt.Sprintf(restoreName, r.app.Now().Format("2006-01-02")))), false, ""
	r.Changed()
}

// SetDay takes a typed moment and says how it is understood.
func (r *Restore) SetDay(text string) {
	if text == r.Day {
		return
	}
	r.Day, r.DayBad, r.DayIs = text, "", ""
	r.dayGen++
	t, err := service.ParseTime(text, r.app.Now(), r.app.cfg.Zone)
	if err != nil {
		r.day = time.Time{}
		r.Changed()
		return
	}
	r.day, r.DayIs = t, restoreDayWait
	gen, w := r.dayGen, r.target()
	async(r.app, func(ctx context.Context) (service.Status, error) {
		return r.app.cfg.Service.StatusAt(ctx, t)
	}, func(st service.Status, err error) {
		if gen != r.dayGen || err != nil {
			return
		}
		n := 0
		for _, s := range st.Accounts {
			for _, c := range s.Collections {
				if (w.account == "" || w.account == s.Name) && (w.collection == "" || fmt.Sprint(c.ID) == w.collection) {
					n += c.Objects
				}
			}
		}
		r.DayIs = fmt.Sprintf(restoreDayIs, DayTime(t, r.app.Now()), things("", n))
		if n == 0 {
			r.DayIs = restoreDayNone
		}
		r.Changed()
	})
	r.Changed()
}

// at is the chosen moment; false where it can't be understood.
func (r *Restore) at() (time.Time, bool) {
	switch r.When {
	case WhenGood:
		return r.good, true
	case WhenDay:
		t, err := service.ParseTime(r.Day, r.app.Now(), r.app.cfg.Zone)
		var e *pim.Error
		switch {
		case strings.TrimSpace(r.Day) == "":
			r.DayBad = restoreNeedDay
		case errors.As(err, &e) && e.Reason == "future":
			r.DayBad = restoreFuture
		case err != nil:
			r.DayBad = restoreBadDay
		}
		return t, err == nil && r.DayBad == ""
	}
	return r.app.Now(), true
}

// demand makes what is asked for out of the form; nil where the form is wrong.
func (r *Restore) demand() []pim.RestoreAsk {
	w := r.target()
	r.DayBad, r.ToBad = "", ""
	base := pim.RestoreAsk{Collection: w.collection, Overwrite: r.Overwrite, NewUIDs: r.NewUIDs, AsIs: r.AsIs, Make: r.Make}
	var ok bool
	if r.AsksWhen() {
		if base.At, ok = r.at(); !ok {
			return nil
		}
	}
	if r.Where == WhereFolder {
		return r.toFolder(w, base)
	}
	var out []pim.RestoreAsk
	one := func(account string, incident int64) {
		ask := base
		ask.Account, ask.To, ask.Incident = account, account, incident
		if incident != 0 {
			ask.Account = ""
		}
		if r.Where == WhereOther {
			ask.To = r.Tos[r.To]
		}
		out = append(out, ask)
	}
	if r.Where == WhereOther && len(r.Tos) == 0 {
		r.ToBad = restoreNeedTo
		return nil
	}
	for _, s := range r.app.Status.Accounts {
		kept := s.State == service.StateKept && r.Where == WhereSame
		switch {
		case w.account != "" && w.account != s.Name:
		case kept && w.account != "":
			r.ToBad = fmt.Sprintf(restoreSignedOut, s.Name)
			return nil
		case kept, r.Where == WhereOther && len(s.Collections) == 0:
		case len(w.incidents) > 0:
			for _, id := range w.incidents {
				one(s.Name, id)
			}
		default:
			one(s.Name, 0)
		}
	}
	if len(out) == 0 {
		r.ToBad = restoreNoneLive
	}
	return out
}

// toFolder asks for the export of that moment.
func (r *Restore) toFolder(w restoreWhat, base pim.RestoreAsk) []pim.RestoreAsk {
	path := r.app.resolve(r.Folder)
	switch {
	case strings.TrimSpace(r.Folder) == "":
		r.ToBad = exportNeedTo
	case !filepath.IsAbs(path):
		r.ToBad = exportAbsolute
	}
	if r.ToBad != "" {
		return nil
	}
	base.Overwrite, base.NewUIDs, base.Make = false, false, false
	base.Account, base.Folder = w.account, path
	if len(w.incidents) == 0 {
		return []pim.RestoreAsk{base}
	}
	var out []pim.RestoreAsk
	for n, id := range w.incidents { // each into a folder of its own
		ask := base
		ask.Account, ask.Collection, ask.Incident = "", "", id
		if n > 0 {
			ask.Folder = fmt.Sprintf("%s (%d)", path, n+1)
		}
		out = append(out, ask)
	}
	return out
}

// WhenOf reads the words of a choice.
func (r *Restore) WhenOf(words string) int { return max(0, slices.Index(r.Whens(), words)) }
